"""What every recommender must do; a test class inherits ``RecommenderContract`` and names its voter.

The market is a checkerboard: two halves of people, each with its own half of the items, in two item types, with ties
inside the halves. One person of each half has no history with the target.
"""

from __future__ import annotations

import dataclasses
import gc
import weakref
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.base import Fitted, Recommender
from graph.recommend.model_io import load_model, save_model
from graph.recommend.serving import recommend
from graph.recommend.split import full_split
from graph.recommend.target import Target, choose_target
from graph.schema import EdgeKey
from graph.text import TextArray

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")
VIEWED = EdgeKey("Person", "VIEWED", "Product")
SEARCHED = EdgeKey("Person", "SEARCHED", "Topic")
FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")
PEOPLE, ITEMS, TOPICS = 60, 24, 6
NOBODY = PEOPLE  # the last person has neither events nor ties
WATCHER = 0  # has searched and follows, but has no event with a product


def edges(src: Any, dst: Any, *, time: Any = None) -> Edges:
    return Edges(
        np.asarray(src, np.int64), np.asarray(dst, np.int64), None if time is None else np.asarray(time, np.int64)
    ).canonical()


def checkerboard(seed: int = 5, *, people: int = PEOPLE, dated: bool = True) -> HeteroGraph:
    """A market in which half of the people want the even items and the others the odd ones."""
    rng = np.random.default_rng(seed)
    half = np.arange(people) % 2
    src: dict[EdgeKey, list[int]] = {key: [] for key in (BOUGHT, VIEWED, SEARCHED, FOLLOWS)}
    dst: dict[EdgeKey, list[int]] = {key: [] for key in src}
    for person in range(people):
        for key, count, width in ((BOUGHT, 5, ITEMS), (VIEWED, 4, ITEMS), (SEARCHED, 2, TOPICS)):
            if person == WATCHER and key.target == "Product":
                continue
            wanted = rng.choice(np.arange(half[person], width, 2), count, replace=False)
            src[key] += [person] * count
            dst[key] += wanted.tolist()
        friends = rng.choice(np.flatnonzero(half == half[person]), 3, replace=False)
        friends = friends[friends != person]
        src[FOLLOWS] += [person] * len(friends)
        dst[FOLLOWS] += friends.tolist()
    sets = {
        key: edges(src[key], dst[key], time=rng.integers(1_000_000, 9_000_000, len(src[key])) if dated else None)
        for key in src
    }
    product = Nodes(
        IdMap.of("Product", [f"p{i:02d}" for i in range(ITEMS)]),
        MappingProxyType({"brand": TextArray.of(["even" if i % 2 == 0 else "odd" for i in range(ITEMS)])}),
    )
    nodes = {
        "Person": Nodes(IdMap.of("Person", [f"u{i:03d}" for i in range(people + 1)]), {}),
        "Product": product,
        "Topic": Nodes(IdMap.of("Topic", [f"t{i}" for i in range(TOPICS)]), {}),
    }
    return HeteroGraph.of(nodes, sets)


@pytest.fixture(scope="module")
def market() -> HeteroGraph:
    return checkerboard()


