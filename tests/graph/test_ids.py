from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.ids import IdMap

IDS = st.lists(st.text(min_size=1, max_size=5), max_size=30)


@settings(deadline=None)
@given(IDS)
def test_numbers_follow_the_byte_order_and_come_back(ids: list[str]) -> None:
    people = IdMap.of("Person", ids)
    assert people.texts.to_list() == sorted(set(ids), key=lambda i: i.encode())
    assert people.ids(people.numbers(ids)) == ids


def test_many_look_ups_give_what_few_give() -> None:
    names = [f"u{i}" for i in range(1000)]
    people = IdMap.of("Person", reversed(names))
    assert people.numbers(names).tolist() == [people.numbers([n])[0] for n in names]


@pytest.mark.parametrize("repeats", [1, 300])  # by binary search, and by dictionary
def test_unknown_ids(repeats: int) -> None:
    people = IdMap.of("Person", ["a", "b"])
    with pytest.raises(
        DataError, match=rf"{2 * repeats} of {3 * repeats} ids are not a known Person, the first is 'x'"
    ):
        people.numbers(["b", "x", "y"] * repeats)
    assert people.numbers(["b", "x", "y"] * repeats, missing="drop").tolist() == [1] * repeats


def test_the_checksum_is_of_the_ids_alone() -> None:
    one, other, glued = (IdMap.of("Person", ids) for ids in (["b", "a"], ["a", "b", "a"], ["ab"]))
    assert one.checksum == other.checksum != glued.checksum


def test_no_ids() -> None:
    empty = IdMap.of("Person", [])
    assert (len(empty), empty.numbers([]).tolist(), empty.numbers(["x"], missing="drop").tolist()) == (0, [], [])
