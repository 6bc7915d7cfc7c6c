"""Paused loaders that lose their lease to another one: what they write afterwards must be refused."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graph.store.neo4j.load.lease import LeaseTerms
from graph.store.neo4j.store import Neo4jStore
from tests.faults.embedded.process import Fault, Started, start
from tests.faults.embedded.state import differences
from tests.faults.neo4j.cuts import told
from tests.faults.neo4j.kills import HOOKS, Outcome
from tests.faults.neo4j.scenes import Scene, Stage, defaults_of, scene_of
from tests.faults.neo4j.state import State, examine
from tests.faults.neo4j.wire import spot_of

# Long enough for a busy machine to give its signs of life in.
_LEASE_S, _PATIENCE_S = 5.0, 60.0
_STOPPED_S = 60.0
_STEP_S = 0.05
_STOPPING_S = 0.3
_FIRST, _SECOND = scene_of("second load"), scene_of("newest load")
# Where the first loader is stopped: spot, and which call of it. Up to the commit of its seal nothing of it counts.
BEFORE = (
    ("make before", 4),
    ("_merge before", 6),
    ("copy_edges after", 1),
    ("_begin before", 1),
    (spot_of("begin", "commit held"), 1),
    (spot_of("begin", "answer held"), 1),
    ("_stage before", 2),
    (spot_of("stage", "commit held"), 2),
    (spot_of("stage", "commit sent"), 2),
    ("seal_of after", 1),
    ("_seal before", 1),
    ("seal before", 1),
    ("seal after", 1),
    (spot_of("seal", "commit held"), 1),
)
AFTER = (
    (spot_of("seal", "answer held"), 1),
    ("_seal after", 1),
    ("_apply before", 4),
    (spot_of("apply", "commit held"), 3),
    (spot_of("apply", "commit sent"), 5),
    (spot_of("complete", "commit held"), 1),
)


def stop() -> None:
    """Stop this process until somebody lets it go on."""
    os.kill(os.getpid(), signal.SIGSTOP)
    # Another thread may be the one that takes the signal; this one must not go on meanwhile.
    time.sleep(_STOPPING_S)


@dataclass(frozen=True)
class Expected:
    """What database and first workspace hold: after the second loader, and after the first has run once more."""

    overtaken: State
    again: State


@contextmanager
def short_leases() -> Iterator[None]:
    """Let a lease without signs of life end after some seconds."""
    defaults = defaults_of(Neo4jStore.__init__)
    usual = defaults["lease"]
    defaults["lease"] = LeaseTerms(seconds=_LEASE_S, patience=_PATIENCE_S)
    try:
        yield
    finally:
        defaults["lease"] = usual


def expected(stage: Stage, *, counts: bool) -> Expected:
    """The same loads one after the other; ``counts`` tells whether the first of the first loader counts."""
    home, other = _begin(stage)
    for scene, place in ((_FIRST, home),) * counts + ((_SECOND, other),):
        _load(stage, scene, place)
    overtaken = examine(home, stage.access)
    _load(stage, _FIRST, home)
    return Expected(overtaken, examine(home, stage.access))


def attempt(stage: Stage, spot: str, call: int, wanted: Expected) -> Outcome:
    """Stop the first loader at a spot, let the second load, then let the first go on, and compare."""
    home, other = _begin(stage)
    first = start(stage.work(_FIRST, home), Fault(spot, call, action=stop), hooks=HOOKS)
    if not _stopped(first):
        return Outcome(False, wrong=(f"it was not stopped but ended with {first.wait().code}",))
    second = stage.run(_SECOND, other, wire=False)
    wrong = [f"the second loader ended with {second.code}: {second.err[-300:]}"] * bool(second.code)
    os.kill(first.pid, signal.SIGCONT)
    ended = first.wait()
    wrong += told(ended, stage.access.password)
    wrong += [f"it does not say why: {ended.err[-300:]}"] * ("taken over the lease" not in ended.err)
    # Its refused records wait in its workspace until it loads again.
    found = examine(home, stage.access)
    wrong += differences({k: found.get(k) for k in _DATABASE}, {k: wanted.overtaken[k] for k in _DATABASE})
    again = stage.run(_FIRST, home, wire=False)
    wrong += [f"run again it ended with {again.code}: {again.err[-300:]}"] * bool(again.code)
    wrong += [f"run again: {what}" for what in differences(examine(home, stage.access), wanted.again)]
    return Outcome(True, (), tuple(wrong), {"said": ended.err[-300:]})


_DATABASE = ("market", "derived", "books", "doubled", "chunks", "states", "unbalanced", "snapshot")


def _begin(stage: Stage) -> tuple[Path, Path]:
    other = stage.workspace(_SECOND, "other")
    return stage.begin(_FIRST), other


def _load(stage: Stage, scene: Scene, home: Path) -> None:
    ended = stage.run(scene, home, wire=False)
    if ended.code:
        raise RuntimeError(f"a load without a fault ended with {ended.code}: {ended.err}")


def _stopped(first: Started) -> bool:
    """Wait until a process has stopped; False where it has ended instead."""
    deadline = time.monotonic() + _STOPPED_S
    while time.monotonic() < deadline:
        # The end of a process is left for whoever waits for it.
        found = os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if found is not None:
            return found.si_code == os.CLD_STOPPED
        time.sleep(_STEP_S)
    return False
