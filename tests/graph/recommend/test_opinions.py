"""Dislikes, returns and counts as models see them."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.events import revenue
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.features import FEW, MANY, NOTHING, Features, Vocabulary, interest_weights, interests, user_history
from graph.recommend.reasons.block import explain
from graph.recommend.reasons.explain import Explainer
from graph.recommend.scoring import mask_excluded
from graph.recommend.serving import recommend
from graph.recommend.split import full_split
from graph.recommend.target import Target, choose_target, first_events
from graph.recommend.voters.popularity import Popularity
from graph.recommend.voters.repeat import Repeat
from graph.schema import MARKET, EdgeKey, EdgeType, Schema
from graph.schema.roles import meaning_of

BOUGHT, RATED, VIEWED, SEEN = (EdgeKey("Person", r, "Product") for r in ("BOUGHT", "RATED", "VIEWED", "EXPOSED_TO"))
REFILLED = EdgeKey("Person", "REFILLED", "Product")
RETURNED = EdgeKey("Person", "RETURNED", "Product")
OWN = Schema(
    MARKET.nodes,
    {**MARKET.edges, REFILLED: EdgeType(REFILLED, meaning_of("acquire", "REFILLED", recurring=True))},
)
Row = tuple[int, int, int, float, float]  # person, item, time, weight, times
NAN = float("nan")


def market(people: int = 6, items: int = 4, *, schema: Schema = OWN, **rows: list[Row]) -> HeteroGraph:
    sets = {}
    for relation, found in rows.items():
        src, dst, time, weight, times = (np.array(part) for part in zip(*found, strict=True))
        columns = MappingProxyType({"times": times.astype(np.float64)})
        edges = Edges(src, dst, time, weight.astype(np.float64), columns)
        sets[EdgeKey("Person", relation, "Product")] = edges.canonical()
    nodes = {
        "Person": Nodes(IdMap.of("Person", [f"u{i}" for i in range(people)]), {}),
        "Product": Nodes(IdMap.of("Product", [f"p{i}" for i in range(items)]), {}),
    }
    return HeteroGraph.of(nodes, sets, schema=schema)


def target_of(graph: HeteroGraph) -> Target:
    return choose_target(graph, "Product")


def barred(graph: HeteroGraph) -> np.ndarray:
    features = Features(graph, target_of(graph))
    people = np.arange(graph.count("Person"))
    return np.isneginf(mask_excluded(np.zeros((len(people), features.n_items)), features, people))


def test_a_dislike_takes_back_whatever_else_spoke_for_the_thing() -> None:
    graph = market(
        RATED=[(0, 0, 9, 1.0, NAN), (1, 0, 9, 5.0, NAN)],
        BOUGHT=[(0, 0, 5, 30.0, NAN), (1, 0, 5, 30.0, NAN), (0, 1, 5, 30.0, NAN)],
    )
    assert graph.disliked("Product").tolist() == [0]
    events = first_events(graph, target_of(graph))
    assert sorted(zip(events.users.tolist(), events.items.tolist(), strict=True)) == [(0, 1), (1, 0)]
    features, vocabulary = Features(graph, target_of(graph)), Vocabulary.of(graph)
    weights = interest_weights(graph, features.target)
    seen = interests(features, np.array([0, 1]), weights, vocabulary=vocabulary).toarray()
    assert seen[0].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert seen[1, 0] == 2.0
    assert barred(graph)[0].tolist() == [True, True, False, False]


def test_a_better_rating_weighs_more() -> None:
    graph = market(RATED=[(0, 0, 9, 4.0, NAN), (1, 0, 9, 5.0, NAN)])
    features = Features(graph, target_of(graph))
    found = interests(features, np.array([0, 1]), {RATED: 1.0}, vocabulary=Vocabulary.of(graph)).toarray()
    assert found[:, 0].tolist() == [0.75, 1.0]


@pytest.mark.parametrize(
    ("others", "offered"),
    [
        ({}, False),
        ({"VIEWED": [(5, 0, 1, NAN, NAN)]}, False),  # a look is no liking
        ({"BOUGHT": [(0, 0, 1, 9.0, NAN)]}, False),  # who bought it dislikes it
        ({"BOUGHT": [(5, 0, 1, 9.0, NAN), (5, 0, 2, -9.0, NAN)]}, False),  # ... or sent it back
        ({"BOUGHT": [(5, 0, 1, 9.0, NAN)]}, True),
        ({"FAVOURITED": [(5, 0, 1, NAN, NAN)]}, True),
    ],
)
def test_what_is_disliked_and_liked_by_nobody_is_offered_to_nobody(others: dict[str, list[Row]], offered: bool) -> None:
    graph = market(RATED=[(0, 0, 9, 1.0, NAN), (1, 0, 9, 2.0, NAN), (2, 1, 9, 5.0, NAN)], **others)
    assert bool(barred(graph)[4, 0]) is not offered
    assert not barred(graph)[4, 1]


def test_a_returned_item_is_offered_again_and_counts_for_nobody() -> None:
    graph = market(BOUGHT=[(0, 0, 1, 9.0, NAN), (0, 0, 2, -9.0, NAN), (1, 1, 1, 9.0, NAN)])
    assert barred(graph)[:2].tolist() == [[False] * 4, [False, True, False, False]]
    strength = Popularity().fit(full_split(graph, target_of(graph)), np.random.default_rng(0)).strength
    assert strength.tolist() == [0.0, np.log(2.0), 0.0, 0.0]


def test_a_relation_may_undo_another() -> None:
    sent_back = EdgeType(RETURNED, meaning_of("acquire", "RETURNED", undoes="BOUGHT"))
    graph = market(
        BOUGHT=[(0, 0, 1, 9.0, NAN), (0, 0, 3, 9.0, NAN), (1, 1, 1, 9.0, 2.0), (2, 2, 1, 9.0, NAN)],
        RETURNED=[(0, 0, 2, 9.0, NAN), (1, 1, 2, 9.0, 2.0), (1, 2, 5, 9.0, NAN)],
        schema=Schema(OWN.nodes, {**OWN.edges, RETURNED: sent_back}),
    )
    found = graph.events(BOUGHT)
    assert (found.src.tolist(), found.moments.tolist(), found.times.tolist()) == ([0, 2], [3, 1], [1.0, 1.0])
    assert not len(graph.events(RETURNED))
    assert target_of(graph).relations == ("BOUGHT",)
    assert barred(graph)[:3].sum(axis=1).tolist() == [1, 0, 1]
    assert revenue(graph.edges(RETURNED), sent_back.meaning).tolist() == [-900.0, -900.0, -900.0]


def test_what_recurs_is_offered_again_and_comes_back_as_often_as_it_did() -> None:
    graph = market(REFILLED=[(0, 0, 1, NAN, 10.0), (1, 0, 1, NAN, 1.0), (2, 1, 1, NAN, 2.0)])
    target = target_of(graph)
    assert (target.positives, target.owned) == (("REFILLED",), ())
    assert not barred(graph).any()
    fitted = Repeat().fit(full_split(graph, target), np.random.default_rng(0))
    assert fitted.rates == {"REFILLED": pytest.approx((2 + 0.1) / (3 + 10))}
    (reason,) = explain(Explainer(Features(graph, target), fitted), np.array([0]), [np.array([0])])
    assert reason.text == "This person refilled it 10 times"


def test_how_much_is_known_counts_times_and_not_what_a_campaign_did() -> None:
    graph = market(
        VIEWED=[(0, 0, 1, NAN, 5.0), (1, 0, 1, NAN, NAN)],
        RATED=[(2, 0, 1, 1.0, NAN)],
        EXPOSED_TO=[(3, 0, 1, NAN, NAN)],
        schema=Schema(OWN.nodes, {**OWN.edges, SEEN: EdgeType(SEEN, meaning_of("expose", "EXPOSED_TO"))}),
    )
    features = Features(graph, Target("Product", (("VIEWED",),), 1, ()))
    assert user_history(features, np.arange(4)).tolist() == [MANY, FEW, FEW, NOTHING]
    assert set(interest_weights(graph, features.target)) == {VIEWED, RATED}


def test_no_reason_quotes_a_dislike() -> None:
    """Two people agree on p1; one of them dislikes it, so it joins nobody to p2."""
    graph = market(
        RATED=[(0, 1, 9, 5.0, NAN), (1, 1, 9, 1.0, NAN), (1, 2, 9, 5.0, NAN), (2, 3, 9, 5.0, NAN)],
        VIEWED=[(1, 1, 5, 3.0, NAN)],
    )
    target = target_of(graph)
    popular = Popularity().fit(full_split(graph, target), np.random.default_rng(0))
    explainer = Explainer(Features(graph, target), popular)
    for reason in explain(explainer, np.array([3]), [np.array([1, 2, 3])]):
        assert all((s.src, s.dst) != (1, 1) for s in reason.support)
    assert BOUGHT not in graph.edge_sets


def test_what_everybody_gave_back_is_not_called_untouched() -> None:
    graph = market(BOUGHT=[(0, 0, 5, 30.0, NAN), (0, 0, 7, -30.0, NAN), (1, 1, 5, 30.0, NAN)])
    model = Popularity().fit(full_split(graph, target_of(graph)), np.random.default_rng(0))
    found = recommend(model, graph, [2], 4)
    texts = dict(zip(found.item_ids, (why.text for why in found.reasons), strict=True))
    assert "kept it or liked it" in texts["p0"]
    assert "had to do with it" in texts["p2"]
