"""The scratch store of a load: a temporary DuckDB file with a copy of the node and edge types that the load changes.

The embedded store's code merges the batches in this copy, so that both stores follow the same rules. A type is copied
from the database when the first new batch of it is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.schema import EdgeKey, Schema
from graph.store.embedded.arrow_views import visible
from graph.store.embedded.loading import EmbeddedLoading
from graph.store.embedded.tables import SQL_TYPES, zone_in
from graph.store.neo4j.database import Database
from graph.store.neo4j.model import edge_columns
from graph.store.neo4j.reading import EdgePages, node_pages

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class ScratchLoading(EmbeddedLoading):
    """A load into a scratch store, which copies the types that it changes from the database.

    Args:
        connection: An empty store with the database's ledger, outside a transaction, since it is temporary.
        schema: The market schema.
        at: Time of the load, UTC seconds.
        database: The database.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: Schema, *, at: int, database: Database) -> None:
        super().__init__(connection, schema, at=at)
        self._database = database
        self._nodes: dict[str, int] = {}
        self._edges: set[EdgeKey] = set()

    @property
    def number(self) -> int:
        """Number of the load."""
        return self._number

    @property
    def at(self) -> int:
        """Time of the load, UTC seconds."""
        return self._at

    @property
    def zone(self) -> str:
        """Time zone of the market; empty where none is set."""
        return zone_in(self._connection)

    def _prepare(self, kind: str | EdgeKey) -> None:
        super()._prepare(kind)
        for name in (kind,) if isinstance(kind, str) else (kind.source, kind.target):
            if name not in self._nodes:
                self._nodes[name] = copy_nodes(self._database, self._connection, self._schema, name)
        if isinstance(kind, EdgeKey) and kind not in self._edges:
            copy_edges(self._database, self._connection, self._schema, kind, sources=self._nodes[kind.source])
            self._edges.add(kind)


def copy_nodes(database: Database, connection: duckdb.DuckDBPyConnection, schema: Schema, node: str) -> int:
    """Copy the nodes of a type into its table, numbered from 0 in order of their ids; returns their number."""
    spec = schema.node(node)
    plain = "".join(f', "role_{role}"' for role in spec.roles)
    names = plain + "".join(f', "{name}"' for name in spec.columns)
    values = plain + "".join(f', "{name}"::{SQL_TYPES[column.type]}' for name, column in spec.columns.items())
    first = 0
    with database.reading() as session:
        for page in node_pages(session, schema, node):
            query = f"SELECT {first} + row_number() OVER (ORDER BY id) - 1, 0, id{values} FROM page"
            _insert(connection, page, f'INSERT INTO "node_{node}" (n, _load, id{names}) {query}')
            first += len(page)
    return first


def copy_edges(
    database: Database, connection: duckdb.DuckDBPyConnection, schema: Schema, key: EdgeKey, *, sources: int
) -> None:
    """Copy the events of a type into its table, after the nodes at their ends; ``sources`` is the number of sources."""
    specs = edge_columns(schema, key)
    names = "".join(f', "{name}"' for name in specs)
    values = "".join(f', p."{name}"::{SQL_TYPES[column.type]}' for name, column in specs.items())
    query = (
        f"INSERT INTO \"edge_{key}\" (src, dst, event, _load{names}) SELECT s.n, d.n, ('0x' || p.event)::UHUGEINT, 0"
        f'{values} FROM page p JOIN "node_{key.source}" s ON s.id = p.src JOIN "node_{key.target}" d ON d.id = p.dst'
    )
    # Includes nodes that this load has changed. Nodes that it has created have no events in the database.
    ids = connection.execute(f'SELECT id FROM "node_{key.source}" WHERE n < {sources} ORDER BY n').fetchall()
    pages = EdgePages(schema, key, [id for (id,) in ids], events=True)
    with database.reading() as session:
        for page in pages.read(session):
            _insert(connection, page, query)


def _insert(connection: duckdb.DuckDBPyConnection, page: pa.Table, statement: str) -> None:
    with visible(connection, "page", page):
        connection.execute(statement)
