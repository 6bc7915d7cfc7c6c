from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError
from graph.ingest.values.amounts import exactly, minor_units
from graph.ingest.values.convert import convert_column
from graph.ingest.values.value_format import ValueFormat
from graph.money import CURRENCIES, LARGEST, currency_in, currency_of
from graph.schema import Column

MONEY = Column("money")


def read(
    cells: list[str | None], **value_format: str
) -> tuple[list[object], dict[str, list[int]], dict[str, list[int]]]:
    found = convert_column(pa.array(cells, pa.large_string()), MONEY, ValueFormat(**value_format))  # type: ignore[arg-type]
    faults = {reason: mask.nonzero()[0].tolist() for reason, mask in found.faults.items()}
    return found.values.to_pylist(), faults, {change.kind: change.rows.tolist() for change in found.changes}


@pytest.mark.parametrize(
    ("cell", "wanted", "kinds"),
    [
        ("12.5", "12.50", ()),
        ("-0.01", "-0.01", ()),
        ("0", "0.00", ()),
        ("5.", "5.00", ()),
        ("12.340", "12.34", ()),
        ("1e3", "1000.00", ()),
        ("¥12.50", "12.50", ("currency",)),
        ("12.5元", "12.50", ("currency",)),
        ("12.5 元", "12.50", ("currency",)),
        ("CNY 12.5", "12.50", ("currency",)),
        ("cny12.5", "12.50", ("currency",)),
        ("RMB 3", "3.00", ("currency",)),
        ("-¥3", "-3.00", ("currency",)),
        ("¥-3", "-3.00", ("currency",)),
        ("1,234,567.89", "1234567.89", ("separators",)),
        ("￥１，２３４．５", "1234.50", ("currency", "normalised", "separators")),
        (" 7.5　", "7.50", ("trimmed",)),
        ("12万", "120000.00", ("scaled",)),
        ("¥1.5万", "15000.00", ("currency", "scaled")),
        ("1.5 万元", "15000.00", ("currency", "scaled")),
        ("RMB 3.25w", "32500.00", ("currency", "scaled")),
        ("9.9k", "9900.00", ("scaled",)),
        ("2.5M", "2500000.00", ("scaled",)),
        ("-1.2万", "-12000.00", ("scaled",)),
        ("￥１，２３４．５６万", "12345600.00", ("currency", "normalised", "scaled", "separators")),
    ],
)
def test_amounts_of_yuan(cell: str, wanted: str, kinds: tuple[str, ...]) -> None:
    values, faults, changes = read([cell])
    assert (values, faults, sorted(changes)) == ([Decimal(wanted)], {}, sorted(kinds))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("$12", "other_currency"),
        ("USD 12", "other_currency"),
        ("12 港元", "other_currency"),
        ("HK$1,200.00", "other_currency"),
        ("€5", "other_currency"),
        ("12.345", "too_precise"),
        ("¥0.001", "too_precise"),
        ("1e-3", "too_precise"),
        ("12.340000000000002", "too_precise"),
        ("free", "not_a_decimal"),
        ("¥", "not_a_decimal"),
        ("-¥-3", "not_a_decimal"),
        ("12m", "not_a_decimal"),
        ("12万+", "not_a_decimal"),
        ("1e3万", "not_a_decimal"),
        ("1万2", "not_a_decimal"),
        ("10%", "not_a_decimal"),
        ("1,5", "not_a_decimal"),
        ("inf", "not_a_decimal"),
        ("1-2", "not_a_decimal"),
        ("10000000000000", "not_a_decimal"),
        ("1e99", "not_a_decimal"),
    ],
)
def test_what_is_no_amount_of_yuan(cell: str, reason: str) -> None:
    values, faults, _ = read(["1.5", cell, None, ""])
    assert (values, faults) == ([Decimal("1.50"), None, None, None], {reason: [1]})


def test_a_currency_has_its_own_decimals_and_signs() -> None:
    assert read(["¥1200", "1200円", "12.5", "12.0"], currency="JPY") == (
        [Decimal(1200), Decimal(1200), None, Decimal(12)],
        {"too_precise": [2]},
        {"currency": [0, 1]},
    )
    assert read(["$5", "US$5.25", "¥5"], currency="USD")[:2] == (
        [Decimal(5), Decimal("5.25"), None],
        {"other_currency": [2]},
    )


def test_a_decimal_comma() -> None:
    values, faults, changes = read(["1,5", "1.234,56", "12 €", "7", "1.5"], currency="EUR", decimal=",")
    assert values == [Decimal("1.5"), Decimal("1234.56"), Decimal(12), Decimal(7), None]
    assert (faults, changes) == ({"not_a_decimal": [4]}, {"separators": [1], "currency": [2]})


def test_decimals_that_are_amounts_obey_the_rules_of_money_and_stay_float64() -> None:
    cells = pa.array(["¥12.10", "0.125", "-0"], pa.large_string())
    found = convert_column(cells, Column("decimal", currency="CNY"), ValueFormat())
    assert str(found.values.to_pylist()) == "[12.1, None, 0.0]"
    assert list(found.faults) == ["too_precise"]


CENTS = st.integers(-LARGEST + 1, LARGEST - 1)


@settings(deadline=None, max_examples=100)
@given(st.lists(CENTS, min_size=1, max_size=8), st.sampled_from(["{}", "¥{}", "{}元", "{} CNY"]))
@example([LARGEST - 1, -LARGEST + 1, 0, -1], "{}")
def test_every_amount_comes_back_to_the_cent(cents: list[int], form: str) -> None:
    amounts = [Decimal(c).scaleb(-2) for c in cents]
    plain, faults, _ = read([form.format(a) for a in amounts])
    grouped, more, _ = read([form.format(f"{a:,.2f}") for a in amounts])
    assert plain == grouped == amounts
    assert not faults
    assert not more
    # The snapshot's float64 gives the exact amount back.
    nearest = [float(a) for a in amounts]
    assert minor_units(pa.array(nearest).to_numpy()).tolist() == cents
    assert exactly(pa.array(nearest)).to_pylist() == amounts


@settings(deadline=None, max_examples=100)
@given(st.decimals(-(10**6), 10**6, places=4))
def test_an_amount_is_too_precise_just_where_it_has_a_part_of_a_cent(value: Decimal) -> None:
    values, faults, _ = read([f"{value:f}"])
    whole = (Fraction(value) * 100).denominator == 1
    assert (values, faults) == (([value], {}) if whole else ([None], {"too_precise": [0]}))


def test_currencies() -> None:
    assert currency_of("JPY").digits == 0
    assert all(code == currency.code and currency.marks[0] == code for code, currency in CURRENCIES.items())
    assert [currency_in(cell) for cell in ("$5", "HK$5", "5 港币", "5")] == ["USD", "HKD", "HKD", ""]
    with pytest.raises(ConfigError, match="unknown currency 'XXX'") as caught:
        currency_of("XXX")
    assert "CNY" in caught.value.hint
