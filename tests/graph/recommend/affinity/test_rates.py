"""Rates follow what people did, and add up to what happens."""

from __future__ import annotations

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.affinity.rates import Rates, activity, expected_choices
from graph.recommend.target import Target
from graph.schema import EdgeKey

BOUGHT, VIEWED = (EdgeKey("Person", name, "Product") for name in ("BOUGHT", "VIEWED"))
TARGET = Target("Product", (("BOUGHT",), ("VIEWED",)), 1, ("BOUGHT",))
PEOPLE, ITEMS, PERIOD = 300, 400, 1_000


def steady(seed: int, periods: int, *, views: bool = False) -> tuple[HeteroGraph, np.ndarray]:
    """A market in which everybody buys at a pace of their own, and the paces: gamma with mean .8 per period."""
    rng = np.random.default_rng(seed)
    pace = rng.gamma(1.0, 0.8, PEOPLE)
    many = rng.poisson(pace * periods)
    who = np.repeat(np.arange(PEOPLE), many)
    bought = Edges(who, rng.integers(0, ITEMS, len(who)), rng.integers(0, periods * PERIOD, len(who)))
    nodes = {
        "Person": Nodes(IdMap.of("Person", [f"u{i:03d}" for i in range(PEOPLE)]), {}),
        "Product": Nodes(IdMap.of("Product", [f"p{i:03d}" for i in range(ITEMS)]), {}),
    }
    edges = {BOUGHT: bought.canonical()}
    if views:
        edges[VIEWED] = Edges(who, bought.dst, np.maximum(bought.time - 20, 0)).canonical()  # type: ignore[operator]
    return HeteroGraph.of(nodes, edges), pace


def test_rates_find_the_pace_of_each_person() -> None:
    graph, pace = steady(1, 10, views=True)
    found = expected_choices(graph.until(9 * PERIOD), TARGET, PERIOD)
    assert found.expected.sum() == pytest.approx(pace.sum(), rel=0.15)
    assert np.corrcoef(found.expected, pace)[0, 1] > 0.8
    # Who has done nothing at all gets hardly anything.
    nothing = np.bincount(graph.until(9 * PERIOD).edges(BOUGHT).src, minlength=PEOPLE) == 0
    assert found.expected[nothing].mean() < 0.2


def test_chances_come_true() -> None:
    """In each third of the people, by rate, as many take something as the chances say."""
    said, came = [], []
    for seed in range(4):
        graph, _ = steady(seed, 10)
        rates = expected_choices(graph.until(9 * PERIOD), TARGET, PERIOD)
        said.append(rates.chance(np.ones(PEOPLE), people=slice(0, PEOPLE)))
        late = graph.edges(BOUGHT)
        came.append(np.bincount(late.src[late.time >= 9 * PERIOD], minlength=PEOPLE) > 0)
    chances, true = np.concatenate(said), np.concatenate(came)
    for part in np.array_split(np.argsort(chances, kind="stable"), 3):
        assert chances[part].mean() == pytest.approx(true[part].mean(), abs=0.07)


def test_without_times_everybody_makes_one_choice() -> None:
    graph, _ = steady(1, 3)
    found = expected_choices(graph, TARGET, None)
    assert found.expected.tolist() == [1.0] * PEOPLE
    assert found.chance(np.ones(2), people=slice(0, 2)) == pytest.approx(1 - np.exp(-1))


def test_a_spread_makes_one_or_more_less_likely_at_the_same_mean() -> None:
    mean = np.array([0.5, 2.0])
    chances = [Rates(mean, spread).chance(np.ones(2), people=slice(0, 2)) for spread in (0.0, 1e-9, 1.0)]
    assert chances[0] == pytest.approx(1 - np.exp(-mean))
    assert chances[1] == pytest.approx(chances[0])
    assert chances[2] == pytest.approx(1 - 1 / (1 + mean))


def test_nobody_takes_anything_in_a_market_that_has_ended() -> None:
    graph, _ = steady(1, 3)
    ended = HeteroGraph.of(graph.nodes, graph.edge_sets, cut_off=100 * PERIOD)
    assert expected_choices(ended, TARGET, PERIOD).expected.tolist() == [0.0] * PEOPLE


def test_activity_counts_a_row_of_ten_as_ten_rows() -> None:
    graph, _ = steady(1, 3, views=True)
    now = 3 * PERIOD
    views = graph.edges(VIEWED)
    ten = np.full(len(views), 10.0)
    once = HeteroGraph.of(
        graph.nodes,
        {**graph.edge_sets, VIEWED: Edges(views.src, views.dst, views.time, None, {"times": ten}).canonical()},
    )
    tenfold = np.repeat(np.arange(len(views)), 10)
    rows = HeteroGraph.of(graph.nodes, {**graph.edge_sets, VIEWED: views.take(tenfold).canonical()})
    first, second = (activity(g, TARGET, now=now, period=PERIOD) for g in (once, rows))
    assert np.array_equal(first, second)
    assert first.sum() > activity(graph, TARGET, now=now, period=PERIOD).sum()
