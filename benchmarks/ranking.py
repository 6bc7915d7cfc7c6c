"""Ranking: every voter and their fusion on one snapshot, judged once on its last period, with intervals over people.

Usage: python benchmarks/ranking.py [--worlds 3] [--json FILE]
       python benchmarks/ranking.py SNAPSHOT [--target Product] [--world DIR] [--seeds 3] [--json FILE]

With ``--world``, the folder that ``graphvine data synth`` wrote, an oracle row shows what the planted tastes alone
would rank; it is read from the truth files and takes no part in any choice. Several seeds change what a fit draws at
random (the split of a dated graph has no randomness), so their spread is the noise of training.

The row on affinity trains once more on what was known one test period before the end, adds up everybody's affinity for
every item at that moment, and divides by the number of (person, item) pairs that came true in the period: 1 is perfect.
``benchmarks/affinity.py`` looks at affinities more closely.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from table import peak_mib

import gnn
from graph.hetero import HeteroGraph
from graph.recommend.affinity.chances import expected_takers
from graph.recommend.affinity.rank_curve import RankCurve
from graph.recommend.base import Fitted, ModelState
from graph.recommend.evaluation.evaluate import SLICES, evaluate
from graph.recommend.features import Features, Floats, Vocabulary
from graph.recommend.registry import default_voters
from graph.recommend.split import split_graph
from graph.recommend.target import Target, choose_target, first_events
from graph.recommend.train import train
from graph.text import Int64


@dataclass(frozen=True, eq=False)
class Oracle(Fitted):
    """Ranks by the planted taste of each person."""

    kind: ClassVar[str] = "oracle"
    truth: Any

    def scores(self, features: Features, users: Int64) -> Floats:
        from tests.graph.worlds.truth.planted_truth import ranking_oracle

        people, items = (
            features.graph.ids("Person").ids(users),
            features.graph.ids(self.target.node_type).texts.to_list(),
        )
        rows = [person for person in people for _ in items]
        return ranking_oracle(self.truth, rows, items * len(people)).reshape(len(people), len(items))

    def state(self) -> ModelState:
        raise NotImplementedError("an oracle is not saved")

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> Oracle:
        raise NotImplementedError("an oracle is not saved")


def oracle_rows(graph: HeteroGraph, target: Target, world: Path, *, seed: int) -> list[dict[str, Any]]:
    """The oracle's rows on the same test questions."""
    from tests.graph.worlds.truth.planted_truth import read_truth

    split = split_graph(graph, target, rng=np.random.default_rng([seed, 1_000]))
    assert split.test is not None
    model = Oracle(target, Vocabulary.of(graph), read_truth(world))
    found = evaluate({"oracle": model}, split.test, target, main="oracle", rng=np.random.default_rng([seed, 1_002]))
    return list(found.rows)


def calibration(graph: HeteroGraph, target: Target, *, period: int | None, seed: int) -> list[dict[str, Any]]:
    """Predicted over actual number of new pairs in the last period; nothing where events have no times."""
    if period is None or graph.now is None:
        return []
    cut = graph.now - period
    past = graph.until(cut)
    trained = train(past, target, seed=seed)
    curve = RankCurve.of_json(trained.about["rank_curve"])
    expected = expected_takers(trained.model, past, curve=curve, period=period)
    events, width = first_events(graph, target), graph.count(target.node_type)
    came = np.unique((events.users * width + events.items)[events.time >= cut])
    true = np.bincount(came % width, minlength=width)
    both = np.corrcoef(expected, true)[0, 1]
    print(
        f"affinity: predicted {expected.sum():.0f}, came true {len(came)}, ratio {expected.sum() / len(came):.3f}; "
        f"correlation over items {both:.3f}"
    )
    name = f"{target.node_type} affinity: predicted over came true, seed {seed}"
    ratio = round(float(expected.sum()) / len(came), 3)
    pairs = {"ours": round(float(expected.sum()), 1), "peer": len(came), "ratio": ratio, "unit": "pairs"}
    return [{"name": name, **pairs, "peak_mib": round(peak_mib())}]


