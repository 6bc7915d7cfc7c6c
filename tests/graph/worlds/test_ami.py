from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score

from graph.worlds.truth.oracle import adjusted_mutual_information

labels = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=60)


def test_equal_partitions_score_one_whatever_their_names():
    assert adjusted_mutual_information(np.array([0, 0, 1, 2]), np.array([7, 7, 3, -1])) == pytest.approx(1.0)


def test_one_block_against_several_scores_zero():
    assert adjusted_mutual_information(np.array([0, 1, 0, 1, 2]), np.zeros(5, dtype=int)) == pytest.approx(0.0)


def test_independent_partitions_score_about_zero():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 6, 3000), rng.integers(0, 9, 3000)
    assert abs(adjusted_mutual_information(a, b)) < 0.01


@settings(max_examples=60, deadline=None)
@given(labels)
def test_equals_the_reference_implementation(pairs: list[tuple[int, int]]):
    a, b = (np.array(column) for column in zip(*pairs, strict=True))
    ours = adjusted_mutual_information(a, b)
    assert ours == pytest.approx(np.clip(adjusted_mutual_info_score(a, b), -1, 1), abs=1e-8)


@settings(max_examples=30, deadline=None)
@given(labels, st.randoms(use_true_random=False))
def test_does_not_depend_on_order_names_or_side(pairs, random):
    a, b = (np.array(column) for column in zip(*pairs, strict=True))
    order = list(range(len(a)))
    random.shuffle(order)
    once = adjusted_mutual_information(a, b)
    assert adjusted_mutual_information(b[order] * 3 + 1, a[order]) == pytest.approx(once, abs=1e-9)


def test_large_partition_equals_the_reference_implementation():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 12, 4800)
    b = np.where(rng.random(4800) < 0.9, a, rng.integers(0, 12, 4800))
    assert adjusted_mutual_information(a, b) == pytest.approx(adjusted_mutual_info_score(a, b), abs=1e-9)
