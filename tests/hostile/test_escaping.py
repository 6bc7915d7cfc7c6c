"""What looks like an escape never becomes a quotation mark behind the guard's back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from graph.errors import GraphvineError, QueryRefusedError
from graph.schema import MARKET
from graph.store.embedded.dialect import Dialect
from graph.store.guard import understood
from graph.store.guard.kinds import market_of
from graph.store.guard.writing import Writer, Written
from graph.store.neo4j.access import Access
from tests.hostile.attacks import Canary
from tests.hostile.canaries import Listener, listening
from tests.hostile.escaping import BENIGN, ambiguous

KNOWN = market_of(MARKET)
ATTACKS = ambiguous(Canary())


def written(text: str, parameters: dict[str, Any], writer: type[Writer] = Writer) -> Written | None:
    try:
        return writer(understood(text, parameters, KNOWN.properties), KNOWN.labels).written()
    except QueryRefusedError:
        return None


@pytest.mark.parametrize("writer", [Writer, Dialect])
def test_what_goes_out_holds_no_backslash_and_only_the_words_of_reading(writer: type[Writer]) -> None:
    sent = [found for text, parameters in ATTACKS if (found := written(text, parameters, writer)) is not None]
    assert len(ATTACKS) > len(sent) > 50
    for one in sent:
        outside = re.sub(r"`(?:[^`]|``)+`|'[^']*'", "", one.text)
        assert "\\" not in one.text
        assert "`" not in outside
        assert not {"LOAD", "CREATE", "CSV"} & set(outside.split())


def test_a_column_keeps_the_name_that_was_written() -> None:
    found = written("RETURN 1 AS `a\\\\u0060 b`, 2 AS `c`", {})
    assert found is not None
    assert found.columns == ("a\\\\u0060 b", "c")


def test_a_name_that_stands_for_others_is_no_name_of_a_query() -> None:
    first = written("RETURN 1 AS `a\\b`", {})
    assert first is not None
    (inner,) = re.findall(r"`([^`]+)`", first.text)
    second = written(f"RETURN 1 AS `{inner}`, 2 AS `a\\b`", {})
    assert second is not None
    assert second.columns == (inner, "a\\b")
    assert len(set(re.findall(r"`([^`]+)`", second.text))) == 2


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as there:
        yield there


@pytest.mark.neo4j
def test_no_escape_reaches_out_from_the_server(neo4j_empty: Access, listener: Listener) -> None:
    import neo4j

    from graph.store.neo4j.store import Neo4jStore

    store, refused, data, failed = Neo4jStore(neo4j_empty, MARKET), 0, 0, list[str]()
    auth = (neo4j_empty.username, neo4j_empty.password)
    with neo4j.GraphDatabase.driver(neo4j_empty.uri, auth=auth) as driver:
        driver.execute_query("CREATE (:Person:Graphvine {id: 'x'})-[:FOLLOWS]->(:Person:Graphvine {id: 'y'})")
        for text, parameters in ambiguous(Canary(address=listener.address)):
            try:
                store.query(text, parameters, timeout_s=10, max_rows=100)
                data += 1
            except QueryRefusedError:
                refused += 1
            except GraphvineError as error:
                failed.append(f"{text}: {error}")
        nodes = driver.execute_query("MATCH (n) RETURN count(n) AS c").records[0]["c"]
    assert failed == []
    assert data > 50
    assert refused > 50
    assert listener.callers == 0
    assert nodes == 2


@pytest.mark.neo4j
@pytest.mark.parametrize("text", [text for text in BENIGN if "MATCH" not in text])
def test_the_server_means_the_same_by_backslashes(neo4j_empty: Access, text: str) -> None:
    import neo4j

    from graph.store.neo4j.store import Neo4jStore

    parameters = {"a\\b": 1}
    auth = (neo4j_empty.username, neo4j_empty.password)
    with neo4j.GraphDatabase.driver(neo4j_empty.uri, auth=auth) as driver:
        plain = driver.execute_query(f"CYPHER 5 {text}", parameters)
    ours = Neo4jStore(neo4j_empty, MARKET).query(text, parameters, timeout_s=10, max_rows=10)
    assert [list(row) for row in ours.rows] == [record.values() for record in plain.records]
    assert list(ours.columns) == list(plain.keys)
