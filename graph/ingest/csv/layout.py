"""Finds delimiter, column names and the escape of quotation marks in the first lines of delimited text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graph.errors import DataError
from graph.ingest.csv.cells import guess_delimiter, split_line, unescape
from graph.ingest.csv.preamble import find_header

# Bytes and lines at the beginning of a file that are looked at.
OPENING = 1 << 16
_LINES = 50
# A first line such as ``sep=;`` that names the delimiter for Excel.
_SEP = re.compile(r'\ufeff?"?sep=([^\0\r"])"?[,;\t]*', re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """How a file of delimited text is laid out.

    Attributes:
        delimiter: One character.
        header: Names of the columns.
        raw_header: The cells of the header line as they stand.
        unnamed: Number of empty columns without a name behind the last one, from delimiters at the ends of lines.
        escaped: Whether quotation marks within cells are escaped by a backslash.
        skip: Lines up to and with the header.
        guessed: Whether the delimiter was guessed.
    """

    delimiter: str
    header: tuple[str, ...]
    raw_header: tuple[str, ...]
    unnamed: int
    escaped: bool
    skip: int
    guessed: bool

    @property
    def width(self) -> int:
        """Cells of a record."""
        return len(self.header) + self.unnamed


def read_layout(
    file: str, lines: Sequence[str], delimiter: str = "auto", *, preferred: str = ",", header_row: int = 0
) -> Layout | None:
    """The layout that the first lines of a file show, or None where all of them are blank.

    Args:
        file: Name for messages.
        lines: The lines of the first 64 KiB.
        delimiter: One character, or ``auto``.
        preferred: The delimiter where the header holds none.
        header_row: 1-based number of the header's line; 0 for the first that is not blank.

    Raises:
        DataError: the file has no header, or an unusable one.
        PreambleError: other lines stand above the header, and its number is not given.
    """
    at = header_row - 1 if header_row else _next(lines, 0)
    if header_row and (at >= len(lines) or not lines[at].strip()):
        raise DataError(f"line {header_row} names no columns", file=file, hint="correct header_row in the mapping")
    told = _SEP.fullmatch(lines[at]) if at < len(lines) else None
    if told:
        at = _next(lines, at + 1)
    if at == len(lines):
        return None
    if not header_row:
        find_header(file, lines[at:], told[1] if told else delimiter, first=at + 1)
    header = lines[at].strip("\ufeff")
    _check_line(file, header)
    rows = [line for line in lines[at + 1 : at + _LINES] if line]
    guessed = delimiter == "auto" and not told
    if delimiter == "auto":
        delimiter = told[1] if told else guess_delimiter(header, rows, preferred=preferred)
    cells = split_line(header, delimiter)
    names = [n.strip() for n in cells or []]
    if not cells or not any(names):
        raise DataError("the file has no header", file=file, hint="the first line must name the columns")
    unnamed, named = _unnamed_columns(names, [c for row in rows if (c := split_line(row, delimiter))])
    names = names[:named]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise DataError(f"the header names {twice[0]!r} twice", file=file, hint="give every column its own name")
    escaped = _is_escaped(lines[at + 1 :], delimiter, len(names) + unnamed)
    return Layout(delimiter, tuple(names), tuple(cells), unnamed, escaped, at + 1, guessed)


def _next(lines: Sequence[str], at: int) -> int:
    """The first line from there on that is not blank."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _check_line(file: str, header: str) -> None:
    if "\0" in header:
        raise DataError(
            "the header contains NUL bytes", file=file, hint="this is not a text file, or its encoding is UTF-16"
        )
    if "\r" in header:
        raise DataError(
            "the header contains a CR alone", file=file, hint="save it with LF or CR LF line ends, as CSV (UTF-8)"
        )


def _unnamed_columns(names: list[str], rows: list[list[str]]) -> tuple[int, int]:
    """How many empty columns without a name stand at the end, and how many columns are named."""
    named = len(names)
    while named and not names[named - 1]:
        named -= 1
    unnamed = len(names) - named
    if unnamed and not any("".join(row[named:]) for row in rows if len(row) == len(names)):
        return unnamed, named
    if not unnamed and rows and all(len(row) == named + 1 and not row[-1] for row in rows):
        return 1, named
    return 0, len(names)


def _is_escaped(lines: Sequence[str], delimiter: str, width: int) -> bool:
    r"""Whether lines with ``\"`` mostly have the right number of cells only if it is an escaped quotation mark."""
    balance = 0
    for line in lines:
        if '\\"' in line:
            plain, escaped = split_line(line, delimiter), split_line(unescape(line), delimiter)
            balance += (escaped is not None and len(escaped) == width) - (plain is not None and len(plain) == width)
    return balance > 0
