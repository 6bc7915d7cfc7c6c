"""EmbeddedStore: a GraphStore in one DuckDB file, which is open only while a load or a snapshot runs."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.atomic_io import remove_drafts
from graph.errors import StoreError
from graph.hetero import HeteroGraph
from graph.schema import Schema
from graph.store.embedded.connection import HeldError, Opening, opened
from graph.store.embedded.loading import EmbeddedLoading
from graph.store.embedded.reading import read_graph
from graph.store.embedded.tables import (
    FORMAT,
    create_tables,
    ensure_edge,
    ensure_node,
    format_of,
    origin_in,
    row_counts,
    zone_in,
)
from graph.store.embedded.upgrade import upgrade
from graph.store.protocol import Origin, ResultTable, StoreStatus

if TYPE_CHECKING:
    import duckdb


class EmbeddedStore:
    """A GraphStore in one DuckDB file.

    Args:
        file: The file; the first load creates it.
        schema: The market schema.
        lock_timeout: Seconds to wait for another process that has the file open.
        threads: DuckDB threads, or None for all cores.
        zone: Time zone for upgrading a store of an earlier format, which does not contain its zone.
    """

    def __init__(
        self, file: Path, schema: Schema, *, lock_timeout: float = 10.0, threads: int | None = None, zone: str = ""
    ) -> None:
        self.file, self.schema, self._zone = file, schema, zone
        self._opening = Opening(file, lock_timeout, threads)

    def ping(self) -> None:
        """Raise a StoreError where the file cannot be opened."""
        with self.connected():
            pass

    @contextmanager
    def connected(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the open file, after upgrading it from an older format where needed.

        Raises:
            PrerequisiteError: ``read_only``, and the file does not exist.
            StoreError: another process has it open, it is damaged, or a newer version made it.
        """
        if read_only:
            with opened(self._opening, read_only=True) as connection:
                if self._checked(connection) == FORMAT:
                    yield connection
                    return
        # A file of an older format, or an empty one, must be written before it can be read.
        with opened(self._opening) as connection:
            found = self._checked(connection)
            if found is not None and found < FORMAT:
                upgrade(connection, found, self.schema, self._zone)
            create_tables(connection)
            yield connection

    def _checked(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """Format of the open file; a file that is not a store, or of a newer format, is refused before any change."""
        found = format_of(connection, self.file)
        if found is not None and found > FORMAT:
            raise StoreError(
                f"{self.file} has format {found}, this graphvine knows formats up to {FORMAT}",
                hint="use the newer graphvine that made it",
            )
        return found

    def ensure_schema(self) -> None:
        """Create the tables of all types in the schema; calling it again changes nothing."""
        with self.connected() as connection:
            for name in self.schema.nodes:
                ensure_node(connection, self.schema, name)
            for key in self.schema:
                ensure_edge(connection, self.schema, key)

    @contextmanager
    def loading(self, *, at: int) -> Iterator[EmbeddedLoading]:
        """A load in one transaction; it is rolled back where it is not committed when the block ends."""
        with self.connected() as connection:
            connection.execute("BEGIN")
            loading = EmbeddedLoading(connection, self.schema, at=at)
            try:
                yield loading
            finally:
                if not loading.finished:
                    _roll_back(connection)

    def earlier_reads(self) -> Mapping[str, int]:
        """File name to the number of records that its last load read."""
        if not self.file.exists():
            return {}
        with self.connected(read_only=True) as connection:
            rows = connection.execute("SELECT file, arg_max(read, load) FROM files GROUP BY file").fetchall()
        return dict(rows)

    def snapshot(self, *, types: Collection[str] | None = None, until: int | None = None) -> HeteroGraph:
        """The market as a HeteroGraph, whose arrays are in canonical order."""
        with self.connected(read_only=True) as connection:
            # Compacted edges are returned in canonical order, so that sorting them is not needed.
            connection.execute("SET preserve_insertion_order = true")
            graph = read_graph(connection, self.schema, types)
        return graph if until is None else graph.until(until)

    def status(self) -> StoreStatus:
        """Rows per table, batches and size."""
        import duckdb

        with self.connected(read_only=True) as connection:
            counts = row_counts(connection)
        return StoreStatus(
            store=f"embedded (DuckDB {duckdb.__version__})",
            nodes={n.removeprefix("node_"): c for n, c in counts.items() if n.startswith("node_")},
            edges={n.removeprefix("edge_"): c for n, c in counts.items() if n.startswith("edge_")},
            batches=counts["ledger"],
            size=self.file.stat().st_size,
        )

    def zone(self) -> str:
        """IANA name of the market's time zone; empty where no load has set it."""
        if not self.file.exists():
            return ""
        with self.connected(read_only=True) as connection:
            return zone_in(connection)

    def origin(self) -> Origin:
        """Name of the store and number of its last load. Ask before taking a snapshot, which then is not older."""
        with self.connected(read_only=True) as connection:
            return origin_in(connection)

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Store derived tables under a result id; tables with the same id are replaced."""
        import pyarrow as pa

        with self.connected() as connection:
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

    def results(self) -> Mapping[str, Sequence[ResultTable]]:
        """The written-back results: result id to its tables, both in sorted order."""
        if not self.file.exists():
            return {}
        with self.connected(read_only=True) as connection:
            found = connection.execute(
                "SELECT result_id, kind, columns, row FROM result ORDER BY result_id, kind, ordinal"
            ).fetchall()
        tables: dict[tuple[str, str, str], list[list[Any]]] = {}
        for result_id, kind, columns, row in found:
            tables.setdefault((result_id, kind, columns), []).append(json.loads(row))
        results: dict[str, list[ResultTable]] = {}
        for (result_id, kind, columns), rows in tables.items():
            results.setdefault(result_id, []).append(ResultTable(kind, tuple(json.loads(columns)), rows))
        return results

    def forget(self, result_id: str) -> None:
        """Remove the tables with that result id."""
        with self.connected() as connection:
            connection.execute("DELETE FROM result WHERE result_id = ?", [result_id])

    def wipe(self) -> None:
        """Remove the file, even where it is damaged, and the counts of the last load beside it.

        Raises:
            StoreError: another process has the file open, or it cannot be removed.
        """
        try:
            if self.file.exists():
                with opened(self._opening):
                    # Remove it while it is locked, so that nobody loads into a file that is being removed.
                    if os.name == "posix":
                        self._remove()
                        return
        except HeldError:
            raise
        except StoreError:
            pass  # a damaged file may be removed
        self._remove()

    def _remove(self) -> None:
        remove_drafts(self.file)
        for path in (self.file, self.file.with_name(self.file.name + ".wal"), self.file.with_name("load.json")):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise StoreError(
                    f"{path} cannot be removed: {error.strerror}", hint="check the rights of its folder"
                ) from None


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    import duckdb

    # A failed commit has rolled back already; keep its error.
    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")
