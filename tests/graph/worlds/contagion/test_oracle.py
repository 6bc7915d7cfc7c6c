"""Reverse-reachable sets against exact enumeration, and plans against all plans."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from graph.worlds.contagion.additional import additional_adoptions
from graph.worlds.contagion.oracle import cheapest_first, draw_sets, greedy
from tests.graph.worlds.contagion.markets import TIES, exact_additional, spread_of, tiny_market

SETS = 300_000


def covered(sets, kols: list[int]) -> float:
    return len(np.unique(sets.owner[np.isin(sets.member, kols)])) * sets.scale


@pytest.mark.parametrize("seeds", [[0], [1], [0, 1]])
def test_sets_hit_as_often_as_people_are_moved(seeds: list[int]) -> None:
    market = tiny_market(6, TIES, kols=[0, 1])
    sets = draw_sets(market, spread_of(), horizon=30.0, sets=SETS, rng=4)
    exact = exact_additional(6, TIES, spread_of(), seeds, horizon=30.0)
    error = np.sqrt(exact * sets.scale)
    assert abs(covered(sets, seeds) - exact) < 4.5 * error
    assert error < 0.01 * exact


def test_sets_know_the_horizon_as_the_simulator_does() -> None:
    market = tiny_market(6, TIES, kols=[0, 1], delay=4.0)
    sets = draw_sets(market, spread_of(), horizon=6.0, sets=SETS, rng=1)
    found = additional_adoptions(market, np.array([0, 1]), spread_of(), horizon=6.0, draws=60_000, rng=1)
    assert abs(covered(sets, [0, 1]) - found.mean) < 4.5 * np.hypot(found.error, np.sqrt(found.mean * sets.scale))


def test_greedy_is_never_far_from_the_best_plan() -> None:
    rng = np.random.default_rng(11)
    for _ in range(20):
        kols = list(range(6))
        ties = [(k, v, float(rng.uniform(0.1, 0.6))) for k in kols for v in range(6, 20) if rng.random() < 0.25]
        market = tiny_market(20, ties, kols=kols)
        spread = spread_of(np.where(np.arange(20) < 6, 0.0, 0.3), np.zeros(20), np.full(20, 0.15))
        sets = draw_sets(market, spread, horizon=9.0, sets=4_000, rng=int(rng.integers(1000)))
        cost, budget = rng.uniform(1.0, 4.0, 6), 5.0
        plans = [p for size in range(7) for p in itertools.combinations(kols, size) if cost[list(p)].sum() <= budget]
        best = max(covered(sets, list(plan)) for plan in plans)
        chosen = greedy(sets, cost, budget)
        assert cost[chosen].sum() <= budget
        assert covered(sets, chosen.tolist()) >= 0.5 * best


def test_nothing_is_bought_where_nobody_can_be_moved_or_paid() -> None:
    market = tiny_market(4, [(0, 2, 0.0), (1, 3, 0.0)], kols=[0, 1])
    sets = draw_sets(market, spread_of(np.full(4, 0.3), np.zeros(4), np.full(4, 0.15)), horizon=9.0, sets=100, rng=1)
    assert sets.count == 0
    assert greedy(sets, np.ones(2), 5.0).tolist() == []


def test_cheapest_first_takes_them_in_the_order_of_prices() -> None:
    market = replace(tiny_market(5, [(0, 4, 0.1)], kols=[3, 0, 2]), cost=np.array([30.0, 10.0, 20.0]))
    assert cheapest_first(market, 30.0).tolist() == [0, 2]
    assert cheapest_first(market, 29.0).tolist() == [0]
    assert cheapest_first(market, 9.0).tolist() == []
