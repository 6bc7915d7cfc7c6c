"""The SQL of a load, for both stores: merges nodes, adds each event once, and counts every row of ``incoming``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.batch import Batch, LoadReport, Refusal
from graph.schema import EdgeKey
from graph.store.embedded.arrow_views import rows_of, visible

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_EVENT_COLUMNS = ("event", "event_high", "event_low")
# An id of 32 hexadecimal digits is read as a 128-bit number; other ids are hashed to one.
_HEX = "length(i.event) = 32 AND regexp_full_match(i.event, '[0-9a-f]{32}')"


def count_of(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The single number that a query returns."""
    # Fetch all rows: DuckDB allows only one open result per connection.
    rows = connection.execute(query).fetchall()
    return int(rows[0][0]) if rows else 0


def merge_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch, load: int) -> LoadReport:
    """Merge the nodes of ``incoming``: the later of several rows with the same id wins; missing cells change nothing.

    A later row with other values counts as an update, one without new values as a duplicate: the same counts as if each
    row were a batch of its own.
    """
    columns = [c for c in batch.table.column_names if c not in ("row", "id")]
    latest = _latest(connection, batch, columns)
    total, distinct = len(batch.table), len(latest)
    again = _count_corrections(connection, columns) if distinct < total else 0
    with visible(connection, "staged", latest):
        updated = _update_nodes(connection, batch, columns, load)
        table = f'"node_{batch.type}"'
        names = "".join(f', "{c}"' for c in columns) + "".join(f', "role_{role}"' for role in batch.roles)
        values = "".join(f', s."{c}"' for c in columns) + ", true" * len(batch.roles)
        fresh = f"SELECT s.id, s.row{values} FROM staged s ANTI JOIN {table} t USING (id)"
        created = _insert_nodes(connection, table, names, fresh, load)
    return LoadReport(created, updated + again, distinct - created - updated, total - distinct - again)


def _update_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch, columns: list[str], load: int) -> int:
    """Update the nodes for which ``staged`` has new values; returns their number."""
    table = f'"node_{batch.type}"'
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
    return updated


def _count_corrections(connection: duckdb.DuckDBPyConnection, columns: list[str]) -> int:
    """Number of rows of ``incoming`` that change or add values of an earlier row with the same id."""
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


def _latest(connection: duckdb.DuckDBPyConnection, batch: Batch, columns: list[str]) -> pa.Table:
    """One row per id of ``incoming``: the number of its last row, and the last value of each column."""
    distinct = count_of(connection, "SELECT count(DISTINCT id) FROM incoming")
    if distinct == len(batch.table):
        return batch.table
    latest = "".join(f', arg_max("{c}", row) FILTER ("{c}" IS NOT NULL) AS "{c}"' for c in columns)
    return rows_of(connection, f"SELECT id, max(row) AS row{latest} FROM incoming GROUP BY id")


def _insert_nodes(connection: duckdb.DuckDBPyConnection, table: str, names: str, query: str, load: int) -> int:
    """Insert ``(id, row, values...)`` rows, numbering new nodes in order of row; returns their number."""
    first = count_of(connection, f"SELECT coalesce(max(n) + 1, 0) FROM {table}")
    return count_of(
        connection,
        f"INSERT INTO {table} (n, _load, id{names})"
        f" SELECT {first} + row_number() OVER (ORDER BY row, id) - 1, {load}, * EXCLUDE (row) FROM ({query})",
    )


def merge_edges(connection: duckdb.DuckDBPyConnection, batch: Batch, load: int, *, again: bool = False) -> LoadReport:
    """Add the new events of ``incoming``; refuse rows with missing ends or conflicting content.

    Args:
        connection: The store, with ``incoming`` registered.
        batch: The batch that ``incoming`` contains.
        load: Number of the load.
        again: True where these are only the refused rows of a batch that was loaded before; rows that were refused for
            a conflict are refused again.
    """
    key = batch.type
    if not isinstance(key, EdgeKey):
        raise TypeError(f"{key} is not an edge type")
    implied = _imply_nodes(connection, batch, key, load)
    columns = [c for c in batch.table.column_names if c not in ("row", "src", "dst", *_EVENT_COLUMNS)]
    content = ["src", "dst", *columns]
    differs = " OR ".join(f'a."{c}" IS DISTINCT FROM b."{c}"' for c in content)
    staged, refused = _with_ends(connection, batch, key, columns)
    unchanged, others = 0, list[Refusal]()
    if again:
        # Compare with the store first, so that a conflict with it stays one whatever else is in the batch.
        staged, unchanged, others = _without_known(connection, batch, staged, differs)
    # The first of several rows with the same id is kept.
    staged, repeats, conflicts = _without_later(connection, batch, staged, differs)
    if not again:
        staged, unchanged, others = _without_known(connection, batch, staged, differs)
    names = ", ".join(f'"{c}"' for c in [*content, "event"])
    with visible(connection, "staged", staged):
        created = count_of(connection, f'INSERT INTO "edge_{key}" ({names}, _load) SELECT {names}, {load} FROM staged')
    refused = sorted([*refused, *conflicts, *others], key=lambda r: r.row)
    return LoadReport(created, 0, unchanged, repeats, tuple(refused), implied)


