"""No regular expression that is let through makes Java search longer than the square of a text."""

from __future__ import annotations

import pytest

from graph.errors import QueryRefusedError
from graph.store.guard import understood
from graph.store.guard.regex import RegexError, portable


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        ".*",
        ".*a.*",
        "(?i).*suv.*",
        ".*(皮卡|SUV|轿车).*",
        r"\w+@\w+\.[a-z]+",
        "[0-9]+-[0-9]+-[0-9]+",
        "1[3-9][0-9]{9}",
        r"\d{4}-\d{2}-\d{2}",
        "[^@]+@[^@]+",
        "(ab)+",
        "(ab){2}",
        "a?b?c?",
        "(a|b)?c",
        "a*b|b*a|c*d*",
        "(a*b)?",
        "[a||b]+",
    ],
)
def test_what_ends_soon_passes(pattern: str) -> None:
    portable(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "a*a*a*a*a*a*a*a*a*a*b",
        "a*a*a*b",
        ".*a.*b.*",
        "[^b]*a*a*b",
        "a{1,}a{1,}a{1,}b",
        "a{0,99}a{0,99}a{0,99}b",
        "(a*)(a*)(a*)b",
        "(?i)a*A*a*A*",
        r"\w+@?\w+\w+!",
        r"\w+-*\w+\w*x",
        "a?" * 30 + "a" * 30,
        "(a?){30}a{30}",
        "(a?a?)+b",
        "(a|a)" * 20,
        "a{0,8}" * 10 + "b",
        "(a+)+",
        "((a|aa)+)+b",
    ],
)
def test_what_may_search_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(RegexError):
        portable(pattern)


def test_the_pattern_may_come_as_a_parameter() -> None:
    with pytest.raises(QueryRefusedError, match="share out a text"):
        understood("RETURN $t =~ $p AS x", {"t": "a" * 300, "p": "a*a*a*b"}, None)
