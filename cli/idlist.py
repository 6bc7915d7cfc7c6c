"""Lists of people in files: ids one a line, or a table with a header; and who has consented to what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from graph.errors import DataError
from graph.trust.lists import Entry

# Column names without case, blanks, hyphens and underscores.
_ID_NAMES = (
    "id",
    "userid",
    "personid",
    "person",
    "user",
    "uid",
    "kolid",
    "memberid",
    "customerid",
    "用户编号",
    "用户id",
    "会员编号",
    "会员id",
    "客户编号",
    "客户id",
)
_PURPOSE_NAMES = ("purpose", "用途", "目的")
_GRANTED_NAMES = ("granted", "consent", "同意", "是否同意")
_JOINERS = re.compile(r"[\s_-]+")
_ONE_A_LINE = "it must be a text file with one person id a line, or a table with a header"


class Line(NamedTuple):
    """The cells of one line of a file, and its number from 1."""

    cells: list[str]
    number: int


def read_entries(file: Path) -> list[Entry]:
    """The ids of a list of people: one a line, or the id column of a table with a header.

    Compressed files, every usual encoding, byte order marks and quotation marks are understood; blanks at the ends are
    no part of an id. A record without an id is an entry with an empty text.

    Raises:
        DataError: the file is not there, cannot be read, or has several columns and none of them is known to hold ids.
    """
    rows = list(_lines(file))
    if not rows:
        return []
    column = _column(rows[0].cells, _ID_NAMES)
    if column is None and len(rows[0].cells) > 1:
        raise DataError(
            f"none of its columns is known to hold ids: {', '.join(rows[0].cells[:6])}",
            file=str(file),
            hint="name the column 'user_id', or write one id a line",
        )
    if column is not None:
        rows = rows[1:]
    place = column or 0
    return [Entry(row.cells[place] if len(row.cells) > place else "", row.number) for row in rows]


def read_ids(file: Path) -> list[str]:
    """The different ids of a list of people, in the order of the file; see ``read_entries``."""
    return list(dict.fromkeys(entry.text for entry in read_entries(file) if entry.text))


class Answer(NamedTuple):
    """One record of a file of consents: the person, the word for the purpose, and the word for yes or no."""

    entry: Entry
    purpose: str
    granted: str


def read_answers(file: Path) -> list[Answer]:
    """The records of a table with the columns person, purpose and granted.

    Raises:
        DataError: the file is not there, cannot be read, or lacks one of the columns.
    """
    rows = list(_lines(file))
    places = []
    for names in (_ID_NAMES, _PURPOSE_NAMES, _GRANTED_NAMES):
        place = _column(rows[0].cells, names) if rows else None
        if place is None:
            raise DataError(
                f"it has no column {names[0] if names is not _ID_NAMES else 'person'!r}",
                file=str(file),
                hint="a file of consents is a table with a header: person,purpose,granted",
            )
        places.append(place)
    answers = []
    for row in rows[1:]:
        person, purpose, granted = (row.cells[place] if len(row.cells) > place else "" for place in places)
        answers.append(Answer(Entry(person, row.number), purpose, granted))
    return answers


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    plain = [_JOINERS.sub("", name).casefold() for name in header]
    return next((plain.index(name) for name in names if name in plain), None)


def _lines(file: Path) -> Iterator[Line]:
    """The lines of a file that hold anything, as cells without blanks at their ends."""
    from graph.ingest.cells import guess_delimiter, split_line

    if not file.is_file():
        raise DataError("no such file", file=str(file), hint=_ONE_A_LINE)
    delimiter = ""
    for number, line in enumerate(_text(file).split("\n"), 1):
        if not line.strip():
            continue
        delimiter = delimiter or guess_delimiter(line)
        cells = split_line(line, delimiter)
        if cells is None:
            raise DataError(
                f"the quotation marks of line {number} do not close", file=str(file), hint="write each id on one line"
            )
        yield Line([cell.strip() for cell in cells], number)


def _text(file: Path) -> str:
    """The whole text of a file.

    Raises:
        DataError: a line of it does not decode: an id that cannot be read cannot bar anybody.
    """
    text, broken = _decoded(file, "auto")
    # Too few Chinese characters to be sure of; yet no line is UTF-8, and all are GB18030.
    if broken and text.isascii():
        other, left = _decoded(file, "gb18030")
        text, broken = (other, 0) if not left else (text, broken)
    if broken:
        raise DataError(f"line {broken} does not decode", file=str(file), hint="save the file as UTF-8; " + _ONE_A_LINE)
    return text


def _decoded(file: Path, encoding: str) -> tuple[str, int]:
    """The text of a file, and the number from 1 of its first line that does not decode or is cut; 0 where all do."""
    from graph.ingest.decode import lines

    parts, broken, before = [], 0, 0
    try:
        for block in lines(file, encoding):
            odd = sorted((*block.bad, *block.cut))
            broken = broken or (before + odd[0] + 1 if odd else 0)
            before += block.text.count(b"\n")
            parts.append(block.text)
    except DataError as error:
        raise DataError(error.message, hint=_ONE_A_LINE) from None
    return b"".join(parts).decode("utf-8"), broken
