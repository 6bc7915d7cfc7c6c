"""Full disks and short writes must leave the old or the new state, say so in one sentence, and allow a retry."""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.embedded.kills import Course, compared, neither
from tests.faults.embedded.process import Ended, Fault, command, run
from tests.faults.embedded.scenes import Stage
from tests.faults.embedded.state import stored

KIB = 1 << 10
_BLOCK = 4 * KIB
_LEAST = 256
_ROOMY = 1 << 30
# Done, usage, store, data, something missing: what a full disk may come to; 1 is for checks, and 70 is a bug.
_CODES = (0, 2, 3, 4, 5)


@dataclass(frozen=True)
class Shortage:
    """A lack of space while a scene's command runs.

    Attributes:
        kind: ``short write`` (no file may be larger than that) or ``full disk`` (so much is free on the disk).
        scene: The scene.
        size: Bytes.
    """

    kind: str
    scene: str
    size: int

    def __str__(self) -> str:
        return f"{self.scene}: {self.kind} at {self.size:,} bytes"


@dataclass(frozen=True)
class Shorted:
    """What became of it.

    Attributes:
        shortage: What was lacking.
        code: Exit code of the command.
        said: Its error and hint.
        wrong: What was wrong, a sentence each.
    """

    shortage: Shortage
    code: int
    said: str
    wrong: tuple[str, ...] = field(default=())


def sizes(largest: int, count: int, seed: int) -> list[int]:
    """So many sizes from little to the largest, each that many times the one before or so."""
    draw = random.Random(seed)
    return [int(_LEAST * (largest / _LEAST) ** ((n + draw.random()) / count)) for n in range(count)]


def limited(size: int) -> Callable[[], None]:
    """Forbid this process files larger than that; Python has the signal ignored, so that writing fails."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def can_mount() -> bool:
    """Whether this process may make a disk of its own."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("mount") is not None


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk in memory at that folder, roomy at first.

    Raises:
        PermissionError: this process may not make one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_ROOMY}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        raise PermissionError(made.stderr.decode("utf-8", "replace").strip())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def leave(folder: Path, free: int) -> None:
    """Leave so many bytes free on a small disk; whatever is in use stays."""
    facts = os.statvfs(folder)
    used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize
    subprocess.run(["mount", "-o", f"remount,size={used + max(free, _BLOCK)}", str(folder)], check=True)


def short_write(stage: Stage, done: Course, size: int) -> Shorted:
    """Run a scene's command where no file may grow beyond a size, and then without the limit."""
    home = stage.copy(stage.ready(done.scene), "course")
    words = done.scene.arguments(home)
    ended = run(command(*words), Fault(first=limited(size)))
    return _judged(Shortage("short write", done.scene.name, size), ended, home, done)


def full_disk(stage: Stage, done: Course, disk: Path, size: int) -> Shorted:
    """Run a scene's command on a disk with so much left, and then on one with room."""
    home = disk / "course"
    leave(disk, _ROOMY)
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(stage.ready(done.scene), home)
    leave(disk, size)
    ended = run(command(*done.scene.arguments(home)))
    leave(disk, _ROOMY)
    return _judged(Shortage("full disk", done.scene.name, size), ended, home, done)


def _judged(shortage: Shortage, ended: Ended, home: Path, done: Course) -> Shorted:
    lines = [line for line in ended.err.splitlines() if line.startswith(("error: ", "hint: "))]
    wrong = [f"exit code {ended.code}"] * (ended.code not in _CODES)
    wrong += ["a traceback"] * ("Traceback" in ended.err or "terminate called" in ended.err)
    if ended.code:
        wrong += ["no single sentence and hint"] * ([line[:4] for line in lines] != ["erro", "hint"])
        wrong += [f"half: {part}" for part in neither(stored(home), done)]
    again = run(command(*done.scene.arguments(home)))
    wrong += [f"afterwards {part}" for part in compared(home, done, again)]
    return Shorted(shortage, ended.code, " / ".join(lines) or ended.err[-300:], tuple(wrong))
