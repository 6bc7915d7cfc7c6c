"""Converts amounts of money exactly."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from graph.ingest.values.byte_columns import Mask, byte_column, mask_of
from graph.ingest.values.fallback_parse import Parsed, Plain, parse
from graph.ingest.values.numbers import FLOATS, HALF_WIDTH, foreign_rows, scaled_number, with_points
from graph.ingest.values.value_format import ValueFormat
from graph.money import LARGEST, SCALE, currency_of, foreign_marks, marks_of
from graph.text import Int64

if TYPE_CHECKING:
    import pyarrow as pa

# A plain amount of at most so many characters is certainly below the largest.
_LONGEST = 12


def amounts(text: pa.Array, value_format: ValueFormat) -> Parsed:
    """Amounts as float64, each the nearest to the written number.

    A sign or word of the declared currency may stand before or after an amount, as in ¥1.5万. An amount may not have
    more decimals than its currency (trailing zeros apart) and must be below 10**15 minor units, so that it can be
    recovered exactly from its float64.
    """
    cell_bytes, digits = byte_column(text), currency_of(value_format.currency).digits
    points = np.flatnonzero(cell_bytes.data == ord(value_format.decimal))
    end = cell_bytes.offsets[np.searchsorted(cell_bytes.offsets, points, side="right")]
    irregular = np.concatenate(
        [
            foreign_rows(cell_bytes, "0123456789-" + value_format.decimal),
            cell_bytes.rows(points[end - points - 1 > digits]),
            np.flatnonzero(cell_bytes.lengths > _LONGEST),
        ]
    )

    def read(cell: str) -> Plain | str:
        return plain_amount(cell, value_format)

    return parse(with_points(text, value_format), np.unique(irregular), FLOATS, read, original=text)


def exactly(values: pa.Array) -> pa.Array:
    """Amounts as DECIMAL(18, 2), from the nearest float64."""
    import pyarrow as pa

    missing: Mask = mask_of(values.is_null())
    units = minor_units(np.nan_to_num(values.to_numpy(zero_copy_only=False)))
    words = np.empty((len(units), 2), np.int64)
    words[:, 0], words[:, 1] = units, units >> 63
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    return pa.Array.from_buffers(pa.decimal128(18, SCALE), len(units), [valid, pa.py_buffer(words)])


def minor_units(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Int64:
    """Amounts as whole hundredths, exact where the float64 is the nearest to an amount."""
    units: Int64 = np.rint(values * 10**SCALE).astype(np.int64)
    return units


def plain_amount(cell: str, value_format: ValueFormat) -> Plain | str:
    """An amount as a plain number and what was changed, or the reason why it is none.

    >>> yuan = ValueFormat()
    >>> plain_amount("¥1,234.5", yuan), plain_amount("$12", yuan), plain_amount("1.234", yuan)
    (('1234.5', ('currency', 'separators')), 'other_currency', 'too_precise')
    """
    half = cell.translate(HALF_WIDTH)
    found, marked = _unmarked(half, value_format)
    if found is None:
        return "other_currency" if marked else "not_a_decimal"
    amount = Decimal(found[0])
    units = amount.scaleb(currency_of(value_format.currency).digits)
    if abs(amount.scaleb(SCALE)) >= LARGEST:
        return "not_a_decimal"
    if units != units.to_integral_value():
        return "too_precise"
    kinds = (("normalised",) if half != cell else ()) + (("currency",) if marked else ())
    return found[0], kinds + found[1]


def _unmarked(half: str, value_format: ValueFormat) -> tuple[Plain | None, bool]:
    """The number without its currency sign, and whether it had one; (None, True) for a sign of another currency."""
    sign = half[:1] if half[:1] in ("-", "+") else ""
    body = half[len(sign) :].strip()
    found = scaled_number(sign + body, value_format)
    if found:
        return found, False
    for pattern, own in ((marks_of(value_format.currency), True), (foreign_marks(value_format.currency), False)):
        bare = _without(pattern, body)
        # Both -¥12 and ¥-12 occur; with two minus signs it is no number.
        found = scaled_number(sign + bare, value_format) if bare != body else None
        if found:
            return (found, True) if own else (None, True)
    return None, False


def _without(pattern: re.Pattern[str], body: str) -> str:
    head = pattern.match(body)
    if head:
        return body[head.end() :].strip()
    tails = [tail for tail in pattern.finditer(body) if tail.end() == len(body)]
    return body[: tails[0].start()].strip() if tails else body
