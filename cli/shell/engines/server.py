"""Queries on a Neo4j server. They run in this process, and end on the server when they are interrupted here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cli.shell.parts import Part, parts_of

if TYPE_CHECKING:
    from graph.schema import Schema
    from graph.store.neo4j.access import Access
    from graph.store.neo4j.connection import Connection
    from graph.store.neo4j.database import Database
    from graph.store.neo4j.query.market_queries import MarketQueries
    from graph.store.result import QueryResult

_COUNT_S = 60.0


class ServerQuerying:
    """A database on a Neo4j server, connected with the first query.

    Args:
        access: The database, and what opens it.
        schema: The market schema.
        plugins: Patterns of procedures and functions of plugins that queries may call.
    """

    def __init__(self, access: Access, schema: Schema, plugins: Sequence[str] = ()) -> None:
        self._access, self._schema, self._plugins, self._told = access, schema, plugins, False
        self._held = ExitStack()
        self._connection: Connection | None = None

    def query(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, timeout_s: float, max_rows: int
    ) -> QueryResult:
        """Rows of a read-only query.

        Raises:
            QueryRefusedError: the query does anything but read.
            StoreError: the server cannot be reached or refuses, the query is wrong or takes too long, or a load or a
                wipe has left the market half done.
        """
        from graph.store.neo4j.query.market_queries import SHARED

        found = self._queries().query(text, parameters, timeout_s=timeout_s, max_rows=max_rows)
        if SHARED in found.notes and self._told:
            return replace(found, notes=tuple(note for note in found.notes if note != SHARED))
        self._told = self._told or SHARED in found.notes
        return found

    def describe(self) -> tuple[Part, ...]:
        """What the database holds of the market.

        Raises:
            StoreError: the server cannot be reached or refuses.
        """
        from graph.store.neo4j.status import counts

        with self._opened() as database:
            nodes, edges, _ = counts(database, self._schema)
        roles = {(name, role): self._count(role) for name in nodes for role in self._schema.node(name).roles}
        keys = {str(key): key for key in self._schema}
        return parts_of(self._schema, nodes, roles, {keys[name]: count for name, count in edges.items()})

    def cancel(self) -> None:
        """Does nothing: an interrupted query has ended on the server too."""

    def close(self) -> None:
        """Close the connection; a later query opens another one."""
        self._connection = None
        self._held.close()

    def _queries(self) -> MarketQueries:
        from graph.store.neo4j.query.market_queries import MarketQueries

        return MarketQueries(self._schema, self._opened, self._plugins)

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        from graph.store.neo4j.connection import connected
        from graph.store.neo4j.database import Database
        from graph.store.neo4j.driver_errors import translated

        if self._connection is None:
            self._connection = self._held.enter_context(connected(self._access))
        with translated(self._access):
            yield Database(self._connection.driver, self._access.database)

    def _count(self, label: str) -> int:
        found = self.query(f"MATCH (n:{label}) RETURN count(n) AS n", timeout_s=_COUNT_S, max_rows=1)
        return int(found.rows[0][0])
