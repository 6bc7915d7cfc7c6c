"""What looks like an escape never becomes a quotation mark behind the guard's back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.errors import GraphvineError, QueryRefusedError
from graph.schema import MARKET
from graph.store.guard import check
from graph.store.neo4j.access import Access
from tests.hostile.attacks import Canary
from tests.hostile.canaries import Listener, listening
from tests.hostile.escaping import BENIGN, ambiguous


def test_names_that_hold_pairs_of_backslashes_go_out_as_they_are() -> None:
    texts = [text for text, _ in ambiguous(Canary())]
    assert len(texts) > 100
    assert [text for text in texts if check(text).text != text] == []


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as there:
        yield there


@pytest.mark.proof
@pytest.mark.neo4j
def test_no_escape_reaches_out_from_the_server(neo4j_cleared: Access, listener: Listener) -> None:
    import neo4j

    from graph.store.neo4j.store import Neo4jStore

    store, refused, data, failed = Neo4jStore(neo4j_cleared, MARKET), 0, 0, 0
    auth = (neo4j_cleared.username, neo4j_cleared.password)
    with neo4j.GraphDatabase.driver(neo4j_cleared.uri, auth=auth) as driver:
        driver.execute_query("CREATE (:Person:Graphvine {id: 'x'})-[:FOLLOWS]->(:Person:Graphvine {id: 'y'})")
        for text, parameters in ambiguous(Canary(address=listener.address)):
            try:
                store.query(text, parameters, timeout_s=10, max_rows=100)
                data += 1
            except QueryRefusedError:
                refused += 1
            except GraphvineError:
                failed += 1
        nodes = driver.execute_query("MATCH (n) RETURN count(n) AS c").records[0]["c"]
    assert failed == 0
    assert data > 100
    assert refused > 5
    assert listener.callers == 0
    assert nodes == 2


@pytest.mark.neo4j
@pytest.mark.parametrize("text", [text for text in BENIGN if "MATCH" not in text])
def test_the_server_means_the_same_by_backslashes(neo4j_cleared: Access, text: str) -> None:
    import neo4j

    from graph.store.neo4j.store import Neo4jStore

    parameters: dict[str, Any] = {"a\\b": 1}
    auth = (neo4j_cleared.username, neo4j_cleared.password)
    with neo4j.GraphDatabase.driver(neo4j_cleared.uri, auth=auth) as driver:
        plain = driver.execute_query(f"CYPHER 5 {text}", parameters)
    ours = Neo4jStore(neo4j_cleared, MARKET).query(text, parameters, timeout_s=10, max_rows=10)
    assert [list(row) for row in ours.rows] == [record.values() for record in plain.records]
    assert list(ours.columns) == list(plain.keys)
