"""Segments: found against planted communities, beside what a user would do otherwise.

    python benchmarks/segments.py --seeds 1 2 3          default worlds of 5,000 users
    python benchmarks/segments.py --world DIR            a world that `graphvine data synth DIR` wrote
    python benchmarks/segments.py --json segments.json   the same table as rows of JSON

Scores are the adjusted mutual information (AMI) with the planted communities over real people; unassigned people count
as one class. The oracle is given the planted profiles and ties. k-means is given the planted number of communities.
Differences carry a paired 95% interval over people. False alarms are how often segments are called reliable after the
ends of all relations were shuffled.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
from table import Row, report, row

from graph.hetero import HeteroGraph
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, EdgeKey
from graph.segment.adjacency import aggregate, assemble, drop_unshared
from graph.segment.assignment import absorb
from graph.segment.detect import detect
from graph.segment.leiden import communities
from graph.segment.segmentation import Segmentation
from graph.store.embedded.store import EmbeddedStore
from graph.worlds.synth import synthesise
from tests.graph.worlds.truth.planted_truth import read_truth

Labels = np.ndarray[Any, np.dtype[np.int64]]
FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")
FOREVER = 4_102_444_800  # 2100-01-01: a world has no future dates to refuse


def load(world: Path, folder: Path) -> HeteroGraph:
    """The market as the product sees it: files by mapping into a store, then a snapshot."""
    store = EmbeddedStore(folder / "market.duckdb", MARKET)
    sources = find_sources(world, read_mapping(world / "mapping.toml", MARKET))
    for _ in load_sources(sources, MARKET, store, quarantine=Quarantine(folder / "rejects"), as_of=FOREVER):
        pass
    return store.snapshot()


def planted(world: Path, graph: HeteroGraph) -> tuple[Labels, float]:
    """Community of every person in the numbering of the graph, -1 for bought accounts, and the AMI of the oracle."""
    truth = read_truth(world)
    numbers = truth.numbers(graph.ids("Person").texts.to_list())
    return truth.community[numbers].astype(np.int64), truth.oracle_ami


def kmeans_on_spend(graph: HeteroGraph, count: int) -> Labels:
    """k-means on the logarithms of the total spent and the number of purchases."""
    spent, bought = np.zeros(graph.count("Person")), np.zeros(graph.count("Person"))
    for key in graph.keys(source="Person"):
        if key.relation == "BOUGHT":
            edges = graph.edges(key)
            amount = np.ones(len(edges)) if edges.weight is None else np.nan_to_num(edges.weight)
            spent += np.bincount(edges.src, weights=amount, minlength=len(spent))
            bought += np.bincount(edges.src, minlength=len(spent))
    features = np.log1p(np.stack([spent, bought], axis=1))
    features /= np.maximum(features.std(axis=0), 1e-9)
    return KMeans(count, n_init=10, random_state=0).fit_predict(features).astype(np.int64)


def components(graph: HeteroGraph, _count: int) -> Labels:
    """Connected components of who follows whom."""
    return connected_components(graph.csr(FOLLOWS), directed=False)[1].astype(np.int64)


def louvain(graph: HeteroGraph, _count: int) -> Labels:
    """Louvain on who follows whom, as networkx does it."""
    edges = graph.edges(FOLLOWS)
    ties = nx.Graph()
    ties.add_nodes_from(range(graph.count("Person")))
    ties.add_edges_from(zip(edges.src.tolist(), edges.dst.tolist(), strict=True))
    labels = np.zeros(len(ties), np.int64)
    for number, members in enumerate(nx.community.louvain_communities(ties, seed=0)):
        labels[list(members)] = number
    return labels


def leiden_only(graph: HeteroGraph, _count: int) -> Labels:
    """Our typed graph and Leiden, without the mixture that places thin histories."""
    counts = {name: len(nodes) for name, nodes in graph.nodes.items()}
    adjacency = assemble(drop_unshared(aggregate(graph), counts), counts)
    return absorb(adjacency, communities(adjacency.matrix), least=50)[adjacency.people]


PEERS: dict[str, Callable[[HeteroGraph, int], Labels]] = {
    "k-means on spend": kmeans_on_spend,
    "connected components": components,
    "networkx Louvain on follows": louvain,
    "Leiden on the typed graph, no mixture": leiden_only,
}


def interval(truth: Labels, ours: Labels, peer: Labels, *, draws: int) -> tuple[float, float]:
    """95% interval of the difference of AMI over people, paired, by the delete-half jackknife.

    A bootstrap with replacement would not do: a person drawn twice agrees with itself, which flatters fine partitions.
    """
    rng = np.random.default_rng(0)
    differences = []
    for _ in range(draws):
        half = rng.permutation(len(truth))[: len(truth) // 2]
        one, two = (adjusted_mutual_info_score(truth[half], side[half]) for side in (ours, peer))
        differences.append(one - two)
    middle = adjusted_mutual_info_score(truth, ours) - adjusted_mutual_info_score(truth, peer)
    error = float(np.sqrt(np.mean((np.array(differences) - np.mean(differences)) ** 2)))
    return middle - 1.96 * error, middle + 1.96 * error


def without_groups(graph: HeteroGraph, seed: int) -> HeteroGraph:
    """The same degrees in every relation, ends shuffled: a market without segments."""
    rng = np.random.default_rng(seed)
    edges = {k: replace(e, dst=rng.permutation(e.dst)).canonical() for k, e in graph.edge_sets.items()}
    return HeteroGraph.of(graph.nodes, edges, cut_off=graph.cut_off, schema=graph.schema, zone=graph.zone)


def world_rows(world: Path, *, seed: int, draws: int, nulls: int) -> Iterator[Row]:
    """All rows of one world."""
    with tempfile.TemporaryDirectory() as folder:
        graph = load(world, Path(folder))
    community, oracle = planted(world, graph)
    started, spent = time.perf_counter(), time.process_time()
    found = detect(graph, seed=seed)
    wall, cpu = time.perf_counter() - started, time.process_time() - spent
    real = community >= 0
    truth, ours = community[real], found.labels[real]
    count = int(truth.max()) + 1
    name = f"world {seed}"
    score = adjusted_mutual_info_score(truth, ours)
    yield row(f"{name}: AMI, peer: oracle", score, oracle, unit="AMI")
    yield from quality_rows(name, found, truth, ours, count)
    everyone = adjusted_mutual_info_score(community, found.labels)
    yield row(f"{name}: AMI, bought accounts as one more community", everyone, unit="AMI")
    for peer, make in PEERS.items():
        labels = make(graph, count)[real]
        low, high = interval(truth, ours, labels, draws=draws)
        theirs = adjusted_mutual_info_score(truth, labels)
        yield row(
            f"{name}: AMI, peer: {peer}", score, theirs, unit="AMI", difference=score - theirs, low=low, high=high
        )
    yield row(f"{name}: time of detect, peer: processor time", wall, cpu, unit="s")
    alarms = sum(detect(without_groups(graph, number), seed=number).reliable for number in range(nulls))
    yield row(f"{name}: called reliable, peer: the most it can be", float(found.reliable), 1.0, unit="0/1")
    yield row(f"{name}: called reliable with ends shuffled, peer: shuffles", alarms, nulls, unit="false alarms")


def quality_rows(name: str, found: Segmentation, truth: Labels, ours: Labels, count: int) -> Iterator[Row]:
    """What the segmentation says of itself, and counts."""
    quality = found.quality
    yield row(f"{name}: ARI", adjusted_rand_score(truth, ours), unit="ARI")
    yield row(f"{name}: number of segments, peer: planted", len(found), count, unit="segments")
    yield row(f"{name}: unassigned people", found.unassigned, unit="people")
    span = {"difference": quality.gain, "low": quality.gain_low, "high": quality.gain_high}
    yield row(f"{name}: held-out gain over popularity", quality.gain, unit="bits per pair", **span)
    yield row(f"{name}: agreement of resamples", quality.stability, unit="ARI")


def collect(options: argparse.Namespace) -> Iterator[Row]:
    if options.world is not None:
        yield from world_rows(options.world, seed=options.seeds[0], draws=options.draws, nulls=options.nulls)
        return
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as folder:
            synthesise(Path(folder) / "world", users=options.users, seed=seed)
            yield from world_rows(Path(folder) / "world", seed=seed, draws=options.draws, nulls=options.nulls)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=Path, help="folder of one world")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--draws", type=int, default=100, help="draws of the interval")
    parser.add_argument("--nulls", type=int, default=10, help="markets with shuffled ends")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    report(collect(options), options.json)


if __name__ == "__main__":
    main()
