"""Makes Arrow tables readable by SQL for a short time, without the transaction keeping them in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class _Rows:
    """A table as an Arrow stream, which can be released."""

    def __init__(self, table: pa.Table) -> None:
        self.table: pa.Table | None = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self.table is None:
            raise ValueError("these rows are gone")
        return self.table.__arrow_c_stream__(requested_schema)


@contextmanager
def visible(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """Let SQL read the table under that name while the block runs.

    A DuckDB transaction keeps registered tables and dropped temporary tables in memory until it ends, so a load of many
    batches would keep all of them. This wrapper releases the rows; the transaction keeps only the empty wrapper.
    """
    import duckdb

    rows = _Rows(table)
    connection.register(name, rows)
    try:
        yield
    finally:
        # After an error this may fail as well; keep the first error.
        with suppress(duckdb.Error):
            connection.unregister(name)
        rows.table = None


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """The rows of a query as Arrow. 128-bit numbers use an extension type that DuckDB recognises when reading them."""
    return connection.sql(query).to_arrow_table()
