"""Faults: kill -9 at named phases, full disks and short writes, two loaders, read-only folders, clocks, and Ctrl-C.

Each fault happens in a process of its own that runs a real command in a workspace; afterwards the same command is run
again, and the workspace is compared with one in which nothing went wrong: rows of all tables with ledger and accounts,
fingerprint of the snapshot, bytes of the quarantine, index, and the names of all files.

Run: python tests/faults/embedded/run_all.py [--points N] [--disk N] [--trials N] [--phases NAME ...]
    [--users N] [--json FILE]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.table import Row, report, row
from tests.faults.embedded.disk import KIB, Shorted, can_mount, full_disk, short_write, sizes, small_disk
from tests.faults.embedded.interruptions import Trial, clock_jumps, interrupts, read_only, two_loaders
from tests.faults.embedded.kills import PHASES, Course, Outcome, attempt, by_phase, course, points, unhurt
from tests.faults.embedded.process import preload
from tests.faults.embedded.scenes import SCENES, Stage

ROOM = 32 * KIB
SHORT_SCENES = ("first load", "second load", "replay", "first snapshot", "first query", "compaction", "export")
FULL_SCENES = ("first load", "second load", "replay of fixes", "second snapshot", "second query", "export")


class Proof:
    """The scenes, each run once without a fault, and the rows and defects that were found."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.options, self.stage = options, Stage(folder, options.users)
        self._courses: dict[str, Course] = {}
        self.defects: list[str] = []

    def course(self, name: str) -> Course:
        if name not in self._courses:
            self._courses[name] = course(self.stage, next(scene for scene in SCENES if scene.name == name))
        return self._courses[name]

    def note(self, where: str, wrong: Sequence[str]) -> bool:
        """Keep what was wrong; returns whether nothing was."""
        self.defects += [f"{where}: {what}" for what in wrong]
        return not wrong

    def again(self) -> Iterator[Row]:
        """Every command twice, without a fault."""
        names = sorted({name for phase in PHASES for name in phase.scenes if phase.name in self.options.phases})
        names = [name for name in names if name in self.options.scenes]
        good = [self.note(f"{name}, twice", unhurt(self.stage, self.course(name))) for name in names]
        if names:
            yield row(
                "no fault: the same command again changes nothing",
                sum(good) / len(good),
                unit="share",
                points=len(good),
            )

    def kills(self) -> Iterator[Row]:
        outcomes: list[Outcome] = []
        for phase in PHASES:
            if phase.name not in self.options.phases:
                continue
            courses = {name: self.course(name) for name in phase.scenes if name in self.options.scenes}
            if not courses:
                continue
            wanted = self.options.points
            # Some moments come too late; others are tried in their stead.
            for point in points(phase, courses, 3 * wanted, self.options.seed):
                if sum(o.hit and o.point.phase == phase.name for o in outcomes) == wanted:
                    break
                outcomes.append(attempt(self.stage, courses[point.scene], point))
        for name, found in by_phase(outcomes).items():
            if found:
                yield self._phase(name, found)

    def _phase(self, name: str, found: Sequence[Outcome]) -> Row:
        good = 0
        for one in found:
            whole = self.note(f"{name}, {one.point}, just after", one.half)
            good += self.note(f"{name}, {one.point}", one.wrong) and whole
        scenes = {o.point.scene for o in found}
        return row(f"kill -9, {name}", good / len(found), unit="share", points=len(found), scenes=len(scenes))

    def shortages(self) -> Iterator[Row]:
        if not self.options.disk:
            return
        found = [short_write(self.stage, done, size) for done, size in self._sizes(SHORT_SCENES)]
        yield self._shorted("short write", found)
        if not can_mount():
            print("full disk: left out, since only root may mount a small disk", file=sys.stderr)
            return
        with small_disk(self.stage.folder / "disk") as disk:
            found = [full_disk(self.stage, done, disk, size) for done, size in self._sizes(FULL_SCENES)]
        yield self._shorted("full disk", found)

    def _chosen(self, names: Sequence[str]) -> list[Course]:
        return [self.course(name) for name in names if name in self.options.scenes]

    def _sizes(self, names: Sequence[str]) -> Iterator[tuple[Course, int]]:
        """The sizes to try in each scene, up to what its command writes and a little more."""
        chosen, count = self._chosen(names), self.options.disk
        for number, done in enumerate(chosen):
            share = count // len(chosen) + (number < count % len(chosen))
            for size in sizes(done.written + ROOM, share, self.options.seed):
                yield done, size

    def _shorted(self, kind: str, found: Sequence[Shorted]) -> Row:
        good = sum(self.note(f"{one.shortage} ({one.code}: {one.said})", one.wrong) for one in found)
        failed = sum(one.code != 0 for one in found)
        return row(f"{kind}: old or new state", good / len(found), unit="share", points=len(found), failed=failed)

    def trials(self) -> Iterator[Row]:
        count = self.options.trials
        if not count:
            return
        found: list[Trial] = []
        for done in self._chosen(("first load", "second load")):
            found += two_loaders(self.stage, done, count)
        for done in self._chosen(("second load", "second snapshot", "second query")):
            if can_mount():
                found += read_only(self.stage, done)
        for done in self._chosen(("first load",)):
            found += clock_jumps(self.stage, done)
        for done in self._chosen(("first load", "second load", "replay", "first query", "compaction")):
            found += interrupts(self.stage, done, 3 * count)
        for kind in dict.fromkeys(trial.kind for trial in found):
            mine = [trial for trial in found if trial.kind == kind]
            good = sum(self.note(f"{kind}, {trial.name}", trial.wrong) for trial in mine)
            yield row(kind, good / len(mine), unit="share", points=len(mine))


def small_blocks() -> None:
    """Let small files come in several blocks, and small indexes be updated in place, as large ones are."""
    from graph.ingest.formats import read_blocks
    from graph.store.embedded.index.index_cache import ready_index

    for function, name, value in ((read_blocks, "size", 4 * KIB), (ready_index, "small", 0)):
        defaults = function.__kwdefaults__
        if defaults is None or name not in defaults:
            raise RuntimeError(f"{function.__name__} has no {name}")
        defaults[name] = value


def main() -> None:
    """Let everything go wrong, print and write."""
    names = [phase.name for phase in PHASES]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=13, help="kills in each phase")
    parser.add_argument("--phases", nargs="*", default=names, choices=names, metavar="NAME", help="only these phases")
    scenes = [scene.name for scene in SCENES]
    parser.add_argument("--scenes", nargs="*", default=scenes, choices=scenes, metavar="NAME", help="only these scenes")
    parser.add_argument("--disk", type=int, default=30, help="full disks, and as many short writes")
    parser.add_argument("--trials", type=int, default=4, help="of two loaders, and a third of those of Ctrl-C")
    parser.add_argument("--users", type=int, default=120)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not hasattr(os, "fork"):
        raise SystemExit("faults need a system that can fork")
    began = time.monotonic()
    preload(queries=any("query" in name for name in options.scenes))
    small_blocks()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        os.chmod(folder, 0o755)
        proof = Proof(Path(folder), options)
        parts = (proof.again, proof.kills, proof.shortages, proof.trials)
        rows = report((found for part in parts for found in part()), options.json)
    print(f"{sum(r['points'] for r in rows)} faults in {time.monotonic() - began:.0f} s")
    for defect in proof.defects:
        print(defect[:1000])
    if proof.defects:
        raise SystemExit(f"{len(proof.defects)} defects")


if __name__ == "__main__":
    main()
