"""Session: what every command has at hand once its common options are read."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.options import StoreName, UnknownIds
from cli.proposals import Given, completed
from cli.terminal import Terminal
from graph.errors import PrerequisiteError
from graph.workspace.folder import WorkspaceFolder

if TYPE_CHECKING:
    from cli.runs import Run
    from graph.store.neo4j.access import Access
    from graph.workspace.listener import Listener
    from graph.workspace.settings import Settings
    from graph.workspace.workspace import Workspace


@dataclass
class Session:
    """A command's workspace, terminal and settings.

    Attributes:
        folder: The folder of the workspace.
        terminal: The stderr side.
        seed: ``--seed``, or None where the settings decide.
        store: ``--store``, or None where the settings decide.
        shared: Whether a server's database may hold what is not ours.
        exclude: ``--exclude``, or None where the settings decide.
        unknown: ``--exclude-unknown``, or None where the settings decide.
    """

    folder: WorkspaceFolder
    terminal: Terminal
    seed: int | None = None
    store: StoreName | None = None
    shared: bool = False
    exclude: Path | None = None
    unknown: UnknownIds | None = None
    _run: Run | None = field(default=None, init=False)

    @staticmethod
    def open(workspace: Path, *, verbose: int = 0, quiet: bool = False, **given: Any) -> Session:
        """The session of these options; ``given`` are attributes of the session."""
        STATE["verbose"] = verbose
        session = Session(WorkspaceFolder(workspace), Terminal(-1 if quiet else verbose), **given)
        STATE["given"] = session.given
        return session

    @property
    def given(self) -> Given:
        """The options that proposed commands need as well."""
        store = "" if self.store is None else f" --store {self.store.value}"
        exclude = "" if self.exclude is None else f" --exclude {shlex.quote(str(self.exclude))}"
        if self.unknown is not None:
            exclude += f" --exclude-unknown {self.unknown.value}"
        return Given(self.folder.option, store, " --shared" if self.shared else "", exclude)

    @cached_property
    def settings(self) -> Settings:
        """The settings, read on first use."""
        from cli.settings import read_settings

        return read_settings(self.folder.config)

    @cached_property
    def workspace(self) -> Workspace:
        """The market under the settings and the options of the command, opened on first use."""
        from graph.workspace.workspace import Workspace

        return Workspace(
            self.folder,
            self.settings,
            self._listener(),
            given_seed=self.seed,
            given_store=None if self.store is None else self.store.value,
            shared=self.shared,
            exclude=self.exclude,
            given_unknown=None if self.unknown is None else self.unknown.value,
            find_access=self._access,
        )

    def _listener(self) -> Listener:
        """What the library reports goes to stderr, and into the manifest of the open run."""
        from graph.workspace.listener import Listener

        return Listener(
            note=lambda text: self.terminal.note(self.proposed(text)),
            detail=self.terminal.detail,
            progress=self.terminal.progress,
            read=self._read,
            wrote=lambda result: None if self._run is None else self._run.wrote(result),
        )

    def _read(self, name: str, fingerprint: str) -> None:
        if self._run is not None:
            self._run.input(name, fingerprint)

    def _access(self) -> Access:
        """The Neo4j database of the settings and the environment."""
        from cli.neo4j import read_access

        return read_access(self.settings.neo4j, folder=self.folder.root)

    def proposed(self, command: str) -> str:
        """A text in which every graphvine command has the options that it needs in this workspace."""
        return completed(command, self.given)

    def following(self, command: str) -> None:
        """Propose the command that usually comes next."""
        self.terminal.following(self.proposed(command))

    @contextmanager
    def run(self, command: str, *, fresh: bool = False, **config: Any) -> Iterator[Run]:
        """Open a run folder for this command.

        Args:
            command: Its name.
            fresh: Whether the workspace may be made here; else a missing folder is an error.
            config: The arguments that shape the result.

        Raises:
            PrerequisiteError: there is no such workspace.
        """
        from cli.runs import open_run

        if not fresh and not self.folder.root.is_dir():
            raise PrerequisiteError(f"there is no workspace {self.folder.root}", hint="make one: graphvine init DIR")
        resolved = {**config, "settings": self.settings.model_dump()}
        with open_run(self.folder.runs, command, config=resolved, seed=self.workspace.seed) as run:
            STATE["run"], self._run = run.folder, run
            try:
                yield run
            finally:
                self._run = None
                if facts := self.workspace.mask_facts():
                    run.people(facts)


STATE: dict[str, Any] = {"verbose": 0, "run": None, "given": Given()}


def clock() -> int:
    """The wall clock in UTC seconds: the one place where the command line reads it for results."""
    return int(time.time())
