"""The embedded store: one DuckDB file, opened only for the moment of a load or a snapshot."""

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
        file: The file; made by the first load.
        schema: The market schema.
        lock_timeout: Seconds to wait for another process that has the file open.
        threads: DuckDB threads, or None for all cores.
        zone: Time zone that a store of an earlier format was loaded with, which does not know it itself.
    """

    def __init__(
        self,
        file: Path,
        schema: Schema,
        *,
        lock_timeout: float = 10.0,
        threads: int | None = None,
        zone: str = "",
    ) -> None:
        self.file, self.schema, self._zone = file, schema, zone
        self._opening = Opening(file, lock_timeout, threads)

    def ping(self) -> None:
        """Raise a StoreError where the file cannot be opened."""
        with self.connected():
            pass

    @contextmanager
    def connected(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """The open file, upgraded where it has an older format.

        Raises:
            PrerequisiteError: it is to be read and there is none.
            StoreError: it is held by somebody else, damaged, or made by a newer version.
        """
        if read_only:
            with opened(self._opening, read_only=True) as connection:
                if self._checked(connection) == FORMAT:
                    yield connection
                    return
        # An older format, or an empty file, has to be written to before it can be read.
        with opened(self._opening) as connection:
            found = self._checked(connection)
            if found is not None and found < FORMAT:
                upgrade(connection, found, self.schema, self._zone)
            create_tables(connection)
            yield connection

    def _checked(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """The format of the open file; a file that is no store, or a newer one, is refused before it is touched."""
        found = format_of(connection, self.file)
        if found is not None and found > FORMAT:
            raise StoreError(
                f"{self.file} has format {found}, this graphvine knows formats up to {FORMAT}",
                hint="use the newer graphvine that made it",
            )
        return found

    def ensure_schema(self) -> None:
        """Make the tables of all types in the schema; a second call changes nothing."""
        with self.connected() as connection:
            for name in self.schema.nodes:
                ensure_node(connection, self.schema, name)
            for key in self.schema:
                ensure_edge(connection, self.schema, key)

    @contextmanager
    def loading(self, *, at: int) -> Iterator[EmbeddedLoading]:
        """A load in one transaction; what is not committed when the block ends is taken back."""
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
        """The market as arrays in canonical order."""
        with self.connected(read_only=True) as connection:
            # Edges that were compacted come in canonical order, and need no sorting.
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
        """The time zone of the market; empty where no load has settled it."""
        if not self.file.exists():
            return ""
        with self.connected(read_only=True) as connection:
            return zone_in(connection)

    def origin(self) -> Origin:
        """The name of the store and its last load, for a snapshot that is taken afterwards."""
        with self.connected(read_only=True) as connection:
            return origin_in(connection)

    def write_back(self, tables: Sequence[ResultTable], result_id: str) -> None:
        """Keep derived tables under a result id; the same id again replaces them."""
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
        """What was written back: result id to its tables, in order of both."""
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
        """Remove what was written back under that id."""
        with self.connected() as connection:
            connection.execute("DELETE FROM result WHERE result_id = ?", [result_id])

    def wipe(self) -> None:
        """Remove the file, also one that is damaged, and the counts of the last load beside it.

        Raises:
            StoreError: somebody holds the file, or it cannot be removed.
        """
        try:
            if self.file.exists():
                with opened(self._opening):
                    # Removed while it is held, so that nobody loads into a file that is about to go.
                    if os.name == "posix":
                        self._remove()
                        return
        except HeldError:
            raise
        except StoreError:
            pass  # what cannot be read is what one wipes
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

    # A failed commit has rolled back already; its own error is the one to show.
    with suppress(duckdb.Error):
        connection.execute("ROLLBACK")
