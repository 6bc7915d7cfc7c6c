import dataclasses

import numpy as np
import pytest

from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.recommend.split import split_graph, whole
from graph.recommend.target import Target, choose_target, first_events
from tests.contract.recommender import BOUGHT, VIEWED, checkerboard, edges


def make(graph: HeteroGraph, seed: int = 0):  # type: ignore[no-untyped-def]
    return split_graph(graph, choose_target(graph, "Product"), rng=np.random.default_rng(seed))


def test_no_event_of_any_relation_leaks_over_a_cut() -> None:
    split = make(checkerboard())
    first, second = split.cuts
    for known, cut in ((split.train, first), (split.validation.known, first), (split.test.known, second)):
        for e in known.edge_sets.values():
            assert int(e.time.max()) < cut


def test_held_pairs_are_new_and_fall_into_their_period() -> None:
    graph = checkerboard()
    split = make(graph)
    first, second = split.cuts
    events = first_events(graph, split.target)
    for questions, low, high in ((split.validation, first, second), (split.test, second, 2**62)):
        inside = (events.time >= low) & (events.time < high)
        wanted = set(zip(events.users[inside].tolist(), events.items[inside].tolist(), strict=True))
        assert set(zip(questions.users.tolist(), questions.items.tolist(), strict=True)) == wanted
        old = first_events(questions.known, split.target)
        assert not wanted & set(zip(old.users.tolist(), old.items.tolist(), strict=True))


def test_about_a_tenth_each() -> None:
    graph = checkerboard()
    split = make(graph)
    total = len(first_events(graph, split.target).users)
    assert 0.08 * total <= len(split.test.users) <= 0.12 * total
    assert 0.08 * total <= len(split.validation.users) <= 0.12 * total
    assert "time" in split.note


def test_a_canary_from_the_future_changes_nothing() -> None:
    """Events after the test cut must not reach any known graph: same fingerprints with and without them."""
    graph = checkerboard()
    split = make(graph)
    late = np.arange(20)
    canary = {}
    for key, e in graph.edge_sets.items():
        width = graph.count(key.target)
        canary[key] = edges(
            np.concatenate([e.src, late]),
            np.concatenate([e.dst, (late * 7 + 3) % width]),
            time=np.concatenate([e.time, np.full(20, 9_500_000)]),
        )
    poisoned = HeteroGraph.of(graph.nodes, canary)
    target = dataclasses.replace(split.target)
    for cut in split.cuts:
        assert poisoned.until(cut).fingerprint == graph.until(cut).fingerprint
    again = split_graph(poisoned, target, rng=np.random.default_rng(0))
    assert int(again.test.known.edges(BOUGHT).time.max()) < again.cuts[1]


def test_an_upgrade_counts_once_and_a_repeat_never() -> None:
    """Saved, then bought: the purchase is news. Bought again, or saved after buying: it is not."""
    graph = checkerboard()
    target = Target("Product", (("BOUGHT",), ("VIEWED",)), 2, ("BOUGHT",))
    split = split_graph(graph, target, rng=np.random.default_rng(0))
    known = split.test.known
    bought = set(zip(known.edges(BOUGHT).src.tolist(), known.edges(BOUGHT).dst.tolist(), strict=True))
    viewed = set(zip(known.edges(VIEWED).src.tolist(), known.edges(VIEWED).dst.tolist(), strict=True))
    held = set(zip(split.test.users.tolist(), split.test.items.tolist(), strict=True))
    assert not held & bought
    later = graph.edges(BOUGHT)
    after = later.time >= split.cuts[1]
    upgrades = set(zip(later.src[after].tolist(), later.dst[after].tolist(), strict=True)) & viewed
    assert upgrades
    assert upgrades <= held


def test_without_times_pairs_are_left_out_with_everything_between_them() -> None:
    graph = checkerboard(dated=False)
    split = make(graph)
    assert split.cuts is None
    assert split.method == "leave-out"
    assert "no times" in split.note
    for questions in (split.validation, split.test):
        held = set(zip(questions.users.tolist(), questions.items.tolist(), strict=True))
        for key in graph.keys(target="Product"):
            e = questions.known.edges(key)
            assert not held & set(zip(e.src.tolist(), e.dst.tolist(), strict=True))
    assert len(split.train.edges(BOUGHT)) < len(split.test.known.edges(BOUGHT)) < len(graph.edges(BOUGHT))
    assert np.array_equal(make(graph).test.items, split.test.items)
    assert not np.array_equal(make(graph, seed=1).test.items, split.test.items)


def test_later_refits_on_what_was_known_before_the_test() -> None:
    split = make(checkerboard())
    assert split.later().train is split.test.known
    with pytest.raises(ModelError):
        whole(split.train, split.target).later()


def test_too_little() -> None:
    graph = checkerboard()
    few = graph.until(int(np.sort(graph.edges(BOUGHT).time)[10]))
    target = Target("Product", (("BOUGHT",), ("VIEWED",)), 1, ("BOUGHT",))
    with pytest.raises(ModelError, match="too few"):
        split_graph(few, target, rng=np.random.default_rng(0))
