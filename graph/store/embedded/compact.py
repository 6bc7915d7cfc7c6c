"""Compaction: writes the store into a new file, compares all rows, and replaces the old file with the new one.

A DuckDB file never shrinks: updated and removed rows leave free blocks behind. The new file has edges in canonical
order, so that snapshots need not sort them. The store is locked throughout. Killing the process leaves the old file
unchanged, and a draft that the next compaction removes.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from graph.atomic_io import flush_folder
from graph.errors import StoreError

if TYPE_CHECKING:
    import duckdb

    from graph.store.embedded.store import EmbeddedStore

_SPARE = 64 << 20
_WORTH_BYTES = 16 << 20
_WORTH_FREE = 0.3
_WORTH_LOADS = 30


@dataclass(frozen=True)
class Blocks:
    """The blocks of a DuckDB file.

    Attributes:
        size: Bytes of a block.
        total: Number of blocks in the file.
        free: Number of free blocks.
    """

    size: int
    total: int
    free: int

    @property
    def free_share(self) -> float:
        """Share of free blocks, in [0, 1]; 0 where there are no blocks."""
        return self.free / self.total if self.total else 0.0


@dataclass(frozen=True)
class Plan:
    """Expected size and disk space of a compaction.

    Attributes:
        size: Bytes of the file now.
        after: Estimated bytes of the file afterwards.
        needed: Bytes of disk that it can need while running: the new file and temporary files of sorting.
        available: Free bytes on the disk.
    """

    size: int
    after: int
    needed: int
    available: int


def blocks_of(connection: duckdb.DuckDBPyConnection) -> Blocks:
    """The blocks of the open file."""
    query = "SELECT block_size, total_blocks, free_blocks FROM pragma_database_size()"
    row = connection.execute(f"{query} WHERE database_name = current_database()").fetchone()
    return Blocks(*map(int, row)) if row else Blocks(0, 0, 0)


def is_worthwhile(blocks: Blocks, loads_since: int) -> bool:
    """Whether compacting frees much space, or saves snapshots much sorting."""
    size = blocks.size * blocks.total
    return size >= _WORTH_BYTES and (blocks.free_share > _WORTH_FREE or loads_since >= _WORTH_LOADS)


def plan(store: EmbeddedStore) -> Plan:
    """Expected size and disk space of compacting the store.

    Raises:
        PrerequisiteError: there is no store.
        StoreError: the store is held for too long, or cannot be read.
    """
    with store.connected(read_only=True) as connection:
        return _plan(store.file, blocks_of(connection))


def _plan(file: Path, blocks: Blocks) -> Plan:
    used = (blocks.total - blocks.free) * blocks.size
    return Plan(file.stat().st_size, used, 2 * used + _SPARE, shutil.disk_usage(file.parent).free)


def compact(store: EmbeddedStore) -> tuple[int, int]:
    """Rewrite the store.

    Returns:
        Bytes of its file before and after.

    Raises:
        PrerequisiteError: there is no store.
        StoreError: the store is held for too long, the disk lacks the space, or the new file does not hold the same
            rows; the store is then as it was.
    """
    with store.connected(read_only=True):
        pass  # only check that the store exists: opening it for writing would create it
    file = store.file
    draft = file.with_name(f".{file.name}-compacting")
    with store.connected() as connection:
        needs = _plan(file, blocks_of(connection))
        if needs.available < needs.needed:
            raise StoreError(
                f"compacting takes up to {needs.needed >> 20:,} MiB of disk while it runs,"
                f" {file.parent} has {needs.available >> 20:,} MiB",
                hint="free some space, then run this again; the store is as it was",
            )
        try:
            _remove(draft)
            _rewrite(connection, draft)
            _replace(connection, draft, file)
        except OSError as error:
            raise StoreError(
                f"{file} cannot be compacted: {error.strerror or error}",
                hint="check the space and the rights of its folder; the store is as it was",
            ) from error
        finally:
            _remove(draft)
    return needs.size, file.stat().st_size


def _rewrite(connection: duckdb.DuckDBPyConnection, draft: Path) -> None:
    """Write all rows into the draft and compare them with the store's."""
    store = str(connection.execute("SELECT current_database()").fetchall()[0][0])
    path = str(draft).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS fresh")
    try:
        # Otherwise threads would write the sorted rows in an arbitrary order.
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f'COPY FROM DATABASE "{store}" TO fresh (SCHEMA)')
        query = "SELECT table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY 1"
        tables = [str(name) for (name,) in connection.execute(query, [store]).fetchall()]
        _rank_nodes(connection, tables)
        for table in tables:
            connection.execute(f'INSERT INTO fresh."{table}" {_ordered(connection, table, tables)}')
        for table in tables:
            if _digest(connection, f'"{store}"."{table}"') != _digest(connection, f'fresh."{table}"'):
                raise StoreError(
                    f"the compacted file does not hold the same rows of {table}",
                    hint="the store is as it was; check the disk and the memory of this machine",
                )
        connection.execute(
            "INSERT OR REPLACE INTO fresh.meta SELECT 'compacted', coalesce(max(load), 0)::VARCHAR FROM loads"
        )
        connection.execute("CHECKPOINT fresh")
    finally:
        connection.execute("DETACH fresh")


