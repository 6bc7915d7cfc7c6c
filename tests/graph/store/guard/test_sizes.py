"""Values that double or deepen with each WITH, which no row and no clock bounds, and texts that have no bytes."""

from __future__ import annotations

import pytest

from graph.errors import QueryRefusedError
from graph.store.guard import check, understood


@pytest.mark.parametrize(
    ("first", "again", "times"),
    [
        ("WITH {a: 1} AS m", " WITH {a: m, b: m} AS m", 30),
        ("WITH {a: 1} AS m", " WITH [{a: m}, {b: m}] AS m", 30),
        ("WITH [1] AS m", " WITH [m, m] AS m", 60),
        ("WITH [1] AS m", " WITH [m] AS m", 1200),
        ("WITH {a: 1} AS m", " WITH {a: m} AS m", 1000),
        ("WITH 1 AS m", " WITH collect(m) AS m", 800),
        ("WITH 1 AS m", " WITH [x IN [1] | m] AS m", 700),
    ],
)
def test_what_doubles_or_deepens_is_refused(first: str, again: str, times: int) -> None:
    check(first + again * 5 + " RETURN m")
    with pytest.raises(QueryRefusedError) as caught:
        check(first + again * times + " RETURN CASE WHEN true THEN m ELSE m END AS x")
    assert caught.value.hint


@pytest.mark.parametrize("value", ["\ud800", ["a", "\udfff"], {"k": ["\ud800"]}, {"\ud800": 1}])
def test_a_parameter_with_half_a_character_is_refused(value: object) -> None:
    with pytest.raises(QueryRefusedError, match="half a character"):
        understood("RETURN $p AS x", {"p": value}, None)
    understood("RETURN $p AS x", {"p": "😀"}, None)
