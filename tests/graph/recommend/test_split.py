import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import Edges
from graph.errors import ModelError
from graph.event_times import DAY
from graph.hetero import HeteroGraph
from graph.recommend.split import full_split, split_graph
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
    assert split.before_test().train is split.test.known
    with pytest.raises(ModelError):
        full_split(split.train, split.target).before_test()


def test_too_little() -> None:
    graph = checkerboard()
    few = graph.until(int(np.sort(graph.edges(BOUGHT).time)[10]))
    target = Target("Product", (("BOUGHT",), ("VIEWED",)), 1, ("BOUGHT",))
    with pytest.raises(ModelError, match="too few"):
        split_graph(few, target, rng=np.random.default_rng(0))


def timed(time: np.ndarray, *, viewed: np.ndarray | None = None) -> HeteroGraph:
    """The checkerboard with these times of purchases, in these shares and at random, and of views."""
    graph, rng = checkerboard(), np.random.default_rng(1)
    times = {BOUGHT: rng.permutation(time), VIEWED: rng.permutation(time if viewed is None else viewed)}
    sets = {
        key: Edges(e.src, e.dst, times[key][np.arange(len(e)) * len(times[key]) // len(e)]).canonical()
        if key in times
        else e
        for key, e in graph.edge_sets.items()
    }
    return HeteroGraph.of(graph.nodes, sets)


TARGET = Target("Product", (("BOUGHT",), ("VIEWED",)), 1, ("BOUGHT",))


def test_a_day_with_a_fifth_of_all_purchases_is_the_test_as_a_whole() -> None:
    days = DAY * np.concatenate([np.repeat(np.arange(78), 10), np.full(220, 78)])
    split = split_graph(timed(days), TARGET, rng=np.random.default_rng(0))
    assert split.method == "time"
    assert split.cuts[1] == 78 * DAY
    assert "a tenth each was wanted" in split.note


def test_one_batch_leaves_out_the_last_events_of_people() -> None:
    graph = timed(np.array([5]))
    split = split_graph(graph, TARGET, rng=np.random.default_rng(0))
    assert (split.method, split.cuts) == ("leave-out", None)
    assert "too few moments" in split.note
    for questions in (split.validation, split.test):
        assert len(questions.users)
        assert len(np.unique(questions.users)) == len(questions.users)


def test_what_is_left_out_is_the_last_event_of_its_person() -> None:
    """Three moments of a third each cannot be cut; nobody's held-out purchase is earlier than one that is known."""
    graph = timed(np.array([10, 20, 30]))
    split = split_graph(graph, TARGET, rng=np.random.default_rng(0))
    assert split.method == "leave-out"
    events = first_events(graph, TARGET)
    when = {
        (u, i): t for u, i, t in zip(events.users.tolist(), events.items.tolist(), events.time.tolist(), strict=True)
    }
    for questions in (split.validation, split.test):
        known = first_events(questions.known, TARGET)
        for user, item in zip(questions.users.tolist(), questions.items.tolist(), strict=True):
            assert (known.time[known.users == user] <= when[user, item]).all()


def test_looks_at_a_time_and_purchases_on_a_date_are_cut_at_midnight() -> None:
    """Purchases of the day of a cut all come after it, whatever the hour of the look that it was found at."""
    rng = np.random.default_rng(0)
    graph = timed(57_600 + DAY * rng.integers(0, 100, 5_000), viewed=rng.integers(0, 100 * DAY, 5_000))
    split = split_graph(graph, dataclasses.replace(TARGET, depth=2), rng=rng)
    for cut in split.cuts:
        assert (cut - 57_600) % DAY == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=20, max_size=60), st.integers(0, 3))
def test_whatever_the_times_nothing_is_lost_and_no_later_side_has_an_earlier_event(days: list[int], seed: int) -> None:
    graph = timed(DAY * np.array(days))
    split = split_graph(graph, TARGET, rng=np.random.default_rng(seed))
    events = first_events(graph, TARGET)
    width = graph.count("Product")
    every = set((events.users * width + events.items).tolist())
    train = first_events(split.train, TARGET)
    parts = [set((part.users * width + part.items).tolist()) for part in (train, split.validation, split.test)]
    assert set().union(*parts) == every
    assert sum(map(len, parts)) == len(every)
    if split.cuts is not None:
        first, second = split.cuts
        assert int(train.time.max()) < first < second
        assert all(int(e.time.max()) < second for e in split.test.known.edge_sets.values())
    again = split_graph(graph, TARGET, rng=np.random.default_rng(seed))
    assert again.train.fingerprint == split.train.fingerprint
    assert np.array_equal(again.test.items, split.test.items)
