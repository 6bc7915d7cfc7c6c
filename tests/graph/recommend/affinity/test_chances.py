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
from graph.recommend.affinity.chances import affinity, fit_curve
from graph.recommend.affinity.rank_curve import RankCurve
from graph.recommend.base import Fitted, ModelState
from graph.recommend.features import Features, Floats, Vocabulary
from graph.recommend.split import Questions, Split
from graph.recommend.target import Target, choose_target, first_events
from graph.recommend.train import train
from graph.schema import EdgeKey
from tests.contract.recommender import checkerboard

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")
ZIPF = RankCurve(np.ones((3, 7)))
FLAT = RankCurve(np.zeros((3, 7)))


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


def test_one_choice_falls_on_ranks_by_the_curve() -> None:
    graph = market([0, 1], [0, 0], [10, 20])
    scores = model(graph, np.tile([9.0, 3.0, 2.0, 1.0], (3, 1)))
    found = affinity(scores, graph, 1, curve=ZIPF, period=None)
    # "b" is the second of four, for p0 and p1 too, who own "a".
    assert found == pytest.approx([1 - np.exp(-(1 / 2) / (25 / 12))] * 3)


def test_equal_scores_share_one_choice() -> None:
    graph = market([0, 1], [0, 0], [10, 20])
    found = affinity(model(graph, np.zeros((3, 4))), graph, 1, curve=ZIPF, period=None)
    assert found == pytest.approx([1 - np.exp(-1 / 4)] * 3)


def test_owners_are_at_zero() -> None:
    graph = market([0, 1], [0, 0], [10, 20])
    found = affinity(model(graph, np.zeros((3, 4))), graph, 0, curve=ZIPF, period=None)
    assert found[:2].tolist() == [0.0, 0.0]
    assert found[2] > 0


def test_busy_people_are_likelier_to_take_anything() -> None:
    graph = market([0, 0, 0, 1], [0, 1, 2, 0], [100, 101, 102, 1])
    found = affinity(model(graph, np.zeros((3, 4))), graph, 3, curve=ZIPF, period=10)
    assert found[0] > found[1]
    assert found[0] > found[2]


def test_the_chance_of_several_items_is_that_of_one_or_more() -> None:
    graph = market([0, 0, 1], [0, 1, 2], [1, 2, 3])
    table = model(graph, np.arange(12.0).reshape(3, 4))
    asked = {"curve": ZIPF, "period": None}
    apart = np.stack([affinity(table, graph, i, **asked) for i in (2, 3)])
    # With a Poisson number of choices the items are independent.
    assert affinity(table, graph, [3, 2, 2], **asked) == pytest.approx(1 - np.prod(1 - apart, axis=0))


def test_whoever_owns_everything_takes_nothing() -> None:
    graph = market([0, 0, 0, 0, 1], [0, 1, 2, 3, 0], [1, 2, 3, 4, 5])
    with np.errstate(all="raise"):
        found = [affinity(model(graph, np.ones((3, 4))), graph, i, curve=ZIPF, period=10)[0] for i in range(4)]
    assert found == [0.0, 0.0, 0.0, 0.0]


def test_a_sure_model_gets_a_steep_curve_and_a_blind_one_a_flat() -> None:
    graph = checkerboard(people=200)
    target, vocabulary = choose_target(graph, "Product"), Vocabulary.of(graph)
    known = graph.without(BOUGHT, np.ones(len(graph.edges(BOUGHT)), np.bool_))
    rng = np.random.default_rng(0)
    users, items = np.arange(200), rng.integers(0, 24, 200)
    asked = Split(target, known, Questions(known, users, items), None, "leave-out", None, "")
    blind = rng.random((201, 24))
    sure = blind.copy()
    sure[users, items] += rng.random(200) * 2
    curves = [fit_curve(Table(target, vocabulary, s), asked, rng=rng).slopes[1, :3].mean() for s in (sure, blind)]
    assert curves[0] > 2 * curves[1]


def test_affinities_of_a_steady_market_add_up_to_what_comes_true() -> None:
    """Cut one period before the end: the sum of affinities is near the number of new pairs that followed."""
    graph = checkerboard(people=200)
    target = choose_target(graph, "Product")
    period = 1_000_000
    past = graph.until(8_000_000)
    trained = train(past, target)
    curve = RankCurve.of_json(trained.about["rank_curve"])
    items = range(past.count("Product"))
    found = sum(affinity(trained.model, past, item, curve=curve, period=period).sum() for item in items)
    events = first_events(graph, target)
    assert 0.7 < found / np.count_nonzero(events.time >= 8_000_000) < 1.3
