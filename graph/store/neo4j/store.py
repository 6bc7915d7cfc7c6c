"""Neo4jStore: a GraphStore in a Neo4j database, which any other tool can read."""

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
from graph.store.neo4j.driver_errors import translated
from graph.store.neo4j.load import ledger
from graph.store.neo4j.load.lease import Lease, LeaseTerms, held
from graph.store.neo4j.load.loading import Neo4jLoading, PushTerms, recover, scratch_loading
from graph.store.neo4j.query.market_queries import MarketQueries
from graph.store.neo4j.results import clear_unfinished, remove_results, write_results
from graph.store.neo4j.schema import ensure_constraints, name_labels, require_own
from graph.store.neo4j.snapshot import read_graph
from graph.store.neo4j.status import counts
from graph.store.neo4j.wipe import wipe
from graph.store.protocol import Origin, ResultTable, StoreStatus
from graph.store.result import QueryResult
from graph.zones import UTC

# Sessions for reading a snapshot: while one result is unpacked here, the server prepares the next.
_READERS = 2
_PUSH, _LEASE = PushTerms(), LeaseTerms()


class Neo4jStore:
    """A GraphStore in a Neo4j database.

    Args:
        access: Address and credentials.
        schema: The market schema.
        shared: Whether the database may contain nodes of other programs.
        terms: Number of workers and size of transactions of loads.
        lease: Duration and waiting time of the lease.
        dry_run: True for a dry run: loads take no lease and cannot commit.
        scratch: Folder for temporary files of a load; the system's where None.
    """

    def __init__(
        self,
        access: Access,
        schema: Schema,
        *,
        shared: bool = False,
        terms: PushTerms = _PUSH,
        lease: LeaseTerms = _LEASE,
        dry_run: bool = False,
        scratch: Path | None = None,
    ) -> None:
        self.access, self.schema, self.shared = access, schema, shared
        self._terms, self._lease, self._dry_run, self._scratch = terms, lease, dry_run, scratch
        self._queries = MarketQueries(schema, self.opened)

    @contextmanager
    def connected(self) -> Iterator[tuple[Database, Connection]]:
        """Yield the database and its connection; errors of the driver become StoreError."""
        with connected(self.access) as connection, translated(self.access):
            yield Database(connection.driver, self.access.database), connection

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """Yield the database."""
        with self.connected() as (database, _connection):
            yield database

    def _require_own(self, database: Database) -> None:
        """Refuse a database with nodes of other programs, unless this or an earlier load was given ``shared``."""
        require_own(database, self.schema, shared=self.shared or ledger.is_shared(database))

    @contextmanager
    def _owned(self, *, workers: int = 0) -> Iterator[Lease]:
        """Hold the lease of the database, after creating missing constraints.

        Args:
            workers: Number of parallel transactions of a load; 0 where no nodes are created.
        """
        with self.opened() as database:
            new = not ledger.standing(database).name
            if new or workers:
                self._require_own(database)
            if new:
                name_labels(database, self.schema)
            with held(database, self._lease, workers=workers) as lease:
                # Only now: a wipe in progress would drop them again.
                ensure_constraints(lease.database, self.schema)
                clear_unfinished(lease)
                yield lease

    def ping(self) -> None:
        """Raise a StoreError where the database cannot be used."""
        with self.opened() as database:
            ledger.standing(database)

    def ensure_schema(self) -> None:
        """Create missing uniqueness constraints, and wait for them; calling it again changes nothing."""
        with self.opened() as database:
            self._require_own(database)
            ensure_constraints(database, self.schema)

    @contextmanager
    def loading(self, *, at: int) -> Iterator[Neo4jLoading]:
        """A load that is committed as a whole; an interrupted earlier load is finished or removed first."""
        if self._dry_run:
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
            StoreError: a load or a wipe is in progress, or was interrupted.
        """
        with self.opened() as database, ledger.unchanged(database) as found:
            graph = read_graph(database, self.schema, types, zone=found.zone or UTC, readers=_READERS)
        return graph if until is None else graph.until(until)

    def zone(self) -> str:
        """IANA name of the market's time zone; empty where no load has set it."""
        with self.opened() as database:
            return ledger.standing(database).zone

    def origin(self) -> Origin:
        """Name of the store and number of its last load. Ask before taking a snapshot, which then is not older."""
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
        """Run a read-only query; see ``MarketQueries.query``."""
        return self._queries.query(text, parameters, timeout_s=timeout_s, max_rows=max_rows)

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Store derived tables under a result id; tables with the same id are replaced."""
        derived = derived_graph(tables, result_id)
        with self._owned() as lease:
            ledger.require_whole(ledger.standing(lease.database))
            write_results(lease, derived)

    def forget(self, result_id: str) -> None:
        """Remove the tables with that result id."""
        with self._owned() as lease:
            remove_results(lease, result_id)

    def wipe(self) -> None:
        """Remove everything that graphvine has stored; also finishes an interrupted wipe.

        Raises:
            StoreError: a load is in progress, or other programs have relationships at graphvine's nodes.
        """
        with self.opened() as database, held(database, self._lease, workers=0) as lease:
            wipe(lease, self.schema)