def show(rows: list[dict[str, Any]], differences: list[dict[str, Any]]) -> None:
    for name in SLICES:
        here = [r for r in rows if r["slice"] == name]
        users, pairs = here[0]["users"], here[0]["pairs"]
        print(f"\n{name}: {users} people, {pairs} pairs" + ("" if here[0]["judged"] else " (too few to judge)"))
        if not users:
            continue
        print(f"{'model':12}{'ndcg@10':>9}{'95 % interval':>19}{'recall':>9}{'mrr':>8}{'hits':>8}{'coverage':>10}")
        for r in here:
            interval = f"{r['ndcg_low']:.4f} .. {r['ndcg_high']:.4f}"
            print(
                f"{r['model']:12}{r['ndcg']:9.4f}{interval:>19}{r['recall']:9.4f}{r['mrr']:8.4f}{r['hit_rate']:8.4f}"
                f"{r['coverage']:10.3f}"
            )
        for d in (d for d in differences if d["slice"] == name):
            print(f"  fusion - {d['against']:12} {d['difference']:+.4f}  [{d['low']:+.4f}, {d['high']:+.4f}]")


def run(graph: HeteroGraph, target: Target, *, world: Path | None, seed: int) -> list[dict[str, Any]]:
    """Train once, print the tables, and return the rows for ``--json``."""
    wall, cpu = time.perf_counter(), time.process_time()
    trained = train(graph, target, voters=[*default_voters(), gnn.voter()], seed=seed)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rows = list(trained.report.rows)
    if world is not None:
        rows += oracle_rows(graph, target, world, seed=seed)
    print(f"\n=== {target.node_type}, seed {seed}: {wall:.1f} s, {cpu:.1f} CPU-s, {peak_mib():.0f} MB")
    print(f"positives {', '.join(target.positives)}; {trained.about['split']['note']}")
    print(trained.about["fusion"])
    show(rows, list(trained.report.differences))
    cost: dict[str, Any] = {"name": f"train {target.node_type} seed {seed}", "ours": round(wall, 2), "peer": None}
    cost |= {"ratio": None, "unit": "s", "peak_mib": round(peak_mib())}
    pace = calibration(graph, target, period=trained.about["period"], seed=seed)
    return [*_json_rows(rows, trained.report.differences, target, seed), *pace, cost]


def _json_rows(
    rows: list[dict[str, Any]], differences: tuple[Mapping[str, Any], ...], target: Target, seed: int
) -> list[dict[str, Any]]:
    """Fusion against every other model, slice by slice."""
    ours = {r["slice"]: r["ndcg"] for r in rows if r["model"] == "fusion"}
    gaps = {(d["slice"], d["against"]): d for d in differences}
    result = []
    for r in (r for r in rows if r["model"] != "fusion" and r["users"]):
        gap = gaps.get((r["slice"], r["model"]), {})
        result.append(
            {
                "name": f"{target.node_type} {r['slice']} fusion vs {r['model']} seed {seed}",
                "ours": ours[r["slice"]],
                "peer": r["ndcg"],
                "ratio": round(ours[r["slice"]] / r["ndcg"], 3) if r["ndcg"] else None,
                "unit": "NDCG@10",
                "peak_mib": round(peak_mib()),
                "users": r["users"],
                "low": gap.get("low"),
                "high": gap.get("high"),
            }
        )
    return result


def worlds(count: int) -> list[dict[str, Any]]:
    """Default worlds with seeds 1, 2, ..., written, loaded and judged as a user would."""
    from graph.ingest.load import load_sources
    from graph.ingest.mapping.mapping_file import read_mapping
    from graph.ingest.rejects.quarantine import Quarantine
    from graph.ingest.sources import find_sources
    from graph.schema import MARKET
    from graph.store.embedded.store import EmbeddedStore
    from graph.worlds.synth import synthesise

    rows = []
    for seed in range(1, count + 1):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            synthesise(home / "data", seed=seed)
            store = EmbeddedStore(home / "market.duckdb", MARKET)
            sources = find_sources(home / "data", read_mapping(home / "data" / "mapping.toml", MARKET))
            load_sources(sources, MARKET, store, quarantine=Quarantine(home / "quarantine"), as_of=int(time.time()))
            graph = store.snapshot()
            print(f"\n##### world {seed}")
            for name in ("Product", "Vehicle"):
                found = run(graph, choose_target(graph, name), world=home / "data", seed=seed)
                rows += [{**row, "name": f"world {seed}: {row['name']}"} for row in found]
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snapshot", type=Path, nargs="?", help="folder of a snapshot; without one, default worlds")
    parser.add_argument("--target", action="append", help="node type; may be given twice (default: Product)")
    parser.add_argument("--world", type=Path, help="folder of the synthetic world, for the oracle row")
    parser.add_argument("--worlds", type=int, default=3, help="how many worlds to make when there is no snapshot")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.snapshot is None:
        rows = worlds(options.worlds)
    else:
        graph = HeteroGraph.read(options.snapshot)
        rows = []
        for node_type in options.target or ["Product"]:
            target = choose_target(graph, node_type)
            for seed in range(options.seeds):
                rows += run(graph, target, world=options.world, seed=seed)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
