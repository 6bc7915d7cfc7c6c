"""Run the benchmarks, in full or short, and keep their JSON in .prove/; a finished one is not run again.

python benchmarks/prove.py            every proof in full, resumable
python benchmarks/prove.py --short    the quick ones
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
# Name -> program, its arguments in full, its arguments when short (None: not part of the short run).
PROOFS: dict[str, tuple[str, list[str], list[str] | None]] = {
    "snapshot": ("snapshot.py", [], ["--edges", "500000"]),
    "load": ("load.py", [], ["--rows", "100000"]),
    "world": ("world_scale.py", ["--users", "5000", "1000000"], ["--users", "5000"]),
    "segments": ("segments.py", ["--seeds", "1", "2", "3"], ["--seeds", "1"]),
    "ranking": ("ranking.py", ["--worlds", "3"], ["--worlds", "1"]),
    "seeds": ("seeds.py", ["--worlds", "3"], ["--worlds", "1"]),
    "determinism": ("determinism.py", ["--users", "5000"], ["--users", "600"]),
    "startup": ("startup.py", [], []),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--again", action="store_true", help="run finished ones too")
    parser.add_argument("names", nargs="*", help="only these")
    given = parser.parse_args()
    folder = Path(".prove") / ("short" if given.short else "full")
    folder.mkdir(parents=True, exist_ok=True)
    failed = []
    for name, (program, full, short) in PROOFS.items():
        arguments = short if given.short else full
        if arguments is None or (given.names and name not in given.names):
            continue
        result = folder / f"{name}.json"
        if result.exists() and not given.again:
            print(f"{name}: done before, see {result}")
            continue
        print(f"{name}: {program} {' '.join(arguments)}", flush=True)
        started, draft = time.monotonic(), result.with_suffix(".draft")
        code = subprocess.run(
            [sys.executable, str(HERE / program), *arguments, "--json", str(draft)], check=False
        ).returncode
        if code == 0 and draft.exists():
            draft.replace(result)
        else:
            failed.append(name)
        print(f"{name}: {'failed' if code else 'done'} in {time.monotonic() - started:.0f} s\n", flush=True)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
