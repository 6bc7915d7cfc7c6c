"""A connection to Neo4j: checked once when it is opened, with the settings that our transactions need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.errors import StoreError
from graph.store.neo4j.access import Access
from graph.store.neo4j.failures import too_old, translated

if TYPE_CHECKING:
    from neo4j import Driver

# CALL (x) { ... }, which queries use, came with it.
OLDEST = (5, 23)
_CONNECT_S = 10.0
# A connection that is taken but not answered counts against this one.
_ACQUIRE_S = 20.0
# The driver's own is 1 s, during which a deadlocked worker of a load would do nothing.
_RETRY_DELAY_S = 0.05


@dataclass(frozen=True)
class Connection:
    """An open connection; threads may share it.

    Attributes:
        driver: The driver.
        access: What it was opened with.
        version: Of the server, for example (5, 26, 25) or (2026, 5, 0).
        edition: ``community`` or ``enterprise``.
    """

    driver: Driver
    access: Access
    version: tuple[int, ...]
    edition: str


@contextmanager
def connected(
    access: Access,
    *,
    connect_timeout_s: float = _CONNECT_S,
    acquire_timeout_s: float = _ACQUIRE_S,
    retry_delay_s: float = _RETRY_DELAY_S,
) -> Iterator[Connection]:
    """Connect, see whether the database can be used, and close at the end.

    Args:
        access: The database, and what opens it.
        connect_timeout_s: Seconds to wait for the server to take a connection.
        acquire_timeout_s: Seconds to wait for a connection that can be used; a server that takes connections and then
            says nothing is given up after them.
        retry_delay_s: Seconds before the first retry of a transaction; later ones wait longer.

    Raises:
        StoreError: the server cannot be reached, refuses, has no such database, or is older than 5.23.
    """
    with translated(access):
        driver = _driver(access, connect_timeout_s, acquire_timeout_s, retry_delay_s)
    with driver:
        with translated(access):
            version, edition = _server(driver, access)
        if version < OLDEST:
            raise too_old(access, f"is Neo4j {'.'.join(map(str, version))}")
        yield Connection(driver, access, version, edition)


def _driver(access: Access, connect_timeout_s: float, acquire_timeout_s: float, retry_delay_s: float) -> Driver:
    from neo4j import GraphDatabase

    return GraphDatabase.driver(
        access.uri,
        auth=(access.username, access.password),
        connection_timeout=connect_timeout_s,
        connection_acquisition_timeout=acquire_timeout_s,
        initial_retry_delay=retry_delay_s,
        notifications_min_severity="OFF",
        telemetry_disabled=True,
        user_agent="graphvine",
    )


def _server(driver: Driver, access: Access) -> tuple[tuple[int, ...], str]:
    """Version and edition; asking for them in the database shows whether that is there."""
    from neo4j import READ_ACCESS

    with driver.session(database=access.database, default_access_mode=READ_ACCESS) as session:
        # Not a managed transaction: a server that is not there is told at once, not after half a minute of retries.
        row = session.run(
            # Newer servers list the versions of Cypher beside their own.
            "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' "
            "RETURN versions[0] AS version, edition"
        ).single()
    numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", str(row["version"])) if row else None
    if row is None or numbers is None:
        raise StoreError(f"{access.uri} does not tell its version", hint="graphvine works with Neo4j 5.23 and newer")
    return tuple(int(number) for number in numbers.groups() if number is not None), str(row["edition"])
