"""Named queries with the values that a person gives; errors of the query library become ``ConfigError``."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cli.shell.parameters import collected
from graph.errors import ConfigError

if TYPE_CHECKING:
    from queries import Query

_WORD = re.compile(r"\w+")


def load_query(name: str, *, hidden: Collection[str] = ()) -> Query:
    """The query of that name.

    Args:
        name: Its name.
        hidden: Names of sensitive columns and edge types that are not allowed.

    Raises:
        ConfigError: there is none, or it reads what is hidden.
    """
    from queries import QueryError, load

    try:
        query = load(name)
    except QueryError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    words = set(_WORD.findall(query.text))
    for read in sorted(hidden):
        # ``Person.health``, or an edge type of which a query names the relation.
        if (read.rpartition(".")[2] if "." in read else read.split("-")[1]) in words:
            raise ConfigError(
                f"the query {name} may read {read}, which is sensitive and not allowed",
                hint="allow it, with a reason, in the section [sensitive] of graphvine.toml",
            )
    return query


def bound(query: Query, pairs: Iterable[str]) -> dict[str, Any]:
    """Values of all parameters of a query, of which some are given as ``name=value``.

    Raises:
        ConfigError: one is not of that form, is unknown, is given twice or is missing, or has the wrong type.
    """
    return _bound(query, collected(pairs))


def typed_values(query: Query, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values of all parameters of a query, of which some are given as Python values.

    Raises:
        ConfigError: one is unknown or is missing, or has the wrong type.
    """
    texts = {name: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for name, v in given.items()}
    return _bound(query, texts)


def _bound(query: Query, texts: Mapping[str, str]) -> dict[str, Any]:
    from queries import QueryError, bind

    try:
        return dict(bind(query, texts))
    except QueryError as error:
        raise ConfigError(error.message, hint=error.hint) from None
