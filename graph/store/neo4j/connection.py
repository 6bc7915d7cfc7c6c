"""Opens a connection to Neo4j with the settings that loads need, and checks the server once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.errors import StoreError
from graph.store.neo4j.access import Access
from graph.store.neo4j.driver_errors import too_old, translated

if TYPE_CHECKING:
    from neo4j import Driver

# First version with CALL (x) { ... }, which queries use.
OLDEST = (5, 23)
_CONNECT_S = 10.0
# Limits also a connection that the server accepts but does not answer.
_ACQUIRE_S = 20.0
# The driver's default is 1 s, too long for the frequent deadlocks between workers of a load.
_RETRY_DELAY_S = 0.05


@dataclass(frozen=True)
class Connection:
    """An open connection; threads may share it.

    Attributes:
        driver: The driver.
        access: Address and credentials.
        version: Version of the server, for example (5, 26, 25) or (2026, 5, 0).
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
    """Connect, check that the database can be used, and close at the end.

    Args:
        access: Address and credentials.
        connect_timeout_s: Seconds to wait for the server to accept a connection.
        acquire_timeout_s: Seconds to wait until a connection can be used; covers servers that accept connections and
            do not answer.
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
    """Version and edition; asking in the database itself shows whether it exists."""
    from neo4j import READ_ACCESS

    with driver.session(database=access.database, default_access_mode=READ_ACCESS) as session:
        # Not a managed transaction, which would retry for half a minute where the server is not reachable.
        row = session.run(
            # Newer servers also list the versions of Cypher.
            "CALL dbms.components() YIELD name, versions, edition WHERE name = 'Neo4j Kernel' "
            "RETURN versions[0] AS version, edition"
        ).single()
    numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", str(row["version"])) if row else None
    if row is None or numbers is None:
        raise StoreError(f"{access.uri} does not tell its version", hint="graphvine works with Neo4j 5.23 and newer")
    return tuple(int(number) for number in numbers.groups() if number is not None), str(row["edition"])
