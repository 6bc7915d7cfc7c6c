"""Training and recommending for everybody as the market grows: CPU seconds, time for each person, peak memory.

    python benchmarks/scale.py                              10,000, 100,000 and 1,000,000 people
    python benchmarks/scale.py --people 10000 100000        other numbers
    python benchmarks/scale.py --no-gnn --json scale.json   without the graph neural network as a voter

Every market has 100,000 products and ten events a person: views, favourites and purchases of a year. A person belongs
to one of 200 groups, which has its own products; three in four events are within the group, more popular products more
often. A person follows five others, mostly of the group, one of them a KOL. Each size runs in a process of its own: the
model is trained as ``model train`` does (voters, choice on validation, ranker, judgement on the test, fit on all), then
the best 20 products of everybody with reasons are written as Parquet, one file for each 10,000 people.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from table import Row, peak_mib, report, row

import gnn
from graph.columns import Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.registry import default_voters
from graph.recommend.rows import COLUMNS
from graph.recommend.serving import Serving
from graph.recommend.target import choose_target
from graph.recommend.train import COMBINED, train
from graph.schema import EdgeKey
from graph.text import TextArray

ITEMS, GROUPS, BRANDS = 100_000, 200, 400
RELATIONS = {"VIEWED": 6, "FAVOURITED": 2, "BOUGHT": 2}
YEAR, DAY = 365, 86_400
K, PART = 20, 10_000
LIMIT_MIB = 10 * 1024.0


def market(people: int, seed: int) -> HeteroGraph:
    """The synthetic market."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, GROUPS, people)
    width = ITEMS // GROUPS
    rank = np.arange(1, width + 1, dtype=np.float64)
    odds = np.cumsum(rank**-0.8)
    odds /= odds[-1]
    sets = {}
    for relation, count in RELATIONS.items():
        src = np.repeat(np.arange(people), count)
        home = np.where(rng.random(len(src)) < 0.75, group[src], rng.integers(0, GROUPS, len(src)))
        place = np.searchsorted(odds, rng.random(len(src)))
        # Items of a group are numbered apart, so that numbers say nothing.
        dst = (place * GROUPS + home) % ITEMS
        times = np.sort(rng.integers(0, YEAR * DAY, len(src)))[rng.permutation(len(src))] + 1_700_000_000
        sets[EdgeKey("Person", relation, "Product")] = Edges(src, dst, times).canonical()
    kols = np.flatnonzero(rng.random(people) < 0.01)
    by_group = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[by_group], np.arange(GROUPS + 1))
    who = np.repeat(np.arange(people), 4)
    size = np.diff(starts)[group[who]]
    near = by_group[starts[group[who]] + (rng.random(len(who)) * size).astype(np.int64)]
    src = np.concatenate([who, np.arange(people)])
    dst = np.concatenate([near, kols[rng.integers(0, len(kols), people)]])
    pairs = np.unique(src * people + dst)
    src, dst = pairs // people, pairs % people
    sets[EdgeKey("Person", "FOLLOWS", "Person")] = Edges(src[src != dst], dst[src != dst], None).canonical()
    flags = np.zeros(people, np.bool_)
    flags[kols] = True
    brand = [f"brand {number}" for number in (np.arange(ITEMS) % GROUPS * 2 + rng.integers(0, 2, ITEMS)) % BRANDS]
    product = MappingProxyType(
        {
            "brand": TextArray.of(brand),
            "category": TextArray.of([f"category {number}" for number in np.arange(ITEMS) % GROUPS % 40]),
            "price": np.round(rng.lognormal(4.0, 1.0, ITEMS), 2),
        }
    )
    nodes = {
        "Person": Nodes(_ids("Person", people), MappingProxyType({}), MappingProxyType({"KOL": flags})),
        "Product": Nodes(_ids("Product", ITEMS), product),
    }
    return HeteroGraph.of(nodes, sets)


def _ids(node_type: str, count: int) -> IdMap:
    return IdMap(node_type, TextArray.of([f"{node_type[0]}{number:07}" for number in range(count)]))


def one(people: int, seed: int, *, network: bool, told: bool) -> dict[str, Any]:
    """Train and recommend in this process."""
    begin = time.process_time()
    graph = market(people, seed)
    made, at = time.process_time() - begin, peak_mib()
    steps: list[tuple[str, float]] = []

    def on_step(step: str) -> None:
        steps.append((step, time.process_time()))
        if told:
            print(f"{time.process_time():9.1f} CPU s {peak_mib():9.0f} MiB  {step}", file=sys.stderr, flush=True)

    target = choose_target(graph, "Product")
    voters = (*default_voters(), *((gnn.voter(),) if network else ()))
    begin, wall = time.process_time(), time.perf_counter()
    trained = train(graph, target, voters=voters, ranker=gnn.ranker(), on_step=on_step, seed=seed)
    fit, fit_wall, after_fit = time.process_time() - begin, time.perf_counter() - wall, peak_mib()
    begin, wall, rows = time.process_time(), time.perf_counter(), 0
    serving = Serving(trained.model, graph)
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, people, PART):
            found = serving.recommend(np.arange(start, min(start + PART, people)), K)
            columns = list(zip(*found.rows(), strict=True))
            pq.write_table(pa.table(dict(zip(COLUMNS, columns, strict=True))), Path(folder) / f"{start:08}.parquet")
            rows += len(found)
            if told:
                spent = time.process_time() - begin
                print(f"{start + PART:9,} people {spent:9.1f} CPU s {peak_mib():9.0f} MiB", file=sys.stderr, flush=True)
    return {
        "made": made,
        "graph": at,
        "fit": fit,
        "fit_wall": fit_wall,
        "fit_peak": after_fit,
        "serve": time.process_time() - begin,
        "serve_wall": time.perf_counter() - wall,
        "rows": rows,
        "ndcg": trained.report.row(COMBINED)["ndcg"],
        "summary": trained.about["summary"],
        "peak": peak_mib(),
    }


def measured(people: int, options: argparse.Namespace) -> dict[str, Any]:
    """The same in a fresh process, whose peak memory is its own."""
    command = [sys.executable, __file__, "--one", str(people), "--seed", str(options.seed)]
    command += ["--no-gnn"] * (not options.gnn) + ["--quiet"] * options.quiet
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows_of(options: argparse.Namespace) -> Iterator[Row]:
    """Rows of the table; the peer of a time for each person is that of the smallest market, of memory the limit."""
    first: dict[str, float] = {}
    for people in options.people:
        found = measured(people, options)
        name, peak = f"{people:,} people", found["peak"]
        for step in ("fit", "serve"):
            each = found[step] / people * 1000
            yield row(f"{name}: {step}", found[step], unit="CPU s", peak=peak, wall=found[f"{step}_wall"])
            yield row(f"{name}: {step}, for each person", each, first.setdefault(step, each), unit="CPU ms", peak=peak)
        yield row(f"{name}: rows with reasons", found["rows"], unit="rows", peak=peak, summary=found["summary"])
        yield row(f"{name}: NDCG@10 on the test", found["ndcg"], unit="NDCG", peak=peak)
        yield row(f"{name}: peak memory, peer: the limit", peak, LIMIT_MIB, unit="MiB", peak=peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--gnn", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, options.seed, network=options.gnn, told=not options.quiet)))
        return
    report(rows_of(options), options.json)


if __name__ == "__main__":
    main()
