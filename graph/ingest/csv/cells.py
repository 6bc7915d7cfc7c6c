"""Splits a line of delimited text into cells; quotation marks as in RFC 4180 and in common deviations from it."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache

_DELIMITERS = ",\t;|\x01"
# The content of a quoted cell up to its closing quotation mark; a doubled mark is part of the content.
_QUOTED = re.compile(r'[^"]*(?:""[^"]*)*')
_QUOTED_CELL = re.compile(r'"[^"]*(?:""[^"]*)*"')
_ESCAPED = re.compile(r'\\(["\\])')


def guess_delimiter(header: str, rows: Sequence[str] = (), *, preferred: str = ",") -> str:
    """The delimiter of a file: the one under which most lines have as many cells as the header.

    Of several the one with the most cells counts, then the order comma, tab, semicolon, bar, Ctrl-A.

    Args:
        header: The line of the column names.
        rows: Some lines of records.
        preferred: The delimiter where the header holds none of them.
    """

    def score(delimiter: str) -> tuple[float, int]:
        width = _count(header, delimiter)
        if width < 2:
            return -1.0, 0
        alike = sum(_count(row, delimiter) in (width, width + 1) for row in rows)
        return round(alike / len(rows), 1) if rows else 1.0, width

    best = max(_DELIMITERS, key=score)
    return best if score(best)[1] else preferred


def _count(line: str, delimiter: str) -> int:
    return (_QUOTED_CELL.sub("", line) if '"' in line else line).count(delimiter) + 1


@cache
def _opening(delimiter: str) -> re.Pattern[str]:
    """A quotation mark that opens a cell, with blanks before it."""
    return re.compile(' *"' if delimiter == "\t" else r'[ \t]*"')


def tokenize(line: str, delimiter: str, *, inside: bool = False, strict: bool = False) -> tuple[list[str], bool] | None:
    """The cells of a line, and whether its last one is still open.

    Blanks around a quoted cell are no part of it.

    Args:
        line: The line, without its line feed.
        delimiter: One character.
        inside: Whether the line begins within a quoted cell.
        strict: Whether a quotation mark inside a cell that does not begin with one is an error; else it is text.

    Returns:
        The cells and the state, or None where something other than a delimiter follows a closing quotation mark.
    """
    cells: list[str] = []
    at, opening = 0, _opening(delimiter)
    while True:
        mark = None if inside else opening.match(line, at)
        if inside or mark:
            start = mark.end() if mark else at
            found = _QUOTED.match(line, start)
            end = found.end() if found else start
            after = end + 1
            while after < len(line) and line[after] in " \t" and line[after] != delimiter:
                after += 1
            closed = end < len(line) and (after >= len(line) or line[after] == delimiter)
            if closed or not (mark and mark.end() - at > 1):
                inside = False
                cells.append(line[start:end].replace('""', '"'))
                if end == len(line):
                    return cells, True
                if not closed:
                    return None
                if after >= len(line):
                    return cells, False
                at = after + 1
                continue
        end = line.find(delimiter, at)
        cell = line[at:] if end < 0 else line[at:end]
        if strict and '"' in cell:
            return None
        cells.append(cell)
        if end < 0:
            return cells, False
        at = end + 1


def split_line(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line that is a whole record, or None where its quotation marks do not close on it."""
    if '"' not in line:
        return line.split(delimiter)
    if not any(blank in line for blank in (' "', '" ', '\t"', '"\t')):
        try:
            return next(csv.reader([line], delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration, TypeError, ValueError):
            # The csv module also gives up on long cells, on bare carriage returns and on blanks as delimiters.
            pass
    found = tokenize(line, delimiter)
    return found[0] if found and not found[1] else None


def quoted_line(cells: Sequence[str], delimiter: str) -> bytes:
    """A record of which each cell is quoted, in UTF-8 with a line feed."""
    joined = f'"{delimiter}"'.join([cell.replace('"', '""') if '"' in cell else cell for cell in cells])
    return f'"{joined}"\n'.encode()


def unescape(text: str) -> str:
    r"""The text with ``\"`` as a doubled quotation mark and ``\\`` as one backslash, as MySQL and Hive write them."""
    return _ESCAPED.sub(lambda found: '""' if found[1] == '"' else "\\", text)


def has_bare_return(record: str) -> bool:
    """Whether a carriage return stands outside the quoted cells of a record."""
    return "\r" in record and "\r" in _QUOTED_CELL.sub("", record)
