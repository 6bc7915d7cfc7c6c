"""Cells whose value differs from the text of the file: counted at once, listed on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.ingest.values.byte_columns import Mask
from graph.ingest.values.normalise import CellChange

if TYPE_CHECKING:
    from graph.ingest.csv.records import RecordBlock


class Change(NamedTuple):
    """One changed cell; ``row`` is its 1-based record number.

    Kinds: ``trimmed``, blanks at the ends removed; ``null_word``, a word that means an empty cell taken as empty;
    ``normalised``, normal form C, invisible signs and marks of spreadsheets removed, full-width digits to half-width;
    ``separators`` of thousands removed; ``currency``, sign or unit of the declared currency removed; ``unit`` of a
    rating removed, as in 5星; ``scaled``, a word for the size of a number, as in 1.2万 or 9.9k, or its exponent written
    out; ``day_only``, the time of day left out, since the column holds dates.
    """

    file: str
    row: int
    column: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The changed cells of the good records of a block.

    Attributes:
        file: The file's name.
        block: The records.
        cells: File column to its changes.
    """

    file: str
    block: RecordBlock
    cells: Mapping[str, tuple[CellChange, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> Counter[tuple[str, str]]:
        """(Column, kind) to the number of changed cells; the sum over all blocks is that of the file."""
        found = {(column, c.kind): len(c.rows) for column, changes in self.cells.items() for c in changes}
        return Counter({key: count for key, count in found.items() if count})

    def rows(self) -> Iterator[Change]:
        """Every change, by row, then by column in the order of the file; creates the texts on the way."""
        listed = []
        order = {name: i for i, name in enumerate(self.block.table.column_names)}
        for column, changes in self.cells.items():
            for change in changes:
                before = self.block.table[column].take(change.rows).to_pylist()
                numbers = self.block.rows[change.rows].tolist()
                for row, old, new in zip(numbers, before, change.after.to_pylist(), strict=True):
                    listed.append((row, order[column], Change(self.file, row, column, change.kind, old or "", new)))
        yield from (change for _, _, change in sorted(listed))


def without_refused(cells: Mapping[str, tuple[CellChange, ...]], bad: Mask) -> dict[str, tuple[CellChange, ...]]:
    """The changes of the records that are not refused."""
    import pyarrow as pa

    if not bad.any():
        return {column: changes for column, changes in cells.items() if changes}
    kept: dict[str, tuple[CellChange, ...]] = {}
    for column, changes in cells.items():
        good = [(c, np.asarray(~bad[c.rows])) for c in changes]
        left = tuple(CellChange(c.kind, c.rows[m], c.after.filter(pa.array(m))) for c, m in good if m.any())
        if left:
            kept[column] = left
    return kept
