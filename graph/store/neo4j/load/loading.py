"""One load into Neo4j: merged in a scratch store, staged, sealed by one transaction, then applied."""

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
from graph.store.neo4j.load.chunks import Chunk
from graph.store.neo4j.load.cutting import cut
from graph.store.neo4j.load.lease import Lease
from graph.store.neo4j.load.pushing import OnPhase, Pushing, Spool, apply, remaining, stage, staged_rows
from graph.store.neo4j.load.scratch import ScratchLoading
from graph.store.neo4j.model import CHUNK, LOAD

if TYPE_CHECKING:
    import duckdb
    import neo4j
    import pyarrow as pa


@dataclass(frozen=True)
class LoadStatistics:
    """How a load reached the database.

    Attributes:
        chunks: Transactions that wrote its rows.
        rows: Rows that they wrote.
        retries: Transactions that were tried again, after a deadlock or a lost connection.
        in_doubt: Commits whose answer was lost, and that were settled by reading what they had left.
        seconds: Wall time of the commit.
    """

    chunks: int
    rows: int
    retries: int
    in_doubt: int
    seconds: float


@dataclass(frozen=True)
class PushTerms:
    """How rows are pushed.

    Attributes:
        workers: Transactions at a time.
        rows: Most rows of one.
        on_phase: Told before each step what it is, and its number: ``stage``, ``seal``, ``sealed``, ``apply``,
            ``complete``.
    """

    workers: int = 2
    rows: int = 5_000
    on_phase: OnPhase = lambda _phase, _number: None


class Neo4jLoading:
    """A load under way.

    Args:
        lease: The lease, held; None where nothing can be committed.
        scratch: The load into the scratch store.
        connection: The scratch store.
        schema: The market schema.
        terms: How rows are pushed.

    Attributes:
        id: What the store knows the load by once it is committed.
        statistics: How it went; None before ``commit``.
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
        """Load the rows of a batch, or of a known one those that were refused."""
        return self._scratch.load(batch)

    def done(self, file: str) -> Collection[str]:
        """Ids of the batches of events of a file that ``load`` will not look at again."""
        return self._scratch.done(file)

    def committed(self, load_id: str) -> bool:
        """Whether the load of that id was committed."""
        return self._scratch.committed(load_id)

    def earlier(self, file: str, type: str) -> FileCount | None:
        """What became of the records of a file in its last load, replays included."""
        return self._scratch.earlier(file, type)

    def untouched_ids(self, node: str) -> pa.Array | None:
        """Ids (text) of the nodes that this load has neither made nor changed; None where there are none."""
        return self._scratch.untouched_ids(node)

    def known_events(self, types: Sequence[EdgeKey], ids: Sequence[str]) -> set[str]:
        """Which of these event ids, each of 32 hexadecimal digits, belong to events of these types."""
        return self._scratch.known_events(types, ids)

    def settle_zone(self, zone: str) -> str:
        """Settle the time zone of the market, where no load before did; returns the one that holds."""
        return self._scratch.settle_zone(zone)

    def count(self, count: FileCount) -> None:
        """Keep what became of the records of a file, all of whose batches are loaded."""
        self._scratch.count(count)

    def commit(self) -> bool:
        """Commit, where anything is new, and apply what was committed.

        Raises:
            StoreError: nothing was committed; or the database was lost after the commit, and the next load applies
                what is left.
        """
        if not self._scratch.close_books():
            return False
        if self._lease is None:
            raise StoreError("this load was a rehearsal", hint="load without --dry-run")
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
            raise StoreError("this load was a rehearsal", hint="load without --dry-run")
        return self._lease


def finish(pushing: Pushing, chunks: Sequence[Chunk], rows: Callable[[Chunk], pa.Table | None]) -> None:
    """Apply the chunks of a sealed load, and note that it is complete."""
    apply(pushing, chunks, rows)

    def work(tx: neo4j.ManagedTransaction) -> None:
        pushing.lease.require(tx, 0)
        ledger.complete(tx, pushing.load)

    pushing.on_phase("complete", 0)
    pushing.database.write(work)


def recover(lease: Lease, schema: Schema, terms: PushTerms) -> None:
    """Bring to an end what a load before has left: a sealed one is applied, what was only staged is removed."""
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
    """A load into an empty scratch store that has the database's ledger; the store goes at the end."""
    drafts = Path(folder or tempfile.gettempdir()) / "graphvine-scratch"
    with suppress(OSError):
        # Those of other users stay, and must not be in the way.
        remove_drafts(drafts)
    prefix = f".{drafts.name}-{os.getpid()}-"
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=drafts.parent) as place,
        EmbeddedStore(Path(place) / "scratch.duckdb", schema).connected() as connection,
    ):
        ledger.fetch(database, connection)
        yield ScratchLoading(connection, schema, at=at, database=database), connection
