"""A Neo4j server behind the shell's seam; queries run in this process, and end on the server when they are left."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from cli.shell.parts import Part, parts_of

if TYPE_CHECKING:
    from graph.schema import Schema
    from graph.store.neo4j.access import Access
    from graph.store.neo4j.connection import Connection
    from graph.store.result import QueryResult

_COUNT_S = 60.0


class ServerQuerying:
    """A database on a Neo4j server, connected with the first question.

    Args:
        access: The database, and what opens it.
        schema: The market schema.
    """

    def __init__(self, access: Access, schema: Schema) -> None:
        self._access, self._schema = access, schema
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
        from graph.store.guard.kinds import market_of
        from graph.store.neo4j import ledger
        from graph.store.neo4j.database import Database
        from graph.store.neo4j.failures import translated
        from graph.store.neo4j.querying import for_server, run_on_server

        market = market_of(self._schema)
        written = for_server(text, parameters, market)
        connection = self._connected()
        with translated(self._access):
            ledger.require_whole(ledger.standing(Database(connection.driver, self._access.database)))
            return run_on_server(
                connection.driver,
                written,
                database=self._access.database,
                market=market,
                timeout_s=timeout_s,
                max_rows=max_rows,
            )

    def explain(self, text: str, parameters: Mapping[str, Any] | None = None) -> QueryResult:
        """How the server would go about a query.

        Raises:
            QueryRefusedError: the query does anything but read.
            StoreError: the server cannot be reached or refuses, or the query is wrong.
        """
        from graph.store.guard.kinds import market_of
        from graph.store.neo4j.failures import translated
        from graph.store.neo4j.querying import explain_on_server, for_server

        written = for_server(text, parameters, market_of(self._schema))
        connection = self._connected()
        with translated(self._access):
            return explain_on_server(connection.driver, written, database=self._access.database)

    def describe(self) -> tuple[Part, ...]:
        """What the database holds of the market.

        Raises:
            StoreError: the server cannot be reached or refuses.
        """
        from graph.store.neo4j.database import Database
        from graph.store.neo4j.failures import translated
        from graph.store.neo4j.status import counts

        connection = self._connected()
        with translated(self._access):
            nodes, edges, _ = counts(Database(connection.driver, self._access.database), self._schema)
        roles = {(name, role): self._count(role) for name in nodes for role in self._schema.node(name).roles}
        keys = {str(key): key for key in self._schema}
        return parts_of(self._schema, nodes, roles, {keys[name]: count for name, count in edges.items()})

    def cancel(self) -> None:
        """Nothing is left to stop: a query ends on the server where it is left here."""

    def close(self) -> None:
        """Close the connection; a later question opens another one."""
        self._connection = None
        self._held.close()

    def _connected(self) -> Connection:
        from graph.store.neo4j.connection import connected

        if self._connection is None:
            self._connection = self._held.enter_context(connected(self._access))
        return self._connection

    def _count(self, label: str) -> int:
        found = self.query(f"MATCH (n:{label}) RETURN count(n) AS n", timeout_s=_COUNT_S, max_rows=1)
        return int(found.rows[0][0])
