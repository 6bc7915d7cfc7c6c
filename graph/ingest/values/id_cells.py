"""Cells that are ids: in the one form that is kept, and the ones that cannot be an id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.id_spelling import DESTROYED, WHOLE_AS_FLOAT, canonical_id
from graph.ingest.values.byte_columns import Raw, mask_of, raw_of, replaced
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
    text, changes = _canonical(text, raw_of(text))
    raw = raw_of(text)
    bad = np.flatnonzero(raw.lengths > _LONGEST)
    if int(raw.data.min(initial=255)) < ord(" ") or bool((raw.data == 0x7F).any()):
        bad = np.union1d(bad, raw.rows(np.flatnonzero((raw.data < ord(" ")) | (raw.data == 0x7F))))
    bad = np.union1d(bad, _destroyed(text, raw))
    if not len(bad):
        return Parsed(text, {}, changes)
    where = np.zeros(len(text), np.bool_)
    where[bad] = True
    return Parsed(text, {"bad_id": where}, changes)


def _canonical(text: pa.Array, raw: Raw) -> tuple[pa.Array, tuple[CellChange, ...]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    # Mostly there is neither, and to look for each in all bytes is quicker than to look at each byte.
    blob = raw.data.tobytes()
    if b".0" not in blob and _WIDE not in blob:
        return text, ()
    rows = np.union1d(_pointed(raw), raw.rows(np.flatnonzero(raw.data == _WIDE)))
    if not len(rows):
        return text, ()
    before = text.take(pa.array(rows))
    if raw_of(before).ascii:
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


def _pointed(raw: Raw) -> Int64:
    """Cells that end in ``.0``."""
    points = np.flatnonzero(raw.data[:-1] == ord("."))
    points = points[raw.data[points + 1] == ord("0")]
    return raw.rows(points[np.isin(points + 2, raw.offsets[1:])]) if len(points) else points


def _destroyed(text: pa.Array, raw: Raw) -> Int64:
    """Cells of which a spreadsheet has left no id."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blob = raw.data.tobytes()
    if not any(sign in blob for sign in b"+.#"):
        return np.zeros(0, np.int64)
    signs = raw.rows(np.flatnonzero((raw.data == ord("+")) | (raw.data == ord(".")) | (raw.data == ord("#"))))
    return signs[mask_of(pc.match_substring_regex(text.take(pa.array(signs)), DESTROYED))] if len(signs) else signs
