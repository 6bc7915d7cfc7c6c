"""All file formats, and how to read a source whatever its format.

A further format is a line in ``FORMATS``: another kind of delimited text needs no more, anything else a class as in
``graph.ingest.parquet`` (see ``FileFormat``). Mappings, folders, proposals and messages take the formats from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from graph.errors import DataError
from graph.ingest.csv.delimited import DelimitedText
from graph.ingest.csv.records import RecordBlock
from graph.ingest.decoding.compression import BLOCK, compression_of, read_head
from graph.ingest.decoding.compression import SUFFIXES as COMPRESSED
from graph.ingest.file_format import FileFormat
from graph.ingest.json.format import Json
from graph.ingest.mapping.dialect import Dialect
from graph.ingest.mapping.file_mapping import Source
from graph.ingest.parquet import Parquet
from graph.ingest.spreadsheets import MAGIC, SAVE_AS_CSV

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS: dict[str, FileFormat] = {
    file_format.name: file_format
    for file_format in (
        DelimitedText("csv", (".csv", ".txt"), delimiter=","),
        DelimitedText("tsv", (".tsv", ".tab"), delimiter="\t"),
        Json("jsonl", (".jsonl", ".ndjson", ".json")),
        Parquet("parquet", (".parquet", ".pq")),
    )
}
_SAMPLE_ROWS = 20_000


@dataclass(frozen=True)
class ResolvedSource:
    """A source together with how its file is written.

    Attributes:
        source: The file and its mapping.
        format: The reader of its format.
        dialect: How it is written.
    """

    source: Source
    format: FileFormat
    dialect: Dialect


def resolve(source: Source) -> ResolvedSource:
    """Find out how a source is written: once for each load, check or proposal, which then pass the result along.

    Raises:
        ConfigError: the declared encoding is none.
        DataError: the file cannot be opened or decompressed, is no data file, or has no usable header.
    """
    path = source.file
    named = format_of(path, source.mapping.format)
    compression = compression_of(path)
    guessed = {"compression"} if compression != COMPRESSED.get(path.suffix.lower(), "") else set[str]()
    head = read_head(path)
    if head.startswith(MAGIC):
        raise DataError("this is a spreadsheet or an archive, not text", file=source.name, hint=SAVE_AS_CSV)
    found = next((one for one in FORMATS.values() if one.magic and head.startswith(one.magic)), named)
    guessed |= {"format"} if found is not named else set()
    dialect = found.dialect(source)
    return ResolvedSource(source, found, replace(dialect, compression=compression, guessed=dialect.guessed | guessed))


def read_blocks(resolved: ResolvedSource, *, size: int = BLOCK) -> Iterator[RecordBlock]:
    """The records of a source, in blocks, every column as text.

    Args:
        resolved: The source and how it is written.
        size: Bytes of a block, about; it changes nothing else. Parquet has blocks of its own.

    Raises:
        DataError: the file cannot be opened, decoded or understood at all.
    """
    yield from resolved.format.blocks(resolved.source, resolved.dialect, size=size, wanted=_wanted(resolved))


def header_of(resolved: ResolvedSource) -> list[str]:
    """The column names of a source; of JSON, the keys of its records.

    Raises:
        DataError: the file cannot be opened or understood, or has no header.
    """
    return resolved.format.columns(resolved.source, resolved.dialect)


def sample_of(resolved: ResolvedSource) -> pa.Table:
    """The first records of a source, every column as text; of delimited text and JSON those of about 64 KiB.

    Raises:
        DataError: as ``header_of``.
    """
    block = resolved.format.first_block(resolved.source, resolved.dialect, wanted=_wanted(resolved))
    return block.table.slice(0, _SAMPLE_ROWS)


def _wanted(resolved: ResolvedSource) -> tuple[str, ...]:
    return tuple(resolved.source.mapping.used_columns())


def format_of(path: Path, declared: str = "auto") -> FileFormat:
    """The format of a file, as declared or by the ending of its name.

    Raises:
        DataError: the name says nothing.
    """
    found = FORMATS[declared] if declared != "auto" else _by_ending(data_ending(path))
    if found is None:
        raise DataError(
            "the name does not tell the format", file=str(path), hint='declare it in the mapping: format = "csv"'
        )
    return found


def is_data_ending(ending: str) -> bool:
    """Whether an ending, in lower case, is that of a format."""
    return _by_ending(ending) is not None


def _by_ending(ending: str) -> FileFormat | None:
    return next((one for one in FORMATS.values() if ending in one.endings), None)


def data_ending(path: Path) -> str:
    """The ending of a file's name in lower case, without .gz or .zst."""
    return (path.with_suffix("") if path.suffix.lower() in COMPRESSED else path).suffix.lower()
