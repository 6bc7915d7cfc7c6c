"""The wheel in a clean environment without the extra ``gnn``, and with it: install size and a build of the demo market.

    python benchmarks/without_torch.py [--users 5000] [--only-without] [--json FILE]

The wheel and the locked versions of what it needs are installed by uv, outside the checkout. Synth, init and build must
end with 0; without torch the build says in one sentence how to add it, and with torch it says nothing of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from table import peak_mib, report, row

ROOT = Path(__file__).resolve().parents[1]
TORCH = "torch,torch-geometric"
SENTENCE = 'to add it: pip install "graphvine[gnn]"'


def uv() -> str:
    """uv, on the path or where ``make setup`` puts it."""
    found = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".venv-uv" / "bin"))
    if found is None:
        raise SystemExit("uv is needed: make setup fetches it")
    return found


def call(*command: str | Path, cwd: Path) -> str:
    """Run a command outside of any environment of ours, and return what it wrote to stderr."""
    hidden = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME"}
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stderr}")
    return done.stderr


def install(folder: Path, wheel: Path, *, without: str) -> Path:
    """A new environment with the wheel and the locked versions of what it needs; its folder."""
    part = subprocess.run(
        [sys.executable, ROOT / "docker" / "part_of_lock.py", ROOT / "requirements.lock", "--without", without],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (folder / "product.txt").write_text(part.stdout, "utf-8")
    place = folder / "env"
    call(uv(), "venv", "--quiet", "--python", sys.executable, place, cwd=folder)
    python = place / "bin" / "python"
    call(uv(), "pip", "sync", "--quiet", "--require-hashes", "--python", python, "product.txt", cwd=folder)
    call(uv(), "pip", "install", "--quiet", "--no-deps", "--python", python, wheel, cwd=folder)
    return place


def size_mib(folder: Path) -> float:
    """Size of all files below a folder in MiB, links not followed."""
    files = (Path(top, name) for top, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size for file in files) / 2**20


def build(place: Path, folder: Path, *, users: int) -> tuple[float, str]:
    """Seconds and stderr of a build of a new market by the installed command."""
    command, data, market = place / "bin" / "graphvine", folder / "data", folder / "market"
    world = ("--world", "ev-retail", "--users", str(users), "--seed", "7", "--quiet")
    call(command, "data", "synth", data, *world, "-o", folder / "synth.csv", cwd=folder)
    call(command, "init", market, "--data", data, "--quiet", cwd=folder)
    started = time.monotonic()
    told = call(command, "build", market, cwd=folder)
    if not (market / "report.html").exists():
        raise SystemExit("the build left no report")
    return time.monotonic() - started, told


def rows(users: int, *, both: bool) -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", top, cwd=ROOT)
        wheel = next(top.glob("*.whl"))
        for title, without, sentences in (("without torch", TORCH, 1), ("with torch", "", 0))[: 1 + both]:
            folder = top / title.replace(" ", "-")
            folder.mkdir()
            place = install(folder, wheel, without=without)
            yield row(f"installed {title}", size_mib(place), unit="MiB")
            seconds, told = build(place, folder, users=users)
            if told.count(SENTENCE) != sentences:
                raise SystemExit(f"{title}, the sentence about it stands {told.count(SENTENCE)} times in:\n{told}")
            yield row(f"build of {users:,} users {title}", seconds, unit="s", peak=peak_mib(children=True))
            shutil.rmtree(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--only-without", action="store_true", help="do not install torch")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    report(rows(given.users, both=not given.only_without), given.json)


if __name__ == "__main__":
    main()
