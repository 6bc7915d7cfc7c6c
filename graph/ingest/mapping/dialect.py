"""How a file is written: format, compression, encoding, delimiter and decimal mark, each declared or guessed."""

from __future__ import annotations

from dataclasses import dataclass

from graph.ingest.csv.layout import Layout
from graph.ingest.decoding.compression import Compression

_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "\x01": "Ctrl-A", " ": "blank"}


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    It is found out once for each source, by ``graph.ingest.formats.resolve``, and passed to whatever reads the file.

    Attributes:
        format: Name of the file format, a key of ``graph.ingest.formats.FORMATS``.
        title: The format in words.
        compression: gzip, zstd or empty.
        encoding: Codec of its text; empty for Parquet.
        layout: Header line and delimiter of delimited text; None for other formats.
        usual_delimiter: The delimiter that files of this format usually have; empty where they have none.
        decimal: The mark before the fraction of a number.
        array: Whether a JSON file is one array instead of one object a line.
        guessed: Names of the attributes that were guessed and not declared.
    """

    format: str
    title: str
    compression: Compression = ""
    encoding: str = ""
    layout: Layout | None = None
    usual_delimiter: str = ""
    decimal: str = "."
    array: bool = False
    guessed: frozenset[str] = frozenset()

    @property
    def delimiter(self) -> str:
        """What stands between cells; empty for formats without one."""
        return self.layout.delimiter if self.layout else ""

    @property
    def escaped(self) -> bool:
        """Whether quotation marks within cells are escaped by a backslash."""
        return self.layout is not None and self.layout.escaped

    def note(self) -> str:
        """One sentence that says how the file is read, with the guesses marked."""
        parts = [self.title + self._mark("format")]
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
        """Whether every guess is what most files are: UTF-8, the usual delimiter of the format, decimal point."""
        return (
            not self.escaped
            and ("encoding" not in self.guessed or self.encoding == "utf-8")
            and ("delimiter" not in self.guessed or self.delimiter == self.usual_delimiter)
            and ("decimal" not in self.guessed or self.decimal == ".")
            and not {"format", "compression"} & self.guessed
        )

    def _mark(self, name: str) -> str:
        return " (guessed)" if name in self.guessed else ""
