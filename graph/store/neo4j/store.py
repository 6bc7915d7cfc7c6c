"""The Neo4j store: the market in a database, where people look at it with any tool."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from graph.hetero import HeteroGraph
from graph.schema import Schema
from graph.store.derived import derived_graph
from graph.store.neo4j.access import Access
from graph.store.neo4j.connection import Connection, connected
from graph.store.neo4j.database import Database
from graph.store.neo4j.failures import translated
from graph.store.neo4j.load import ledger
from graph.store.neo4j.load.lease import Lease, LeaseTerms, held
from graph.store.neo4j.load.loading import Neo4jLoading, PushTerms, recover, scratch_loading
from graph.store.neo4j.query.asking import MarketQueries
from graph.store.neo4j.results import clear_unfinished, remove_results, write_results
from graph.store.neo4j.schema import ensure_constraints, name_labels, require_own
from graph.store.neo4j.snapshot import read_graph
from graph.store.neo4j.status import counts
from graph.store.neo4j.wiping import wipe
from graph.store.protocol import Origin, ResultTable, StoreStatus
from graph.store.result import QueryResult
from graph.zones import UTC

# Sessions that a snapshot reads with: while one is unpacked here, the server makes up the next.
_READERS = 2
_PUSH, _LEASE = PushTerms(), LeaseTerms()


class Neo4jStore:
    """A GraphStore in a Neo4j database.

    Args:
        access: The database, and what opens it.
        schema: The market schema.
        shared: Whether the database may hold what is not ours.
        terms: How loads are pushed.
        lease: How the lease is taken.
        rehearsal: Whether loads are only tried: they take no lease and cannot commit.
        scratch: Folder for the scratch files of a load; that of the system where None.
    """

    def __init__(
        self,
        access: Access,
        schema: Schema,
        *,
        shared: bool = False,
        terms: PushTerms = _PUSH,
        lease: LeaseTerms = _LEASE,
        rehearsal: bool = False,
        scratch: Path | None = None,
    ) -> None:
        self.access, self.schema, self.shared = access, schema, shared
        self._terms, self._lease, self._rehearsal, self._scratch = terms, lease, rehearsal, scratch
        self._queries = MarketQueries(schema, self.opened)

    @contextmanager
    def connected(self) -> Iterator[tuple[Database, Connection]]:
        """The database; errors of the driver become sentences."""
        with connected(self.access) as connection, translated(self.access):
            yield Database(connection.driver, self.access.database), connection

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """The database alone."""
        with self.connected() as (database, _connection):
            yield database

    def _require_own(self, database: Database) -> None:
        """Refuse a database that holds what is not ours, unless this load or one before was told so."""
        require_own(database, self.schema, shared=self.shared or ledger.is_shared(database))

    @contextmanager
    def _owned(self, *, workers: int = 0) -> Iterator[Lease]:
        """The lease of the database, which has its constraints.

        Args:
            workers: Transactions at a time of a load; 0 for what concerns only nodes that are there.
        """
        with self.opened() as database:
            new = not ledger.standing(database).name
            if new or workers:
                self._require_own(database)
            if new:
                name_labels(database, self.schema)
            with held(database, self._lease, workers=workers) as lease:
                # Not before: a wipe that is under way would drop them again.
                ensure_constraints(lease.database, self.schema)
                clear_unfinished(lease)
                yield lease

    def ping(self) -> None:
        """Raise a StoreError where the database cannot be used."""
        with self.opened() as database:
            ledger.standing(database)

    def ensure_schema(self) -> None:
        """Make the uniqueness constraints that are missing, and wait for them; a second call changes nothing."""
        with self.opened() as database:
            self._require_own(database)
            ensure_constraints(database, self.schema)

    @contextmanager
    def loading(self, *, at: int) -> Iterator[Neo4jLoading]:
        """A load that is committed as a whole; what an interrupted load has left is brought to an end first."""
        if self._rehearsal:
            with self.opened() as database:
                self._require_own(database)
                ledger.require_whole(ledger.standing(database))
                with self._loading(database, None, at) as loading:
                    yield loading
            return
        with self._owned(workers=self._terms.workers) as lease:
            recover(lease, self.schema, self._terms)
            ledger.name_store(lease, shared=self.shared)
            with self._loading(lease.database, lease, at) as loading:
                yield loading

    @contextmanager
    def _loading(self, database: Database, lease: Lease | None, at: int) -> Iterator[Neo4jLoading]:
        with scratch_loading(database, self.schema, at=at, folder=self._scratch) as (scratch, connection):
            yield Neo4jLoading(lease, scratch, connection=connection, schema=self.schema, terms=self._terms)

    def earlier_reads(self) -> Mapping[str, int]:
        """File name to the number of records that its last load read."""
        with self.opened() as database:
            return ledger.earlier_reads(database)

    def snapshot(self, *, types: Collection[str] | None = None, until: int | None = None) -> HeteroGraph:
        """The market as arrays in canonical order.

        Raises:
            StoreError: a load or a wipe is under way, or was interrupted.
        """
        with self.opened() as database, ledger.unchanged(database) as found:
            graph = read_graph(database, self.schema, types, zone=found.zone or UTC, readers=_READERS)
        return graph if until is None else graph.until(until)

    def zone(self) -> str:
        """The time zone of the market; empty where no load has settled it."""
        with self.opened() as database:
            return ledger.standing(database).zone

    def origin(self) -> Origin:
        """The name of the store and its last load, for a snapshot that is taken afterwards."""
        with self.opened() as database:
            found = ledger.standing(database)
        return Origin(found.name, found.load)

    def status(self) -> StoreStatus:
        """Nodes and edges by type, batches, and the version of the server."""
        with self.connected() as (database, connection):
            nodes, edges, batches = counts(database, self.schema)
        version = ".".join(map(str, connection.version))
        return StoreStatus(f"neo4j ({connection.edition} {version})", nodes, edges, batches, None)

    def query(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, timeout_s: float, max_rows: int
    ) -> QueryResult:
        """Run a read-only query, as ``MarketQueries.query`` says."""
        return self._queries.query(text, parameters, timeout_s=timeout_s, max_rows=max_rows)

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Keep derived tables under a result id; the same id again replaces them."""
        derived = derived_graph(tables, result_id)
        with self._owned() as lease:
            ledger.require_whole(ledger.standing(lease.database))
            write_results(lease, derived)

    def forget(self, result_id: str) -> None:
        """Remove what was written back under that id."""
        with self._owned() as lease:
            remove_results(lease, result_id)

    def wipe(self) -> None:
        """Remove everything that is ours, also after a wipe that was interrupted.

        Raises:
            StoreError: somebody loads, or relationships of somebody else hang on our nodes.
        """
        with self.opened() as database, held(database, self._lease, workers=0) as lease:
            wipe(lease, self.schema)
