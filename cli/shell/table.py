"""Tables that fit the terminal: cells are cut where it is narrow; where that is not enough, each column gets a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from prompt_toolkit.utils import get_cwidth

from cli.shell.values import shown

_GAP = 2
# Narrowest width that a cell is cut to.
_LEAST = 6


def fitted(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int) -> str:
    """The rows as text of at most so many columns of a terminal; Chinese characters take two.

    Args:
        columns: Names of the columns.
        rows: The rows.
        width: Columns of the terminal.
    """
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    lines = [[shown(name) for name in columns], *([shown(value) for value in row] for row in rows)]
    widths = [max(get_cwidth(line[i]) for line in lines) for i in range(len(columns))]
    given = _shared(widths, width - _GAP * (len(widths) - 1))
    if given is None:
        return _upright(lines, width)
    out = []
    for line in lines:
        cells = [_padded(cell, given[i], right=right[i]) for i, cell in enumerate(line)]
        out.append((" " * _GAP).join(cells).rstrip())
    return "\n".join(out) + "\n"


def listed(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> str:
    """Rows as text: nothing is cut, and the last column continues on the next line."""
    lines = [list(columns), *map(list, rows)]
    widths = [max(get_cwidth(line[i]) for line in lines) for i in range(len(columns) - 1)]
    left = sum(widths) + _GAP * len(widths)
    if width - left < min(_LEAST * 3, max(get_cwidth(line[-1]) for line in lines)):
        return "".join(_stacked(line, width) for line in lines[1:])
    out = []
    right = [bool(rows) and all(re.fullmatch("[0-9,]+", row[i]) for row in rows) for i in range(len(widths))]
    for line in lines:
        begin = "".join(_padded(line[i], widths[i], right=right[i]) + " " * _GAP for i in range(len(widths)))
        first, *more = _wrapped(line[-1], width - left)
        out += [(begin + first).rstrip(), *(" " * left + rest for rest in more)]
    return "\n".join(out) + "\n"


def cut(text: str, width: int) -> str:
    """A text of at most so many columns; where something is missing, it ends in an ellipsis."""
    if get_cwidth(text) <= width:
        return text
    kept, taken = "", 0
    for letter in text:
        taken += get_cwidth(letter)
        if taken > width - 1:
            break
        kept += letter
    return kept + "…"


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _shared(widths: list[int], room: int) -> list[int] | None:
    """Widths that fit: the widest columns are narrowed, down to a least width; None where that is not enough."""
    least = [min(width, _LEAST) for width in widths]
    if sum(least) > room:
        return None
    low, high = 0, max(widths, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(min(width, max(middle, _LEAST)) for width in widths) <= room:
            low = middle
        else:
            high = middle - 1
    return [min(width, max(low, _LEAST)) for width in widths]


def _padded(text: str, width: int, *, right: bool) -> str:
    text = cut(text, width)
    pad = " " * (width - get_cwidth(text))
    return pad + text if right else text + pad


def _stacked(line: list[str], width: int) -> str:
    """A row whose last column is written below the others."""
    head, *more = [*_wrapped("  ".join(cell for cell in line[:-1] if cell), width), *_wrapped(line[-1], width - 4)]
    return "\n".join([head, *(f"    {rest}" for rest in more)]) + "\n"


def _wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most so many columns, broken at spaces where there are any."""
    lines, line = [], ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if get_cwidth(longer) <= width:
            line = longer
            continue
        lines += [line] if line else []
        line = word
        while get_cwidth(line) > width:
            fits = next(n for n in range(len(line), 0, -1) if get_cwidth(line[:n]) <= width or n == 1)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line]


def _upright(lines: list[list[str]], width: int) -> str:
    """The rows one after the other, with a line for each column."""
    names = lines[0]
    left = min(max(map(get_cwidth, names)), width // 2)
    out = []
    for number, line in enumerate(lines[1:], 1):
        out.append(cut(f"row {number:,}", width))
        for name, cell in zip(names, line, strict=True):
            room = max(1, width - left - _GAP)
            out.append(f"{_padded(name, left, right=False)}{' ' * _GAP}{cut(cell, room)}".rstrip())
    return "\n".join(out or [cut(name, width) for name in names]) + "\n"
