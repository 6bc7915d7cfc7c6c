"""Drift, measured where the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.hetero import HeteroGraph
from graph.recommend.base import Combined
from graph.recommend.drift import Drift, measure_drift
from graph.recommend.registry import default_voters
from graph.recommend.target import choose_target
from graph.recommend.train import train
from tests.contract.recommender import BOUGHT, ITEMS, VIEWED, checkerboard, edges

PEOPLE = 120
END = 9_000_000


@pytest.fixture(scope="module")
def model() -> Combined:
    graph = checkerboard(people=PEOPLE)
    found = train(graph, choose_target(graph, "Product"), voters=default_voters()[:3]).model
    assert isinstance(found, Combined)
    return found


def later(people: Any, items: Any) -> HeteroGraph:
    """The market with purchases after its end."""
    graph = checkerboard(people=PEOPLE)
    old = graph.edges(BOUGHT)
    assert old.time is not None
    time = np.append(old.time, END + np.arange(len(people)))
    more = edges(np.append(old.src, people), np.append(old.dst, items), time=time)
    return HeteroGraph.of(graph.nodes, {**graph.edge_sets, BOUGHT: more})


def drift(model: Combined, graph: HeteroGraph, until: int | None = END - 1) -> Drift:
    return measure_drift(graph, model, learned_until=until, until=until, k=10, rng=np.random.default_rng(0))


def test_the_same_market_has_not_drifted(model: Combined) -> None:
    rng = np.random.default_rng(4)
    people = rng.integers(1, PEOPLE, 100)
    graph = later(people, (rng.integers(0, ITEMS // 2, 100) * 2 + people % 2) % ITEMS)
    found = drift(model, graph)
    old = len(checkerboard(people=PEOPLE).edges(BOUGHT)) + len(checkerboard(people=PEOPLE).edges(VIEWED))
    assert found.events == pytest.approx(100 / old, rel=0.05)
    assert (found.new_people, found.new_items) == (0.0, 0.0)
    assert found.shift is not None
    assert found.shift < 0.1
    assert found.people > 30
    assert found.ndcg["model"] > found.ndcg["popularity"]
    assert found.due == ()


def test_new_people_and_a_shifted_demand_make_training_due(model: Combined) -> None:
    nobody = PEOPLE  # the last person has never done anything
    graph = later(np.full(60, nobody), np.zeros(60, np.int64))
    found = drift(model, graph)
    assert found.new_people == 1.0
    assert found.new_items == 0.0
    assert found.shift is not None
    assert found.shift > 1.0
    assert {clause.split(" ")[0] for clause in found.due} == {"100%", "the"}
    assert found.to_json()["due"] == list(found.due)


def test_many_new_events_make_training_due(model: Combined) -> None:
    rng = np.random.default_rng(4)
    people = rng.integers(1, PEOPLE, 300)
    found = drift(model, later(people, (rng.integers(0, ITEMS // 2, 300) * 2 + people % 2) % ITEMS))
    assert found.due
    assert found.due[0].startswith("new events are")


def test_new_items_are_those_that_nobody_had(model: Combined) -> None:
    graph = later(np.arange(1, 41), np.zeros(40, np.int64))
    bought, viewed = graph.edges(BOUGHT), graph.edges(VIEWED)
    sets = dict(graph.edge_sets)
    for key, part in ((BOUGHT, bought), (VIEWED, viewed)):
        assert part.time is not None
        kept = (part.dst != 0) | (part.time >= END)
        sets[key] = edges(part.src[kept], part.dst[kept], time=part.time[kept])
    found = drift(model, HeteroGraph.of(graph.nodes, sets))
    assert found.new_items == 1.0
    assert any("with new items" in clause for clause in found.due)


def test_nothing_new_and_nothing_dated(model: Combined) -> None:
    graph = checkerboard(people=PEOPLE)
    assert drift(model, graph) == Drift(0.0, None, None, None, 0, {}, ())
    assert drift(model, graph, None) == Drift(None, None, None, None, 0, {}, ())
