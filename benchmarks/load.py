"""Load speed: eight types of events in CSV files, with bad rows among them, into the embedded store.

Each figure is that of a process of its own, so that its peak memory is its own. Loads: the first one, the same files
again, and files of which a tenth of the rows is new and another tenth contradicts what is there. Peers: DuckDB's own
COPY, which counts nothing, checks nothing and knows no event twice, and the loader that people write with pandas.

Run: python benchmarks/load.py [--rows N] [--many N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
from table import Row, peak_mib, report, row

from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET
from graph.store.embedded.store import EmbeddedStore

TYPES = (
    "VIEWED-Product", "VIEWED-Vehicle", "SEARCHED-Topic", "FAVOURITED-Vehicle",
    "CARTED-Product", "BOUGHT-Product", "OWNS-Product", "RENTED-Vehicle",
)  # fmt: skip
NODES = {"Person": 200_000, "Product": 20_000, "Vehicle": 2_000, "Topic": 500}
BAD = 0.001
ENTRY = """
[[files]]
path = "{name}.csv"
edge = "Person-{name}"
source = "user_id"
target = "item_id"
time = "ts"
weight = "amount"
event_id = "order_no"
"""
_BLOCK = 1_000_000


def ids(node: str, numbers: np.ndarray) -> pa.Array:
    """Ids of nodes, those of products in Chinese."""
    names = [f"{'商品' if node == 'Product' else node[0].lower()}{i:06d}" for i in range(NODES[node] + 1)]
    return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32)), pa.array(names)).cast(pa.string())


def events(seed: int, target: str, first: int, count: int, *, changed: bool) -> pa.Table:
    """Rows first..first+count of an event file; ``changed`` rows keep their order number and have another amount."""
    rng = np.random.default_rng([seed, first, 1])
    time_of = rng.integers(1_700_000_000, 1_760_000_000, count).astype("datetime64[s]")
    amount = pa.array(rng.integers(100, 99_999, count) / 100 + (1000.0 if changed else 0.0)).cast(pa.string())
    user = rng.integers(0, NODES["Person"], count)
    # Bad rows: an unknown user, or an amount that is none.
    bad = rng.random(count) < BAD
    user[bad] = NODES["Person"]
    amount = pa.array(np.where(np.roll(bad, 1), "many", amount.to_numpy(zero_copy_only=False)))
    return pa.table(
        {
            "order_no": pa.array([f"o{seed}-{i:09d}" for i in range(first, first + count)]),
            "user_id": ids("Person", user),
            "item_id": ids(target, rng.integers(0, NODES[target], count)),
            "ts": pa.array(np.datetime_as_string(time_of)).cast(pa.string()),
            "amount": amount,
        }
    )


def write(folder: Path, rows: int, types: tuple[str, ...]) -> None:
    """The market: nodes, events, and in the folder ``next`` the events of the next night."""
    (folder / "next").mkdir(parents=True)
    mapping = 'time_zone = "Asia/Shanghai"\n'
    for node, count in NODES.items():
        pc.write_csv(pa.table({"id": ids(node, np.arange(count))}), folder / f"{node}.csv")
        mapping += f'[[files]]\npath = "{node}.csv"\nnode = "{node}"\nid = "id"\n'
    for seed, name in enumerate(types):
        mapping += ENTRY.format(name=name)
        target = name.split("-")[1]
        with pc.CSVWriter(folder / f"{name}.csv", events(seed, target, 0, 1, changed=False).schema) as writer:
            for first in range(0, rows, _BLOCK):
                writer.write_table(events(seed, target, first, min(_BLOCK, rows - first), changed=False))
        if len(types) > 1:
            tenth = rows // 10
            whole = events(seed, target, 0, rows, changed=False).slice(tenth)
            parts = [events(seed, target, 0, rows, changed=True).slice(0, tenth), whole.slice(0, rows - 2 * tenth)]
            parts.append(events(seed, target, rows, tenth, changed=False))
            pc.write_csv(pa.concat_tables(parts), folder / "next" / f"{name}.csv")
    for place in (folder, folder / "next"):
        (place / "mapping.toml").write_text(mapping, "utf-8")
    for node in NODES:
        (folder / "next" / f"{node}.csv").write_bytes((folder / f"{node}.csv").read_bytes())


def ours(folder: Path, types: tuple[str, ...], *, place: str = "") -> dict[str, int]:
    """The whole pipeline; returns the sums of the counts."""
    data = folder / place
    sources = find_sources(data, read_mapping(data / "mapping.toml", MARKET))
    store = EmbeddedStore(folder / "ours.duckdb", MARKET)
    counts = load_sources(sources, MARKET, store, quarantine=Quarantine(folder / "q"), as_of=1_790_000_000)
    events = [c for c in counts if c.type not in NODES]
    return {name: sum(getattr(c, name) for c in events) for name in ("read", "created", "unchanged", "quarantined")}


def copied(folder: Path, types: tuple[str, ...]) -> dict[str, int]:
    """DuckDB's COPY into typed tables; bad amounts are skipped by ``ignore_errors``, unknown users are let in."""
    created = 0
    with duckdb.connect(str(folder / "copy.duckdb")) as connection:
        for name in types:
            connection.execute(
                f'CREATE OR REPLACE TABLE "{name}"'
                " (order_no VARCHAR, user_id VARCHAR, item_id VARCHAR, ts TIMESTAMP, amount DOUBLE)"
            )
            found = connection.execute(f"COPY \"{name}\" FROM '{folder / name}.csv' (HEADER, IGNORE_ERRORS)").fetchone()
            created += found[0] if found else 0
    return {"created": created}


