"""Decides whether a step of a build runs again, by a record of what the step read and made in the last build.

A step whose inputs are the same is *unchanged*: it is not run again, and its last result holds. A step is *skipped*
where the market lacks what it needs: it has no result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.atomic_io import replace_file


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: Its name, as ``--force`` takes it.
        after: Names of the steps whose results it reads.
        reads: What else it depends on: name to fingerprint; called when all earlier steps are done.
        run: Does the work; returns the name of the result, by which later steps know it.
        missing: Gives a sentence that says what the market lacks, or None; called when all earlier steps are done.
        exists: Tells whether the result of that name is still there.
        expired: Gives a sentence that says why the result of that name does not hold any more, although what the step
            reads is the same; None where it holds.
        publish: Makes the result of that name the latest again, where another command has made another one since.
        export: The CSV that it writes beside its result, or None; a skipped step leaves none of an earlier build.
    """

    name: str
    after: tuple[str, ...]
    reads: Callable[[], Mapping[str, str]]
    run: Callable[[], str]
    missing: Callable[[], str | None] = lambda: None
    exists: Callable[[str], bool] = lambda _result: True
    expired: Callable[[str], str | None] = lambda _result: None
    publish: Callable[[str], object] = lambda _result: None
    export: Path | None = None


@dataclass
class BuildRecord:
    """What the last build left, and what this one has done so far.

    Attributes:
        file: Where the record is kept.
        code: Version of our code: changed code makes every step run.
        seed: The seed in force.
        forced: Names of steps to run whatever their inputs.
        done: Step name to the key and the result of its last run.
        skipped: Step name to the sentence that says why it was skipped.
    """

    file: Path
    code: str
    seed: int
    forced: frozenset[str]
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def read(file: Path, *, code: str, seed: int, forced: frozenset[str]) -> BuildRecord:
        """The record that the last build left; an unreadable one counts as none."""
        try:
            done = dict(json.loads(file.read_text("utf-8"))["steps"]) if file.exists() else {}
        except (ValueError, KeyError, TypeError):
            done = {}
        return BuildRecord(file, code, seed, forced, done)

    def key(self, step: Step) -> str:
        """Hash of everything that the step's result depends on."""
        upstream = {name: self.done.get(name, {}).get("result", "") for name in step.after}
        body = [step.name, self.code, self.seed, upstream, dict(step.reads())]
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()

    def reason(self, step: Step) -> str | None:
        """Why the step has to run, or None where its last result still holds."""
        last, key = self.done.get(step.name), self.key(step)
        if step.name in self.forced:
            return "forced"
        if last is None:
            return "has not run yet"
        if last["key"] != key:
            return "its inputs, settings or code changed"
        if last.get("result") and not step.exists(last["result"]):
            return "its result is gone"
        if step.export is not None and not step.export.exists():
            return "its export is gone"
        return step.expired(last.get("result", ""))

    def run(self, step: Step) -> None:
        """Run a step and keep its result at once, so that an interrupted build goes on from there.

        The key is taken before the run: what changes meanwhile has not been read.
        """
        key = self.key(step)
        self.done[step.name] = {"key": key, "result": step.run()}
        self._write()

    def forget(self, step: Step) -> None:
        """Keep that the step has no result, and remove its earlier export, which may name people left out now."""
        if step.export is not None:
            step.export.unlink(missing_ok=True)
        self.done.pop(step.name, None)
        self._write()

    def _write(self) -> None:
        replace_file(
            self.file,
            json.dumps({"steps": self.done, "absent": self.skipped}, sort_keys=True, indent=1).encode() + b"\n",
        )


def read_skipped(file: Path) -> dict[str, str]:
    """The steps that the last build skipped because something was missing, and why; empty where there was no build."""
    try:
        return {str(step): str(why) for step, why in json.loads(file.read_text("utf-8"))["absent"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
