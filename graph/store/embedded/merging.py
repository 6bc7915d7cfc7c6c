"""The SQL of a load: nodes are merged, events are added once, and every row of ``incoming`` is accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.batch import Batch, LoadReport, Refusal
from graph.schema import EdgeKey

if TYPE_CHECKING:
    import duckdb

_EVENT_COLUMNS = ("event", "event_high", "event_low")
# An id of 32 hexadecimal digits is its own number; any other is hashed to one.
_HEX = "length(i.event) = 32 AND regexp_full_match(i.event, '[0-9a-f]{32}')"


def count_of(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The number that a query returns."""
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def merge_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch, load: int) -> LoadReport:
    """Merge the nodes of ``incoming``: of several rows with one id the later wins; a missing cell erases nothing.

    A later row that says something else is an update, one that says nothing new a duplicate, as they would be in a
    batch of their own.
    """
    table = f'"node_{batch.type}"'
    columns = [c for c in batch.table.column_names if c not in ("row", "id")]
    total = len(batch.table)
    distinct = _stage_nodes(connection, columns, total)
    again = _count_corrections(connection, columns) if distinct < total else 0
    changes = [f'(s."{c}" IS NOT NULL AND s."{c}" IS DISTINCT FROM t."{c}")' for c in columns]
    changes += [f'NOT t."role_{role}"' for role in batch.roles]
    changed = " OR ".join(changes) or "false"
    updated = count_of(connection, f"SELECT count(*) FROM staged s JOIN {table} t USING (id) WHERE {changed}")
    if updated:
        sets = [f'"{c}" = coalesce(s."{c}", t."{c}")' for c in columns]
        sets += [f'"role_{role}" = true' for role in batch.roles]
        connection.execute(
            f"UPDATE {table} t SET _load = {load}, {', '.join(sets)} FROM staged s WHERE t.id = s.id AND ({changed})"
        )
    names = "".join(f', "{c}"' for c in columns) + "".join(f', "role_{role}"' for role in batch.roles)
    values = "".join(f', s."{c}"' for c in columns) + ", true" * len(batch.roles)
    fresh = f"SELECT s.id, s.row{values} FROM staged s ANTI JOIN {table} t USING (id)"
    created = _insert_nodes(connection, table, names, fresh, load)
    connection.execute("DROP TABLE staged")
    return LoadReport(created, updated + again, distinct - created - updated, total - distinct - again)


def _count_corrections(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> int:
    """How many rows of ``incoming`` contradict an earlier row of the same id, or add to it."""
    before = "PARTITION BY id ORDER BY row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    differs = [
        f'("{c}" IS NOT NULL AND "{c}" IS DISTINCT FROM last_value("{c}" IGNORE NULLS) OVER earlier)' for c in columns
    ]
    return count_of(
        connection,
        "SELECT count(*) FROM (SELECT row_number() OVER (PARTITION BY id ORDER BY row) AS nth,"
        f" {' OR '.join(differs) or 'false'} AS differs FROM incoming WINDOW earlier AS ({before}))"
        " WHERE nth > 1 AND differs",
    )


def _stage_nodes(connection: duckdb.DuckDBPyConnection, columns: list[str], total: int) -> int:
    """Make the table ``staged`` with one row for each id of ``incoming``; returns how many."""
    distinct = count_of(connection, "SELECT count(DISTINCT id) FROM incoming")
    if distinct == total:
        connection.execute("CREATE OR REPLACE TEMP TABLE staged AS SELECT * FROM incoming")
    else:
        latest = "".join(f', arg_max("{c}", row) FILTER ("{c}" IS NOT NULL) AS "{c}"' for c in columns)
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE staged AS SELECT id, max(row) AS row{latest} FROM incoming GROUP BY id"
        )
    return distinct


def _insert_nodes(connection: duckdb.DuckDBPyConnection, table: str, names: str, query: str, load: int) -> int:
    """Insert ``(id, row, values...)`` rows with fresh numbers in order of row; returns how many."""
    first = count_of(connection, f"SELECT coalesce(max(n) + 1, 0) FROM {table}")
    return count_of(
        connection,
        f"INSERT INTO {table} (n, _load, id{names})"
        f" SELECT {first} + row_number() OVER (ORDER BY row, id) - 1, {load}, * EXCLUDE (row) FROM ({query})",
    )


def merge_edges(connection: duckdb.DuckDBPyConnection, batch: Batch, load: int, *, again: bool = False) -> LoadReport:
    """Add the events of ``incoming`` that are not there yet; refuse missing ends and conflicting content.

    Args:
        connection: The store, with ``incoming`` registered.
        batch: What ``incoming`` is.
        load: Number of the load.
        again: Whether these are the refused rows of a batch whose other rows are there; what was refused for a conflict
            is then refused again.
    """
    key = batch.type
    if not isinstance(key, EdgeKey):
        raise TypeError(f"{key} is not an edge type")
    implied = _imply_nodes(connection, batch, key, load)
    columns = [c for c in batch.table.column_names if c not in ("row", "src", "dst", *_EVENT_COLUMNS)]
    refused = _stage_edges(connection, batch, key, columns)
    content = ["src", "dst", *columns]
    differs = " OR ".join(f'a."{c}" IS DISTINCT FROM b."{c}"' for c in content)
    unchanged, others = 0, list[Refusal]()
    if again:
        # What contradicts an event that is there does so whatever stands beside it.
        unchanged, others = _set_known_aside(connection, batch, f'"edge_{key}"', differs)
    # Of several rows with one id the first counts.
    repeats, conflicts = _set_later_aside(connection, batch, differs)
    if not again:
        unchanged, others = _set_known_aside(connection, batch, f'"edge_{key}"', differs)
    names = ", ".join(f'"{c}"' for c in [*content, "event"])
    created = count_of(connection, f'INSERT INTO "edge_{key}" ({names}, _load) SELECT {names}, {load} FROM staged')
    connection.execute("DROP TABLE staged")
    refused = sorted([*refused, *conflicts, *others], key=lambda r: r.row)
    return LoadReport(created, 0, unchanged, repeats, tuple(refused), implied)


