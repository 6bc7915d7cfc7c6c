"""One way to ask both engines a named query."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import queries
from graph.schema import MARKET
from graph.store.derived import LABELS
from graph.store.embedded.index.cypher_index import CypherIndex
from graph.store.embedded.index.run_query import run
from graph.store.embedded.results import publish_results, ready_with_results
from graph.store.neo4j.access import Access
from graph.store.neo4j.query.run_query import question, run_on_server
from graph.store.query_names import names_of
from tests.queries.planted import RESULTS, market, statements

_EVERYTHING = (
    "MATCH (n) RETURN labels(n) AS labels, n.id AS id, n AS node ORDER BY id",
    "MATCH (a)-[e]->(b) RETURN a.id AS src, b.id AS dst, type(e) AS relation, e AS edge ORDER BY src, dst, relation",
)


class Engine(Protocol):
    """An engine that holds the planted market.

    Attributes:
        untouched: Digest of all that it held at first.
    """

    untouched: str

    def run(self, text: str, parameters: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Columns and rows of a query."""


def ask(engine: Engine, name: str, given: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Columns and rows of a named query."""
    query = queries.load(name)
    return engine.run(query.text, queries.bind(query, given))


def digest(engine: Engine) -> str:
    """A digest of all that an engine holds."""
    found = [sorted(json.dumps(row, sort_keys=True, default=str) for row in engine.run(q, {})[1]) for q in _EVERYTHING]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


class Embedded:
    """The embedded index."""

    def __init__(self, index: CypherIndex) -> None:
        self.index = index
        self.untouched = digest(self)

    def run(self, text: str, parameters: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        result = run(self.index, text, parameters, timeout_s=60, max_rows=10_000)
        return result.columns, result.rows


def embedded(folder: Path) -> Embedded:
    """The planted market and its results as an embedded index."""
    publish_results(folder / "results", RESULTS)
    index = ready_with_results(
        market(), folder / "market.kgl", results=folder / "results", earlier=lambda _: None, on_note=lambda _: None
    )
    return Embedded(index)


class Server:
    """A Neo4j server."""

    def __init__(self, driver: Any, database: str) -> None:
        self.driver, self.database = driver, database
        self.untouched = digest(self)

    def run(self, text: str, parameters: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        asked = question(text, parameters, names_of(MARKET), (*MARKET.nodes, *LABELS))
        result = run_on_server(self.driver, asked, database=self.database, timeout_s=60, max_rows=10_000)
        return result.columns, result.rows


def fill(driver: Any, database: str) -> None:
    """Write the planted market and its results into an empty database."""
    with driver.session(database=database) as session, session.begin_transaction() as transaction:
        for text, rows in statements():
            transaction.run(text, rows=rows).consume()


def server(access: Access) -> tuple[Any, Server]:
    """The planted market and its results on an empty server, and the driver to close."""
    import neo4j

    driver = neo4j.GraphDatabase.driver(
        access.uri, auth=(access.username, access.password), notifications_min_severity="OFF"
    )
    fill(driver, access.database)
    return driver, Server(driver, access.database)
