"""Workspace: a market's folder opened under its settings. Everything that works on a market is handed one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import ConfigError, PrerequisiteError
from graph.workspace.folder import WorkspaceFolder
from graph.workspace.listener import SILENT, Listener
from graph.workspace.settings import Settings, StoreKind

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.ids import IdMap
    from graph.schema import Schema
    from graph.store.embedded.store import EmbeddedStore
    from graph.store.neo4j.access import Access
    from graph.store.protocol import GraphStore, ResultTable
    from graph.trust.lists import DoubtPolicy
    from graph.trust.mask import PeopleMask
    from graph.workspace.people import PeopleSources


def _no_access() -> Access:
    raise ConfigError("this workspace was opened without access to Neo4j", hint="use the embedded store")


@dataclass
class Workspace:
    """A market: its folder, the settings in force, and what is read and written under them.

    Attributes:
        folder: The folder of the workspace, which knows the paths of everything in it.
        settings: The settings from graphvine.toml and the environment.
        listener: Called with notes, progress, and the names of what is read and written.
        given_seed: A seed that replaces that of the settings; None to use the settings.
        given_store: A kind of store that replaces that of the settings; None to use the settings.
        shared: Whether the Neo4j database may contain nodes of other programs.
        exclude: A do-not-contact list that replaces that of the settings; None to use the settings.
        given_unknown: Replaces the setting ``exclude_unknown``: ``stop`` raises an error where an id on a list of
            people does not name one person beyond doubt, ``ok`` leaves out everybody whom it may stand for; None to use
            the settings.
        find_access: Returns the address and credentials of the Neo4j database; called when they are first needed.
    """

    folder: WorkspaceFolder
    settings: Settings
    listener: Listener = SILENT
    given_seed: int | None = None
    given_store: StoreKind | None = None
    shared: bool = False
    exclude: Path | None = None
    given_unknown: DoubtPolicy | None = None
    find_access: Callable[[], Access] = _no_access
    _masks: dict[tuple[Any, ...], PeopleMask] = field(default_factory=dict, init=False)

    @property
    def seed(self) -> int:
        """The seed in force."""
        return self.settings.seed if self.given_seed is None else self.given_seed

    @cached_property
    def schema(self) -> Schema:
        """The market schema of the workspace."""
        return self.folder.schema(self.settings.data.mapping)

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
        for note in self._schema_notes:
            self.listener.note(note)
        self._schema_notes.clear()

    @cached_property
    def _schema_notes(self) -> list[str]:
        return list(self.schema.notes)

    @property
    def store_kind(self) -> StoreKind:
        """The store in force."""
        return self.given_store or self.settings.store

    @property
    def is_embedded(self) -> bool:
        """Whether the market is in a file of the workspace; else it is on a Neo4j server."""
        return self.store_kind == "embedded"

    def store(self, *, dry_run: bool = False) -> GraphStore:
        """The store of the workspace; opening it is left to its first use.

        Args:
            dry_run: Whether nothing is to be written; of the embedded store a copy is written to instead.
        """
        if self.is_embedded:
            return self.embedded()
        from graph.store.neo4j.store import Neo4jStore

        return Neo4jStore(self.access, self.schema, shared=self.shared, dry_run=dry_run)

    @cached_property
    def access(self) -> Access:
        """The Neo4j database, and what opens it."""
        return self.find_access()

    def embedded(self, *, patience: float | None = None) -> EmbeddedStore:
        """The embedded store of the workspace.

        Args:
            patience: Most seconds to wait for whoever has it open; the settings may say fewer.
        """
        from graph.store.embedded.store import EmbeddedStore

        timeout = self.settings.data.lock_timeout
        timeout = timeout if patience is None else min(timeout, patience)
        zone = self.folder.zone(self.settings.data.mapping)
        return EmbeddedStore(self.folder.store, self.schema, lock_timeout=timeout, zone=zone)

    @property
    def place(self) -> str:
        """Where the market is, in words that hold no secret."""
        return str(self.folder.store) if self.is_embedded else f"{self.access.uri}/{self.access.database}"

    @property
    def quarantine(self) -> Path:
        """Folder of the records that the store in force refused."""
        return self.folder.quarantine(self.store_kind)

    @property
    def load_counts(self) -> Path:
        """Where a build keeps what its load did."""
        return self.folder.load_counts(self.store_kind)

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Write derived tables to the store, where queries find them."""
        self.store().write_back(tables, result_id)
        self._publish_results()
        self.listener.wrote(result_id)
        for table in tables:
            self.listener.note(f"wrote {len(table.rows):,} {table.kind} to the store under {result_id}")

    def forget(self, result_id: str) -> None:
        """Remove what was written back under that id."""
        self.store().forget(result_id)
        self._publish_results()

    def _publish_results(self) -> None:
        """Let the index of the embedded store show its results; a server shows them by itself."""
        if self.is_embedded:
            from graph.store.embedded.results import publish_results

            publish_results(self.folder.written, self.embedded().results)

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

        graph = HeteroGraph.read(self.folder.find("snapshots", name, command="graphvine data snapshot"))
        self._refuse_sensitive(graph)
        self.listener.read("snapshot", graph.fingerprint)
        return graph

    def require_allowed_columns(self, fingerprint: str) -> None:
        """Refuse a kept result whose snapshot holds sensitive columns that the settings do not allow now.

        Args:
            fingerprint: Of the snapshot that the result was made from.

        Raises:
            PrerequisiteError: that snapshot holds such a column, or is gone so that this is unknown.
        """
        if not self.hidden:
            return
        graph = self.graph_by_fingerprint(fingerprint)
        if graph is None:
            raise PrerequisiteError(
                "the snapshot that this was made from is gone, and it may have held what is sensitive and not allowed",
                hint="make it anew: graphvine build",
            )
        self._refuse_sensitive(graph)

    def _refuse_sensitive(self, graph: HeteroGraph) -> None:
        from graph.trust.sensitive import held_names

        if held := held_names(graph, self.hidden):
            raise PrerequisiteError(
                f"the snapshot holds {', '.join(held)}, which is sensitive and not allowed",
                hint="make it, and what was made from it, anew without: graphvine build; or graphvine data snapshot "
                "alone; or allow it, with a reason, in [sensitive]",
            )

    def graph_by_fingerprint(self, fingerprint: str) -> HeteroGraph | None:
        """The published snapshot of that fingerprint, or None where it is gone."""
        from graph.hetero import HeteroGraph

        folder = self.folder.results("snapshots") / fingerprint[:16]
        return HeteroGraph.read(folder) if folder.is_dir() else None

    @property
    def unknown_ids(self) -> DoubtPolicy:
        """What to do about ids on a list of people that do not name one person beyond doubt."""
        return self.settings.exclude_unknown if self.given_unknown is None else self.given_unknown

    @property
    def people_sources(self) -> PeopleSources:
        """Where it stands who may be used for what.

        Raises:
            DataError: a configured file does not exist.
        """
        from graph.workspace.existing_file import existing_file
        from graph.workspace.people import PeopleSources

        def configured(name: str, given: Path | None = None) -> Path | None:
            file = self.folder.root / name if given is None and name else given
            # Without a list of people that somebody named nobody would be left out.
            return None if file is None else existing_file(file, hint="name the file where it is, or unset it")

        consent = self.settings.consent
        exclude = configured(self.settings.exclude, self.exclude)
        return PeopleSources(exclude, configured(consent.file), consent.column, self.unknown_ids)

    def mask(self, people: IdMap) -> PeopleMask:
        """Who of these people may be used for what; every table of people passes through it.

        The lists and consents are looked at again in each call, so that a change of them counts at once.

        Raises:
            DataError: a list of people to leave out, or a file of consents, is not there or cannot be relied on.
        """
        sources = self.people_sources
        snapshot = self.graph().fingerprint if sources.column else ""
        key = (people.checksum, snapshot, *sorted(sources.fingerprints().items()))
        if key not in self._masks:
            from graph.workspace.people import read_mask

            self._masks[key] = read_mask(
                sources, people, schema=self.schema, graph=self.graph, on_note=self.listener.note
            )
        return self._masks[key]

    def mask_facts(self) -> dict[str, Any]:
        """What a manifest keeps of the masks that were used; empty where none was."""
        return next((mask.facts() for mask in reversed(self._masks.values())), {})
