"""How a source is written: format, compression, encoding, delimiter and decimal mark, declared or found out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from graph.errors import DataError
from graph.ingest.csv.records import RecordBlock, RecordScanner
from graph.ingest.decoding.compression import SUFFIXES as COMPRESSED
from graph.ingest.decoding.compression import Compression, compression_of, read_head
from graph.ingest.decoding.decode import lines
from graph.ingest.decoding.encoding import check_encoding, detect_encoding
from graph.ingest.json.arrays import is_array
from graph.ingest.mapping.file_mapping import Format, Source
from graph.ingest.mapping.file_types import SUFFIXES, data_suffix
from graph.ingest.sources import SAVE_AS_CSV

_HEAD = 1 << 16
_MOST = 0.9
_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "\x01": "Ctrl-A", " ": "blank"}
# A number under a decimal point, and one under a decimal comma; both with or without separators of thousands.
_POINT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}([. \u00a0\u202f]\d{3})+)(,\d+)?")


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes:
        format: csv, tsv, jsonl or parquet.
        compression: gzip, zstd or empty.
        encoding: Codec of its text; empty for Parquet.
        delimiter: What stands between cells; empty for JSON and Parquet.
        decimal: The mark before the fraction of a number.
        escaped: Whether quotation marks within cells are escaped by a backslash.
        array: Whether a JSON file is one array instead of one object a line.
        header_row: Number of the header's line where it is declared, else 0.
        footer_rows: Lines at the end that are no records.
        guessed: Names of the attributes that were found out and not declared.
    """

    format: Format
    compression: Compression = ""
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    escaped: bool = False
    array: bool = False
    header_row: int = 0
    footer_rows: int = 0
    guessed: frozenset[str] = frozenset()

    def note(self) -> str:
        """One sentence that says how the file is read, with the guesses marked."""
        what = "JSON array" if self.array else {"jsonl": "JSON lines", "parquet": "Parquet"}.get(self.format, "")
        parts = [(what or self.format.upper()) + self._mark("format")]
        if self.compression:
            parts.append(f"in {self.compression}{self._mark('compression')}")
        if self.encoding:
            parts.append(f"encoding {self.encoding}{self._mark('encoding')}")
        if self.delimiter:
            parts.append(f"delimiter {_NAMES.get(self.delimiter, self.delimiter)}{self._mark('delimiter')}")
        if self.decimal != ".":
            parts.append(f'decimal mark "{self.decimal}"{self._mark("decimal")}')
        if self.escaped:
            parts.append('quotation marks escaped as \\" (guessed)')
        return f"read as {', '.join(parts)}"

    @property
    def ordinary(self) -> bool:
        """Whether every guess is what most files are: UTF-8, comma (tab in TSV), decimal point."""
        usual = {"csv": ",", "tsv": "\t"}.get(self.format, "")
        return (
            not self.escaped
            and ("encoding" not in self.guessed or self.encoding == "utf-8")
            and ("delimiter" not in self.guessed or self.delimiter == usual)
            and ("decimal" not in self.guessed or self.decimal == ".")
            and not {"format", "compression"} & self.guessed
        )

    def _mark(self, name: str) -> str:
        return " (guessed)" if name in self.guessed else ""


def format_of(path: Path, declared: Format = "auto") -> Format:
    """The format of a file, as declared or by its name without .gz or .zst.

    Raises:
        DataError: the name says nothing.
    """
    if declared != "auto":
        return declared
    suffix = data_suffix(path)
    if suffix not in SUFFIXES:
        raise DataError(
            "the name does not tell the format", file=str(path), hint='declare it in the mapping: format = "csv"'
        )
    return SUFFIXES[suffix]


def dialect_of(source: Source) -> Dialect:
    """How a source is written; found out once for each version of the file.

    Raises:
        ConfigError: the declared encoding is none.
        DataError: the file cannot be opened or decompressed, is no data file, or has no usable header.
    """
    facts = source.file.stat() if source.file.exists() else None
    mapping = source.mapping
    declared = _Declared(
        mapping.format, mapping.encoding, mapping.delimiter, mapping.decimal, mapping.header_row, mapping.footer_rows
    )
    return _dialect(source.file, source.name, declared, facts and (facts.st_size, facts.st_mtime_ns))


class _Declared(NamedTuple):
    """What a mapping says of how a file is written."""

    format: Format
    encoding: str
    delimiter: str
    decimal: str
    header_row: int
    footer_rows: int


@lru_cache(maxsize=256)
def _dialect(path: Path, name: str, declared: _Declared, _version: tuple[int, int] | None) -> Dialect:
    kind, guessed = format_of(path, declared.format), set[str]()
    compression = compression_of(path)
    if compression != COMPRESSED.get(path.suffix.lower(), ""):
        guessed.add("compression")
    head = read_head(path)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise DataError("this is a spreadsheet or an archive, not text", file=name, hint=SAVE_AS_CSV)
    if head.startswith(b"PAR1") or kind == "parquet":
        guessed |= {"format"} if kind != "parquet" else set()
        return Dialect("parquet", compression, guessed=frozenset(guessed))
    encoding = check_encoding(declared.encoding) if declared.encoding != "auto" else detect_encoding(path)
    guessed |= {"encoding"} if declared.encoding == "auto" else set()
    if kind == "jsonl":
        first = next(lines(path, encoding, size=_HEAD), None)
        array = first is not None and is_array(first.text[:1024].decode("utf-8", "replace"))
        return Dialect(kind, compression, encoding, array=array, guessed=frozenset(guessed))
    scanner = RecordScanner(
        name, declared.delimiter, preferred="\t" if kind == "tsv" else ",", header_row=declared.header_row
    )
    block = next(scanner.scan(lines(path, encoding, size=_HEAD)))
    decimal = declared.decimal
    if decimal == "auto":
        guessed.add("decimal")
        decimal = _decimal_mark(block)
    guessed |= {"delimiter"} if scanner.layout.guessed else set()
    return Dialect(
        kind,
        compression,
        encoding,
        scanner.delimiter,
        decimal,
        escaped=scanner.layout.escaped,
        header_row=declared.header_row,
        footer_rows=declared.footer_rows,
        guessed=frozenset(guessed),
    )


def _decimal_mark(block: RecordBlock) -> str:
    """A comma where some column has numbers with one that cannot separate thousands, and none has such a point."""
    commas = points = 0
    for column in block.table.columns:
        values = [v for v in (text.strip() for text in column.slice(0, 1000).to_pylist()) if v]
        reads = [(_POINT.fullmatch(v) is not None, _COMMA.fullmatch(v) is not None) for v in values]
        # A few cells may be damaged.
        if reads and sum(map(any, reads)) >= _MOST * len(reads):
            commas += sum(comma and not point for point, comma in reads) > 0
            points += sum(point and not comma for point, comma in reads) > 0
    return "," if commas and not points else "."
