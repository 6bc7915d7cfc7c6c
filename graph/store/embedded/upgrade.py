"""Upgrades a store of an earlier format, in one transaction: an interrupted upgrade leaves the earlier store.

Format 1 had no numbered loads, so its rows are assigned to load 0. It stored each event id and its MD5. Format 2 stores
no ids: an id of 32 hexadecimal digits (as derived ids are) is the number itself, so that loading a file again after the
upgrade finds its events. For a batch with refused records format 1 stored their number, but not which ones they were:
such a batch is removed from the ledger, so that the next load of its file tries all of it again.

Before format 3 there were no dates: a signup was a time, mostly midnight in the zone of the mapping. It becomes the
date of that time in the zone of the workspace, or in UTC where that is unknown. The next load of the files reads the
dates again (another column type gives other batch ids) and corrects wrong guesses. The zone of the market is set in the
upgrade where it is known, else by that load.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from graph.errors import StoreError
from graph.schema import Schema
from graph.store.embedded.tables import FORMAT, LEDGER, create_tables, keep_zone
from graph.zones import UTC

if TYPE_CHECKING:
    import duckdb

_HEX = "regexp_full_match(event_id, '[0-9a-f]{32}')"
_DRAFT = "upgraded"


def upgrade(connection: duckdb.DuckDBPyConnection, found: int, schema: Schema, zone: str = "") -> None:
    """Upgrade an open store to the current format; only the time of day of columns that are now dates is lost.

    Args:
        connection: The store, open for writing and outside a transaction.
        found: Its present format.
        schema: Says which columns are dates.
        zone: Time zone that it was loaded with; empty where unknown.

    Raises:
        StoreError: the format is newer than this one, or unknown.
    """
    if found == FORMAT:
        return
    if found not in (1, 2):
        raise StoreError(
            f"the store has format {found}, this graphvine knows formats up to {FORMAT}",
            hint="use the newer graphvine that made it, or load the files again into another workspace",
        )
    connection.execute("BEGIN")
    try:
        if found == 1:
            _from_1(connection)
        _dates_from_times(connection, schema, zone or UTC)
        if zone:
            keep_zone(connection, zone)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'format'", [str(FORMAT)])
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    # Free the space of the old tables now instead of at the next load.
    connection.execute("CHECKPOINT")


def _from_1(connection: duckdb.DuckDBPyConnection) -> None:
    names = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
    for name in names:
        if name.startswith("node_"):
            connection.execute(f'ALTER TABLE "{name}" ADD COLUMN _load BIGINT DEFAULT 0')
            connection.execute(f'ALTER TABLE "{name}" ALTER COLUMN _load DROP DEFAULT')
        elif name.startswith("edge_"):
            # Edge tables have no keys and no defaults, so writing a new table is faster than updating every row.
            connection.execute(
                f'CREATE TABLE "{_DRAFT}" AS SELECT * EXCLUDE (event_id) REPLACE ('
                f"CASE WHEN {_HEX} THEN ('0x' || event_id)::UHUGEINT ELSE event END AS event), 0::BIGINT AS _load"
                f' FROM "{name}"'
            )
            _take_place(connection, name)
    # A batch can be removed and added again in the same transaction, which a primary key would not allow.
    connection.execute(f'CREATE TABLE "{_DRAFT}" ({LEDGER})')
    connection.execute(
        f'INSERT INTO "{_DRAFT}" BY NAME'
        " SELECT * REPLACE ([]::BIGINT[] AS refused), 0::BIGINT AS load FROM ledger WHERE refused = 0"
    )
    _take_place(connection, "ledger")
    create_tables(connection)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('store', ?)", [uuid.uuid4().hex])


def _dates_from_times(connection: duckdb.DuckDBPyConnection, schema: Schema, zone: str) -> None:
    """Convert time columns that the schema declares as dates."""
    dates = {(f"node_{n}", c) for n, node in schema.nodes.items() for c, s in node.columns.items() if s.type == "date"}
    dates |= {(f"edge_{key}", c) for key in schema for c, s in schema.edge(key).columns.items() if s.type == "date"}
    query = "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'BIGINT'"
    for table, column in sorted(dates & set(connection.execute(query).fetchall())):
        day = f"timezone('{zone}', make_timestamptz(\"{column}\" * 1000000))::DATE"
        # Not ALTER ... USING: its expression would be in the log, and replaying the log needs an extension for time
        # zones.
        connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{_DRAFT}" DATE')
        connection.execute(f'UPDATE "{table}" SET "{_DRAFT}" = {day}')
        connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        connection.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{_DRAFT}" TO "{column}"')


def _take_place(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(f'DROP TABLE "{name}"')
    connection.execute(f'ALTER TABLE "{_DRAFT}" RENAME TO "{name}"')
