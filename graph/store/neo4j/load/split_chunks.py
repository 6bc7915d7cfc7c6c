"""Splits the changes of a load, taken from the scratch store, into chunks whose rows are sorted by their ends."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, pairwise
from typing import TYPE_CHECKING

import numpy as np

from graph.errors import StoreError
from graph.schema import Column, EdgeKey, Schema
from graph.store.neo4j.load.chunks import Chunk
from graph.store.neo4j.model import edge_columns

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

# Slightly below the key size limit of a range index.
LONGEST_ID = 8_000
# SQL of an event id as 32 hexadecimal digits.
EVENT = "printf('%016x%016x', (e.event >> 64)::UBIGINT, (e.event & 18446744073709551615::UHUGEINT)::UBIGINT)"
_FETCHED = 100_000
# Maximum Arrow bytes per transaction; the server needs about ten times as much memory for it.
_MOST_BYTES = 8 << 20


def cut(
    connection: duckdb.DuckDBPyConnection, schema: Schema, load: int, *, rows: int, buckets: int
) -> Iterator[tuple[Chunk, pa.Table]]:
    """The chunks of a load, nodes first.

    Args:
        connection: The scratch store.
        schema: The market schema.
        load: Number of the load.
        rows: Maximum rows per chunk.
        buckets: Number of hash buckets of node ids; chunks without a common bucket can be applied at the same time.
    """
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    ordinals = count()
    for name in schema.nodes:
        if f"node_{name}" in tables:
            yield from _cut_nodes(connection, schema, name, load=load, rows=rows, ordinals=ordinals)
    for key in schema:
        if f"edge_{key}" in tables:
            yield from _cut_edges(connection, schema, key, load=load, rows=rows, ordinals=ordinals, buckets=buckets)


def _cut_nodes(
    connection: duckdb.DuckDBPyConnection, schema: Schema, node: str, *, load: int, rows: int, ordinals: count[int]
) -> Iterator[tuple[Chunk, pa.Table]]:
    spec = schema.node(node)
    columns = "".join(f", {exact_value(column, name)}" for name, column in spec.columns.items())
    for mask in range(1 << len(spec.roles)):
        roles = tuple(role for i, role in enumerate(spec.roles) if mask >> i & 1)
        has = "".join(f' AND coalesce("role_{role}", false) = {str(role in roles).lower()}' for role in spec.roles)
        query = f'SELECT id{columns} FROM "node_{node}" WHERE _load = {load}{has} ORDER BY id'
        for part in parts(connection, query, rows):
            _require_short(part["id"], node)
            yield Chunk(next(ordinals), node, roles, len(part)), part


def _require_short(ids: pa.ChunkedArray, node: str) -> None:
    """Refuse ids that are too long for the database's index, before anything is committed."""
    import pyarrow.compute as pc

    longest = pc.max(pc.binary_length(ids)).as_py()
    if longest > LONGEST_ID:
        raise StoreError(
            f"an id of a {node} has {longest:,} bytes, and Neo4j can index {LONGEST_ID:,}; nothing was loaded",
            hint="give these nodes shorter ids, for example a hash of them",
        )


def _cut_edges(
    connection: duckdb.DuckDBPyConnection,
    schema: Schema,
    key: EdgeKey,
    *,
    load: int,
    rows: int,
    ordinals: count[int],
    buckets: int,
) -> Iterator[tuple[Chunk, pa.Table]]:
    [(total,)] = connection.execute(f'SELECT count(*) FROM "edge_{key}" WHERE _load = {load}').fetchall()
    # Use fewer buckets for few rows: more buckets than chunks would only make the chunks smaller.
    wide = 1 if total <= 2 * rows else min(buckets, max(2, int((total / rows) ** 0.5)))
    columns = "".join(f", {exact_value(column, name, 'e.')}" for name, column in edge_columns(schema, key).items())
    query = (
        "SELECT s.id AS src, d.id AS dst,"
        f" {EVENT} AS event{columns},"
        f'  (e.src % {wide}) AS _source, (e.dst % {wide}) AS _target FROM "edge_{key}" e'
        f' JOIN "node_{key.source}" s ON s.n = e.src JOIN "node_{key.target}" d ON d.n = e.dst'
        f" WHERE e._load = {load} ORDER BY _source, _target, e.src, e.dst, e.event"
    )
    for table in parts(connection, query, rows, by=("_source", "_target")):
        source, target = table["_source"][0].as_py(), table["_target"][0].as_py()
        part = table.drop_columns(["_source", "_target"])
        yield (
            Chunk(next(ordinals), str(key), (), len(part), (f"{key.source} {source}", f"{key.target} {target}")),
            part,
        )


def exact_value(column: Column, name: str, table: str = "") -> str:
    """SQL expression of a column for staging; money as the nearest float64 (cents divided by 100)."""
    if column.type == "money":
        return f'({table}"{name}" * 100)::BIGINT::DOUBLE / 100 AS "{name}"'
    return f'{table}"{name}"'


def parts(
    connection: duckdb.DuckDBPyConnection, query: str, rows: int, *, by: tuple[str, ...] = ()
) -> Iterator[pa.Table]:
    """The rows of a query in tables of at most ``rows`` rows; the rows of a table have equal values in ``by``."""
    import pyarrow as pa

    # Rows are streamed, so the connection must not be used for anything else meanwhile.
    reader = connection.sql(query).to_arrow_reader(_FETCHED)
    rest: pa.Table | None = None
    for batch in reader:
        table = pa.Table.from_batches([batch])
        table = table if rest is None else pa.concat_tables([rest, table])
        *whole, (start, stop) = _spans(table, rows, by)
        for first, last in whole:
            yield from _light(table.slice(first, last - first))
        # The last part may continue in the next batch.
        rest = table.slice(start, stop - start)
    if rest is not None and len(rest):
        yield from _light(rest)


def _light(table: pa.Table) -> Iterator[pa.Table]:
    """Split a table in halves until each is small enough for a transaction."""
    if len(table) < 2 or table.nbytes <= _MOST_BYTES:
        yield table
    else:
        half = len(table) // 2
        yield from _light(table.slice(0, half))
        yield from _light(table.slice(half))


def _spans(table: pa.Table, rows: int, by: tuple[str, ...]) -> list[tuple[int, int]]:
    """Start and end of each part of a table; the parts cover the table."""
    breaks = {0, len(table)}
    for name in by:
        column = table[name].to_numpy()
        breaks.update((1 + np.flatnonzero(column[1:] != column[:-1])).tolist())
    edges = sorted(breaks) if len(table) else [0, 0]
    return [(start, min(start + rows, b)) for a, b in pairwise(edges) for start in range(a, max(b, a + 1), rows)]
