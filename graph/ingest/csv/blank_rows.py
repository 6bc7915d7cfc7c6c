"""Finds rows of a table that are no records: repeated headers and rows of blank cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.csv.layout import Layout
from graph.ingest.values.byte_columns import Mask, byte_column, one_array

if TYPE_CHECKING:
    import pyarrow as pa

# The first bytes of the no-break space and of the ideographic one in UTF-8.
_BLANKS = (0xC2, 0xE3)


def empty_rows(table: pa.Table) -> Mask:
    """The rows whose cells are all blank, bool (n,); spreadsheets write such rows below their data."""
    import pyarrow as pa

    left = np.arange(len(table))
    for column in table.columns:
        cell_bytes = byte_column(
            one_array(column).take(pa.array(left)) if len(left) < len(table) else one_array(column)
        )
        if len(cell_bytes.data):
            # A blank cell begins with a blank character, which may have several bytes.
            head = cell_bytes.data[np.minimum(cell_bytes.offsets[:-1], len(cell_bytes.data) - 1)]
            left = left[(cell_bytes.lengths == 0) | (head <= ord(" ")) | np.isin(head, _BLANKS)]
        if not len(left):
            break
    blank = [at for at in left.tolist() if not any(column[at].as_py().strip() for column in table.columns)]
    found = np.zeros(len(table), np.bool_)
    found[blank] = table.num_columns > 1
    return found


def repeats(table: pa.Table, layout: Layout) -> list[int]:
    """Positions of the records that repeat the header."""
    import pyarrow.compute as pc

    first, found = layout.raw_header[0], set[int]()
    for name in {first, first.strip(), f"\ufeff{first}"}:
        found.update(np.flatnonzero(pc.equal(table.column(0), name).to_numpy()).tolist())
    names = [*layout.header, *[""] * layout.unnamed]
    return [at for at in sorted(found) if [c[at].as_py().strip("\ufeff").strip() for c in table.columns] == names]


def filled(column: pa.ChunkedArray) -> list[int]:
    """Positions of the cells that are not empty."""
    import pyarrow.compute as pc

    return np.flatnonzero(pc.not_equal(column, "").to_numpy()).tolist()
