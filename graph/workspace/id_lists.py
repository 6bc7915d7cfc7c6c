"""Lists of people or items in files: ids one a line, or a table with a header; and who has consented to what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from graph.errors import DataError
from graph.id_spelling import canonical_id
from graph.trust.lists import Entry
from graph.workspace.existing_file import existing_file

# Column names without case, blanks, hyphens and underscores, those that say most first: a table with a column "user_id"
# may number its rows in another one named "id".
_ID_NAMES = (
    (
        "userid", "personid", "uid", "kolid", "memberid", "customerid",
        "用户编号", "用户id", "会员编号", "会员id", "客户编号", "客户id",
    ),
    ("person", "user"),
    ("id", "编号"),
)  # fmt: skip
_ITEM_NAMES = (
    (
        "itemid", "productid", "vehicleid", "goodsid", "skuid", "spuid", "sku", "spu", "商品编号", "商品id", "产品编号",
        "产品id", "车型编号", "车型id",
    ),
    ("item", "product", "vehicle", "商品", "产品", "车型"),
    ("id", "编号"),
)  # fmt: skip
_PURPOSE_NAMES = (("purpose", "用途", "目的"),)
_GRANTED_NAMES = (("granted", "consent", "同意", "是否同意"),)
_JOINERS = re.compile(r"[\s_-]+")
# Separators of a table whose first line, a title, made lines be split at commas.
_OTHER_TABLE = re.compile("[\t;]")
_ONE_A_LINE = "it must be a text file with one id a line, or a table with a header"


class Line(NamedTuple):
    """The cells of one line of a file, and its number from 1."""

    cells: list[str]
    number: int


def read_entries(file: Path, *, what: Literal["person", "item"] = "person") -> list[Entry]:
    """The ids of a list of people, or of items: one a line, or the id column of a table with a header.

    Compressed files, every usual encoding, byte order marks and quotation marks are understood; blanks at the ends are
    no part of an id. A record without an id is an entry with an empty text.

    Raises:
        DataError: the file is not there or cannot be read; or which of its columns holds the ids cannot be told.
    """
    rows = list(_lines(file))
    if not rows:
        return []
    names, usual = (_ID_NAMES, "user_id") if what == "person" else (_ITEM_NAMES, "item_id")
    column = _column(file, rows[0].cells, names)
    if column is not None:
        return [Entry(row.cells[column] if len(row.cells) > column else "", row.number) for row in rows[1:]]
    if len(rows[0].cells) > 1:
        raise DataError(
            f"none of its columns is known to hold ids: {', '.join(rows[0].cells[:6])}",
            file=str(file),
            hint=f"name the column {usual!r}, or write one id a line",
        )
    wide = next((row for row in rows if any(row.cells[1:]) or _OTHER_TABLE.search(row.cells[0])), None)
    if wide is not None:
        raise DataError(
            f"its first line is the one cell {rows[0].cells[0]!r}, and line {wide.number} has several",
            file=str(file),
            hint=f"delete titles above the header and name the column of ids {usual!r}, or write one id a line",
        )
    return [Entry(row.cells[0], row.number) for row in rows]


def read_ids(file: Path, *, what: Literal["person", "item"] = "person") -> list[str]:
    """The different ids of a list of people, or of items, in the form that a market keeps, in the order of the file.

    See ``read_entries`` and ``graph.id_spelling.canonical_id``.
    """
    return list(dict.fromkeys(canonical_id(entry.text) for entry in read_entries(file, what=what) if entry.text))


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
        place = _column(file, rows[0].cells, names) if rows else None
        if place is None:
            raise DataError(
                f"it has no column {names[0][0] if names is not _ID_NAMES else 'person'!r}",
                file=str(file),
                hint="a file of consents is a table with a header: person,purpose,granted",
            )
        places.append(place)
    answers = []
    for row in rows[1:]:
        person, purpose, granted = (row.cells[place] if len(row.cells) > place else "" for place in places)
        answers.append(Answer(Entry(person, row.number), purpose, granted))
    return answers


def _column(file: Path, header: list[str], names: tuple[tuple[str, ...], ...]) -> int | None:
    """Place of the column whose name says most; None where none is known.

    Raises:
        DataError: several say as much.
    """
    plain = [_JOINERS.sub("", name).casefold() for name in header]
    found = next((places for some in names if (places := [i for i, name in enumerate(plain) if name in some])), None)
    if found is None:
        return None
    if len(found) > 1:
        raise DataError(
            f"several of its columns may be the one that is meant: {', '.join(header[place] for place in found)}",
            file=str(file),
            hint="leave one of them, or rename the others",
        )
    return found[0]


def _lines(file: Path) -> Iterator[Line]:
    """The lines of a file that hold anything, as cells without blanks at their ends."""
    from graph.ingest.csv.cells import guess_delimiter, split_line

    existing_file(file, hint=_ONE_A_LINE)
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
    from graph.ingest.decoding.decode import lines

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
