import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import gnn
from gnn.episodes import make_episodes
from gnn.export import export
from gnn.inputs import Layout, make_inputs
from gnn.predictor import LinkPredictor
from gnn.settings import NetworkSettings
from gnn.training import Gnn
from graph.columns import Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.base import Fitted, Recommender
from graph.recommend.features import Features, Vocabulary
from graph.recommend.model_io import load_model, save_model
from graph.recommend.registry import default_voters
from graph.recommend.split import full_split, split_graph
from graph.recommend.target import Target, choose_target, first_events
from graph.recommend.train import train
from graph.recommend.voters.gnn import FittedGnn
from tests.contract.recommender import BOUGHT, RecommenderContract, checkerboard, edges, market, with_twin
from tests.graph.recommend.test_refresh import NEW_ITEM, grown

__all__ = ["market"]
ROOT = Path(__file__).parents[2]
SMALL = NetworkSettings(width=8, windows=3, epochs=5)


class TestGnn(RecommenderContract):
    def voter(self) -> Recommender:
        return Gnn(SMALL)


def untrained(graph: HeteroGraph, target: Target, settings: NetworkSettings) -> tuple[LinkPredictor, Layout]:
    torch.manual_seed(3)
    layout = Layout.of(graph, target)
    model = LinkPredictor(layout, settings).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))
    return model, layout


def test_the_export_scores_like_the_network() -> None:
    """NumPy gives every person and item what the network gives them, whatever the parameters are."""
    graph = checkerboard()
    target = choose_target(graph, "Product")
    model, layout = untrained(graph, target, SMALL)
    people = np.arange(graph.count("Person"))
    inputs = make_inputs(graph, layout, people, width=8, reference=None, device=torch.device("cpu"))
    with torch.no_grad():
        expected = model.logits(inputs, model(inputs), torch.from_numpy(people)).numpy()
    fitted = export(model, layout, inputs, inputs.start)
    found = fitted.scores(Features(graph, target), people)
    assert found == pytest.approx(expected, abs=1e-4)
    assert np.ptp(found) > 0.1
    # The encoder in NumPy makes the same tables from the same graph.
    for name in ("inward", "outward", "bias", "reference"):
        again = getattr(fitted.refreshed(graph).tables, name)
        assert again == pytest.approx(getattr(fitted.tables, name), abs=1e-5)


def test_an_episode_knows_nothing_of_its_answers() -> None:
    graph = checkerboard(people=200)
    target = choose_target(graph, "Product")
    episodes = make_episodes(graph, target, windows=4, rng=np.random.default_rng(0))
    assert len(episodes) == 4
    width = graph.count("Product")
    for episode in episodes:
        known = first_events(episode.known, target)
        assert not np.isin(episode.users * width + episode.items, known.users * width + known.items).any()
        assert episode.known.now is not None
        assert all((e.time < episode.known.now).all() for e in episode.known.edge_sets.values() if e.time is not None)
    assert sum(len(episode.users) for episode in episodes) > 0


def test_undated_episodes_hide_pairs_with_all_their_events() -> None:
    graph = checkerboard(dated=False)
    target = choose_target(graph, "Product")
    (episode,) = make_episodes(graph, target, windows=1, rng=np.random.default_rng(0))
    hidden = set(zip(episode.users.tolist(), episode.items.tolist(), strict=True))
    for key in episode.known.keys(source="Person", target="Product"):
        left = episode.known.edges(key)
        assert not hidden & set(zip(left.src.tolist(), left.dst.tolist(), strict=True))


def test_beats_popularity_and_what_it_starts_from_on_planted_halves() -> None:
    graph = checkerboard(people=200)
    target = choose_target(graph, "Product")
    split = split_graph(graph, target, rng=np.random.default_rng(0))
    settings = NetworkSettings(width=8, windows=3, epochs=25)
    report = train(graph, target, voters=[*default_voters(), Gnn(settings)]).report
    assert report.row("gnn")["ndcg"] > 1.3 * report.row("popularity")["ndcg"]
    assert report.difference("combined", "popularity")["low"] > 0
    tuned, model = Gnn(settings).tune(split, np.random.default_rng(0))
    assert tuned.epochs is not None
    assert tuned.epochs <= 25
    assert isinstance(model, FittedGnn)


def test_lonely_graphs_can_be_trained_on() -> None:
    graph = checkerboard(dated=False)
    alone = type(graph).of(graph.nodes, {k: e for k, e in graph.edge_sets.items() if k.target != "Person"})
    target = choose_target(alone, "Product")
    split = split_graph(alone, target, rng=np.random.default_rng(0))
    model = Gnn(SMALL, epochs=2).fit(split, np.random.default_rng(0))
    assert np.isfinite(model.scores(Features(alone, target), np.arange(5))).all()


