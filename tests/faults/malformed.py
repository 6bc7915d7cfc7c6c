"""Loads the fault corpus: every fault class in every format, and large files with all classes mixed.

What happened to each record is compared with its expected outcome.

Run: python tests/faults/malformed.py [--class NAME] [--rows N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graph.batch import FileCount
from graph.columns import Coded
from graph.errors import DataError, GraphvineError
from graph.hetero import HeteroGraph
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, EdgeKey, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.text import TextArray
from tests.corpus.all_faults import FAULTS
from tests.corpus.cases import Case, mixed, single
from tests.corpus.fault import FORMATS, Table, Value
from tests.corpus.market import AS_OF, COLUMNS
from tests.corpus.outcomes import Miss, Observed, Refused, misses_of

EDGES: Mapping[Table, EdgeKey] = {
    "orders": EdgeKey("Person", "ORDERED", "Product"),
    "follows": EdgeKey("Person", "FOLLOWS", "Person"),
}
ENDS: Mapping[Table, tuple[str, str]] = {"orders": ("user_id", "product_id"), "follows": ("user_id", "followed_id")}


def load(case: Case, folder: Path) -> Observed:
    """Write the case into an empty folder and load it into a store of its own."""
    case.write(folder)
    schema = extend_schema(MARKET, folder / "schema.toml")
    store, quarantine = EmbeddedStore(folder / "m.duckdb", schema, threads=1), Quarantine(folder / "quarantine")
    try:
        sources = find_sources(folder, read_mapping(folder / "mapping.toml", schema))
        counts = load_sources(sources, schema, store, quarantine=quarantine, as_of=AS_OF)
    except DataError as error:
        return Observed(str(error), content=_held(store) if store.file.exists() else {})
    except Exception as error:  # Whatever else is raised is a finding of its own.
        return Observed(f"{type(error).__name__}: {error}", crashed=True)
    (hit,) = (count for count in counts if count.file == case.path)
    rejects = [
        Refused(int(r["row"]), str(r["reason"]), str(r["column"]), str(r["value"]), str(r["raw"]))
        for r in quarantine.records()
        if r["file"] == case.path
    ]
    return _observed(hit, all(count.balanced for count in counts), rejects, store)


def _observed(hit: FileCount, balanced: bool, rejects: Sequence[Refused], store: EmbeddedStore) -> Observed:
    return Observed(
        "",
        balanced,
        hit.read,
        hit.created,
        hit.updated,
        hit.duplicate + hit.unchanged,
        hit.quarantined,
        hit.changes,
        rejects,
        _held(store),
    )


def _held(store: EmbeddedStore) -> dict[Table, list[Mapping[str, Value]]]:
    """What the store holds, as rows of the tables."""
    try:
        graph = store.snapshot()
    except GraphvineError:
        return {}
    held: dict[Table, list[Mapping[str, Value]]] = {"users": list(_people(graph))}
    for table in EDGES:
        held[table] = list(_events(graph, table))
    return held


def _people(graph: HeteroGraph) -> Iterator[Mapping[str, Value]]:
    if "Person" not in graph.nodes:
        return
    people = graph.nodes["Person"]
    columns: dict[str, Sequence[Value]] = {"user_id": people.ids.texts.to_list()}
    for name in list(COLUMNS["users"])[1:]:
        columns[name] = _values(people.columns.get(name), len(people), COLUMNS["users"][name])
    yield from _rows(columns)


def _events(graph: HeteroGraph, table: Table) -> Iterator[Mapping[str, Value]]:
    edges = graph.edges(EDGES[table])
    if len(edges) == 0:
        return
    source, target = ENDS[table]
    key = EDGES[table]
    sources, targets = graph.ids(key.source).texts.to_list(), graph.ids(key.target).texts.to_list()
    columns: dict[str, Sequence[Value]] = {
        source: [sources[i] for i in edges.src],
        target: [targets[i] for i in edges.dst],
        "ts": _values(edges.time, len(edges), "time"),
    }
    if table == "orders":
        columns["amount"] = _values(edges.weight, len(edges), "decimal")
        for name in ("kind", "note", "pieces", "score", "gift", "tier", "labels"):
            columns[name] = _values(edges.columns.get(name), len(edges), COLUMNS[table][name])
    yield from _rows(columns)


def _rows(columns: Mapping[str, Sequence[Value]]) -> Iterator[Mapping[str, Value]]:
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))


def _values(column: object, count: int, kind: str) -> list[Value]:
    """Plain values, None for a missing one; a missing text is empty."""
    if column is None:
        return [("" if kind == "text" else [] if kind == "list" else None)] * count
    if kind in ("text", "date"):
        return _texts(column)
    if kind == "list":
        return [json.loads(str(text)) if text else [] for text in _texts(column)]
    assert isinstance(column, np.ndarray)
    numbers: list[float] = column.tolist()
    if kind == "decimal":
        return [None if math.isnan(number) else number for number in numbers]
    if kind == "boolean":
        return [None if number not in (0, 1) else bool(number) for number in numbers]
    return [None if number == -(2**63) else int(number) for number in numbers]


def _texts(column: object) -> list[Value]:
    """Texts, or dates, of which a missing one is None."""
    if isinstance(column, np.ndarray):
        return list(column.astype(object))
    if isinstance(column, Coded):
        known = [*column.values.to_list(), ""]
        return [known[code] for code in column.codes]
    assert isinstance(column, TextArray)
    return list(column.to_list())


@dataclass(frozen=True)
class Tally:
    """Sums over cases: how many, their records, the planted faults among them, and the records in quarantine."""

    cases: int
    records: int
    planted: int
    rejects: int
    misses: tuple[Miss, ...]
    seconds: float


def run(cases: Iterator[Case]) -> Tally:
    """Load and misses_of every case."""
    misses: list[Miss] = []
    count = records = planted = rejects = 0
    start = time.perf_counter()
    for case in cases:
        with tempfile.TemporaryDirectory() as home:
            seen = load(case, Path(home))
        misses += misses_of(case, seen)
        count, records, rejects = count + 1, records + case.count, rejects + len(seen.rejects)
        planted += sum(bool(record.fault) for record in case.records) or 1
    return Tally(count, records, planted, rejects, tuple(misses), time.perf_counter() - start)


def corpus(names: Sequence[str] = (), *, seed: int = 1) -> Iterator[Case]:
    """Every class in every format; with names these classes only."""
    for fault in FAULTS:
        if not names or fault.name in names:
            for fmt in FORMATS:
                yield single(fault, fmt, seed=seed)


def generated(rows: int, *, seed: int = 2) -> Iterator[Case]:
    """About ``rows`` orders over all formats with all classes mixed, a fifth of them faulty; users and follows too."""
    for fmt in FORMATS:
        yield mixed(fmt, "orders", rows=rows // len(FORMATS), share=0.2, seed=seed)
        yield mixed(fmt, "users", rows=100, share=0.2, seed=seed)
        yield mixed(fmt, "follows", rows=1000, share=0.2, seed=seed)


def main() -> None:
    """Measure, print and write."""
    from benchmarks.table import Row, report, row

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--class", dest="names", action="append", default=[])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows, misses = list[Row](), list[Miss]()
    parts = [("classes x formats", corpus(options.names))]
    parts += [] if options.names else [("generated rows, all classes mixed", generated(options.rows))]
    for name, cases in parts:
        tally = run(cases)
        misses += tally.misses
        lost = sum(miss.lost for miss in tally.misses)
        wrong = sum(miss.what.startswith("refused as") for miss in tally.misses)
        rows += [
            row(f"{name}: {tally.cases} cases, planted faults", tally.planted, unit="faults", seconds=tally.seconds),
            row(f"{name}: records read", tally.records, unit="records"),
            row(f"{name}: landed where the truth says", 1 - len(tally.misses) / tally.planted, unit="share"),
            row(f"{name}: rejects of the right class", 1 - wrong / max(1, tally.rejects), unit="share"),
            row(f"{name}: silently lost", lost, unit="records"),
        ]
    report(rows, options.json)
    by_class = Counter((miss.fault, miss.case.split()[-1], _plain(miss.what)) for miss in misses)
    for (fault, fmt, what), count in sorted(by_class.items()):
        print(f"{count:6}  {fault:28} {fmt:16} {what}")


def _plain(what: str) -> str:
    return re.sub(r"\d+", "#", what)[:150]


if __name__ == "__main__":
    main()
