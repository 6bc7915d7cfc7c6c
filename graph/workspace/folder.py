"""The layout of a workspace: where settings, store, snapshots, results, models, runs and quarantine are."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graph.atomic_io import replace_file
from graph.errors import ConfigError, PrerequisiteError
from graph.schema import MARKET, Schema, extend_schema

CONFIG_NAME = "graphvine.toml"
_LATEST = "latest.json"


@dataclass(frozen=True)
class WorkspaceFolder:
    """Paths in a workspace; no folder is made before something is written there.

    Attributes:
        root: The workspace.
    """

    root: Path

    @property
    def option(self) -> str:
        """`` -w DIR`` for the commands that we propose; empty in the workspace itself."""
        return "" if self.root == Path() else f" -w {shlex.quote(str(self.root))}"

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.root / CONFIG_NAME

    @property
    def store(self) -> Path:
        """The embedded store's file."""
        return self.root / "store" / "market.duckdb"

    @property
    def index(self) -> Path:
        """The Cypher index's file."""
        return self.root / "store" / "index.kgl"

    @property
    def written(self) -> Path:
        """Results that were written back to the embedded store, as its index shows them."""
        return self.root / "store" / "results"

    def beside(self, store: str) -> Path:
        """The folder of what belongs to one store."""
        return self.root / "store" if store == "embedded" else self.root / store

    def origin(self, snapshot: str) -> Path:
        """The note of where a snapshot comes from; beside the store, since a snapshot is the same bytes anywhere."""
        return self.root / "store" / "origins" / f"{snapshot}.json"

    def quarantine(self, store: str) -> Path:
        """Rejected records of a store."""
        return self.root / "quarantine" if store == "embedded" else self.beside(store) / "quarantine"

    def load_counts(self, store: str) -> Path:
        """Where a build keeps what its load into a store did; the report shows it."""
        return self.beside(store) / "load.json"

    @property
    def builds(self) -> Path:
        """Where a build keeps which steps it ran and what came of them."""
        return self.root / "build.json"

    @property
    def report(self) -> Path:
        """The report."""
        return self.root / "report.html"

    def export(self, name: str) -> Path:
        """The CSV that a build exports a result to."""
        return self.root / "exports" / f"{name}.csv"

    @property
    def runs(self) -> Path:
        """Run folders."""
        return self.root / "runs"

    def results(self, kind: str) -> Path:
        """The folder of results of one kind: snapshots, segments, models/product, seeds, ..."""
        return self.root / kind

    def schema(self, mapping: str = "") -> Schema:
        """The market schema, extended by the ``schema.toml`` of the workspace, or else by that beside its mapping."""
        for folder in (self.root, (self.root / mapping).parent):
            file = folder / "schema.toml"
            if file.exists():
                return extend_schema(MARKET, file)
        return MARKET

    def zone(self, mapping: str) -> str:
        """The time zone at the top of the mapping, for stores that do not know theirs; empty where there is none."""
        import tomllib

        from graph.zones import UTC, zone_info

        try:
            zone = str(tomllib.loads((self.root / mapping).read_text("utf-8")).get("time_zone", ""))
            zone_info(zone or UTC)
        except (OSError, ValueError, KeyError):
            return ""
        return zone

    def pointer(self, kind: str) -> Path:
        """The file that says which result of a kind is the latest."""
        return self.results(kind) / _LATEST

    def publish(self, kind: str, name: str, **facts: Any) -> None:
        """Make ``name`` the latest result of its kind, and keep further JSON values in the same file."""
        replace_file(self.pointer(kind), json.dumps({"latest": name, **facts}, ensure_ascii=False).encode() + b"\n")

    def latest(self, kind: str, *, command: str) -> Path:
        """The latest result of a kind.

        Args:
            kind: See ``results``.
            command: What makes one, for the hint.

        Raises:
            PrerequisiteError: there is none; the hint names the command that makes one.
        """
        try:
            folder = self.results(kind) / str(json.loads(self.pointer(kind).read_text("utf-8"))["latest"])
        except (OSError, ValueError, KeyError, TypeError):
            folder = None
        if folder is None or not folder.exists():
            what = f"no {in_words(kind)} in {self.root}"
            raise PrerequisiteError(what, hint=f"make them first: {command}{self.option}")
        return folder

    def find(self, kind: str, name: str, *, command: str) -> Path:
        """A result by ``latest``, its name, or a unique beginning of its name.

        Raises:
            PrerequisiteError: there is no such result.
            ConfigError: several results begin like that.
        """
        if name == "latest":
            return self.latest(kind, command=command)
        found = [p for p in self.all(kind) if p.name.startswith(name)]
        if not found:
            raise PrerequisiteError(
                f"none of the {in_words(kind)} is named {name!r}", hint=f"make one: {command}{self.option}"
            )
        if len(found) > 1 and not any(p.name == name for p in found):
            raise ConfigError(f"{name!r} fits {len(found)} {in_words(kind)}", hint=f"for example {found[0].name}")
        return next((p for p in found if p.name == name), found[0])

    def latest_or_none(self, kind: str) -> Path | None:
        """The latest result of a kind, or None where there is none."""
        try:
            return self.latest(kind, command="")
        except PrerequisiteError:
            return None

    def all(self, kind: str) -> list[Path]:
        """The results of a kind, by name."""
        folder = self.results(kind)
        return (
            sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")) if folder.is_dir() else []
        )


def in_words(kind: str) -> str:
    """A kind of results for a sentence: ``models/product`` is "product models"."""
    return " ".join(reversed(kind.split("/")))
