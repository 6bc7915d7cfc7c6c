"""Seeds: spread and time beside what a user would do otherwise, on public graphs and on markets with planted truth.

    python benchmarks/seeds.py                           three default worlds of 5,000 users
    python benchmarks/seeds.py --world DIR               a world that `graphvine data synth DIR` wrote
    python benchmarks/seeds.py --data DIR                NetHEPT and NetPHY, as DIR/nethept/edges.csv.gz
    python benchmarks/seeds.py --data DIR --celf         the same with CELF (lazy greedy, 100 runs); takes minutes
    python benchmarks/seeds.py --json seeds.json         the same table as rows of JSON

On public graphs every seed set is measured by the same forward simulation. On worlds the strengths are learned from the
files alone, and every seed set is measured with the planted probabilities, which only the peer "knows planted" may see.

Spreads carry 90% intervals (ours_low, ours_high, peer_low, peer_high) and their difference a 95% interval (low, high):
on worlds paired over the same reverse-reachable sets, elsewhere from independent runs. It is the uncertainty of
measuring two given seed sets, so "not below the peer beyond noise" is a high end of at least 0; worlds differ more.
"""

from __future__ import annotations

import argparse
import gzip
import heapq
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from table import Row, report, row

from graph.columns import MISSING_INTEGER, Coded, Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.influence.baselines import Rival, compare, page_rank, pick_by_score, random_seeds
from graph.influence.cascade import SpreadEstimate, simulate
from graph.influence.diffusion import Diffusion
from graph.influence.learning.strengths import learn_strengths
from graph.influence.sampling.reverse_sets import Sampler, hits_by_prefix
from graph.influence.seed_limits import SeedLimits
from graph.influence.seeds import select_seeds
from graph.schema import EdgeKey
from graph.text import TextArray
from graph.worlds.synth import synthesise
from tests.graph.worlds.truth.planted_truth import Truth, read_truth

K = 50
RUNS = 4_000
SETS = 200_000
RANDOM_DRAWS = 20


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """The result, and CPU seconds."""
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def read_edges(file: Path) -> tuple[int, np.ndarray, np.ndarray]:
    """Number of people, sources and targets of a gzip CSV of arcs."""
    with gzip.open(file) as text:
        arcs = np.loadtxt(text, delimiter=",", skiprows=1, dtype=np.int64)
    people, numbers = np.unique(arcs, return_inverse=True)
    pairs = numbers.reshape(arcs.shape)
    return len(people), pairs[:, 0], pairs[:, 1]


def celf(diffusion: Diffusion, k: int, *, runs: int, seed: int) -> list[int]:
    """Cost-effective lazy forward selection (Leskovec et al., 2007) on our compiled cascade."""
    from graph.influence.sampling import kernels

    indptr, targets, p = diffusion.forward()
    seen, queue, value = np.zeros(diffusion.n, np.uint8), np.empty(diffusion.n, np.int64), np.ones(diffusion.n)
    spread = np.empty(runs)

    def estimate(seeds: list[int]) -> float:
        start = np.array(seeds, np.int64)
        kernels.cascade_block(indptr, targets, p, start, value, np.uint64(seed), 0, seen, queue, spread)
        return float(spread.mean())

    heap = [(-estimate([u]), u, 0) for u in range(diffusion.n)]
    heapq.heapify(heap)
    chosen: list[int] = []
    reached = 0.0
    while len(chosen) < k:
        gain, u, when = heapq.heappop(heap)
        if when == len(chosen):
            chosen.append(u)
            reached -= gain
        else:
            heapq.heappush(heap, (-(estimate([*chosen, u]) - reached), u, len(chosen)))
    return chosen


