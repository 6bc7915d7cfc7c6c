"""Finds lines above and below the records of an export: titles, account names, periods, totals and remarks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graph.errors import DataError
from graph.ingest.csv.cells import split_line
from graph.ingest.csv.totals import is_total

DELIMITERS = ",\t;|"
# Lines looked at from the first one on, and most lines of a footer.
_LINES = 100
_LONGEST_FOOTER = 30
_VALUE = re.compile(r"[¥￥$]?[-+]?[0-9][0-9.,:/ -]*")
_REMARK = re.compile(
    r"[-=*_—]{3,}|[：:]|共 ?[0-9]+|合计|总计|小计|导出|截止|备注|说明|以上|仅供|total|rows|records|exported|generated",
    re.IGNORECASE,
)


class PreambleError(DataError):
    """Lines stand above the header of a file, and the mapping does not give the header's line.

    Attributes:
        line: 1-based number of the line that seems to be the header.
    """

    def __init__(self, file: str, first: str, line: int, names: Sequence[str]) -> None:
        shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
        super().__init__(
            f"the first line {first[:40]!r} looks like a preamble, the header seems to be line {line}: {shown}",
            file=file,
            hint=f"set header_row = {line} in the mapping; graphvine init proposes it",
        )
        self.line = line


def find_header(file: str, lines: Sequence[str], delimiter: str = "auto", *, first: int = 1) -> None:
    """Refuse a file whose first line is not its header, and name the line that seems to be it.

    That is the first line of names (all different, none of them a value) below which most lines have as many cells;
    lines of one cell are left out of account, since footers have them too. A first line with more than half as many
    cells as that line is taken for the header itself.

    Args:
        file: Name for messages.
        lines: Lines of the file, from the first that is not blank.
        delimiter: One character, or ``auto``.
        first: 1-based number of the first of them.

    Raises:
        PreambleError: there is such a line, and it is not the first.
    """
    shown = lines[:_LINES]
    best: tuple[int, int, list[str]] | None = None
    for mark in DELIMITERS if delimiter == "auto" else delimiter:
        rows = [_cells(line, mark) for line in shown]
        at = next((at for at in range(1, len(rows)) if _is_header(rows, at)), None)
        if at is not None and 2 * _filled(rows[0]) <= len(rows[at]) and (best is None or len(rows[at]) > best[0]):
            best = len(rows[at]), at, rows[at]
    if best:
        title = shown[0].strip("\ufeff").strip().strip(DELIMITERS)
        raise PreambleError(file, title, best[1] + first, best[2])


def _cells(line: str, mark: str) -> list[str]:
    """The cells of a line without the empty ones at its end."""
    cells = [cell.strip("\ufeff").strip() for cell in split_line(line, mark) or [line]]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))


def _is_header(rows: Sequence[Sequence[str]], at: int) -> bool:
    names = rows[at]
    if len(names) < 2 or "" in names or len(set(names)) < len(names) or any(map(_VALUE.fullmatch, names)):
        return False
    below = [row for row in rows[at + 1 :] if row]
    tables = [row for row in below if _filled(row) > 1]
    alike = [row for row in tables if len(row) <= len(names) and 2 * _filled(row) >= len(names)]
    if not below or below[0] not in alike or 2 * len(alike) <= len(tables):
        return False
    # Values have digits where names have none.
    return _digits(names) < _digits(below[0]) and (len(names) > 2 or 2 * len(alike) > len(below))


def _digits(cells: Sequence[str]) -> int:
    """The number of cells with a digit."""
    return sum(any(map(str.isdigit, cell)) for cell in cells)


def is_remark(line: str, delimiter: str) -> bool:
    """Whether a line is a remark or a total: its only cell reads like one, or its first cell is a word for totals.

    >>> is_remark("共4笔记录,,,", ","), is_remark("合计,,1357.54", ","), is_remark("U1", ",")
    (True, True, False)
    """
    cells = [cell for cell in _cells(line, delimiter) if cell]
    if not cells:
        return False
    return is_total(cells[0]) or (len(cells) == 1 and _REMARK.search(cells[0]) is not None)


def footer_of(lines: Sequence[str], delimiter: str) -> list[str]:
    """The lines at the end of a file that are no records, without blank ones; at most thirty.

    Args:
        lines: The last lines of the file.
        delimiter: One character.
    """
    found: list[str] = []
    for line in reversed([line for line in lines if line.strip()]):
        cells = [cell for cell in _cells(line, delimiter) if cell]
        # A line of one cell belongs to the footer where a line next to it reads like one.
        if len(found) == _LONGEST_FOOTER or (cells and len(cells) > 1 and not is_remark(line, delimiter)):
            break
        found.insert(0, line)
    while found and not is_remark(found[0], delimiter):
        found.pop(0)
    return found
