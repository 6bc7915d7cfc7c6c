"""What a file format provides: how to recognise a file, how to find out its dialect, and how to read its records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from graph.ingest.csv.records import RecordBlock
from graph.ingest.decoding.encoding import check_encoding, detect_encoding
from graph.ingest.mapping.dialect import Dialect
from graph.ingest.mapping.file_mapping import Source

# Bytes at the beginning of a file by which its dialect is found out, and which a sample is taken from.
HEAD = 1 << 16


class FileFormat(ABC):
    """A file format; ``graph.ingest.formats.FORMATS`` lists all of them.

    Args:
        name: What a mapping calls it, as in ``format = "csv"``.
        endings: Endings of file names that stand for it, in lower case, with the point and without .gz or .zst.

    Attributes:
        magic: First bytes by which a file is of this format whatever its name; empty where there are none.
        has_other_lines: Whether lines may stand above and below the records, so that a mapping may declare
            ``header_row`` and ``footer_rows``.
    """

    magic: bytes = b""
    has_other_lines: bool = False

    def __init__(self, name: str, endings: tuple[str, ...]) -> None:
        self.name, self.endings = name, endings

    @abstractmethod
    def dialect(self, source: Source) -> Dialect:
        """How a source is written, apart from its compression.

        Raises:
            ConfigError: the declared encoding is none.
            DataError: the file cannot be read, or has no usable header.
        """

    @abstractmethod
    def columns(self, source: Source, dialect: Dialect) -> list[str]:
        """The names of its columns.

        Raises:
            DataError: the file cannot be read, or has none.
        """

    @abstractmethod
    def blocks(
        self, source: Source, dialect: Dialect, *, size: int, wanted: tuple[str, ...] = ()
    ) -> Iterator[RecordBlock]:
        """The records in blocks, every column as text, every record either in a table or among the rejects.

        Args:
            source: The file and its mapping.
            dialect: How it is written.
            size: Bytes of a block, about; it changes nothing else.
            wanted: Columns that every block must have, where the columns differ from record to record.

        Raises:
            DataError: the file cannot be read.
        """

    def first_block(self, source: Source, dialect: Dialect, *, wanted: tuple[str, ...] = ()) -> RecordBlock:
        """The block with the first records.

        Raises:
            DataError: the file cannot be read.
        """
        return next(self.blocks(source, dialect, size=HEAD, wanted=wanted))


def encoding_of(path: Path, declared: str) -> tuple[str, frozenset[str]]:
    """The encoding of a text file, as declared or detected, and {"encoding"} where it was detected.

    Raises:
        ConfigError: the declared encoding is none.
        DataError: the file cannot be read, or is in no encoding that is detected.
    """
    if declared != "auto":
        return check_encoding(declared), frozenset()
    return detect_encoding(path), frozenset({"encoding"})
