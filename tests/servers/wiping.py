"""Making a database of the tests empty, and only such a one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.store.neo4j.access import Access
from tests.servers.needs import MissingError

if TYPE_CHECKING:
    from neo4j import Driver

# A constraint of that name says that the tests may remove everything in the database; it is no node that a test meets.
_MARK = "graphvine_tests"


def claim(access: Access) -> None:
    """Mark an empty database as one of the tests.

    Raises:
        MissingError: it cannot be used, or it holds data and no mark, so that wiping it would be a loss.
    """
    from neo4j.exceptions import DriverError, Neo4jError

    try:
        with _driver(access) as driver:
            nodes = _records(driver, access, "MATCH (n) RETURN count(n)")[0][0]
            if (_MARK,) in _records(driver, access, "SHOW CONSTRAINTS YIELD name"):
                return
            if nodes:
                raise MissingError(f"the database holds {nodes} nodes, and tests wipe theirs: name an empty one")
            _records(driver, access, f"CREATE CONSTRAINT {_MARK} FOR (n:GraphvineTests) REQUIRE n.id IS UNIQUE")
    except (DriverError, Neo4jError) as error:
        raise MissingError(f"it cannot be used: {error}") from None


def wipe(access: Access) -> None:
    """Remove all data, constraints and indexes."""
    with _driver(access) as driver:
        batch = "MATCH (n) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*)"
        while _records(driver, access, batch)[0][0]:
            pass
        for (name,) in _records(driver, access, "SHOW CONSTRAINTS YIELD name"):
            if name != _MARK:
                _records(driver, access, f"DROP CONSTRAINT `{name}` IF EXISTS")
        for name, kind in _records(driver, access, "SHOW INDEXES YIELD name, type"):
            if kind != "LOOKUP" and name != _MARK:
                _records(driver, access, f"DROP INDEX `{name}` IF EXISTS")


def _driver(access: Access) -> Driver:
    from neo4j import GraphDatabase

    return GraphDatabase.driver(access.uri, auth=(access.username, access.password), notifications_min_severity="OFF")


def _records(driver: Driver, access: Access, text: str) -> list[tuple[object, ...]]:
    return [tuple(r) for r in driver.execute_query(text, database_=access.database).records]  # type: ignore[arg-type]
