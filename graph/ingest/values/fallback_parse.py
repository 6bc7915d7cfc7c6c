"""The parser that columns of numbers, amounts and times share.

Most cells are in *plain form*: the one way of writing that Arrow casts by itself, such as ``1234.5`` for numbers. These
are cast together. A slower function, which the caller gives, turns each other cell (``1,234.5``, ``10万``) into plain
form, or says why it is bad.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.values.byte_columns import Mask, mask_of, with_nulls
from graph.ingest.values.normalise import CellChange
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

# A cell in plain form with the kinds of its changes; ``Read`` returns this, or the reason why the cell is bad.
Plain = tuple[str, tuple[str, ...]]
Read = Callable[[str], Plain | str]


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """A parsed column: its values, which cells are bad and why, and which cells were changed to be read.

    Attributes:
        values: Typed (n,), null where a cell is missing or bad.
        faults: Reason to mask (n,).
        changes: The cells that were read only after a change.
    """

    values: pa.Array
    faults: Mapping[str, Mask] = field(default_factory=dict)
    changes: tuple[CellChange, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlainCast:
    """What the plain form of a column is, and how cells in it become values.

    Attributes:
        cast: Casts a column of plain cells; raises ArrowInvalid where a cell is no number after all.
        pattern: Regular expression of a plain cell, used where ``cast`` raises.
        value: A single cell in plain form to its value.
    """

    cast: Callable[[pa.Array], pa.Array]
    pattern: str
    value: Callable[[str], int | float]


def parse(text: pa.Array, irregular: Int64, how: PlainCast, read: Read, *, original: pa.Array | None = None) -> Parsed:
    """Cast the cells in plain form together, and read each distinct other cell once.

    Args:
        text: large_string (n,).
        irregular: Rows whose cells are not in plain form, ascending; a null among them stays null.
        how: How plain cells become values.
        read: Returns an irregular cell in plain form, or the reason why it is bad.
        original: The cells as they stand in the file, for ``read``; None where ``text`` holds them unchanged.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    empty = mask_of(text.is_null()) if text.null_count else np.zeros(len(text), np.bool_)
    cells = _without(text, irregular, empty)
    try:
        values = how.cast(cells)
    except pa.ArrowInvalid:
        # Cells of allowed characters need not be numbers, such as 1-2; find these by the pattern.
        misfits = np.flatnonzero(mask_of(pc.invert(pc.match_substring_regex(cells, how.pattern))))
        irregular = np.union1d(irregular, misfits)
        values = how.cast(_without(text, irregular, empty))
    irregular = irregular[~empty[irregular]]
    if not len(irregular):
        return Parsed(values)
    encoded = pc.dictionary_encode((text if original is None else original).take(pa.array(irregular)))
    # Prices and counts repeat, so each distinct cell is read once.
    results = [read(cell) for cell in encoded.dictionary.to_pylist()]
    known = pa.array([None if isinstance(r, str) else how.value(r[0]) for r in results], values.type)
    where = np.zeros(len(text), np.bool_)
    where[irregular] = True
    values = pc.replace_with_mask(values, pa.array(where), known.take(encoded.indices))
    faults, changes = _results_by_row(results, encoded, irregular, len(text))
    return Parsed(values, faults, changes)


def _without(text: pa.Array, irregular: Int64, empty: Mask) -> pa.Array:
    if not len(irregular):
        return text
    missing = empty.copy()
    missing[irregular] = True
    return with_nulls(text, missing)


def _results_by_row(
    results: list[Plain | str], encoded: pa.DictionaryArray, irregular: Int64, n: int
) -> tuple[dict[str, Mask], tuple[CellChange, ...]]:
    """The reasons and changes of the irregular cells, by row."""
    import pyarrow as pa

    codes = encoded.indices.to_numpy()
    faults = {}
    for reason in sorted({r for r in results if isinstance(r, str)}):
        mask = np.zeros(n, np.bool_)
        mask[irregular[np.asarray([r == reason for r in results])[codes]]] = True
        faults[reason] = mask
    changes = []
    for kind in sorted({kind for r in results if not isinstance(r, str) for kind in r[1]}):
        hit = np.asarray([not isinstance(r, str) and kind in r[1] for r in results])[codes]
        plain = pa.array(["" if isinstance(r, str) else r[0] for r in results], pa.large_string())
        changes.append(CellChange(kind, irregular[hit], plain.take(encoded.indices.filter(pa.array(hit)))))
    return faults, tuple(changes)
