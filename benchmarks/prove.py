"""Run the benchmarks and the long fault proofs, in full or short, and keep their JSON in .prove/.

python benchmarks/prove.py            every proof in full; one finished by the same code and arguments is not run again
python benchmarks/prove.py --short    the quick ones, always run
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import time
from pathlib import Path

from graph.workspace.identity import code_version

ROOT = Path(__file__).parents[1]
# Name -> program, its arguments in full, its arguments when short.
PROOFS: dict[str, tuple[str, list[str], list[str]]] = {
    "tests": ("benchmarks/long_tests.py", [], ["--sample", "1"]),
    "snapshot": ("benchmarks/snapshot.py", [], ["--edges", "500000"]),
    "load": ("benchmarks/load.py", ["--many", "50000000"], ["--rows", "50000"]),
    "malformed": ("tests/faults/malformed.py", [], ["--rows", "2000", "--class", "stray_quote_start"]),
    "dirty": ("tests/faults/dirty_world.py", [], ["--users", "500"]),
    "faults": ("tests/faults/embedded/run_all.py", [], ["--points", "2", "--disk", "7", "--trials", "1"]),
    "properties": ("tests/faults/properties.py", [], ["--examples", "60", "--jobs", "1"]),
    "world": ("benchmarks/world_scale.py", ["--users", "5000", "1000000", "--world", "ev-retail"], ["--users", "5000"]),
    "segments": ("benchmarks/segments.py", ["--seeds", "1", "2", "3"], ["--seeds", "1"]),
    "recommenders": (
        "benchmarks/recommenders.py",
        ["--world", "ev-retail", "car-rental", "e-commerce"],
        ["--seeds", "7"],
    ),
    "seeds": ("benchmarks/seeds.py", ["--worlds", "3"], ["--worlds", "1"]),
    "determinism": ("benchmarks/determinism.py", ["--users", "5000"], ["--users", "600"]),
    "startup": ("benchmarks/startup.py", [], []),
    "wheel": ("benchmarks/without_torch.py", [], ["--users", "600", "--only-without"]),
    "mask": ("benchmarks/mask.py", [], ["--lists", "20", "--store", "embedded"]),
    "rules": ("benchmarks/rules.py", [], ["--sets", "200"]),
    "guard": ("benchmarks/guard_fuzz.py", [], ["--mutants", "20000"]),
    "injection": ("benchmarks/injection.py", [], ["--every", "40"]),
    "neo4j-load": ("benchmarks/neo4j_load.py", [], ["--rows", "20000"]),
    "neo4j-faults": (
        "tests/faults/neo4j/run_all.py",
        ["--journal", ".prove/neo4j-faults.jsonl"],
        ["--points", "1", "--cuts", "8", "--pauses", "2", "--deaths", "1", "--edges", "20000"],
    ),
}


def key_of(version: str, program: str, arguments: list[str]) -> str:
    """What a result depends on: the product's code, the program with its table, all tests, and the arguments."""
    digest = hashlib.sha256()
    for file in (ROOT / program, ROOT / "benchmarks" / "table.py", *sorted((ROOT / "tests").rglob("*.py"))):
        digest.update(file.read_bytes())
    return "\n".join((version, digest.hexdigest(), program, *arguments)) + "\n"


def run(name: str, program: str, arguments: list[str], result: Path) -> bool:
    """Run one program; its result appears only when it ends well."""
    print(f"{name}: {program} {' '.join(arguments)}", flush=True)
    started, draft = time.monotonic(), result.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    command = [sys.executable, str(ROOT / program), *arguments, "--json", str(draft)]
    code = subprocess.run(command, check=False).returncode
    well = code == 0 and draft.exists()
    if well:
        draft.replace(result)
    print(f"{name}: {'done' if well else 'failed'} in {time.monotonic() - started:.0f} s\n", flush=True)
    return well


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--again", action="store_true", help="run finished ones too")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(PROOFS)}")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - PROOFS.keys())
    if unknown:
        parser.error(f"no proof is called {', '.join(unknown)}")
    folder = Path(".prove") / ("short" if given.short else "full")
    folder.mkdir(parents=True, exist_ok=True)
    version, failed = code_version(), []
    for name, (program, full, short) in PROOFS.items():
        if given.names and name not in given.names:
            continue
        arguments = short if given.short else full
        result, stamp = folder / f"{name}.json", folder / f"{name}.key"
        key = key_of(version, program, arguments)
        same = result.exists() and stamp.exists() and stamp.read_text("utf-8") == key
        if same and not given.short and not given.again:
            print(f"{name}: done before by the same code, see {result}")
            continue
        stamp.unlink(missing_ok=True)
        if run(name, program, arguments, result):
            stamp.write_text(key, "utf-8")
        else:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
