"""Normalises the text of a column: trims blanks, removes invisible characters and the marks by which spreadsheets keep
numbers as text, and turns words for an empty cell into null."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.values.byte_columns import ByteColumn, Mask, byte_column, mask_of, one_array, replaced, with_nulls
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, eq=False)
class CellChange:
    """The cells of one column that were changed in one way.

    Attributes:
        kind: ``trimmed``, ``null_word``, ``normalised``, ``separators``, ``currency``, ``unit`` or ``day_only``.
        rows: Positions in the block, ascending.
        after: What each cell became, as text.
    """

    kind: str
    rows: Int64
    after: pa.Array


@dataclass(frozen=True, slots=True, eq=False)
class Normalised:
    """A column as plain text, with null for an empty cell, and what was changed on the way."""

    text: pa.Array
    cell_bytes: ByteColumn
    changes: tuple[CellChange, ...]


# Zero-width and direction marks and the soft hyphen; the joiners stay where emoji and Arabic or Indic script need them.
INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
    "|(?<![\u0600-\u0dff])\u200c|(?<![\u0600-\u0dff\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d"
)
# First bytes of characters that may be blank, invisible or not in normal form C; only these need a closer look.
_LEADS = bytes((0xC2, 0xCC, 0xCD, 0xCE, *range(0xD6, 0xE4), 0xEF, 0xF0))
_SUSPECTS = bytes(1 if b in _LEADS else 0 for b in range(256))


# Marks by which a spreadsheet keeps 00123 as text: ="00123" and '00123.
_FORMULA = r'\A="((?:[^"]|"")*)"\z'
_APOSTROPHE = r"\A'([0-9]+)\z"


def normalise(
    column: pa.Array | pa.ChunkedArray, missing: Sequence[str] = (), *, apostrophe: bool = False
) -> Normalised:
    """A text column in normalised form.

    Blanks at the ends are removed (also ideographic and no-break spaces), zero-width characters and byte order marks
    too; a formula that is only a text, ``="00123"``, becomes that text. The result is in Unicode normal form C. Empty
    cells and ``missing`` words become null.

    Args:
        column: Text (n,).
        missing: Words that mean an empty cell, as they are written.
        apostrophe: Whether to remove an apostrophe before a cell of digits only, as for ids and numbers.
    """
    text = one_array(column)
    if text.null_count:
        import pyarrow.compute as pc

        text = pc.fill_null(text, "")
    cell_bytes = byte_column(text)
    changes: list[CellChange] = []
    rows = _irregular_rows(cell_bytes, apostrophe)
    if len(rows):
        text, changes = _cleaned(text, rows, apostrophe)
        cell_bytes = byte_column(text)
    empty = cell_bytes.lengths == 0
    words = _words(text, cell_bytes, missing)
    if len(words):
        import pyarrow as pa

        changes.append(CellChange("null_word", words, pa.array([""] * len(words), pa.large_string())))
        empty[words] = True
    return Normalised(with_nulls(text, empty), cell_bytes, tuple(changes))


def _irregular_rows(cell_bytes: ByteColumn, apostrophe: bool) -> Int64:
    """Cells that may have to be changed, found by their bytes."""
    if not len(cell_bytes.data):
        return np.zeros(0, np.int64)
    filled = cell_bytes.lengths > 0
    last = len(cell_bytes.data) - 1
    # For an empty cell this is a byte of its neighbour; the mask ``filled`` excludes it.
    head = cell_bytes.data[np.minimum(cell_bytes.offsets[:-1], last)]
    ends = np.minimum(head, cell_bytes.data[np.maximum(cell_bytes.offsets[1:] - 1, 0)])
    suspect = (ends <= ord(" ")) | (head == ord("="))
    if apostrophe:
        suspect |= head == ord("'")
    rows = np.flatnonzero(suspect & filled)
    blob = cell_bytes.data.tobytes()
    # Usually there are none; a few searches are faster than testing each byte.
    if cell_bytes.ascii or not any(lead in blob for lead in _LEADS):
        return rows
    at = np.flatnonzero(cell_bytes.classes(_SUSPECTS))
    first, second = cell_bytes.data[at], cell_bytes.data[np.minimum(at + 1, last)]
    third = cell_bytes.data[np.minimum(at + 2, last)]
    e2 = (second == 0x80) & ((third <= 0x8F) | ((third >= 0xA8) & (third <= 0xAF)))
    e2 |= (second == 0x81) & (third >= 0x9F)
    e2 |= (second == 0x84) & (third >= 0xA6) | (second == 0xAB)
    e3 = (
        (second == 0x80) & (third == 0x80) | ((second == 0x82) & (third >= 0x99)) | ((second == 0x83) & (third >= 0x99))
    )
    ef = (second >= 0xA4) & (second <= 0xAC) | (second == 0xBB)
    sure = np.isin(first, [0xC2, 0xCE, 0xE2, 0xE3, 0xEF, 0xF0], invert=True)
    sure |= (first == 0xC2) & np.isin(second, [0x85, 0xA0, 0xAD]) | (first == 0xCE) & (second == 0x87)
    sure |= (first == 0xE2) & e2 | (first == 0xE3) & e3 | (first == 0xEF) & ef
    sure |= (first == 0xF0) & (second != 0x9F)
    at = at[sure]
    return np.union1d(rows, cell_bytes.rows(at)) if len(at) else rows


def _cleaned(text: pa.Array, rows: Int64, apostrophe: bool) -> tuple[pa.Array, list[CellChange]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    before = text.take(pa.array(rows))
    visible = before
    if not byte_column(before).ascii:
        visible = pa.array([INVISIBLE.sub("", cell) for cell in before.to_pylist()], pa.large_string())
    trimmed = pc.utf8_trim_whitespace(visible)
    bare = _bare(trimmed, apostrophe)
    inner = pc.utf8_trim_whitespace(bare)
    after = inner if byte_column(inner).ascii else pc.utf8_normalize(inner, "NFC")

    def differ(*steps: tuple[pa.Array, pa.Array]) -> Mask:
        found: Mask = np.logical_or.reduce([mask_of(pc.not_equal(a, b)) for a, b in steps])
        return found

    kinds = {
        "trimmed": differ((trimmed, visible), (inner, bare)),
        "normalised": differ((visible, before), (bare, trimmed), (after, inner)),
    }
    changes = [CellChange(kind, rows[m], after.filter(pa.array(m))) for kind, m in kinds.items() if m.any()]
    where: Mask = np.logical_or.reduce(list(kinds.values()))
    if where.any():
        text = replaced(text, rows[where], after.filter(pa.array(where)))
    return text, changes


def _bare(text: pa.Array, apostrophe: bool) -> pa.Array:
    """Cells without the marks by which a spreadsheet keeps them as text."""
    import pyarrow.compute as pc

    bare = pc.replace_substring_regex(text, _FORMULA, r"\1")
    formula = pc.not_equal(bare, text)
    if pc.any(formula).as_py():
        bare = pc.if_else(formula, pc.replace_substring(bare, '""', '"'), bare)
    return pc.replace_substring_regex(bare, _APOSTROPHE, r"\1") if apostrophe else bare


def _words(text: pa.Array, cell_bytes: ByteColumn, missing: Sequence[str]) -> Int64:
    """Cells that are a word for an empty cell."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not missing or not len(cell_bytes.data):
        return np.zeros(0, np.int64)
    table = np.zeros(256, np.bool_)
    table[[word.encode("utf-8")[0] for word in missing if word]] = True
    longest = max(len(word.encode("utf-8")) for word in missing)
    first = cell_bytes.data[np.minimum(cell_bytes.offsets[:-1], len(cell_bytes.data) - 1)]
    rows = np.flatnonzero(table[first] & (cell_bytes.lengths <= longest) & (cell_bytes.lengths > 0))
    if not len(rows):
        return rows
    found = pc.is_in(text.take(pa.array(rows)), pa.array(list(missing), pa.large_string()))
    return rows[mask_of(found)]
