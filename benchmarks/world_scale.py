"""Time and peak memory of making a synthetic market, each size in a process of its own.

    python benchmarks/world_scale.py                        version 1 of every world, 5,000 and 50,000 users
    python benchmarks/world_scale.py --world car-rental     one of them
    python benchmarks/world_scale.py --users 1000000        about 20 million events; takes minutes
    python benchmarks/world_scale.py --json worlds.json     the same table as rows of JSON

The peer of peak memory is the limit that the largest world must keep, 2 GiB; of seconds there is none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from table import Row, peak_mib, report, row

from graph.worlds.synth import FIRST_VERSION, WORLDS, synthesise

LIMIT_MIB = 2048.0


def one(world: str, users: int, seed: int) -> dict[str, float]:
    """Make one world and measure this process."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        report = synthesise(Path(folder) / "world", world=world, users=users, seed=seed)
        seconds = time.perf_counter() - begin
        size = sum(path.stat().st_size for path in report.directory.glob("*.csv"))
    dated = {spec.name for spec in WORLDS[world].files if spec.time} - {"follows"}
    events = sum(count for name, count in report.rows.items() if name in dated)
    return {
        "seconds": seconds,
        "events": events,
        "follows": report.rows["follows"],
        "csv": size / 2**20,
        "ami": report.oracle_ami,
        "peak": peak_mib(),
    }


def measure(world: str, users: int, seed: int) -> dict[str, float]:
    """The same in a fresh process, whose peak memory is its own."""
    command = [sys.executable, __file__, "--one", str(users), "--world", world, "--seed", str(seed)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rows_of(world: str, users: int, found: dict[str, float]) -> list[Row]:
    """Rows of the table of one world and size."""
    peak = found["peak"]
    figures: tuple[tuple[str, float, str, float | None], ...] = (
        ("time", found["seconds"], "s", None),
        ("events", found["events"], "rows", None),
        ("follows", found["follows"], "rows", None),
        ("speed", found["events"] / found["seconds"], "events/s", None),
        ("files", found["csv"], "MiB", None),
        ("oracle", found["ami"], "AMI", None),
        ("peak memory, peer: the limit", peak, "MiB", LIMIT_MIB),
    )
    name = f"{world}, {users:,} users"
    return [row(f"{name}: {what}", ours, peer, unit=unit, peak=peak) for what, ours, unit, peer in figures]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", choices=tuple(WORLDS), nargs="+", default=list(FIRST_VERSION))
    parser.add_argument("--users", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.world[0], options.one, options.seed)))
        return
    rows = (
        row
        for world in options.world
        for users in options.users
        for row in rows_of(world, users, measure(world, users, options.seed))
    )
    report(rows, options.json)


if __name__ == "__main__":
    main()
