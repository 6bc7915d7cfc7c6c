"""Queries on the market: checked before connecting, and refused while a load or a wipe is incomplete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from graph.schema import Schema
from graph.store.derived import LABELS
from graph.store.neo4j.database import Database
from graph.store.neo4j.load import ledger
from graph.store.neo4j.query.run_query import question, run_on_server
from graph.store.query_names import names_of
from graph.store.result import QueryResult

SHARED = "others keep data in this database too, and a query sees all that its account may read"


@dataclass(frozen=True)
class MarketQueries:
    """Runs queries on the market in a database.

    Attributes:
        schema: The market schema.
        opened: Opens the database, or returns an open one; errors of the driver become StoreError.
        plugins: Patterns of plugin procedures and functions that queries may call.
    """

    schema: Schema
    opened: Callable[[], AbstractContextManager[Database]]
    plugins: Sequence[str] = ()

    def query(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, timeout_s: float, max_rows: int
    ) -> QueryResult:
        """Run a read-only query; EXPLAIN and PROFILE give its steps.

        Args:
            text: One Cypher statement.
            parameters: Values of its ``$parameters``.
            timeout_s: Time limit in seconds, > 0.
            max_rows: Maximum number of rows, >= 0.

        Raises:
            QueryRefusedError: the query does more than read.
            StoreError: the server cannot be reached or refuses; the query is wrong, lacks a parameter, takes too long,
                or returns too much; or a load or a wipe is in progress, was interrupted or ran meanwhile, so that the
                answer would cover only a part of the market.
        """
        market, types = names_of(self.schema), frozenset((*self.schema.nodes, *LABELS))
        # Check first, so that a refused query is never sent to a server.
        asked = question(text, parameters, market, types, self.plugins)
        caps = {"timeout_s": timeout_s, "max_rows": max_rows}
        with self.opened() as database, ledger.unchanged(database) as standing:
            found = run_on_server(database.driver, asked, database=database.name, **caps)  # type: ignore[arg-type]
        return replace(found, notes=(*found.notes, SHARED)) if standing.shared else found
