"""The ledger in the database: loads, batches and the counts of files, as internal nodes that queries do not show.

A load is ``staging`` while its chunks are written, ``sealed`` after its commit, and ``complete`` when all chunks are
applied. At most one load is not complete.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.batch import COUNTS
from graph.errors import StoreError
from graph.store.embedded.tables import keep_zone
from graph.store.neo4j.database import Database, rows_of
from graph.store.neo4j.load.lease import Lease
from graph.store.neo4j.model import BATCH, CHUNK, FILE, FORMAT, LOAD, META, OWNED, quoted

if TYPE_CHECKING:
    import duckdb
    import neo4j

STAGING, SEALED, COMPLETE, WIPING = "staging", "sealed", "complete", "wiping"
BATCH_FACTS = (
    "batch", "file", "ordinal", "type", "created", "updated", "unchanged", "duplicate", "refused", "implied",
    "load",
)  # fmt: skip
FILE_FACTS = ("load", "file", "type", *COUNTS)
# SQL expression of the row key of each table.
KEYS = {"ledger": "sha256(file || chr(10) || batch)", "files": "sha256(load || chr(10) || file || chr(10) || type)"}
_PAGE = 2_000


@dataclass(frozen=True)
class Standing:
    """State of the store.

    Attributes:
        name: Random name of the store; empty where it is new.
        load: Number of the last committed load; 0 where there is none.
        state: ``complete``, or the step that is in progress or was interrupted.
        pending: Id of the incomplete load; empty where there is none.
        format: Storage format.
        zone: Time zone of the market; empty where no load has set it.
        shared: Whether other programs may have data in the database too.
    """

    name: str = ""
    load: int = 0
    state: str = COMPLETE
    pending: str = ""
    format: int = FORMAT
    zone: str = ""
    shared: bool = False


def standing(database: Database) -> Standing:
    """Read the state of the store.

    Raises:
        StoreError: another version of graphvine made it.
    """
    text = (
        f"OPTIONAL MATCH (m:{META} {{key: 'store'}})"
        f" OPTIONAL MATCH (l:{LOAD}) WHERE l.state <> '{STAGING}' WITH m, max(l.number) AS last"
        f" OPTIONAL MATCH (p:{LOAD}) WHERE p.state <> '{COMPLETE}'"
        " RETURN m.store, m.state, m.format, m.zone, last, p.id, p.state, m.shared"
    )
    [[name, state, version, zone, last, pending, pending_state, shared]] = database.latest(text)
    if version is not None and version > FORMAT:
        raise StoreError(
            f"the database has format {version}, this graphvine knows formats up to {FORMAT}",
            hint="use the newer graphvine that made it",
        )
    if version is not None and version < FORMAT and state != WIPING:
        raise StoreError(
            f"an earlier graphvine loaded the database (format {version}, this one writes {FORMAT}): it has no dates,"
            " and its times are not in the zone of the market",
            hint="wipe it and load the files again: graphvine store wipe, then graphvine data load",
        )
    state = WIPING if state == WIPING else pending_state or COMPLETE
    held = (name or "", last or 0, state, pending or "", version or FORMAT)
    return Standing(*held, zone=zone or "", shared=bool(shared))


@contextmanager
def unchanged(database: Database) -> Iterator[Standing]:
    """For reading the market in several transactions: check before and after that no load or wipe interferes.

    Raises:
        StoreError: a load or a wipe is incomplete, or ran meanwhile.
    """
    before = standing(database)
    require_whole(before)
    yield before
    after = standing(database)
    require_whole(after)
    if (before.name, before.load) != (after.name, after.load):
        raise StoreError("a load ran while the database was read", hint="run this again")


def refuse_wiping(found: Standing) -> None:
    """Refuse a store that is being wiped.

    Raises:
        StoreError: a wipe is in progress or was interrupted.
    """
    if found.state == WIPING:
        raise StoreError(
            "the store is being wiped, or wiping it was interrupted", hint="finish it: graphvine store wipe"
        )


def require_whole(found: Standing) -> None:
    """Refuse a store in which a load or a wipe is incomplete.

    Raises:
        StoreError: one is in progress or was interrupted.
    """
    refuse_wiping(found)
    if found.state == SEALED:
        raise StoreError(
            f"load {found.load} is being written into the database, or was interrupted after its commit",
            hint="wait for it, or finish what is left of it: graphvine data load",
        )


def fetch(database: Database, connection: duckdb.DuckDBPyConnection) -> None:
    """Copy the ledger into the tables of an empty scratch store, where the load uses it."""
    _copy(database, connection, "ledger", BATCH, BATCH_FACTS)
    _copy(database, connection, "files", FILE, FILE_FACTS)
    if zone := standing(database).zone:
        keep_zone(connection, zone)
    loads = database.rows(f"MATCH (n:{LOAD}) WHERE n.state <> $left RETURN n.number, n.id, n.at", left=STAGING)
    _insert(connection, "loads", ("load", "id", "loaded_at"), loads)


def _copy(
    database: Database, connection: duckdb.DuckDBPyConnection, table: str, label: str, names: Sequence[str]
) -> None:
    after = ""
    values = ", ".join(f"n.{quoted(name)}" for name in names)
    text = f"MATCH (n:{label}) WHERE n.key > $after WITH n ORDER BY n.key LIMIT {_PAGE} RETURN n.key, {values}"
    while rows := database.rows(text, after=after):
        _insert(connection, table, names, [row[1:] for row in rows])
        after = rows[-1][0]


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    import pyarrow as pa

    if not rows:
        return
    columns = dict(zip(names, (list(column) for column in zip(*rows, strict=True)), strict=True))
    arrays = {
        # The import tool does not write empty lists.
        name: pa.array([v or [] for v in values], pa.list_(pa.int64())) if name == "refused" else values
        for name, values in columns.items()
    }
    connection.register("fetched", pa.table(arrays))
    connection.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM fetched')
    connection.unregister("fetched")


@dataclass(frozen=True)
class Seal:
    """The data that the commit of a load writes.

    Attributes:
        load: Number of the load.
        id: Its id.
        chunks: Number of staged chunks.
        batches: New or changed rows of the ledger, each as a map.
        files: Counts of the files of this load, each as a map.
    """

    load: int
    id: str
    chunks: int
    batches: list[dict[str, Any]]
    files: list[dict[str, Any]]


def seal_of(connection: duckdb.DuckDBPyConnection, load: int, load_id: str, chunks: int) -> Seal:
    """The seal of the load with that number, from the scratch store."""

    def maps(table: str, names: Sequence[str]) -> list[dict[str, Any]]:
        columns = ", ".join(f'"{name}"' for name in names)
        rows = connection.execute(f'SELECT {columns} FROM "{table}" WHERE load = {load} ORDER BY ALL').fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]

    return Seal(load, load_id, chunks, maps("ledger", BATCH_FACTS), maps("files", FILE_FACTS))


def name_store(lease: Lease, *, shared: bool) -> None:
    """Give a new store its name and format, and record whether it may share the database with other programs."""

    def work(tx: neo4j.ManagedTransaction) -> None:
        lease.require(tx, 0)
        text = (
            f"MERGE (m:{META} {{key: 'store'}})"
            f" ON CREATE SET m:{OWNED}, m.store = $name, m.format = $format, m.state = $state"
            " SET m.shared = CASE WHEN $shared THEN true ELSE m.shared END"
        )
        rows_of(tx, text, name=uuid.uuid4().hex, format=FORMAT, state=COMPLETE, shared=shared)

    lease.database.write(work)


def is_shared(database: Database) -> bool:
    """Whether an earlier load was given ``shared``."""
    return bool(database.latest(f"MATCH (m:{META} {{key: 'store'}}) WHERE m.shared RETURN 1"))


def earlier_reads(database: Database) -> dict[str, int]:
    """File name to the number of records that its last load read."""
    text = f"MATCH (f:{FILE}) WITH f ORDER BY f.load, f.type RETURN f.file, collect(f.read)[-1] ORDER BY f.file"
    return {str(file): int(read) for file, read in database.latest(text)}


def begin(tx: neo4j.ManagedTransaction, load: int, load_id: str, *, at: int, zone: str) -> None:
    """Record that the chunks of a load are about to be staged, and set the zone of their times."""
    rows_of(tx, f"MATCH (m:{META} {{key: 'store'}}) SET m.zone = coalesce(m.zone, $zone)", zone=zone)
    text = f"MERGE (l:{LOAD} {{key: $id}}) SET l:{OWNED}, l.id = $id, l.number = $number, l.at = $at, l.state = $state"
    rows_of(tx, text, id=load_id, number=load, at=at, state=STAGING)


def state_of(tx: neo4j.ManagedTransaction, load_id: str) -> str:
    """State of a load; empty where there is no such load."""
    found = rows_of(tx, f"MATCH (l:{LOAD} {{key: $id}}) RETURN l.state", id=load_id)
    return str(found[0][0]) if found else ""


def seal(tx: neo4j.ManagedTransaction, what: Seal) -> None:
    """Commit a load whose chunks are staged; does nothing where it is committed already.

    Raises:
        StoreError: some of its chunks are missing, so nothing was committed.
    """
    state = state_of(tx, what.id)
    if state in (SEALED, COMPLETE):
        return
    [[there]] = rows_of(tx, f"MATCH (c:{CHUNK} {{load: $id}}) RETURN count(c)", id=what.id)
    if state != STAGING or there != what.chunks:
        raise StoreError(
            f"{there:,} of the {what.chunks:,} parts of the load are in the database, so nothing was committed",
            hint="run this again",
        )
    batch = f"MERGE (b:{BATCH} {{key: r.key}}) SET b:{OWNED} SET b += r.facts"
    rows_of(tx, f"UNWIND $rows AS r {batch}", rows=[{"key": batch_key(r), "facts": r} for r in what.batches])
    file = f"MERGE (f:{FILE} {{key: r.key}}) SET f:{OWNED} SET f += r.facts"
    rows_of(tx, f"UNWIND $rows AS r {file}", rows=[{"key": file_key(r), "facts": r} for r in what.files])
    rows_of(tx, f"MATCH (l:{LOAD} {{key: $id}}) SET l.state = $state", id=what.id, state=SEALED)


def batch_key(row: Mapping[str, Any]) -> str:
    """Key of a batch in the database; ``KEYS`` has the same in SQL."""
    return _hash(row["file"], row["batch"])


def file_key(row: Mapping[str, Any]) -> str:
    """Key of a file's counts in the database."""
    return _hash(f"{row['load']}", row["file"], row["type"])


def _hash(*parts: str) -> str:
    # Hashed, since names can be longer than Neo4j's limit for index keys.
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def complete(tx: neo4j.ManagedTransaction, load_id: str) -> None:
    """Record that all chunks of a load are applied."""
    rows_of(tx, f"MATCH (l:{LOAD} {{key: $id}}) SET l.state = $state", id=load_id, state=COMPLETE)