def _rank_nodes(connection: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
    for table in tables:
        if table.startswith("node_"):
            connection.execute(
                f'CREATE OR REPLACE TEMP TABLE "rank_{table}" AS'
                f' SELECT n, row_number() OVER (ORDER BY id) AS rank FROM "{table}"'
            )


def _ordered(connection: duckdb.DuckDBPyConnection, table: str, tables: list[str]) -> str:
    """The query that returns a table's rows in the order of the new file."""
    if table.startswith("node_"):
        return f'FROM "{table}" ORDER BY id'
    source, _, rest = table.removeprefix("edge_").partition("-")
    ends = (f"node_{source}", f"node_{rest.rpartition('-')[2]}")
    if not table.startswith("edge_") or not set(ends) <= set(tables):
        return f'FROM "{table}"'
    query = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND database_name = ? ORDER BY 1"
    database = connection.execute("SELECT current_database()").fetchall()[0][0]
    more = [
        f'e."{name}" NULLS {"LAST" if kind.startswith(("DOUBLE", "DECIMAL")) else "FIRST"}'
        for name, kind in connection.execute(query, [table, database]).fetchall()
        if name not in ("src", "dst", "time", "weight", "event", "_load")
    ]
    # Rows that are equal otherwise are ordered by event id, so that equal rows give equal files.
    order = ["s.rank", "d.rank", "e.time NULLS FIRST", "e.weight NULLS LAST", *more, "e.event"]
    return (
        f'SELECT e.* FROM "{table}" e LEFT JOIN "rank_{ends[0]}" s ON s.n = e.src'
        f' LEFT JOIN "rank_{ends[1]}" d ON d.n = e.dst ORDER BY {", ".join(order)}'
    )


def _digest(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[object, ...]:
    """Number of rows and sum of their hashes; independent of the order of rows."""
    rows = connection.execute(f"SELECT count(*), sum(hash(t)) FROM {table} t").fetchall()
    return tuple(rows[0])


def _replace(connection: duckdb.DuckDBPyConnection, draft: Path, file: Path) -> None:
    """Replace the store by the draft while the store is still locked."""
    connection.execute("FORCE CHECKPOINT")
    # No checkpoint when this connection closes: by then the log at that path belongs to the new file.
    connection.execute("PRAGMA disable_checkpoint_on_shutdown")
    for log in (_log_of(file), _log_of(draft)):
        if log.exists() and log.stat().st_size:
            raise StoreError(f"{log} still holds rows", hint="the store is as it was; run this again")
    shutil.copymode(file, draft)
    with draft.open("rb+") as stream:
        os.fsync(stream.fileno())
    os.replace(draft, file)
    flush_folder(file.parent)


def _log_of(file: Path) -> Path:
    return file.with_name(file.name + ".wal")


def _remove(draft: Path) -> None:
    for path in (draft, _log_of(draft)):
        path.unlink(missing_ok=True)
