"""kill -9 of processes that work on a Neo4j store; the same command must complete the work afterwards."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.embedded.process import Ended, Fault, Hook
from tests.faults.embedded.state import differences
from tests.faults.neo4j.scenes import Scene, Stage
from tests.faults.neo4j.state import State, examine
from tests.faults.neo4j.wire import HOOKS as WIRE_HOOKS
from tests.faults.neo4j.wire import PLACES, spot_of

_STORE = "graph.store.neo4j"
_LOADING = "graph.store.embedded.loading:EmbeddedLoading"
_PENDING = "graph.ingest.rejects.quarantine:PendingRejects"
HOOKS = (
    Hook("graph.ingest.batches:BatchMaker", "make"),
    Hook("graph.ingest.rejects.quarantine:Quarantine", "recover"),
    Hook(_PENDING, "add"),
    Hook(_PENDING, "hand_over"),
    Hook(_PENDING, "publish"),
    Hook("graph.ingest.rejects.quarantine", "_publish"),
    Hook("graph.ingest.rejects.quarantine", "_remove"),
    Hook("pathlib:Path", "replace", "/quarantine/"),
    Hook("pathlib:Path", "unlink", "/quarantine/"),
    Hook(_LOADING, "load"),
    Hook(_LOADING, "_merge"),
    Hook(_LOADING, "count"),
    Hook(f"{_STORE}.load.scratch", "copy_nodes"),
    Hook(f"{_STORE}.load.scratch", "copy_edges"),
    Hook(f"{_STORE}.load.ledger", "fetch"),
    Hook(f"{_STORE}.load.ledger", "begin"),
    Hook(f"{_STORE}.load.ledger", "seal_of"),
    Hook(f"{_STORE}.load.ledger", "seal"),
    Hook(f"{_STORE}.load.ledger", "complete"),
    Hook(f"{_STORE}.load.lease", "_end_transactions"),
    Hook(f"{_STORE}.load.loading", "cut"),
    Hook(f"{_STORE}.load.loading", "stage"),
    Hook(f"{_STORE}.load.loading", "finish"),
    Hook(f"{_STORE}.load.loading", "apply"),
    Hook(f"{_STORE}.load.loading", "_remove_staged"),
    Hook(f"{_STORE}.load.loading:Neo4jLoading", "_begin"),
    Hook(f"{_STORE}.load.loading:Neo4jLoading", "_seal"),
    Hook(f"{_STORE}.load.apply_chunks", "_stage"),
    Hook(f"{_STORE}.load.apply_chunks", "_work_off"),
    Hook(f"{_STORE}.load.apply_chunks", "_apply"),
    Hook(f"{_STORE}.load.apply_chunks", "statement"),
    Hook(f"{_STORE}.results", "remove_results"),
    Hook(f"{_STORE}.results", "_write"),
    Hook(f"{_STORE}.results", "_remove"),
    Hook(f"{_STORE}.results", "_remove_notes"),
    Hook(f"{_STORE}.store", "clear_unfinished"),
    Hook(f"{_STORE}.wipe", "foreign_relations"),
    Hook(f"{_STORE}.wipe", "_all"),
    Hook(f"{_STORE}.wipe", "_drop_rules"),
    Hook(f"{_STORE}.wipe", "our_rules"),
    Hook(f"{_STORE}.snapshot", "_fetch"),
    Hook(f"{_STORE}.snapshot", "_read_edges"),
    Hook("numpy", "save"),
    Hook("graph.snapshot_io", "write_json"),
    Hook("pathlib:Path", "rename"),
    Hook("os", "chmod"),
    Hook("os", "replace", "latest.json"),
    Hook("graph.workspace.folder:WorkspaceFolder", "publish"),
    Hook("cli.runs:Run", "close"),
    *WIRE_HOOKS,
)
_BOOKS = "books"


def _both(*names: str) -> tuple[str, ...]:
    return tuple(f"{name} {when}" for name in names for when in ("before", "after"))


def _wire(*kinds: str, places: Sequence[str] = PLACES) -> tuple[str, ...]:
    return tuple(spot_of(kind, place) for kind in kinds for place in places)


@dataclass(frozen=True)
class Phase:
    """A stretch of a command.

    Attributes:
        name: What it is called.
        scenes: Where it occurs.
        spots: The spots in it.
        repeated: Whether a spot may be tried again, since what happens there depends on the moment.
    """

    name: str
    scenes: tuple[str, ...]
    spots: tuple[str, ...]
    repeated: bool = False


_FRESH = ("first load", "second load", "replay", "replay of fixes")
_LEFT = ("load after a staged one", "load after a sealed one", "load after a half applied one")
PHASES = (
    Phase(
        "reading and merging",
        ("first load", "second load"),
        (
            *_both("make", "add", "recover", "load", "_merge", "count", "copy_nodes", "copy_edges", "fetch"),
            *("sql before", "sql after", "hand_over before"),
            *_wire("name", "reading"),
        ),
    ),
    Phase("stage", _FRESH, (*_both("_begin", "begin", "cut", "_stage"), *_wire("begin", "stage"))),
    Phase("before the seal", _FRESH, (*_both("seal_of", "seal"), "_seal before", *_wire("seal", places=PLACES[:1]))),
    Phase("seal, not acknowledged", _FRESH, _wire("seal", places=PLACES[1:]), repeated=True),
    Phase("sealed", _FRESH, ("_seal after", "finish before", "apply before", "_work_off before")),
    Phase("apply", _FRESH, (*_both("_apply", "statement"), *_wire("apply"))),
    Phase(
        "complete",
        _FRESH,
        (
            *_both("complete", "publish", "_publish", "_remove", "replace(/quarantine/)", "unlink(/quarantine/)"),
            *("apply after", "finish after", *_both("close")),
            *_wire("complete"),
        ),
    ),
    Phase(
        "recovery of a killed load",
        _LEFT,
        (
            *_both("_end_transactions", "_remove_staged", "_apply", "complete", "recover"),
            *_wire("take", "removal", "apply", "complete"),
        ),
    ),
    Phase(
        "write-back",
        ("write back", "write back again", "forget"),
        (
            *_both("remove_results", "_write", "_remove", "_remove_notes", "clear_unfinished"),
            *_wire("note", "result", "removal"),
        ),
    ),
    Phase(
        "wipe",
        ("wipe", "wipe after a half one"),
        (*_both("foreign_relations", "_all", "_drop_rules", "our_rules"), *_wire("mark", "removal", "drop")),
    ),
    Phase(
        "snapshot",
        ("first snapshot", "second snapshot"),
        (
            *_both("_fetch", "_read_edges", "save", "write_json", "rename", "chmod", "replace(latest.json)"),
            *_both("publish", "close"),
        ),
    ),
)


@dataclass(frozen=True)
class Course:
    """A scene without faults.

    Attributes:
        scene: The scene.
        before: State before the command.
        after: And afterwards.
        ended: How the command ended, with the calls of all spots.
    """

    scene: Scene
    before: State
    after: State
    ended: Ended


@dataclass(frozen=True)
class Point:
    """One fault: where, and in which scene."""

    phase: str
    scene: str
    spot: str
    call: int
    turn: int = 0

    def __str__(self) -> str:
        return f"{self.scene}: {self.spot} #{self.call}" + (f", turn {self.turn}" if self.turn else "")


@dataclass(frozen=True)
class Outcome:
    """What became of a point.

    Attributes:
        hit: Whether the process came to it.
        half: What was neither old nor new just after, a sentence each.
        wrong: What was not as without the fault, after the same command again.
        facts: What else was seen.
    """

    hit: bool
    half: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


def course(stage: Stage, scene: Scene) -> Course:
    """Run a scene without a fault."""
    home = stage.begin(scene)
    before = examine(home, stage.access)
    home = stage.begin(scene)
    ended = stage.run(scene, home, hooks=HOOKS)
    if ended.code:
        raise RuntimeError(f"{scene.name} ended with {ended.code}: {ended.err}")
    after = examine(home, stage.access)
    bad = [f"{name}: {after[name]}" for name in ("doubled", "unbalanced", "chunks", "pending") if after[name]]
    if bad:
        raise RuntimeError(f"{scene.name} went wrong without a fault: {'; '.join(bad)}")
    return Course(scene, before, after, ended)


def points(phase: Phase, courses: Mapping[str, Course], count: int, seed: int) -> Iterator[Point]:
    """Kills of a phase, spread over its scenes and spots.

    Raises:
        RuntimeError: no scene comes to a spot, so that the spot is misspelt or the product has changed.
    """
    calls = {(name, spot): done.ended.fired.get(spot, 0) for name, done in courses.items() for spot in phase.spots}
    idle = [spot for spot in phase.spots if len(courses) == len(phase.scenes) and not _reached(calls, spot)]
    if idle:
        raise RuntimeError(f"{phase.name}: no scene comes to {', '.join(idle)}")
    draw = random.Random(f"{phase.name} {seed}")
    left = {place: draw.sample(range(1, n + 1), n) for place, n in calls.items() if n}
    places = sorted(left)
    draw.shuffle(places)
    chosen = turn = 0
    while chosen < count and places:
        for place in list(places):
            name, spot = place
            yield Point(phase.name, name, spot, left[place][turn % len(left[place])], turn if phase.repeated else 0)
            chosen += 1
            if not phase.repeated and turn + 1 >= len(left[place]):
                places.remove(place)
            if chosen == count:
                break
        turn += 1


def _reached(calls: Mapping[tuple[str, str], int], spot: str) -> bool:
    return any(count for (_, name), count in calls.items() if name == spot)


def attempt(stage: Stage, done: Course, point: Point) -> Outcome:
    """Let the process be killed, run the same command again, and compare."""
    home = stage.begin(done.scene)
    ended = stage.run(done.scene, home, Fault(point.spot, point.call), hooks=HOOKS)
    if not ended.killed:
        return Outcome(False)
    just_after = examine(home, stage.access)
    half = neither(just_after, done)
    again = stage.run(done.scene, home, wire=False)
    return Outcome(True, half, compared(examine(home, stage.access), done, again), {"states": just_after.get("states")})


def neither(found: State, done: Course) -> tuple[str, ...]:
    """What is neither as before nor as afterwards, though nothing says that it is half done."""
    if "error" in found:
        return (str(found["error"]),)
    refused = str(found["snapshot"]).count(" ") > 0
    states = found["states"]
    if "sealed" in states or "wiping" in states:
        return () if refused else ("half of it is there, and a snapshot is taken of that",)
    told = [f"snapshot: {found['snapshot']}"] * (refused or not _either(found, done, "snapshot"))
    told += [f"market: {found['market']}"] * (not _either(found, done, "market"))
    whole = any("Result" in labels for labels in found["derived"])
    told += [f"derived: {found['derived']}"] * (whole and not _either(found, done, "derived"))
    told += [f"{name}: {found[name]}" for name in ("doubled", "unbalanced") if found[name]]
    return tuple(told)


def _either(found: State, done: Course, name: str) -> bool:
    return found[name] in (done.before[name], done.after[name])


def compared(found: State, done: Course, again: Ended) -> tuple[str, ...]:
    """What a repeated command did not make as the uninterrupted one did."""
    scene = done.scene
    refused = bool(scene.refusal) and again.code == 4 and scene.refusal in again.err
    told = [f"exit code {again.code}: {again.err[-300:]}"] * (again.code != 0 and not refused)
    return (*told, *differences(_without(found, scene.books), _without(done.after, scene.books)))


def _without(state: State, labels: Sequence[str]) -> State:
    """A state without those nodes of the ledger, and without the loads among its states."""
    if not labels or "error" in state:
        return state
    books = {name: rows for name, rows in state[_BOOKS].items() if not any(name.endswith(label) for label in labels)}
    return {**state, _BOOKS: books, "states": sorted(set(state["states"]))}


def unhurt(stage: Stage, done: Course) -> tuple[str, ...]:
    """The command twice without a fault: what the second run changes."""
    home = stage.begin(done.scene)
    stage.run(done.scene, home, wire=False)
    return compared(examine(home, stage.access), done, stage.run(done.scene, home, wire=False))
