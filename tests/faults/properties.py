"""Properties: order of files and records, block size, threads, split loads and re-runs never change the result.

Every example is a small generated market, loaded as it stands and in another way: fingerprint of the snapshot and
refused records must be the same in the end, the counts of every file must add up, and to load all of it again must
leave every byte of the store and of the quarantine as it is.

Run: python tests/faults/properties.py [--examples N] [--jobs N] [--seed N] [--json FILE]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Row, report, row
from tests.faults import generated_markets


def some(examples: int, seed: int) -> tuple[int, str]:
    """Run examples in this process; returns how many ran, and the one that failed, as text."""
    ran = 0
    faults_of = generated_markets.faults_of

    def counted(market: generated_markets.Market, way: generated_markets.Way) -> list[str]:
        nonlocal ran
        ran += 1
        return faults_of(market, way)

    generated_markets.faults_of = counted
    try:
        generated_markets.property_of(examples, seed)()
    except AssertionError as error:
        return ran, "\n".join([str(error), *getattr(error, "__notes__", ())])
    finally:
        generated_markets.faults_of = faults_of
    return ran, ""


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Share the examples among processes, each with a seed of its own."""
    began = time.monotonic()
    each = -(-options.examples // options.jobs)
    command = [sys.executable, __file__, "--part", "--examples", str(each), "--seed"]
    parts = [
        subprocess.Popen([*command, str(options.seed + number)], stdout=subprocess.PIPE, text=True)
        for number in range(options.jobs)
    ]
    ran, failed = 0, []
    for part in parts:
        first, _, rest = part.communicate()[0].partition("\n")
        ran += int(first or 0)
        if part.returncode:
            failed.append(rest)
    for text in failed:
        print(text, file=sys.stderr)
    yield row("properties: examples that ran", ran, unit="examples")
    yield row("properties: examples that failed", len(failed), unit="examples")
    yield row("properties: time", time.monotonic() - began, unit="s")


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        ran, failure = some(options.examples, options.seed)
        print(ran, failure, sep="\n")
        raise SystemExit(bool(failure))
    found = report(rows(options), options.json)
    if found[1]["ours"]:
        raise SystemExit("a property does not hold")


if __name__ == "__main__":
    main()
