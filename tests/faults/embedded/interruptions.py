"""Two loaders at a time, read-only folders, clock jumps, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.embedded.kills import HOOKS, Course, compared, neither
from tests.faults.embedded.process import Ended, Fault, command, interrupt, run, start
from tests.faults.embedded.scenes import AS_OF, LOAD, Stage, arguments
from tests.faults.embedded.state import differences, examine, stored

_NOBODY = 65_534
_HOLD_S = 1.5


@dataclass(frozen=True)
class Trial:
    """One trial: what was tried, and what was wrong with it, a sentence each."""

    kind: str
    name: str
    wrong: tuple[str, ...] = field(default=())


def hold() -> None:
    """Stay in the transaction for a while."""
    time.sleep(_HOLD_S)


def two_loaders(stage: Stage, done: Course, count: int) -> Iterator[Trial]:
    """The second loader waits for the first, or is told who it is; nothing is doubled."""
    for number in range(count):
        home = stage.copy(stage.ready(done.scene), "course")
        words = done.scene.arguments(home)
        fault = Fault("count after", number % 5 + 1, action=hold)
        first = start(command(*words), fault, hooks=HOOKS)
        time.sleep(done.ended.seconds * 0.2 * (number % 4))
        second = start(command(*words))
        codes = [first.wait(), second.wait()]
        wrong = [f"exit code {c.code}: {c.err[-200:]}" for c in codes if c.code]
        wrong += differences(examine(home), done.after)
        yield Trial("two loaders", f"{done.scene.name}, both wait their turn #{number + 1}", tuple(wrong))
    home = stage.copy(stage.ready(done.scene), "course")
    _patience(home, 0.2)
    first = start(command(*done.scene.arguments(home)), Fault("count after", 1, action=hold), hooks=HOOKS)
    time.sleep(done.ended.seconds * 0.5 + 0.3)
    told = run(command(*done.scene.arguments(home)))
    ended = first.wait()
    wrong = [f"the first ended with {ended.code}"] * bool(ended.code)
    if told.code != 3 or str(first.pid) not in told.err:
        wrong.append(f"the second ended with {told.code} and does not name {first.pid}: {told.err[-300:]}")
    wrong += compared(home, done, run(command(*done.scene.arguments(home))))
    yield Trial("two loaders", f"{done.scene.name}, the second is told who holds the store", tuple(wrong))


def _patience(home: Path, seconds: float) -> None:
    file = home / "graphvine.toml"
    file.write_text(file.read_text("utf-8").replace("lock_timeout = 20.0", f"lock_timeout = {seconds}"), "utf-8")


def become_nobody() -> None:
    """Give up the rights of root, which no folder stops."""
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def read_only(stage: Stage, done: Course) -> Iterator[Trial]:
    """A folder that cannot be written to: one sentence, nothing changed, and with the rights the command works."""
    for part in (".", "store", "quarantine", "runs", "snapshots"):
        home = stage.copy(stage.ready(done.scene), "course")
        target = home / part
        if not target.is_dir():
            continue
        _give(home)
        for path in [target, *target.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        ended = run(command(*done.scene.arguments(home)), Fault(first=become_nobody))
        _give(home)
        wrong = _sentence(ended) if ended.code else []
        wrong += [f"half: {p}" for p in neither(stored(home), done)]
        wrong += [f"afterwards {p}" for p in compared(home, done, run(command(*done.scene.arguments(home))))]
        yield Trial("read-only folder", f"{done.scene.name}: {part}", tuple(wrong))


def _give(home: Path) -> None:
    for path in [home, *home.rglob("*")]:
        os.chown(path, _NOBODY, _NOBODY)
        path.chmod(0o755 if path.is_dir() else 0o644)


def _sentence(ended: Ended) -> list[str]:
    wrong = [f"exit code {ended.code}: {ended.err[-300:]}"] * (ended.code not in (2, 3, 4, 5))
    lines = [line[:4] for line in ended.err.splitlines() if line.startswith(("error: ", "hint: "))]
    return wrong + [f"no single sentence and hint: {ended.err[-300:]}"] * (lines != ["erro", "hint"])


def jump(seconds: float) -> None:
    """Let every clock of this process that can be set jump."""
    real = time.time
    time.time = lambda: real() + seconds
    nanoseconds = time.time_ns
    time.time_ns = lambda: nanoseconds() + int(seconds * 1e9)


def clock_jumps(stage: Stage, done: Course) -> Iterator[Trial]:
    """The clock jumps during a load, or between loads: the last load decides, and nothing is lost or doubled."""
    for seconds in (-86_400.0, -3.0, 3.0, 86_400.0 * 4000):
        home = stage.copy(stage.ready(done.scene), "course")
        fault = Fault("load before", 3, action=_jumping(seconds))
        ended = run(command(*done.scene.arguments(home)), fault, hooks=HOOKS)
        wrong = [f"exit code {ended.code}: {ended.err[-300:]}"] * bool(ended.code)
        wrong += differences(examine(home), done.after)
        yield Trial("clock jumps", f"{done.scene.name}: by {seconds:,.0f} s during it", tuple(wrong))
    wanted = {name: done.after[name] for name in ("snapshot", "kept", "pending", "unbalanced", "doubled")}
    for moments in (("2026-01-15", AS_OF), (AS_OF, "2026-01-15", AS_OF), ("2031-01-01", AS_OF)):
        home = stage.copy(stage.ready(done.scene), "course")
        wrong = []
        for moment in moments:
            words = [moment if w == AS_OF else w for w in arguments(home, LOAD)]
            ended = run(command(*words))
            wrong += [f"exit code {ended.code}: {ended.err[-300:]}"] * bool(ended.code)
        ends = dict(wanted)
        if "2031-01-01" in moments:
            # What lay in the future for one load is there for good.
            ends = {name: ends[name] for name in ("pending", "unbalanced", "doubled")}
        wrong += differences(examine(home), ends)
        yield Trial("clock jumps", f"{done.scene.name}: loads at {', '.join(moments)}", tuple(wrong))


def _jumping(seconds: float) -> Callable[[], None]:
    return lambda: jump(seconds)


def interrupts(stage: Stage, done: Course, count: int) -> Iterator[Trial]:
    """Ctrl-C at spots and at moments: exit code 130, a sentence, and the same command goes on."""
    spots = [("load before", 3), ("_line after", 7), ("sql before", 40), ("commit before", 1), ("commit after", 1)]
    spots += [("publish before", 1), ("replace(/quarantine/) after", 1), ("make before", 2), ("Run.close before", 1)]
    faults = [Fault(spot, call, action=interrupt) for spot, call in spots]
    moments = [done.ended.seconds * (n + 1) / (count + 1) for n in range(max(0, count - len(faults)))]
    faults += [Fault(signal=signal.SIGINT, seconds=s) for s in moments]
    for fault in faults[:count]:
        home = stage.copy(stage.ready(done.scene), "course")
        ended = run(command(*done.scene.arguments(home)), fault, hooks=HOOKS)
        wrong = []
        if ended.code:
            told = "error: interrupted" in ended.err and "hint: run the same command again" in ended.err
            wrong += [f"exit code {ended.code}: {ended.err[-400:]}"] * (ended.code != 130 or not told)
            wrong += ["a traceback"] * ("Traceback" in ended.err)
            wrong += [f"half: {p}" for p in neither(stored(home), done)]
        wrong += [f"afterwards {p}" for p in compared(home, done, run(command(*done.scene.arguments(home))))]
        where = f"{fault.spot} #{fault.call}" if fault.spot else f"after {fault.seconds:.2f} s"
        yield Trial("Ctrl-C", f"{done.scene.name}: {where}" + (" (too late)" if not ended.code else ""), tuple(wrong))
