"""Converts kglite's values into plain Python values."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

from graph.store.result import duration_text
from graph.zones import iso_time

_OF_DURATION = {"months", "days", "seconds", "nanoseconds"}
_ABOUT_NAMES = re.compile(r"unknown (relationship type|node label) '|property '[^']*' which no ")


def is_about_names(warning: str) -> bool:
    """Whether a warning of kglite is about an unknown name; ``graph.store.query_names`` has better notes on these."""
    return bool(_ABOUT_NAMES.search(warning))


def plain_value(value: Any, columns: Mapping[str, frozenset[str]]) -> Any:
    """A value of kglite as a plain Python value."""
    if isinstance(value, datetime.datetime):
        return iso_time(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, float):
        return value + 0.0
    if isinstance(value, (list, tuple)):
        return [plain_value(item, columns) for item in value]
    return _plain_map(value, columns) if isinstance(value, dict) else value


def _plain_map(value: dict[str, Any], columns: Mapping[str, frozenset[str]]) -> dict[str, Any] | str:
    def facts(known: frozenset[str] | None) -> dict[str, Any]:
        found = sorted(value["properties"].items())
        return {n: plain_value(v, columns) for n, v in found if v is not None and (known is None or n in known)}

    if set(value) == {"id", "labels", "properties"}:
        first, *roles = value["labels"]
        # kglite adds a title and a type to every node.
        return {"labels": [first, *sorted(roles)], "properties": facts(columns.get(first, frozenset()) | {"id"})}
    if set(value) == {"id", "start", "end", "type", "properties"}:
        return {"type": value["type"], "properties": facts(None)}
    if {"months", "days", "seconds"} <= set(value) <= _OF_DURATION:
        return duration_text(value["months"], value["days"], value["seconds"], value.get("nanoseconds", 0))
    return {name: plain_value(item, columns) for name, item in sorted(value.items())}
