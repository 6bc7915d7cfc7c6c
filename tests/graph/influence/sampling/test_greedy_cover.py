import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.influence.sampling.greedy_cover import Cover, best_cover, best_order, coverage_bound, greedy
from graph.influence.sampling.reverse_sets import ReverseSets
from graph.influence.seed_limits import SeedLimits


def sets_of(rows: list[set[int]]) -> ReverseSets:
    members = [person for row in rows for person in sorted(row)]
    pointers = np.cumsum([0, *(len(row) for row in rows)])
    return ReverseSets(pointers.astype(np.int64), np.array(members, np.uint32), len(members))


def covered(rows: list[set[int]], seeds: tuple[int, ...] | list[int]) -> int:
    return sum(bool(row & set(seeds)) for row in rows)


ROWS = st.lists(st.sets(st.integers(0, 7), max_size=4), min_size=1, max_size=15)


def test_greedy_takes_the_largest_gain_and_the_lowest_number() -> None:
    rows = [{0}, {0, 1}, {1}, {2}, {2, 3}, {3}]
    choice = greedy(Cover.of(sets_of(rows), 4), SeedLimits.of(4, k=4))
    assert choice.seeds.tolist() == [0, 2, 1, 3]
    assert choice.hits == 6


def test_greedy_stops_when_nobody_adds_anything() -> None:
    choice = greedy(Cover.of(sets_of([{0, 1}, {0}]), 3), SeedLimits.of(3, k=3))
    assert choice.seeds.tolist() == [0]


def test_density_greedy_alone_would_miss_the_big_one() -> None:
    # One cheap person with density 2 blocks the budget for the person who covers nearly everything.
    rows = [{0}, {0}, *[{1}] * 10]
    limits = SeedLimits.of(2, budget=10, costs=[1.0, 10.0])
    cover = Cover.of(sets_of(rows), 2)
    assert greedy(cover, limits, rule="density").seeds.tolist() == [0]
    assert best_cover(cover, limits).seeds.tolist() == [1]


def test_people_for_nothing_come_first() -> None:
    limits = SeedLimits.of(3, budget=1, costs=[1.0, 0.0, 1.0])
    assert best_cover(Cover.of(sets_of([{0}, {0}, {1}, {2}]), 3), limits).seeds.tolist() == [1, 0]


@settings(max_examples=80, deadline=None)
@given(rows=ROWS, k=st.integers(1, 4))
def test_k_seeds_reach_their_guarantee_and_stay_below_the_bound(rows: list[set[int]], k: int) -> None:
    cover, limits = Cover.of(sets_of(rows), 8), SeedLimits.of(8, k=k)
    choice = best_cover(cover, limits)
    best = max(covered(rows, seeds) for seeds in itertools.combinations(range(8), k))
    assert choice.hits == covered(rows, choice.seeds.tolist())
    assert choice.hits >= (1 - 1 / np.e) * best
    assert best <= coverage_bound(cover, limits, choice.seeds) <= len(rows)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, data=st.data(), budget=st.floats(1, 30), k=st.one_of(st.none(), st.integers(1, 3)))
def test_budget_seeds_reach_half_of_the_best_and_never_overspend(
    rows: list[set[int]], data: st.DataObject, budget: float, k: int | None
) -> None:
    costs = np.array(data.draw(st.lists(st.floats(0, 12), min_size=8, max_size=8)))
    costs[0] = min(costs[0], budget)
    cover, limits = Cover.of(sets_of(rows), 8), SeedLimits.of(8, k=k, budget=budget, costs=costs)
    choice = best_cover(cover, limits)
    allowed = [
        seeds
        for size in range((k or 8) + 1)
        for seeds in itertools.combinations(range(8), size)
        if costs[list(seeds)].sum() <= budget
    ]
    best = max(covered(rows, seeds) for seeds in allowed)
    assert costs[choice.seeds].sum() <= budget + 1e-9
    assert choice.hits == covered(rows, choice.seeds.tolist())
    if k is None:
        assert choice.hits >= best / 2
    assert best <= coverage_bound(cover, limits, choice.seeds)


def test_best_order_keeps_the_seeds_and_puts_the_useful_first() -> None:
    cover = Cover.of(sets_of([{0}, {1}, {1}, {1}, {2}, {2}]), 5)
    assert best_order(cover, SeedLimits.of(5, k=4), np.array([4, 0, 2, 1])).tolist() == [1, 2, 0, 4]
