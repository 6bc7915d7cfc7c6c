"""Recommenders: every voter, their weighted sum, and the model that is used, judged once on the last period.

Usage: python benchmarks/recommenders.py [--world NAME ...] [--users 5000] [--seeds 7 8 9] [--json FILE]
       python benchmarks/recommenders.py --files ciao|lastfm|retailrocket ... [--data DIR] [--json FILE]
       either with [--target Product ...] [--people DIR] [--before DIR]

Each model ranks all items for everybody who took something new in the last period; NDCG@10, with 95 % intervals over
people. Everything is chosen on earlier periods. Beside the model that is used ("ours") stand the voters, the same with
no graph neural network, the weighted sum of the voters without a ranker, and the network alone. At the end stand the
means over the seeds, with intervals over the people of all of them.

``--people`` writes the NDCG of every person under our model, one file for each market; ``--before`` compares with such
files, paired, which another version has written. ``--keep`` keeps the snapshots, for that version to read. Real data
sets are read by the mappings in examples/; they are looked for in ``--data`` or the folder $GRAPHVINE_DATA.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import table

import gnn
from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.chosen_model import choose_model
from graph.recommend.evaluation import metrics
from graph.recommend.evaluation.evaluate import SLICES, Ranked, rank_questions, summarise
from graph.recommend.registry import default_voters
from graph.recommend.split import Split, split_graph
from graph.recommend.target import SOURCE, choose_target

OURS, WITHOUT, SUM, NETWORK = "ours", "without the network", "weighted sum", "network alone"
K = 10
# NDCG of every person by model, market by market.
Gains = dict[str, np.ndarray]


def markets(options: argparse.Namespace) -> Iterator[tuple[str, int, HeteroGraph]]:
    """Name, seed and graph of every market."""
    for name in options.files or ():
        folder = options.data / name
        if not folder.exists():
            print(f"{name}: skipped, {folder} not found; give the folder with --data or GRAPHVINE_DATA")
            continue
        mapping = Path(__file__).parents[1] / "examples" / f"{name}.toml"
        yield name, 7, loaded(mapping, folder)
    for name in options.world or (() if options.files else ("ev-retail",)):
        from graph.worlds.synth import synthesise

        for seed in options.seeds:
            with tempfile.TemporaryDirectory() as home:
                synthesise(Path(home) / "data", world=name, users=options.users, seed=seed)
                yield name, seed, loaded(Path(home) / "data" / "mapping.toml", Path(home) / "data")


def loaded(mapping: Path, data: Path) -> HeteroGraph:
    """The snapshot of files."""
    from graph.ingest.load import load_sources
    from graph.ingest.mapping.mapping_file import read_mapping
    from graph.ingest.rejects.quarantine import Quarantine
    from graph.ingest.sources import find_sources
    from graph.schema import MARKET
    from graph.schema.toml_file import extend_schema
    from graph.store.embedded.store import EmbeddedStore

    own = data / "schema.toml"
    schema = extend_schema(MARKET, own) if own.exists() else MARKET
    with tempfile.TemporaryDirectory() as home:
        store = EmbeddedStore(Path(home) / "market.duckdb", schema)
        sources = find_sources(data, read_mapping(mapping, schema))
        load_sources(sources, schema, store, quarantine=Quarantine(Path(home) / "rejects"), as_of=int(time.time()))
        return store.snapshot()


def judged(split: Split, *, seed: int) -> tuple[dict[str, Fitted], dict[str, str]]:
    """Models fitted before the test period, and a sentence on each that was chosen."""
    voters, models, said = default_voters(), {}, {}
    for name, given, ranker in (
        (SUM, voters, None),
        (WITHOUT, voters, gnn.ranker()),
        (OURS, (*voters, gnn.voter()), gnn.ranker()),
    ):
        cpu = time.process_time()
        chosen = choose_model(split, given, ranker, seed=seed, on_step=lambda _: None)
        models[name] = chosen.refit(split.before_test(), seed=seed, on_step=lambda _: None)
        said[name] = f"{chosen.summary} [{time.process_time() - cpu:.0f} CPU s]"
    # It may have been left out of ours.
    form, _ = gnn.voter().tune(split, np.random.default_rng([seed, len(voters)]))
    models[NETWORK] = form.fit(split.before_test(), np.random.default_rng([seed, len(voters)]))
    return {**models[WITHOUT].voters, **models}, said


def gains_of(ranked: Ranked, name: str) -> np.ndarray:
    """NDCG@10 of each person."""
    return metrics.ndcg(ranked.ranks[name], ranked.who, count=len(ranked.users), k=K)


def run(
    name: str, seed: int, graph: HeteroGraph, node_type: str, options: argparse.Namespace, kept: list[Gains]
) -> Iterator[table.Row]:
    """Train and judge on one market; the rows of the table. What each person gained is added to ``kept``."""
    target = choose_target(graph, node_type)
    split = split_graph(graph, target, rng=np.random.default_rng([seed, 1_000]))
    models, said = judged(split, seed=seed)
    assert split.test is not None
    ranked = rank_questions(models, split.test, target, k=K)
    report = summarise(ranked, main=OURS, k=K, rng=np.random.default_rng([seed, 1_002]))
    market = f"{name} {seed} {node_type.lower()}"
    print(f"\n=== {market}: {split.note}")
    for which, sentence in said.items():
        print(f"{which}: {sentence}")
    found: list[table.Row] = []
    for slice_name in SLICES:
        here = [r for r in report.rows if r["slice"] == slice_name]
        print(f"{slice_name}: {here[0]['users']} people" + ("" if here[0]["judged"] else " (too few to judge)"))
        ours = report.row(OURS, slice_name)
        for row in here if here[0]["users"] else ():
            line = f"  {row['model']:20}{row['ndcg']:8.4f}  [{row['ndcg_low']:.4f}, {row['ndcg_high']:.4f}]"
            if row["model"] != OURS:
                gap = report.difference(OURS, row["model"], slice_name)
                line += f"   ours is {gap['difference']:+.4f}  [{gap['low']:+.4f}, {gap['high']:+.4f}]"
                label = f"{market} {slice_name}: ours beside {row['model']}"
                found.append(table.row(label, ours["ndcg"], row["ndcg"], unit="NDCG@10", **_span(gap)))
            print(line)
    kept.append({model: gains_of(ranked, model) for model in models})
    mine = dict(zip(graph.ids(SOURCE).ids(ranked.users), gains_of(ranked, OURS).tolist(), strict=True))
    if options.people:
        np.savez(options.people / f"{market}.npz", ids=np.array(list(mine)), ndcg=np.array(list(mine.values())))
    if options.before and (file := options.before / f"{market}.npz").exists():
        found.append(beside_before(market, mine, file))
    yield from found


def beside_before(market: str, mine: dict[str, float], file: Path) -> table.Row:
    """Our NDCG beside that of another version, of the people whom both judged."""
    kept = np.load(file)
    theirs = dict(zip(kept["ids"].tolist(), kept["ndcg"].tolist(), strict=True))
    pairs = np.array([(mine[person], theirs[person]) for person in mine if person in theirs])
    low, high = metrics.interval(pairs[:, :1] - pairs[:, 1:], np.random.default_rng(0))
    ours, before = pairs.mean(axis=0)
    print(f"before: {before:.4f}, ours {ours:.4f}, {ours - before:+.4f} [{low[0]:+.4f}, {high[0]:+.4f}]")
    span = {"difference": ours - before, "low": low[0], "high": high[0]}
    return table.row(
        f"{market}: ours beside the version before", ours, before, unit="NDCG@10", people=len(pairs), **span
    )


def _span(gap: dict[str, Any]) -> dict[str, Any]:
    return {name: gap[name] for name in ("difference", "low", "high")}


def pooled(market: str, kept: list[Gains]) -> Iterator[table.Row]:
    """Our model and the network alone beside the others, over the people of all seeds."""
    names = [name for name in kept[0] if all(name in gains for gains in kept)]
    gains = {name: np.concatenate([one[name] for one in kept]) for name in names}
    pairs = [(OURS, name) for name in names if name != OURS]
    pairs += [(NETWORK, name) for name in names if name not in (OURS, NETWORK, WITHOUT, SUM)]
    print(f"\n=== {market}, all seeds: {len(gains[OURS])} people")
    for main, other in pairs:
        gap = gains[main] - gains[other]
        low, high = metrics.interval(gap[:, None], np.random.default_rng(0))
        mean = {name: float(np.mean([one[name].mean() for one in kept])) for name in (main, other)}
        span = {"difference": float(gap.mean()), "low": float(low[0]), "high": float(high[0])}
        print(
            f"  {main} {mean[main]:.4f}, {other} {mean[other]:.4f}: {gap.mean():+.4f} [{low[0]:+.4f}, {high[0]:+.4f}]"
        )
        yield table.row(
            f"{market}, mean of seeds: {main} beside {other}", mean[main], mean[other], unit="NDCG@10", **span
        )


def rows(options: argparse.Namespace) -> Iterator[table.Row]:
    """The rows of all markets."""
    kept: dict[str, list[Gains]] = {}
    for name, seed, graph in markets(options):
        if options.keep:
            graph.write(options.keep / f"{name} {seed}")
        for node_type in options.target or [t for t in ("Product", "Vehicle") if graph.count(t)]:
            yield from run(name, seed, graph, node_type, options, kept.setdefault(f"{name} {node_type.lower()}", []))
    for market, gains in kept.items():
        yield from pooled(market, gains)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", nargs="*", help="synthetic markets (default: ev-retail)")
    parser.add_argument("--users", type=int, default=5000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[7, 8, 9])
    parser.add_argument("--files", nargs="*", help="real data sets")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("GRAPHVINE_DATA", "../shared/data")))
    parser.add_argument("--target", nargs="*", help="node types (default: Product and Vehicle, where there are any)")
    parser.add_argument("--people", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--keep", type=Path, help="folder to write the snapshots of the markets to")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.people:
        options.people.mkdir(parents=True, exist_ok=True)
    table.report(rows(options), options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
