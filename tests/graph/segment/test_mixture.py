from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from graph.segment.adjacency import aggregate
from graph.segment.mixture import fit_mixture, gains
from graph.segment.observations import held_pairs, hold_out, observe
from graph.segment.partition_metrics import adjusted_rand, best_overlap
from graph.segment.reliability import judge
from graph.segment.segmentation import Quality, SegmentConfig


def parts(graph):
    counts = {name: len(nodes) for name, nodes in graph.nodes.items()}
    return aggregate(graph), counts, graph.role("KOL")


def test_pairs_count_once_whatever_the_relation_and_the_direction(market):
    graph = market(
        ["a", "b", "k"], ["x", "y"],
        views=[("a", "x"), ("a", "x"), ("b", "x"), ("b", "y")],
        follows=[("a", "b"), ("b", "a"), ("a", "k"), ("k", "b")], kols=["k"],
    )  # fmt: skip
    found = observe(*parts(graph))
    assert found.items.toarray().tolist() == [[1, 0], [1, 0], [0, 0]]
    assert found.friends.toarray().tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]
    assert found.follows.toarray().tolist() == [[0, 0, 1], [0, 0, 1], [0, 0, 0]]
    assert found.load.tolist() == [[1], [1], [0]]


def test_hold_out_parts_every_pair_and_both_directions_together(planted):
    graph, _ = planted([60, 60])
    blocks, counts, kol = parts(graph)
    kept, held = hold_out(blocks, share=0.3, seed=9)
    assert sum(map(len, kept)) + sum(map(len, held)) == sum(map(len, blocks))
    assert sum(map(len, held)) / sum(map(len, blocks)) == pytest.approx(0.3, abs=0.04)
    friends = held_pairs(held, counts, kol).friends
    assert observe(kept, counts, kol).friends[friends[:, 0], friends[:, 1]].sum() == 0


def test_beliefs_are_probabilities_and_repair_a_spoilt_start(planted):
    graph, group = planted([80, 80, 80])
    rng = np.random.default_rng(0)
    start = np.where(rng.random(240) < 0.4, rng.integers(0, 3, 240), group)
    mixture = fit_mixture(observe(*parts(graph)), start)
    assert mixture.belief.sum(axis=1) == pytest.approx(np.ones(240), abs=1e-5)
    assert adjusted_rand_score(group, mixture.belief.argmax(axis=1)) > 0.95 > adjusted_rand_score(group, start)


def test_held_out_pairs_are_foretold_by_true_groups_and_not_by_random_ones(planted):
    graph, group = planted([80, 80, 80])
    blocks, counts, kol = parts(graph)
    kept, held = hold_out(blocks, share=0.2, seed=1)
    evidence, pairs = observe(kept, counts, kol), held_pairs(held, counts, kol)
    _, good = gains(fit_mixture(evidence, group), pairs)
    noise = np.random.default_rng(2).permutation(group)
    _, bad = gains(fit_mixture(evidence, noise, rounds=1, mass=1e6), pairs)
    assert good.mean() > 0.8
    assert abs(bad.mean()) < 0.1


def test_a_person_without_evidence_is_believed_to_be_average(market):
    people = [f"u{i}" for i in range(9)]
    graph = market([*people, "z"], follows=[(a, b) for a in people[:5] for b in people[:5] if a < b])
    mixture = fit_mixture(observe(*parts(graph)), np.array([0] * 5 + [1] * 4 + [-1]))
    assert mixture.belief[-1] == pytest.approx(mixture.prior, abs=0.1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=40))
def test_adjusted_rand_matches_scikit_learn(pairs):
    one, two = (np.array(side) for side in zip(*pairs, strict=True))
    assert adjusted_rand(one, two) == pytest.approx(adjusted_rand_score(one, two))


def test_best_overlap_is_the_largest_jaccard():
    one, two = np.array([0, 0, 0, 1, 1, -1]), np.array([1, 1, 0, 0, -1, 0])
    assert best_overlap(one, two, count=3) == pytest.approx([2 / 3, 1 / 4, 0.0])


def quality(**changes):
    figures = {
        "modularity": 0.4, "gain": 0.5, "gain_low": 0.4, "gain_high": 0.6,
        "gain_things": 0.5, "gain_ties": 0.5, "held_pairs": 100, "stability": 0.8,
    }  # fmt: skip
    return Quality(**{**figures, **changes})


@pytest.mark.parametrize(
    ("changes", "count", "words"),
    [
        ({}, 1, "hold together"),
        ({"gain_low": -0.1}, 3, "no better than popularity"),
        ({"stability": 0.1}, 3, "disagree"),
    ],
)
def test_each_failed_check_has_its_sentence(changes, count, words):
    reliable, reason = judge(quality(**changes), count, least=50, config=SegmentConfig())
    assert not reliable
    assert reason.startswith("no reliable segments")
    assert words in reason


def test_good_figures_are_relied_on():
    assert judge(quality(), 3, least=50, config=SegmentConfig())[0]


def test_two_turns_of_holding_out_have_no_pair_in_common(planted):
    graph, _ = planted([60, 50])
    blocks, counts, kol = parts(graph)
    pairs = [held_pairs(hold_out(blocks, share=0.2, seed=9, resample=number)[1], counts, kol) for number in (0, 1)]
    one, two = ({tuple(p) for p in held.items.tolist()} for held in pairs)
    assert one
    assert two
    assert not one & two
