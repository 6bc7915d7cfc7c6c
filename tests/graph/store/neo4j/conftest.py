"""A store of ours in the server of the tests, without data; constraints stay, since making them takes a second."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from neo4j import Driver, GraphDatabase

from graph.schema import MARKET
from graph.store.neo4j.access import Access
from graph.store.neo4j.store import Neo4jStore


@pytest.fixture
def neo4j_driver(neo4j_access: Access) -> Iterator[Driver]:
    """A driver, to look at the database and to change it behind the store's back."""
    auth = (neo4j_access.username, neo4j_access.password)
    with GraphDatabase.driver(neo4j_access.uri, auth=auth, notifications_min_severity="OFF") as driver:
        driver.execute_query("MATCH (n) WHERE NOT n:GraphvineTests DETACH DELETE n")
        yield driver
        driver.execute_query("MATCH (n) WHERE NOT n:GraphvineTests DETACH DELETE n")


@pytest.fixture
def neo4j_own(neo4j_access: Access, neo4j_driver: Driver) -> Neo4jStore:
    """The store; a database that somebody lends to the tests holds a node that says so."""
    return Neo4jStore(neo4j_access, MARKET, shared="NEO4J_URI" in os.environ)