def public_graph(name: str, file: Path, *, with_celf: bool, seed: int) -> Iterator[Row]:
    n, sources, targets = read_edges(file)
    indegree = np.bincount(targets, minlength=n)
    for label, p in (("weighted cascade", 1.0 / indegree[targets]), ("p = .1", 0.1), ("p = .01", 0.01)):
        model = Diffusion.from_arcs(n, sources, targets, p=p)
        limits = SeedLimits.of(n, k=K)
        chosen, seconds = timed(lambda model=model: select_seeds(model, k=K, rng=seed))
        peers: dict[str, Callable[[], Any]] = {
            "PageRank": lambda model=model, limits=limits: pick_by_score(page_rank(model), limits),
            "degree": lambda model=model, limits=limits: pick_by_score(model.out_degree(), limits),
            "random": lambda limits=limits: random_seeds(limits, rng=seed),
        }
        if with_celf:
            peers["CELF, 100 runs"] = lambda model=model: celf(model, K, runs=100, seed=seed)
        truth = simulate(model, chosen.seeds, runs=RUNS, rng=seed + 1)
        title = f"{name}, {label}, k = {K}"
        yield row(f"{title}: certified share of the best", chosen.certificate or 0.0, unit="share")
        yield row(f"{title}: choosing", seconds, unit="CPU s")
        for peer, pick in peers.items():
            seeds, peer_seconds = timed(pick)
            theirs = simulate(model, seeds, runs=RUNS, rng=seed + 2)
            yield row(f"{title}: spread, peer {peer}", truth.mean, theirs.mean, unit="people", **apart(truth, theirs))
            if peer.startswith("CELF"):
                yield row(f"{title}: time, peer {peer}", seconds, peer_seconds, unit="CPU s")


def apart(ours: SpreadEstimate, theirs: SpreadEstimate) -> dict[str, float]:
    """Intervals of two simulations, and of their difference: 95%, normal, as if they had nothing in common."""
    error = 1.96 * float(np.sqrt(sum(side.runs.var(ddof=1) / side.runs.size for side in (ours, theirs))))
    middle = ours.mean - theirs.mean
    ends = {"ours_low": ours.low, "ours_high": ours.high, "peer_low": theirs.low, "peer_high": theirs.high}
    return {**ends, "difference": middle, "low": middle - error, "high": middle + error}


def paired(
    sampler: Sampler, ours: np.ndarray, draws: Sequence[np.ndarray], *, key: np.uint64
) -> tuple[float, float, float]:
    """Difference of the spreads and its 95% interval, over the same sets; the mean over draws where there are several.

    A set that both hit, or neither, says nothing about the difference (McNemar).
    """
    together = [np.concatenate([ours, np.setdiff1d(theirs, ours)]) for theirs in draws]
    found = hits_by_prefix(sampler, [ours, *draws, *together], count=SETS, key=key)
    mine, *others = (float(hits[-1]) if hits.size else 0.0 for hits in found)
    theirs, both = np.array(others[: len(draws)]), np.array(others[len(draws) :])
    only_mine, only_theirs = float((both - theirs).mean()), float((both - mine).mean())
    difference = only_mine - only_theirs
    error = 1.96 * float(np.sqrt(max(0.0, only_mine + only_theirs - difference**2 / SETS)))
    scale = sampler.total / SETS
    return difference * scale, (difference - error) * scale, (difference + error) * scale


def rival_row(name: str, ours: Rival, rival: Rival, span: tuple[float, float, float]) -> Row:
    """One comparison of true spreads."""
    return row(
        f"{name}: true spread, peer {rival.name}",
        ours.spread,
        rival.spread,
        unit="people",
        ours_low=ours.low,
        ours_high=ours.high,
        peer_low=rival.low,
        peer_high=rival.high,
        **dict(zip(("difference", "low", "high"), span, strict=True)),
    )


def read_market(directory: Path) -> HeteroGraph:
    """The files of a world by their mapping; only what strengths and cards read, and never the truth."""
    files = tomllib.loads((directory / "mapping.toml").read_text("utf-8"))["files"]
    tables = {f["path"]: pd.read_csv(directory / f["path"], dtype={"followers": float}) for f in files}
    maps: dict[str, IdMap] = {}
    for node_type in {f["node"] for f in files if "node" in f}:
        ids = [str(i) for f in files if f.get("node") == node_type for i in tables[f["path"]][f["id"]]]
        maps[node_type] = IdMap.of(node_type, ids)
    nodes = {node_type: Nodes(ids, {}, {}) for node_type, ids in maps.items()}
    nodes["Person"] = people_of(maps["Person"], files, tables)
    edges: dict[EdgeKey, Edges] = {}
    for f in files:
        if "edge" not in f:
            continue
        key, table = EdgeKey(*f["edge"].split("-")), tables[f["path"]]
        columns = {}
        if "kind" in table:
            kinds, codes = np.unique(table["kind"].to_numpy(str), return_inverse=True)
            columns["kind"] = Coded(codes.astype(np.int32), TextArray.of(kinds.tolist()))
        src = maps[key.source].numbers(table[f["source"]].tolist())
        dst = maps[key.target].numbers(table[f["target"]].tolist())
        edges[key] = Edges(src, dst, table[f["time"]].to_numpy(np.int64), None, columns).canonical()
    return HeteroGraph.of(nodes, edges)


