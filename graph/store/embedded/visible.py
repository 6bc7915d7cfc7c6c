"""Arrow rows that SQL can read for a moment, and that its transaction lets go of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class _Rows:
    """Rows as an Arrow stream, until they are let go of."""

    def __init__(self, table: pa.Table) -> None:
        self.table: pa.Table | None = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        if self.table is None:
            raise ValueError("these rows are gone")
        return self.table.__arrow_c_stream__(requested_schema)


@contextmanager
def visible(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> Iterator[None]:
    """Let SQL read the rows under that name while the block runs.

    A transaction keeps until its end whatever was registered in it, and temporary tables that were dropped as well: a
    load of many batches would hold them all. Of these rows it keeps an empty shell.
    """
    import duckdb

    rows = _Rows(table)
    connection.register(name, rows)
    try:
        yield
    finally:
        # After an error this may fail too, and the first error is the one to show.
        with suppress(duckdb.Error):
            connection.unregister(name)
        rows.table = None


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    """The rows of a query; what Arrow has no type for, like 128 bits, comes in a type that DuckDB knows again."""
    return connection.sql(query).to_arrow_table()
