"""Affinities are chances on one scale for all people."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.affinity import _expected_choices, affinity, expected_takers, fit_temperature
from graph.recommend.base import Fitted, ModelState
from graph.recommend.features import Features, Floats, Vocabulary
from graph.recommend.split import Questions
from graph.recommend.target import Target, choose_target, first_events
from graph.recommend.train import train
from graph.schema import EdgeKey
from tests.contract.recommender import checkerboard

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")


def market(src: list[int], dst: list[int], time: list[int]) -> HeteroGraph:
    people = Nodes(IdMap.of("Person", ["p0", "p1", "p2"]), MappingProxyType({}))
    products = Nodes(IdMap.of("Product", ["a", "b", "c", "d"]), MappingProxyType({}))
    edges = Edges(np.array(src), np.array(dst), np.array(time)).canonical()
    return HeteroGraph.of({"Person": people, "Product": products}, {BOUGHT: edges})


@dataclass(frozen=True, eq=False)
class Table(Fitted):
    """Scores from a table."""

    kind: ClassVar[str] = "table"
    table: Floats

    def scores(self, features: Features, users: Any) -> Floats:
        return self.table[users]

    def state(self) -> ModelState:
        return ModelState({}, {"table": self.table})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> Table:
        return cls(target, vocabulary, np.asarray(state.arrays["table"]))


def model(graph: HeteroGraph, table: Any) -> Table:
    return Table(choose_target(graph, "Product"), Vocabulary.of(graph), np.asarray(table, np.float64))


def test_equal_scores_share_one_choice_among_what_is_not_owned() -> None:
    graph = market([0, 1], [0, 0], [10, 20])
    found = affinity(model(graph, np.zeros((3, 4))), graph, 1, temperature=1.0, period=None)
    # p0 and p1 own "a", so three items share one choice; p2 has all four before them.
    assert found == pytest.approx([1 - np.exp(-1 / 3), 1 - np.exp(-1 / 3), 1 - np.exp(-1 / 4)])


def test_owners_are_at_zero() -> None:
    graph = market([0, 1], [0, 0], [10, 20])
    found = affinity(model(graph, np.zeros((3, 4))), graph, 0, temperature=1.0, period=None)
    assert found[:2].tolist() == [0.0, 0.0]
    assert found[2] > 0


def test_busy_people_are_likelier_to_take_anything() -> None:
    graph = market([0, 0, 0, 1], [0, 1, 2, 0], [100, 101, 102, 1])
    found = affinity(model(graph, np.zeros((3, 4))), graph, 3, temperature=1.0, period=10)
    # In the last two periods p0 took three, p1 and p2 none; both of them have the pace of everybody.
    assert found[0] > found[1] > 0


def test_a_sure_model_gets_a_low_temperature_and_a_blind_one_a_high() -> None:
    graph = market([0, 1, 2], [0, 0, 0], [1, 2, 3])
    questions = Questions(graph, np.array([0, 1, 2]), np.array([1, 2, 3]))
    sure, blind = np.zeros((3, 4)), np.zeros((3, 4))
    sure[[0, 1, 2], [1, 2, 3]] = 1.0
    blind[[0, 1, 2], [2, 3, 1]] = 1.0
    target = choose_target(graph, "Product")
    cold = fit_temperature(model(graph, sure), questions, target, rng=np.random.default_rng(0))
    hot = fit_temperature(model(graph, blind), questions, target, rng=np.random.default_rng(0))
    assert cold == pytest.approx(0.02)
    assert hot == pytest.approx(5.0)


def test_whoever_owns_everything_takes_nothing() -> None:
    graph = market([0, 0, 0, 0, 1], [0, 1, 2, 3, 0], [1, 2, 3, 4, 5])
    with np.errstate(all="raise"):
        found = [affinity(model(graph, np.ones((3, 4))), graph, i, temperature=1.0, period=10)[0] for i in range(4)]
    assert found == [0.0, 0.0, 0.0, 0.0]


def test_paces_add_up_to_what_came_true() -> None:
    """Six pairs in two periods are three a period, however many people never had to do with anything."""
    graph = market([0, 0, 0, 0, 1, 1], [0, 1, 2, 3, 0, 1], [81, 85, 91, 92, 95, 100])
    assert _expected_choices(graph, choose_target(graph, "Product"), 10).sum() == pytest.approx(3.0)
    # p0 4 and p1 2 in two periods, everybody 1 a period: (own + 1) / 3.
    assert _expected_choices(graph, choose_target(graph, "Product"), 10) == pytest.approx([5 / 3, 1.0, 1 / 3])


def test_a_pair_counts_once_in_a_period() -> None:
    graph = market([0, 0, 1], [0, 1, 2], [91, 92, 93])
    saved = EdgeKey("Person", "FAVOURITED", "Product")
    early = Edges(np.array([0]), np.array([0]), np.array([90])).canonical()
    both = HeteroGraph.of(graph.nodes, {**graph.edge_sets, saved: early})
    target = Target("Product", (("BOUGHT",), ("FAVOURITED",)), 2, ("BOUGHT",))
    assert _expected_choices(both, target, 10) == pytest.approx(_expected_choices(graph, target, 10))


def test_expected_takers_are_the_sums_of_affinities() -> None:
    graph = market([0, 0, 1], [0, 1, 2], [1, 2, 3])
    table = model(graph, np.arange(12.0).reshape(3, 4))
    asked = {"temperature": 2.0, "period": 2}
    found = expected_takers(table, graph, **asked)
    assert found == pytest.approx([affinity(table, graph, i, **asked).sum() for i in range(4)])


def test_affinities_of_a_steady_market_add_up_to_what_comes_true() -> None:
    """Cut one period before the end: the sum of affinities is near the number of new pairs that followed."""
    graph = checkerboard(people=200)
    target = choose_target(graph, "Product")
    period = 1_000_000
    past = graph.until(8_000_000)
    trained = train(past, target)
    found = expected_takers(trained.model, past, temperature=trained.about["temperature"], period=period).sum()
    events = first_events(graph, target)
    assert 0.7 < found / np.count_nonzero(events.time >= 8_000_000) < 1.3