def naive(folder: Path, types: tuple[str, ...], *, place: str = "") -> dict[str, int]:
    """What people write: read_csv, to_datetime, to_numeric, drop what is bad or known, append to a table."""
    created = 0
    with duckdb.connect(str(folder / "naive.duckdb")) as connection:
        users = set(pd.read_csv(folder / "Person.csv")["id"])
        for name in types:
            frame = pd.read_csv(folder / place / f"{name}.csv")
            items = set(pd.read_csv(folder / f"{name.split('-')[1]}.csv")["id"])
            frame["ts"] = pd.to_datetime(frame["ts"]).dt.tz_localize("Asia/Shanghai")
            frame["amount"] = pd.to_numeric(frame["amount"], errors="coerce")
            frame = frame.dropna().drop_duplicates("order_no")
            frame = frame[frame["user_id"].isin(users) & frame["item_id"].isin(items)]
            connection.register("frame", frame)
            connection.execute(f'CREATE TABLE IF NOT EXISTS "{name}" AS SELECT * FROM frame LIMIT 0')
            known = set(connection.execute(f'SELECT order_no FROM "{name}"').df()["order_no"])
            fresh = frame[~frame["order_no"].isin(known)] if known else frame
            connection.register("fresh", fresh)
            connection.execute(f'INSERT INTO "{name}" SELECT * FROM fresh')
            created += len(fresh)
    return {"created": created}


WORK: dict[str, Callable[[Path, tuple[str, ...]], dict[str, int]]] = {
    "ours": ours,
    "ours next": lambda folder, types: ours(folder, types, place="next"),
    "copy": copied,
    "naive": naive,
    "naive next": lambda folder, types: naive(folder, types, place="next"),
}


def alone(what: str, folder: Path, types: tuple[str, ...]) -> dict[str, float]:
    """Run one piece of work in a process of its own; returns its counts, seconds and peak MiB."""
    command = [sys.executable, __file__, "--work", what, "--folder", str(folder), "--types", *types]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def work(what: str, folder: Path, types: tuple[str, ...]) -> None:
    """The inside of ``alone``."""
    wall, cpu = time.perf_counter(), time.process_time()
    counts: dict[str, float] = dict(WORK[what](folder, types))
    counts |= {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak": peak_mib()}
    print(json.dumps(counts))


def measure(rows: int, many: int) -> Iterator[Row]:
    """The rows of the table."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "market"
        write(folder, rows, TYPES)
        total = rows * len(TYPES)
        copy, plain = alone("copy", folder, TYPES), alone("naive", folder, TYPES)
        cases = (("first load", "ours", plain), ("the same files again", "ours", alone("naive", folder, TYPES)))
        results = [(name, alone(what, folder, TYPES), peer) for name, what, peer in cases]
        peer = alone("naive next", folder, TYPES)
        results.append(("a tenth new, a tenth in conflict", alone("ours next", folder, TYPES), peer))
        for name, found, pandas in results:
            counts = {key: int(found[key]) for key in ("read", "created", "unchanged", "quarantined")}
            more = {**counts, "cpu_us_per_row": round(1e6 * found["cpu"] / total, 2)}
            speed = total / found["seconds"]
            for rival, its in (("DuckDB COPY", copy), ("pandas", pandas)):
                label = f"{name}, {len(TYPES)} x {rows:,} rows; peer: {rival}"
                yield row(label, speed, total / its["seconds"], unit="rows/s", peak=found["peak"], **more)
        yield row("peak of COPY, peer: pandas", copy["peak"], plain["peak"], unit="MiB", peak=copy["peak"])
    if many:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "market"
            write(folder, many, TYPES[5:6])
            found, copy = alone("ours", folder, TYPES[5:6]), alone("copy", folder, TYPES[5:6])
            label = f"first load, one type, {many:,} rows; peer: DuckDB COPY"
            counts = {key: int(found[key]) for key in ("read", "created", "quarantined")}
            speed = many / found["seconds"]
            yield row(label, speed, many / copy["seconds"], unit="rows/s", peak=found["peak"], **counts)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=625_000, help="rows of each type")
    parser.add_argument("--many", type=int, default=0, help="rows of the one large file, 0 for none")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", choices=WORK, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--types", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.folder, tuple(options.types))
    else:
        report(measure(options.rows, options.many), options.json)


if __name__ == "__main__":
    main()
