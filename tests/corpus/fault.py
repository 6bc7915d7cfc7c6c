"""A fault class: how it changes a file of a small market, and the expected outcome of each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

Format = Literal["csv", "tsv", "jsonl", "parquet", "gb18030.csv.gz"]
"""The fifth stands for exports in another text encoding inside gzip, as Chinese office software writes them."""
FORMATS: tuple[Format, ...] = ("csv", "tsv", "jsonl", "parquet", "gb18030.csv.gz")
SEPARATED: frozenset[Format] = frozenset({"csv", "tsv", "gb18030.csv.gz"})
LINES: frozenset[Format] = SEPARATED | {"jsonl"}
ALL: frozenset[Format] = frozenset(FORMATS)

Level = Literal["cell", "record", "file"]
Table = Literal["orders", "users", "follows"]
Outcome = Literal["loaded", "changed", "duplicate", "updated", "rejected", "refused"]
Value = str | int | float | bool | date | list[str] | None
Texts = Mapping[str, str | None]
"""One row as text by column; None is a cell that is not there (empty in CSV, no key in JSON, null in Parquet)."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a row, or a file as a whole, must become.

    Attributes:
        outcome: ``loaded`` as it is; ``changed`` and loaded; ``duplicate`` of a row that is loaded (a second load would
            call it unchanged); ``updated``, a later row of the same node; ``rejected``; ``refused``, the whole file.
        details: Reasons of a reject, or kinds of a change; one of them must be reported.
    """

    outcome: Outcome
    details: frozenset[str] = frozenset()


LOADED = Truth("loaded")
DUPLICATE = Truth("duplicate")
UPDATED = Truth("updated")
REFUSED = Truth("refused")


def rejected(*reasons: str) -> Truth:
    """The row is in quarantine for one of these reasons."""
    return Truth("rejected", frozenset(reasons))


def changed(*kinds: str) -> Truth:
    """The row is loaded and one of these kinds of changes is listed for the cell."""
    return Truth("changed", frozenset(kinds))


class AsWritten:
    """The value in the store is the text of the cell."""


AS_WRITTEN = AsWritten()


@dataclass(frozen=True, slots=True)
class Cell:
    """One faulty text for a cell.

    Attributes:
        text: The cell; ``{}`` stands for what was there, ``{#}`` for the digits of it. Bytes that no encoding has are
            written as surrogate escapes.
        value: What the store holds afterwards; unused where the row is rejected.
        json: Literal in a JSON line, where it is not the text as a JSON string.
        native: Value in a typed Parquet column; without one the column is text, as pandas writes it.
    """

    text: str
    value: Value | AsWritten = AS_WRITTEN
    json: str = ""
    native: float | int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a text format, before it is changed.

    Attributes:
        cells: The cells as written, quoted where they must be; for a JSON line the whole object is the one cell.
        separator: Between cells; empty for JSON lines.
        header: The header record; empty for JSON lines.
        end: The line end of the file.
        column: Position of the column that the fault names.
        names: The columns.
    """

    cells: tuple[str, ...]
    separator: str
    header: str
    end: str
    column: int
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """The record without its line end."""
        return self.separator.join(self.cells)

    def put(self, cell: str) -> str:
        """The record with another raw text in the named column."""
        return self.separator.join((*self.cells[: self.column], cell, *self.cells[self.column + 1 :]))

    @property
    def cell(self) -> str:
        """The raw text of the named column."""
        return self.cells[self.column]


Where = Literal["some", "last"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One class of faults; ``cells``, ``row``, ``line``, ``every`` or ``data`` is the change itself.

    Where both ``cells`` and ``line`` are given, the line is for JSON lines and the cells for the other formats.

    Attributes:
        name: Key of the class.
        story: Where such files come from, in one line.
        level: What is hit.
        truth: What each planted row, or the file, must become in the formats of ``formats``.
        formats: Where something is planted; in any other format the file stays clean and all of it must load.
        table: The table that is hit.
        column: The column that is hit.
        cells: Texts put into the column, quoted where the format needs it.
        bare: Formats in which the cell is written without quotes and escapes, whatever it holds.
        row: The row as text, changed.
        line: The raw record, changed; the result may hold no record at all (a blank line).
        after: Whether the change is put after the row, as a further one, instead of replacing it.
        counts: Whether the planted record is one to the reader's count.
        where: ``last`` hits the last record only, which then has no line end.
        every: Applied to the column, and to those of ``also``, in every row: the dialect of the file.
        data: The bytes of the file, changed.
        codec: Encoding of a text file, where it is not the one of the format.
        end: Line end.
        separator: Between cells of the CSV formats, where it is not the one of the format.
        quote_all: Whether every cell is quoted.
        settings: Keys of the mapping of this file.
        other: The truth where it differs by format.
        heavy: Whether one planted cell is so large that a file should hold a few only.
    """

    name: str
    story: str
    level: Level
    truth: Truth
    formats: frozenset[Format] = ALL
    table: Table = "orders"
    column: str = "note"
    cells: tuple[Cell, ...] = ()
    bare: frozenset[Format] = frozenset()
    row: Callable[[Texts], Texts] | None = None
    line: Callable[[Line], str] | None = None
    after: bool = False
    counts: bool = True
    where: Where = "some"
    every: Callable[[str], str] | None = None
    also: tuple[str, ...] = ()
    data: Callable[[bytes], bytes] | None = None
    codec: str = ""
    end: str = "\n"
    separator: str = ""
    quote_all: bool = False
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    other: Mapping[Format, Truth] = field(default_factory=lambda: MappingProxyType({}))
    heavy: bool = False

    def truth_in(self, fmt: Format) -> Truth:
        """What a planted row, or the file, must become in this format."""
        return self.other.get(fmt, self.truth) if fmt in self.formats else LOADED

    @property
    def mixable(self) -> bool:
        """Whether it can stand beside any other fault in one file with the usual settings."""
        whole = self.every or self.data or self.codec or self.separator or self.quote_all or self.settings
        return self.where == "some" and self.end == "\n" and not whole


def fill(text: str, old: str) -> str:
    """The text with its placeholders replaced."""
    if "{" not in text:
        return text
    digits = "".join(letter for letter in old if letter.isdigit())
    return text.replace("{}", old).replace("{#}", digits)


def raw(data: bytes) -> str:
    """Bytes as a text that is written as these very bytes, whatever the encoding of the file."""
    return data.decode("ascii", "surrogateescape")
