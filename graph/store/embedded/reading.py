"""Reads the DuckDB tables into a HeteroGraph."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.columns import DAYS, MISSING_BOOLEAN, MISSING_INTEGER, Array, Coded, EdgeColumn, Edges, NodeColumn, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import ColumnType, EdgeKey, Schema
from graph.store.edge_order import canonical_edges
from graph.store.embedded.tables import with_held_columns, zone_in
from graph.text import TextArray
from graph.zones import UTC

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


# Column types that are stored as text; a list is stored as a JSON array.
TEXTS = ("text", "list")
_CENTS = 100


@dataclass(frozen=True)
class _Fetched:
    """The rows of an edge table, with the store's node numbers, and the types of its further columns."""

    table: pa.Table
    columns: Mapping[str, ColumnType]


def read_graph(connection: duckdb.DuckDBPyConnection, schema: Schema, types: Collection[str] | None) -> HeteroGraph:
    """All nodes, and the edges of the given types (all where None)."""
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    held = with_held_columns(connection, schema)
    nodes, ranks = {}, {}
    for name in schema.nodes:
        if f"node_{name}" in tables:
            nodes[name], ranks[name] = _read_nodes(connection, held, name)
    wanted = [key for key in schema if f"edge_{key}" in tables and (types is None or str(key) in types)]
    edge_sets = {key: _sort_edges(_fetch_edges(connection, held, key), key, ranks) for key in wanted}
    return HeteroGraph.of(nodes, edge_sets, schema=schema, zone=zone_in(connection) or UTC)


def _read_nodes(connection: duckdb.DuckDBPyConnection, schema: Schema, name: str) -> tuple[Nodes, Array]:
    node = schema.node(name)
    roles = "".join(f', coalesce("role_{role}", false) AS "role_{role}"' for role in node.roles)
    columns = "".join(f', "{column}"' for column in node.columns)
    # DuckDB compares VARCHAR by UTF-8 bytes, which is the canonical order.
    table = connection.sql(f'SELECT n, id{roles}{columns} FROM "node_{name}" ORDER BY id').to_arrow_table()
    ids = IdMap(name, TextArray.of_arrow(table["id"]))
    number = table["n"].to_numpy()
    # Store numbers have few gaps, so an array maps them to snapshot numbers.
    rank = np.full(int(number.max(initial=-1)) + 1, -1, np.int64)
    rank[number] = np.arange(len(number))
    flags = {role: table[f"role_{role}"].to_numpy().astype(np.bool_) for role in node.roles}
    values: dict[str, NodeColumn] = {
        column: TextArray.of_arrow(table[column]) if spec.type in TEXTS else numeric(table[column], spec.type)
        for column, spec in node.columns.items()
    }
    return Nodes(ids, MappingProxyType(values), MappingProxyType(flags)).canonical(), rank


def numeric(column: pa.ChunkedArray, kind: ColumnType) -> Array:
    """A column of numbers, times, dates, booleans or amounts as an array of a HeteroGraph."""
    import pyarrow as pa

    if kind == "money" and pa.types.is_decimal(column.type):
        return _amounts(column)
    if kind in ("decimal", "money"):
        return np.asarray(_filled(column, float("nan")).to_numpy()) + 0.0
    if kind == "date":
        return np.asarray(column.cast(pa.date32()).to_numpy(), DAYS)
    if kind == "boolean":
        return np.asarray(_filled(column.cast(pa.int8()), int(MISSING_BOOLEAN)).to_numpy(), np.int8)
    return np.asarray(_filled(column, MISSING_INTEGER).to_numpy(), np.int64)


def _amounts(column: pa.ChunkedArray) -> Array:
    """DECIMAL(18, 2) as the nearest float64, NaN where missing; rounding to cents recovers the exact amount."""
    parts = [np.zeros(0, np.float64)]
    for chunk in column.chunks:
        # Arrow stores an amount in 128 bits; 18 digits fit into the lower 64.
        units = np.frombuffer(chunk.buffers()[1], np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk)) : 2]
        parts.append(np.where(chunk.is_null().to_numpy(zero_copy_only=False), np.nan, units / _CENTS))
    return np.concatenate(parts)


def _filled(column: pa.ChunkedArray, missing: float) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.fill_null(column, missing) if column.null_count else column


def _fetch_edges(connection: duckdb.DuckDBPyConnection, schema: Schema, key: EdgeKey) -> _Fetched:
    specs = schema.edge(key).columns
    columns = "".join(f', "{name}"' for name in specs)
    table = connection.sql(f'SELECT src, dst, time, weight{columns} FROM "edge_{key}"').to_arrow_table()
    return _Fetched(table, {name: spec.type for name, spec in specs.items()})


def _sort_edges(fetched: _Fetched, key: EdgeKey, ranks: dict[str, Array]) -> Edges:
    table = fetched.table
    more: dict[str, EdgeColumn] = {
        name: coded(table[name]) if kind in TEXTS else numeric(table[name], kind)
        for name, kind in fetched.columns.items()
    }
    return canonical_edges(
        len(ranks[key.source]),
        np.take(ranks[key.source], table["src"].to_numpy()),
        np.take(ranks[key.target], table["dst"].to_numpy()),
        time=numeric(table["time"], "time"),
        weight=numeric(table["weight"], "decimal"),
        columns=more,
    )


def coded(column: pa.ChunkedArray) -> Coded:
    """A text column of edges as codes and values."""
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(column.combine_chunks())
    encoded = encoded.combine_chunks() if hasattr(encoded, "combine_chunks") else encoded
    values = encoded.dictionary.to_pylist()
    order = sorted(range(len(values)), key=lambda i: values[i].encode("utf-8"))
    position = np.empty(len(values) + 1, np.int32)
    position[order] = np.arange(len(values))
    position[-1] = -1
    codes = position[pc.fill_null(encoded.indices, -1).to_numpy()]
    return Coded(codes, TextArray.of(values[i] for i in order))
