"""The whole job twice, in two processes that differ in all that must not matter: every byte must be equal.

The second build has another hash seed, two threads instead of one in every library that has threads, and the rows of
every input file in another order. Compared are the files of the market as they were made, the snapshot, segments,
models, KOLs, seeds, recommendations, exports, the report, and what the commands said.

python benchmarks/determinism.py --users 5000 --json determinism.json
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from table import peak_mib, report, row

# The store's file may differ (its digest, the snapshot's fingerprint, may not); runs hold wall time.
_NOT_COMPARED = ("store", "runs", "data")
# These name the bytes and rows of the input as they lay in the files.
_ABOUT_FILES = ("load.json", "manifest.json", "build.json")
# The record of which model serves says since when, by the clock.
_SINCE = b"served_since"
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip


def shuffle_rows(file: Path, seed: int) -> None:
    """The same records in another order; worlds have no line breaks inside cells."""
    head, *records = file.read_text("utf-8").splitlines(keepends=True)
    random.Random(seed).shuffle(records)
    file.write_text("".join((head, *records)), "utf-8")


def hashes(directory: Path) -> dict[str, str]:
    """Hash of every file below, by path."""
    return {
        path.relative_to(directory).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def build(directory: Path, users: int, *, hash_seed: int, threads: int) -> tuple[dict[str, str], bytes]:
    """Hash of every file of a workspace built from nothing, and the stdout of its commands."""
    environment = {**os.environ, "PYTHONHASHSEED": str(hash_seed), **dict.fromkeys(_THREADS, str(threads))}

    def run(*arguments: str) -> bytes:
        command = [sys.executable, "-P", "-m", "cli", *arguments]
        return subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True).stdout

    out = run("data", "synth", "data", "--users", str(users), "--seed", "7")
    made = {f"data/{name}": digest for name, digest in hashes(directory / "data").items()}
    if hash_seed:
        for file in sorted((directory / "data").glob("*.csv")):
            shuffle_rows(file, hash_seed)
    run("init", ".", "--data", "data")
    run("build", ".")
    out += run("segment", "list") + run("segment", "show", "S1") + run("model", "show", "latest")
    out += run("recommend", "--segment", "S1", "-k", "5") + run("kol", "rank") + run("campaign", "plan", "--seeds", "5")
    out += run("query", "run", "products-by-month")
    found = {name: digest for name, digest in hashes(directory).items() if _is_compared(name)}
    return made | found, b"".join(line for line in out.splitlines(keepends=True) if _SINCE not in line)


def _is_compared(name: str) -> bool:
    parts = name.split("/")
    folder, file = parts[0], parts[-1]
    serving = folder == "models" and file == "latest.json"
    return folder not in _NOT_COMPARED and file not in _ABOUT_FILES and not serving


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        # The same path for both, since a result may depend on where it was made only by mistake.
        results = []
        for number, (hash_seed, threads) in enumerate(((0, 1), (12345, 2))):
            home = Path(root) / "work"
            home.mkdir()
            results.append(build(home, given.users, hash_seed=hash_seed, threads=threads))
            home.rename(Path(root) / f"done{number}")
    (first, stdout1), (second, stdout2) = results
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    peak = peak_mib(children=True)
    name = f"{given.users:,} users, other hash seed, threads and order of rows:"
    rows = [
        row(f"{name} files that differ, peer: files", len(different), len(first), unit="files", peak=peak),
        row(f"{name} stdout differs, peer: its size", stdout1 != stdout2, len(stdout1), unit="bytes", peak=peak),
    ]
    report(rows, given.json)
    for path in different:
        print(f"  differs: {path}")
    for one, other in zip(stdout1.splitlines(), stdout2.splitlines(), strict=False):
        if one != other:
            print(f"  stdout differs: {one!r} and {other!r}")
    raise SystemExit(1 if different or stdout1 != stdout2 else 0)


if __name__ == "__main__":
    main()
