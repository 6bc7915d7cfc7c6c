"""Links between people: who will follow, and who will react to, whom next, against simple predictors.

Usage: python benchmarks/links.py [--world ev-retail ...] [--users 5000] [--seed 7 ...] [--role follow react]
       [--no-ciao] [--json FILE]

Every new tie of the last window of a synthetic world is ranked among all people, see
``graph.recommend.links.evaluate``; the row of a rival has the paired 95 % interval of our MRR minus its MRR, over
people. Ciao's trust has no times, so ties drawn by chance are the test; it is read from the folder that GRAPHVINE_DATA
names, and skipped without it. Seconds are those of training, with the test and the last fit.

On a machine with several cores set OPENBLAS_NUM_THREADS=1: threads of small products wait for each other.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from table import Row, report, row

import gnn
from graph.hetero import HeteroGraph
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, PERSON, EdgeKey, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.worlds.synth import FIRST_VERSION, WORLDS, synthesise

CIAO = Path(__file__).parents[1] / "examples" / "ciao.toml"
_ASKED = 500


def load(data: Path, mapping: Path, home: Path) -> HeteroGraph:
    """The snapshot of a folder of files."""
    schema = extend_schema(MARKET, data / "schema.toml") if (data / "schema.toml").exists() else MARKET
    store = EmbeddedStore(home / "market.duckdb", schema)
    sources = find_sources(data, read_mapping(mapping, schema))
    load_sources(sources, schema, store, quarantine=Quarantine(home / "quarantine"), as_of=int(time.time()))
    return store.snapshot()


def world(name: str, users: int, seed: int) -> HeteroGraph:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        synthesise(home / "data", world=name, users=users, seed=seed)
        return load(home / "data", home / "data" / "mapping.toml", home)


def ciao() -> HeteroGraph | None:
    """None where the data is absent."""
    data = Path(os.environ.get("GRAPHVINE_DATA", "absent")) / "ciao"
    if not data.is_dir():
        print("ciao is skipped: GRAPHVINE_DATA does not name a folder with it")
        return None
    with tempfile.TemporaryDirectory() as folder:
        return load(data, CIAO, Path(folder))


def judge(name: str, graph: HeteroGraph, relation: EdgeKey, seed: int) -> Iterator[Row]:
    """Train once; the rows of one relation."""
    wall, cpu = time.perf_counter(), time.process_time()
    trained = gnn.train_links(graph, relation=relation, seed=seed)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    found = trained.report
    ours = found.row(found.main)
    title = f"{name}, {relation.relation}"
    print(f"\n{title}: {found.ties:,} new ties of {found.people:,} people; {trained.about['split']['note']}")
    print(trained.about["choice"])
    for other in (r for r in found.rows if r is not ours):
        gap = found.difference(other["model"])
        more = {"difference": gap["mrr"], "low": gap["mrr_low"], "high": gap["mrr_high"], "hits": other["hits"]}
        more |= {
            "auc": other["auc"],
            "auc_low": gap["auc_low"],
            "auc_high": gap["auc_high"],
            "ours_low": ours["mrr_low"],
            "ours_high": ours["mrr_high"],
        }
        yield row(f"{title}: {found.main} vs {other['model']}", ours["mrr"], other["mrr"], unit="MRR", **more)
    best = max((r for r in found.rows if r is not ours), key=lambda r: float(r["mrr"]))
    yield row(f"{title}: vs {best['model']}", ours["hits"], best["hits"], unit="hits@10")
    best = max((r for r in found.rows if r is not ours), key=lambda r: float(r["auc"]))
    yield row(f"{title}: vs {best['model']}", ours["auc"], best["auc"], unit="AUC")
    yield row(f"{title}: train and judge", wall, unit="s")
    yield row(f"{title}: train and judge", cpu, unit="CPU s")
    asked = np.arange(min(_ASKED, graph.count(PERSON)))
    cpu = time.process_time()
    trained.model.top(graph, asked, 10)
    yield row(f"{title}: ten next ties of {len(asked)} people", time.process_time() - cpu, unit="CPU s")


def rows(options: argparse.Namespace) -> Iterator[Row]:
    for seed in options.seed:
        for name in options.world:
            graph = world(name, options.users, seed)
            for relation in list(graph.keys(source=PERSON, target=PERSON)):
                if graph.meaning(relation).role in options.role:
                    yield from judge(f"{name}, seed {seed}", graph, relation, seed)
    graph = None if options.no_ciao else ciao()
    for relation in [] if graph is None else list(graph.keys(source=PERSON, target=PERSON)):
        yield from judge("ciao (undated)", graph, relation, options.seed[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", choices=tuple(WORLDS), nargs="*", default=list(FIRST_VERSION))
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--seed", type=int, nargs="+", default=[7], help="of the world, and of training")
    parser.add_argument("--role", choices=("follow", "react", "refer"), nargs="+", default=["follow", "react"])
    parser.add_argument("--no-ciao", action="store_true", help="synthetic worlds only")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report(rows(options), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
