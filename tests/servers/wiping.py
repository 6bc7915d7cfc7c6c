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


def remove_data(access: Access) -> None:
    """Remove all data; constraints and indexes stay, since making them again takes seconds."""
    with _driver(access) as driver:
        _remove_data(driver, access)


def wipe(access: Access) -> None:
    """Remove all data, constraints and indexes."""
    with _driver(access) as driver:
        _remove_data(driver, access)
        rules = [
            f"DROP CONSTRAINT `{name}`"
            for (name,) in _records(driver, access, "SHOW CONSTRAINTS YIELD name")
            if name != _MARK
        ]
        free = "SHOW INDEXES YIELD name, type, owningConstraint WHERE owningConstraint IS NULL RETURN name, type"
        rules += [f"DROP INDEX `{name}`" for name, kind in _records(driver, access, free) if kind != "LOOKUP"]
        # One transaction, since the server plans all queries again after each.
        with driver.session(database=access.database) as session, session.begin_transaction() as transaction:
            for rule in rules:
                transaction.run(rule).consume()


def _remove_data(driver: Driver, access: Access) -> None:
    while _records(driver, access, "MATCH (n) WITH n LIMIT 10000 DETACH DELETE n RETURN count(*)")[0][0]:
        pass


def _driver(access: Access) -> Driver:
    from neo4j import GraphDatabase

    return GraphDatabase.driver(access.uri, auth=(access.username, access.password), notifications_min_severity="OFF")


def _records(driver: Driver, access: Access, text: str) -> list[tuple[object, ...]]:
    return [tuple(r) for r in driver.execute_query(text, database_=access.database).records]  # type: ignore[arg-type]
