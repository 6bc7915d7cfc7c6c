"""The embedded store: one DuckDB file, opened only for the moment of a load or a snapshot.

Tables: ``node_TYPE`` (n, id, role_ROLE, columns), ``edge_KEY`` (src, dst, time, weight, event, event_id, columns),
``ledger`` (one row per batch), ``result`` (derived rows), ``meta``. A node keeps its n for good; n is not the number it
has in a snapshot, which goes by the byte order of the ids.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from graph.batch import Batch, LoadReport
from graph.errors import PrerequisiteError, StoreError
from graph.hetero import HeteroGraph
from graph.schema import ColumnType, EdgeKey, Schema
from graph.store.embedded.loading import load_edges, load_nodes
from graph.store.embedded.reading import read_graph
from graph.store.protocol import OnRefused, ResultTable, StoreStatus

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN", "time": "BIGINT",
}  # fmt: skip
_PID = re.compile(r"PID (\d+)")
# The second message is that of another connection within this process, the third that of Windows.
_HELD = re.compile(r"\block\b|different configuration|used by another process", re.IGNORECASE)


class _UnreadableError(StoreError):
    """The file is no database, or a damaged one."""


class EmbeddedStore:
    """A GraphStore in one DuckDB file.

    Args:
        file: The file; made by the first load.
        schema: The market schema.
        lock_timeout: Seconds to wait for another process that has the file open.
        threads: DuckDB threads, or None for all cores.
    """

    def __init__(self, file: Path, schema: Schema, *, lock_timeout: float = 10.0, threads: int | None = None) -> None:
        self.file, self.schema = file, schema
        self._lock_timeout, self._threads = lock_timeout, threads
        self._open: duckdb.DuckDBPyConnection | None = None

    def ping(self) -> None:
        """Raise a StoreError where the file cannot be opened."""
        with self._connect():
            pass

    @contextmanager
    def session(self) -> Iterator[None]:
        """Keep the file open over several calls, as a load of many batches does."""
        with self._connect() as connection:
            outer, self._open = self._open, connection
            try:
                yield
            finally:
                self._open = outer

    @contextmanager
    def _connect(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._open is not None:
            yield self._open
            return
        import duckdb

        connection = self._wait_for(read_only)
        try:
            self._check_format(connection)
            if not read_only:
                self._create(connection)
            yield connection
        except duckdb.Error as error:
            raise StoreError(
                f"{self.file}: {str(error).splitlines()[0]}",
                hint="what was committed before is safe; check disk space and memory, then run this again",
            ) from error
        finally:
            connection.close()

    def _wait_for(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        """Open the file, waiting a bounded time for whoever holds it."""
        import duckdb

        if read_only and not self.file.exists():
            raise PrerequisiteError(f"no store at {self.file}", hint="load some data first: graphvine data load")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        if self._threads:
            config["threads"] = self._threads
        deadline = time.monotonic() + self._lock_timeout
        while True:
            try:
                return duckdb.connect(str(self.file), read_only=read_only, config=config)
            except duckdb.Error as error:
                message = str(error)
                holder = _PID.search(message)
                if not _HELD.search(message):
                    raise _UnreadableError(
                        f"{self.file} cannot be opened: {message.splitlines()[0]}",
                        hint="move it away if it is no graphvine store; else start anew: graphvine store wipe",
                    ) from None
                if time.monotonic() >= deadline:
                    who = f"process {holder[1]}" if holder else "another process"
                    raise StoreError(
                        f"{self.file} is held by {who}",
                        hint="wait until it has finished, or end it, then run this again",
                    ) from None
                time.sleep(0.05)

    def _create(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("CREATE TABLE IF NOT EXISTS meta (key VARCHAR PRIMARY KEY, value VARCHAR)")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS ledger (batch VARCHAR PRIMARY KEY, file VARCHAR, ordinal BIGINT, type VARCHAR,"
            " created BIGINT, updated BIGINT, unchanged BIGINT, duplicate BIGINT, refused BIGINT, implied BIGINT)"
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS result"
            " (result_id VARCHAR, kind VARCHAR, ordinal BIGINT, columns VARCHAR, row VARCHAR)"
        )
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", [str(FORMAT)])

    def _check_format(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Refuse a file that somebody else made, before anything is written to it."""
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        if not tables:
            return
        found = None
        if "meta" in tables and "ledger" in tables:
            found = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
        if found is None or found[0] != str(FORMAT):
            raise StoreError(
                f"{self.file} is not a graphvine store of format {FORMAT}",
                hint="name another file, or wipe it and load again: graphvine store wipe",
            )

    def ensure_schema(self) -> None:
        """Make the tables of all types in the schema; a second call changes nothing."""
        with self._connect() as connection:
            for name in self.schema.nodes:
                self._ensure_node(connection, name)
            for key in self.schema:
                self._ensure_edge(connection, key)

    def _ensure_node(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        node = self.schema.node(name)
        connection.execute(f'CREATE TABLE IF NOT EXISTS "node_{name}" (n BIGINT, id VARCHAR)')
        wanted = {f"role_{role}": "BOOLEAN DEFAULT false" for role in node.roles}
        wanted |= {column: SQL_TYPES[spec.type] for column, spec in node.columns.items()}
        _add_columns(connection, f"node_{name}", wanted)

    def _ensure_edge(self, connection: duckdb.DuckDBPyConnection, key: EdgeKey) -> None:
        connection.execute(
            f'CREATE TABLE IF NOT EXISTS "edge_{key}"'
            " (src BIGINT, dst BIGINT, time BIGINT, weight DOUBLE, event UHUGEINT, event_id VARCHAR)"
        )
        columns = self.schema.edge(key).columns
        _add_columns(connection, f"edge_{key}", {name: SQL_TYPES[spec.type] for name, spec in columns.items()})

    def load(self, batch: Batch, *, on_refused: OnRefused) -> LoadReport:
        """Load a batch and its ledger entry in one transaction; events that the ledger knows are not loaded again.

        A known batch of events with refused records is looked at once more, since the nodes they waited for may have
        come. A known batch of nodes is merged again, since another file may have changed them in between.
        """
        with self._connect() as connection:
            known = connection.execute(
                "SELECT created + updated + unchanged, duplicate, refused FROM ledger WHERE batch = ?", [batch.id]
            ).fetchone()
            if known and known[2] == 0 and isinstance(batch.type, EdgeKey):
                return LoadReport(unchanged=known[0], duplicate=known[1], known_batch=True)
            for name in (batch.type,) if isinstance(batch.type, str) else {batch.type.source, batch.type.target}:
                self._ensure_node(connection, name)
            if isinstance(batch.type, EdgeKey):
                self._ensure_edge(connection, batch.type)
            connection.execute("BEGIN")
            try:
                connection.register("incoming", batch.table)
                load = load_nodes if isinstance(batch.type, str) else load_edges
                report = load(connection, batch)
                on_refused(report.refused)
                connection.execute(
                    "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        *(batch.id, batch.file, batch.ordinal, str(batch.type), report.created, report.updated),
                        *(report.unchanged, report.duplicate, len(report.refused), report.implied),
                    ],
                )
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
            finally:
                connection.unregister("incoming")
            return replace(report, known_batch=known is not None and isinstance(batch.type, str))

    def snapshot(self, *, types: Collection[str] | None = None, until: int | None = None) -> HeteroGraph:
        """The market as arrays in canonical order."""
        with self._connect(read_only=True) as connection:
            graph = read_graph(connection, self.schema, types)
        return graph if until is None else graph.until(until)

    def status(self) -> StoreStatus:
        """Rows per table, batches and size."""
        import duckdb

        with self._connect(read_only=True) as connection:
            tables = [
                name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
            ]
            counts = {name: int(_one(connection, f'SELECT count(*) FROM "{name}"')) for name in tables}
        return StoreStatus(
            store=f"embedded (DuckDB {duckdb.__version__})",
            nodes={n.removeprefix("node_"): c for n, c in counts.items() if n.startswith("node_")},
            edges={n.removeprefix("edge_"): c for n, c in counts.items() if n.startswith("edge_")},
            batches=counts["ledger"],
            size=self.file.stat().st_size,
        )

    def compact(self) -> None:
        """Rewrite the edge tables in canonical order, so that snapshots need no sorting."""
        with self._connect() as connection:
            for key in self.schema:
                if _one(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [f"edge_{key}"]):
                    names = "".join(
                        f', e."{name}" NULLS {"LAST" if spec.type == "decimal" else "FIRST"}'
                        for name, spec in sorted(self.schema.edge(key).columns.items())
                    )
                    connection.execute(
                        f'CREATE OR REPLACE TABLE "edge_{key}" AS SELECT e.* FROM "edge_{key}" e'
                        f' JOIN "node_{key.source}" s ON s.n = e.src JOIN "node_{key.target}" d ON d.n = e.dst'
                        f" ORDER BY s.id, d.id, e.time NULLS FIRST, e.weight NULLS LAST{names}"
                    )
            connection.execute("CHECKPOINT")

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Keep derived tables under a result id; the same id again replaces them."""
        import pyarrow as pa

        with self._connect() as connection:
            connection.execute("BEGIN")
            try:
                connection.execute("DELETE FROM result WHERE result_id = ?", [result_id])
                for table in tables:
                    rows = [json.dumps(row, ensure_ascii=False) for row in table.rows]
                    connection.register("derived", pa.table({"ordinal": range(len(rows)), "row": rows}))
                    connection.execute(
                        "INSERT INTO result SELECT ?, ?, ordinal, ?, row FROM derived",
                        [result_id, table.kind, json.dumps(table.columns)],
                    )
                    connection.unregister("derived")
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def forget(self, result_id: str) -> None:
        """Remove what was written back under that id."""
        with self._connect() as connection:
            connection.execute("DELETE FROM result WHERE result_id = ?", [result_id])

    def wipe(self) -> None:
        """Remove the file, also one that is damaged, and the counts of the last load beside it.

        Raises:
            StoreError: somebody holds the file, or it cannot be removed.
        """
        import duckdb

        if self._open is not None:
            raise StoreError("the store is open", hint="finish the load first")
        if self.file.exists():
            # Only who holds the file stops a wipe: what cannot be read is what one wipes.
            with suppress(_UnreadableError, duckdb.Error):
                self._wait_for(read_only=False).close()
        for path in (self.file, self.file.with_name(self.file.name + ".wal"), self.file.with_name("load.json")):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(
                    f"{path} cannot be removed: {error.strerror}", hint="check the rights of its folder"
                ) from None


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    # A failed commit has rolled back already; its own error is the one to show.
    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")


def _one(connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> int:
    row = connection.execute(query, list(parameters)).fetchone()
    return int(row[0]) if row else 0


def _add_columns(connection: duckdb.DuckDBPyConnection, table: str, wanted: dict[str, str]) -> None:
    found = dict(
        connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?", [table]
        ).fetchall()
    )
    for name, spec in sorted(wanted.items()):
        if name not in found:
            connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {spec}')
        elif found[name] != spec.split()[0]:
            raise StoreError(
                f"the store has {table.partition('_')[2]}.{name} as {found[name]}, the schema wants {spec.split()[0]}",
                hint="give the column back its type in schema.toml, or start anew: graphvine store wipe",
            )
