"""Random rules files against serving, checked by an independent reading of the rules: no row may break one.

    python benchmarks/rules.py                          10,000 rules files on two small synthetic markets
    python benchmarks/rules.py --sets 500 --json rules.json

The markets are synthetic ones, with columns added (stock, price, region, category, maker, and one of yes and no; one
value in ten is missing), exposures, and purchases that recur. Each rules file has about a third of all rules with
random values and goes the way of a user's: parsed, resolved on the graph, and applied by serving with a trained model
to people drawn at random. The check is plain Python on the attributes and shares no code with the rules: it says of
each row whether a rule forbids it, what each list must hold, and how often each rule must have been the first to
refuse somebody or something.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from table import Row, report, row

from cli.app import run_command
from cli.session import Session
from graph.hetero import HeteroGraph
from graph.recommend.target import choose_target
from graph.recommend.train import train
from tests.graph.recommend.rules.adorned import adorn, schema_of
from tests.graph.recommend.rules.trial import Trials

_WORLDS = (("e-commerce", "Product"), ("ev-retail", "Vehicle"))


def snapshot_of(world: str, users: int, folder: Path) -> HeteroGraph:
    """The snapshot of a synthetic market."""
    for words in (
        [
            "data",
            "synth",
            str(folder / "data"),
            "--world",
            world,
            "--users",
            str(users),
            "-q",
            "-o",
            str(folder / "r.csv"),
        ],
        ["init", str(folder), "--data", str(folder / "data"), "-q"],
        ["data", "load", "-w", str(folder), "-q", "-o", str(folder / "r.csv")],
        ["data", "snapshot", "-w", str(folder), "-q"],
    ):
        if run_command(words):
            raise SystemExit(f"graphvine {' '.join(words)} failed")
    return Session.open(folder, quiet=True).workspace.graph()


def trials_of(world: str, item: str, users: int) -> Trials:
    """The market with all that rules ask about, and a model of it."""
    with tempfile.TemporaryDirectory() as folder:
        graph = adorn(snapshot_of(world, users, Path(folder)), item, seed=3)
        trained = train(graph, choose_target(graph, item))
        return Trials(graph, trained.model, schema_of(graph, item))


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Rows of both markets."""
    for number, (world, item) in enumerate(_WORLDS):
        trials = trials_of(world, item, given.users)
        sets = given.sets // len(_WORLDS)
        rows = violations = wrong = unreconciled = 0
        started = time.monotonic()
        for i in range(sets):
            found = trials.run(np.random.default_rng([given.seed, number, i]), people=given.people)
            rows += found.rows
            violations += found.violations
            wrong += found.wrong
            unreconciled += bool(found.unreconciled)
            if not found.good:
                print(f"{world}, set {i}: {found}")
        seconds = time.monotonic() - started
        name = f"{world}, {item}: {sets:,} random rules files, {given.people} people each"
        yield row(f"{name}: rows", rows, unit="rows")
        yield row(f"{name}: rows that break a rule", violations, unit="rows")
        yield row(f"{name}: lists that are not what they must be", wrong, unit="lists")
        yield row(f"{name}: files whose counts do not reconcile", unreconciled, unit="files")
        yield row(f"{name}: time, with the check", seconds, unit="s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--people", type=int, default=10, help="people that each rules file is applied to")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = report(measure(given), given.json)
    if any(one["ours"] for one in found if one["unit"] != "s" and not one["name"].endswith(": rows")):
        raise SystemExit("a rule was broken")


if __name__ == "__main__":
    main()
