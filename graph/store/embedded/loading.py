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
    total = len(batch.table)
    distinct = _stage_nodes(connection, columns, total)
    changes = [f'(s."{c}" IS NOT NULL AND s."{c}" IS DISTINCT FROM t."{c}")' for c in columns]
    changes += [f'NOT t."role_{role}"' for role in batch.roles]
    changed = " OR ".join(changes) or "false"
    updated = _count(connection, f"SELECT count(*) FROM staged s JOIN {table} t USING (id) WHERE {changed}")
    if updated:
        sets = [f'"{c}" = coalesce(s."{c}", t."{c}")' for c in columns]
        sets += [f'"role_{role}" = true' for role in batch.roles]
        connection.execute(f"UPDATE {table} t SET {', '.join(sets)} FROM staged s WHERE t.id = s.id AND ({changed})")
    names = "".join(f', "{c}"' for c in columns) + "".join(f', "role_{role}"' for role in batch.roles)
    values = "".join(f', s."{c}"' for c in columns) + ", true" * len(batch.roles)
    created = _insert_nodes(
        connection, table, names, f"SELECT s.id, s.row{values} FROM staged s ANTI JOIN {table} t USING (id)"
    )
    connection.execute("DROP TABLE staged")
    return LoadReport(created, updated, distinct - created - updated, total - distinct)


def _stage_nodes(connection: duckdb.DuckDBPyConnection, columns: list[str], total: int) -> int:
    """Make the table ``staged`` with one row for each id of ``incoming``; returns how many."""
    distinct = _count(connection, "SELECT count(DISTINCT id) FROM incoming")
    if distinct == total:
        connection.execute("CREATE OR REPLACE TEMP TABLE staged AS SELECT * FROM incoming")
    else:
        latest = "".join(f', arg_max("{c}", row) FILTER ("{c}" IS NOT NULL) AS "{c}"' for c in columns)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE staged AS SELECT id, max(row) AS row{latest} FROM incoming GROUP BY id"
        )
    return distinct


def _insert_nodes(connection: duckdb.DuckDBPyConnection, table: str, names: str, query: str) -> int:
    """Insert ``(id, row, values...)`` rows with fresh numbers in order of row; returns how many."""
    first = _count(connection, f"SELECT coalesce(max(n) + 1, 0) FROM {table}")
    return _count(
        connection,
        f"INSERT INTO {table} (n, id{names})"
        f" SELECT {first} + row_number() OVER (ORDER BY row, id) - 1, * EXCLUDE (row) FROM ({query})",
    )


def load_edges(connection: duckdb.DuckDBPyConnection, batch: Batch) -> LoadReport:
    """Add the events of ``incoming`` that are not there yet; refuse missing ends and conflicting content."""
    key = batch.type
    if not isinstance(key, EdgeKey):
        raise TypeError(f"{key} is not an edge type")
    implied = _imply_nodes(connection, batch, key)
    columns = [c for c in batch.table.column_names if c not in ("row", "src", "dst", "event")]
    refused = _stage_edges(connection, key, columns)
    content = ["src", "dst", *columns]
    differs = " OR ".join(f'a."{c}" IS DISTINCT FROM b."{c}"' for c in content)
    # Of several rows with one id the first counts; the table ``later`` has the others.
    repeats, conflicts = _set_later_aside(connection, differs)
    refused += conflicts
    table = f'"edge_{key}"'
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known AS"
        f" SELECT a.row, a.event, a.event_id, {differs} AS differs FROM staged a JOIN {table} b USING (event)"
    )
    refused += _refusals(connection, "SELECT row, 'event_conflict', event_id FROM known WHERE differs")
    unchanged = _count(connection, "SELECT count(*) FROM known WHERE NOT differs")
    names = ", ".join(f'"{c}"' for c in [*content, "event", "event_id"])
    created = _count(
        connection,
        f"INSERT INTO {table} ({names}) SELECT {names} FROM staged ANTI JOIN known USING (row) ORDER BY row",
    )
    connection.execute("DROP TABLE staged")
    connection.execute("DROP TABLE known")
    return LoadReport(created, 0, unchanged, repeats, tuple(sorted(refused, key=lambda r: r.row)), implied)


def _refusals(connection: duckdb.DuckDBPyConnection, query: str) -> list[Refusal]:
    return [Refusal(*row) for row in connection.execute(query).fetchall()]


def _stage_edges(connection: duckdb.DuckDBPyConnection, key: EdgeKey, columns: list[str]) -> list[Refusal]:
    """Make the table ``staged``: the rows of ``incoming`` with both ends as numbers; returns the rows without."""
    select = "".join(f', i."{c}"' for c in columns)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE staged AS"
        " SELECT i.row, s.n AS src, d.n AS dst, md5_number(i.event) AS event, i.event AS event_id,"
        f" i.src AS src_id, i.dst AS dst_id{select} FROM incoming i"
        f' LEFT JOIN "node_{key.source}" s ON s.id = i.src LEFT JOIN "node_{key.target}" d ON d.id = i.dst'
    )
    refused = _refusals(
        connection,
        "SELECT row, CASE WHEN src IS NULL THEN 'unknown_source' ELSE 'unknown_target' END,"
        " CASE WHEN src IS NULL THEN src_id ELSE dst_id END FROM staged WHERE src IS NULL OR dst IS NULL",
    )
    if refused:
        connection.execute("DELETE FROM staged WHERE src IS NULL OR dst IS NULL")
    return refused


def _set_later_aside(connection: duckdb.DuckDBPyConnection, differs: str) -> tuple[int, list[Refusal]]:
    """Leave in ``staged`` the first row of each event id; returns the number of its repeats, and its conflicts."""
    row = connection.execute("SELECT count(*), count(DISTINCT event) FROM staged").fetchone()
    if row is None or row[0] == row[1]:
        return 0, []
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE later AS SELECT * FROM staged"
        " QUALIFY row_number() OVER (PARTITION BY event ORDER BY row) > 1"
    )
    connection.execute("DELETE FROM staged WHERE row IN (SELECT row FROM later)")
    conflicts = _refusals(
        connection,
        f"SELECT a.row, 'event_conflict', a.event_id FROM later a JOIN staged b USING (event) WHERE {differs}",
    )
    repeats = _count(connection, "SELECT count(*) FROM later") - len(conflicts)
    connection.execute("DROP TABLE later")
    return repeats, conflicts


def _imply_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch, key: EdgeKey) -> int:
    """Make the nodes that only an edge names, for the ends where the mapping allows it; returns how many."""
    made = 0
    for end, column, node in (("source", "src", key.source), ("target", "dst", key.target)):
        if end in batch.create:
            query = (
                f"SELECT id, row FROM (SELECT {column} AS id, min(row) AS row FROM incoming GROUP BY ALL)"
                f' ANTI JOIN "node_{node}" USING (id)'
            )
            made += _insert_nodes(connection, f'"node_{node}"', "", query)
    return made
