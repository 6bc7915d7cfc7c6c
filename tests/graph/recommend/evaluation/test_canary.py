"""Leaks are found, and the product has none: what happens after a cut changes no score from before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.base import Fitted, ModelState
from graph.recommend.chosen_model import fit_voters
from graph.recommend.evaluation.canary import future_readers, telling_columns, with_other_future
from graph.recommend.features import Features, Floats, Vocabulary
from graph.recommend.fusion import FittedFusion
from graph.recommend.pair_features import PairSchema
from graph.recommend.ranker.candidates import make_candidates, with_further_scores
from graph.recommend.ranker.fitted import FittedRanker
from graph.recommend.ranker.scorer import Scorer
from graph.recommend.registry import default_voters
from graph.recommend.split import Questions, full_split, split_graph
from graph.recommend.target import Target, choose_target, first_events
from graph.schema import EdgeKey
from graph.text import TextArray
from tests.contract.recommender import checkerboard

CUT = 7_000_000
BOUGHT = EdgeKey("Person", "BOUGHT", "Product")


@dataclass(frozen=True, eq=False)
class Peeking(Fitted):
    """Scores by the events of a whole graph, whatever it is asked from."""

    kind: ClassVar[str] = "peeking"
    whole: HeteroGraph

    def scores(self, features: Features, users: Any) -> Floats:
        edges = self.whole.edges(BOUGHT)
        result = np.zeros((self.whole.count("Person"), features.n_items))
        result[edges.src, edges.dst] = 1.0
        return result[users]

    def state(self) -> ModelState:
        return ModelState({}, {})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> Peeking:
        raise NotImplementedError


def models(graph: HeteroGraph) -> Mapping[str, Fitted]:
    """Every default voter, a fusion and a ranker of them, made of what was known at the cut."""
    known = graph.until(CUT)
    target = choose_target(known, "Product")
    split = full_split(known, target)
    voters = fit_voters(default_voters(), split, seed=0, on_step=lambda _: None)
    vocabulary = Vocabulary.of(known)
    weights = np.tile(np.linspace(0.2, 1.0, len(voters)), (4, 1))
    fusion = FittedFusion(target, vocabulary, voters, weights, "", "popularity")
    features, users, schema = Features(known, target), np.arange(3), PairSchema.of(known, target)
    blocks = {name: voter.row_scores(features, users) for name, voter in voters.items()}
    blocks = with_further_scores(blocks, voters, features, users)
    width = make_candidates(blocks, features, users, np.zeros(3, np.int64), schema=schema).inputs.shape[1]
    rng = np.random.default_rng(0)
    shapes = {"mean": width, "deviation": width, "linear": width, "inward": (width, 4), "bias": 4, "outward": 4}
    scorer = Scorer.of_arrays({n: (np.abs(rng.normal(size=s)) + 0.1).astype(np.float32) for n, s in shapes.items()})
    answers = np.ones(4, np.bool_)
    ranker = FittedRanker(target, vocabulary, voters, fusion, schema, np.arange(width), scorer, answers, "")
    return {**voters, "fusion": fusion, "ranker": ranker}


@cache
def whole() -> HeteroGraph:
    return checkerboard()


@cache
def honest() -> Mapping[str, Fitted]:
    return models(whole())


def test_a_model_that_peeks_is_found_among_those_that_do_not() -> None:
    target = choose_target(whole(), "Product")

    def make(graph: HeteroGraph) -> Mapping[str, Fitted]:
        return {**models(graph), "peeking": Peeking(target, Vocabulary.of(graph), graph)}

    assert future_readers(make, whole(), target, CUT, rng=np.random.default_rng(0)) == ["peeking"]


def test_a_model_that_is_fitted_on_the_future_is_found() -> None:
    target = choose_target(whole(), "Product")

    def make(graph: HeteroGraph) -> Mapping[str, Fitted]:
        return fit_voters(default_voters(), full_split(graph, target), seed=0, on_step=lambda _: None)

    found = future_readers(make, whole(), target, CUT, rng=np.random.default_rng(0))
    assert {"popularity", "item-knn", "filter"} <= set(found)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 3))
def test_no_score_of_ours_depends_on_what_happens_after_the_cut(seed: int, kind: int) -> None:
    """Other ends, no events at all, other times after the cut, or ten times as many."""
    rng, graph = np.random.default_rng(seed), whole()
    sets = {}
    for key, edges in graph.edge_sets.items():
        late = edges.time >= CUT  # type: ignore[operator]
        if kind == 1:
            sets[key] = edges.take(~late)
        elif kind == 2:
            moved = np.where(late, rng.integers(CUT, 2 * CUT, len(edges)), edges.time)
            sets[key] = replace(edges, time=moved).canonical()
        elif kind == 3:
            sets[key] = edges.take(np.repeat(np.arange(len(edges)), np.where(late, 10, 1))).canonical()
    changed = HeteroGraph.of(graph.nodes, sets) if kind else with_other_future(graph, CUT, rng=rng)
    assert changed.until(CUT).fingerprint == graph.until(CUT).fingerprint
    features, users = Features(graph.until(CUT), choose_target(graph, "Product")), np.arange(graph.count("Person"))
    second = models(changed)
    for name, model in honest().items():
        assert np.array_equal(model.scores(features, users), second[name].scores(features, users)), name


def with_columns(graph: HeteroGraph, node_type: str, **columns: Any) -> HeteroGraph:
    nodes = graph.nodes[node_type]
    more = Nodes(nodes.ids, MappingProxyType({**nodes.columns, **columns}), nodes.roles)
    return HeteroGraph.of({**graph.nodes, node_type: more}, graph.edge_sets)


def test_planted_columns_that_tell_the_future_are_named_and_others_are_not() -> None:
    graph = checkerboard(people=200)
    target = choose_target(graph, "Product")
    split = split_graph(graph, target, rng=np.random.default_rng(0))
    assert split.test is not None
    items, people = graph.ids("Product").texts.to_list(), graph.count("Person")
    next_item, last_item = [""] * people, [""] * people
    for user, item in zip(split.test.users.tolist(), split.test.items.tolist(), strict=True):
        next_item[user] = items[item]
    before = first_events(split.test.known, target)
    for user, item in zip(before.users.tolist(), before.items.tolist(), strict=True):
        last_item[user] = items[item]
    planted = with_columns(graph, "Person", next_item=TextArray.of(next_item), last_item=TextArray.of(last_item))
    test = split_graph(planted, target, rng=np.random.default_rng(0)).test
    assert test is not None
    assert telling_columns(test, target) == ["Person.next_item"]
    assert telling_columns(split.test, target) == []


def test_a_planted_total_that_includes_the_future_is_named() -> None:
    rng, people, items = np.random.default_rng(3), 100, 60
    before, after = ((rng.integers(0, people, 400), (items * rng.random(400) ** 2).astype(int)) for _ in range(2))
    sold = [np.bincount(what, minlength=items).astype(np.float64) for _, what in (before, after)]
    columns = {"total": sold[0] + sold[1], "past": sold[0], "price": rng.random(items), "stock": np.arange(items)}
    nodes = {
        "Person": Nodes(IdMap.of("Person", [f"u{i:03d}" for i in range(people)]), {}),
        "Product": Nodes(IdMap.of("Product", [f"p{i:02d}" for i in range(items)]), MappingProxyType(columns)),
    }
    graph = HeteroGraph.of(nodes, {BOUGHT: Edges(*before, np.arange(400)).canonical()})
    found = telling_columns(Questions(graph, *after), choose_target(graph, "Product"))
    # ``stock`` falls with the number of the item, as sales do before and after: it tells nothing that was not known.
    assert found == ["Product.total"]
