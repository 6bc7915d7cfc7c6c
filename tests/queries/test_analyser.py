"""Every named query before Neo4j's own parser and semantic analysis, in both versions of its language."""

from __future__ import annotations

import pytest

import queries
from tests.servers.analyser import Analyser


@pytest.mark.proof(one_in=24)
@pytest.mark.parametrize("version", ["5", "25"])
@pytest.mark.parametrize("name", queries.names())
def test_neo4j_finds_nothing_in_it(cypher_analyser: Analyser, name: str, version: str) -> None:
    query = queries.load(name)
    assert cypher_analyser(query.text, queries.bind(query, query.sample), version) == []


def test_it_would_find_a_slip(cypher_analyser: Analyser) -> None:
    assert cypher_analyser("MATCH (p:Person) RETURN q.id AS id", {}, "5")
    assert cypher_analyser("MATCH (p:Person {id: $person}) RETURN p.id AS id", {}, "25")
