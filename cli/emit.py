"""Rows to stdout or to a file, in one of five formats; column order is part of the contract."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from graph.atomic_io import replace_file_by
from graph.errors import ConfigError

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Sequence[Sequence[Any]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class Format(StrEnum):
    """Output formats; auto is a table on a terminal and CSV in a pipe or a file."""

    AUTO = "auto"
    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Encoding(StrEnum):
    """Encodings of CSV files: utf-8-sig and gb18030 are what Excel opens without being asked."""

    UTF8 = "utf-8"
    UTF8_SIG = "utf-8-sig"
    GB18030 = "gb18030"


@dataclass(frozen=True)
class Table:
    """Named columns and rows of plain values (text, numbers, booleans, None, lists)."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    @staticmethod
    def of(records: Sequence[dict[str, Any]], columns: Iterable[str] | None = None) -> Table:
        """The table of records that all have the same keys."""
        names = tuple(columns) if columns is not None else tuple(records[0]) if records else ()
        return Table(names, [[record[name] for name in names] for record in records])


@dataclass(frozen=True)
class Output:
    """Where and how to write.

    Attributes:
        format: The format, or auto.
        file: The file, or None for stdout.
        encoding: Of CSV.
        raw_cells: Write text cells that begin like a formula as they are.
        note: Takes a sentence where nothing was written but the names of columns.
    """

    format: Format = Format.AUTO
    file: Path | None = None
    encoding: Encoding = Encoding.UTF8
    raw_cells: bool = False
    note: Callable[[str], None] = lambda _text: None

    def resolved(self) -> Format:
        """The format that auto stands for here.

        Raises:
            ConfigError: the file name does not tell the format, or Parquet has no file to go to.
        """
        chosen = self.format
        if chosen is Format.AUTO and self.file is not None:
            by_name = {
                ".csv": Format.CSV,
                ".json": Format.JSON,
                ".jsonl": Format.JSONL,
                ".parquet": Format.PARQUET,
                ".txt": Format.TABLE,
            }
            if self.file.suffix.lower() not in by_name:
                raise ConfigError(
                    f"{self.file}: the name does not tell the format",
                    hint=f"end it in {', '.join(by_name)}, or give --format",
                )
            chosen = by_name[self.file.suffix.lower()]
        if chosen is Format.AUTO:
            chosen = Format.TABLE if sys.stdout.isatty() else Format.CSV
        if chosen is Format.PARQUET and self.file is None:
            raise ConfigError("Parquet cannot go to stdout", hint="name a file: -o result.parquet")
        return chosen


def emit(table: Table, output: Output) -> None:
    """Write a table whole or not at all.

    Raises:
        ConfigError: the output cannot be written, or a character has no place in its encoding.
    """
    emit_parts(table.columns, [table.rows], output)


def emit_parts(
    columns: tuple[str, ...], parts: Iterable[Rows], output: Output, *, types: Mapping[str, type] | None = None
) -> None:
    """Write a table whose rows come in parts, whole or not at all.

    CSV, JSON lines and Parquet keep one part in memory at a time, where they go to a file; the others all of them.

    Args:
        columns: Names of the columns.
        parts: The rows, in one or more parts.
        output: Where to and how.
        types: Name of a column to str, int, float or bool, for Parquet; without it the type is found from the values,
            of all parts together.

    Raises:
        ConfigError: the output cannot be written, or a character has no place in its encoding.
    """
    chosen, count = output.resolved(), 0

    def counted() -> Iterator[Rows]:
        nonlocal count
        for rows in parts:
            count += len(rows)
            yield rows

    def write(stream: BinaryIO) -> None:
        if chosen is Format.PARQUET:
            _write_parquet(columns, counted(), stream, types)
            return
        encoding = output.encoding.value if chosen is Format.CSV else "utf-8"
        for number, text in enumerate(_texts(chosen, columns, counted(), output)):
            # The mark of utf-8-sig stands once, at the beginning.
            stream.write(text.encode("utf-8" if number and encoding == "utf-8-sig" else encoding))

    if output.file is not None:
        replace_file_by(output.file, write)
    elif sys.stdout is None:
        raise ConfigError("stdout is closed", hint="name a file: -o result.csv")
    else:
        whole = io.BytesIO()
        write(whole)
        sys.stdout.buffer.write(whole.getbuffer())
        sys.stdout.buffer.flush()
    if not count:
        output.note("there are no rows" if output.file is None else f"{output.file} has no rows")


