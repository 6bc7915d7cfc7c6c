"""Suggestions for a refused value: its repaired text, the nearest accepted value, or a setting of the mapping."""

from __future__ import annotations

import difflib
import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from graph.id_spelling import is_destroyed
from graph.ingest.decoding.mojibake import repair
from graph.ingest.mapping.vocabulary import is_placeholder
from graph.ingest.values.amounts import plain_amount
from graph.ingest.values.approximate import roughly
from graph.ingest.values.numbers import HALF_WIDTH, plain_number
from graph.ingest.values.time_formats import YEAR_LAST, fold, has_form, seconds_of
from graph.ingest.values.times import LATEST, UNITS
from graph.ingest.values.value_format import ValueFormat
from graph.money import currency_in, currency_of

_MILLIONS = re.compile(r"[0-9.,]+ ?m")
_SHORTENED = re.compile(r"[+-]?[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
# Smaller epochs, before 1973, are not plausible.
_PLAUSIBLE = 10**8
_VALUES = ("not_an_integer", "not_a_decimal", "not_a_time", "not_a_boolean")
_OTHER = {".": ",", ",": "."}
_ZERO_DATE = re.compile(r"0[-0/.: T]*|1970[-/.]0?1[-/.]0?1.*")
_NO_SUCH = "there is no such day, or no such time of day"
# Behind the eight characters that a date has at least.
_DATE, _OFFSET = 8, re.compile(r" ?[+-][0-9]{2}(:?[0-9]{2})?$")


def suggest(reason: str, value: str, value_format: ValueFormat, accepted: tuple[str, ...] = ()) -> str:
    """A suggestion for this value, without a full stop; empty where there is none.

    >>> suggest("mojibake", "寮犱笁", ValueFormat()), suggest("unknown_kind", "Likes", ValueFormat(), ("like", "share"))
    ("did you mean '张三'?", "did you mean 'like'?")
    """
    cell = value.strip()
    if reason in _VALUES and is_placeholder(cell):
        return f"if {cell!r} means that there is no value, leave the cell empty, or list the word under missing"
    if accepted and reason != "out_of_range":
        near = difflib.get_close_matches(cell.lower(), [a.lower() for a in accepted], n=1)
        return f"did you mean {_as_written(near[0], accepted)!r}?" if near else ""
    match reason:
        case "mojibake":
            fixed = repair(value)
            said = f"did you mean {fixed!r}?" if fixed else "characters were lost; only the source still has them"
        case "not_a_time":
            said = _about_time(cell, value_format)
        case "early_time" if cell.isdigit() or _ZERO_DATE.fullmatch(fold(cell)):
            said = _about_time(cell, value_format)
        case "bad_id":
            said = _about_id(value)
        case "other_currency":
            code = currency_in(cell)
            said = f"this is an amount in {code}, the mapping declares {value_format.currency}" if code else ""
        case "missing_value" if cell:
            said = f"{cell!r} means an empty cell here; if it is a value, leave it out of missing in the mapping"
        case "not_an_integer" | "not_a_decimal" | "too_precise":
            said = _about_number(reason, cell, value_format)
        case _:
            said = ""
    return said


def _as_written(lower: str, accepted: tuple[str, ...]) -> str:
    return next(a for a in accepted if a.lower() == lower)


def _about_number(reason: str, cell: str, value_format: ValueFormat) -> str:
    half = cell.translate(HALF_WIDTH)
    here, there = (
        plain_number(half, value_format),
        plain_number(half, replace(value_format, decimal=_OTHER[value_format.decimal])),
    )
    said = ""
    if reason == "too_precise" and here:
        digits = currency_of(value_format.currency).digits
        rounded = Decimal(here[0]).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
        said = f"{value_format.currency} has {digits} decimals: write {rounded:f}"
    elif there and not here:
        mark = _OTHER[value_format.decimal]
        said = f'if {mark!r} is the decimal mark, set decimal = "{mark}" in the mapping'
    elif half.endswith("%") and (found := plain_number(half[:-1].strip(), value_format)):
        said = f"a share is written as a number: {float(found[0]) / 100:g}"
    elif (rough := roughly(half)) is not None:
        number = plain_amount(rough, value_format)
        such = "" if isinstance(number, str) else f", such as {number[0]}"
        said = f"{cell!r} says only roughly how much: write one number{such}, or list it under missing in the mapping"
    elif _MILLIONS.fullmatch(half):
        said = "m may mean millions: write it out, or write M"
    elif reason == "not_an_integer" and _SHORTENED.fullmatch(half):
        said = "a spreadsheet has shortened this number; only the source still has all its digits"
    elif half.startswith("(") and half.endswith(")") and plain_number(half[1:-1], value_format):
        said = f"write a negative amount with a minus sign: -{half[1:-1]}"
    elif here and reason == "not_an_integer":
        said = 'for other than whole numbers give the column the type "decimal" in schema.toml'
    elif not isinstance(plain_amount(cell, value_format), str):
        said = 'for amounts with their currency give the column the type "money" in schema.toml'
    return said


def _about_time(cell: str, value_format: ValueFormat) -> str:
    half, said = fold(cell), ""
    if _ZERO_DATE.fullmatch(half):
        said = "a zero date says that nobody knows: leave the cell empty"
    elif value_format.unit == "text" and has_form(half, value_format.date_order):
        said = _about_moment(half, value_format.date_order)
    elif re.fullmatch(r"[0-9]{9,17}(\.[0-9]*)?", half):
        fitting = [
            u for u, size in UNITS.items() if _PLAUSIBLE < float(half) / size < LATEST and u != value_format.unit
        ]
        said = f'an epoch? set time_unit = "{fitting[0]}" in the mapping' if fitting else ""
    elif value_format.unit != "text":
        said = 'set time_unit = "text" in the mapping' if _reads(half, value_format.date_order) is not None else ""
    elif value_format.date_order == "ymd" and YEAR_LAST.fullmatch(half):
        orders = " or ".join(f'"{order}"' for order in ("dmy", "mdy") if _reads(half, order) is not None)
        said = f"set date_order = {orders} in the mapping" if orders else _NO_SUCH
    else:
        said = "this form of a time is unknown"
    return said


def _about_moment(half: str, order: str) -> str:
    """Why a text in a known form of times is no valid time."""
    offset = _OFFSET.search(half[_DATE:])
    if _reads(half, order) is not None:
        said = "years from 1900 to 2199 are accepted"
    elif offset and _reads(half[: _DATE + offset.start()], order) is not None:
        said = "no place has this offset from UTC"
    else:
        said = _NO_SUCH
    return said


def _reads(cell: str, order: str) -> int | None:
    return seconds_of(cell, order=order, zone="UTC", name="")


def _about_id(value: str) -> str:
    if is_destroyed(value):
        return "a spreadsheet has shortened or replaced this id and its characters are lost"
    if len(value.encode("utf-8")) > 512:
        return "the id is longer than 512 bytes"
    return "the id holds control characters"
