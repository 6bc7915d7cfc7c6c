"""The simulator of a campaign, against exact enumeration, closed forms and what must always hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError, DataError
from graph.worlds.contagion.additional import additional_adoptions, planted_additional_adoptions
from graph.worlds.contagion.market import ItemSpread
from tests.graph.worlds.contagion.markets import TIES, Tie, exact_additional, spread_of, tiny_market


@pytest.mark.parametrize("seeds", [[0], [1], [0, 1], [2], [0, 3], [2, 4]])
def test_the_mean_is_that_of_exact_enumeration(seeds: list[int]) -> None:
    market = tiny_market(6, TIES, kols=[0, 1])
    exact = exact_additional(6, TIES, spread_of(), seeds, horizon=30.0)
    found = additional_adoptions(market, np.array(seeds), spread_of(), horizon=30.0, draws=60_000, rng=3)
    assert abs(found.mean - exact) < 4.5 * found.error
    assert found.error < 0.01 * max(exact, 0.2)


def test_one_exposure_and_a_chain_of_two_take_their_time() -> None:
    market = tiny_market(3, [(0, 1, 0.4), (1, 2, 0.6)], kols=[0], delay=5.0)
    spread = ItemSpread(np.array([0.0, 0.5, 0.8]), np.full(3, 0.2), np.zeros(3))
    first, second = 1.0 - 3.0**-0.5, 1.0 - 4.0**-0.8
    days = 7.0
    one, both = -math.expm1(-days / 5), -math.expm1(-days / 5) - days / 5 * math.exp(-days / 5)
    found = additional_adoptions(market, np.array([0]), spread, horizon=days, draws=60_000, rng=1)
    assert abs(found.mean - (first * one + first * second * both)) < 4.5 * found.error


def test_each_further_exposure_adds_less_as_planned() -> None:
    shape, scale, dose = 0.3, 0.15, 0.1
    chances = []
    for count in range(1, 6):
        ties = [(kol, 5, dose) for kol in range(5)]
        market = tiny_market(6, ties, kols=range(5))
        spread = ItemSpread(np.array([0, 0, 0, 0, 0, shape]), np.full(6, scale), np.zeros(6))
        found = additional_adoptions(market, np.arange(count), spread, horizon=9.0, draws=40_000, rng=2)
        planned = 1.0 - (1.0 + count * dose / scale) ** -shape
        assert abs(found.mean - planned) < 4.5 * found.error
        chances.append(found.mean)
    left = 1.0 - np.array([0.0, *chances])
    step = 1.0 - left[1:] / left[:-1]
    assert (np.diff(step) < 0).all()
    assert step[4] < 0.45 * step[0]


def test_more_taste_is_a_larger_chance() -> None:
    ties = [(0, v, 0.05) for v in range(1, 5)]
    gains = []
    for appeal in (0.2, 1.0, 3.0):
        market = tiny_market(5, ties, kols=[0])
        spread = ItemSpread(np.array([0.0, *([0.15 * appeal] * 4)]), np.full(5, 0.15), np.zeros(5))
        gains.append(additional_adoptions(market, np.array([0]), spread, horizon=9.0, draws=40_000).mean)
    assert 4.0 < gains[1] / gains[0] < 5.2
    assert 2.5 < gains[2] / gains[1] < 3.2


def test_futures_are_the_same_for_every_plan_and_however_many_are_asked_for() -> None:
    market = tiny_market(6, TIES, kols=[0, 1], delay=3.0)
    few = additional_adoptions(market, np.array([0]), spread_of(), horizon=30.0, draws=300, rng=5)
    many = additional_adoptions(market, np.array([0, 0]), spread_of(), horizon=30.0, draws=1300, rng=5)
    assert (many.runs[:300] == few.runs).all()
    other = additional_adoptions(market, np.array([1]), spread_of(), horizon=30.0, draws=1300, rng=5)
    # KOLs outside of the file adopt nothing, so without a campaign the futures are the very same ones.
    assert other.without == many.without > 0
    again = additional_adoptions(market, np.array([0]), spread_of(), horizon=30.0, draws=1300, rng=6)
    assert not (again.runs == many.runs).all()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 7), st.integers(2, 7), st.floats(0.01, 2.0)), min_size=1, max_size=18,
        unique_by=lambda tie: tie[:2],
    ),
    st.lists(st.floats(0.0, 0.05), min_size=8, max_size=8),
    st.integers(0, 2**32),
)  # fmt: skip
def test_a_campaign_takes_nothing_away_and_a_larger_one_adds_to_it(
    ties: list[Tie], rate: list[float], seed: int
) -> None:
    ties = [tie for tie in ties if tie[0] != tie[1]]
    market = tiny_market(8, ties, kols=[0, 1], delay=4.0)
    spread = ItemSpread(np.array([0.0, 0.0, *[0.4] * 6]), np.full(8, 0.15), np.array([0.0, 0.0, *rate[2:]]))
    runs = {
        plan: additional_adoptions(market, np.array(plan), spread, horizon=20.0, draws=60, rng=seed).runs
        for plan in ((0,), (1,), (0, 1))
    }
    assert all((run >= 0).all() for run in runs.values())
    # The same people would adopt anyway, so what one KOL adds is part of what both add, future by future.
    assert (runs[0, 1] >= np.maximum(runs[0,], runs[1,])).all()
    assert (runs[0, 1] <= 6).all()


def test_the_audience_counts_everybody_for_whom_a_follower_stands() -> None:
    market = tiny_market(7, [(0, 2, 0.5), (0, 3, 0.5), (1, 4, 0.5), (1, 5, 0.5), (5, 6, 0.9)], kols=[0, 1], delay=3.0)
    market = replace(market, stands_for=np.array([100.0, 1000.0, 1.0, 1.0, 1.0, 1.0, 1.0]))
    spread = ItemSpread(np.array([0.0, 0.0, *[0.4] * 5]), np.full(7, 0.15), np.array([0.0, 0.0, *[0.02] * 5]))
    runs = {
        plan: additional_adoptions(market, np.array(plan), spread, horizon=20.0, draws=500, rng=4)
        for plan in ((0,), (1,), (0, 1))
    }
    assert (runs[0,].audience == 100.0 * runs[0,].runs).all()
    assert (runs[1,].audience == 1000.0 * runs[1,].runs).all()
    # The audiences have nobody in common, so that the parts add up, future by future.
    assert (runs[0, 1].audience == runs[0,].audience + runs[1,].audience).all()
    assert runs[0, 1].audience_mean > 0


def test_nobody_to_follow_nobody_moved() -> None:
    ties = [(0, 2, 0.0), (0, 3, 0.0)]
    market = tiny_market(4, ties, kols=[0, 1])
    spread = ItemSpread(np.full(4, 0.4), np.full(4, 0.15), np.full(4, 0.01))
    found = additional_adoptions(market, np.array([0]), spread, horizon=90.0, draws=400)
    assert not found.runs.any()
    assert found.without > 0


def test_owners_are_not_moved_and_what_was_seen_tires() -> None:
    market = tiny_market(4, [(0, 1, 0.3), (0, 2, 0.3), (0, 3, 0.3)], kols=[0])
    seen = replace(
        market,
        acts=np.array([[0, 0, 0], [0, 0, 0], [2, 0, 1]], dtype=np.int64),
        act_time=np.array([50, 60, 70], dtype=np.int64),
        since=np.array([0, 0, 55], dtype=np.int64),
    )
    spread = seen.spread(0)
    assert spread.shape[2] == 0.0
    assert spread.rate[2] == 0.0
    assert (spread.shape[[1, 3]] == 0.15).all()
    # Person 1 saw the first post; person 3 followed only later; a KOL's further posts are no new exposure.
    np.testing.assert_allclose(spread.scale[[1, 3]], [0.45, 0.15])


def test_error_stops_early_and_wrong_calls_are_told() -> None:
    market = tiny_market(6, TIES, kols=[0, 1])
    found = planted_additional_adoptions(market, ["U0"], "V1", draws=20_000, error=0.05)
    assert len(found.runs) < 20_000
    assert found.error <= 0.05 * found.mean
    assert planted_additional_adoptions(market, [], "V1", draws=50).mean == 0.0
    with pytest.raises(DataError, match="'U9' is nobody"):
        planted_additional_adoptions(market, ["U9"], "V1")
    with pytest.raises(DataError, match="no item that KOLs promote"):
        planted_additional_adoptions(market, ["U0"], "P1")
    with pytest.raises(ConfigError, match="0 futures"):
        planted_additional_adoptions(market, ["U0"], "V1", draws=0)
