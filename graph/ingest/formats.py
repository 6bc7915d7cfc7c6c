"""One stream of record blocks from any supported file format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from graph.errors import DataError
from graph.ingest.csv.records import RecordBlock, RecordScanner
from graph.ingest.decoding.compression import BLOCK
from graph.ingest.decoding.decode import lines, texts
from graph.ingest.json.arrays import array_blocks
from graph.ingest.json.keys import keys_come_late, with_new_keys
from graph.ingest.json.rows import COLUMNS, line_blocks
from graph.ingest.mapping.dialect import Dialect, dialect_of
from graph.ingest.mapping.file_mapping import Source
from graph.ingest.parquet import parquet_blocks, parquet_names

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD = 1 << 16
_SAMPLE_ROWS = 20_000


def read_blocks(source: Source, *, size: int = BLOCK) -> Iterator[RecordBlock]:
    """The records of a source, in blocks, every column as text.

    Args:
        source: The file and its mapping.
        size: Bytes of a block, about; it changes nothing else. Parquet has blocks of its own.

    Raises:
        DataError: the file cannot be opened, decoded or understood at all.
    """
    yield from _read(source, size, tuple(source.mapping.used_columns()))


def header_of(source: Source) -> list[str]:
    """The column names of a source; of JSON, the keys of all its records, up to a thousand and those of a block.

    Raises:
        DataError: the file cannot be opened or understood, or has no header.
    """
    kind = dialect_of(source).format
    if kind == "parquet":
        return parquet_names(source.file, source.name)
    if kind == "jsonl":
        return _keys(source)
    return _first(source, _HEAD, ()).table.column_names  # type: ignore[no-any-return]


def sample_of(source: Source) -> pa.Table:
    """The first records of a source, every column as text; of delimited text and JSON those of about 64 KiB.

    Raises:
        DataError: as ``header_of``.
    """
    return _first(source, _HEAD, tuple(source.mapping.used_columns())).table.slice(0, _SAMPLE_ROWS)


def _first(source: Source, size: int, wanted: tuple[str, ...]) -> RecordBlock:
    """The first block of a source; of JSON, the first that has records."""
    kind, read = dialect_of(source).format, 0
    for block in _read(source, size, wanted):
        if kind != "jsonl" or len(block.table):
            return block
        read += block.read
    raise _no_records(source, read)


def _keys(source: Source) -> list[str]:
    """The columns of a JSON source, in the order in which they appear."""
    dialect, names, read = dialect_of(source), dict[str, None](), 0
    if dialect.array:
        blocks = array_blocks(source.name, texts(source.file, dialect.encoding, size=BLOCK))
        late = keys_come_late(texts(source.file, dialect.encoding, size=BLOCK))
    else:
        blocks, late = line_blocks(source.name, with_new_keys(lines(source.file, dialect.encoding, size=BLOCK))), True
    for block in blocks:
        names.update(dict.fromkeys(block.table.column_names))
        read += block.read
        if len(names) >= COLUMNS or (names and not late):
            break
    if not names:
        raise _no_records(source, read)
    return list(names)


def _no_records(source: Source, read: int) -> DataError:
    hint = "each line must be one JSON object, or the file one array of them"
    what = "no line is a JSON object" if read else "the file is empty"
    return DataError(what, file=source.name, hint=hint)


def _read(source: Source, size: int, wanted: tuple[str, ...]) -> Iterator[RecordBlock]:
    dialect = dialect_of(source)
    if dialect.format == "parquet":
        yield from parquet_blocks(source.file, source.name)
    elif dialect.array:
        yield from array_blocks(source.name, texts(source.file, dialect.encoding, size=size), wanted=wanted)
    elif dialect.format == "jsonl":
        yield from line_blocks(source.name, lines(source.file, dialect.encoding, size=size), wanted=wanted)
    else:
        yield from _scanner(source, dialect).scan(lines(source.file, dialect.encoding, size=size))


def _scanner(source: Source, dialect: Dialect) -> RecordScanner:
    declared = source.mapping.delimiter
    return RecordScanner(
        source.name,
        declared,
        preferred="\t" if dialect.format == "tsv" else ",",
        header_row=dialect.header_row,
        footer_rows=dialect.footer_rows,
    )
