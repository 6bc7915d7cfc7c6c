"""Writes rows, faulty or not, as the bytes of a file in each format."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from tests.corpus.fault import LOADED, Cell, Fault, Format, Line, Table, Texts, Truth, Value, fill
from tests.corpus.market import COLUMNS, Kind, value_of

if TYPE_CHECKING:
    import pyarrow as pa

_NO_CELLS: Mapping[str, Cell] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """One record that is written, or a line that is none.

    Attributes:
        texts: The row as text, faulty cells filled in.
        typed: What the store must hold of it, where it is loaded.
        fault: The class that hit it, or empty.
        column: The column that was hit, or empty.
        truth: What it must become.
        cells: The faulty cells by column.
        by_line: The fault whose ``line`` writes the record.
        counts: Whether it is a record to the reader.
    """

    texts: Texts
    typed: Mapping[str, Value]
    fault: str = ""
    column: str = ""
    truth: Truth = LOADED
    cells: Mapping[str, Cell] = field(default_factory=lambda: _NO_CELLS)
    by_line: Fault | None = None
    bare: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written; ``open_end`` leaves out the last line end."""

    table: Table
    fmt: Format
    separator: str
    codec: str
    end: str = "\n"
    quote_all: bool = False
    open_end: bool = False
    texts_only: frozenset[str] = frozenset()


def render(entries: Sequence[Entry], dialect: Dialect) -> bytes:
    """The bytes of the file, header included."""
    if dialect.fmt == "parquet":
        return _parquet(entries, dialect)
    header = "" if dialect.fmt == "jsonl" else _separated(COLUMNS[dialect.table], dialect)
    lines = [header] if header else []
    lines += [record_text(entry, dialect, header) for entry in entries]
    text = dialect.end.join(lines) + ("" if dialect.open_end else dialect.end)
    data = text.encode(dialect.codec, "surrogateescape")
    return gzip.compress(data, mtime=0) if dialect.fmt.endswith(".gz") else data


def record_text(entry: Entry, dialect: Dialect, header: str) -> str:
    """One record of a text format without its line end."""
    if dialect.fmt == "jsonl":
        cells: tuple[str, ...] = (_object(entry, dialect),)
    else:
        cells = tuple(_cell(entry, name, dialect) for name in COLUMNS[dialect.table])
    separator = "" if dialect.fmt == "jsonl" else dialect.separator
    if entry.by_line is None:
        return separator.join(cells)
    names = tuple(COLUMNS[dialect.table])
    column = names.index(entry.by_line.column) if entry.by_line.column in names else 0
    make = entry.by_line.line
    return make(Line(cells, separator, header, dialect.end, column, names)) if make else separator.join(cells)


def _separated(cells: Mapping[str, object], dialect: Dialect) -> str:
    return dialect.separator.join(f'"{cell}"' if dialect.quote_all else cell for cell in cells)


def _cell(entry: Entry, name: str, dialect: Dialect) -> str:
    text = entry.texts[name] or ""
    if entry.bare and name in entry.cells:
        return text
    if dialect.quote_all or any(mark in text for mark in (dialect.separator, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _object(entry: Entry, dialect: Dialect) -> str:
    parts = []
    for name, kind in COLUMNS[dialect.table].items():
        text = entry.texts[name]
        if text is not None:
            parts.append(f'"{name}": {_literal(entry, name, text, kind, dialect)}')
    return "{" + ", ".join(parts) + "}"


def _literal(entry: Entry, name: str, text: str, kind: Kind, dialect: Dialect) -> str:
    cell = entry.cells.get(name)
    if cell is not None and cell.json:
        return fill(cell.json, text)
    if cell is not None and entry.bare:
        return f'"{text}"'
    if cell is None and kind in ("integer", "decimal", "boolean") and name not in dialect.texts_only and text:
        return text
    return json.dumps(text, ensure_ascii=False)


def _parquet(entries: Sequence[Entry], dialect: Dialect) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [entry for entry in entries if entry.counts]
    columns = {name: _array(rows, name, kind, dialect) for name, kind in COLUMNS[dialect.table].items()}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, row_group_size=max(64, len(rows) // 3))
    return sink.getvalue()


def _array(rows: Sequence[Entry], name: str, kind: Kind, dialect: Dialect) -> pa.Array:
    """A typed column where every cell fits its type; else text, as pandas writes a column with one odd cell."""
    import pyarrow as pa

    faulty = [row.cells[name] for row in rows if name in row.cells]
    types = {"integer": pa.int64(), "decimal": pa.float64(), "boolean": pa.bool_()}
    if kind not in types or name in dialect.texts_only or any(cell.native is None for cell in faulty):
        return pa.array([row.texts[name] for row in rows], pa.string())
    values = [row.cells[name].native if name in row.cells else value_of(kind, row.texts[name]) for row in rows]
    return pa.array(values, types[kind])
