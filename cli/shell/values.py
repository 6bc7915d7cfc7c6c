"""Values of a result as people read them on a terminal, and as a format knows them."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Any

_TELLING = frozenset({"id", "name", "time"})
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


def shown(value: Any) -> str:
    """A value for a cell of a table: nodes, relationships and paths are written as in Cypher.

    >>> shown({"labels": ["Person", "KOL"], "properties": {"id": "k1"}})
    '(:Person:KOL {id: "k1"})'
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        # A number of four digits is often a year.
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return ", ".join(_inner(item) for item in value)
    return _inner(value) if isinstance(value, dict) else _line(str(value))


def plain(value: Any) -> Any:
    """A value as JSON knows it: not-a-number and infinities are null, wherever they stand."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def flat(value: Any) -> Any:
    """A value for a cell of a format without lists of lists: a list that holds more than scalars is JSON text."""
    value = plain(value)
    if isinstance(value, list) and any(isinstance(item, (list, dict)) for item in value):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _inner(value: Any) -> str:
    """A value inside another one, where text needs its quotation marks."""
    if isinstance(value, dict):
        return _map(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_inner, value))}]"
    if isinstance(value, str):
        return _line(json.dumps(value, ensure_ascii=False))
    if isinstance(value, float) and not math.isfinite(value):
        return _number(value)
    return json.dumps(value)


def _map(value: dict[str, Any]) -> str:
    if set(value) == {"labels", "properties"}:
        return f"({_typed(value['labels'], value['properties'])})"
    if set(value) == {"type", "properties"}:
        return f"[{_typed([value['type']], value['properties'])}]"
    if set(value) == {"nodes", "relationships"}:
        return _path(value)
    return "{" + ", ".join(f"{_name(name)}: {_inner(item)}" for name, item in value.items()) + "}"


def _path(value: dict[str, Any]) -> str:
    """Nodes and relationships in turn; a result does not tell which way a relationship points."""
    links = [*map(_inner, value["relationships"]), ""]
    return "".join(
        f"{_inner(node)}{f'-{link}-' if link else ''}" for node, link in zip(value["nodes"], links, strict=False)
    )


def _typed(labels: list[str], properties: dict[str, Any]) -> str:
    names = "".join(f":{_name(label)}" for label in labels)
    # Identifying properties come first, since a narrow cell is cut.
    properties = dict(sorted(properties.items(), key=lambda item: (item[0] not in _TELLING, item[0])))
    return f"{names} {_map(properties)}" if properties else names


def _name(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else f"`{name}`"


def _line(text: str) -> str:
    """A text on one line, without characters that move a cursor or turn the direction of writing."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") or c in _TURNING else c for c in text)


_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
