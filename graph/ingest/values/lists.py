"""Converts lists of texts, written as JSON or with a separator, to canonical JSON text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.values.byte_columns import mask_of
from graph.ingest.values.fallback_parse import Parsed
from graph.ingest.values.normalise import CellChange
from graph.ingest.values.value_format import ValueFormat

if TYPE_CHECKING:
    import pyarrow as pa

# Where the mapping declares none, the first of these that occurs in a cell separates its items.
SEPARATORS = ("|", ";", "；", "、", "，", ",")


def lists(text: pa.Array, value_format: ValueFormat) -> Parsed:
    """Lists as large_string (n,), each a JSON array of texts without blanks between; null where missing or bad.

    The items keep their order and repeats; blanks around an item and empty items go.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(text)
    cells = encoded.dictionary.to_pylist()
    found = [items_of(cell, value_format.separator) for cell in cells]
    canonical = pa.array([None if items is None else canonical_list(items) for items in found], pa.large_string())
    values = canonical.take(encoded.indices)
    bad = mask_of(values.is_null()) & mask_of(text.is_valid())
    blank = [
        items is not None and _has_blanks(cell, items, value_format.separator)
        for cell, items in zip(cells, found, strict=True)
    ]
    changes: tuple[CellChange, ...] = ()
    if any(blank):
        hit = mask_of(pa.array(blank).take(encoded.indices))
        changes = (CellChange("trimmed", np.flatnonzero(hit), values.filter(pa.array(hit))),)
    return Parsed(values, {"not_a_list": bad} if bad.any() else {}, changes)


def canonical_list(items: list[str]) -> str:
    """A list of texts as canonical JSON text, the same for all stores."""
    return json.dumps(items, ensure_ascii=False, separators=(",", ":"))


def items_of(cell: str, separator: str = "auto") -> list[str] | None:
    """The items of a list, or None where it is none.

    >>> items_of('["a", "b"]'), items_of("运动|科技"), items_of("a;b,c"), items_of('["a", {}]')
    (['a', 'b'], ['运动', '科技'], ['a', 'b,c'], None)
    """
    if cell.startswith("[") and cell.endswith("]"):
        items = _json_items(cell)
        return items if items is not None and _encodes(items) else None
    if cell.startswith(("[", "{")):
        return None
    parts = cell.split(_separator(cell, separator)) if _separator(cell, separator) else [cell]
    return [item for part in parts if (item := part.strip())]


def _separator(cell: str, declared: str) -> str:
    return declared if declared != "auto" else next((mark for mark in SEPARATORS if mark in cell), "")


def _has_blanks(cell: str, items: list[str], separator: str) -> bool:
    """Whether blanks or empty items of a list with separators were left out."""
    mark = _separator(cell, separator)
    return not cell.startswith("[") and cell != (mark.join(items) if mark else "".join(items))


def _json_items(cell: str) -> list[str] | None:
    try:
        body = json.loads(cell, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return _quoted_items(cell)
    texts = [_text(item) for item in body]
    return None if None in texts else [item for text in texts if text is not None and (item := text.strip())]


def _encodes(items: list[str]) -> bool:
    """Whether the items are text: an escape may stand for half of a surrogate pair."""
    try:
        "".join(items).encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(item: object) -> str | None:
    if isinstance(item, bool):
        return "true" if item else "false"
    return item if isinstance(item, str) else None


def _quoted_items(cell: str) -> list[str] | None:
    """The items of a list as Python prints it, ``['a', 'b']``."""
    import ast

    try:
        body = ast.literal_eval(cell)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    return [item for text in body if (item := text.strip())] if all(isinstance(t, str) for t in body) else None
