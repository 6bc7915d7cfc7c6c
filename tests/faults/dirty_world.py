"""Loads a synthetic world with 2% of faulty records, and compares each with its expected outcome.

Run: python tests/faults/dirty_world.py [--world NAME] [--users N] [--dirt SHARE] [--seed N] [--json FILE]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from graph.batch import FileCount
from graph.ingest.load import load_sources
from graph.ingest.mapping.mapping_file import read_mapping
from graph.ingest.rejects.quarantine import Quarantine
from graph.ingest.sources import find_sources
from graph.schema import MARKET, extend_schema
from graph.store.embedded.store import EmbeddedStore
from graph.worlds.synth import synthesise
from tests.corpus.dirt import TRUTH, plant

AS_OF = 1_798_761_600
"""1 January 2027 UTC, behind every world."""


@dataclass(frozen=True)
class Loaded:
    """What a load of a world did.

    Attributes:
        counts: Of each file.
        rejects: Reason by file and row.
        seconds: How long it took.
    """

    counts: Mapping[str, FileCount]
    rejects: Mapping[tuple[str, int], str]
    seconds: float


@dataclass(frozen=True)
class Miss:
    """A faulty record without its expected outcome, or a clean record that was not loaded."""

    file: str
    row: int
    fault: str
    what: str


def load(world: Path, home: Path) -> Loaded:
    """Load a world into a fresh store."""
    file = world / "schema.toml"
    schema = extend_schema(MARKET, file) if file.exists() else MARKET
    sources = find_sources(world, read_mapping(world / "mapping.toml", schema))
    store, quarantine = EmbeddedStore(home / "m.duckdb", schema), Quarantine(home / "quarantine")
    start = time.perf_counter()
    counts = load_sources(sources, schema, store, quarantine=quarantine, as_of=AS_OF)
    seconds = time.perf_counter() - start
    rejects = {(str(r["file"]), int(r["row"])): str(r["reason"]) for r in quarantine.records()}
    return Loaded({count.file: count for count in counts}, rejects, seconds)


def compare(truth: pd.DataFrame, loaded: Loaded, clean_rows: Mapping[str, int]) -> list[Miss]:
    """Every miss: wrong or missing rejects, rejects of clean records, counts that are too low."""
    misses = []
    known = set()
    records = zip(truth["file"], truth["row"], truth["class"], truth["expected"], truth["detail"], strict=True)
    for file, row, fault, expected, detail in records:
        known.add((file, row))
        reason = loaded.rejects.get((file, row), "")
        if expected == "rejected" and reason not in detail.split("|"):
            misses.append(Miss(file, row, fault, f"{reason or 'loaded'} for {detail}"))
        elif expected != "rejected" and reason:
            misses.append(Miss(file, row, fault, f"{reason} for {expected}"))
    stray = loaded.rejects.keys() - known
    misses += [Miss(file, row, "clean", loaded.rejects[file, row]) for file, row in sorted(stray)]
    for file, count in loaded.counts.items():
        misses += _counted(file, count, truth[truth["file"] == file], clean_rows[file.removesuffix(".csv")])
    return misses


def _counted(file: str, count: FileCount, truth: pd.DataFrame, rows: int) -> list[Miss]:
    """Misses that only the counts of a file tell."""
    misses = []
    wanted = rows + int(truth["added"].sum())
    if count.read != wanted or not count.balanced:
        misses.append(Miss(file, 0, "count equation", f"{count.read} read of {wanted}, balanced: {count.balanced}"))
    outcomes = Counter(truth["expected"])
    for outcome, found in (("duplicate", count.duplicate + count.unchanged), ("updated", count.updated)):
        misses += [Miss(file, 0, outcome, f"not counted as {outcome}")] * max(0, outcomes[outcome] - found)
    changed = truth[truth["expected"] == "changed"]
    for (column, kind), group in changed.groupby(["column", "detail"]):
        short = len(group) - count.changes.get((column, kind), 0)
        fault = "+".join(sorted(set(group["class"])))
        misses += [Miss(file, 0, fault, f"{kind} of {column} not listed")] * max(0, short)
    return misses


def classes(truth: pd.DataFrame, misses: Sequence[Miss]) -> pd.DataFrame:
    """By class: expected outcome, planted, missed, share that landed."""
    missed = Counter(name for miss in misses for name in miss.fault.split("+"))
    grouped = truth.groupby("class").agg(expected=("expected", "first"), planted=("row", "size"))
    grouped["missed"] = [missed[name] for name in grouped.index]
    grouped["landed"] = 1 - grouped["missed"] / grouped["planted"]
    return grouped


def main() -> None:
    """Measure, print and write."""
    from benchmarks.table import report, row

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", default="ev-retail")
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--dirt", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        world = Path(home) / "world"
        start = time.perf_counter()
        made = synthesise(world, world=options.world, users=options.users, seed=options.seed)
        plant(world, share=options.dirt, seed=options.seed)
        seconds = time.perf_counter() - start
        truth = pd.read_parquet(world / TRUTH)
        loaded = load(world, Path(home))
    misses = compare(truth, loaded, made.rows)
    planted = truth[truth["class"] != "consequence"]
    read = sum(count.read for count in loaded.counts.values())
    name = f"{options.world}, {options.users:,} users, {options.dirt:.0%} dirt"
    share = 1 - len(misses) / len(truth)
    rows = [
        row(f"{name}: seconds to make it", seconds, unit="s"),
        row(f"{name}: records loaded a second", read / loaded.seconds, unit="rows/s"),
        row(f"{name}: faults planted", len(planted), unit="records"),
        row(f"{name}: records that fall with them", len(truth) - len(planted), unit="records"),
        row(f"{name}: landed where the truth says", share, unit="share"),
        row(f"{name}: clean records refused", sum(miss.fault == "clean" for miss in misses), unit="records"),
    ]
    for fault, found in classes(truth, misses).iterrows():
        numbers = {"planted": int(found["planted"]), "missed": int(found["missed"])}
        rows.append(row(f"{name}: {fault}", found["landed"], unit="share", **numbers))
    report(rows, options.json)
    for (fault, what), count in Counter((miss.fault, miss.what) for miss in misses).most_common(60):
        print(f"{count:8}  {fault:32} {what}")


if __name__ == "__main__":
    main()
