import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.report.formats import UNKNOWN, ceiling, coordinate, counted, decimal, fit, interval, largest, percent, yuan

NOT_KNOWN = [None, math.nan, math.inf, -math.inf]


@pytest.mark.parametrize("value", NOT_KNOWN)
def test_what_is_not_known_says_so(value):
    assert {decimal(value), percent(value), yuan(value), interval(value, 1.0), interval(1.0, value)} == {UNKNOWN}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (decimal(1_234_567), "1,234,567"),
        (decimal(-0.0004, 3), "0.000"),
        (decimal(-0.0005001, 3), "-0.001"),
        (decimal(-1234.5, 1), "-1,234.5"),
        (percent(0.2413), "24.1%"),
        (percent(1, 0), "100%"),
        (yuan(0), "¥0"),
        (yuan(9.5), "¥9.50"),
        (yuan(52_000), "¥52,000"),
        (yuan(-52_000), "-¥52,000"),
        (yuan(-0.001), "¥0.00"),
        (interval(0.1, 0.25, 2), "0.10–0.25"),
        (counted(1, "seed"), "1 seed"),
        (counted(0, "seed"), "0 seeds"),
        (fit(0.5, 2), "25%"),
        (fit(3, 2), "100%"),
        (fit(-1, 2), "0%"),
        (fit(1, 0), "0%"),
        (fit(math.nan, 2), "0%"),
    ],
)
def test_known_answers(shown, expected):
    assert shown == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(1930, 2000), (2000, 2000), (2001, 2500), (0.213, 0.25), (0.03, 0.05), (7, 10)]
)
def test_the_top_of_a_scale_is_round(value, expected):
    assert ceiling(value) == expected


@pytest.mark.parametrize("value", [0.0, -3.0, math.nan, math.inf])
def test_the_top_of_a_scale_is_never_nothing(value):
    assert ceiling(value) == 1.0


def test_the_largest_is_the_largest_known():
    assert largest([None, 2.0, math.nan, math.inf, 1.0]) == 2.0
    assert largest([]) == 0.0


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(0, 4))
def test_no_number_is_a_negative_zero(value, places):
    for shown in (decimal(value, places), coordinate(value)):
        assert shown.strip("-0.,") or not shown.startswith("-")


@given(st.floats(1e-9, 1e12))
def test_a_scale_holds_its_value_without_much_to_spare(value):
    assert value * (1 - 1e-9) <= ceiling(value) <= 2.5 * value * (1 + 1e-9)
