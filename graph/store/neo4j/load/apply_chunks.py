"""Stages chunks in the database, and applies them with several workers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from graph.errors import StoreError
from graph.schema import Schema
from graph.store.neo4j.database import Database, rows_of
from graph.store.neo4j.load.chunks import Chunk, edge_key, packed, statement, typed, unpacked
from graph.store.neo4j.load.lease import Lease
from graph.store.neo4j.model import CHUNK, OWNED, zone_parameter

if TYPE_CHECKING:
    import neo4j
    import pyarrow as pa

# Maximum bytes staged in one transaction.
_STAGED = 4 << 20
OnPhase = Callable[[str, int], None]


@dataclass(frozen=True)
class Pushing:
    """Everything needed to stage and apply the chunks of one load.

    Attributes:
        lease: The lease, which every transaction checks.
        schema: The market schema; not used for chunks that an earlier load has staged.
        load: Id of the load.
        zone: Time zone of its times.
        workers: Number of parallel transactions.
        on_phase: Called before each step with its name and the number of the chunk.
    """

    lease: Lease
    schema: Schema
    load: str
    zone: str
    workers: int
    on_phase: OnPhase

    @property
    def database(self) -> Database:
        """The database."""
        return self.lease.database


class Spool:
    """Chunks in a local file, so that they need not be read from the database again."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._places: dict[int, tuple[int, int]] = {}
        self.chunks: list[Chunk] = []

    def add(self, chunk: Chunk, payload: bytes) -> None:
        """Store a chunk."""
        self._places[chunk.ordinal] = (self._stream.tell(), len(payload))
        self._stream.write(payload)
        self.chunks.append(chunk)

    def rows(self, chunk: Chunk) -> pa.Table:
        """The rows of a chunk; thread-safe."""
        start, length = self._places[chunk.ordinal]
        with self._lock:
            self._stream.seek(start)
            payload = self._stream.read(length)
        return unpacked(payload)


def stage(pushing: Pushing, chunks: Iterable[tuple[Chunk, pa.Table]], spool: Spool) -> None:
    """Write all chunks into the database, where they are not visible in queries."""
    waiting: list[dict[str, Any]] = []
    size = 0
    for chunk, table in chunks:
        payload = packed(typed(pushing.schema, chunk.type, table))
        spool.add(chunk, payload)
        waiting.append({"key": chunk.key(pushing.load), "facts": _facts(chunk), "payload": payload})
        size += len(payload)
        if size >= _STAGED:
            _stage(pushing, waiting)
            waiting, size = [], 0
    if waiting:
        _stage(pushing, waiting)


def _stage(pushing: Pushing, rows: Sequence[dict[str, Any]]) -> None:
    text = (
        f"UNWIND $rows AS r MERGE (c:{CHUNK} {{key: r.key}}) SET c:{OWNED}, c.load = $load, c.payload = r.payload"
        " SET c += r.facts"
    )

    def work(tx: neo4j.ManagedTransaction) -> None:
        pushing.lease.require(tx, 0)
        rows_of(tx, text, rows=rows, load=pushing.load)

    pushing.on_phase("stage", rows[0]["facts"]["ordinal"])
    pushing.database.write(work)


def _facts(chunk: Chunk) -> dict[str, Any]:
    return {
        "ordinal": chunk.ordinal,
        "type": chunk.type,
        "roles": list(chunk.roles),
        "rows": chunk.rows,
        "buckets": list(chunk.buckets),
    }


def remaining(database: Database, load: str) -> list[Chunk]:
    """The chunks of a load that are not applied yet, in order of their numbers."""
    text = f"MATCH (c:{CHUNK} {{load: $load}}) RETURN c.ordinal, c.type, c.roles, c.rows, c.buckets ORDER BY c.ordinal"
    return [Chunk(o, t, tuple(r or ()), n, tuple(b or ())) for o, t, r, n, b in database.rows(text, load=load)]


def staged_rows(database: Database, load: str) -> Callable[[Chunk], pa.Table | None]:
    """A function that reads the rows of a chunk from the database; it returns None where the chunk was applied."""

    def rows(chunk: Chunk) -> pa.Table | None:
        text = f"MATCH (c:{CHUNK} {{key: $key}}) RETURN c.payload"
        found = database.rows(text, key=chunk.key(load))
        return unpacked(bytes(found[0][0])) if found else None

    return rows


def apply(pushing: Pushing, chunks: Sequence[Chunk], rows: Callable[[Chunk], pa.Table | None]) -> None:
    """Apply chunks, nodes before edges, each in a transaction that also removes it.

    Args:
        pushing: The load.
        chunks: The chunks that are not applied yet.
        rows: Returns the rows of a chunk.

    Raises:
        LeaseLostError: another process has taken over the lease.
    """
    nodes = [chunk for chunk in chunks if edge_key(chunk.type) is None]
    edges = [chunk for chunk in chunks if edge_key(chunk.type) is not None]
    with ThreadPoolExecutor(pushing.workers, thread_name_prefix="graphvine-push") as pool:
        for part in (nodes, edges):
            _work_off(pushing, pool, part, rows)


def _work_off(
    pushing: Pushing, pool: ThreadPoolExecutor, chunks: Sequence[Chunk], rows: Callable[[Chunk], pa.Table | None]
) -> None:
    """Apply chunks in parallel so that no two running ones share a bucket; stops at the first error."""
    pending = list(chunks)
    free = list(range(1, pushing.workers + 1))
    busy: dict[Future[None], tuple[int, Chunk]] = {}
    while pending or busy:
        taken = {bucket for _, chunk in busy.values() for bucket in chunk.buckets}
        for chunk in _free_chunks(pending, taken, len(free)):
            slot = free.pop()
            busy[pool.submit(_apply, pushing, chunk, rows, slot)] = (slot, chunk)
        done, _ = wait(busy, return_when=FIRST_COMPLETED)
        for future in done:
            slot, _chunk = busy.pop(future)
            free.append(slot)
            error = future.exception()
            if error is not None:
                # Running ones finish, because closing the pool waits for them.
                raise error


def _free_chunks(pending: list[Chunk], taken: set[str], most: int) -> Iterator[Chunk]:
    """Remove from ``pending`` and yield chunks that share no bucket with running ones, nor with each other."""
    at = 0
    while most and at < len(pending):
        chunk = pending[at]
        if taken.isdisjoint(chunk.buckets):
            taken.update(chunk.buckets)
            most -= 1
            yield pending.pop(at)
        else:
            at += 1


def _apply(pushing: Pushing, chunk: Chunk, rows: Callable[[Chunk], pa.Table | None], slot: int) -> None:
    table = rows(chunk)
    if table is None:
        return
    text, values = statement(chunk, table)
    key = chunk.key(pushing.load)

    def work(tx: neo4j.ManagedTransaction) -> None:
        pushing.lease.require(tx, slot)
        if not rows_of(tx, f"MATCH (c:{CHUNK} {{key: $key}}) DELETE c RETURN 1", key=key):
            return  # an earlier try has applied it
        [[written]] = rows_of(tx, text, rows=values, zone=zone_parameter(pushing.zone))
        if written != chunk.rows:
            raise StoreError(
                f"{written:,} of {chunk.rows:,} rows of {chunk.type} found their ends in the database",
                hint="somebody removed nodes there; wipe the store and load again: graphvine store wipe",
            )

    pushing.on_phase("apply", chunk.ordinal)
    pushing.database.write(work)
