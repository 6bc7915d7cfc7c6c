"""Session: what every command has at hand once its common options are read."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cli.options import StoreName, UnknownIds
from cli.proposals import Given, completed
from cli.terminal import Terminal
from cli.workspace import Workspace
from graph.errors import PrerequisiteError

if TYPE_CHECKING:
    from cli.runs import Run
    from cli.settings import Settings
    from graph.hetero import HeteroGraph
    from graph.ids import IdMap
    from graph.schema import Schema
    from graph.store.embedded.store import EmbeddedStore
    from graph.store.neo4j.access import Access
    from graph.store.protocol import GraphStore, ResultTable
    from graph.trust.mask import PeopleMask


@dataclass
class Session:
    """A command's workspace, terminal and settings.

    Attributes:
        workspace: The workspace.
        terminal: The stderr side.
        given_seed: ``--seed``, or None where the settings decide.
        given_store: ``--store``, or None where the settings decide.
        shared: Whether a server's database may hold what is not ours.
        given_exclude: ``--exclude``, or None where the settings decide.
        given_unknown: ``--exclude-unknown``, or None where the settings decide.
    """

    workspace: Workspace
    terminal: Terminal
    given_seed: int | None = None
    given_store: StoreName | None = None
    shared: bool = False
    given_exclude: Path | None = None
    given_unknown: UnknownIds | None = None
    _masks: dict[str, PeopleMask] = field(default_factory=dict, init=False)
    _run: Run | None = field(default=None, init=False)

    @staticmethod
    def open(
        workspace: Path,
        *,
        verbose: int = 0,
        quiet: bool = False,
        seed: int | None = None,
        store: StoreName | None = None,
        shared: bool = False,
        exclude: Path | None = None,
        unknown: UnknownIds | None = None,
    ) -> Session:
        """The session of these options."""
        _STATE["verbose"] = verbose
        terminal = Terminal(-1 if quiet else verbose)
        session = Session(Workspace(workspace), terminal, seed, store, shared, exclude, unknown)
        _STATE["given"] = session.given
        return session

    @property
    def given(self) -> Given:
        """The options that commands which we propose need as well."""
        store = "" if self.given_store is None else f" --store {self.given_store.value}"
        exclude = "" if self.given_exclude is None else f" --exclude {shlex.quote(str(self.given_exclude))}"
        if self.given_unknown is not None:
            exclude += f" --exclude-unknown {self.given_unknown.value}"
        return Given(self.workspace.option, store, " --shared" if self.shared else "", exclude)

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
        return self.workspace.schema(self.settings.data.mapping)

    def target(self, name: str) -> str:
        """A node type that can be recommended, in lower case, as folders of models and exports are called.

        Raises:
            ConfigError: the schema has no such target; the hint proposes the nearest.
        """
        return self.schema.target(name).lower()

    def targets(self) -> list[str]:
        """Everything that can be recommended, in the order of the schema."""
        return [name.lower() for name in self.schema.targets()]

    def tell_schema(self) -> None:
        """Say once what a user should know about their schema.toml."""
        for note in self._untold:
            self.terminal.note(note)
        self._untold.clear()

    @cached_property
    def _untold(self) -> list[str]:
        return list(self.schema.notes)

    @property
    def store_name(self) -> StoreName:
        """The store in force."""
        return StoreName(self.given_store or self.settings.store)

    def store(self, *, rehearsal: bool = False) -> GraphStore:
        """The store of the workspace; opening it is left to its first use.

        Args:
            rehearsal: Whether nothing is to be written; the embedded store is rehearsed on a copy instead.
        """
        if self.store_name is StoreName.NEO4J:
            from graph.store.neo4j.store import Neo4jStore

            return Neo4jStore(self.access, self.schema, shared=self.shared, rehearsal=rehearsal)
        return self.embedded()

    @cached_property
    def access(self) -> Access:
        """The Neo4j database of the settings and the environment."""
        from cli.neo4j import read_access

        return read_access(self.settings.neo4j, folder=self.workspace.root)

    def embedded(self, *, patience: float | None = None) -> EmbeddedStore:
        """The embedded store of the workspace.

        Args:
            patience: Most seconds to wait for whoever has it open; the settings may say fewer.
        """
        from graph.store.embedded.store import EmbeddedStore

        timeout = self.settings.data.lock_timeout
        timeout = timeout if patience is None else min(timeout, patience)
        zone = self.workspace.zone(self.settings.data.mapping)
        return EmbeddedStore(self.workspace.store, self.schema, lock_timeout=timeout, zone=zone)

    @property
    def place(self) -> str:
        """Where the market is, in words that hold no secret."""
        if self.store_name is StoreName.NEO4J:
            return f"{self.access.uri}/{self.access.database}"
        return str(self.workspace.store)

    @property
    def quarantine(self) -> Path:
        """Folder of the records that the store in force refused."""
        return self.workspace.quarantine(self.store_name)

    @property
    def load_note(self) -> Path:
        """Where a build keeps what its load did."""
        return self.workspace.beside(self.store_name) / "load.json"

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Write derived tables to the store, where queries find them."""
        self.store().write_back(tables, result_id)
        self._publish_results()
        if self._run is not None:
            self._run.wrote(result_id)
        for table in tables:
            self.terminal.note(f"wrote {len(table.rows):,} {table.kind} to the store under {result_id}")

    def forget(self, result_id: str) -> None:
        """Remove what was written back under that id."""
        self.store().forget(result_id)
        self._publish_results()

    def _publish_results(self) -> None:
        """Let the index of the embedded store show its results; a server shows them by itself."""
        if self.store_name is StoreName.EMBEDDED:
            from graph.store.embedded.results import publish_results

            publish_results(self.workspace.written, self.embedded().results)

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Names of the sensitive columns and edge types that the settings do not allow: no snapshot holds them."""
        from graph.trust.sensitive import hidden_names

        return hidden_names(self.schema, self.settings.sensitive.columns)

    def graph(self, name: str = "latest") -> HeteroGraph:
        """The latest snapshot, or the one of that name.

        Raises:
            PrerequisiteError: there is none, or it holds sensitive columns that are not allowed.
        """
        from graph.hetero import HeteroGraph

        graph = HeteroGraph.read(self.workspace.find("snapshots", name, command="graphvine data snapshot"))
        self._refuse_held(graph)
        if self._run is not None:
            self._run.input("snapshot", graph.fingerprint)
        return graph

    def check_source(self, fingerprint: str) -> None:
        """Make sure that a result that was kept tells nothing of what is sensitive and not allowed now.

        Args:
            fingerprint: Of the snapshot that the result was made from.

        Raises:
            PrerequisiteError: that snapshot holds such a column, or is gone so that this cannot be told.
        """
        if not self.hidden:
            return
        graph = self.published(fingerprint)
        if graph is None:
            raise PrerequisiteError(
                "the snapshot that this was made from is gone, and it may have held what is sensitive and not allowed",
                hint="make it anew: graphvine build",
            )
        self._refuse_held(graph)

    def _refuse_held(self, graph: HeteroGraph) -> None:
        from graph.trust.sensitive import held_names

        if held := held_names(graph, self.hidden):
            raise PrerequisiteError(
                f"the snapshot holds {', '.join(held)}, which is sensitive and not allowed",
                hint="make it, and what was made from it, anew without: graphvine build; or graphvine data snapshot "
                "alone; or allow it, with a reason, in [sensitive]",
            )

    def published(self, fingerprint: str) -> HeteroGraph | None:
        """The published snapshot of that fingerprint, or None where it is gone."""
        from graph.hetero import HeteroGraph

        folder = self.workspace.results("snapshots") / fingerprint[:16]
        return HeteroGraph.read(folder) if folder.is_dir() else None

    def proposed(self, command: str) -> str:
        """A command that we propose, with the options that it needs in this workspace."""
        return completed(command, self.given)

    def following(self, command: str) -> None:
        """Say which command usually comes next in this workspace."""
        self.terminal.following(self.proposed(command))

    @contextmanager
    def run(self, command: str, *, fresh: bool = False, **config: Any) -> Iterator[Run]:
        """Open a run folder for this command.

        Args:
            command: Its name.
            fresh: Whether the workspace may be made here; else a mistyped name is told as such.
            config: The arguments that shape the result.

        Raises:
            PrerequisiteError: there is no such workspace.
        """
        from cli.runs import open_run

        if not fresh and not self.workspace.root.is_dir():
            raise PrerequisiteError(f"there is no workspace {self.workspace.root}", hint="make one: graphvine init DIR")
        resolved = {**config, "settings": self.settings.model_dump()}
        with open_run(self.workspace.runs, command, config=resolved, seed=self.seed) as run:
            _STATE["run"], self._run = run.folder, run
            try:
                yield run
            finally:
                self._run = None
                if self._masks:
                    run.people(self._mask_facts())

    def read(self, name: str, fingerprint: str) -> None:
        """Record in the open run, if there is one, what was read."""
        if self._run is not None:
            self._run.input(name, fingerprint)

    @property
    def unknown_ids(self) -> Literal["stop", "ok"]:
        """What to do about ids on a list of people that do not name one person beyond doubt."""
        return self.settings.exclude_unknown if self.given_unknown is None else self.given_unknown.value

    def mask(self, people: IdMap) -> PeopleMask:
        """Who of these people may be used for what; every table of people passes through it.

        Raises:
            DataError: a list of people to leave out, or a file of consents, is not there or cannot be relied on.
        """
        if people.checksum not in self._masks:
            from cli.people import read_mask

            self._masks[people.checksum] = read_mask(self, people)
        return self._masks[people.checksum]

    def _mask_facts(self) -> dict[str, Any]:
        """What a manifest keeps of the masks that were used."""
        return next((mask.facts() for mask in self._masks.values()), {})


_STATE: dict[str, Any] = {"verbose": 0, "run": None, "given": Given()}


def clock() -> int:
    """The wall clock in UTC seconds: the one place where the command line reads it for results."""
    return int(time.time())
