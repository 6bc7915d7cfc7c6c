"""Converts numbers to int64 or float64.

Arrow casts the plain numbers of a column together; only cells with other characters (a separator of thousands, a
full-width digit, a word as in 1.2万, or no number at all) are read one by one.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.values.byte_columns import ByteColumn, byte_column
from graph.ingest.values.fallback_parse import Parsed, Plain, PlainCast, parse
from graph.ingest.values.value_format import ValueFormat
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

# Full-width forms as phones and Chinese keyboards write them, and the minus sign of typesetters.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2212: 0x2D, 0xFFE5: 0xA5}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
# The number of digits is bounded, so that no number overflows.
_DECIMAL = re.compile(r"[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_PLAIN_DECIMAL = r"^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)$"
_PLAIN_WHOLE = r"^-?[0-9]+(\.0*)?$"
_PLAIN_INTEGER = r"^-?[0-9]{1,18}$"
_LONGEST_INTEGER, _LONGEST_DECIMAL = 18, 200
# Whole numbers of so many digits are exact in float64.
_LONGEST_POINTED = 15
# Zeros behind each word. A small m is left out, as it stands for minutes, metres and months too.
_ZEROS = {
    "k": 3, "K": 3, "千": 3, "w": 4, "W": 4, "万": 4, "萬": 4, "M": 6, "百万": 6, "千万": 7,
    "亿": 8, "億": 8, "万亿": 12,
}  # fmt: skip
_SCALED = re.compile(rf"(?P<number>.*[0-9.,]) ?(?P<word>{'|'.join(sorted(_ZEROS, key=len, reverse=True))})")


def integers(text: pa.Array, value_format: ValueFormat) -> Parsed:
    """Whole numbers of at most 18 digits, int64; ``12.0`` is one too, as pandas writes them in a column with gaps.

    So are ``1.2万`` and ``1.2e4``.
    """
    import pyarrow as pa

    def read(cell: str) -> Plain | str:
        found = whole_number(cell, value_format)
        return found if found and _INTEGER.fullmatch(found[0]) else "not_an_integer"

    cell_bytes = byte_column(text)
    if value_format.decimal == "." and bool((cell_bytes.data == ord(".")).any()):
        irregular = np.union1d(
            foreign_rows(cell_bytes, "0123456789-."), np.flatnonzero(cell_bytes.lengths > _LONGEST_POINTED)
        )
        return parse(
            text, np.union1d(irregular, _bare_points(cell_bytes)), PlainCast(_whole, _PLAIN_WHOLE, _value), read
        )
    irregular = np.union1d(
        foreign_rows(cell_bytes, "0123456789-"), np.flatnonzero(cell_bytes.lengths > _LONGEST_INTEGER)
    )
    return parse(text, irregular, PlainCast(lambda cells: cells.cast(pa.int64()), _PLAIN_INTEGER, _value), read)


def decimals(text: pa.Array, value_format: ValueFormat, units: tuple[str, ...] = ()) -> Parsed:
    """Numbers as float64, each the nearest to the written number; never infinite, NaN or -0.0.

    One of the units may stand behind a number and is removed.
    """

    def read(cell: str) -> Plain | str:
        unit = max((u for u in units if cell.endswith(u)), key=len, default="")
        found = scaled_number(cell.removesuffix(unit).rstrip(), value_format)
        return (found[0], (*found[1], *["unit"] * bool(unit))) if found else "not_a_decimal"

    cell_bytes = byte_column(text)
    irregular = np.union1d(
        foreign_rows(cell_bytes, "0123456789-" + value_format.decimal),
        np.flatnonzero(cell_bytes.lengths > _LONGEST_DECIMAL),
    )
    return parse(with_points(text, value_format), irregular, FLOATS, read, original=text)


def foreign_rows(cell_bytes: ByteColumn, accepted: str) -> Int64:
    """Cells with a character that is not among the accepted ones."""
    table = bytes(0 if chr(b) in accepted else 1 for b in range(256))
    return cell_bytes.rows(np.flatnonzero(cell_bytes.classes(table)))


def with_points(text: pa.Array, value_format: ValueFormat) -> pa.Array:
    """The column with a point as decimal mark."""
    import pyarrow.compute as pc

    return text if value_format.decimal == "." else pc.replace_substring(text, value_format.decimal, ".")


def plain_number(cell: str, value_format: ValueFormat) -> Plain | None:
    """A number without full-width digits and separators of thousands, with a point; None where it has another form.

    >>> plain_number("1,234.5", ValueFormat()), plain_number("1.234,5", ValueFormat(decimal=","))
    (('1234.5', ('separators',)), ('1234.5', ('separators',)))
    >>> plain_number("1,5", ValueFormat())
    """
    text = cell.translate(HALF_WIDTH)
    kinds = ["normalised"] if text != cell else []
    found = _GROUPED[value_format.decimal].fullmatch(text)
    if found:
        kinds.append("separators")
        text = found["sign"] + re.sub("[^0-9]", "", found["whole"]) + found["rest"]
    elif value_format.decimal == "," and "." in text:
        return None
    if value_format.decimal == ",":
        text = text.replace(",", ".")
    return (text, tuple(kinds)) if _DECIMAL.fullmatch(text) else None


def scaled_number(cell: str, value_format: ValueFormat) -> Plain | None:
    """A number as ``plain_number`` reads it, or one with a word for its size, written out; None where it is neither.

    >>> [scaled_number(cell, ValueFormat()) for cell in ("1.2万", "１２Ｋ", "10万+")]
    [('12000', ('scaled',)), ('12000', ('normalised', 'scaled')), None]
    """
    plain = plain_number(cell, value_format)
    if plain:
        return plain
    half = cell.translate(HALF_WIDTH)
    found = _SCALED.fullmatch(half)
    number = found and plain_number(found["number"], value_format)
    if not found or not number or "e" in number[0].lower():
        return None
    kinds = ("normalised",) if half != cell else ()
    return _written_out(Decimal(number[0]).scaleb(_ZEROS[found["word"]])), (*kinds, *number[1], "scaled")


def whole_number(cell: str, value_format: ValueFormat) -> Plain | None:
    """A number as ``scaled_number`` reads it, without its exponent; 1.2e4 is 12000.

    None too where the number has more digits than were written, so that some are lost.
    """
    found = scaled_number(cell, value_format)
    if found and "e" in found[0].lower():
        value = Decimal(found[0])
        return (_written_out(value), (*found[1], "scaled")) if abs(value) < 10**_LONGEST_POINTED else None
    return found


def _written_out(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _grouped(mark: str, separators: str) -> re.Pattern[str]:
    whole = rf"(?P<whole>[0-9]{{1,3}}(?P<sep>[{separators}])[0-9]{{3}}(?:(?P=sep)[0-9]{{3}})*)"
    return re.compile(rf"(?P<sign>[+-]?){whole}(?P<rest>(?:{mark}[0-9]*)?)")


_BLANKS = " \u00a0\u2009\u202f'’"
_GROUPED = {".": _grouped(r"\.", "," + _BLANKS), ",": _grouped(",", "." + _BLANKS)}


def _bare_points(cell_bytes: ByteColumn) -> Int64:
    """Cells with a point that follows no digit."""
    points = np.flatnonzero(cell_bytes.data == ord("."))
    before = cell_bytes.data[np.maximum(points - 1, 0)]
    bare = (before < ord("0")) | (before > ord("9"))
    heads = cell_bytes.offsets[:-1][cell_bytes.lengths > 0]
    return cell_bytes.rows(np.union1d(points[bare], heads[cell_bytes.data[heads] == ord(".")]))


def _whole(cells: pa.Array) -> pa.Array:
    """Plain decimals as int64; raises ArrowInvalid where one has a fraction."""
    import pyarrow as pa

    return cells.cast(pa.float64()).cast(pa.int64())


def _value(plain: str) -> int:
    return int(plain.partition(".")[0])


def _float(plain: str) -> float:
    return float(plain) + 0.0


def _floats(cells: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    # Adding zero turns -0.0 into 0.0, so that equal numbers are the same bytes.
    return pc.add(cells.cast(pa.float64()), 0.0)


FLOATS = PlainCast(_floats, _PLAIN_DECIMAL, _float)
