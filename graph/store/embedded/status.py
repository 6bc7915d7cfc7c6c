"""Contents of the embedded store for ``store status``: rows, blocks, loads and the counts of every file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.batch import COUNTS
from graph.store.embedded.compact import Blocks, blocks_of, is_worthwhile
from graph.store.embedded.merging import count_of
from graph.store.embedded.tables import origin_in, row_counts
from graph.store.protocol import Origin

if TYPE_CHECKING:
    import duckdb

    from graph.store.embedded.store import EmbeddedStore


@dataclass(frozen=True)
class Account:
    """The counts of one file in the last load that read it.

    Attributes:
        load: Number of that load.
        file: Name of the file.
        type: Node type or edge types of its records.
        counts: Name of a count (see ``graph.batch.FileCount``) to the number of records.
    """

    load: int
    file: str
    type: str
    counts: Mapping[str, int]

    @property
    def balanced(self) -> bool:
        """Whether the counts add up to the number of records read."""
        kept = ("created", "updated", "unchanged", "duplicate", "quarantined")
        return self.counts["read"] == sum(self.counts[name] for name in kept)


@dataclass(frozen=True)
class Holding:
    """Contents of the store.

    Attributes:
        engine: Name and version of the engine.
        format: Storage format.
        origin: The store's name and its last load.
        last_id: Id of the last load; empty where there was none since an upgrade from an earlier format.
        last_at: Time of the last load, UTC seconds; None where there was none.
        loads: Number of loads.
        loads_since: Loads since the last compaction.
        batches: Number of batches in the ledger.
        results: Number of rows of written-back results.
        size: Bytes of the file.
        log: Bytes of the write-ahead log beside it, which is merged when the file is opened next.
        blocks: The blocks of the file.
        nodes: Node type to count.
        edges: Edge type to count.
        accounts: Counts of each file.
    """

    engine: str
    format: int
    origin: Origin
    last_id: str
    last_at: int | None
    loads: int
    loads_since: int
    batches: int
    results: int
    size: int
    log: int
    blocks: Blocks
    nodes: Mapping[str, int]
    edges: Mapping[str, int]
    accounts: tuple[Account, ...]

    @property
    def compacting_pays(self) -> bool:
        """Whether compacting would give back much, or save the snapshots much sorting."""
        return is_worthwhile(self.blocks, self.loads_since)


def examine(store: EmbeddedStore) -> Holding:
    """Read the contents of the store.

    Raises:
        PrerequisiteError: there is no store.
        StoreError: the store is held for too long, or cannot be read.
    """
    import duckdb

    log = store.file.with_name(store.file.name + ".wal")
    log_size = log.stat().st_size if log.exists() else 0
    with store.connected(read_only=True) as connection:
        counts = row_counts(connection)
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        origin = origin_in(connection)
        last = connection.execute("SELECT id, loaded_at FROM loads ORDER BY load DESC LIMIT 1").fetchone()
        since = count_of(connection, f"SELECT count(*) FROM loads WHERE load > {int(meta.get('compacted', 0))}")
        accounts, blocks = _accounts(connection), blocks_of(connection)
    return Holding(
        engine=f"embedded (DuckDB {duckdb.__version__})",
        format=int(meta["format"]),
        origin=origin,
        last_id=str(last[0]) if last else "",
        last_at=int(last[1]) if last else None,
        loads=counts["loads"],
        loads_since=since,
        batches=counts["ledger"],
        results=counts["result"],
        size=store.file.stat().st_size,
        log=log_size,
        blocks=blocks,
        nodes={n.removeprefix("node_"): c for n, c in counts.items() if n.startswith("node_")},
        edges={n.removeprefix("edge_"): c for n, c in counts.items() if n.startswith("edge_")},
        accounts=accounts,
    )


def _accounts(connection: duckdb.DuckDBPyConnection) -> tuple[Account, ...]:
    names = ", ".join(f'"{name}"' for name in COUNTS)
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT load, file, type, {names} FROM files"
        " QUALIFY rank() OVER (PARTITION BY file, type ORDER BY load DESC) = 1 ORDER BY file, type"
    ).fetchall()
    return tuple(Account(r[0], r[1], r[2], dict(zip(COUNTS, r[3:], strict=True))) for r in rows)
