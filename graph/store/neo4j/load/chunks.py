"""Chunks: the rows of a load in pieces of one transaction each, as they are staged and as they are applied.

Before anything of a load is visible, all its chunks lie in the database as compressed bytes. The transaction that seals
the load is its commit; from then on whoever comes next can apply what is left of them, without the files. The columns
carry their types with them, so that he may know another schema, or none of these types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from graph.errors import StoreError
from graph.schema import Column, ColumnType, EdgeKey, Schema
from graph.store.neo4j.arrays import to_rows
from graph.store.neo4j.model import edge_columns, labels_of, quoted, writing

if TYPE_CHECKING:
    import pyarrow as pa

_TYPE = b"type"
# What the ends of an edge and its event stand in; they are no columns of it.
_ENDS = 3


@dataclass(frozen=True, slots=True)
class Chunk:
    """Which rows a chunk holds.

    Attributes:
        ordinal: Its number within the load, from 0; nodes come before edges.
        type: Node type, or edge type in its text form.
        roles: Roles of every node in it; empty for edges.
        rows: Number of rows.
        buckets: For edges, the buckets of their sources and targets: two chunks that share one are not applied at the
            same time.
    """

    ordinal: int
    type: str
    roles: tuple[str, ...]
    rows: int
    buckets: tuple[str, ...] = ()

    def key(self, load: str) -> str:
        """What the database knows it by."""
        return f"{load}/{self.ordinal:08d}"


def typed(schema: Schema, type: str, table: pa.Table) -> pa.Table:
    """A table whose columns carry their types.

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
    """The rows as compressed bytes, with what their columns carry."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def unpacked(payload: bytes) -> pa.Table:
    """What ``packed`` was given."""
    import pyarrow as pa

    with pa.ipc.open_stream(payload) as reader:
        return reader.read_all()


def edge_key(type: str) -> EdgeKey | None:
    """The edge type of that text form; None where it is a node type."""
    # Names of node types hold no dash.
    source, _, rest = type.partition("-")
    relation, dash, target = rest.rpartition("-")
    return EdgeKey(source, relation, target) if dash else None


def statement(chunk: Chunk, table: pa.Table) -> tuple[str, list[list[Any]]]:
    """The Cypher that writes the rows of a chunk, which returns how many it wrote, and its parameter ``rows``.

    Another parameter, ``zone``, is that of the times.

    Args:
        chunk: The chunk.
        table: Its rows, from ``typed``.

    Raises:
        StoreError: a column carries no type.
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
    """The columns of a table from that one on, by the types that they carry."""
    found = {}
    for field in list(table.schema)[first:]:
        kind = (field.metadata or {}).get(_TYPE)
        if kind is None:
            raise StoreError(
                f"a part of a load in the database does not say of what type {field.name} is",
                hint="an earlier graphvine has left it there; wipe the store and load again: graphvine store wipe",
            )
        found[field.name] = Column(cast(ColumnType, kind.decode()))
    return found


def _sets(table: pa.Table, columns: Mapping[str, Column], *, first: int, between: str) -> Iterator[str]:
    """Name and value of each property, for the columns of the table from that one on."""
    for place, name in enumerate(table.column_names[first:], start=first):
        yield f"{quoted(name)}{between}{writing(columns[name].type, f'r[{place}]')}"
