"""Session: what every command has at hand once its common options are read."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.options import StoreName
from cli.proposals import Given, completed
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
    from graph.store.neo4j.access import Access
    from graph.store.protocol import GraphStore, ResultTable


@dataclass
class Session:
    """A command's workspace, terminal and settings.

    Attributes:
        workspace: The workspace.
        terminal: The stderr side.
        given_seed: ``--seed``, or None where the settings decide.
        given_store: ``--store``, or None where the settings decide.
        shared: Whether a server's database may hold what is not ours.
    """

    workspace: Workspace
    terminal: Terminal
    given_seed: int | None = None
    given_store: StoreName | None = None
    shared: bool = False
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
    ) -> Session:
        """The session of these options."""
        _STATE["verbose"] = verbose
        session = Session(Workspace(workspace), Terminal(-1 if quiet else verbose), seed, store, shared)
        _STATE["given"] = session.given
        return session

    @property
    def given(self) -> Given:
        """The options that commands which we propose need as well."""
        store = "" if self.given_store is None else f" --store {self.given_store.value}"
        return Given(self.workspace.option, store, " --shared" if self.shared else "")

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

    def graph(self, name: str = "latest") -> HeteroGraph:
        """The latest snapshot, or the one of that name."""
        from graph.hetero import HeteroGraph

        graph = HeteroGraph.read(self.workspace.find("snapshots", name, command="graphvine data snapshot"))
        if self._run is not None:
            self._run.input("snapshot", graph.fingerprint)
        return graph

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
        from graph.errors import PrerequisiteError

        if not fresh and not self.workspace.root.is_dir():
            raise PrerequisiteError(f"there is no workspace {self.workspace.root}", hint="make one: graphvine init DIR")
        resolved = {**config, "settings": self.settings.model_dump()}
        with open_run(self.workspace.runs, command, config=resolved, seed=self.seed) as run:
            _STATE["run"], self._run = run.folder, run
            try:
                yield run
            finally:
                self._run = None

    def read(self, name: str, fingerprint: str) -> None:
        """Record in the open run, if there is one, what was read."""
        if self._run is not None:
            self._run.input(name, fingerprint)

    def exclude_file(self, given: Path | None) -> Path | None:
        """The do-not-contact file in force: the given one, else the one in the settings.

        Raises:
            DataError: the file does not exist.
        """
        configured = self.settings.exclude
        file = given or (self.workspace.root / configured if configured else None)
        if file is not None and not file.is_file():
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
        if ids and not len(numbers):
            raise DataError(
                f"none of its {len(ids)} ids is in the graph, the first is {ids[0][:40]!r}",
                file=str(file),
                hint="nobody would be left out; check that the file holds person ids",
            )
        if len(numbers) < len(ids):
            self.terminal.note(f"{len(ids) - len(numbers)} of {len(ids)} ids in {file} are not in the graph")
        return np.unique(numbers)


_STATE: dict[str, Any] = {"verbose": 0, "run": None, "given": Given()}


_ID_NAMES = (
    "id",
    "user_id",
    "person_id",
    "user",
    "uid",
    "kol_id",
    "member_id",
    "用户编号",
    "用户id",
    "会员编号",
    "会员id",
)


def read_ids(file: Path) -> list[str]:
    """Ids from a text file: one a line, or a delimited file with a header that names an id column.

    Raises:
        DataError: the file cannot be read, or has several columns and none of them is known to hold ids.
    """
    from graph.ingest.cells import guess_delimiter, split_line
    from graph.ingest.decode import lines

    if not file.is_file():
        raise DataError("no such file", file=str(file), hint="name a text file with one person id a line")
    try:
        text = b"".join(block.text for block in lines(file, "auto")).decode("utf-8")
    except DataError as error:
        raise DataError(
            error.message, hint="it must be a text file in UTF-8 or GB18030, one person id a line"
        ) from None
    rows = [line for line in text.splitlines() if line.strip()]
    if not rows:
        return []
    delimiter = guess_delimiter(rows[0])
    cells = [[c.strip() for c in split_line(row, delimiter) or [row]] for row in rows]
    header = [name.lower() for name in cells[0]]
    column = next((header.index(name) for name in _ID_NAMES if name in header), None)
    if column is None and len(header) > 1:
        raise DataError(
            f"none of its columns is known to hold ids: {', '.join(cells[0][:6])}",
            file=str(file),
            hint=f"name the column {_ID_NAMES[1]!r}, or write one id a line",
        )
    ids = [row[column or 0] for row in (cells if column is None else cells[1:]) if len(row) > (column or 0)]
    return list(dict.fromkeys(i for i in ids if i))


def clock() -> int:
    """The wall clock in UTC seconds: the one place where the command line reads it for results."""
    return int(time.time())