def test_first_imports_of_one_moment_single_items_and_too_few_pairs_can_be_trained_on() -> None:
    """The oldest events often have the date of the import; with fewer than five pairs no undated pair is hidden."""
    graph = checkerboard()
    early = {
        key: replace(e, time=np.maximum(e.time, np.quantile(e.time, 0.6).astype(np.int64))).canonical()
        for key, e in graph.edge_sets.items()
        if e.time is not None
    }
    once = type(graph).of(graph.nodes, early)
    bought = graph.edges(BOUGHT)
    few = type(graph).of(graph.nodes, {BOUGHT: replace(bought.take(np.arange(len(bought)) % 5 < 2), time=None)})
    one = type(graph).of(
        {**graph.nodes, "Product": Nodes(IdMap.of("Product", ["p"]), {})},
        {BOUGHT: edges(np.arange(30), np.zeros(30), time=np.arange(30) * 100_000)},
    )
    for market_ in (once, few, one):
        target = choose_target(market_, "Product")
        model = Gnn(SMALL).fit(full_split(market_, target), np.random.default_rng(0))
        assert np.isfinite(model.scores(Features(market_, target), np.arange(20))).all()


def test_torch_is_left_as_it_was() -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state().clone(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    graph = checkerboard()
    Gnn(SMALL, epochs=1).fit(full_split(graph, choose_target(graph, "Product")), np.random.default_rng(0))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before[1:]


def digest(model: Fitted) -> str:
    state = model.state()
    result = hashlib.sha256(repr(state.facts).encode())
    for name, array in sorted(state.arrays.items()):
        result.update(name.encode() + array.tobytes())
    return result.hexdigest()


SCRIPT = """
import sys
import numpy as np
import torch
from gnn.settings import NetworkSettings
from gnn.training import Gnn
from graph.recommend.split import full_split
from graph.recommend.target import choose_target
from tests.contract.recommender import checkerboard
from tests.gnn.test_training import digest
torch.set_num_threads(int(sys.argv[1]))
graph = checkerboard(people=400)
settings = NetworkSettings(width=32, windows=3)
model = Gnn(settings, epochs=3).fit(full_split(graph, choose_target(graph, "Product")), np.random.default_rng(0))
print(digest(model))
"""


@pytest.mark.proof
def test_processes_with_other_hash_seeds_and_threads_train_the_same_bytes() -> None:
    said = set()
    for seed, threads in (("0", "2"), ("12345", "1")):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT, threads],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        said.add(done.stdout)
    assert len(said) == 1, "same seed, same bytes"


def test_same_seed_same_bytes_and_another_seed_other_bytes() -> None:
    graph = checkerboard()
    split = full_split(graph, choose_target(graph, "Product"))
    first, second, third = (digest(Gnn(SMALL, epochs=2).fit(split, np.random.default_rng(s))) for s in (0, 0, 1))
    assert first == second != third


def test_voter_is_the_front_door() -> None:
    assert gnn.voter() == Gnn()
    assert gnn.voter().name == "gnn"


def test_a_network_folds_in_new_things_the_same_in_one_step_or_in_two(tmp_path: Path) -> None:
    graph = checkerboard()
    target = choose_target(graph, "Product")
    fitted = Gnn(SMALL, epochs=2).fit(full_split(graph, target), np.random.default_rng(0))
    half, whole = with_twin(graph, of=7), grown(graph)
    people = np.arange(whole.count("Person"))
    once = fitted.refreshed(whole).scores(Features(whole, target), people)
    read = load_model(save_model(fitted, tmp_path / "m"), verify=True).model
    assert isinstance(read, FittedGnn)
    twice = read.refreshed(half).refreshed(whole).scores(Features(whole, target), people)
    assert np.abs(once - twice).max() <= 1e-5
    item = int(whole.ids("Product").numbers([NEW_ITEM])[0])
    stale = fitted.further_scores(Features(whole, target), people)["vectors"].dense()
    fresh = fitted.refreshed(whole).further_scores(Features(whole, target), people)["vectors"].dense()
    assert not stale[:, item].any()
    wanting, others = people[2:][people[2:] % 2 == 0], people[1:][people[1:] % 2 == 1]
    assert fresh[wanting, item].mean() > fresh[others, item].mean()


def test_what_a_thing_adds_to_the_vectors_is_what_they_lose_without_it() -> None:
    graph = checkerboard()
    target = choose_target(graph, "Product")
    fitted = Gnn(SMALL, epochs=2).fit(full_split(graph, target), np.random.default_rng(0))
    features, person, items = Features(graph, target), 3, np.arange(graph.count("Product"))
    key = next(key for key in graph.keys(source="Person", target="Product") if (graph.edges(key).src == person).any())
    thing = int(graph.edges(key).dst[graph.edges(key).src == person][0])
    less = graph
    for other in graph.keys(source="Person", target="Product"):
        edges = graph.edges(other)
        less = less.without(other, (edges.src == person) & (edges.dst == thing))
    who = np.array([person])
    before = fitted.further_scores(features, who)["vectors"].dense()[0]
    after = fitted.further_scores(Features(less, target), who)["vectors"].dense()[0]
    things = np.full(len(items), Vocabulary.of(graph).span("Product")[0] + thing)
    assert fitted.losses(features, np.full(len(items), person), things, items) == pytest.approx(
        before - after, abs=1e-5
    )
    strange = np.setdiff1d(np.arange(graph.count("Product")), graph.edges(key).dst[graph.edges(key).src == person])
    other = Vocabulary.of(graph).span("Product")[0] + strange[:1]
    assert fitted.losses(features, who, other, items[:1]).tolist() == [0.0]
