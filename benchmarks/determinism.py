"""The whole job twice, in two processes with different hash seeds: every byte that is not wall time must be equal.

python benchmarks/determinism.py --users 5000 --json determinism.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

# The store's file may differ (its digest, the snapshot's fingerprint, may not); runs hold wall time.
_NOT_COMPARED = ("store", "runs")


def build(directory: Path, users: int, hash_seed: str) -> tuple[dict[str, str], bytes]:
    """Hash of every file of a workspace built from nothing, and the stdout of its commands."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}

    def run(*arguments: str) -> bytes:
        command = [sys.executable, "-P", "-m", "cli", *arguments]
        return subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True).stdout

    out = run("data", "synth", "data", "--users", str(users), "--seed", "7")
    out += run("init", ".", "--data", "data") + run("build", ".")
    out += run("segment", "list") + run("segment", "show", "S1") + run("model", "show", "latest")
    out += run("recommend", "--segment", "S1", "-k", "5") + run("kol", "rank") + run("campaign", "plan", "--seeds", "5")
    out += run("query", "run", "products-by-month")
    hashes = {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.relative_to(directory).parts[0] not in _NOT_COMPARED
    }
    return hashes, out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        # The same path for both, since a result may depend on where it was made only by mistake.
        results = []
        for number, hash_seed in enumerate(("0", "12345")):
            home = Path(root) / "work"
            home.mkdir()
            results.append(build(home, given.users, hash_seed))
            home.rename(Path(root) / f"done{number}")
    (first, stdout1), (second, stdout2) = results
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    said = "equal" if stdout1 == stdout2 else "different"
    print(f"{len(first)} files, {len(different)} differ; {len(stdout1)} bytes of stdout, {said}")
    for name in different:
        print(f"  differs: {name}")
    same = not different and stdout1 == stdout2
    if given.json:
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        row = {
            "name": "files that differ",
            "ours": len(different),
            "peer": 0,
            "ratio": None,
            "unit": "files",
            "peak_mb": peak,
        }
        given.json.write_text(json.dumps([row], indent=1) + "\n")
    raise SystemExit(0 if same else 1)


if __name__ == "__main__":
    main()
