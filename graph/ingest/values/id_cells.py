"""Brings ids into their canonical form, and finds cells that cannot be ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.id_spelling import DESTROYED, WHOLE_AS_FLOAT, canonical_id
from graph.ingest.values.byte_columns import ByteColumn, byte_column, mask_of, replaced
from graph.ingest.values.fallback_parse import Parsed
from graph.ingest.values.normalise import CellChange
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST = 512
# The first byte of full-width letters and digits in UTF-8.
_WIDE = 0xEF


def ids(text: pa.Array) -> Parsed:
    """Ids as ``graph.id_spelling.canonical_id`` keeps them, large_string (n,).

    ``bad_id`` are those that a spreadsheet has destroyed, with control characters, or longer than 512 bytes.
    """
    text, changes = _canonical(text, byte_column(text))
    cell_bytes = byte_column(text)
    bad = np.flatnonzero(cell_bytes.lengths > _LONGEST)
    if int(cell_bytes.data.min(initial=255)) < ord(" ") or bool((cell_bytes.data == 0x7F).any()):
        bad = np.union1d(bad, cell_bytes.rows(np.flatnonzero((cell_bytes.data < ord(" ")) | (cell_bytes.data == 0x7F))))
    bad = np.union1d(bad, _destroyed(text, cell_bytes))
    if not len(bad):
        return Parsed(text, {}, changes)
    where = np.zeros(len(text), np.bool_)
    where[bad] = True
    return Parsed(text, {"bad_id": where}, changes)


def _canonical(text: pa.Array, cell_bytes: ByteColumn) -> tuple[pa.Array, tuple[CellChange, ...]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    # Usually there is neither; two searches are faster than testing each byte.
    blob = cell_bytes.data.tobytes()
    if b".0" not in blob and _WIDE not in blob:
        return text, ()
    rows = np.union1d(_pointed(cell_bytes), cell_bytes.rows(np.flatnonzero(cell_bytes.data == _WIDE)))
    if not len(rows):
        return text, ()
    before = text.take(pa.array(rows))
    if byte_column(before).ascii:
        after = pc.replace_substring_regex(before, WHOLE_AS_FLOAT, r"\1")
    else:
        encoded = pc.dictionary_encode(before)
        distinct = [canonical_id(cell) for cell in encoded.dictionary.to_pylist()]
        after = pa.array(distinct, pa.large_string()).take(encoded.indices)
    differ = mask_of(pc.not_equal(before, after))
    if not differ.any():
        return text, ()
    rows, after = rows[differ], after.filter(pa.array(differ))
    return replaced(text, rows, after), (CellChange("normalised", rows, after),)


def _pointed(cell_bytes: ByteColumn) -> Int64:
    """Cells that end in ``.0``."""
    points = np.flatnonzero(cell_bytes.data[:-1] == ord("."))
    points = points[cell_bytes.data[points + 1] == ord("0")]
    return cell_bytes.rows(points[np.isin(points + 2, cell_bytes.offsets[1:])]) if len(points) else points


def _destroyed(text: pa.Array, cell_bytes: ByteColumn) -> Int64:
    """Cells whose id a spreadsheet has destroyed, such as 1.38E+10."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blob = cell_bytes.data.tobytes()
    if not any(sign in blob for sign in b"+.#"):
        return np.zeros(0, np.int64)
    signs = cell_bytes.rows(
        np.flatnonzero((cell_bytes.data == ord("+")) | (cell_bytes.data == ord(".")) | (cell_bytes.data == ord("#")))
    )
    return signs[mask_of(pc.match_substring_regex(text.take(pa.array(signs)), DESTROYED))] if len(signs) else signs
