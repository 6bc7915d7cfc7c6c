"""Run: a folder with a manifest that is written first and closed whatever happens.

Wall time stands only here: in the folder's name, the log and the manifest. Results are keyed by ``result_id``.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from graph.atomic_io import write_json
from graph.processes import is_running
from graph.workspace.identity import code_version, file_digest

MANIFEST = 1
_PACKAGES = (
    "numpy", "scipy", "duckdb", "pyarrow", "numba", "networkx", "graspologic-native", "kglite", "torch",
    "torch-geometric",
)  # fmt: skip


@dataclass
class Run:
    """An open run.

    Attributes:
        folder: The run's folder.
        manifest: What will be written when the run closes.
    """

    folder: Path
    manifest: dict[str, Any]
    _timer: float = field(default_factory=time.monotonic)

    def input(self, name: str, fingerprint: str) -> None:
        """Record what the run read."""
        self.manifest["inputs"][name] = fingerprint

    def output(self, file: Path, *, rows: int | None = None) -> None:
        """Record a file that the run wrote, with its hash."""
        facts: dict[str, Any] = {"path": str(file)}
        if file.is_file():
            facts["sha256"] = file_digest(file)
        if rows is not None:
            facts["rows"] = rows
        self.manifest["outputs"].append(facts)

    def wrote(self, result_id: str) -> None:
        """Record a result that was written back to the store."""
        self.manifest["written"].append(result_id)

    def metric(self, name: str, value: Any) -> None:
        """Record a figure."""
        self.manifest["metrics"][name] = value

    def people(self, facts: Mapping[str, Any]) -> None:
        """Record how many people were left out, and which ids on lists of them are in doubt."""
        self.manifest["people"] = facts

    def skip(self, step: str, why: str) -> None:
        """Record a step that was not run, and why."""
        self.manifest["skipped"][step] = why

    def lap(self, name: str) -> float:
        """Record the seconds since the last lap; returns them."""
        now = time.monotonic()
        seconds, self._timer = now - self._timer, now
        self.manifest["timings"][name] = round(seconds, 3)
        return seconds

    def close(self, status: str) -> None:
        """Write the manifest with its final status."""
        self.manifest["status"] = status
        self.manifest["ended"] = _stamp()
        write_json(self.folder / "manifest.json", self.manifest)


def _stamp() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _installed() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        body = {"time": _stamp(), "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            body["traceback"] = self.formatException(record.exc_info)
        return json.dumps(body, ensure_ascii=False)


class _LogFile(logging.FileHandler):
    """A log file that drops a line where the disk is full; Python would print a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Leave the line out."""


def _manifest(name: str, command: str, config: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The manifest of a run that has begun."""
    return {
        "manifest": MANIFEST,
        "run": name,
        "status": "running",
        "command": command,
        "argv": sys.argv[1:],
        "config": dict(config),
        "seed": seed,
        "code": code_version(),
        "python": platform.python_version(),
        "packages": _installed(),
        "device": "cpu",
        "pid": os.getpid(),
        "started": _stamp(),
        "inputs": {},
        "outputs": [],
        "written": [],
        "metrics": {},
        "skipped": {},
        "timings": {},
    }


@contextmanager
def open_run(runs: Path, command: str, *, config: Mapping[str, Any], seed: int) -> Iterator[Run]:
    """Open a run folder, log into it, and close its manifest as ok, failed or interrupted."""
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{command.replace(' ', '-')}-{secrets.token_hex(2)}"
    folder = runs / name
    folder.mkdir(parents=True)
    manifest = _manifest(name, command, config, seed)
    run = Run(folder, manifest)
    handler = _LogFile(folder / "log.jsonl", encoding="utf-8")
    handler.setFormatter(_JsonLines())
    logging.getLogger().addHandler(handler)
    try:
        # Written first, so that a run that is interrupted at once has a manifest too.
        write_json(folder / "manifest.json", manifest)
        yield run
    except KeyboardInterrupt:
        _close_anyway(run, "interrupted")
        raise
    except BaseException as error:
        logging.getLogger(__name__).exception("the run failed")
        run.manifest["error"] = str(error)
        _close_anyway(run, "failed")
        raise
    else:
        run.close("ok")
    finally:
        logging.getLogger().removeHandler(handler)
        with suppress(OSError):
            handler.close()


def _close_anyway(run: Run, status: str) -> None:
    """Close a run that ends in an error; where the disk is full as well, the first error is the one to show."""
    with suppress(OSError):
        run.close(status)


def read_manifests(runs: Path) -> list[dict[str, Any]]:
    """The manifests of all runs, oldest first; an unreadable one is reported as such."""
    found = []
    for file in sorted(runs.glob("*/manifest.json")):
        try:
            manifest = json.loads(file.read_text("utf-8"))
            if manifest["status"] == "running" and not is_running(int(manifest["pid"])):
                manifest["status"] = "killed"
            found.append(manifest)
        except (ValueError, KeyError, TypeError):
            found.append({"run": file.parent.name, "status": "unreadable", "command": "", "started": ""})
    return found
