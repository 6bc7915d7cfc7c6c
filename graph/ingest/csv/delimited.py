"""The formats of delimited text: one record a line or several, cells with a delimiter between."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graph.ingest.csv.records import RecordBlock, RecordScanner
from graph.ingest.decoding.decode import lines
from graph.ingest.file_format import HEAD, FileFormat, encoding_of
from graph.ingest.mapping.dialect import Dialect
from graph.ingest.mapping.file_mapping import Source

# Share of a column's cells that must be numbers before its marks count; a few cells may be damaged.
_MOST_CELLS = 0.9
_CELLS_LOOKED_AT = 1000
# A number under a decimal point, and one under a decimal comma; both with or without separators of thousands.
_POINT = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}([. \u00a0\u202f]\d{3})+)(,\d+)?")


class DelimitedText(FileFormat):
    """Text with a header line, and with the same delimiter between the cells of every record.

    Args:
        name: As of ``FileFormat``.
        endings: As of ``FileFormat``.
        delimiter: The usual delimiter; taken where the mapping declares none and the header holds no other one.
    """

    has_other_lines = True

    def __init__(self, name: str, endings: tuple[str, ...], *, delimiter: str) -> None:
        super().__init__(name, endings)
        self.delimiter = delimiter

    def dialect(self, source: Source) -> Dialect:
        """How a source is written, by its first lines where the mapping does not say."""
        mapping = source.mapping
        encoding, guessed = encoding_of(source.file, mapping.encoding)
        scanner = RecordScanner(
            source.name,
            mapping.delimiter,
            preferred=self.delimiter,
            header_row=mapping.header_row,
            footer_rows=mapping.footer_rows,
        )
        block = next(scanner.scan(lines(source.file, encoding, size=HEAD)))
        guessed |= {"delimiter"} if scanner.layout.guessed else set()
        guessed |= {"decimal"} if mapping.decimal == "auto" else set()
        decimal = decimal_mark(block) if mapping.decimal == "auto" else mapping.decimal
        return Dialect(
            self.name,
            self.name.upper(),
            encoding=encoding,
            layout=scanner.layout,
            usual_delimiter=self.delimiter,
            decimal=decimal,
            guessed=guessed,
        )

    def columns(self, source: Source, dialect: Dialect) -> list[str]:
        """The names in the header line."""
        return list(dialect.layout.header) if dialect.layout else []

    def blocks(
        self, source: Source, dialect: Dialect, *, size: int, wanted: tuple[str, ...] = ()
    ) -> Iterator[RecordBlock]:
        """The records, as the scanner counts them."""
        scanner = RecordScanner(source.name, footer_rows=source.mapping.footer_rows, layout=dialect.layout)
        return scanner.scan(lines(source.file, dialect.encoding, size=size))


def decimal_mark(block: RecordBlock) -> str:
    """A comma where a column has numbers whose comma cannot separate thousands, and none has such a point."""
    commas = points = 0
    for column in block.table.columns:
        values = [v for v in (text.strip() for text in column.slice(0, _CELLS_LOOKED_AT).to_pylist()) if v]
        reads = [(_POINT.fullmatch(v) is not None, _COMMA.fullmatch(v) is not None) for v in values]
        if reads and sum(map(any, reads)) >= _MOST_CELLS * len(reads):
            commas += sum(comma and not point for point, comma in reads) > 0
            points += sum(point and not comma for point, comma in reads) > 0
    return "," if commas and not points else "."
