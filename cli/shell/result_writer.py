"""Writes results to stdout or a file in the chosen format; what is not data goes to stderr."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.emit import Format, Output, Table, emit
from cli.shell.table import fitted, listed
from cli.shell.values import flat, plain
from cli.terminal import Terminal
from graph.atomic_io import replace_file

if TYPE_CHECKING:
    from graph.store.result import QueryResult

# Wider than any terminal, so that a table in a pipe or a file is never cut.
_UNBOUNDED = 1 << 30


@dataclass
class ResultWriter:
    """Writes results to stdout or a file, and notes to stderr.

    Attributes:
        to: Format, file and encoding.
        terminal: The stderr side.
        interactive: Whether a person sits in front of it: results are then cut to what a screen shows, and counted.
        shown: Rows of a result that an interactive shell shows; None for all.
    """

    to: Output
    terminal: Terminal
    interactive: bool = False
    shown: int | None = 50
    _written: int = 0

    @property
    def format(self) -> Format:
        """The format in force."""
        return self.to.resolved()

    @property
    def width(self) -> int:
        """Columns of the terminal; unbounded where stdout is none."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() and self.to.file is None else _UNBOUNDED

    def result(self, result: QueryResult, cap: int) -> None:
        """Show the rows of a query, and say how many are not shown.

        Args:
            result: The rows.
            cap: The most rows that were asked for.
        """
        for note in result.notes:
            self.terminal.note(note)
        kept = self.shown if self.interactive else None
        rows = result.rows if kept is None else result.rows[:kept]
        self._data(result.columns, rows)
        more = len(result.rows) - len(rows)
        if self.interactive and more:
            least = "at least " if result.truncated else ""
            self.terminal.note(f"{least}{more:,} more rows; :rows all shows them, :export FILE writes them")
        elif result.truncated and self.interactive:
            self.terminal.note(
                f"only the first {cap:,} rows are shown; a higher :limit shows more, :export FILE writes all"
            )
        elif result.truncated:
            self.terminal.note(f"only the first {cap:,} rows are shown; a higher --limit shows more")
        elif self.interactive and self.format is Format.TABLE:
            self.terminal.step(counted(len(result.rows)))

    def listing(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Show a list of the shell's own, like its commands: as text for a person, as data in a pipe."""
        if self.interactive:
            cells = [[f"{value:,}" if isinstance(value, int) else str(value) for value in row] for row in rows]
            self._text(listed(columns, cells, self.width) if rows else "")
        else:
            self._data(columns, rows)

    def save(self, result: QueryResult, file: Path) -> None:
        """Write all rows of a result to a file, whole or not at all.

        Raises:
            ConfigError: the name does not tell the format, or the file cannot be written.
        """
        ResultWriter(replace(self.to, format=Format.AUTO, file=file), self.terminal)._data(result.columns, result.rows)

    def _data(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        chosen = self.format
        if chosen is Format.TABLE:
            text = fitted(columns, rows, self.width)
            if self.to.file is not None:
                replace_file(self.to.file, text.encode())
            else:
                self._text(text)
            return
        self._separate(chosen)
        tidy = flat if chosen in (Format.CSV, Format.PARQUET) else plain
        emit(Table(tuple(columns), [[tidy(value) for value in row] for row in rows]), self.to)

    def _text(self, text: str) -> None:
        self._separate(Format.TABLE)
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()

    def _separate(self, chosen: Format) -> None:
        """An empty line between two results; JSON needs none."""
        self._written += 1
        if self._written > 1 and not self.interactive and chosen in (Format.TABLE, Format.CSV):
            sys.stdout.buffer.write(b"\n")


def counted(rows: int) -> str:
    """A number of rows in words."""
    return "no rows" if rows == 0 else "1 row" if rows == 1 else f"{rows:,} rows"
