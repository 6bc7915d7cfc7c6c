from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.columns import UNDATED, Coded, Edges
from graph.events import disliked, events, net_counts, occurrences, revenue
from graph.schema import MARKET, EdgeKey
from graph.schema.roles import Meaning, meaning_of
from graph.text import TextArray

BOUGHT = MARKET.meaning(EdgeKey("Person", "BOUGHT", "Product"))
SEARCHED = MARKET.meaning(EdgeKey("Person", "SEARCHED", "Topic"))
VIEWED = MARKET.meaning(EdgeKey("Person", "VIEWED", "Product"))
RATED = MARKET.meaning(EdgeKey("Person", "RATED", "Product"))
INTERACTED = MARKET.meaning(EdgeKey("Person", "INTERACTED", "Person"))
NAN = float("nan")


def edges_of(*rows: tuple[int, int, int, float, float], kinds: list[str] | None = None) -> Edges:
    """Edges of (src, dst, time, weight, times)."""
    src, dst, time, weight, times = (np.array(part) for part in zip(*rows, strict=True))
    columns: dict[str, Coded | np.ndarray] = {"times": times.astype(np.float64)}
    if kinds:
        values = sorted(set(kinds))
        columns["kind"] = Coded(np.array([values.index(k) for k in kinds], np.int32), TextArray.of(values))
    return Edges(src, dst, time, weight.astype(np.float64), MappingProxyType(columns)).canonical()


@pytest.mark.parametrize(
    ("meaning", "weight", "times", "expected"),
    [
        (SEARCHED, 3.0, NAN, 3.0),  # the weight is a count
        (SEARCHED, 3.0, 7.0, 3.0),  # ... and wins over the column
        (SEARCHED, NAN, 7.0, 7.0),
        (SEARCHED, 0.0, NAN, 0.0),
        (SEARCHED, -2.0, NAN, 0.0),
        (VIEWED, 30.0, NAN, 1.0),  # a duration is no count
        (VIEWED, 30.0, 4.0, 4.0),
        (BOUGHT, 99.0, 2.0, 2.0),
        (BOUGHT, 0.0, NAN, 1.0),  # a present
        (BOUGHT, -99.0, NAN, 0.0),  # a return
        (BOUGHT, 99.0, -1.0, 0.0),
    ],
)
def test_how_often_an_edge_happened(meaning: Meaning, weight: float, times: float, expected: float) -> None:
    assert occurrences(edges_of((0, 0, 5, weight, times)), meaning).tolist() == [expected]


def test_without_weights_and_times_everything_happened_once() -> None:
    bare = Edges(np.array([0, 1]), np.array([0, 0]))
    assert occurrences(bare, BOUGHT).tolist() == net_counts(bare, RATED).tolist() == [1.0, 1.0]


def test_the_last_purchase_is_given_back_first_and_a_later_one_stands() -> None:
    rows = [(0, 0, 1, 10.0, NAN), (0, 0, 2, 20.0, 3.0), (0, 0, 3, -20.0, 2.0), (0, 0, 9, 10.0, NAN)]
    assert net_counts(edges_of(*rows), BOUGHT).tolist() == [1.0, 1.0, 0.0, 1.0]
    assert events(edges_of(*rows), BOUGHT).time.tolist() == [1, 2, 9]  # type: ignore[union-attr]


def test_a_return_before_the_purchase_takes_nothing_and_one_at_the_same_second_does() -> None:
    rows = [(0, 0, 1, -5.0, NAN), (0, 0, 2, 5.0, NAN), (1, 0, 2, 5.0, NAN), (1, 0, 2, -5.0, NAN)]
    assert net_counts(edges_of(*rows), BOUGHT)[[0, 1]].tolist() == [0.0, 1.0]
    assert net_counts(edges_of(*rows), BOUGHT)[[2, 3]].sum() == 0.0


def test_a_return_without_a_time_takes_from_a_dated_purchase() -> None:
    rows = [(0, 0, UNDATED, -5.0, NAN), (0, 0, 2, 5.0, NAN), (1, 1, UNDATED, 5.0, NAN), (1, 1, 3, -5.0, NAN)]
    assert not len(events(edges_of(*rows), BOUGHT))


