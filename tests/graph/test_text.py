from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.text import TextArray

STRINGS = st.lists(st.text(max_size=6), max_size=30)


@settings(deadline=None)
@given(STRINGS)
def test_round_trips(strings: list[str]) -> None:
    array = TextArray.of(strings)
    assert array.to_list() == list(array) == strings
    assert [array[i] for i in range(len(array))] == strings
    assert array.to_arrow().to_pylist() == strings
    assert TextArray.of_arrow(pa.array(strings, pa.string())).to_list() == strings


@settings(deadline=None)
@given(STRINGS, st.integers(0, 5), st.integers(0, 5))
def test_arrow_slices_chunks_and_nulls(strings: list[str], start: int, cut: int) -> None:
    column = pa.array([*strings, None], pa.large_string()).slice(start)
    wanted = [*strings, ""][start:]
    assert TextArray.of_arrow(column).to_list() == wanted
    assert TextArray.of_arrow(pa.chunked_array([column.slice(0, cut), column.slice(cut)])).to_list() == wanted


@settings(deadline=None)
@given(STRINGS, st.text(max_size=3))
def test_find(strings: list[str], other: str) -> None:
    ordered = sorted(set(strings), key=lambda s: s.encode())
    array = TextArray.of(ordered)
    assert [array.find(s) for s in ordered] == list(range(len(ordered)))
    assert array.find(other) == (ordered.index(other) if other in ordered else -1)


def test_an_empty_array() -> None:
    array = TextArray.of_arrow(pa.chunked_array([], pa.string()))
    assert (len(array), array.find("x"), array.to_list(), array.pick([])) == (0, -1, [], [])
    assert (array.offsets.dtype, array.data.dtype) == (np.int64, np.uint8)


def test_pick() -> None:
    assert TextArray.of(["a", "", "车"]).pick(np.asarray([2, 0, 2])) == ["车", "a", "车"]
