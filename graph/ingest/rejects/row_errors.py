"""What is wrong with the records of a block: the first error of each, if any."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.ingest.csv.records import RecordBlock
from graph.ingest.rejects.reject import Reject, reject
from graph.ingest.rejects.reject_hints import suggest
from graph.ingest.values.byte_columns import Mask
from graph.ingest.values.value_format import ValueFormat
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

_END = "\r\n"


@dataclass(frozen=True, slots=True, eq=False)
class _Fault:
    """Some records with the same fault."""

    at: Int64
    reason: str
    column: str
    accepted: tuple[str, ...]


class RowErrors:
    """Gathers faults; only the first of a record counts.

    Args:
        file: The file's name.
        block: The records.
        value_format: How the file writes values, for the suggestion on a refused one.

    Attributes:
        bad: The records with a fault, bool (n,).
    """

    def __init__(self, file: str, block: RecordBlock, value_format: ValueFormat) -> None:
        self.block, self.bad = block, np.zeros(len(block.rows), np.bool_)
        self._file, self._value_format = file, value_format
        self._faults: list[_Fault] = []

    def mark(self, where: Mask, reason: str, column: str, *, accepted: tuple[str, ...] = ()) -> None:
        """The records at fault, and the column of the file that is."""
        at = np.flatnonzero(where & ~self.bad)
        if len(at):
            self._faults.append(_Fault(at, reason, column, accepted))
            self.bad[at] = True

    def rejects(self) -> tuple[Reject, ...]:
        """The rejects of the scanner and those with a fault, by row."""
        if not self._faults:
            return self.block.rejects
        at = np.sort(np.concatenate([fault.at for fault in self._faults]))
        lines = quote(self.block, at)
        found = list(self.block.rejects)
        for fault in self._faults:
            found += self._rejects(fault, [lines[i] for i in np.searchsorted(at, fault.at).tolist()])
        return tuple(sorted(found, key=lambda item: item.row))

    def _rejects(self, fault: _Fault, lines: Sequence[str]) -> list[Reject]:
        values = [""] * len(lines)
        if fault.column in self.block.table.column_names:
            values = [value or "" for value in self.block.table[fault.column].take(fault.at).to_pylist()]
        rows = self.block.rows[fault.at].tolist()
        places = [0] * len(rows) if self.block.lines is None else self.block.lines[fault.at].tolist()
        # A column in the wrong form has one value after the other with the same suggestion; few are distinct.
        suggestion = {v: suggest(fault.reason, v, self._value_format, fault.accepted) for v in set(values)}
        return [
            reject(
                self._file,
                row,
                fault.reason,
                column=fault.column,
                value=value,
                raw=line,
                accepted=fault.accepted,
                suggestion=suggestion[value],
                line=place,
            )
            for row, place, value, line in zip(rows, places, values, lines, strict=True)
        ]


def quote(block: RecordBlock, at: Int64) -> list[str]:
    """The records at these positions as lines of CSV."""
    part = block.table.take(at)
    lines: list[str] = []
    # The writer calls it once for each record, which is far quicker than a stream for each. Older ones than that of
    # Python 3.13 quote a CR or LF only where its own line end has one.
    writer = csv.writer(_Sink(lines.append), lineterminator=_END)
    writer.writerows(zip(*map(_values, part.columns), strict=True))
    return [line[: -len(_END)] for line in lines]


class _Sink(NamedTuple):
    """What a csv writer writes to."""

    write: Callable[[str], object]


def _values(column: pa.ChunkedArray) -> list[str]:
    values: list[str] = column.to_pylist()
    return values
