"""Exports empty lists, which the import tool cannot write, as a chunk of the last load that is not applied yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from graph.schema import Column, Schema
from graph.store.neo4j.load.chunks import Chunk, packed, typed
from graph.store.neo4j.load.split_chunks import EVENT, exact_value, parts
from graph.store.neo4j.model import edge_columns

if TYPE_CHECKING:
    import duckdb

_ROWS = 5_000
_EMPTY = "'[]'"


def has_no_empty_list(specs: Mapping[str, Column]) -> str:
    """SQL condition for edges without empty lists, which the import tool can write."""
    lists = [f'e."{name}" IS DISTINCT FROM {_EMPTY}' for name, spec in specs.items() if spec.type == "list"]
    return f" WHERE {' AND '.join(lists)}" if lists else ""


def stage_empty_lists(
    connection: duckdb.DuckDBPyConnection, schema: Schema, tables: Collection[str], *, mark: str
) -> None:
    """Create the table ``staged`` with chunks of all nodes and edges with empty lists, as a load would stage them.

    Args:
        connection: The embedded store.
        schema: The market schema.
        tables: Tables of the store.
        mark: Separator of list items in the files.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE staged (key VARCHAR, load VARCHAR, ordinal BIGINT, type VARCHAR, roles VARCHAR,"
        " rows BIGINT, buckets VARCHAR, payload VARCHAR)"
    )
    [(load,)] = connection.execute("SELECT id FROM loads ORDER BY load DESC LIMIT 1").fetchall()
    queries = [*_node_queries(schema, tables), *_edge_queries(schema, tables)]
    found = [(type, table) for type, query in queries for table in parts(connection, query, _ROWS)]
    for ordinal, (type, table) in enumerate(found):
        chunk = Chunk(ordinal, type, (), len(table))
        payload = mark.join(str(byte - 256 if byte > 127 else byte) for byte in packed(typed(schema, type, table)))
        connection.execute(
            "INSERT INTO staged VALUES (?, ?, ?, ?, NULL, ?, NULL, ?)",
            [chunk.key(load), load, ordinal, type, len(table), payload],
        )


def _node_queries(schema: Schema, tables: Collection[str]) -> Iterator[tuple[str, str]]:
    """Node types, and SQL queries for nodes with empty lists."""
    for name, node in schema.nodes.items():
        lists = [f'"{column}"' for column, spec in node.columns.items() if spec.type == "list"]
        if lists and f"node_{name}" in tables:
            values = ", ".join(f"CASE {c} WHEN {_EMPTY} THEN {_EMPTY} END AS {c}" for c in lists)
            where = f"{_EMPTY} IN ({', '.join(lists)})"
            yield name, f'SELECT id, {values} FROM "node_{name}" WHERE {where} ORDER BY id'


def _edge_queries(schema: Schema, tables: Collection[str]) -> Iterator[tuple[str, str]]:
    """Edge types, and SQL queries for edges with empty lists."""
    for key in schema:
        specs = edge_columns(schema, key)
        lists = [f'e."{column}"' for column, spec in specs.items() if spec.type == "list"]
        if lists and f"edge_{key}" in tables:
            values = ", ".join(exact_value(spec, column, "e.") for column, spec in specs.items())
            yield (
                str(key),
                f'SELECT s.id AS src, d.id AS dst, {EVENT} AS event, {values} FROM "edge_{key}" e'
                f' JOIN "node_{key.source}" s ON s.n = e.src JOIN "node_{key.target}" d ON d.n = e.dst'
                f" WHERE {_EMPTY} IN ({', '.join(lists)}) ORDER BY s.id, d.id, e.event",
            )
