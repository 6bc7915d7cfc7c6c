"""Chunks: the rows of a load in pieces of one transaction each.

All chunks are staged in the database as compressed bytes before anything of the load is visible. The transaction that
seals the load commits it. After an interruption, the next loader can apply the remaining chunks without the files. The
columns contain their types, so that this works with another schema too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from graph.errors import StoreError
from graph.schema import Column, ColumnType, EdgeKey, Schema
from graph.store.neo4j.arrow_rows import to_rows
from graph.store.neo4j.model import edge_columns, labels_of, quoted, writing

if TYPE_CHECKING:
    import pyarrow as pa

_TYPE = b"type"
# Fields for the ends and the event id of an edge; all others are its columns.
_ENDS = 3


@dataclass(frozen=True, slots=True)
class Chunk:
    """Description of a chunk, without its rows.

    Attributes:
        ordinal: Its number within the load, from 0; nodes come before edges.
        type: Node type, or edge type in its text form.
        roles: Roles of every node in it; empty for edges.
        rows: Number of rows.
        buckets: For edges, the hash buckets of their sources and targets. Chunks with a common bucket are not applied
            at the same time, to avoid deadlocks.
    """

    ordinal: int
    type: str
    roles: tuple[str, ...]
    rows: int
    buckets: tuple[str, ...] = ()

    def key(self, load: str) -> str:
        """Key of the chunk in the database."""
        return f"{load}/{self.ordinal:08d}"


def typed(schema: Schema, type: str, table: pa.Table) -> pa.Table:
    """Add the column types of the schema to a table's metadata.

    Args:
        schema: The market schema.
        type: Node type, or edge type in its text form.
        table: Rows of it.
    """
    import pyarrow as pa

    key = edge_key(type)
    columns = schema.node(type).columns if key is None else edge_columns(schema, key)
    fields = [
        field.with_metadata({_TYPE: columns[field.name].type.encode()}) if field.name in columns else field
        for field in table.schema
    ]
    return pa.table(table.columns, pa.schema(fields))


def packed(table: pa.Table) -> bytes:
    """The rows as compressed bytes, with their metadata."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def unpacked(payload: bytes) -> pa.Table:
    """The inverse of ``packed``."""
    import pyarrow as pa

    with pa.ipc.open_stream(payload) as reader:
        return reader.read_all()


def edge_key(type: str) -> EdgeKey | None:
    """The edge type with that text form; None for a node type."""
    # Names of node types contain no dash.
    source, _, rest = type.partition("-")
    relation, dash, target = rest.rpartition("-")
    return EdgeKey(source, relation, target) if dash else None


def statement(chunk: Chunk, table: pa.Table) -> tuple[str, list[list[Any]]]:
    """The Cypher statement that writes the rows of a chunk and returns their number, and its parameter ``rows``.

    The statement also needs the parameter ``zone``, the zone of times.

    Args:
        chunk: The chunk.
        table: Its rows, from ``typed``.

    Raises:
        StoreError: a column has no type in its metadata.
    """
    key = edge_key(chunk.type)
    if key is None:
        return _node_statement(chunk, table)
    columns = _columns(table, _ENDS)
    sets = ", ".join(["event: r[2]", *_sets(table, columns, first=_ENDS, between=": ")])
    text = (
        f"UNWIND $rows AS r MATCH (a{labels_of(key.source)} {{id: r[0]}}) MATCH (b{labels_of(key.target)} {{id: r[1]}})"
        f" CREATE (a)-[e:{quoted(key.relation)} {{{sets}}}]->(b) RETURN count(e) AS written"
    )
    return text, to_rows(table, columns)


def _node_statement(chunk: Chunk, table: pa.Table) -> tuple[str, list[list[Any]]]:
    present = table.select([n for n in table.column_names if table[n].null_count < len(table)])
    columns = _columns(present, 1)
    sets = [f"n.{part}" for part in _sets(present, columns, first=1, between=" = ")]
    labels = f"n{labels_of(chunk.type, chunk.roles)}"
    text = (
        f"UNWIND $rows AS r MERGE (n{labels_of(chunk.type)} {{id: r[0]}}) SET {', '.join([labels, *sets])}"
        " RETURN count(n) AS written"
    )
    return text, to_rows(present, columns)


def _columns(table: pa.Table, first: int) -> dict[str, Column]:
    """The columns of a table from position ``first`` on, with the types in their metadata."""
    found = {}
    for field in list(table.schema)[first:]:
        kind = (field.metadata or {}).get(_TYPE)
        if kind is None:
            raise StoreError(
                f"a part of a load in the database has no type for {field.name}",
                hint="an earlier version of graphvine wrote it; wipe the store and load again: graphvine store wipe",
            )
        found[field.name] = Column(cast(ColumnType, kind.decode()))
    return found


def _sets(table: pa.Table, columns: Mapping[str, Column], *, first: int, between: str) -> Iterator[str]:
    """Cypher text of name and value of each property, for the columns from position ``first`` on."""
    for place, name in enumerate(table.column_names[first:], start=first):
        yield f"{quoted(name)}{between}{writing(columns[name].type, f'r[{place}]')}"
