"""Tables of the embedded store.

``node_TYPE`` (n, id, _load, role_ROLE, columns), ``edge_KEY`` (src, dst, time, weight, event, _load, columns),
``ledger`` (one row per batch, with the row numbers of its refused records), ``loads`` and ``files`` (the counts of each
file in each load), ``result`` (derived rows), ``meta``. A node keeps its number n forever. n is not the node's number
in a snapshot, where nodes are numbered by the byte order of their ids. ``_load`` is the number of the load that created
or last changed a row.

``event`` identifies an event by 128 bits: its id read as 32 hexadecimal digits, or the MD5 of any other id. The id
itself is not stored: nothing reads it, and it took a fifth of the load time and a third of the file.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from graph.batch import COUNTS
from graph.errors import StoreError
from graph.schema import ColumnType, EdgeKey, Schema
from graph.store.protocol import Origin

if TYPE_CHECKING:
    import duckdb

FORMAT = 3
SQL_TYPES: dict[ColumnType, str] = {
    "text": "VARCHAR", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN", "time": "BIGINT",
    "date": "DATE", "money": "DECIMAL(18,2)", "list": "VARCHAR",
}  # fmt: skip
LEDGER = (
    "batch VARCHAR, file VARCHAR, ordinal BIGINT, type VARCHAR, created BIGINT, updated BIGINT, unchanged BIGINT,"
    " duplicate BIGINT, refused BIGINT[], implied BIGINT, load BIGINT"
)
LOADS = "load BIGINT, id VARCHAR, loaded_at BIGINT"
FILES = "load BIGINT, file VARCHAR, type VARCHAR, " + ", ".join(f'"{name}" BIGINT' for name in COUNTS)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables that every store has, and give a new store its name."""
    connection.execute("CREATE TABLE IF NOT EXISTS meta (key VARCHAR PRIMARY KEY, value VARCHAR)")
    connection.execute(f"CREATE TABLE IF NOT EXISTS ledger ({LEDGER})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS loads ({LOADS})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS files ({FILES})")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS result"
        " (result_id VARCHAR, kind VARCHAR, ordinal BIGINT, columns VARCHAR, row VARCHAR)"
    )
    if not connection.execute("SELECT 1 FROM meta WHERE key = 'format'").fetchone():
        connection.execute("INSERT INTO meta VALUES ('format', ?), ('store', ?)", [str(FORMAT), uuid.uuid4().hex])


def format_of(connection: duckdb.DuckDBPyConnection, file: Path) -> int | None:
    """Format of an open store; None where the file is empty.

    Raises:
        StoreError: the file is not a graphvine store.
    """
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables:
        return None
    found = None
    if {"meta", "ledger"} <= tables:
        found = connection.execute("SELECT value FROM meta WHERE key = 'format'").fetchone()
    if found is None or not str(found[0]).isdigit():
        raise StoreError(
            f"{file} is not a graphvine store",
            hint="name another file, or wipe it and load again: graphvine store wipe",
        )
    return int(found[0])


def origin_in(connection: duckdb.DuckDBPyConnection) -> Origin:
    """Name and last load of an open store."""
    name = connection.execute("SELECT value FROM meta WHERE key = 'store'").fetchall()
    last = connection.execute("SELECT coalesce(max(load), 0) FROM loads").fetchall()
    return Origin(str(name[0][0]) if name else "", int(last[0][0]))


def zone_in(connection: duckdb.DuckDBPyConnection) -> str:
    """Time zone of the market in an open store; empty where no load has set it."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'zone'").fetchall()
    return str(found[0][0]) if found else ""


def keep_zone(connection: duckdb.DuckDBPyConnection, zone: str) -> str:
    """Set the time zone of the market where it is not set yet; returns the valid one."""
    connection.execute("INSERT INTO meta VALUES ('zone', ?) ON CONFLICT DO NOTHING", [zone])
    return zone_in(connection)


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Number of rows of each table, by name."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0] for (name,) in tables}


def ensure_node(connection: duckdb.DuckDBPyConnection, schema: Schema, name: str) -> None:
    """Create the table of a node type, or its missing columns."""
    node = schema.node(name)
    connection.execute(f'CREATE TABLE IF NOT EXISTS "node_{name}" (n BIGINT, id VARCHAR, _load BIGINT)')
    wanted = {f"role_{role}": "BOOLEAN DEFAULT false" for role in node.roles}
    wanted |= {column: SQL_TYPES[spec.type] for column, spec in node.columns.items()}
    _add_columns(connection, f"node_{name}", wanted)


def ensure_edge(connection: duckdb.DuckDBPyConnection, schema: Schema, key: EdgeKey) -> None:
    """Create the table of an edge type, or its missing columns."""
    connection.execute(
        f'CREATE TABLE IF NOT EXISTS "edge_{key}" (src BIGINT, dst BIGINT, time BIGINT, weight DOUBLE,'
        " event UHUGEINT, _load BIGINT)"
    )
    columns = schema.edge(key).columns
    _add_columns(connection, f"edge_{key}", {name: SQL_TYPES[spec.type] for name, spec in columns.items()})


def with_held_columns(connection: duckdb.DuckDBPyConnection, schema: Schema) -> Schema:
    """The schema without columns and roles that the store does not have yet; the next load creates those."""
    found = connection.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall()
    held = set(found)
    edges = {
        key: replace(edge, columns={n: c for n, c in edge.columns.items() if (f"edge_{key}", n) in held})
        for key, edge in schema.edges.items()
    }
    nodes = {
        name: replace(
            node,
            columns={n: c for n, c in node.columns.items() if (f"node_{name}", n) in held},
            roles=tuple(role for role in node.roles if (f"node_{name}", f"role_{role}") in held),
        )
        for name, node in schema.nodes.items()
    }
    return replace(schema, nodes=nodes, edges=edges)


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
