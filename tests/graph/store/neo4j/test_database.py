from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neo4j import Bookmarks, Driver, GraphDatabase

from graph.store.neo4j.access import Access
from graph.store.neo4j.database import Database, rows_of

pytestmark = pytest.mark.proof(one_in=3)

NODE = "CREATE (:Note {n: 1})"


def through_a_session(database: Database) -> object:
    with database.reading() as session:
        return session.run("MATCH (n:Note) RETURN count(n)").single(strict=True)[0]


WORK: dict[str, Callable[[Database], Any]] = {
    "rows": lambda database: database.rows("MATCH (n:Note) RETURN count(n)"),
    "latest": lambda database: database.latest("MATCH (n:Note) RETURN count(n)"),
    "reading": through_a_session,
    "write": lambda database: database.write(lambda tx: rows_of(tx, NODE)),
    "once": lambda database: database.once(lambda tx: rows_of(tx, NODE)),
    "alone": lambda database: database.alone("CREATE INDEX note IF NOT EXISTS FOR (n:Note) ON (n.n)"),
}


@pytest.mark.parametrize("name", WORK)
def test_every_session_tells_what_it_has_seen_and_asks_what_the_others_have(
    neo4j_access: Access, neo4j_driver: Driver, name: str
) -> None:
    """So that no member of a cluster answers with what was before."""
    told: list[frozenset[str]] = []
    asked = 0

    def ask() -> Bookmarks:
        nonlocal asked
        asked += 1
        return Bookmarks()

    manager = GraphDatabase.bookmark_manager(
        bookmarks_supplier=ask, bookmarks_consumer=lambda seen: told.append(frozenset(seen.raw_values))
    )
    database = Database(neo4j_driver, neo4j_access.database, bookmarks=manager)
    database.write(lambda tx: rows_of(tx, NODE))
    before = (asked, len(told))
    WORK[name](database)
    assert asked > before[0]
    assert len(told) == before[1] + 1
    assert all(len(seen) == 1 for seen in told)
    neo4j_driver.execute_query("DROP INDEX note IF EXISTS")


def test_two_databases_of_one_driver_tell_each_other_nothing(neo4j_access: Access, neo4j_driver: Driver) -> None:
    first, second = (Database(neo4j_driver, neo4j_access.database) for _ in range(2))
    first.write(lambda tx: rows_of(tx, NODE))
    assert first.bookmarks.get_bookmarks()
    assert not second.bookmarks.get_bookmarks()