def people_of(ids: IdMap, files: list[dict[str, Any]], tables: dict[str, pd.DataFrame]) -> Nodes:
    followers, cost = np.full(len(ids), MISSING_INTEGER), np.full(len(ids), np.nan)
    roles = {"User": np.zeros(len(ids), bool), "KOL": np.zeros(len(ids), bool)}
    for f in files:
        if f.get("node") == "Person":
            table = tables[f["path"]]
            numbers = ids.numbers(table[f["id"]].astype(str).tolist())
            for role in f["roles"]:
                roles[role][numbers] = True
            if "followers" in table:
                followers[numbers], cost[numbers] = table["followers"], table["cost"]
    return Nodes(ids, {"followers": followers, "cost": cost}, roles)


def planted_model(truth: Truth, ids: IdMap) -> Diffusion:
    number = ids.numbers(truth.people.tolist())
    real = truth.influence > 0
    sources, targets = number[truth.influencer[real]], number[truth.influenced[real]]
    return Diffusion.from_arcs(len(ids), sources, targets, p=truth.influence[real].astype(np.float64))


def world_rows(directory: Path, *, seed: int) -> Iterator[Row]:
    graph, truth = read_market(directory), read_truth(directory)
    ids, kols = graph.ids("Person"), graph.role("KOL")
    columns: Any = graph.nodes["Person"].columns
    followers = np.where(columns["followers"] == MISSING_INTEGER, np.nan, columns["followers"].astype(float))
    cost: np.ndarray = columns["cost"]
    genuine = followers.copy()
    genuine[ids.numbers(truth.kols.ids.tolist())] *= truth.kols.authenticity
    learned, learning = timed(lambda: learn_strengths(graph))
    planted = planted_model(truth, ids)
    sampler = Sampler.of(planted, keep=kols)
    ranks = page_rank(learned)
    yield row(f"{directory.name}: learning strengths", learning, unit="CPU s")
    for label, rule in limits_of(float(np.nansum(cost))):
        limits = SeedLimits.of(learned.n, candidates=kols, costs=cost, **rule)
        options = {"candidates": kols, "costs": cost, "followers": followers, "rng": seed, **rule}
        ours, seconds = timed(lambda options=options: select_seeds(learned, **options))
        picks = {
            "ours": [ours.seeds],
            "top followers": [pick_by_score(followers, limits)],
            "top followers, fakes removed": [pick_by_score(genuine, limits)],
            "PageRank": [pick_by_score(ranks, limits)],
            "PageRank per cost": [pick_by_score(ranks / cost, limits)],
            "random": [random_seeds(limits, rng=seed + i) for i in range(RANDOM_DRAWS)],
            "greedy that knows planted": [select_seeds(planted, **options).seeds],
        }
        found, _ = compare(sampler, picks, limits=limits, count=SETS, key=np.uint64(seed))
        for rival in found[1:]:
            span = paired(sampler, ours.seeds, picks[rival.name], key=np.uint64(seed))
            yield rival_row(f"{directory.name}, {label}", found[0], rival, span)
        yield row(f"{directory.name}, {label}: choosing", seconds, unit="CPU s")


def limits_of(total: float) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "k = 10 (same number, not same cost)", {"k": 10}
    for share in (0.01, 0.05, 0.15):
        yield f"budget {share:.0%} of all prices", {"budget": round(share * total)}


def warm_up() -> None:
    """Load or compile the kernels, so that no row holds that time."""
    select_seeds(Diffusion.from_arcs(3, [0], [1], p=0.5), k=1, rng=0)


def collect(options: argparse.Namespace) -> Iterator[Row]:
    if options.data is not None:
        for name in ("nethept", "netphy"):
            file = options.data / name / "edges.csv.gz"
            if file.exists():
                yield from public_graph(name, file, with_celf=options.celf, seed=options.seed)
            else:
                print(f"skipped {name}: no {file}", file=sys.stderr)
    elif options.world is not None:
        yield from world_rows(options.world, seed=options.seed)
    else:
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(options.seed, options.seed + options.worlds):
                directory = Path(folder) / f"world {seed}"
                synthesise(directory, users=options.users, seed=seed)
                yield from world_rows(directory, seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with nethept/ and netphy/")
    parser.add_argument("--celf", action="store_true", help="with --data: CELF too")
    parser.add_argument("--world", type=Path, help="folder of one world")
    parser.add_argument("--worlds", type=int, default=3, help="how many worlds to make when none is given")
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    warm_up()
    report(collect(options), options.json)


if __name__ == "__main__":
    main()
