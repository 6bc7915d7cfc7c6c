"""What lists are like beyond accuracy: known answers, then the definitions one by one."""

from __future__ import annotations

import math
from itertools import combinations
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.evaluation import beyond
from graph.recommend.evaluation.beyond import Background
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import TextArray

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")
TARGET = Target("Product", (("BOUGHT",),), 1, ("BOUGHT",))
PEOPLE, ITEMS = 5, 6


def background(pairs: set[tuple[int, int]], categories: list[str] | None = None) -> Background:
    who, what = (np.array(side, np.int64) for side in zip(*sorted(pairs), strict=True))
    columns = {} if categories is None else {"category": TextArray.of(categories)}
    nodes = {
        "Person": Nodes(IdMap.of("Person", [f"u{i}" for i in range(PEOPLE)]), {}),
        "Product": Nodes(IdMap.of("Product", [f"p{i}" for i in range(ITEMS)]), MappingProxyType(columns)),
    }
    # Bought twice is one holder.
    twice = Edges(np.tile(who, 2), np.tile(what, 2), np.arange(2 * len(who)))
    return Background.of(HeteroGraph.of(nodes, {BOUGHT: twice.canonical()}), TARGET)


def lists(*rows: list[int], k: int = 3) -> np.ndarray:
    return np.array([row + [-1] * (k - len(row)) for row in rows])


# Item 0 is had by all four, 1 by two of them, 2 by one; 3, 4 and 5 by nobody.
FOUR = {(0, 0), (1, 0), (2, 0), (3, 0), (0, 1), (1, 1), (0, 2)}


def test_novelty_is_the_information_of_an_item() -> None:
    known = background(FOUR)
    assert (known.people, known.holders.tolist()) == (4, [4, 2, 1, 0, 0, 0])
    assert beyond.novelty(lists([0]), known) == 0.0
    assert beyond.novelty(lists([1], [2]), known) == pytest.approx(1.5)
    # What nobody had counts as had by one; an empty list takes no part.
    assert beyond.novelty(lists([0, 3], []), known) == pytest.approx(1.0)


def test_diversity_is_one_for_strangers_and_zero_for_twins() -> None:
    known = background({(0, 0), (1, 0), (0, 1), (1, 1), (2, 2)})
    assert beyond.diversity(lists([0, 1]), known) == pytest.approx(0.0)
    assert beyond.diversity(lists([0, 2], [3, 4]), known) == 1.0
    assert beyond.diversity(lists([0, 1, 2], [5]), known) == pytest.approx(2 / 3)


def test_gini_of_equal_and_of_single_exposure() -> None:
    assert beyond.gini(lists([0, 1, 2], [3, 4, 5]), ITEMS) == pytest.approx(0.0)
    assert beyond.gini(lists([0], [0], [0]), ITEMS) == pytest.approx(1 - 1 / ITEMS)


def test_popularity_of_what_is_shown_beside_what_is_taken() -> None:
    known = background(FOUR)
    assert known.quantiles.tolist() == pytest.approx([11 / 12, 9 / 12, 7 / 12, 3 / 12, 3 / 12, 3 / 12])
    assert known.quantiles.mean() == pytest.approx(0.5)
    assert beyond.shown_popularity(lists([0, 1], [3]), known) == pytest.approx((10 / 12 + 3 / 12) / 2)
    taken = beyond.taken_popularity(np.array([0, 1, 1]), np.array([0, 1, 3]), known)
    assert taken == pytest.approx((11 / 12 + 6 / 12) / 2)


def test_a_list_with_the_mix_of_the_history_is_calibrated() -> None:
    known = background({(0, 0), (0, 1), (0, 2), (1, 3)}, ["a", "a", "b", "b", "", "c"])
    people = np.array([0, 1, 4])
    # Person 0 had two of a and one of b; person 4 had nothing and takes no part.
    assert beyond.miscalibration(lists([1, 0, 3], [2], [5]), people, known) == pytest.approx(0.0)
    own, listed = [2 / 3, 1 / 3], [0.99 * 0 + 0.01 * 2 / 3, 0.99 + 0.01 / 3]
    expected = sum(p * math.log(p / q) for p, q in zip(own, listed, strict=True))
    assert beyond.miscalibration(lists([2, 4]), people[:1], known) == pytest.approx(expected)
    assert beyond.miscalibration(lists([5]), people[:1], known) == pytest.approx(math.log(100))


def test_what_is_missing_gives_none() -> None:
    known = background(FOUR, ["a"] * ITEMS)
    empty, nobody = lists([], []), np.zeros((0, 3), np.int64)
    for shown in (empty, nobody):
        users = np.arange(len(shown))
        found = beyond.of_lists(shown, users, np.zeros(0, np.int64), np.zeros(0, np.int64), known)
        assert {name for name, value in found.items() if value is not None} <= {"coverage"}
    assert known.categories is None
    assert beyond.coverage(empty, ITEMS) == 0.0


@settings(max_examples=60)
@given(st.data())
def test_equal_to_the_definitions(data: st.DataObject) -> None:
    every = [(u, i) for u in range(PEOPLE) for i in range(ITEMS)]
    pairs = data.draw(st.sets(st.sampled_from(every), min_size=1))
    texts = data.draw(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=ITEMS, max_size=ITEMS))
    known = background(pairs, texts)
    rows = data.draw(
        st.lists(st.lists(st.integers(0, ITEMS - 1), max_size=3, unique=True), min_size=1, max_size=PEOPLE)
    )
    shown, holders = lists(*rows), [len({u for u, i in pairs if i == item}) for item in range(ITEMS)]
    people = len({u for u, _ in pairs})
    some = [row for row in rows if row]
    wanted = [np.mean([-math.log2(max(holders[i], 1) / people) for i in row]) for row in some]
    assert beyond.novelty(shown, known) == (pytest.approx(np.mean(wanted)) if some else None)

    def distance(i: int, j: int) -> float:
        both = len({u for u, x in pairs if x == i} & {u for u, x in pairs if x == j})
        return 1 - both / math.sqrt(holders[i] * holders[j]) if both else 1.0

    wanted = [np.mean([distance(i, j) for i, j in combinations(row, 2)]) for row in rows if len(row) > 1]
    assert beyond.diversity(shown, known) == (pytest.approx(np.mean(wanted)) if wanted else None)
    counts = [sum(row.count(item) for row in rows) for item in range(ITEMS)]
    unequal = sum(abs(a - b) for a in counts for b in counts)
    total = 2 * ITEMS * sum(counts)
    assert beyond.gini(shown, ITEMS) == (pytest.approx(unequal / total) if total else None)
    assert beyond.miscalibration(shown, np.arange(len(rows)), known) == divergence(pairs, texts, rows)


def divergence(pairs: set[tuple[int, int]], texts: list[str], rows: list[list[int]]) -> object:
    found = []
    for user, row in enumerate(rows):
        own = [texts[i] for u, i in pairs if u == user and texts[i]]
        listed = [texts[i] for i in row if texts[i]]
        if own and listed:
            share = {text: own.count(text) / len(own) for text in own}
            mixed = {t: 0.99 * listed.count(t) / len(listed) + 0.01 * p for t, p in share.items()}
            found.append(sum(p * math.log(p / mixed[t]) for t, p in share.items()))
    several = len(set(texts) - {""}) > 1
    return pytest.approx(np.mean(found), abs=1e-12) if found and several else None