def _texts(chosen: Format, columns: tuple[str, ...], parts: Iterable[Rows], output: Output) -> Iterator[str]:
    """The text of a format, in pieces."""
    if chosen is Format.CSV:
        yield _csv([columns])
        for rows in parts:
            yield _csv([_csv_cell(value, output.raw_cells) for value in row] for row in rows)
    elif chosen is Format.JSONL:
        for rows in parts:
            yield _json_lines(Table(columns, rows))
    else:
        table = Table(columns, [row for rows in parts for row in rows])
        yield _json(table) if chosen is Format.JSON else _table(table)


def _plain(value: Any) -> Any:
    """A value that JSON can hold: not-a-number and infinities become null, dates ISO 8601 text."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, datetime.date) else value


def _json(table: Table) -> str:
    records = [dict(zip(table.columns, map(_plain, row), strict=True)) for row in table.rows]
    return json.dumps(records, ensure_ascii=False, indent=1) + "\n"


def _json_lines(table: Table) -> str:
    return "".join(
        json.dumps(dict(zip(table.columns, map(_plain, row), strict=True)), ensure_ascii=False) + "\n"
        for row in table.rows
    )


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _csv_cell(value: Any, raw: bool) -> Any:
    value = _plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, (list, tuple)):
        value = " | ".join(map(str, value))
    if isinstance(value, str) and not raw and value.startswith(_FORMULA):
        # A spreadsheet would run the cell; a leading apostrophe makes it text.
        return "'" + value
    return "" if value is None else value


def _write_parquet(
    columns: tuple[str, ...], parts: Iterable[Rows], stream: BinaryIO, types: Mapping[str, type] | None
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if types is None:
        rows = [row for part in parts for row in part]
        arrays = [_arrow([row[i] for row in rows]) for i in range(len(columns))]
        pq.write_table(pa.table(arrays, names=list(columns)), stream)
        return
    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, kinds[types[name]]) for name in columns])
    with pq.ParquetWriter(stream, schema) as writer:
        for part in parts:
            arrays = [pa.array([row[i] for row in part], field.type) for i, field in enumerate(schema)]
            writer.write_table(pa.table(arrays, schema=schema))


def _arrow(values: list[Any]) -> pa.Array:
    import pyarrow as pa

    if all(v is None for v in values):
        return pa.array(values, pa.string())
    try:
        return pa.array(values)
    except pa.ArrowException:
        # Parquet has one type a column; values of several are kept as their text.
        return pa.array([None if v is None else _shown(v) for v in values], pa.string())


def width(text: str) -> int:
    """Columns that a text takes on a terminal; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _shown(value: Any) -> str:
    value = _plain(value)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in str(value))


def _table(table: Table) -> str:
    right = [all(isinstance(r[i], (int, float, type(None))) for r in table.rows) for i in range(len(table.columns))]
    lines = [list(table.columns), *([_shown(v) for v in row] for row in table.rows)]
    widths = [max(width(line[i]) for line in lines) for i in range(len(table.columns))]
    out = []
    for line in lines:
        cells = []
        for i, cell in enumerate(line):
            pad = " " * (widths[i] - width(cell))
            cells.append(pad + cell if right[i] else cell + pad)
        out.append("  ".join(cells).rstrip())
    return "\n".join(out) + "\n"
