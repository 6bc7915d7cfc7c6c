"""One line of delimited text to cells, with quotation marks as RFC 4180 has them."""

from __future__ import annotations

import csv
import re

import numpy as np

_DELIMITERS = ",\t;|"
# What a quoted cell holds up to its closing quotation mark; a doubled one stands for itself.
_QUOTED = re.compile(r'[^"]*(?:""[^"]*)*')


def guess_delimiter(header: str) -> str:
    """The delimiter of a header line: the one of comma, tab, semicolon and bar that occurs most, in that order."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count)


def tokenize(line: str, delimiter: str, *, inside: bool = False, strict: bool = False) -> tuple[list[str], bool] | None:
    """The cells of a line, and whether its last one is still open.

    Args:
        line: The line, without its line feed.
        delimiter: One character.
        inside: Whether the line begins within a quoted cell.
        strict: Whether a quotation mark inside a cell that does not begin with one is an error; else it is text.

    Returns:
        The cells and the state, or None where something other than a delimiter follows a closing quotation mark.
    """
    cells: list[str] = []
    at = 0
    while True:
        if inside or line.startswith('"', at):
            at += not inside
            inside = False
            found = _QUOTED.match(line, at)
            end = found.end() if found else at
            cells.append(line[at:end].replace('""', '"'))
            if end == len(line):
                return cells, True
            at = end + 1
            if at == len(line):
                return cells, False
            if line[at] != delimiter:
                return None
            at += 1
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
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        # The csv module also gives up on long cells and on bare carriage returns.
        found = tokenize(line, delimiter)
        return found[0] if found and not found[1] else None


def split_lines(lines: list[str], delimiter: str, width: int) -> list[list[str]] | None:
    """The cells of all lines where every one is a record of ``width`` cells; else None, and nobody knows which."""
    try:
        cells = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    # A record over several lines would make fewer records than lines.
    return cells if len(cells) == len(lines) and all(len(c) == width for c in cells) else None


def simply_quoted(text: bytes, delimiter: str) -> bool:
    """Whether quotation marks only open and close whole cells that end on their line, so that all parsers agree."""
    raw = np.frombuffer(text, np.uint8)
    marks, line_feed = np.flatnonzero(raw == ord('"')), ord("\n")
    if len(marks) % 2 or not delimiter.isascii():
        return False
    opening, closing = marks[::2], marks[1::2]
    before = raw[np.maximum(opening - 1, 0)]
    after = raw[np.minimum(closing + 1, len(raw) - 1)]
    edges = (line_feed, ord(delimiter))
    return bool(
        (np.isin(before, edges) | (opening == 0)).all()
        and (np.isin(after, edges) | (closing == len(raw) - 1)).all()
        # No line ends within a cell.
        and (np.searchsorted(marks, np.flatnonzero(raw == line_feed)) % 2 == 0).all()
    )
