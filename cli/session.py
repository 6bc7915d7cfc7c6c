"""Session: what every command has at hand once its common options are read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.terminal import Terminal
from cli.workspace import Workspace
from graph.errors import DataError

if TYPE_CHECKING:
    from cli.runs import Run
    from cli.settings import Settings
    from graph.hetero import HeteroGraph
    from graph.ids import IdMap
    from graph.schema import Schema
    from graph.store.embedded.store import EmbeddedStore


@dataclass
class Session:
    """A command's workspace, terminal and settings.

    Attributes:
        workspace: The workspace.
        terminal: The stderr side.
        given_seed: ``--seed``, or None where the settings decide.
    """

    workspace: Workspace
    terminal: Terminal
    given_seed: int | None = None

    @staticmethod
    def open(workspace: Path, *, verbose: int = 0, quiet: bool = False, seed: int | None = None) -> Session:
        """The session of these options."""
        _STATE["verbose"] = verbose
        return Session(Workspace(workspace), Terminal(-1 if quiet else verbose), seed)

    @cached_property
    def settings(self) -> Settings:
        """The settings, read on first use."""
        from cli.settings import read_settings

        return read_settings(self.workspace.config)

    @property
    def seed(self) -> int:
        """The seed in force."""
        return self.settings.seed if self.given_seed is None else self.given_seed

    @cached_property
    def schema(self) -> Schema:
        """The market schema of the workspace."""
        return self.workspace.schema()

    def store(self) -> EmbeddedStore:
        """The store of the workspace; opening it is left to its first use."""
        from graph.store.embedded.store import EmbeddedStore

        return EmbeddedStore(self.workspace.store, self.schema, lock_timeout=self.settings.data.lock_timeout)

    def graph(self, name: str = "latest") -> HeteroGraph:
        """The latest snapshot, or the one of that name."""
        from graph.hetero import HeteroGraph

        return HeteroGraph.read(self.workspace.find("snapshots", name, command="graphvine data snapshot"))

    @contextmanager
    def run(self, command: str, **config: Any) -> Iterator[Run]:
        """Open a run folder for this command."""
        from cli.runs import open_run

        with open_run(self.workspace.runs, command, config=config, seed=self.seed) as run:
            _STATE["run"] = run.folder
            yield run

    def exclude_file(self, given: Path | None) -> Path | None:
        """The do-not-contact file in force: the given one, else the one in the settings.

        Raises:
            DataError: the file does not exist.
        """
        configured = self.settings.exclude
        file = given or (self.workspace.root / configured if configured else None)
        if file is not None and not file.exists():
            raise DataError("no such file", file=str(file), hint="name a text file with one person id a line")
        return file

    def excluded(self, given: Path | None, people: IdMap) -> Any:
        """Numbers of the people who must not be contacted, int64; unknown ids are counted in a note."""
        import numpy as np

        file = self.exclude_file(given)
        if file is None:
            return np.zeros(0, np.int64)
        ids = read_ids(file)
        numbers = people.numbers(ids, missing="drop")
        if len(numbers) < len(ids):
            self.terminal.note(f"{len(ids) - len(numbers)} of {len(ids)} ids in {file} are not in the graph")
        return np.unique(numbers)


_STATE: dict[str, Any] = {"verbose": 0, "run": None}


def read_ids(file: Path) -> list[str]:
    """Ids, one a line; blank lines are left out, and a header named id, user_id or person_id too.

    Raises:
        DataError: the file cannot be read.
    """
    from graph.ingest.decode import lines

    if not file.exists():
        raise DataError("no such file", file=str(file), hint="name a text file with one id a line")
    text = b"".join(block.text for block in lines(file, "auto")).decode("utf-8")
    ids = [line.split(",")[0].strip().strip('"') for line in text.splitlines() if line.strip()]
    if ids and ids[0].lower() in {"id", "user_id", "person_id"}:
        ids = ids[1:]
    return list(dict.fromkeys(ids))


def clock() -> int:
    """The wall clock in UTC seconds: the one place where the command line reads it for results."""
    return int(time.time())
