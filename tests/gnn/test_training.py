import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import gnn
from gnn.encoder import Relations, convolve, fold_in
from gnn.training import Gnn
from graph.recommend.base import Recommender
from graph.recommend.features import Features, Vocabulary
from graph.recommend.registry import default_voters
from graph.recommend.split import full_split, split_graph
from graph.recommend.target import choose_target
from graph.recommend.train import train
from graph.recommend.voters.gnn import FittedGnn
from tests.contract.recommender import RecommenderContract, checkerboard, market

__all__ = ["market"]
ROOT = Path(__file__).parents[2]


class TestGnn(RecommenderContract):
    def voter(self) -> Recommender:
        return Gnn(width=16, steps=40)


def test_the_export_scores_like_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folding in with NumPy equals the encoder's own vectors of people, people unknown to it included."""
    import gnn.training as training

    caught = {}

    def spy(relations, parameters, split, vocabulary, *, layers):  # type: ignore[no-untyped-def]
        caught["vectors"] = (relations, parameters, layers)
        return export(relations, parameters, split, vocabulary, layers=layers)

    export = training._export
    monkeypatch.setattr(training, "_export", spy)
    graph = checkerboard()
    target = choose_target(graph, "Product")
    model = Gnn(width=8, steps=5).fit(full_split(graph, target), np.random.default_rng(0))
    relations, parameters, layers = caught["vectors"]
    with torch.no_grad():
        table = convolve(relations, parameters, relations.own.values, layers=layers)
        people = fold_in(relations, parameters, table, relations.own.values)
        start, stop = Vocabulary.of(graph).span("Product")
        expected = (people @ table[start:stop].T + parameters.bias).numpy()
    found = model.scores(Features(graph, target), np.arange(graph.count("Person")))
    assert found == pytest.approx(expected, abs=1e-4)


def test_beats_popularity_on_planted_halves() -> None:
    graph = checkerboard(people=200)
    report = train(graph, choose_target(graph, "Product"), voters=[*default_voters(), Gnn(width=16, steps=60)]).report
    assert report.row("gnn")["ndcg"] > 1.3 * report.row("popularity")["ndcg"]
    assert report.difference("fusion", "popularity")["low"] > 0


def test_undated_and_lonely_graphs_can_be_trained_on() -> None:
    graph = checkerboard(dated=False)
    alone = type(graph).of(graph.nodes, {k: e for k, e in graph.edge_sets.items() if k.target != "Person"})
    target = choose_target(alone, "Product")
    split = split_graph(alone, target, rng=np.random.default_rng(0))
    model = Gnn(width=8, steps=3, negatives=10, pairs=50).fit(split, np.random.default_rng(0))
    assert isinstance(model, FittedGnn)
    assert np.isfinite(model.scores(Features(alone, target), np.arange(5))).all()


def test_torch_is_left_as_it_was() -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state().clone(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    graph = checkerboard()
    Gnn(width=8, steps=2).fit(full_split(graph, choose_target(graph, "Product")), np.random.default_rng(0))
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before[1:]


SCRIPT = """
import hashlib, sys
import numpy as np
import torch
from gnn.training import Gnn
from graph.recommend.split import full_split
from graph.recommend.target import choose_target
from tests.contract.recommender import checkerboard
torch.set_num_threads(int(sys.argv[1]))
graph = checkerboard(people=400)
model = Gnn(width=32, steps=15).fit(full_split(graph, choose_target(graph, "Product")), np.random.default_rng(0))
digest = hashlib.sha256(repr(model.state().facts).encode())
for name, array in sorted(model.state().arrays.items()):
    digest.update(name.encode() + array.tobytes())
print(digest.hexdigest())
print(sorted(m for m in ("torch._inductor", "torch._dynamo", "torch_geometric") if m in sys.modules))
"""


@pytest.mark.proof
def test_processes_with_other_hash_seeds_and_threads_train_the_same_bytes() -> None:
    said = set()
    for seed, threads in (("0", "2"), ("12345", "1")):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, threads],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        said.add(done.stdout)
    assert len(said) == 1, "same seed, same bytes"
    assert said.pop().splitlines()[1] == "[]", "training must not load the compiler or PyG, which takes seconds"


def test_voter_is_the_front_door() -> None:
    assert gnn.voter() == Gnn()
    assert gnn.voter().name == "gnn"


@pytest.mark.filterwarnings("ignore")
def test_to_pyg_keeps_every_edge() -> None:
    graph = checkerboard()
    data = gnn.to_pyg(graph)
    assert set(data.edge_types) == {tuple(key) for key in graph.edge_sets}
    for key, e in graph.edge_sets.items():
        assert data[tuple(key)].edge_index.numpy().tolist() == [e.src.tolist(), e.dst.tolist()]
        assert data[tuple(key)].time.numpy().tolist() == e.time.tolist()
    assert {t: data[t].num_nodes for t in data.node_types} == {t: len(n) for t, n in graph.nodes.items()}
    data.validate()


def test_relations_put_every_event_in_one_matrix() -> None:
    graph = checkerboard()
    target = choose_target(graph, "Product")
    keys = tuple(k for k in graph.edge_sets if k.target != "Person")
    relations = Relations.of(Features(graph, target), Vocabulary.of(graph), keys)
    pairs = sum(
        len(set(zip(e.src.tolist(), e.dst.tolist(), strict=True))) for k, e in graph.edge_sets.items() if k in keys
    )
    assert len(relations.own.values) == pairs
    assert relations.relation.sum().item() == relations.own.shape[1]
