"""What is written means the same to a real server, and leaves alone what others keep in its database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.schema import MARKET
from graph.store.neo4j.access import Access
from graph.store.neo4j.store import Neo4jStore

_GRAPH = (
    "CREATE (a:Person:User:Graphvine {id: 'a'})-[:FOLLOWS]->(b:Person:KOL:Graphvine {id: 'b'})"
    "-[:FOLLOWS]->(c:Person:Graphvine {id: 'c'})"
    " CREATE (a)-[:FOLLOWS]->(x:Person:User {id: 'x'})-[:FOLLOWS]->(d:Person:Graphvine {id: 'd'})"
    " CREATE (:User {id: 'y'})"
)


class Both:
    """The store, and the server itself."""

    def __init__(self, access: Access, driver: Any) -> None:
        self.store, self._driver = Neo4jStore(access, MARKET), driver

    def ours(self, text: str) -> list[tuple[Any, ...]]:
        return list(self.store.query(text, {}, timeout_s=30, max_rows=100).rows)

    def plain(self, text: str) -> list[tuple[Any, ...]]:
        return [tuple(record.values()) for record in self._driver.execute_query(f"CYPHER 5 {text}").records]


@pytest.fixture
def both(neo4j_empty: Access) -> Iterator[Both]:
    import neo4j

    auth = (neo4j_empty.username, neo4j_empty.password)
    with neo4j.GraphDatabase.driver(neo4j_empty.uri, auth=auth) as driver:
        driver.execute_query(_GRAPH)
        yield Both(neo4j_empty, driver)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("MATCH (u:User) RETURN count(u) AS c", [(1,)]),
        ("MATCH (u:User|KOL) RETURN u.id AS id ORDER BY id", [("a",), ("b",)]),
        ("MATCH (p:Person) RETURN count(p) AS c", [(4,)]),
        ("MATCH (:Person)-[e:FOLLOWS]->(:Person) RETURN count(e) AS c", [(2,)]),
        ("MATCH (a:Person {id: 'a'})-[:FOLLOWS*1..3]->(n) RETURN n.id AS id ORDER BY id", [("b",), ("c",)]),
        ("MATCH (a {id: 'a'})-[:FOLLOWS*2]->(n:Person) RETURN n.id AS id", [("c",)]),
        (
            "MATCH p = shortestPath((a:Person {id: 'a'})-[:FOLLOWS*..4]-(n:Person {id: 'c'})) RETURN length(p) AS l",
            [(2,)],
        ),
        ("MATCH p = shortestPath((a:Person {id: 'a'})-[:FOLLOWS*..4]-(n:Person {id: 'd'})) RETURN length(p) AS l", []),
        ("RETURN COUNT { (:Person {id: 'a'})-[:FOLLOWS*1..2]->() } AS c", [(2,)]),
        ("RETURN EXISTS { (:Person {id: 'a'})-[:FOLLOWS*1..2]->(:Person {id: 'd'}) } AS c", [(False,)]),
        ("MATCH (a:Person {id: 'a'}) RETURN [(a)-[:FOLLOWS*2]->(n) | n.id] AS ids", [(["c"],)]),
        ("MATCH (a:Person {id: 'a'}) WHERE (a)-[:FOLLOWS*2]->({id: 'd'}) RETURN a.id AS id", []),
        ("MATCH (B:Person {id: 'a'})-[:FOLLOWS*2]->(b) WITH B.id AS B, b.id AS b RETURN *, 1 AS a", [("a", "c", 1)]),
        (
            "MATCH (:Person {id: 'a'})-[:FOLLOWS*2]->(b), (B:KOL) WITH *, 1 AS a RETURN size(B.id + b.id) + a AS n",
            [(3,)],
        ),
    ],
)
def test_nodes_of_others_are_not_found_and_not_passed(both: Both, text: str, rows: list[tuple[Any, ...]]) -> None:
    assert both.ours(text) == rows


_WITH = "MATCH (a:KOL {id: 'b'}) WITH a, 5 AS User, 'z' AS y, [1, 2] AS xs, true AS t "


@pytest.mark.parametrize(
    "text",
    [
        "[x IN xs WHERE a:KOL | y]",
        "[x IN xs WHERE a:KOL|User]",
        "[x IN xs WHERE (a:KOL|User)]",
        "[x IN xs WHERE a:(KOL|User) | y]",
        "[x IN xs | a:KOL|User]",
        "[x IN xs WHERE NOT a:KOL|User]",
        "any(x IN xs WHERE a:KOL|User)",
        "[(a)<-[:FOLLOWS]-(n) WHERE a:KOL | y]",
        "[n IN [a] WHERE n:KOL | n.id]",
        "[x IN xs]",
        "[1 IN xs, t]",
        "[User IN xs, t]",
        "[User IN xs AND t, t]",
        "8 / 4 / 2 - 1 - 1",
        "2 ^ 3 ^ 2 - -2 ^ 2",
        "1 + 2 * 3 % 4 - 5",
        "true OR false AND NOT true XOR true",
        "NOT 1 = 2 AND 1 < 2 < 3 <> 4",
        "1 + 1 IN [2] = true",
        "3 IS NULL OR NOT null IS NULL",
        "t" + " AND t" * 1500 + " AND NOT t",
        "t" + " OR 1 = 2" * 1500,
        "1" + " - 1" * 98,
        "NOT " * 97 + "t",
        "CASE WHEN t THEN " * 40 + "1" + " END" * 40,
        "[" * 37 + "1" + "]" * 37,
    ],
)
def test_a_text_means_what_it_means_to_the_server(both: Both, text: str) -> None:
    whole = f"{_WITH}RETURN {text} AS c"
    assert both.ours(whole) == both.plain(whole)


@pytest.mark.parametrize("returned", ["[count(*)] AS k", "max(t.x) + 1 AS k", "t.x AS k", "1 AS k", "t", "*"])
@pytest.mark.parametrize("word", ["COUNT", "EXISTS"])
def test_a_return_in_a_subquery_is_refused_or_means_the_same(both: Both, word: str, returned: str) -> None:
    from graph.errors import QueryRefusedError

    text = f"RETURN {word} {{ MATCH (t:KOL) RETURN {returned} }} AS c"
    if "(" in returned:
        with pytest.raises(QueryRefusedError):
            both.ours(text)
    else:
        assert both.ours(text) == both.plain(text)
