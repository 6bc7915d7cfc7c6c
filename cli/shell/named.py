"""Named queries with the values that a person gives, their mistakes told as ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cli.shell.parameters import collected
from graph.errors import ConfigError

if TYPE_CHECKING:
    from queries import Query


def load_query(name: str) -> Query:
    """The query of that name.

    Raises:
        ConfigError: there is none.
    """
    from queries import QueryError, load

    try:
        return load(name)
    except QueryError as error:
        raise ConfigError(error.message, hint=error.hint) from None


def bound(query: Query, pairs: Iterable[str]) -> dict[str, Any]:
    """Values of all parameters of a query, of which some are given as ``name=value``.

    Raises:
        ConfigError: one is not of that form, is unknown, is given twice or is missing, or has the wrong type.
    """
    from queries import QueryError, bind

    try:
        return dict(bind(query, collected(pairs)))
    except QueryError as error:
        raise ConfigError(error.message, hint=error.hint) from None
