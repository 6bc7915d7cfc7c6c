"""The paired comparison of two models, with answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from graph.hetero import HeteroGraph
from graph.recommend.evaluation.comparison import gains_of, is_worse, later_questions, paired
from graph.recommend.evaluation.evaluate import evaluate
from graph.recommend.split import full_split, split_graph
from graph.recommend.target import choose_target
from graph.recommend.voters.popularity import Popularity
from tests.contract.recommender import BOUGHT, checkerboard, market_with


def test_a_constant_lead_has_an_interval_of_no_width() -> None:
    second = np.linspace(0.0, 0.5, 60)
    found = paired(second + 0.25, second, np.random.default_rng(0))
    assert (found.first, found.second) == pytest.approx((0.5, 0.25))
    assert (found.difference, found.low, found.high, found.people) == pytest.approx((0.25, 0.25, 0.25, 60))
    assert found.judged


def test_the_interval_is_that_of_pairs_and_not_of_two_samples() -> None:
    rng = np.random.default_rng(1)
    second = rng.random(400)
    found = paired(second + 0.01 * rng.standard_normal(400), second, np.random.default_rng(0))
    assert found.high - found.low < 0.004
    assert found.low < found.difference < found.high


@pytest.mark.parametrize(
    ("difference", "high", "judged", "worse"),
    [
        (0.01, 0.02, True, False),
        (0.0, 0.0, True, False),  # equal models pass
        (-0.002, 0.001, True, False),
        (-0.002, -0.001, True, True),
        (-0.004, 0.001, True, True),
        (-0.004, 0.001, False, False),
        (-0.2, -0.1, False, False),  # a handful of people prove nothing
    ],
)
def test_what_counts_as_worse(difference: float, high: float, judged: bool, worse: bool) -> None:
    assert is_worse(difference, high, judged=judged) is worse


def test_gains_are_those_that_a_report_keeps() -> None:
    graph = checkerboard(people=120)
    target = choose_target(graph, "Product")
    test = split_graph(graph, target, rng=np.random.default_rng(0)).test
    assert test is not None
    model = Popularity().fit(full_split(test.known, target), np.random.default_rng(0))
    found = evaluate({"popularity": model}, test, target, main="popularity", rng=np.random.default_rng(0))
    gains = gains_of({"one": model}, test, target, k=10)["one"]
    assert found.gains == pytest.approx(gains, abs=1e-6)
    assert found.row("popularity")["ndcg"] == pytest.approx(gains.mean(), abs=1e-6)


def test_later_questions_ask_what_is_new_after_the_moment() -> None:
    graph = checkerboard()
    since = graph.last_time
    assert since is not None
    bought = graph.edges(BOUGHT)
    owned = int(bought.dst[bought.src == 3][0])
    later = market_with(market_with(graph, BOUGHT, 3, owned), BOUGHT, 4, 1)
    later = shifted(later, since)
    found = later_questions(later, choose_target(graph, "Product"), since)
    assert list(zip(found.users.tolist(), found.items.tolist(), strict=True)) == [(4, 1)]
    assert found.known.last_time == since
    assert found.fingerprint != later_questions(later, choose_target(graph, "Product"), since + 5).fingerprint


def shifted(graph: HeteroGraph, since: int) -> HeteroGraph:
    """The graph with the events of ``market_with``, which all lie at the end, after that moment."""
    edges = graph.edges(BOUGHT)
    assert edges.time is not None
    time = np.where(edges.time == 9_000_000, since + 1, edges.time)
    moved = type(edges)(edges.src, edges.dst, time).canonical()
    return HeteroGraph.of(graph.nodes, {**graph.edge_sets, BOUGHT: moved})
