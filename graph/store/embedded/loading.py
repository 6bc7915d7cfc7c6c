"""The SQL of a load: nodes are merged, events are added once, and every row of ``incoming`` is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.batch import Batch, LoadReport, Refusal
from graph.schema import EdgeKey

if TYPE_CHECKING:
    import duckdb


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def load_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch) -> LoadReport:
    """Merge the nodes of ``incoming``: of several rows with one id the later wins; a missing cell erases nothing."""
    table = f'"node_{batch.type}"'
    columns = [c for c in batch.table.column_names if c not in ("row", "id")]
    latest = "".join(f', last("{c}" ORDER BY row) FILTER ("{c}" IS NOT NULL) AS "{c}"' for c in columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT id, max(row) AS row{latest} FROM incoming GROUP BY id"
    )
    total = len(batch.table)
    distinct = _count(connection, "SELECT count(*) FROM staged")
    changes = [f'(s."{c}" IS NOT NULL AND s."{c}" IS DISTINCT FROM t."{c}")' for c in columns]
    changes += [f'NOT t."role_{role}"' for role in batch.roles]
    changed = " OR ".join(changes) or "false"
    updated = _count(connection, f"SELECT count(*) FROM staged s JOIN {table} t USING (id) WHERE {changed}")
    if updated:
        sets = [f'"{c}" = coalesce(s."{c}", t."{c}")' for c in columns] + [
            f'"role_{role}" = true' for role in batch.roles
        ]
        connection.execute(f"UPDATE {table} t SET {', '.join(sets)} FROM staged s WHERE t.id = s.id AND ({changed})")
    names = "".join(f', "{c}"' for c in columns) + "".join(f', "role_{role}"' for role in batch.roles)
    values = "".join(f', s."{c}"' for c in columns) + ", true" * len(batch.roles)
    created = _insert_nodes(
        connection, table, names, f"SELECT s.id, s.row{values} FROM staged s ANTI JOIN {table} t USING (id)"
    )
    connection.execute("DROP TABLE staged")
    return LoadReport(created, updated, distinct - created - updated, total - distinct)


def _insert_nodes(connection: duckdb.DuckDBPyConnection, table: str, names: str, query: str) -> int:
    """Insert ``(id, row, values...)`` rows with fresh numbers in order of row; returns how many."""
    first = _count(connection, f"SELECT coalesce(max(n) + 1, 0) FROM {table}")
    connection.execute(
        f"INSERT INTO {table} (n, id{names})"
        f" SELECT {first} + row_number() OVER (ORDER BY row, id) - 1, * EXCLUDE (row) FROM ({query})"
    )
    return _count(connection, f"SELECT count(*) FROM {table}") - _count(
        connection, f"SELECT count(*) FROM {table} WHERE n < {first}"
    )


def load_edges(connection: duckdb.DuckDBPyConnection, batch: Batch) -> LoadReport:
    """Add the events of ``incoming`` that are not there yet; refuse missing ends and conflicting content."""
    key = batch.type
    assert isinstance(key, EdgeKey)
    implied = _imply_nodes(connection, batch, key)
    columns = [c for c in batch.table.column_names if c not in ("row", "src", "dst", "event", "time", "weight")]
    given = [c for c in ("time", "weight") if c in batch.table.column_names]
    select = "".join(f', i."{c}"' for c in [*given, *columns])
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE staged AS"
        " SELECT i.row, s.n AS src, d.n AS dst, md5_number(i.event) AS event, i.event AS event_id,"
        f" i.src AS src_id, i.dst AS dst_id{select} FROM incoming i"
        f' LEFT JOIN "node_{key.source}" s ON s.id = i.src LEFT JOIN "node_{key.target}" d ON d.id = i.dst'
    )
    refused = [Refusal(*r) for r in connection.execute(
        "SELECT row, CASE WHEN src IS NULL THEN 'unknown_source' ELSE 'unknown_target' END,"
        " CASE WHEN src IS NULL THEN src_id ELSE dst_id END FROM staged WHERE src IS NULL OR dst IS NULL ORDER BY row"
    ).fetchall()]  # fmt: skip
    connection.execute("DELETE FROM staged WHERE src IS NULL OR dst IS NULL")
    content = ["src", "dst", *given, *columns]
    differs = " OR ".join(f'a."{c}" IS DISTINCT FROM b."{c}"' for c in content)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE first AS"
        " SELECT * FROM staged QUALIFY row_number() OVER (PARTITION BY event ORDER BY row) = 1"
    )
    table = f'"edge_{key}"'
    conflicts = connection.execute(
        "SELECT a.row, 'event_conflict', a.event_id FROM staged a JOIN first b USING (event)"
        f" WHERE a.row > b.row AND ({differs}) UNION ALL"
        f" SELECT a.row, 'event_conflict', a.event_id FROM first a JOIN {table} b USING (event) WHERE {differs} ORDER BY 1"
    ).fetchall()
    refused += [Refusal(*r) for r in conflicts]
    repeats = _count(
        connection, f"SELECT count(*) FROM staged a JOIN first b USING (event) WHERE a.row > b.row AND NOT ({differs})"
    )
    unchanged = _count(connection, f"SELECT count(*) FROM first a JOIN {table} b USING (event) WHERE NOT ({differs})")
    names = ", ".join(f'"{c}"' for c in [*content, "event", "event_id"])
    connection.execute(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM first ANTI JOIN {table} USING (event) ORDER BY row"
    )
    created = len(batch.table) - len(refused) - repeats - unchanged
    connection.execute("DROP TABLE staged")
    connection.execute("DROP TABLE first")
    return LoadReport(created, 0, unchanged, repeats, tuple(sorted(refused, key=lambda r: r.row)), implied)


def _imply_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch, key: EdgeKey) -> int:
    made = 0
    for end, column, node in (("source", "src", key.source), ("target", "dst", key.target)):
        if end in batch.create:
            query = (
                f"SELECT {column} AS id, min(row) AS row FROM incoming"
                f' WHERE {column} NOT IN (SELECT id FROM "node_{node}") GROUP BY {column}'
            )
            made += _insert_nodes(connection, f'"node_{node}"', "", query)
    return made