def _conflicts(connection: duckdb.DuckDBPyConnection, batch: Batch, rows: pa.Array) -> list[Refusal]:
    """Refusals of these rows as conflicts, each with its event id."""
    import pyarrow as pa

    if not len(rows):
        return []
    shown = "event" if "event" in batch.table.column_names else "printf('%016x%016x', event_high, event_low)"
    with visible(connection, "refused", pa.table({"row": rows})):
        return _refusals(
            connection, f"SELECT row, 'event_conflict', {shown} FROM incoming SEMI JOIN refused USING (row)"
        )


def _refusals(connection: duckdb.DuckDBPyConnection, query: str) -> list[Refusal]:
    return [Refusal(*row) for row in connection.execute(query).fetchall()]


def _with_ends(
    connection: duckdb.DuckDBPyConnection, batch: Batch, key: EdgeKey, columns: list[str]
) -> tuple[pa.Table, list[Refusal]]:
    """The rows of ``incoming`` with node numbers and event numbers, and refusals of rows whose ends do not exist."""
    import pyarrow.compute as pc

    select = "".join(f', i."{c}"' for c in columns)
    if "event" in batch.table.column_names:
        event = f"CASE WHEN {_HEX} THEN ('0x' || i.event)::UHUGEINT ELSE md5_number(i.event) END"
    else:
        event = "(i.event_high::UHUGEINT << 64) | i.event_low::UHUGEINT"
    staged = rows_of(
        connection,
        f"SELECT i.row, s.n AS src, d.n AS dst, {event} AS event{select} FROM incoming i"
        f' LEFT JOIN "node_{key.source}" s ON s.id = i.src LEFT JOIN "node_{key.target}" d ON d.id = i.dst',
    )
    if not staged["src"].null_count and not staged["dst"].null_count:
        return staged, []
    with visible(connection, "staged", staged):
        refused = _refusals(
            connection,
            "SELECT row, CASE WHEN g.src IS NULL THEN 'unknown_source' ELSE 'unknown_target' END,"
            " CASE WHEN g.src IS NULL THEN i.src ELSE i.dst END"
            " FROM staged g JOIN incoming i USING (row) WHERE g.src IS NULL OR g.dst IS NULL",
        )
    return staged.filter(pc.and_(staged["src"].is_valid(), staged["dst"].is_valid())), refused


def _without_later(
    connection: duckdb.DuckDBPyConnection, batch: Batch, staged: pa.Table, differs: str
) -> tuple[pa.Table, int, list[Refusal]]:
    """The first row of each event id, the number of equal repeats, and the rows with other content."""
    with visible(connection, "staged", staged):
        if count_of(connection, "SELECT count(DISTINCT event) FROM staged") == len(staged):
            return staged, 0, []
        later = rows_of(
            connection, "SELECT row FROM staged QUALIFY row_number() OVER (PARTITION BY event ORDER BY row) > 1"
        )
    chosen = _among(staged, later)
    first = staged.filter(_not(chosen))
    with visible(connection, "later", staged.filter(chosen)), visible(connection, "staged", first):
        contradicting = rows_of(connection, f"SELECT a.row FROM later a JOIN staged b USING (event) WHERE {differs}")
    conflicts = _conflicts(connection, batch, contradicting["row"])
    return first, len(later) - len(conflicts), conflicts


def _without_known(
    connection: duckdb.DuckDBPyConnection, batch: Batch, staged: pa.Table, differs: str
) -> tuple[pa.Table, int, list[Refusal]]:
    """The events that are not in the store, the number that are, and the rows with other content than there."""
    with visible(connection, "staged", staged):
        known = rows_of(
            connection,
            f'SELECT a.row, ({differs})::TINYINT AS differs FROM staged a JOIN "edge_{batch.type}" b USING (event)',
        )
    if not len(known):
        return staged, 0, []
    conflicts = _conflicts(connection, batch, known.filter(known["differs"].cast("bool"))["row"])
    return staged.filter(_not(_among(staged, known))), len(known) - len(conflicts), conflicts


def _among(rows: pa.Table, others: pa.Table) -> pa.ChunkedArray:
    """True for rows whose row number occurs in ``others``."""
    import pyarrow.compute as pc

    return pc.is_in(rows["row"], value_set=others["row"])


def _not(mask: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.invert(mask)


def _imply_nodes(connection: duckdb.DuckDBPyConnection, batch: Batch, key: EdgeKey, load: int) -> int:
    """Create the nodes that only an edge names, for the ends where the mapping allows it; returns their number.

    An edge that is refused because its other end is missing creates no node.
    """
    made = 0
    ends = {"source": ("src", key.source), "target": ("dst", key.target)}
    for end, other in (("source", "target"), ("target", "source")):
        if end not in batch.create:
            continue
        column, node = ends[end]
        its, whose = ends[other]
        # Where both ends have the same type, one row can create the node that another row needs at its other end.
        known = "" if other in batch.create or node == whose else f'SEMI JOIN "node_{whose}" o ON o.id = i.{its}'
        query = (
            f"SELECT id, row FROM (SELECT {column} AS id, min(row) AS row FROM incoming i {known} GROUP BY ALL)"
            f' ANTI JOIN "node_{node}" USING (id)'
        )
        made += _insert_nodes(connection, f'"node_{node}"', "", query, load)
    return made