class RecommenderContract:
    """Inherit, and override ``voter``."""

    personal = True  # whether the model tells people apart

    def voter(self) -> Recommender:
        raise NotImplementedError

    def fitted(self, graph: HeteroGraph, seed: int = 3) -> Fitted:
        target = choose_target(graph, "Product")
        return self.voter().fit(full_split(graph, target), np.random.default_rng(seed))

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls) -> Fitted:
        return cls().fitted(checkerboard())

    def test_scores_are_finite_and_pairs_agree_with_rows(self, model: Fitted, market: HeteroGraph) -> None:
        users, items = np.repeat(np.arange(PEOPLE + 1), ITEMS), np.tile(np.arange(ITEMS), PEOPLE + 1)
        scores = model.score(market, users, items)
        assert np.isfinite(scores).all()
        pick = np.random.default_rng(1).permutation(len(users))[:50]
        assert np.array_equal(model.score(market, users[pick], items[pick]), scores[pick])

    def test_one_at_a_time_equals_all_at_once(self, model: Fitted, market: HeteroGraph) -> None:
        together = list(recommend(model, market, range(PEOPLE + 1), 5).rows())
        apart = [row for user in range(PEOPLE + 1) for row in recommend(model, market, [user], 5).rows()]
        assert together == apart

    def test_same_seed_same_bytes(self, model: Fitted, tmp_path: Any) -> None:
        again = self.fitted(checkerboard())
        first, second = save_model(model, tmp_path / "a"), save_model(again, tmp_path / "b")
        assert sorted(f.name for f in first.iterdir()) == ["model.json", "tables.safetensors"]
        for file in first.iterdir():
            assert file.read_bytes() == (second / file.name).read_bytes()

    def test_survives_saving(self, model: Fitted, market: HeteroGraph, tmp_path: Any) -> None:
        read = load_model(save_model(model, tmp_path / "m", about={"note": "车"}), verify=True)
        assert read.about == {"note": "车"}
        assert type(read.model) is type(model)
        before, after = (recommend(m, market, range(PEOPLE + 1), 4) for m in (model, read.model))
        assert list(before.rows()) == list(after.rows())

    def test_owned_items_are_left_out(self, model: Fitted, market: HeteroGraph) -> None:
        found = recommend(model, market, range(PEOPLE + 1), ITEMS)
        owned = set(zip(market.edges(BOUGHT).src.tolist(), market.edges(BOUGHT).dst.tolist(), strict=True))
        shown = set(zip(found.users.tolist(), found.items.tolist(), strict=True))
        assert not owned & shown
        assert len(shown) == (PEOPLE + 1) * ITEMS - len(owned)

    def test_what_was_bought_after_training_is_left_out(self, model: Fitted, market: HeteroGraph) -> None:
        """Also where the model was trained before the first purchase, or ownership comes by another relation."""
        views = HeteroGraph.of(market.nodes, {k: e for k, e in market.edge_sets.items() if k != BOUGHT})
        early = self.fitted(views)
        before = recommend(early, views, [9], 1)
        assert before.items[0] not in recommend(early, market_with(views, BOUGHT, 9, before.items[0]), [9], ITEMS).items
        first = recommend(model, market, [9], 1).items[0]
        for relation in ("BOUGHT", "OWNS"):
            later = market_with(market, EdgeKey("Person", relation, "Product"), 9, first)
            assert first not in recommend(model, later, [9], ITEMS).items

    def test_people_not_to_be_contacted_get_no_rows(self, model: Fitted, market: HeteroGraph) -> None:
        assert set(recommend(model, market, [1, 2, 3], 2, exclude=[2]).users.tolist()) == {1, 3}

    def test_a_person_without_history_gets_an_answer_that_says_so(self, model: Fitted, market: HeteroGraph) -> None:
        found = recommend(model, market, [NOBODY], 3)
        assert len(found) == 3
        assert {reason.code for reason in found.reasons} == {"new-person"}

    def test_unknown_numbers_and_other_targets_are_refused(self, model: Fitted, market: HeteroGraph) -> None:
        with pytest.raises(ModelError, match="outside"):
            recommend(model, market, [PEOPLE + 1], 3)
        with pytest.raises(ModelError, match="not Vehicle"):
            recommend(model, market, [1], 3, target=Target("Vehicle", (("BOUGHT",),), 1, ("BOUGHT",)))

    def test_a_new_person_and_a_new_item_need_no_refit(self, model: Fitted, market: HeteroGraph) -> None:
        """Somebody who arrives after the fit is scored like a twin who was there; ids decide, not numbers."""
        grown = with_twin(market, of=7)
        newcomer = grown.ids("Person").numbers(["a-newcomer"])
        old = recommend(model, market, [7], 6)
        new = recommend(model, grown, newcomer, 7)
        assert [item for item in new.item_ids if item != "z-new"][:6] == list(old.item_ids)
        assert len(recommend(model, grown, newcomer, ITEMS + 1)) == len(recommend(model, market, [7], ITEMS)) + 1

    def test_no_graph_and_no_person_is_kept(self) -> None:
        graph = checkerboard(seed=6)
        alive = weakref.ref(graph)
        model = self.fitted(graph)
        del graph
        gc.collect()
        assert alive() is None
        assert "Person" not in model.vocabulary.ids
        assert not any(PEOPLE + 1 in array.shape for array in arrays_of(model))

    def test_every_reason_rests_on_edges_that_exist(self, model: Fitted, market: HeteroGraph) -> None:
        known = {
            (key, s, d)
            for key, e in market.edge_sets.items()
            for s, d in zip(e.src.tolist(), e.dst.tolist(), strict=True)
        }
        found = recommend(model, market, range(PEOPLE + 1), 5)
        for reason in found.reasons:
            assert reason.text.strip()
            assert reason.support or reason.code in {"new-item", "new-person"}
            assert all(tuple(edge) in known for edge in reason.support), reason

    def test_finds_the_right_half(self, model: Fitted, market: HeteroGraph) -> None:
        if not self.personal:
            pytest.skip("says the same to everybody")
        found = recommend(model, market, range(1, PEOPLE), 2)
        assert np.mean(found.users % 2 == found.items % 2) > 0.9


def arrays_of(model: Fitted) -> list[Any]:
    """All arrays of a model and of the voters that it is made of."""
    state = model.state()
    return [*state.arrays.values(), *(array for voter in state.voters.values() for array in arrays_of(voter))]


def market_with(graph: HeteroGraph, key: EdgeKey, person: int, item: int) -> HeteroGraph:
    """The graph with one more event, the last of all."""
    old = graph.edges(key)
    time = np.full(len(old), 1_000_000, np.int64) if old.time is None else old.time
    more = edges(np.append(old.src, person), np.append(old.dst, item), time=np.append(time, 9_000_000))
    return HeteroGraph.of(graph.nodes, {**graph.edge_sets, key: more})


def with_twin(graph: HeteroGraph, *, of: int) -> HeteroGraph:
    """The graph with one more person, first in order, who has the same edges as ``of``, and one more product."""
    nodes = dict(graph.nodes)
    people = graph.nodes["Person"].ids.texts.to_list()
    nodes["Person"] = dataclasses.replace(nodes["Person"], ids=IdMap.of("Person", ["a-newcomer", *people]))
    brands = graph.nodes["Product"].columns["brand"]
    assert isinstance(brands, TextArray)
    nodes["Product"] = dataclasses.replace(
        nodes["Product"],
        ids=IdMap.of("Product", [*graph.nodes["Product"].ids.texts.to_list(), "z-new"]),
        columns=MappingProxyType({"brand": TextArray.of([*brands.to_list(), "other"])}),
    )
    sets = {}
    for key, e in graph.edge_sets.items():
        shift = 1 if key.target == "Person" else 0
        twin = e.src == of
        src = np.concatenate([e.src + 1, np.zeros(int(twin.sum()), np.int64)])
        dst = np.concatenate([e.dst, e.dst[twin]]) + shift
        time = None if e.time is None else np.concatenate([e.time, e.time[twin]])
        sets[key] = edges(src, dst, time=time)
    return HeteroGraph.of(nodes, sets)
