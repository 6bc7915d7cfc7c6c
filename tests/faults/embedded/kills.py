"""kill -9 at named phases; the same command is run again afterwards and must complete the work."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.embedded.process import NO_FAULT, Ended, Fault, Hook, command, run
from tests.faults.embedded.scenes import SCENES, Scene, Stage
from tests.faults.embedded.state import State, differences, examine, stored

_LOADING = "graph.store.embedded.loading:EmbeddedLoading"
_PENDING = "graph.ingest.rejects.quarantine:PendingRejects"
_INDEX = "graph.store.embedded.index.cypher_index"
HOOKS = (
    Hook("graph.ingest.batches:BatchMaker", "make"),
    Hook(_LOADING, "load"),
    Hook(_LOADING, "_merge"),
    Hook(_LOADING, "count"),
    Hook(_LOADING, "commit"),
    Hook(_PENDING, "add"),
    Hook(_PENDING, "_line"),
    Hook(_PENDING, "close"),
    Hook(_PENDING, "publish"),
    Hook(_PENDING, "settle"),
    Hook("graph.ingest.rejects.quarantine", "_publish"),
    Hook("graph.ingest.rejects.quarantine", "flush_folder"),
    Hook("graph.ingest.rejects.quarantine:Quarantine", "recover"),
    Hook("pathlib:Path", "replace", "/quarantine/"),
    Hook("pathlib:Path", "unlink", "/quarantine/"),
    Hook("pathlib:Path", "rmdir", "/quarantine/"),
    Hook("shutil", "rmtree", "/quarantine/"),
    Hook("os", "fsync"),
    Hook(_INDEX, "add_nodes"),
    Hook(_INDEX, "add_edges"),
    Hook(_INDEX, "create_edges"),
    Hook(_INDEX, "verify"),
    Hook(_INDEX, "_publish"),
    Hook("pathlib:Path", "write_text", "index.json"),
    Hook("pathlib:Path", "unlink", "index.kgl"),
    Hook("os", "replace", "index.kgl"),
    Hook("numpy", "save"),
    Hook("graph.snapshot_io", "write_json"),
    Hook("pathlib:Path", "rename"),
    Hook("os", "chmod"),
    Hook("os", "replace", "latest.json"),
    Hook("os", "replace", "people.csv"),
    Hook("graph.workspace.folder:WorkspaceFolder", "publish"),
    Hook("cli.runs:Run", "close"),
    Hook("graph.store.embedded.compact", "_rewrite"),
    Hook("graph.store.embedded.compact", "_digest"),
    Hook("graph.store.embedded.compact", "_remove"),
    Hook("os", "replace", "market.duckdb"),
)
# How many moments of a statement are tried that takes an unknown time.
_MOMENTS = 24


def _both(*names: str) -> tuple[str, ...]:
    return tuple(f"{name} {when}" for name in names for when in ("before", "after"))


@dataclass(frozen=True)
class Phase:
    """A stretch of a command.

    Attributes:
        name: What it is called.
        scenes: Where it occurs.
        spots: The spots in it; none for any moment, by the clock.
    """

    name: str
    scenes: tuple[str, ...]
    spots: tuple[str, ...] = ()


_LOADS = ("first load", "second load")
_COMMIT = ("commit before", "commit during", "commit after")
_AFTER = ("publish before", "close after", "close before", "close during", "Run.close before", "Run.close after")
_MOVES = _both(
    "replace(/quarantine/)", "unlink(/quarantine/)", "rmtree(/quarantine/)", "rmdir(/quarantine/)", "_publish"
)
PHASES = (
    Phase("staging", _LOADS, _both("make", "load", "_merge", "count", "add", "recover")),
    Phase("transaction", _LOADS, (*_both("sql"), *_COMMIT[:2])),
    Phase("acknowledgement", _LOADS, ("commit after", *_AFTER)),
    Phase("quarantine", _LOADS, (*_both("_line", "fsync", "flush_folder"), *_MOVES)),
    Phase("replay", ("replay", "replay of fixes"), (*_both("sql", "settle", "fsync"), *_COMMIT, *_AFTER, *_MOVES)),
    Phase(
        "rename",
        ("first snapshot", "second snapshot", "export"),
        _both("save", "write_json", "rename", "chmod", "replace(latest.json)", "replace(people.csv)"),
    ),
    Phase(
        "index",
        ("first query", "second query"),
        (
            *_both("add_nodes", "add_edges", "create_edges", "verify", "_publish", "write_text(index.json)"),
            *_both("unlink(index.kgl)", "replace(index.kgl)"),
        ),
    ),
    Phase(
        "compaction",
        ("compaction",),
        (*_both("sql", "_rewrite", "_digest", "fsync", "_remove", "replace(market.duckdb)"), *_AFTER[1:4]),
    ),
    Phase("upgrade", ("upgrade",), (*_both("sql"), *_COMMIT, *_AFTER[1:4])),
    Phase("any moment", tuple(scene.name for scene in SCENES)),
)


@dataclass(frozen=True)
class Point:
    """One kill: where, and in which scene."""

    phase: str
    scene: str
    fault: Fault

    def __str__(self) -> str:
        when = f"{self.fault.spot} #{self.fault.call}" if self.fault.spot else f"after {self.fault.seconds:.3f} s"
        return f"{self.scene}: {when}"


@dataclass(frozen=True)
class Outcome:
    """What became of a workspace.

    Attributes:
        point: Where the process was ended.
        hit: Whether it was, before it had ended by itself.
        half: What was neither old nor new just after.
        wrong: What was not as without the fault after the same command again.
    """

    point: Point
    hit: bool
    half: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Course:
    """A scene without faults.

    Attributes:
        scene: The scene.
        before: What the workspace holds before the command.
        after: And afterwards.
        ended: How the command ended, with the calls of all spots.
        written: Bytes of the largest file afterwards.
    """

    scene: Scene
    before: State
    after: State
    ended: Ended
    written: int


def course(stage: Stage, scene: Scene) -> Course:
    """Run a scene without faults.

    Raises:
        RuntimeError: its command fails, or does not leave the workspace as it should.
    """
    home = stage.copy(stage.ready(scene), "course")
    before = stored(home)
    ended = run(command(*scene.arguments(home)), hooks=HOOKS)
    after = examine(home)
    if ended.code or after.get("unbalanced") or after.get("doubled") or after.get("pending") or "error" in after:
        raise RuntimeError(f"{scene.name}: {ended.code}: {ended.err} {after}")
    return Course(scene, before, after, ended, max(p.stat().st_size for p in home.rglob("*") if p.is_file()))


def points(phase: Phase, courses: Mapping[str, Course], count: int, seed: int) -> Iterator[Point]:
    """So many points of a phase, spread over its scenes, spots and calls."""
    draw, names = random.Random(f"{seed} {phase.name}"), [name for name in phase.scenes if name in courses]
    if not phase.spots:
        for number in range(count):
            name = names[number % len(names)]
            seconds = courses[name].ended.seconds * draw.uniform(0.05, 0.95)
            yield Point(phase.name, name, Fault(signal=signal.SIGKILL, seconds=seconds))
        return
    calls = {(name, spot): _calls(courses[name], spot) for spot in phase.spots for name in names}
    left = {place: draw.sample(range(1, n + 1), n) for place, n in calls.items() if n}
    places = sorted(left)
    draw.shuffle(places)
    chosen = 0
    while chosen < count and places:
        for place in list(places):
            name, spot = place
            yield Point(phase.name, name, Fault(spot, left[place].pop()))
            chosen += 1
            if not left[place]:
                places.remove(place)
            if chosen == count:
                break


def _calls(done: Course, spot: str) -> int:
    fired = done.ended.fired.get(spot, 0)
    return _MOMENTS if spot.endswith(" during") and fired else min(fired, 1000)


def attempt(stage: Stage, done: Course, point: Point) -> Outcome:
    """Let the fault happen, run the same command again, and compare."""
    home = stage.copy(stage.ready(done.scene), "course")
    words = done.scene.arguments(home)
    ended = run(command(*words), point.fault, hooks=HOOKS)
    if not ended.killed:
        return Outcome(point, False)
    half = neither(stored(home), done)
    again = run(command(*words))
    return Outcome(point, True, half, compared(home, done, again))


def neither(found: State, done: Course) -> tuple[str, ...]:
    """Parts of a workspace that are neither as before nor as afterwards."""
    told = []
    for name, before in done.before.items():
        now = found.get(name, found)
        # A store that has its tables and holds nothing yet is as good as none.
        empty = name == "rows" and not before and now.keys() <= {"meta"}
        if now not in (before, done.after[name]) and not empty:
            told.append(f"{name}: {now}")
    return tuple(told)


def compared(home: Path, done: Course, again: Ended) -> tuple[str, ...]:
    """What a repeated command did not make as the uninterrupted one did."""
    scene = done.scene
    refused = bool(scene.refusal) and again.code == 4 and scene.refusal in again.err
    told = [f"exit code {again.code}: {again.err[-300:]}"] * (again.code != 0 and not refused)
    told += differences(_without(examine(home), scene.books), _without(done.after, scene.books))
    if scene.same_output and again.out != done.ended.out:
        told.append("its output is another")
    return tuple(told)


def _without(state: State, tables: Sequence[str]) -> State:
    return {**state, "rows": {name: rows for name, rows in state.get("rows", {}).items() if name not in tables}}


def unhurt(stage: Stage, done: Course) -> tuple[str, ...]:
    """The command twice without a fault: what the second run changes."""
    home = stage.copy(stage.ready(done.scene), "course")
    run(command(*done.scene.arguments(home)), NO_FAULT)
    return compared(home, done, run(command(*done.scene.arguments(home)), NO_FAULT))


def by_phase(outcomes: Sequence[Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes of kills that happened, by phase."""
    found: dict[str, list[Outcome]] = {phase.name: [] for phase in PHASES}
    for outcome in outcomes:
        if outcome.hit:
            found[outcome.point.phase].append(outcome)
    return found
