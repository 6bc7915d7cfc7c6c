"""How long the everyday commands take from a cold process, and whether they load torch.

python benchmarks/startup.py --workspace demo --json startup.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from table import peak_mib, report, row

REPEATS = 5
PROBE = (
    "import sys; from cli.app import run_command; code = run_command(sys.argv[1:]);"
    "heavy = {'torch', 'pandas', 'networkx', 'neo4j', 'duckdb'} & set(sys.modules);"
    "sys.stderr.write('LOADED ' + ' '.join(sorted(heavy)));"
    "sys.exit(code)"
)


def measure(arguments: list[str]) -> tuple[float, str]:
    """Median seconds of five cold starts, and which heavy modules the command loaded."""
    seconds, loaded = [], ""
    for _ in range(REPEATS):
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=False)
        seconds.append(time.perf_counter() - started)
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)} failed: {done.stderr}")
        loaded = done.stderr.rpartition("LOADED ")[2].strip()
    return statistics.median(seconds), loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path("demo"))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    commands = {"graphvine --help": (["--help"], 0.5)}
    if (given.workspace / "snapshots").is_dir():
        where = ["-w", str(given.workspace)]
        query = "MATCH (u:User) RETURN u.id AS id ORDER BY id LIMIT 1"
        ask = [sys.executable, "-P", "-m", "cli", "cypher", query, *where, "-f", "json", "-q"]
        user = json.loads(subprocess.run(ask, capture_output=True, text=True, check=True).stdout)[0]["id"]
        commands |= {
            "recommend USER": (["recommend", user, *where], 2.0),
            "segment show": (["segment", "show", "S1", *where], 2.0),
            "kol rank": (["kol", "rank", *where], 2.0),
        }
    else:
        print(f"no workspace at {given.workspace}: only --help is measured", file=sys.stderr)
    rows = []
    for name, (arguments, aim) in commands.items():
        seconds, loaded = measure(arguments)
        title = f"{name}, peer: the aim; loaded of {{torch, pandas, networkx, neo4j, duckdb}}: {loaded or 'none'}"
        rows.append(row(title, seconds, aim, unit="s", peak=peak_mib(children=True), loaded=loaded))
    report(rows, given.json)


if __name__ == "__main__":
    main()
