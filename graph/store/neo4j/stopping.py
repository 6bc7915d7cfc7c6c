"""Work on a server that an interrupt ends at once: the query there, and not only the wait for it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from neo4j import Driver

T = TypeVar("T")
_MARK = "graphvine"
_LOOK_S = 0.2
_PATIENCE_S = 5.0


def new_mark() -> dict[str, str]:
    """Metadata that a transaction is found by again."""
    return {_MARK: secrets.token_hex(16)}


def stoppable(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Do the work in a thread of its own, and stop it where this one is interrupted.

    The driver cannot leave a read half-way without losing its connection; so the one that reads is not interrupted, but
    told by the server that its query has ended.
    """
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # handed on to the thread that waits
            failed.append(error)

    thread = threading.Thread(target=run, name="graphvine query", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LOOK_S)
    except BaseException:
        stop()
        thread.join(_PATIENCE_S)
        raise
    if failed:
        raise failed[0]
    return found[0]


def terminate(driver: Driver, database: str, mark: dict[str, Any]) -> None:
    """End the transactions that carry the mark; without a word where the server cannot be asked."""
    from neo4j.exceptions import DriverError, Neo4jError

    with suppress(DriverError, Neo4jError), driver.session(database=database) as session:
        rows = session.run(
            f"SHOW TRANSACTIONS YIELD transactionId AS id, metaData AS marks WHERE marks.{_MARK} = $mark",
            {"mark": mark[_MARK]},
        )
        ids = [row["id"] for row in rows]
        if ids:
            session.run("TERMINATE TRANSACTIONS $ids", {"ids": ids}).consume()
