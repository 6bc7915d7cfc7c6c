"""What either engine says about a query that failed leads to the same kind of error, with a hint that fits."""

from __future__ import annotations

import pytest

from graph.errors import QueryRefusedError
from graph.store.guard.failing import failed


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("/ by zero", "a division by zero is refused"),
        ("Division by zero", "a division by zero is refused"),
        ("Modulo by zero", "a division by zero is refused"),
        ("long overflow", "a number is outside what both engines compute alike"),
        ("Integer overflow in sum: result is outside the 64-bit integer range", "a number is outside"),
        ("Cannot handle negative start index nor negative length", "a number is outside"),
        ("Text cannot be parsed to a Duration 'gv-null'", "a value that may not be missing is missing"),
        ('duration(): cannot parse "gv-text"', "a text cannot be turned into a number"),
    ],
)
def test_what_engines_compute_differently_is_refused(message: str, sentence: str) -> None:
    found = failed(message)
    assert isinstance(found, QueryRefusedError)
    assert found.message.startswith(sentence)
    assert found.hint


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("LIMIT requires a non-negative integer", "SKIP and LIMIT take whole numbers"),
        ("Invalid input. '-1' is not a valid value. Must be a non-negative integer.", "SKIP and LIMIT take whole"),
        ("Step argument to 'range()' cannot be zero", "the third number of range()"),
        ("range() step must not be zero", "the third number of range()"),
        ("Invalid date 'FEBRUARY 30'", "write days and times that the calendar has"),
        ("Invalid value for MonthOfYear (valid values 1 - 12): 13", "write days and times that the calendar has"),
        ("date(): 2024-13-01 is not a valid date", "write days and times that the calendar has"),
        ("Variable `x` not defined", "compare names with"),
        ("datetime(): cannot parse 'overflow' as a datetime", "compare names with"),
        ("Text cannot be parsed to a Date '/ by zero'", "compare names with"),
        ("Text cannot be parsed to a Date 'gv-zero'", "compare names with"),
    ],
)
def test_hints_fit_what_is_wrong(message: str, hint: str) -> None:
    found = failed(message)
    assert not isinstance(found, QueryRefusedError)
    assert (found.message, found.hint[: len(hint)]) == (f"the query failed: {message}", hint)
