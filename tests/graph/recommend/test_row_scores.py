"""The three forms of scores answer alike: what each says of pairs, rows and lists follows from the plain array."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.recommend.barred import Barred
from graph.recommend.proposals import Proposals
from graph.recommend.row_scores import Dense, RowScores, Shared, Sparse, sparse_of_pairs

ITEMS = 30


def example(form: str, people: int, rng: np.random.Generator) -> RowScores:
    """Scores with many ties and rows that say nothing."""
    values = rng.integers(0, 4, (people, ITEMS)).astype(np.float64) * (rng.random((people, ITEMS)) < 0.4)
    values[::7] = 0.0
    if form == "dense":
        return Dense(values)
    return Sparse(sp.csr_array(values)) if form == "sparse" else Shared(values[-1], people)


def some_barred(people: int, rng: np.random.Generator) -> Barred:
    return Barred(rng.integers(0, people, 40), rng.integers(0, ITEMS, 40), rng.random(ITEMS) < 0.1)


@pytest.mark.parametrize("people", [5, 100])
@pytest.mark.parametrize("form", ["dense", "sparse", "shared"])
@settings(max_examples=25)
@given(seed=st.integers(0, 99), k=st.integers(1, ITEMS))
def test_every_form_answers_as_the_plain_array_does(form: str, people: int, seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    scores, barred, ties = example(form, people, rng), some_barred(people, rng), rng.permutation(ITEMS)
    plain = scores.dense()
    assert scores.shape == plain.shape == (people, ITEMS)
    rows, items = rng.integers(0, people, 50), rng.integers(0, ITEMS, 50)
    assert np.array_equal(scores.at(rows, items), plain[rows, items])
    spread = plain.std(axis=1)
    assert scores.moments.mean == pytest.approx(plain.mean(axis=1))
    assert scores.moments.flat.tolist() == (spread < 1e-9).tolist()
    expected = np.arcsinh((plain - plain.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-9)[:, None])
    expected[spread < 1e-9] = 0.0
    assert scores.standardised() == pytest.approx(expected, abs=1e-9)
    assert scores.standardised_at(rows, items) == pytest.approx(expected[rows, items], abs=1e-9)
    is_open = ~barred.for_all & np.ones((people, 1), bool)
    is_open[barred.rows, barred.items] = False
    for row, line in enumerate(scores.best(k, barred, tie_order=ties).tolist()):
        order = [item for item in np.lexsort((ties, -plain[row])).tolist() if is_open[row, item]]
        if form == "sparse":  # nothing is said about the others
            order = [item for item in order if plain[row, item] != 0]
        if form == "dense" and spread[row] < 1e-9:
            order = []
        assert line == (order[:k] + [-1] * k)[:k]
    some = rng.integers(0, people, 4)
    assert np.array_equal(scores.take(some).dense(), plain[some])


@pytest.mark.parametrize("form", ["dense", "sparse", "shared"])
def test_a_row_does_not_depend_on_the_others(form: str) -> None:
    rng = np.random.default_rng(3)
    scores, ties = example(form, 130, rng), rng.permutation(ITEMS)
    barred = some_barred(130, rng)
    lists, whole = scores.best(9, barred, tie_order=ties), scores.standardised()
    for row in range(0, 130, 13):
        here = barred.rows == row
        alone = Barred(np.zeros(int(here.sum()), np.int64), barred.items[here], barred.for_all)
        one = scores.take(np.array([row]))
        assert np.array_equal(one.best(9, alone, tie_order=ties)[0], lists[row])
        assert np.array_equal(one.standardised()[0], whole[row])


def test_values_of_a_pair_that_is_given_twice_are_added() -> None:
    found = sparse_of_pairs(np.array([1, 0, 1]), np.array([2, 3, 2]), np.array([0.5, 1.0, 2.0]), (3, 4))
    assert found.dense().tolist() == [[0, 0, 0, 1.0], [0, 0, 2.5, 0], [0, 0, 0, 0]]


def test_nobody_and_no_items() -> None:
    nothing = Barred.nothing(ITEMS)
    for scores in (Dense(np.zeros((0, ITEMS))), Sparse(sp.csr_array((0, ITEMS))), Shared(np.ones(ITEMS), 0)):
        assert scores.best(3, nothing, tie_order=np.arange(ITEMS)).shape == (0, 3)
        assert scores.standardised().shape == (0, ITEMS)


def test_proposals_are_the_union_and_the_best_are_taken_by_another_score() -> None:
    ties = np.array([3, 0, 2, 1])
    lists = [np.array([[0, 1], [2, -1]]), np.array([[1, 3], [-1, -1]])]
    found = Proposals.of_lists(lists, tie_order=ties)
    assert found.rows.tolist() == [0, 0, 0, 1]
    assert found.items.tolist() == [1, 3, 0, 2]
    assert found.offsets.tolist() == [0, 3, 4]
    assert found.ranks(lists[0], 100.0).tolist() == [2.0, 100.0, 1.0, 1.0]
    items, scores = found.best(np.array([1.0, 5.0, 5.0, -2.0]), 2)
    assert items.tolist() == [[3, 0], [2, -1]]
    assert scores[0].tolist() == [5.0, 5.0]
    assert scores[1, 0] == -2.0
