from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graph.columns import MISSING_INTEGER, UNDATED, Array, Coded, Edges
from graph.store import edge_order
from graph.store.edge_order import canonical_edges
from graph.text import TextArray


def same(one: Edges, other: Edges) -> bool:
    pairs = [(one.src, other.src), (one.dst, other.dst), (one.time, other.time), (one.weight, other.weight)]
    for name, column in one.columns.items():
        twin = other.columns[name]
        pairs.append((column.codes, twin.codes) if isinstance(column, Coded) else (column, twin))  # type: ignore[union-attr]
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)  # type: ignore[union-attr,arg-type]


def both(src: Array, dst: Array, time: Array, weight: Array, columns: dict[str, object]) -> None:
    reference = Edges(src, dst, time, weight, columns).canonical()  # type: ignore[arg-type]
    n = int(src.max(initial=0)) + 1
    with mock.patch.object(edge_order, "FEW", 0):
        compiled = canonical_edges(n, src, dst, time=time, weight=weight, columns=columns)  # type: ignore[arg-type]
        again = canonical_edges(
            n, compiled.src, compiled.dst, time=compiled.time, weight=compiled.weight, columns=compiled.columns
        )  # type: ignore[arg-type]
    plain = canonical_edges(n, src, dst, time=time, weight=weight, columns=columns)  # type: ignore[arg-type]
    assert same(reference, compiled)
    assert same(reference, plain)
    assert again.src is compiled.src  # in order already, so nothing was moved


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 80), st.integers(1, 4), st.integers(0, 3))
def test_the_compiled_sort_is_the_reference(data: st.DataObject, count: int, nodes: int, columns: int) -> None:
    def draw(values: st.SearchStrategy[object], dtype: type) -> Array:
        return data.draw(arrays(dtype, count, elements=values, fill=st.nothing()))

    coded = Coded(draw(st.integers(-1, 2), np.int32), TextArray.of("abc"))
    more = {
        "kind": coded,
        "number": draw(st.sampled_from([MISSING_INTEGER, 0, 5]), np.int64),
        "flag": draw(st.integers(-1, 1), np.int8),
    }
    both(
        draw(st.integers(0, nodes - 1), np.int64),
        draw(st.integers(0, nodes - 1), np.int64),
        draw(st.sampled_from([UNDATED, 0, 1, 2]), np.int64),
        draw(st.sampled_from([np.nan, -1.0, 0.0, 2.5, np.inf]), np.float64),
        dict(list(more.items())[:columns]),
    )


@pytest.mark.parametrize("nodes", [1, 3, 2000])
def test_long_and_short_rows(nodes: int) -> None:
    rng = np.random.default_rng(nodes)
    count = 20_000
    src, dst = rng.integers(0, nodes, count), rng.integers(0, max(nodes // 3, 1), count)
    weight = np.where(rng.random(count) < 0.2, np.nan, rng.integers(0, 3, count) / 2)
    both(src, dst, rng.integers(0, 50, count), weight, {"x": rng.integers(0, 3, count) / 2})


def test_no_edges() -> None:
    empty = np.zeros(0, np.int64)
    both(empty, empty, empty, np.zeros(0), {})


def test_small_edge_sets_need_no_compiled_code() -> None:
    with mock.patch.dict("sys.modules", {"graph.store.edge_order_kernels": None}):
        one = np.asarray([1, 0], np.int64)
        edges = canonical_edges(2, one, one, time=one, weight=one / 1, columns={})
    assert edges.src.tolist() == [0, 1]


def test_decimals_have_one_form_in_both_ways() -> None:
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000, 0x8000000000000000], np.uint64).view(np.float64)
    zeros, up = np.zeros(3, np.int64), np.arange(3)
    for few in (0, 10):
        with mock.patch.object(edge_order, "FEW", few):
            found = canonical_edges(1, zeros, up, time=zeros, weight=odd, columns={"x": odd})
        for column in (found.weight, found.columns["x"]):
            assert column.view(np.uint64).tolist() == np.array([np.nan, np.nan, 0.0]).view(np.uint64).tolist()  # type: ignore[union-attr]