def _conflicts(connection: duckdb.DuckDBPyConnection, batch: Batch, rows: str) -> list[Refusal]:
    """Refusals of the rows of a query as conflicts, each with the id of its event."""
    shown = "event" if "event" in batch.table.column_names else "printf('%016x%016x', event_high, event_low)"
    query = f"SELECT row, 'event_conflict', {shown} FROM incoming WHERE row IN (SELECT row FROM {rows})"
    return _refusals(connection, query)


def _refusals(connection: duckdb.DuckDBPyConnection, query: str) -> list[Refusal]:
    return [Refusal(*row) for row in connection.execute(query).fetchall()]


def _stage_edges(
    connection: duckdb.DuckDBPyConnection, batch: Batch, key: EdgeKey, columns: list[str]
) -> list[Refusal]:
    """Make the table ``staged``: the rows of ``incoming`` with both ends as numbers; returns the rows without."""
    select = "".join(f', i."{c}"' for c in columns)
    if "event" in batch.table.column_names:
        event = f"CASE WHEN {_HEX} THEN ('0x' || i.event)::UHUGEINT ELSE md5_number(i.event) END"
    else:
        event = "(i.event_high::UHUGEINT << 64) | i.event_low::UHUGEINT"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE staged AS"
        f" SELECT i.row, s.n AS src, d.n AS dst, {event} AS event{select} FROM incoming i"
        f' LEFT JOIN "node_{key.source}" s ON s.id = i.src LEFT JOIN "node_{key.target}" d ON d.id = i.dst'
    )
    total, sources, targets = connection.execute("SELECT count(*), count(src), count(dst) FROM staged").fetchall()[0]
    if total == sources == targets:
        return []
    refused = _refusals(
        connection,
        "SELECT row, CASE WHEN g.src IS NULL THEN 'unknown_source' ELSE 'unknown_target' END,"
        " CASE WHEN g.src IS NULL THEN i.src ELSE i.dst END"
        " FROM staged g JOIN incoming i USING (row) WHERE g.src IS NULL OR g.dst IS NULL",
    )
    connection.execute("DELETE FROM staged WHERE src IS NULL OR dst IS NULL")
    return refused


def _set_later_aside(connection: duckdb.DuckDBPyConnection, batch: Batch, differs: str) -> tuple[int, list[Refusal]]:
    """Leave in ``staged`` the first row of each event id; returns the number of its repeats, and its conflicts."""
    total, distinct = connection.execute("SELECT count(*), count(DISTINCT event) FROM staged").fetchall()[0]
    if total == distinct:
        return 0, []
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE later AS SELECT * FROM staged"
        " QUALIFY row_number() OVER (PARTITION BY event ORDER BY row) > 1"
    )
    connection.execute("DELETE FROM staged WHERE row IN (SELECT row FROM later)")
    conflicts = _conflicts(
        connection, batch, f"(SELECT a.row FROM later a JOIN staged b USING (event) WHERE {differs})"
    )
    repeats = count_of(connection, "SELECT count(*) FROM later") - len(conflicts)
    connection.execute("DROP TABLE later")
    return repeats, conflicts


def _set_known_aside(
    connection: duckdb.DuckDBPyConnection, batch: Batch, table: str, differs: str
) -> tuple[int, list[Refusal]]:
    """Leave in ``staged`` the events that are not in the table; returns the number of the others, and conflicts."""
    if connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None:
        return 0, []
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known AS"
        f" SELECT a.row, {differs} AS differs FROM staged a JOIN {table} b USING (event)"
    )
    known, unchanged = connection.execute("SELECT count(*), count(*) FILTER (NOT differs) FROM known").fetchall()[0]
    conflicts = _conflicts(connection, batch, "known WHERE differs") if known > unchanged else []
    if known:
        connection.execute("DELETE FROM staged WHERE row IN (SELECT row FROM known)")
    connection.execute("DROP TABLE known")
    return unchanged, conflicts


def _imply_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch, key: EdgeKey, load: int) -> int:
    """Make the nodes that only an edge names, for the ends where the mapping allows it; returns how many.

    An edge that is refused for want of its other end makes none.
    """
    made = 0
    ends = {"source": ("src", key.source), "target": ("dst", key.target)}
    for end, other in (("source", "target"), ("target", "source")):
        if end not in batch.create:
            continue
        column, node = ends[end]
        its, whose = ends[other]
        # Between nodes of one type a row may name the other end of another row, so that all ends count.
        known = "" if other in batch.create or node == whose else f'SEMI JOIN "node_{whose}" o ON o.id = i.{its}'
        query = (
            f"SELECT id, row FROM (SELECT {column} AS id, min(row) AS row FROM incoming i {known} GROUP BY ALL)"
            f' ANTI JOIN "node_{node}" USING (id)'
        )
        made += _insert_nodes(connection, f'"node_{node}"', "", query, load)
    return made
