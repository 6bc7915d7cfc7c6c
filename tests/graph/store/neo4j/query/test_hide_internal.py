"""Our label, our property and the nodes of the ledger do not show in what a person sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.schema import MARKET
from graph.store.guard import check
from graph.store.neo4j.access import Access
from graph.store.neo4j.query.hide_internal import HIDDEN, hiding
from graph.store.neo4j.query.market_queries import SHARED
from graph.store.neo4j.store import Neo4jStore

EVENT = "0123456789abcdef0123456789abcdef"
_GRAPH = (
    "CREATE (a:Person:User:Graphvine {id: 'a', name: 'Graphvine'}),"
    " (b:Person:KOL:Graphvine {id: 'b', name: 'event'}), (:GraphvineBatch:Graphvine {key: 'k'}),"
    f" (a)-[:FOLLOWS {{event: '{EVENT}', weight: 1.0}}]->(b)"
)


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("MATCH (n) RETURN labels(n) AS l", ["KOL", "Graphvine", "Person"], ["Person", "KOL"]),
        ("MATCH (n) RETURN labels(n) AS l", ["GraphvineLoad", "Graphvine"], HIDDEN),
        ("MATCH (n) UNWIND labels(n) AS l RETURN l", "Graphvine", HIDDEN),
        ("MATCH (n) RETURN n.name AS l", "Graphvine", "Graphvine"),
        ("MATCH ()-[r]->() RETURN keys(r) AS k", ["event", "weight"], ["weight"]),
        ("MATCH ()-[r]->() UNWIND keys(r) AS k RETURN k", "event", HIDDEN),
        ("MATCH (n) RETURN collect(n.name) AS k", ["event", "Graphvine"], ["event", "Graphvine"]),
        ("MATCH ()-[r]->() RETURN properties(r) AS p", {"event": EVENT, "weight": 1.0}, {"weight": 1.0}),
        ("MATCH (n) RETURN {event: n.name} AS p", {"event": "opening"}, {"event": "opening"}),
        ("CALL db.schema.nodeTypeProperties() YIELD nodeType RETURN nodeType", ":`Graphvine`:`Person`", ":`Person`"),
    ],
)
def test_what_is_ours_is_left_out_and_nothing_else(text: str, value: Any, shown: Any) -> None:
    assert hiding(check(text), MARKET.nodes)(value) == shown


@pytest.fixture
def store(neo4j_cleared: Access) -> Iterator[Neo4jStore]:
    import neo4j

    with neo4j.GraphDatabase.driver(neo4j_cleared.uri, auth=(neo4j_cleared.username, neo4j_cleared.password)) as driver:
        driver.execute_query(_GRAPH)
        yield Neo4jStore(neo4j_cleared, MARKET)


@pytest.mark.neo4j
@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("MATCH (n) UNWIND labels(n) AS l RETURN l, count(*) AS n", [("KOL", 1), ("Person", 2), ("User", 1)]),
        ("MATCH (n) WITH labels(n) AS l, count(*) AS n RETURN l, n", [(["Person", "KOL"], 1), (["Person", "User"], 1)]),
        ("MATCH (n) RETURN n", [({"labels": ["Person", "KOL"], "properties": {"id": "b", "name": "event"}},)]),
        ("MATCH ()-[r]->() RETURN r, properties(r) AS p, keys(r) AS k, r {.*} AS m", [
            ({"type": "FOLLOWS", "properties": {"weight": 1.0}}, {"weight": 1.0}, ["weight"], {"weight": 1.0})
        ]),
    ],
)  # fmt: skip
def test_it_does_not_show_in_the_rows_of_a_server(store: Neo4jStore, text: str, rows: list[Any]) -> None:
    found = store.query(text, {}, timeout_s=30, max_rows=100).rows
    assert all(row in found for row in rows)
    assert "Graphvine" not in str([row for row in found if "name" not in str(row)])
    assert "GraphvineBatch" not in str(found)


@pytest.mark.neo4j
def test_what_counts_our_nodes_is_noted(store: Neo4jStore) -> None:
    def notes(text: str) -> tuple[str, ...]:
        return store.query(text, {}, timeout_s=30, max_rows=9).notes

    assert "book-keeping" in notes("MATCH (n) RETURN count(n) AS n")[0]
    assert notes("MATCH (n:Person) RETURN count(n) AS n") == ()


@pytest.mark.neo4j
def test_a_query_to_a_shared_database_says_so(store: Neo4jStore) -> None:
    import neo4j

    access = store.access
    with neo4j.GraphDatabase.driver(access.uri, auth=(access.username, access.password)) as driver:
        driver.execute_query("CREATE (:GraphvineMeta:Graphvine {key: 'store', shared: true, store: 'x', format: 2})")
    assert store.query("RETURN 1 AS one", {}, timeout_s=30, max_rows=9).notes == (SHARED,)
