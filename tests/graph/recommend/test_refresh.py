"""A refreshed model is a function of the model and the graph: nothing else, and nothing that happened on the way."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.base import Combined
from graph.recommend.features import Features
from graph.recommend.forms import form_of, recommender_of
from graph.recommend.model_io import load_model, save_model
from graph.recommend.refresh import refresh
from graph.recommend.registry import default_voters, voter_kinds, voter_of
from graph.recommend.target import choose_target
from graph.recommend.train import TrainedModel, train
from graph.recommend.voters.als import Als
from graph.recommend.voters.popularity import Popularity
from tests.contract.recommender import (
    BOUGHT,
    ITEMS,
    VIEWED,
    arrays_of,
    checkerboard,
    edges,
    market_with,
    with_twin,
)

NEW_ITEM = "z-new"
LATE = 9_100_000


def grown(graph: HeteroGraph) -> HeteroGraph:
    """The graph with a new person, the twin of person 7, and a new item that much of the odd half has bought."""
    more = with_twin(graph, of=7)
    item = int(more.ids("Product").numbers([NEW_ITEM])[0])
    count = len(graph.ids("Person")) // 3
    buyers = 1 + np.arange(1, 2 * count, 2)  # the newcomer comes first, so that everybody's number is one higher
    sets = dict(more.edge_sets)
    for key in (BOUGHT, VIEWED):
        old = sets[key]
        assert old.time is not None
        time = np.concatenate([old.time, LATE + np.arange(count)])
        sets[key] = edges(np.append(old.src, buyers), np.append(old.dst, np.full(count, item)), time=time)
    return HeteroGraph.of(more.nodes, sets)


@pytest.fixture(scope="module")
def trained() -> TrainedModel:
    graph = checkerboard(people=120)
    # Without the voter on attributes, which alone would tell the halves apart.
    voters = [*(voter for voter in default_voters() if voter.name != "content"), Als(dimensions=4)]
    return train(graph, choose_target(graph, "Product"), voters=voters)


def refreshed(trained: TrainedModel, graph: HeteroGraph) -> Combined:
    assert isinstance(trained.model, Combined)
    return refresh(trained.model, trained.about["forms"], graph, seed=trained.about["seed"])


def all_scores(model: Combined, graph: HeteroGraph) -> np.ndarray:
    return model.scores(Features(graph, model.target), np.arange(graph.count("Person")))


def test_on_the_training_graph_the_tables_are_those_of_the_training(trained: TrainedModel) -> None:
    again = refreshed(trained, checkerboard(people=120))
    before, after = arrays_of(trained.model), arrays_of(again)
    assert len(before) == len(after) > 10
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


def test_folded_in_scores_are_those_of_the_market_read_again(trained: TrainedModel, tmp_path: Path) -> None:
    """The model in memory with the graph grown in memory, and both read from files, in one step or in two."""
    graph = grown(checkerboard(people=120))
    folded = all_scores(refreshed(trained, graph), graph)
    graph.write(tmp_path / "snapshot")
    again = HeteroGraph.read(tmp_path / "snapshot")
    saved = load_model(save_model(trained.model, tmp_path / "model", about=trained.about), verify=True)
    assert isinstance(saved.model, Combined)
    read = refresh(saved.model, saved.about["forms"], again, seed=saved.about["seed"])
    assert np.abs(all_scores(read, again) - folded).max() <= 1e-5
    halfway = refresh(saved.model, saved.about["forms"], with_twin(checkerboard(people=120), of=7), seed=0)
    both = refresh(halfway, saved.about["forms"], again, seed=saved.about["seed"])
    assert np.abs(all_scores(both, again) - folded).max() <= 1e-5


def test_a_new_item_reaches_the_people_who_want_such_items(trained: TrainedModel) -> None:
    graph = grown(checkerboard(people=120))
    item = int(graph.ids("Product").numbers([NEW_ITEM])[0])
    scores = all_scores(refreshed(trained, graph), graph)
    rank = (scores > scores[:, [item]]).sum(axis=1)
    odd, even = np.arange(91, 121, 2) + 1, np.arange(90, 120, 2) + 1
    assert not np.isin(graph.edges(BOUGHT).src[graph.edges(BOUGHT).dst == item], odd).any()
    assert rank[odd].mean() < ITEMS / 3
    assert rank[even].mean() >= ITEMS / 2
    stale = all_scores(trained.model, graph)  # type: ignore[arg-type]
    assert (stale > stale[:, [item]]).sum(axis=1)[odd].mean() >= ITEMS / 2


def test_a_new_person_scores_like_a_twin_before_and_after_and_alone(trained: TrainedModel) -> None:
    graph = grown(checkerboard(people=120))
    newcomer, twin = 0, 8
    for model in (trained.model, refreshed(trained, graph)):
        assert isinstance(model, Combined)
        features = Features(graph, model.target)
        alone = model.scores(features, np.array([newcomer]))[0]
        everybody = all_scores(model, graph)
        assert np.array_equal(alone, everybody[newcomer])
        if model is trained.model:
            assert alone == pytest.approx(everybody[twin], abs=1e-5)


def test_what_happened_since_counts_at_once_without_a_refresh(trained: TrainedModel) -> None:
    graph = checkerboard(people=120)
    model = trained.model
    assert isinstance(model, Combined)
    later = market_with(graph, BOUGHT, 5, 2)  # somebody of the odd half takes something of the other one
    before, after = all_scores(model, graph)[5], all_scores(model, later)[5]
    assert after[::2].mean() > before[::2].mean()


def test_every_recommender_is_made_again_from_its_form() -> None:
    for kind in voter_kinds():
        declared = voter_of(kind)
        for voter in declared.default:
            assert recommender_of(form_of(voter, kind)) == voter
    als = Als(dimensions=3, penalty=0.1)
    assert recommender_of(form_of(als, "als")) == als


def test_what_can_neither_be_kept_nor_fitted_again_is_refused() -> None:
    @dataclasses.dataclass(frozen=True)
    class Odd:
        setting: object = frozenset()
        name: str = "odd"

    form = form_of(Odd(), "popularity")  # type: ignore[arg-type]
    assert form == {"name": "odd", "kind": "popularity", "settings": None}
    with pytest.raises(ModelError, match="neither be refreshed nor fitted again"):
        recommender_of(form)
    with pytest.raises(ModelError, match="other settings in this version"):
        recommender_of({**form_of(Popularity(), "popularity"), "settings": {"gone": 1}})


def test_ids_decide_and_not_numbers(trained: TrainedModel) -> None:
    """Things that a newer graph lacks are left out of the tables."""
    graph = checkerboard(people=120)
    kept = np.arange(1, ITEMS)
    sets = {}
    for key, part in graph.edge_sets.items():
        where = part.dst > 0 if key.target == "Product" else np.ones(len(part), np.bool_)
        shift = 1 if key.target == "Product" else 0
        assert part.time is not None
        sets[key] = edges(part.src[where], part.dst[where] - shift, time=part.time[where])
    names = graph.ids("Product").texts.to_list()
    product = dataclasses.replace(
        graph.nodes["Product"], ids=IdMap.of("Product", [names[i] for i in kept]), columns=MappingProxyType({})
    )
    fewer = HeteroGraph.of({**graph.nodes, "Product": product}, sets)
    model = refreshed(trained, fewer)
    assert model.vocabulary.ids["Product"].to_list() == names[1:]
    assert np.isfinite(all_scores(model, fewer)).all()
