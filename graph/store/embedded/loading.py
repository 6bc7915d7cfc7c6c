"""One load into the embedded store: one transaction with the rows, the ledger of batches and the counts of files."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graph.batch import COUNTS, Batch, FileCount, LoadReport
from graph.schema import EdgeKey, Schema
from graph.store.embedded.arrow_views import visible
from graph.store.embedded.merging import count_of, merge_edges, merge_nodes
from graph.store.embedded.tables import ensure_edge, ensure_node, keep_zone
from graph.zones import UTC

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class _Entry:
    """A batch in the ledger: its counts, and the rows of its refused records."""

    created: int
    updated: int
    unchanged: int
    duplicate: int
    refused: Sequence[int]
    implied: int
    load: int

    def again(self, report: LoadReport) -> LoadReport:
        """The report of the whole batch after its refused records were tried again."""
        return replace(
            report,
            unchanged=self.created + self.updated + self.unchanged + report.unchanged,
            duplicate=self.duplicate + report.duplicate,
            known_batch=not self.refused,
        )


class EmbeddedLoading:
    """A load in progress, in an open transaction.

    Args:
        connection: An open store, in a transaction.
        schema: The market schema.
        at: Time of the load, UTC seconds.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: Schema, *, at: int) -> None:
        self.id = uuid.uuid4().hex
        self._connection, self._schema, self._at = connection, schema, at
        # Event ids are 128-bit numbers; DuckDB passes them through Arrow unchanged with this setting.
        connection.execute("SET arrow_lossless_conversion = true")
        self._number = 1 + count_of(connection, "SELECT coalesce(max(load), 0) FROM loads")
        self._ledgers: dict[str, dict[str, _Entry]] = {}
        self._ready: set[str | EdgeKey] = set()
        # Known batches per file, and the files that also have new batches.
        self._known: dict[str, list[str]] = {}
        self._changed_files: set[str] = set()
        self._changed = False
        self.finished = False

    def load(self, batch: Batch) -> LoadReport:
        """Load the rows of a batch; of a batch that was loaded before, only the rows that were refused then."""
        entry = self._ledger(batch.file).get(batch.id)
        if entry is None or not self._is_current(batch, entry):
            report = self._merge(batch)
            self._note(batch, report)
            return report
        self._known.setdefault(batch.file, []).append(batch.id)
        if not entry.refused:
            return entry.again(LoadReport())
        report = self._merge(_only(batch, entry.refused), again=True)
        if report.created or report.implied:
            parts = ("created", "unchanged", "duplicate", "implied")
            self._note(batch, replace(report, **{name: getattr(entry, name) + getattr(report, name) for name in parts}))
        return entry.again(report)

    def _merge(self, batch: Batch, *, again: bool = False) -> LoadReport:
        self._prepare(batch.type)
        with visible(self._connection, "incoming", batch.table):
            if isinstance(batch.type, str):
                return merge_nodes(self._connection, batch, self._number)
            return merge_edges(self._connection, batch, self._number, again=again)

    def done(self, file: str) -> Collection[str]:
        """Ids of the loaded event batches of a file, which ``load`` would skip."""
        return frozenset(batch for batch, entry in self._ledger(file).items() if not entry.refused)

    def committed(self, load_id: str) -> bool:
        """Whether the load with that id was committed."""
        return self._connection.execute("SELECT 1 FROM loads WHERE id = ?", [load_id]).fetchone() is not None

    def earlier(self, file: str, type: str) -> FileCount | None:
        """Counts of the last load of a file, including later replays of its rejects; None where it was never loaded."""
        names = ", ".join(f'"{name}"' for name in COUNTS)
        row = self._connection.execute(
            f"SELECT {names} FROM files WHERE file = ? AND type = ? ORDER BY load DESC LIMIT 1", [file, type]
        ).fetchone()
        return None if row is None else FileCount(file, type, **dict(zip(COUNTS, row, strict=True)))

    def untouched_ids(self, node: str) -> pa.Array | None:
        """Ids (text) of the nodes that this load neither created nor updated; None where there are none."""
        self._prepare(node)
        query = f'SELECT id FROM "node_{node}" WHERE _load < {self._number}'
        ids = self._connection.sql(query).to_arrow_table()["id"].combine_chunks()
        return ids if len(ids) else None

    def known_events(self, types: Sequence[EdgeKey], ids: Sequence[str]) -> set[str]:
        """The ids among ``ids`` (32 hexadecimal digits each) for which an event of one of these types exists."""
        found = set[str]()
        for key in types:
            self._prepare(key)
            rows = self._connection.execute(
                "SELECT wanted.id FROM (SELECT unnest(?) AS id) wanted"
                f" SEMI JOIN \"edge_{key}\" e ON e.event = ('0x' || wanted.id)::UHUGEINT",
                [list(ids)],
            ).fetchall()
            found.update(id for (id,) in rows)
        return found

    def settle_zone(self, zone: str) -> str:
        """Set the time zone of the market where it is not set yet; returns the one that is valid."""
        return keep_zone(self._connection, zone)

    def count(self, count: FileCount) -> None:
        """Record the counts of a file after all its batches are loaded."""
        before = self.earlier(count.file, count.type)
        if before is not None and (before.read, before.quarantined) != (count.read, count.quarantined):
            # Nothing new in the graph, but the quarantined records have changed.
            self._changed = True
        values = [getattr(count, name) for name in COUNTS]
        marks = ", ".join("?" * len(COUNTS))
        self._connection.execute(
            f"INSERT INTO files VALUES (?, ?, ?, {marks})", [self._number, count.file, count.type, *values]
        )

    def commit(self) -> bool:
        """Commit; where nothing is new, roll back and return False."""
        if self.close_books():
            self._connection.execute("COMMIT")
            self.finished = True
        return self._changed

    def close_books(self) -> bool:
        """Write ledger and counts before the commit; returns whether anything is new."""
        if self._changed:
            self.settle_zone(UTC)
            for file in self._changed_files & set(self._known):
                # Known batches of a changed file belong to its new version too.
                self._connection.execute(
                    "UPDATE ledger SET load = ? WHERE file = ? AND list_contains(?, batch)",
                    [self._number, file, self._known[file]],
                )
            self._connection.execute("INSERT INTO loads VALUES (?, ?, ?)", [self._number, self.id, self._at])
        return self._changed

    def _ledger(self, file: str) -> dict[str, _Entry]:
        if file not in self._ledgers:
            columns = "batch, created, updated, unchanged, duplicate, refused, implied, load"
            rows = self._connection.execute(f"SELECT {columns} FROM ledger WHERE file = ?", [file]).fetchall()
            self._ledgers[file] = {batch: _Entry(*facts) for batch, *facts in rows}
        return self._ledgers[file]

    def _is_current(self, batch: Batch, entry: _Entry) -> bool:
        """Whether the batch needs no merging again: events never change, and its file's last version contains it."""
        return isinstance(batch.type, EdgeKey) or entry.load == max(e.load for e in self._ledgers[batch.file].values())

    def _note(self, batch: Batch, report: LoadReport) -> None:
        self._changed = True
        self._changed_files.add(batch.file)
        self._connection.execute("DELETE FROM ledger WHERE batch = ? AND file = ?", [batch.id, batch.file])
        self._connection.execute(
            "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(batch.id, batch.file, batch.ordinal, str(batch.type), report.created, report.updated),
                *(report.unchanged, report.duplicate, [r.row for r in report.refused], report.implied, self._number),
            ],
        )

    def _prepare(self, kind: str | EdgeKey) -> None:
        for name in (kind,) if isinstance(kind, str) else (kind.source, kind.target):
            if name not in self._ready:
                ensure_node(self._connection, self._schema, name)
                self._ready.add(name)
        if isinstance(kind, EdgeKey) and kind not in self._ready:
            ensure_edge(self._connection, self._schema, kind)
            self._ready.add(kind)


def _only(batch: Batch, rows: Sequence[int]) -> Batch:
    """The batch with only these rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return replace(batch, table=batch.table.filter(pc.is_in(batch.table["row"], pa.array(rows, pa.int64()))))
