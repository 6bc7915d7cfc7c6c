"""Time and peak memory of making a synthetic market, each size in a process of its own.

    python benchmarks/world_scale.py                        5,000 and 50,000 users
    python benchmarks/world_scale.py --users 1000000        about 20 million events; takes minutes
    python benchmarks/world_scale.py --json worlds.json     the same table as rows of JSON

The peer of peak memory is the limit that the largest world must keep, 2 GiB; of seconds there is none.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from graph.worlds import synthesise

LIMIT_MIB = 2048.0
NOT_EVENTS = ("users", "kols", "products", "vehicles", "topics", "follows")


def one(users: int, seed: int) -> dict[str, float]:
    """Make one world and measure this process."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        report = synthesise(Path(folder) / "world", users=users, seed=seed)
        seconds = time.perf_counter() - begin
        size = sum(path.stat().st_size for path in report.directory.glob("*.csv"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    events = sum(count for name, count in report.rows.items() if name not in NOT_EVENTS)
    return {
        "seconds": seconds,
        "events": events,
        "follows": report.rows["follows"],
        "csv": size / 2**20,
        "ami": report.oracle_ami,
        "peak": peak,
    }


def measure(users: int, seed: int) -> dict[str, float]:
    """The same in a fresh process, whose peak memory is its own."""
    command = [sys.executable, __file__, "--one", str(users), "--seed", str(seed)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rows_of(users: int, found: dict[str, float]) -> list[dict[str, object]]:
    """Rows of the table of one size."""
    name = f"ev-retail, {users:,} users"

    def row(what: str, ours: float, unit: str, peer: float | None = None) -> dict[str, object]:
        ratio = None if peer is None else ours / peer
        return {
            "name": f"{name}: {what}",
            "ours": ours,
            "peer": peer,
            "ratio": ratio,
            "unit": unit,
            "peak_memory": peak,
        }

    peak = found["peak"]
    return [
        row("time", found["seconds"], "s"),
        row("events", found["events"], "rows"),
        row("follows", found["follows"], "rows"),
        row("speed", found["events"] / found["seconds"], "events/s"),
        row("files", found["csv"], "MiB"),
        row("oracle", found["ami"], "AMI"),
        row("peak memory", peak, "MiB", LIMIT_MIB),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[5_000, 50_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one, options.seed)))
        return
    rows = [row for users in options.users for row in rows_of(users, measure(users, options.seed))]
    print(f"{'name':45} {'ours':>14} {'peer':>10} {'ratio':>7}  {'unit':9} {'peak MiB':>9}")
    for row in rows:
        peer = "-" if row["peer"] is None else f"{row['peer']:,.0f}"
        ratio = "-" if row["ratio"] is None else f"{row['ratio']:.2f}"
        print(
            f"{row['name']:45} {row['ours']:>14,.2f} {peer:>10} {ratio:>7}  {row['unit']:9} {row['peak_memory']:>9,.0f}"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
