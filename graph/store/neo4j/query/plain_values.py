"""Converts values of the Neo4j driver into plain Python values, equal to those of the embedded store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from graph.errors import StoreError
from graph.store.neo4j.model import OWNED
from graph.store.neo4j.query.hide_internal import HIDDEN, OWN_PROPERTY, is_ours
from graph.store.result import duration_text
from graph.zones import iso_time

# Number of characters of a date and time up to the second.
_WHOLE = 19


def plain_values(types: Collection[str]) -> Callable[[Any], Any]:
    """A function that converts values of the driver; internal nodes become ``HIDDEN``.

    Args:
        types: Node types of the market; a node's type is listed first among its labels.
    """
    from neo4j.graph import Node, Path, Relationship
    from neo4j.spatial import Point
    from neo4j.time import Date, DateTime, Duration, Time

    makers: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
        ((bool, int, str), lambda v: v),
        # -0.0 becomes 0.0.
        (float, lambda v: v + 0.0),
        (Node, lambda v: HIDDEN if is_ours(v.labels) else {"labels": _labels(v.labels, types), "properties": facts(v)}),
        (Relationship, lambda v: {"type": v.type, "properties": facts(v)}),
        (Path, lambda v: {"nodes": plain(list(v.nodes)), "relationships": plain(list(v.relationships))}),
        (Duration, lambda v: duration_text(v.months, v.days, v.seconds, v.nanoseconds)),
        (DateTime, _time),
        (Date, _date),
        (Time, lambda v: v.iso_format()),
        (Point, lambda v: {"coordinates": [float(part) for part in v], "srid": v.srid}),
        (Mapping, lambda v: {str(name): plain(item) for name, item in sorted(v.items())}),
        ((list, tuple), lambda v: [found for item in v if (found := plain(item)) is not HIDDEN]),
    )

    def plain(value: Any) -> Any:
        if value is None:
            return None
        found = next((make for types_, make in makers if isinstance(value, types_)), None)
        if found is None:
            # Inside lists and maps, the driver represents values that it cannot read by a special object.
            raise unshown()
        return found(value)

    def facts(entity: Any) -> dict[str, Any]:
        return {name: plain(item) for name, item in sorted(entity.items()) if name != OWN_PROPERTY}

    return plain


def _labels(labels: Any, types: Collection[str]) -> list[str]:
    shown = sorted(set(labels) - {OWNED})
    return [label for label in shown if label in types] + [label for label in shown if label not in types]


def unshown() -> StoreError:
    """The error for a value that has no plain form."""
    return StoreError(
        "the query failed: a value is outside what can be shown", hint="years go from 1 to 9999; return parts of it"
    )


def _date(value: Any) -> str:
    if value.year < 1:
        raise unshown()
    return str(value.iso_format())


def _time(value: Any) -> str:
    """ISO 8601 with offset; fractions of seconds without trailing zeros, up to nanoseconds."""
    whole = iso_time(value.replace(nanosecond=0).to_native())
    digits = f"{value.nanosecond:09}"
    shown = "" if not value.nanosecond else "." + (digits[:6] if digits.endswith("000") else digits)
    return whole[:_WHOLE] + shown + whole[_WHOLE:]
