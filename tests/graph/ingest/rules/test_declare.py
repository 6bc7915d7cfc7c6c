"""Rules as they are written in a mapping, and what is said of those that are written wrongly."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from typing import Any

import pytest

from graph.errors import ConfigError
from graph.ingest.rules import declare
from graph.ingest.rules.rule import (
    Accepted,
    Allowance,
    Bound,
    Freshness,
    Monotone,
    NotNull,
    Pattern,
    Range,
    Reference,
    Rule,
    Unique,
    Volume,
)
from graph.schema import MARKET


def parse(*rules: dict[str, Any]) -> tuple[Rule, ...]:
    return declare.rules_of(rules, "m.toml", schema=MARKET, time="ts")


def test_the_example_of_the_documentation_is_read() -> None:
    lines = (declare.__doc__ or "").partition("::")[2].partition("\nColumns are")[0]
    (entry,) = tomllib.loads(lines)["files"]
    assert parse(*entry["rules"]) == (
        Unique("unique order_no", "stop", ("order_no",)),
        NotNull("not_null city", "warn", ("city",), Allowance(share=Fraction(1, 20))),
        Range(
            "range amount", "warn", ("amount",), least=Bound("0", is_number=True), most=Bound("1000000", is_number=True)
        ),
        Range(
            "this year", "warn", ("ts",), least=Bound("2026-01-01", is_day=True), most=Bound("2026-12-31", is_day=True)
        ),
        Pattern("pattern phone", "warn", ("phone",), pattern="1[3-9][0-9]{9}"),
        Accepted("accepted channel", "warn", ("channel",), values=("app", "web")),
        Reference("reference user", "warn", ("user",), node="Person"),
        Freshness("freshness ts", "warn", ("ts",), within=2 * 86400),
        Volume("volume", "warn", at_least=1000, change=Fraction(1, 2)),
        Monotone("monotone ts", "warn", ("ts",), by=("user",)),
    )


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5 m", 300), ("36h", 129600), ("2d", 172800), ("1w", 604800)]
)
def test_spans_of_time(text: str, seconds: int) -> None:
    (rule,) = parse({"check": "freshness", "within": text})
    assert isinstance(rule, Freshness)
    assert rule.within == seconds


@pytest.mark.parametrize(
    ("value", "failed", "checked", "covered"),
    [
        (None, 0, 10, True),
        (None, 1, 10**9, False),
        (3, 3, 3, True),
        (3, 4, 10**9, False),
        ("5%", 5, 100, True),
        ("5%", 6, 100, False),
        ("0.1%", 1, 1000, True),
        ("0.1%", 1, 999, False),
        ("100 %", 7, 7, True),
        ("5%", 0, 0, True),
    ],
)
def test_what_is_allowed_is_counted_exactly(value: object, failed: int, checked: int, covered: bool) -> None:
    given = {} if value is None else {"at_most": value}
    (rule,) = parse({"check": "not_null", "column": "a", **given})
    assert rule.allowed.covers(failed, checked) is covered


@pytest.mark.parametrize(
    ("written", "text"),
    [(0.1, "0.1"), (1e-7, "0.0000001"), (1e20, "100000000000000000000"), (-3, "-3"), ("12.50", "12.50")],
)
def test_numbers_are_kept_as_they_were_written(written: float | str, text: str) -> None:
    (rule,) = parse({"check": "range", "column": "a", "least": written})
    assert isinstance(rule, Range)
    assert rule.least == Bound(text, is_number=True)


WRONG = [
    ({}, "check is missing", "unique, not_null"),
    ({"check": "uniq", "column": "a"}, "unknown key 'uniq'", "did you mean 'unique'?"),
    ({"check": "unique"}, "column is missing", 'column = "amount"'),
    ({"check": "unique", "columns": []}, "column is missing", "name it"),
    ({"check": "unique", "columns": ["a", "a"]}, "named twice", "name it"),
    ({"check": "unique", "column": "a", "columns": ["b"]}, "both given", "keep one"),
    ({"check": "unique", "columns": [1]}, "not a list of texts", '["..."]'),
    ({"check": "unique", "column": "a", "atmost": 5}, "unknown key 'atmost'", "did you mean 'at_most'?"),
    ({"check": "not_null", "column": "a", "least": 5}, "unknown key 'least'", "known:"),
    ({"check": "not_null", "column": "a", "severity": "error"}, "not a choice", "stop, warn"),
    ({"check": "not_null", "column": "a", "at_most": "5"}, "neither a number of records nor a share", '"5%"'),
    ({"check": "not_null", "column": "a", "at_most": "101%"}, "neither a number", '"5%"'),
    ({"check": "not_null", "column": "a", "at_most": -1}, "neither a number", '"5%"'),
    ({"check": "not_null", "column": "a", "at_most": True}, "neither a number", '"5%"'),
    ({"check": "range", "column": "a"}, "least and most are missing", "least = 0"),
    ({"check": "range", "column": "a", "least": 2, "most": 1}, "least = 2 is above most = 1", "exchange"),
    ({"check": "range", "column": "a", "least": 2, "most": "2026-01-01"}, "one end is a number", "both as numbers"),
    ({"check": "range", "column": "a", "least": float("nan")}, "no end of a range", "least = 0"),
    ({"check": "range", "column": "a", "least": float("inf")}, "no end of a range", "least = 0"),
    ({"check": "range", "column": "a", "least": True}, "no end of a range", "least = 0"),
    ({"check": "range", "column": "a", "most": [1]}, "no end of a range", "most = 0"),
    ({"check": "pattern", "column": "a"}, "pattern is missing", "'1[3-9]"),
    ({"check": "pattern", "column": "a", "pattern": "a("}, r"no regular expression: missing \)", "RE2"),
    ({"check": "pattern", "column": "a", "pattern": "(?=a)"}, "invalid perl operator", "look-around"),
    ({"check": "pattern", "column": "a", "pattern": "a)(b"}, "no regular expression", "RE2"),
    ({"check": "pattern", "column": "a", "pattern": "\ud800"}, "no regular expression", "RE2"),
    ({"check": "accepted", "column": "a"}, "values = None is not a list", '["app", "web"]'),
    ({"check": "accepted", "column": "a", "values": []}, "not a list", '["app", "web"]'),
    ({"check": "accepted", "column": "a", "values": "app"}, "not a list", '["app", "web"]'),
    ({"check": "reference", "column": "a"}, "node is missing", '"Person"'),
    ({"check": "reference", "column": "a", "node": "Persn"}, "unknown node type 'Persn'", "Person"),
    ({"check": "freshness", "within": "2 months"}, "not a span of time", "36h"),
    ({"check": "freshness", "within": "0d"}, "not a span of time", "36h"),
    ({"check": "freshness"}, "not a span of time", "36h"),
    ({"check": "volume"}, "nothing is asked", "at_least = 1000"),
    ({"check": "volume", "column": "a", "at_least": 1}, "unknown key 'column'", "known:"),
    ({"check": "volume", "at_least": "1000"}, "not a number of records", "at_least = 1000"),
    ({"check": "volume", "at_least": 10, "at_most": 5}, "at_least is above at_most", "exchange"),
    ({"check": "volume", "change": 0.5}, "not a share", '"50%"'),
    ({"check": "monotone", "by": 5}, "by = 5 is not a list of texts", '["..."]'),
]


@pytest.mark.parametrize(("rule", "message", "hint"), WRONG, ids=[str(rule) for rule, _, _ in WRONG])
def test_what_is_wrong_is_said_with_how_to_write_it(rule: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        parse({"check": "volume", "at_least": 1}, rule)
    assert hint in raised.value.hint
    assert raised.value.message.startswith("m.toml, rule 2")


def test_freshness_and_monotone_need_a_column_where_the_entry_has_no_time() -> None:
    for rule in ({"check": "freshness", "within": "1d"}, {"check": "monotone"}):
        with pytest.raises(ConfigError, match="column is missing"):
            declare.rules_of([rule], "m.toml", schema=MARKET)


def test_two_rules_of_one_name_are_told_apart() -> None:
    one = {"check": "range", "column": "a", "least": 0}
    two = {"check": "range", "column": "a", "most": 5, "severity": "stop"}
    with pytest.raises(ConfigError, match="two rules are called 'range a'"):
        parse(one, two)
    assert [rule.name for rule in parse(one, {**two, "name": "small"})] == ["range a", "small"]
