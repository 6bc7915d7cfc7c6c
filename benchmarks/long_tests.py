"""All tests, the long proofs among them, and how many of them passed.

    python benchmarks/long_tests.py [--sample SEED] [--json FILE]

Needs what the tests need: where GRAPHVINE_REQUIRE names neo4j or node, a missing server or node is a failure.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

from table import report, row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", default="all", metavar="SEED", help="a sample of the long proofs, drawn by a seed")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(options.jobs), "--dist", "loadfile"]
        command += ["--proofs", options.sample, f"--junit-xml={result}"]
        code = subprocess.run(command, check=False, cwd=Path(__file__).parents[1]).returncode
        suite = ElementTree.parse(result).getroot().find("testsuite")
    assert suite is not None
    counts = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    rows = [row(name, count, unit="tests") for name, count in counts.items()]
    report((*rows, row("wall time", time.monotonic() - started, unit="s")), options.json)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
