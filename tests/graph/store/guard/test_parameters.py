"""Values of parameters from Python: times without a zone are UTC, and what no engine takes is told in a sentence."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

import pytest

from graph.errors import StoreError
from graph.store.guard.kinds import either, kind_of, list_of
from graph.store.guard.parameters import plain_parameters

NOON = dt.datetime(2026, 1, 31, 12)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (NOON, NOON.replace(tzinfo=dt.UTC)),
        (NOON.astimezone(dt.timezone(dt.timedelta(hours=8))), NOON.astimezone(dt.timezone(dt.timedelta(hours=8)))),
        (dt.date(2026, 1, 31), dt.date(2026, 1, 31)),
        ((1, None, "x"), [1, None, "x"]),
        (MappingProxyType({"a": (NOON,)}), {"a": [NOON.replace(tzinfo=dt.UTC)]}),
        (-(2**63), -(2**63)),
        (True, True),
    ],
)
def test_plain_values(value: Any, plain: Any) -> None:
    found = plain_parameters({"v": value})["v"]
    assert (found, type(found)) == (plain, type(plain))


@pytest.mark.parametrize("items", [[1, 2.5, 1], [None, "x", True], [NOON, 1], [[1], ["x"], 2], [], [{"a": 1}, None]])
def test_the_kind_of_a_list_is_that_of_all_its_items(items: list[Any]) -> None:
    assert kind_of(items) == list_of(either(kind_of(item) for item in items), len(items))


@pytest.mark.parametrize(
    "value", [2**63, [2**64], {1: 2}, {1, 2}, b"ab", object(), 1j, dt.timedelta(1), dt.time(1), [{"a": b""}]]
)
def test_anything_else_is_told(value: Any) -> None:
    with pytest.raises(StoreError, match=r"the parameter \$v holds") as caught:
        plain_parameters({"v": value})
    assert caught.value.hint