def brute(rows: list[tuple[int, int, int]]) -> dict[int, float]:
    """What is left of each purchase of (pair, time, pieces), one piece after the other; returns are negative."""
    left: dict[int, float] = {}
    stacks: dict[int, list[int]] = {}
    order = sorted(range(len(rows)), key=lambda i: (rows[i][1], rows[i][2] < 0))
    for i in order:
        pair, _, pieces = rows[i]
        stack = stacks.setdefault(pair, [])
        left[i] = 0.0
        if pieces > 0:
            stack += [i] * pieces
            left[i] += pieces
        for _ in range(-pieces):
            if stack:
                left[stack.pop()] -= 1.0
    return left


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(-3, 3)), min_size=1, unique_by=lambda r: r[:2])
)
def test_returns_are_the_same_as_piece_by_piece(rows: list[tuple[int, int, int]]) -> None:
    found = edges_of(*((pair, 0, time, 1.0, float(pieces)) for pair, time, pieces in rows))
    expected = brute(rows)
    place = sorted(range(len(rows)), key=lambda i: rows[i][:2])
    assert net_counts(found, BOUGHT).tolist() == [expected[i] for i in place]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 2), st.sampled_from([UNDATED, 4, 5]),
            st.sampled_from([1.0, 4.0, 5.0, NAN]), st.integers(1, 4),
        ),
        min_size=1,
    ),
    st.sampled_from([VIEWED, BOUGHT, RATED, replace(BOUGHT, measure="count")]),
)  # fmt: skip
def test_rows_that_repeat_and_rows_that_count_are_the_same_events(
    rows: list[tuple[int, int, int, float, int]], meaning: Meaning
) -> None:
    counted = edges_of(*((s, d, t, w * n if meaning.measure == "count" else w, float(n)) for s, d, t, w, n in rows))
    repeated = edges_of(*((s, d, t, w, 1.0) for s, d, t, w, n in rows for _ in range(n)))
    one, many = events(counted, meaning), events(repeated, meaning)
    for name in ("src", "dst", "time", "times", "liking"):
        assert np.array_equal(getattr(one, name), getattr(many, name)), name
    assert (one.times > 0).all()


def test_acts_are_told_apart_by_kind() -> None:
    rows = [(0, 1, 5, 2.0, NAN), (0, 1, 5, NAN, NAN), (0, 1, 5, 1.0, NAN)]
    found = events(edges_of(*rows, kinds=["like", "share", "like"]), INTERACTED)
    assert [INTERACTED.acts[i].kind for i in found.act] == ["share", ""]
    assert found.times.tolist() == [1.0, 3.0]


def test_the_last_rating_says_whether_a_thing_is_liked() -> None:
    liked = [(0, 0, 1, 2.0, NAN), (0, 0, 2, 4.0, NAN)]
    soured = [(1, 0, 1, 5.0, NAN), (1, 0, 2, 3.0, NAN)]
    unrated = [(2, 0, 1, NAN, NAN)]
    late_review = [(3, 0, 1, 1.0, NAN), (3, 0, 2, NAN, NAN)]
    edges = edges_of(*liked, *soured, *unrated, *late_review)
    assert net_counts(edges, RATED).tolist() == [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]
    assert disliked(edges, RATED).tolist() == [False, False, True, True, False, True, False]
    assert events(edges, RATED).liking.tolist() == [0.75, 0.75]


def test_another_scale() -> None:
    ten = meaning_of("rate", "SCORED", low=0.0, high=10.0, liked=8.0)
    found = events(edges_of((0, 0, 1, 8.0, NAN), (1, 0, 1, 10.0, NAN), (2, 0, 1, 5.0, NAN)), ten)
    assert (found.src.tolist(), found.liking.tolist()) == ([0, 1], [0.8, 1.0])


def test_revenue_is_in_whole_hundredths_and_refunds_are_taken_off() -> None:
    rows = [(0, 0, 1, 0.1, NAN), (0, 0, 2, -0.1, NAN), (0, 0, 3, 12.34, -1.0), (0, 0, 4, NAN, NAN)]
    assert revenue(edges_of(*rows), BOUGHT).tolist() == [10.0, -10.0, -1234.0, 0.0]


def test_what_happened_zero_times_brought_nothing() -> None:
    assert revenue(edges_of((0, 0, 1, 12.34, 0.0), (0, 0, 2, 5.0, 2.0)), BOUGHT).tolist() == [0.0, 500.0]
