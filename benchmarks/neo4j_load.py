"""Loading into Neo4j and reading it back: 8 types of relationships with time, weight and event between 224,000 nodes.

Every load begins with a copy of one server home that holds the nodes, on a server that has loaded some relationships
in the same way before, since a Java machine is slow at first. Ours counts everything from the opening of the
load to its last transaction: merging, staging, sealing, applying, each event exactly once. Peers: the loader that
people write first (UNWIND of maps, MERGE on the event, one session), MERGE row by row (a sample of it), and
neo4j-admin import (of everything, nodes too). The snapshot is read with and without the driver's Rust codec, beside
one record per relationship; its fingerprint is that of the embedded store, and its nodes are left out of the figure.
``cpu_us_per_row`` is what server and client took together: on a busy machine it tells more than the rows per second.

Run: python benchmarks/neo4j_load.py [--rows N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from neo4j import Driver, GraphDatabase
from table import Row, peak_mib, report, row

from graph.batch import Batch
from graph.schema import MARKET, EdgeKey
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.access import Access
from graph.store.neo4j.export.admin_import import export_for_import
from graph.store.neo4j.load.loading import LoadStatistics, PushTerms
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import Loading
from tests.servers.server import Server

NODES = {"Person": 200_000, "Product": 20_000, "Vehicle": 2_000, "Topic": 2_000}
TYPES = tuple(
    EdgeKey("Person", relation, target)
    for relation, target in (
        ("VIEWED", "Product"), ("BOUGHT", "Product"), ("RATED", "Product"), ("FOLLOWS", "Person"),
        ("INTERACTED", "Person"), ("OWNS", "Vehicle"), ("VIEWED", "Vehicle"), ("SEARCHED", "Topic"),
    )
)  # fmt: skip
_BATCH = 50_000
_PLAIN = 10_000
_SAMPLE = 2_000
_WARM = 80_000
_AT = 1_800_000_000
_HEAP = "1400m"
_PURE = "sys.modules['neo4j._rust'] = None; "


def ids(node: str) -> list[str]:
    """Ids of the nodes of a type."""
    return [f"{node[0].lower()}{i:06d}" for i in range(NODES[node])]


def node_batches() -> Iterator[Batch]:
    """All nodes, with a name."""
    for node in NODES:
        names = ids(node)
        for start in range(0, len(names), _BATCH):
            part = pa.array(names[start : start + _BATCH], pa.large_string())
            table = pa.table({"row": np.arange(len(part)), "id": part, "name": part})
            yield Batch(f"{node} {start}", f"{node}.csv", start // _BATCH, node, table, ("User",) * (node == "Person"))


def edge_batches(rows: int, *, seed: int = 0) -> Iterator[Batch]:
    """The relationships: everybody is as likely to act, and few targets are met often."""
    for number, key in enumerate(TYPES):
        rng = np.random.default_rng([seed, number])
        count = rows // len(TYPES)
        source, target = pa.array(ids(key.source), pa.large_string()), pa.array(ids(key.target), pa.large_string())
        src = rng.integers(0, NODES[key.source], count)
        dst = np.minimum(rng.pareto(1.2, count) * NODES[key.target] / 50, NODES[key.target] - 1).astype(np.int64)
        for start in range(0, count, _BATCH):
            part = slice(start, start + _BATCH)
            size = len(src[part])
            table = pa.table(
                {
                    "row": np.arange(start, start + size),
                    "src": source.take(pa.array(src[part])),
                    "dst": target.take(pa.array(dst[part])),
                    "time": 1_700_000_000 + rng.integers(0, 50_000_000, size),
                    "weight": rng.integers(100, 100_000, size) / 100,
                    "event_high": rng.integers(0, 2**64, size, np.uint64),
                    "event_low": rng.integers(0, 2**64, size, np.uint64),
                }
            )
            yield Batch(f"{key} {start} {seed}", f"{key} {seed}.csv", start // _BATCH, key, table)


def plain_rows(rows: int, *, seed: int = 0) -> Iterator[tuple[EdgeKey, list[dict[str, Any]]]]:
    """The same relationships as the maps that a plain loader sends."""
    for batch in edge_batches(rows, seed=seed):
        if not isinstance(batch.type, EdgeKey):
            continue
        names = ("src", "dst", "time", "weight", "event_high", "event_low")
        columns = [batch.table[name].to_pylist() for name in names]
        found = [
            {"src": s, "dst": d, "time": t, "weight": w, "event": f"{high:016x}{low:016x}"}
            for s, d, t, w, high, low in zip(*columns, strict=True)
        ]
        for start in range(0, len(found), _PLAIN):
            yield batch.type, found[start : start + _PLAIN]


def plain(driver: Driver, key: EdgeKey, found: list[dict[str, Any]], *, by_row: bool = False) -> None:
    """What people write: MERGE on the event, then SET."""
    text = (
        f"MATCH (a:{key.source} {{id: r.src}}) MATCH (b:{key.target} {{id: r.dst}})"
        f" MERGE (a)-[e:{key.relation} {{event: r.event}}]->(b)"
        " SET e.time = datetime({epochSeconds: r.time}), e.weight = r.weight"
    )
    if by_row:
        for one in found:
            driver.execute_query("WITH $r AS r " + text, r=one)
    else:
        driver.execute_query("UNWIND $rows AS r " + text, rows=found)


@contextmanager
def copied(template: Path, password: str) -> Iterator[Server]:
    """A server on a copy of a home."""
    with tempfile.TemporaryDirectory(prefix="neo4j-load-") as folder:
        home = Path(folder) / "home"
        shutil.copytree(template, home, ignore=shutil.ignore_patterns("*.log", "store_lock", "database_lock"))
        with Server(home=home, password=password, heap=_HEAP) as server:
            yield server


@contextmanager
def driving(access: Access) -> Iterator[Driver]:
    """A driver."""
    with GraphDatabase.driver(access.uri, auth=(access.username, access.password)) as driver:
        yield driver


def fill(loading: Loading, batches: Iterable[Batch]) -> None:
    """Load and commit."""
    for batch in batches:
        loading.load(batch)
    loading.commit()


def ours(access: Access, batches: Iterable[Batch], workers: int) -> tuple[float, LoadStatistics]:
    """Seconds of our load, and how it went."""
    store = Neo4jStore(access, MARKET, terms=PushTerms(workers=workers))
    began = time.perf_counter()
    with store.loading(at=_AT) as loading:
        fill(loading, batches)
    if loading.statistics is None:
        raise RuntimeError("nothing was loaded")
    return time.perf_counter() - began, loading.statistics


def cpu_seconds(pid: int) -> float:
    """Processor time of the server and of this process."""
    parts = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


def plainly(server: Server, rows: int) -> tuple[float, float, float]:
    """Rows per second of the plain loader, its microseconds of processor a row, and the speed of MERGE row by row."""
    with driving(server.access) as driver:
        for key, found in plain_rows(_WARM, seed=1):
            plain(driver, key, found)
        work = list(plain_rows(rows))
        began, used = time.perf_counter(), cpu_seconds(server.pid)
        for key, found in work:
            plain(driver, key, found)
        speed, used = rows / (time.perf_counter() - began), cpu_seconds(server.pid) - used
        sample = [(key, found) for key, found in plain_rows(_SAMPLE, seed=2)]
        began = time.perf_counter()
        for key, found in sample:
            plain(driver, key, found, by_row=True)
        by_row = sum(len(found) for _, found in sample) / (time.perf_counter() - began)
        return speed, 1e6 * used / rows, by_row


def embedded(folder: Path, rows: int) -> EmbeddedStore:
    """The same market in the embedded store."""
    store = EmbeddedStore(folder / "market.duckdb", MARKET)
    for batches in (node_batches(), edge_batches(_WARM, seed=1), edge_batches(rows)):
        with store.loading(at=_AT) as loading:
            fill(loading, batches)
    return store


def imported(store: EmbeddedStore, folder: Path) -> tuple[float, float, str]:
    """Seconds of the export and of the import, and the fingerprint of what was imported."""
    began = time.perf_counter()
    written = export_for_import(store, folder / "import")
    exporting = time.perf_counter() - began
    server = Server(heap=_HEAP)
    before = Path.cwd()
    try:
        os.chdir(written.folder)
        began = time.perf_counter()
        done = server.admin(*shlex.split(written.command)[1:])
        seconds = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        server.start()
        return exporting, seconds, Neo4jStore(server.access, MARKET).snapshot().fingerprint
    finally:
        os.chdir(before)
        server.close()


def one_by_one(access: Access) -> int:
    """Read one record per relationship; returns how many."""
    count = 0
    with driving(access) as driver, driver.session(default_access_mode="READ", fetch_size=10_000) as session:
        for key in TYPES:
            pattern = f"MATCH (a:{key.source})-[e:{key.relation}]->(b:{key.target})"
            text = f"{pattern} RETURN a.id, b.id, e.time.epochSeconds, e.weight"
            count += sum(1 for _ in session.run(text))
    return count


def read(access: Access, what: str) -> dict[str, Any]:
    """The inside of ``reading``."""
    began = time.perf_counter()
    if what == "records":
        return {"count": one_by_one(access), "seconds": time.perf_counter() - began}
    store = Neo4jStore(access, MARKET)
    store.snapshot(types=[])
    nodes = time.perf_counter() - began
    graph = store.snapshot()
    both = time.perf_counter() - began - nodes
    count = sum(len(edges) for edges in graph.edge_sets.values())
    found = {"count": count, "seconds": both - nodes, "with_nodes": both, "peak": peak_mib()}
    return {**found, "fingerprint": graph.fingerprint}


def reading(access: Access, what: str, *, rust: bool) -> dict[str, Any]:
    """Read in a process of its own, with or without the driver's Rust codec."""
    command = [__file__, "--read", what]
    path = f"import runpy, sys; sys.argv = {command!r}; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
    script = path + ("" if rust else _PURE) + "runpy.run_path(sys.argv[0], run_name='__main__')"
    given = json.dumps([access.uri, access.username, access.password, access.database])
    done = subprocess.run([sys.executable, "-c", script], input=given, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(rows: int) -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory(prefix="neo4j-load-") as name:
        folder = Path(name)
        template = folder / "template"
        with Server(home=template, heap=_HEAP) as server:
            password = server.access.password
            seconds, done = ours(server.access, node_batches(), 2)
        total = sum(NODES.values())
        yield row("load of nodes, 2 workers", total / seconds, unit="rows/s", retries=done.retries)
        with copied(template, password) as server:
            merged, its_cpu, by_row = plainly(server, rows)
        for workers in (1, 2, 4):
            with copied(template, password) as server:
                ours(server.access, edge_batches(_WARM, seed=1), workers)
                batches = list(edge_batches(rows))
                used = cpu_seconds(server.pid)
                seconds, done = ours(server.access, batches, workers)
                used = 1e6 * (cpu_seconds(server.pid) - used) / rows
                facts = {"retries": done.retries, "chunks": done.chunks, "commit_s": round(done.seconds, 1)}
                facts |= {"cpu_us_per_row": round(used, 1), "peer_cpu_us_per_row": round(its_cpu, 1)}
                label = f"load of {rows:,} relationships, {workers} workers; peer: one UNWIND loader"
                yield row(label, rows / seconds, merged, unit="rows/s", **facts)
                if workers == 2:
                    yield row("  beside MERGE row by row (sampled)", rows / seconds, by_row, unit="rows/s")
                    yield from snapshots(server.access, rows, folder)


def snapshots(access: Access, rows: int, folder: Path) -> Iterator[Row]:
    """The rows about reading, and about neo4j-admin import, which the embedded store of the same market feeds."""
    store = embedded(folder, rows)
    wanted = store.snapshot().fingerprint
    for rust in (True, False):
        packed, records = reading(access, "packed", rust=rust), reading(access, "records", rust=rust)
        if packed["fingerprint"] != wanted or not packed["count"] == records["count"] == rows + _WARM:
            raise RuntimeError("the database does not hold what was loaded")
        label = f"snapshot, {'with' if rust else 'without'} the Rust codec; peer: one record per relationship"
        speeds = packed["count"] / packed["seconds"], records["count"] / records["seconds"]
        facts = {"with_nodes_s": round(packed["with_nodes"], 2), "same_fingerprint": True}
        yield row(label, *speeds, unit="rows/s", peak=packed["peak"], **facts)
    exporting, seconds, found = imported(store, folder)
    everything = rows + _WARM + sum(NODES.values())
    same = {"same_fingerprint": found == wanted, "export_s": round(exporting, 1), "import_s": round(seconds, 1)}
    yield row("neo4j-admin import of nodes and relationships", everything / seconds, unit="rows/s", **same)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="relationships")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--read", choices=("packed", "records"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(Access(*json.loads(sys.stdin.read())), options.read)))
    else:
        report(measure(options.rows), options.json)


if __name__ == "__main__":
    main()
