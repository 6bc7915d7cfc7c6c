from __future__ import annotations

import datetime as dt

import pytest
from neo4j import Driver

from graph.errors import QueryRefusedError, StoreError
from graph.schema import MARKET
from graph.store.neo4j.access import Access
from graph.store.neo4j.store import Neo4jStore
from graph.store.protocol import ResultTable
from tests.contract.store import FOLLOWS, VIEWED, edges, load, market, nodes

pytestmark = pytest.mark.proof(one_in=3)

SEGMENTS = ResultTable("segments", ("person", "segment", "certainty"), [("u1", "S1", 0.5), ("u2", "S2", 1.0)])


def rows(driver: Driver, text: str) -> list[list[object]]:
    return [record.values() for record in driver.execute_query(text).records]


def test_a_node_and_a_relationship_as_people_see_them(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    load(
        neo4j_own,
        nodes("Person", [{"id": "k", "name": "王", "signup": dt.date(1969, 12, 31), "cost": 9.5}], roles=("User",)),
    )
    load(neo4j_own, nodes("Person", [{"id": "k"}], roles=("KOL",)))
    load(neo4j_own, nodes("Product", [{"id": "p", "name": None}]))
    load(neo4j_own, edges(VIEWED, [("0123456789abcdef0123456789abcdef", "k", "p", 1_767_323_045, 2.5)]))
    [[labels, facts]] = rows(neo4j_driver, "MATCH (n:Person) RETURN labels(n), n {.*, signup: toString(n.signup)}")
    assert sorted(labels) == ["Graphvine", "KOL", "Person", "User"]  # type: ignore[call-overload]
    assert facts == {"id": "k", "name": "王", "signup": "1969-12-31", "cost": 9.5}
    assert rows(neo4j_driver, "MATCH (n:Product) RETURN properties(n)") == [[{"id": "p"}]]
    found = rows(neo4j_driver, "MATCH (:User)-[e:VIEWED]->(:Product) RETURN e {.*, time: toString(e.time)}")
    event = "0123456789abcdef0123456789abcdef"
    assert found == [[{"time": "2026-01-02T03:04:05Z", "weight": 2.5, "event": event}]]


def test_every_label_of_ours_has_a_constraint(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    neo4j_own.ensure_schema()
    text = "SHOW CONSTRAINTS YIELD labelsOrTypes AS l, properties AS p RETURN l[0], p[0] ORDER BY l[0]"
    found = {(label, key) for label, key in rows(neo4j_driver, text)}
    assert {(name, "id") for name in [*MARKET.nodes, "Segment", "Plan", "Ranking", "Result"]} <= found
    assert {(f"Graphvine{n}", "key") for n in ("Load", "Batch", "File", "Chunk", "Lease", "Meta")} <= found
    states = rows(neo4j_driver, "SHOW INDEXES YIELD state RETURN DISTINCT state")
    assert states == [["ONLINE"]]


def test_what_others_have_is_named_and_never_touched(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    neo4j_driver.execute_query("UNWIND range(1, 3) AS i CREATE (:Invoice {id: toString(i)})-[:OF]->({n: i})")
    alone = Neo4jStore(neo4j_own.access, MARKET)
    with pytest.raises(StoreError, match=r"nodes that graphvine did not make: .*3 :Invoice") as error:
        market(alone)
    assert "--shared" in error.value.hint
    shared = Neo4jStore(neo4j_own.access, MARKET, shared=True)
    market(shared)
    neo4j_driver.execute_query("MATCH (i:Invoice {id: '1'}) CREATE (i)-[:VIEWED]->(:Note)")
    assert len(shared.snapshot().edges(VIEWED)) == 3
    assert shared.status().edges == {str(VIEWED): 3}
    # Once told, also after somebody has made a node with a label of ours: results go and come, and loads go on.
    market(alone)
    neo4j_driver.execute_query("CREATE (:Product {id: 'theirs'})")
    alone.write_back([SEGMENTS], "r1")
    alone.forget("r1")
    assert rows(neo4j_driver, "MATCH (n:Derived) RETURN count(n)") == [[0]]
    with pytest.raises(StoreError, match="labels that graphvine uses: 1 :Product"):
        market(alone)
    alone.wipe()
    assert rows(neo4j_driver, "MATCH (i:Invoice)-[r]->() RETURN count(DISTINCT i), count(r)") == [[3, 4]]
    assert rows(neo4j_driver, "MATCH (n:Graphvine) RETURN count(n)") == [[0]]


def test_nodes_of_others_with_a_label_of_ours_are_refused(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    neo4j_driver.execute_query("CREATE (:Person {id: 'u1'}), (:Invoice)")
    shared = Neo4jStore(neo4j_own.access, MARKET, shared=True)
    with pytest.raises(StoreError, match="labels that graphvine uses: 1 :Person") as error:
        market(shared)
    assert error.value.hint.endswith("rename there: Person")


@pytest.mark.parametrize("label", ["User", "KOL", "Derived", "Segment", "GraphvineLoad"])
def test_roles_and_derived_labels_of_others_are_refused_too(
    neo4j_own: Neo4jStore, neo4j_driver: Driver, label: str
) -> None:
    neo4j_driver.execute_query(f"CREATE (:{label} {{id: 'x'}})")
    with pytest.raises(StoreError, match=f"labels that graphvine uses: 1 :{label}") as error:
        Neo4jStore(neo4j_own.access, MARKET, shared=True).ensure_schema()
    assert error.value.hint.endswith(f"rename there: {label}")


def rules(driver: Driver) -> set[object]:
    """Names of all constraints and indexes but those that every database has, and that of the tests."""
    found = rows(driver, "SHOW CONSTRAINTS YIELD name") + rows(
        driver, "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"
    )
    return {name for (name,) in found} - {"graphvine_tests"}


def test_a_wipe_takes_our_constraints_along_and_leaves_those_of_others(
    neo4j_empty: Access, neo4j_own: Neo4jStore, neo4j_driver: Driver
) -> None:
    others = {"invoice_id", "graphvine_fans", "of_result", "rented"}
    neo4j_driver.execute_query("CREATE CONSTRAINT invoice_id FOR (n:Invoice) REQUIRE n.id IS UNIQUE")
    neo4j_driver.execute_query("CREATE INDEX graphvine_fans FOR (n:Person) ON (n.city)")
    neo4j_driver.execute_query("CREATE INDEX of_result FOR ()-[r:OF]-() ON (r.result_id)")
    # What we find there already, we do not make, and it is not ours to drop.
    neo4j_driver.execute_query("CREATE CONSTRAINT rented FOR (n:Vehicle) REQUIRE n.id IS UNIQUE")
    market(neo4j_own)
    fingerprint, made = neo4j_own.snapshot().fingerprint, rules(neo4j_driver)
    assert {"graphvine_Person_id", "graphvine_GraphvineLease_key", "graphvine_SCORED_result"} < made
    # As a schema of before would have left it.
    neo4j_driver.execute_query("CREATE CONSTRAINT graphvine_Shop_id FOR (n:Shop) REQUIRE n.id IS UNIQUE")
    neo4j_own.wipe()
    assert rules(neo4j_driver) == others
    neo4j_own.wipe()
    assert rules(neo4j_driver) == others
    market(neo4j_own)
    assert (neo4j_own.snapshot().fingerprint, rules(neo4j_driver)) == (fingerprint, made)


@pytest.mark.proof(one_in=1)  # in every run: nothing of others may be lost
def test_a_wipe_that_is_refused_keeps_the_constraints(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    market(neo4j_own)
    neo4j_driver.execute_query("MATCH (a:Person {id: 'u1'}), (b:Person {id: 'u2'}) CREATE (a)-[:KNOWS]->(b)")
    before, fingerprint = rules(neo4j_driver), neo4j_own.snapshot().fingerprint
    with pytest.raises(StoreError, match="would be removed too: 1 KNOWS"):
        neo4j_own.wipe()
    assert (rules(neo4j_driver), neo4j_own.snapshot().fingerprint) == (before, fingerprint)


@pytest.mark.proof
def test_relationships_of_others_are_not_taken_along(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    market(neo4j_own)
    neo4j_driver.execute_query("MATCH (a:Person {id: 'u1'}), (b:Person {id: 'u2'}) CREATE (a)-[:KNOWS]->(b)")
    before = neo4j_own.snapshot().fingerprint
    with pytest.raises(StoreError, match="would be removed too: 1 KNOWS"):
        neo4j_own.wipe()
    assert neo4j_own.snapshot().fingerprint == before
    neo4j_driver.execute_query("MATCH (:Graphvine)-[r:KNOWS]-() DELETE r")
    neo4j_own.wipe()
    assert rows(neo4j_driver, "MATCH (n:Graphvine) RETURN count(n)") == [[0]]


def test_results_as_people_see_them(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    market(neo4j_own)
    before = neo4j_own.snapshot().fingerprint
    neo4j_own.write_back([SEGMENTS], "r1")
    neo4j_own.write_back([SEGMENTS], "r1")
    neo4j_own.write_back([SEGMENTS], "r2")
    text = (
        "MATCH (p:Person)-[e:IN_SEGMENT {result_id: 'r1'}]->(s:Segment:Derived:Graphvine)"
        " RETURN p.id, e.certainty, e.derived, s.id, s.segment ORDER BY p.id"
    )
    assert rows(neo4j_driver, text) == [["u1", 0.5, True, "r1/S1", "S1"], ["u2", 1.0, True, "r1/S2", "S2"]]
    assert rows(neo4j_driver, "MATCH (r:Result) RETURN r.id, r.kind, r.rows ORDER BY r.id") == [
        ["r1/segments", "segments", 2],
        ["r2/segments", "segments", 2],
    ]
    assert neo4j_own.snapshot().fingerprint == before
    assert neo4j_own.status().nodes == {"Person": 2, "Product": 2}
    neo4j_own.forget("r1")
    assert rows(neo4j_driver, "MATCH (n:Derived) RETURN DISTINCT n.result_id") == [["r2"]]
    assert rows(neo4j_driver, "MATCH ()-[r:IN_SEGMENT]->() RETURN DISTINCT r.result_id") == [["r2"]]
    neo4j_own.forget("r2")
    assert rows(neo4j_driver, "MATCH (n) WHERE n:Derived OR n:GraphvineChunk RETURN count(n)") == [[0]]


def test_a_result_about_somebody_unknown_leaves_nothing(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    market(neo4j_own)
    table = ResultTable(
        "recommendations", ("person", "item_type", "item_id"), [("u1", "product", "p0"), ("u1", "product", "?")]
    )
    with pytest.raises(StoreError, match="1 of 2 rows of RECOMMENDED name a person or an item"):
        neo4j_own.write_back([SEGMENTS, table], "r1")
    assert rows(neo4j_driver, "MATCH (n) WHERE n:Derived OR n:GraphvineChunk RETURN count(n)") == [[0]]
    assert rows(neo4j_driver, "MATCH ()-[r:IN_SEGMENT|RECOMMENDED]->() RETURN count(r)") == [[0]]


def test_a_value_of_another_type_is_told(neo4j_own: Neo4jStore, neo4j_driver: Driver) -> None:
    market(neo4j_own)
    neo4j_driver.execute_query("MATCH (n:Product {id: 'p1'}) SET n.price = 'dear'")
    with pytest.raises(StoreError, match=r"holds a value of Product\.price that is no decimal"):
        neo4j_own.snapshot()


def test_hot_nodes_and_small_pages(neo4j_own: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
    load(neo4j_own, nodes("Person", [{"id": f"u{i:03d}"} for i in range(250)]))
    hot = [(f"h{i}", "u007", f"u{i % 250:03d}", i, None) for i in range(900)]
    rest = [(f"r{i}", f"u{i % 250:03d}", f"u{(i * 3) % 250:03d}", i, None) for i in range(700)]
    load(neo4j_own, edges(FOLLOWS, hot + rest))
    whole = neo4j_own.snapshot()
    assert len(whole.edges(FOLLOWS)) == 1600
    monkeypatch.setattr("graph.store.neo4j.reading.NODES_A_PAGE", 10)
    monkeypatch.setattr("graph.store.neo4j.reading.EDGES_A_PAGE", 50)
    monkeypatch.setattr("graph.store.neo4j.reading._MOST_EDGES", 100)
    assert neo4j_own.snapshot().fingerprint == whole.fingerprint
    assert load(neo4j_own, edges(FOLLOWS, hot[::-1])).unchanged == 900


def test_queries_and_their_plans(neo4j_own: Neo4jStore) -> None:
    market(neo4j_own)
    text = "MATCH (p:Person)-[:VIEWED]->(i:Product) WHERE i.id = $item RETURN p.id AS person ORDER BY person"
    found = neo4j_own.query(text, {"item": "p0"}, timeout_s=30, max_rows=1)
    assert (found.columns, found.rows) == (("person",), [("u1",)])
    assert neo4j_own.query(f"EXPLAIN {text}", {"item": "p0"}, timeout_s=30, max_rows=9).rows
    with pytest.raises(QueryRefusedError):
        neo4j_own.query("MATCH (n) DETACH DELETE n", timeout_s=30, max_rows=1)
