"""A learned link predictor: what it finds in towns whose rule is known, and what every fitted model has to keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import gnn
from gnn.determinism import deterministic
from gnn.links.fitting import EpisodeMaker, Recipe, fit_head
from gnn.links.head import LinkHead
from gnn.links.train import TrainedLinks, train
from graph.columns import Nodes
from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.features import Vocabulary
from graph.recommend.links.links_io import load_links, save_links
from graph.recommend.links.model import FittedLinks
from graph.recommend.links.split import split_ties
from graph.schema import EdgeKey
from tests.contract.recommender import checkerboard
from tests.graph.recommend.links.towns import FOLLOWS, edges, fans_and_stars, mutual, town

QUICK = Recipe(rate=0.03, epochs=12)


def learn(graph: HeteroGraph, seed: int = 0) -> TrainedLinks:
    return train(graph, FOLLOWS, recipe=QUICK, on_step=lambda step: None, seed=seed)


@pytest.fixture(scope="module")
def stars() -> HeteroGraph:
    return fans_and_stars()


@pytest.fixture(scope="module")
def trained(stars: HeteroGraph) -> TrainedLinks:
    return learn(stars)


def test_learns_what_no_rival_sees_in_a_bipartite_town(trained: TrainedLinks, stars: HeteroGraph) -> None:
    assert trained.model.rival == ""
    assert trained.report.main == "links"
    assert all(gap["mrr_low"] > 0 for gap in trained.report.differences)
    shown = trained.model.top(stars, np.arange(40), 5)
    assert (shown >= 40).all(), "stars and no fans"
    assert np.mean(shown % 2 == np.arange(40)[:, None] % 2) > 0.95


def test_reciprocity_is_used_where_nothing_is_better() -> None:
    found = learn(mutual())
    assert found.model.rival == found.report.main == "reciprocity"
    assert "reciprocity is used" in found.about["choice"]
    assert not found.model.arrays


def test_ties_without_times_are_learned_from_too() -> None:
    found = learn(fans_and_stars(dated=False))
    assert found.about["split"]["method"] == "leave-out"
    assert found.report.row("links")["mrr"] > 2 * found.report.row("preferential attachment")["mrr"]


def test_same_seed_same_bytes_and_another_seed_others(
    trained: TrainedLinks, stars: HeteroGraph, tmp_path: Path
) -> None:
    torch.manual_seed(99)
    again = learn(stars)
    first, second = (save_links(t.model, tmp_path / n, about=t.about) for n, t in (("a", trained), ("b", again)))
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()
    other = learn(stars, seed=1).model.arrays
    assert not np.array_equal(other["pair.weight"], trained.model.arrays["pair.weight"])


def test_what_is_read_scores_like_what_was_saved(trained: TrainedLinks, stars: HeteroGraph, tmp_path: Path) -> None:
    read, about = load_links(save_links(trained.model, tmp_path / "m", about=trained.about))
    assert np.array_equal(read.scores(stars, np.arange(80)), trained.model.scores(stars, np.arange(80)))
    assert about["choice"] == trained.about["choice"]


def test_a_new_person_is_scored_like_a_twin(trained: TrainedLinks, stars: HeteroGraph) -> None:
    """Somebody who comes after the fit, first in order, and follows whom fan 7 follows."""
    old = stars.edges(FOLLOWS)
    twin = old.src == 7
    assert old.time is not None
    rows = [*zip(old.src + 1, old.dst + 1, old.time, strict=True), *((0, d + 1, 0) for d in old.dst[twin])]
    ids = ["a-newcomer", *stars.ids("Person").texts.to_list()]
    grown = HeteroGraph.of({"Person": Nodes(IdMap.of("Person", ids), {})}, {FOLLOWS: edges(rows)})
    shown = trained.model.top(grown, np.array([0, 8]), 8)
    assert set(shown[0].tolist()) == set(shown[1].tolist())
    assert (shown[0] % 2 == 8 % 2).all()


def test_the_model_serves_what_the_head_computes() -> None:
    """With vectors, too: parameters drawn at random, a market with products."""
    graph = checkerboard(people=80)
    questions = split_ties(graph, FOLLOWS, rng=np.random.default_rng(0)).test
    vocabulary = Vocabulary.of(graph)
    episode = EpisodeMaker(FOLLOWS, vocabulary, seed=0).episode(questions)
    head = LinkHead(episode.interests.shape[1])
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        for parameter in head.parameters():
            parameter.copy_(torch.randn(parameter.shape))
        head.eval()
        block = episode.features.block(np.arange(0, 81, 3))
        expected = head(episode, block).numpy()
    model = FittedLinks(FOLLOWS, "", vocabulary, head.export(episode.basis))
    scorer = model.scorer(episode.features)
    assert scorer(block) == pytest.approx(expected, rel=1e-4, abs=1e-3)
    alone = scorer(episode.features.block(np.array([9])))
    assert np.array_equal(alone[0], scorer(block)[3]), "a row depends on nobody else"
    people = {81, 80}
    assert not any(people & set(array.shape) for array in model.arrays.values()), "no person is kept"


def test_vectors_find_what_pairs_cannot_and_start_without_effect() -> None:
    """Ties inside the halves of a market, whose interests tell the half while there are hardly any paths."""
    graph = checkerboard(people=60, seed=2)
    split = split_ties(graph, FOLLOWS, rng=np.random.default_rng(0))
    maker, recipe = EpisodeMaker(FOLLOWS, Vocabulary.of(graph), seed=0), Recipe(rate=0.03, rate_vectors=0.05)
    with deterministic():
        windows, test = [maker.episode(q) for q in split.windows], maker.episode(split.test)
        plain = fit_head(windows, recipe, np.random.default_rng(0), epochs=2)
        still = fit_head(windows, recipe, np.random.default_rng(0), start=plain.head, epochs=0).head
        learned = fit_head(windows, recipe, np.random.default_rng(0), start=plain.head, epochs=5).head
    block = test.features.block(test.users)
    half = test.users[:, None] % 2 == np.arange(61) % 2
    with torch.no_grad():
        before, same, after = (h(test, block).numpy() for h in (plain.head, still, learned))
    assert np.array_equal(before, same)
    gap = [scores[half].mean() - scores[~half].mean() for scores in (before, after)]
    assert gap[1] > gap[0] + 0.5


def test_torch_is_left_as_it_was(stars: HeteroGraph) -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state().clone(), torch.get_num_threads()
    learn(stars)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]


def test_the_front_door_refuses_what_cannot_be_learned() -> None:
    with pytest.raises(ModelError, match="people to people"):
        gnn.train_links(town(3, FOLLOWS=[(0, 1)]), relation=EdgeKey("Person", "BOUGHT", "Product"))
    with pytest.raises(ModelError, match="too few"):
        gnn.train_links(town(3, FOLLOWS=[(0, 1)]), relation=FOLLOWS)
