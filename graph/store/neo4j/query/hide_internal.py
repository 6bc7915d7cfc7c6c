"""Removes internal data from query results: the label ``Graphvine``, the property ``event``, and ledger nodes.

Labels that begin with ``Graphvine`` and the relationship property ``event`` are internal; schemas cannot use these
names. Plain texts are filtered only where a query asks for labels or keys, since other texts may be "event" too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from graph.store.guard import Query
from graph.store.neo4j.model import INTERNAL, OWNED
from graph.store.result import in_order

# The id of an event, by which loads recognise it.
OWN_PROPERTY = "event"
_LABELLING = ("labels", "db.labels", "db.schema.nodetypeproperties", "db.schema.visualization")
_KEYING = ("keys", "db.propertykeys", "db.schema.reltypeproperties", "db.schema.nodetypeproperties")
_EVENT = re.compile(r"[0-9a-f]{32}")


class _Hidden:
    """Type of ``HIDDEN``, the placeholder for values that are left out."""


HIDDEN = _Hidden()


def is_ours(labels: Collection[str]) -> bool:
    """Whether these are the labels of an internal node."""
    return any(label in INTERNAL for label in labels) or set(labels) == {OWNED}


def hiding(query: Query, types: Collection[str]) -> Callable[[Any], Any]:
    """A function that removes internal data from a plain value; it returns ``HIDDEN`` where nothing is left.

    Args:
        query: The query.
        types: Node types of the market; a node's type is listed first among its labels.
    """
    calls, rows = query.calls, _in_rows(query)
    labels, keys = (any(name in calls for name in names) for names in (_LABELLING, _KEYING))

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(f":`{OWNED}`", "") if labels else value
            return HIDDEN if rows and ((labels and _is_own(value)) or (keys and value == OWN_PROPERTY)) else value
        if isinstance(value, list):
            if labels and any(item in INTERNAL for item in value if isinstance(item, str)):
                return HIDDEN
            left = [v for v in value if not ((labels and _is_own(v)) or (keys and v == OWN_PROPERTY))]
            found = [item for item in map(shown, left) if item is not HIDDEN]
            return in_order(found, types) if labels else found
        if isinstance(value, dict):
            found_map = {name: shown(item) for name, item in value.items() if not _is_event(name, item)}
            return {name: item for name, item in found_map.items() if item is not HIDDEN}
        return value

    return shown


def _in_rows(query: Query) -> bool:
    """Whether the query returns labels or keys one per row, so that rows with internal ones are left out."""
    pairs = zip(query.tokens, query.tokens[1:], strict=False)
    return any(name.startswith("db.") for name in query.calls) or any(
        first.word == "UNWIND" and second.word in ("LABELS", "KEYS") for first, second in pairs
    )


def _is_own(value: Any) -> bool:
    return isinstance(value, str) and value.removeprefix(":`").startswith(OWNED)


def _is_event(name: str, value: Any) -> bool:
    return name == OWN_PROPERTY and isinstance(value, str) and bool(_EVENT.fullmatch(value))
