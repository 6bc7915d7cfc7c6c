"""The fault classes that fit the columns of a CSV file of a synthetic world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tests.corpus.all_faults import FAULTS
from tests.corpus.fault import DUPLICATE, LOADED, UPDATED, Fault, Line, Truth, changed, fill, rejected

Role = Literal[
    "id", "source", "target", "event", "stamp", "epoch", "date", "money", "decimal", "integer", "boolean", "text",
    "kind", "other",
]  # fmt: skip
"""What a column is: ``stamp`` and ``epoch`` are the time of an event as text and in seconds, ``date`` an attribute."""

Make = Callable[[Line, int], str | None]
"""Makes the faulty record from the clean one and a variant number; None where the fault does not fit the value."""


@dataclass(frozen=True, slots=True)
class FaultSite:
    """One fault class at one column of one file.

    Attributes:
        fault, truth: The class, and what the record becomes.
        column: Position of the column; -1 where the record as a whole is hit.
        make: Writes the record.
        after: Whether that record follows the clean one instead of taking its place.
        counts: Whether it is a record to the reader.
    """

    fault: str
    truth: Truth
    column: int
    make: Make
    after: bool = False
    counts: bool = True


# Which columns stand for the column of the corpus that a fault was written for.
_PLACES: Mapping[str, tuple[Role, ...]] = MappingProxyType(
    {
        "note": ("text",),
        "order_id": ("event",),
        "product_id": ("target",),
        "amount": ("money",),
        "score": ("decimal", "money"),
        "pieces": ("integer",),
        "gift": ("boolean",),
        "kind": ("kind",),
    }
)
_LEFT_OUT = frozenset(
    {
        # They depend on what else the file holds, put another value or key in, or need columns without a rule.
        "backslash_quotes", "leading_zeros", "json_number_id", "json_number_texts", "empty_value", "null_word_value",
        "null_word_text", "not_a_number_word", "scientific_number", "negative_zero", "signed_number", "boolean_words",
        "stray_decimal_comma", "full_width_digits", "full_width_integer", "padded_number", "thousands_money",
        "excel_text_number",
        "thousands_integer", "currency_sign", "event_conflict", "missing_key", "missing_required", "crlf_mixed",
        "json_scalar", "json_boolean", "padded_text", "empty_time", "null_word_time",
    }
)  # fmt: skip
_WIDE = str.maketrans("0123456789.-:", "０１２３４５６７８９．-：")


_FOREIGN = frozenset({"other_encoding_undeclared", "surrogate_bytes"})
"""Lines that are text in the other encoding: of a file in plain ASCII they could as well be the encoding."""


def fault_sites(roles: Sequence[Role], *, rejects: bool, repeats: bool, plain: bool) -> tuple[FaultSite, ...]:
    """Every class that fits a file with columns of these roles.

    Args:
        roles: The role of each column.
        rejects: Whether a record may be lost.
        repeats: Whether a repeated record is counted as one.
        plain: Whether the clean file is in plain ASCII.
    """
    found = [site for fault in FAULTS if _plantable(fault) for site in _of_fault(fault, roles)]
    found += _own(roles)
    found.append(FaultSite("blank_record", rejected("empty_row"), -1, _blank, after=True))
    if repeats:
        found.append(FaultSite("exact_duplicate", DUPLICATE, -1, lambda line, _: line.text, after=True))
    return tuple(
        site
        for site in found
        if (rejects or site.truth.outcome != "rejected") and not (plain and site.fault in _FOREIGN)
    )


def _plantable(fault: Fault) -> bool:
    fits = fault.mixable and "csv" in fault.formats and not fault.heavy and fault.name not in _LEFT_OUT
    return fits and (bool(fault.cells) or fault.line is not None) and fault.table == "orders"


def _of_fault(fault: Fault, roles: Sequence[Role]) -> Iterator[FaultSite]:
    truth = fault.truth_in("csv")
    if not fault.cells:
        yield FaultSite(fault.name, truth, -1, _line_maker(fault), fault.after, fault.counts)
        return
    bare = "csv" in fault.bare
    places = _PLACES.get(fault.column, ())
    if fault.column == "user_id":
        places = ("source",) if fault.name == "unknown_user" else ("source", "id")
    elif fault.column == "ts":
        if truth.outcome != "rejected":
            return
        places = ("stamp", "date") if truth.details == {"not_a_time"} else ("stamp",)
    for column, role in enumerate(roles):
        # What the scanner refuses can happen anywhere; it does not look at what a column means.
        if role in places or (bare and truth.outcome == "rejected"):
            yield FaultSite(fault.name, truth, column, _cell_maker(fault, column, bare))


def _line_maker(fault: Fault) -> Make:
    make = fault.line
    assert make is not None
    return lambda line, _: make(line)


def _cell_maker(fault: Fault, column: int, bare: bool) -> Make:
    texts = tuple(cell.text for cell in fault.cells)

    def make(line: Line, variant: int) -> str:
        text = fill(texts[variant % len(texts)], line.cells[column])
        return _put(line, column, text if bare else quoted(text, line.separator))

    return make


def _put(line: Line, column: int, cell: str) -> str:
    return line.separator.join((*line.cells[:column], cell, *line.cells[column + 1 :]))


def quoted(text: str, separator: str) -> str:
    """A cell in quotes where it needs them."""
    if any(mark in text for mark in (separator, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _own(roles: Sequence[Role]) -> Iterator[FaultSite]:
    """Classes of their own for worlds, which keep the value of the cell and so the content of the market."""
    for column, role in enumerate(roles):
        for name, truth, fits, write in _REWRITES:
            if role in fits:
                yield FaultSite(name, truth, column, _rewriter(column, write))
        if role == "event" and "money" in roles:
            amount = roles.index("money")
            yield FaultSite("event_conflict", rejected("event_conflict"), column, _rewriter(amount, _nine), after=True)
    if "id" in roles and "text" in roles:
        yield FaultSite(
            "user_updated", UPDATED, -1, _rewriter(roles.index("text"), lambda text: text + "新"), after=True
        )


def _rewriter(column: int, write: Callable[[str], str | None]) -> Make:
    def make(line: Line, _: int) -> str | None:
        text = write(line.cells[column])
        return None if text is None else _put(line, column, quoted(text, line.separator))

    return make


def _blank(line: Line, _: int) -> str:
    return line.separator * (len(line.cells) - 1)


def _nine(text: str) -> str:
    return f"9{text}"


def _filled(write: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """Nothing is rewritten where there is nothing."""
    return lambda text: write(text) if text else None


def _thousands(text: str) -> str | None:
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}" if len(whole) > 3 and whole.isdecimal() else None


def _chinese_date(text: str) -> str:
    day, _, clock = text.partition(" ")
    year, month, number = day.split("-")
    return f"{year}年{int(month)}月{int(number)}日" + (f" {clock}" if clock else "")


def _slashes(text: str) -> str:
    return text.replace("-", "/")


def _offset(text: str) -> str | None:
    return text.replace(" ", "T") + "+08:00" if " " in text else None


_NUMBERS: tuple[Role, ...] = ("money", "decimal", "integer")
_REWRITES: tuple[tuple[str, Truth, tuple[Role, ...], Callable[[str], str | None]], ...] = (
    ("thousands", changed("separators"), _NUMBERS, _filled(_thousands)),
    ("currency_sign", changed("currency"), ("money",), _filled(lambda text: f"¥{text}")),
    ("currency_unit", changed("currency"), ("money",), _filled(lambda text: f"{text}元")),
    (
        "full_width_digits",
        changed("normalised"),
        (*_NUMBERS, "epoch", "stamp", "date"),
        _filled(lambda text: text.translate(_WIDE)),
    ),
    (
        "padded_number",
        changed("trimmed"),
        (*_NUMBERS, "epoch", "stamp", "date"),
        _filled(lambda text: f" {text}\u00a0"),
    ),
    ("padded_text", changed("trimmed"), ("text",), _filled(lambda text: f"\u3000{text} ")),
    ("zero_width_text", changed("normalised"), ("text",), _filled(lambda text: f"{text}\u200b")),
    ("chinese_dates", LOADED, ("stamp", "date"), _filled(_chinese_date)),
    ("slashed_dates", LOADED, ("stamp", "date"), _filled(_slashes)),
    ("offsets", LOADED, ("stamp",), _filled(_offset)),
    ("epoch_in_ms", rejected("not_a_time"), ("epoch",), lambda text: f"{text}000"),
    ("date_as_epoch", rejected("not_a_time"), ("epoch",), lambda _: "2024-05-01 10:00:00"),
    ("not_a_time", rejected("not_a_time"), ("epoch",), lambda _: "yesterday"),
    ("future_time", rejected("future_time"), ("epoch",), lambda _: "4102444800"),
)
