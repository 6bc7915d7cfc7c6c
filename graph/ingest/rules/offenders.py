"""A scratch database for rules: keys collected from blocks, and records that fail; in memory, else on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.errors import StoreError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Characters kept of a failing cell.
SHOWN = 200
_FETCH = 10_000


class OffendingRecords:
    """Keys and failing records; the database is opened when first needed and deleted when closed.

    Each record checked by ``unique``, ``reference`` or ``monotone by`` takes about 30 bytes plus the text of its keys
    until the end; each failing record about 30 bytes plus the text of its cell.

    Args:
        memory: Bytes of memory that it may use; more goes to disk.
        folder: Where the disk part goes; by default where the system keeps temporary files.
    """

    def __init__(self, *, memory: int = 256 << 20, folder: Path | None = None) -> None:
        self._memory, self._folder = memory, folder
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._spill: tempfile.TemporaryDirectory[str] | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing was stored so far."""
        return self._connection is None

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._connection is None:
            import duckdb

            self._spill = tempfile.TemporaryDirectory(prefix="graphvine-rules-", dir=self._folder)
            settings = {"memory_limit": f"{self._memory}B", "temp_directory": self._spill.name}
            self._connection = duckdb.connect(config=settings)
            self._connection.execute("SET preserve_insertion_order = false")
            self._connection.execute(
                "CREATE TABLE failures (rule INTEGER, source INTEGER, row BIGINT, field VARCHAR, value VARCHAR)"
            )
        return self._connection

    def run(self, query: str, parameters: list[Any] | None = None, **tables: pa.Table) -> duckdb.DuckDBPyConnection:
        """Run a statement with Arrow tables at hand by name.

        Raises:
            StoreError: there is no room for what has to be kept.
        """
        import duckdb

        connection = self._open()
        try:
            for name, table in tables.items():
                connection.register(name, table)
            return connection.execute(query, parameters)
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise StoreError(
                f"the rules have no room for what they must remember: {str(error).splitlines()[0][:200]}",
                hint="make room where the system keeps temporary files, or choose another place with TMPDIR",
            ) from None
        finally:
            for name in tables:
                connection.unregister(name)

    def keep(self, name: str, source: int, block: pa.Table) -> None:
        """Append records to a table, which is made when it is first named."""
        select = f"SELECT {source}::INTEGER AS source, * FROM block"
        self.run(f"CREATE TABLE IF NOT EXISTS {name} AS {select} LIMIT 0", block=block)
        self.run(f"INSERT INTO {name} {select}", block=block)

    def holds(self, table: str) -> bool:
        """Whether a table was made."""
        query = "SELECT count(*) FROM information_schema.tables WHERE table_name = ?"
        return not self.empty and bool(self.run(query, [table]).fetchall()[0][0])

    def fail(self, rule: int, source: int, *, column: str, rows: pa.Array, values: pa.Array) -> None:
        """Store failing records; a row is null where the file as a whole fails."""
        import pyarrow as pa

        block = pa.table({"row": rows, "value": values})
        query = f"INSERT INTO failures SELECT ?, ?, row, ?, left(value, {SHOWN}) FROM block"
        self.run(query, [rule, source, column], block=block)

    def summary(self) -> dict[tuple[int, int], tuple[int, int | None, str]]:
        """By rule and source: number of failing records, row of the first, and its value."""
        if self.empty:
            return {}
        query = "SELECT rule, source, count(*), min(row), coalesce(arg_min(value, row), any_value(value), '') "
        found = self.run(query + "FROM failures GROUP BY rule, source").fetchall()
        return {(rule, source): (count, row, value) for rule, source, count, row, value in found}

    def failures(self, rule: int, source: int) -> Iterator[tuple[int | None, str, str]]:
        """All failing records of a rule in a source: row, column and value, by row."""
        if self.empty:
            return
        query = "SELECT row, field, coalesce(value, '') FROM failures WHERE rule = ? AND source = ? ORDER BY row, value"
        # Each iteration has its own cursor, so that several may run at a time.
        cursor = self._open().cursor()
        try:
            cursor.execute(query, [rule, source])
            while found := cursor.fetchmany(_FETCH):
                yield from found
        finally:
            cursor.close()

    def close(self) -> None:
        """Delete the database; a second call does nothing."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._spill is not None:
            self._spill.cleanup()
            self._spill = None
