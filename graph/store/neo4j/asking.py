"""Questions to the market in a database: checked before a connection is opened, and never about half of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from graph.schema import Schema
from graph.store.guard.kinds import market_of
from graph.store.neo4j import ledger
from graph.store.neo4j.database import Database
from graph.store.neo4j.querying import explain_on_server, for_server, run_on_server
from graph.store.result import QueryResult


@dataclass(frozen=True)
class MarketQueries:
    """Queries to the market in a database.

    Attributes:
        schema: The market schema.
        opened: Opens the database, or hands out one that is open, with errors of the driver as sentences.
    """

    schema: Schema
    opened: Callable[[], AbstractContextManager[Database]]

    def query(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, timeout_s: float, max_rows: int
    ) -> QueryResult:
        """Run a read-only query.

        Args:
            text: One Cypher statement.
            parameters: Values of its ``$parameters``.
            timeout_s: Seconds after which the server gives it up.
            max_rows: Most rows to return.

        Raises:
            QueryRefusedError: it does anything but read, or the embedded store would answer it differently.
            StoreError: the server cannot be reached or refuses; the query is wrong, lacks a parameter, takes too long,
                or gives too much; or a load or a wipe is under way, was interrupted or came meanwhile, so that the
                answer would be about a part of the market.
        """
        market = market_of(self.schema)
        # Before anything is sent: what is refused reaches no server.
        written = for_server(text, parameters, market)
        with self.opened() as database, ledger.unchanged(database):
            return run_on_server(
                database.driver,
                written,
                database=database.name,
                market=market,
                timeout_s=timeout_s,
                max_rows=max_rows,
            )

    def explain(self, text: str, parameters: Mapping[str, Any] | None = None) -> QueryResult:
        """How the server would go about a query.

        Raises:
            QueryRefusedError: as of ``query``.
            StoreError: the server cannot be reached or refuses, or the query is wrong or lacks a parameter.
        """
        written = for_server(text, parameters, market_of(self.schema))
        with self.opened() as database:
            return explain_on_server(database.driver, written, database=database.name)
