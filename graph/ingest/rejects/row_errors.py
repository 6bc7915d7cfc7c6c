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
class _RowError:
    """Records with the same error."""

    at: Int64
    reason: str
    column: str
    accepted: tuple[str, ...]


class RowErrors:
    """Collects the errors of the records of a block; only the first error of each record counts.

    Args:
        file: The file's name.
        block: The records.
        value_format: How the file writes values, for the suggestion on a refused one.

    Attributes:
        bad: The records with an error, bool (n,).
    """

    def __init__(self, file: str, block: RecordBlock, value_format: ValueFormat) -> None:
        self.block, self.bad = block, np.zeros(len(block.rows), np.bool_)
        self._file, self._value_format = file, value_format
        self._errors: list[_RowError] = []

    def mark(self, where: Mask, reason: str, column: str, *, accepted: tuple[str, ...] = ()) -> None:
        """Note an error of some records.

        Args:
            where: The records, bool (n,).
            reason: A key of ``HINTS``.
            column: The column of the file with the error; empty for the record as a whole.
            accepted: Accepted values, where these are few.
        """
        at = np.flatnonzero(where & ~self.bad)
        if len(at):
            self._errors.append(_RowError(at, reason, column, accepted))
            self.bad[at] = True

    def rejects(self) -> tuple[Reject, ...]:
        """The rejects of the scanner and the records with an error, by row."""
        if not self._errors:
            return self.block.rejects
        at = np.sort(np.concatenate([error.at for error in self._errors]))
        lines = quote(self.block, at)
        found = list(self.block.rejects)
        for error in self._errors:
            found += self._rejects(error, [lines[i] for i in np.searchsorted(at, error.at).tolist()])
        return tuple(sorted(found, key=lambda item: item.row))

    def _rejects(self, error: _RowError, lines: Sequence[str]) -> list[Reject]:
        values = [""] * len(lines)
        if error.column in self.block.table.column_names:
            values = [value or "" for value in self.block.table[error.column].take(error.at).to_pylist()]
        rows = self.block.rows[error.at].tolist()
        places = [0] * len(rows) if self.block.lines is None else self.block.lines[error.at].tolist()
        # Many records may have the same value, so each distinct value gets its suggestion once.
        suggestion = {v: suggest(error.reason, v, self._value_format, error.accepted) for v in set(values)}
        return [
            reject(
                self._file,
                row,
                error.reason,
                column=error.column,
                value=value,
                raw=line,
                accepted=error.accepted,
                suggestion=suggestion[value],
                line=place,
            )
            for row, place, value, line in zip(rows, places, values, lines, strict=True)
        ]


def quote(block: RecordBlock, at: Int64) -> list[str]:
    """The records at these positions as lines of CSV."""
    part = block.table.take(at)
    lines: list[str] = []
    # The writer calls ``write`` once for each record, which is far faster than a stream for each. Before Python 3.13 it
    # quotes CR or LF in a cell only if its own line end contains that character.
    writer = csv.writer(_Sink(lines.append), lineterminator=_END)
    writer.writerows(zip(*map(_values, part.columns), strict=True))
    return [line[: -len(_END)] for line in lines]


class _Sink(NamedTuple):
    """A stream for a csv writer."""

    write: Callable[[str], object]


def _values(column: pa.ChunkedArray) -> list[str]:
    values: list[str] = column.to_pylist()
    return values
