"""Servers that die, restart, fill up or refuse: one sentence must say which command continues, and it must work."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from graph.store.neo4j.access import Access
from tests.faults.embedded.disk import leave, small_disk
from tests.faults.embedded.process import Ended, Fault, start
from tests.faults.neo4j.cuts import told
from tests.faults.neo4j.kills import HOOKS, Course, Outcome, compared, neither
from tests.faults.neo4j.scenes import Stage
from tests.faults.neo4j.state import examine
from tests.faults.neo4j.wire import spot_of
from tests.servers.server import Server, free_port

OLD_VERSION = "5.22.0"
_KIB = 1 << 10
_ROOM = 512 << 20
# Scene, spot and which call of it the server is killed at.
DEATHS = (
    ("first load", "copy_edges before", 1),
    ("first load", spot_of("stage", "commit held"), 2),
    ("second load", spot_of("stage", "commit sent"), 1),
    ("second load", "_seal before", 1),
    ("first load", spot_of("seal", "commit held"), 1),
    ("first load", spot_of("seal", "commit sent"), 1),
    ("second load", spot_of("seal", "answer held"), 1),
    ("second load", spot_of("apply", "commit sent"), 3),
    ("first load", spot_of("apply", "answer held"), 9),
    ("first load", spot_of("complete", "commit sent"), 1),
    ("write back", spot_of("result", "commit sent"), 4),
    ("wipe", spot_of("removal", "commit sent"), 5),
)
# Bytes that the server's largest file may still grow by, and bytes that are left on its disk.
GROWTHS = (0, 8 * _KIB, 64 * _KIB, 256 * _KIB)
LEFT = (0, 64 * _KIB, 512 * _KIB)


def death(server: Server, stage: Stage, done: Course, *, spot: str, call: int, at_once: bool) -> Outcome:
    """Kill the server at a spot, start it again at once or when the command has given up, and compare."""
    home = stage.begin(done.scene)
    pid = server.pid
    fault = Fault(spot, call, action=lambda: os.kill(pid, signal.SIGKILL))
    started = start(stage.work(done.scene, home), fault, hooks=HOOKS)
    if at_once:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        _revive(server)
    ended = started.wait()
    if ended.fired.get(spot, 0) < call:
        return Outcome(False)
    if not at_once:
        _revive(server)
    return _judged(stage, done, home, ended)


def _revive(server: Server) -> None:
    server.kill()
    server.start()


def _judged(stage: Stage, done: Course, home: Path, ended: Ended) -> Outcome:
    """What a command that met a failing server has left, and what the same command makes of it."""
    wrong = told(ended, stage.access.password) if ended.code else []
    half = neither(examine(home, stage.access), done)
    last = stage.run(done.scene, home, wire=False) if ended.code else ended
    wrong += compared(examine(home, stage.access), done, last)
    facts = {"again": bool(ended.code), "said": ended.err[-400:] if ended.code else ""}
    return Outcome(True, half, tuple(wrong), facts)


def short_file(server: Server, stage: Stage, done: Course, growth: int) -> Outcome:
    """Let no file of the server grow by more than that while a command runs; then restart it and go on."""
    home = stage.begin(done.scene)
    largest = max(path.stat().st_size for path in (server.home / "data" / "transactions").rglob("*") if path.is_file())
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (largest + growth, resource.RLIM_INFINITY))
    ended = stage.run(done.scene, home, wire=False)
    _revive(server)
    return _judged(stage, done, home, ended)


@contextmanager
def server_on_small_disk(folder: Path) -> Iterator[tuple[Server, Path]]:
    """A server whose home lies on a small disk."""
    with small_disk(folder) as disk:
        server = Server(home=disk / "home")
        with server:
            yield server, disk
        server.kill()


def full_disk(server: Server, disk: Path, stage: Stage, done: Course, *, left: int) -> Outcome:
    """Leave so much of the server's disk while a command runs; then make room, restart the server and go on."""
    home = stage.begin(done.scene)
    leave(disk, left)
    ended = stage.run(done.scene, home, wire=False)
    leave(disk, _ROOM)
    _revive(server)
    return _judged(stage, done, home, ended)


def refusals(access: Access) -> Mapping[str, tuple[Access, str]]:
    """What leads to no database that we may use, and words of the sentence that says so."""
    return {
        "wrong password": (replace(access, password="not-the-password"), "refused the user name"),
        "wrong user": (replace(access, username="nobody"), "refused the user name 'nobody'"),
        "nobody at the port": (replace(access, uri=f"bolt://127.0.0.1:{free_port()}"), "connection refused"),
        "unknown host": (replace(access, uri="bolt://no-such-host.invalid:7687"), "is not known"),
        "unknown database": (replace(access, database="marketing"), "there is no database 'marketing'"),
    }


def old_server(stage: Stage, done: Course) -> Outcome:
    """A server of a version that graphvine does not work with."""
    with Server(OLD_VERSION) as server:
        return refused(stage, done, server.access, words=f"is Neo4j {OLD_VERSION}")


def refused(stage: Stage, done: Course, other: Access, *, words: str) -> Outcome:
    """With that database the command is refused in those words and changes nothing; with the right one it works."""
    home = stage.begin(done.scene)
    ended = stage.at(other).run(done.scene, home, wire=False)
    wrong = told(ended, other.password)
    wrong += [f"other words: {ended.err[-300:]}"] * (words not in ended.err)
    half = neither(examine(home, stage.access), done)
    again = stage.run(done.scene, home, wire=False)
    wrong += compared(examine(home, stage.access), done, again)
    return Outcome(True, half, tuple(wrong), {"said": ended.err[-400:]})
