"""Snapshot speed: five million relationships of eight types from the embedded store to arrays in canonical order.

Run: python benchmarks/snapshot.py [--edges N] [--json FILE]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from table import Row, peak_mib, report, row

from graph.batch import Batch, Refusal
from graph.hetero import HeteroGraph
from graph.schema import MARKET, EdgeKey
from graph.store.embedded.compact import compact
from graph.store.embedded.store import EmbeddedStore

PEOPLE, PRODUCTS, VEHICLES = 200_000, 20_000, 5_000
# Edge type, share of all edges, size of the target type.
TYPES = (
    (EdgeKey("Person", "VIEWED", "Product"), 0.38, PRODUCTS),
    (EdgeKey("Person", "VIEWED", "Vehicle"), 0.18, VEHICLES),
    (EdgeKey("Person", "FOLLOWS", "Person"), 0.15, PEOPLE),
    (EdgeKey("Person", "CARTED", "Product"), 0.10, PRODUCTS),
    (EdgeKey("Person", "BOUGHT", "Product"), 0.08, PRODUCTS),
    (EdgeKey("Person", "RATED", "Product"), 0.05, PRODUCTS),
    (EdgeKey("Person", "SEARCHED", "Vehicle"), 0.04, VEHICLES),
    (EdgeKey("Person", "INTERACTED", "Person"), 0.02, PEOPLE),
)
BATCHES = 10


def skip(_refused: Sequence[Refusal]) -> None:
    """Nothing is refused here."""


def names(prefix: str, count: int) -> pa.Array:
    """Ids whose byte order is not the order of their numbers."""
    return pa.array([f"{prefix}{(i * 7919) % count:06d}" for i in range(count)], pa.large_string())


def fill(store: EmbeddedStore, edges: int, rng: np.random.Generator) -> None:
    """Load nodes, then the edges in ten batches a type, every batch in random order."""
    ids = {
        "Person": names("u", PEOPLE), "Product": names("p", PRODUCTS), "Vehicle": names("v", VEHICLES)
    }  # fmt: skip
    for node, texts in ids.items():
        table = pa.table({"row": np.arange(len(texts)), "id": texts})
        store.load(Batch(f"nodes {node}", "bench", 0, node, table), on_refused=skip)
    for key, share, targets in TYPES:
        for part in range(BATCHES):
            count = int(edges * share) // BATCHES
            rows = np.arange(count)
            table = pa.table(
                {
                    "row": rows,
                    "src": ids["Person"].take(pa.array((PEOPLE * rng.random(count) ** 1.5).astype(np.int64))),
                    "dst": ids[key.target].take(pa.array((targets * rng.random(count) ** 3).astype(np.int64))),
                    "time": rng.integers(1_700_000_000, 1_760_000_000, count),
                    "weight": rng.integers(1, 400, count) / 4,
                    "event": pa.array(np.arange(count) + part * count).cast(pa.large_string()),
                }
            )
            store.load(Batch(f"{key} {part}", "bench", part, key, table), on_refused=skip)


def best(work: Callable[[], object], repeats: int) -> float:
    """The shortest of some runs, in seconds."""
    found = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def peer_order_by(file: Path) -> None:
    """Plain DuckDB: a sorted fetch of every table into NumPy arrays (by store number, so without any id order)."""
    with duckdb.connect(str(file), read_only=True) as connection:
        for key, _, _ in TYPES:
            connection.execute(
                f'SELECT src, dst, time, weight FROM "edge_{key}" ORDER BY src, dst, time, weight'
            ).fetchnumpy()


def fetched(file: Path) -> list[pa.Table]:
    """The edge tables as Arrow tables, unsorted."""
    with duckdb.connect(str(file), read_only=True) as connection:
        query = 'SELECT src, dst, time, weight FROM "edge_{}"'
        return [connection.sql(query.format(key)).to_arrow_table() for key, _, _ in TYPES]


def peer_arrow(file: Path) -> None:
    """Fetch and pyarrow's own sort."""
    for table in fetched(file):
        table.sort_by([(name, "ascending") for name in table.column_names])


def peer_pandas(file: Path) -> None:
    """Fetch and pandas' own sort."""
    for table in fetched(file):
        table.to_pandas().sort_values(table.column_names)


def peer_lexsort(file: Path) -> None:
    """Fetch and numpy.lexsort."""
    for table in fetched(file):
        columns = [table[name].to_numpy() for name in table.column_names]
        order = np.lexsort(columns[::-1])
        for column in columns:
            column[order]


def measure(edges: int, repeats: int) -> list[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "market.duckdb"
        store = EmbeddedStore(file, MARKET)
        with store.session():
            fill(store, edges, np.random.default_rng(7))
        graph = store.snapshot()
        total = sum(len(e) for e in graph.edge_sets.values())
        print(f"{total:,} edges, {sum(map(len, graph.nodes.values())):,} nodes, {file.stat().st_size >> 20} MiB")
        unsorted = total / best(store.snapshot, repeats)
        peers = {
            work.__doc__.split(":")[0].rstrip("."): total / best(lambda work=work: work(file), 1)
            for work in (peer_order_by, peer_arrow, peer_pandas, peer_lexsort)
            if work.__doc__
        }
        compact(store)
        check_same(graph, store.snapshot())
        ordered = total / best(store.snapshot, repeats)
        plain = total / best(lambda: fetched(file), repeats)
    peak = peak_mib()
    after, ordered_name = "after ten unsorted batches", "stored in order; peer: fetch of the columns alone"
    rows = [row(f"{after}; peer: {n}", unsorted, speed, unit="rows/s", peak=peak) for n, speed in peers.items()]
    return [*rows, row(ordered_name, ordered, plain, unit="rows/s", peak=peak)]


def check_same(one: HeteroGraph, other: HeteroGraph) -> None:
    """Stop where compaction changed the graph."""
    if one.fingerprint != other.fingerprint:
        sys.exit("the compacted store gives another snapshot")


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report(measure(options.edges, options.repeats), options.json)


if __name__ == "__main__":
    main()
