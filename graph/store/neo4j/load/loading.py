"""One load into Neo4j: merge in a scratch store, stage the chunks, seal (commit) in one transaction, apply."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.atomic_io import remove_drafts
from graph.batch import Batch, FileCount, LoadReport
from graph.errors import StoreError
from graph.schema import EdgeKey, Schema
from graph.store.embedded.store import EmbeddedStore
from graph.store.neo4j.database import Database, rows_of
from graph.store.neo4j.load import ledger
from graph.store.neo4j.load.apply_chunks import OnPhase, Pushing, Spool, apply, remaining, stage, staged_rows
from graph.store.neo4j.load.chunks import Chunk
from graph.store.neo4j.load.lease import Lease
from graph.store.neo4j.load.scratch import ScratchLoading
from graph.store.neo4j.load.split_chunks import cut
from graph.store.neo4j.model import CHUNK, LOAD

if TYPE_CHECKING:
    import duckdb
    import neo4j
    import pyarrow as pa


@dataclass(frozen=True)
class LoadStatistics:
    """Statistics of a load.

    Attributes:
        chunks: Number of transactions that wrote rows.
        rows: Number of written rows.
        retries: Number of retried transactions, after a deadlock or a lost connection.
        in_doubt: Number of commits whose answer was lost, and whose outcome was read from the database.
        seconds: Wall time of the commit.
    """

    chunks: int
    rows: int
    retries: int
    in_doubt: int
    seconds: float


@dataclass(frozen=True)
class PushTerms:
    """Settings for writing rows.

    Attributes:
        workers: Number of parallel transactions.
        rows: Maximum rows per transaction.
        on_phase: Called before each step with its name (``stage``, ``seal``, ``sealed``, ``apply``, ``complete``) and
            the number of the chunk.
    """

    workers: int = 2
    rows: int = 5_000
    on_phase: OnPhase = lambda _phase, _number: None


class Neo4jLoading:
    """A load in progress.

    Args:
        lease: The held lease; None for a dry run, which cannot commit.
        scratch: The load into the scratch store.
        connection: Connection to the scratch store.
        schema: The market schema.
        terms: Settings for writing rows.

    Attributes:
        id: Id of the load in the store, valid once it is committed.
        statistics: Statistics of the load; None before ``commit``.
    """

    def __init__(
        self,
        lease: Lease | None,
        scratch: ScratchLoading,
        *,
        connection: duckdb.DuckDBPyConnection,
        schema: Schema,
        terms: PushTerms,
    ) -> None:
        self.id = scratch.id
        self.statistics: LoadStatistics | None = None
        self._lease, self._scratch, self._connection = lease, scratch, connection
        self._schema, self._terms = schema, terms

    def load(self, batch: Batch) -> LoadReport:
        """Load the rows of a batch; of a batch that was loaded before, only the rows that were refused then."""
        return self._scratch.load(batch)

    def done(self, file: str) -> Collection[str]:
        """Ids of the loaded event batches of a file, which ``load`` would skip."""
        return self._scratch.done(file)

    def committed(self, load_id: str) -> bool:
        """Whether the load with that id was committed."""
        return self._scratch.committed(load_id)

    def earlier(self, file: str, type: str) -> FileCount | None:
        """Counts of the last load of a file, including later replays of its rejects; None where it was never loaded."""
        return self._scratch.earlier(file, type)

    def untouched_ids(self, node: str) -> pa.Array | None:
        """Ids (text) of the nodes that this load neither created nor updated; None where there are none."""
        return self._scratch.untouched_ids(node)

    def known_events(self, types: Sequence[EdgeKey], ids: Sequence[str]) -> set[str]:
        """The ids among ``ids`` (32 hexadecimal digits each) for which an event of one of these types exists."""
        return self._scratch.known_events(types, ids)

    def settle_zone(self, zone: str) -> str:
        """Set the time zone of the market where it is not set yet; returns the one that is valid."""
        return self._scratch.settle_zone(zone)

    def count(self, count: FileCount) -> None:
        """Record the counts of a file after all its batches are loaded."""
        self._scratch.count(count)

    def commit(self) -> bool:
        """Commit and apply the chunks; does nothing where nothing is new.

        Raises:
            StoreError: nothing was committed; or the connection was lost after the commit, and the next load applies
            the
                remaining chunks.
        """
        if not self._scratch.close_books():
            return False
        if self._lease is None:
            raise StoreError("this load was a dry run", hint="load without --dry-run")
        began, terms = time.monotonic(), self._terms
        tally = self._lease.database.tally
        retries, in_doubt = tally.retries, tally.in_doubt
        pushing = Pushing(self._lease, self._schema, self.id, self._scratch.zone, terms.workers, terms.on_phase)
        with tempfile.TemporaryFile(prefix="graphvine-chunks-") as stream:
            spool = Spool(stream)
            self._begin()
            number = self._scratch.number
            chunks = cut(self._connection, self._schema, number, rows=terms.rows, buckets=2 * terms.workers)
            stage(pushing, chunks, spool)
            self._seal(ledger.seal_of(self._connection, number, self.id, len(spool.chunks)))
            finish(pushing, spool.chunks, spool.rows)
        self.statistics = LoadStatistics(
            len(spool.chunks),
            sum(chunk.rows for chunk in spool.chunks),
            tally.retries - retries,
            tally.in_doubt - in_doubt,
            time.monotonic() - began,
        )
        return True

    def _begin(self) -> None:
        lease = self._required()

        def work(tx: neo4j.ManagedTransaction) -> None:
            lease.require(tx, 0)
            ledger.begin(tx, self._scratch.number, self.id, at=self._scratch.at, zone=self._scratch.zone)

        lease.database.write(work)

    def _seal(self, seal: ledger.Seal) -> None:
        lease = self._required()

        def work(tx: neo4j.ManagedTransaction) -> None:
            lease.require(tx, 0)
            ledger.seal(tx, seal)

        self._terms.on_phase("seal", seal.load)
        lease.database.write(work)
        self._terms.on_phase("sealed", seal.load)

    def _required(self) -> Lease:
        if self._lease is None:
            raise StoreError("this load was a dry run", hint="load without --dry-run")
        return self._lease


def finish(pushing: Pushing, chunks: Sequence[Chunk], rows: Callable[[Chunk], pa.Table | None]) -> None:
    """Apply the chunks of a sealed load, then record that it is complete."""
    apply(pushing, chunks, rows)

    def work(tx: neo4j.ManagedTransaction) -> None:
        pushing.lease.require(tx, 0)
        ledger.complete(tx, pushing.load)

    pushing.on_phase("complete", 0)
    pushing.database.write(work)


def recover(lease: Lease, schema: Schema, terms: PushTerms) -> None:
    """Finish an interrupted earlier load: apply it where it was sealed, else remove its staged chunks."""
    database = lease.database
    found = ledger.standing(database)
    ledger.refuse_wiping(found)
    if found.state == ledger.SEALED:
        pushing = Pushing(lease, schema, found.pending, found.zone, terms.workers, terms.on_phase)
        finish(pushing, remaining(database, found.pending), staged_rows(database, found.pending))
    elif found.state == ledger.STAGING:
        _remove_staged(lease, found.pending)


def _remove_staged(lease: Lease, load_id: str) -> None:
    """Remove the chunks of a load that was not committed, then the load."""

    def some(tx: neo4j.ManagedTransaction) -> int:
        lease.require(tx, 0)
        text = f"MATCH (c:{CHUNK} {{load: $id}}) WITH c LIMIT 200 DELETE c RETURN count(*)"
        return int(rows_of(tx, text, id=load_id)[0][0])

    def last(tx: neo4j.ManagedTransaction) -> None:
        lease.require(tx, 0)
        rows_of(tx, f"MATCH (l:{LOAD} {{key: $id}}) WHERE l.state = $state DELETE l", id=load_id, state=ledger.STAGING)

    while lease.database.write(some):
        pass
    lease.database.write(last)


@contextmanager
def scratch_loading(
    database: Database, schema: Schema, *, at: int, folder: Path | None
) -> Iterator[tuple[ScratchLoading, duckdb.DuckDBPyConnection]]:
    """A load into a temporary scratch store with a copy of the database's ledger; removed at the end."""
    drafts = Path(folder or tempfile.gettempdir()) / "graphvine-scratch"
    with suppress(OSError):
        # Leftovers of other users cannot be removed, and do no harm.
        remove_drafts(drafts)
    prefix = f".{drafts.name}-{os.getpid()}-"
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=drafts.parent) as place,
        EmbeddedStore(Path(place) / "scratch.duckdb", schema).connected() as connection,
    ):
        ledger.fetch(database, connection)
        yield ScratchLoading(connection, schema, at=at, database=database), connection
