"""Work on a server that ends in time: the query there, and not only the wait for it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from neo4j import Driver

T = TypeVar("T")
_MARK = "graphvine"
_LOOK_S = 0.2
_PATIENCE_S = 3.0


class GivenUpError(Exception):
    """Whoever wanted the work done waits no longer."""


class Worker:
    """What the thread that works and the one that waits know of each other.

    Attributes:
        mark: What its transactions carry in the list that the server shows.
    """

    def __init__(self) -> None:
        self.mark = {_MARK: secrets.token_hex(16)}
        self._left = threading.Event()

    def leave(self) -> None:
        """Wait no longer."""
        self._left.set()

    def go_on(self) -> None:
        """Asked for before each question to the server.

        Raises:
            GivenUpError: nobody waits for the answer.
        """
        if self._left.is_set():
            raise GivenUpError


def stoppable(
    work: Callable[[Worker], T],
    stop: Callable[[Worker], None],
    *,
    limit_s: float,
    patience_s: float = _PATIENCE_S,
) -> T:
    """Do the work in a thread of its own, and stop it where this one is interrupted, or has waited long enough.

    The driver cannot leave a read half-way without losing its connection; so the one that reads is not interrupted, but
    told by the server that its query has ended. A server that does not listen, since it is inside one long expression,
    is left to itself after some seconds: its thread ends with its answer, with the driver, or with the process.

    Args:
        work: Asks ``go_on`` of its worker before each question, and marks its transactions.
        stop: Ends what carries the mark on the server. It is called until the work has ended, since what it is to end
            may not have begun there yet.
        limit_s: Seconds to wait for the work, > 0.
        patience_s: Seconds to wait for its end after that, or after an interrupt.

    Raises:
        GivenUpError: the work took longer.
    """
    worker = Worker()
    # Not join() of the thread: where that is interrupted, Python 3.11 takes the thread for ended.
    done = threading.Event()
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work(worker))
        except BaseException as error:  # handed on to the thread that waits
            failed.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=run, name="graphvine query", daemon=True)
    began = time.monotonic()
    late = False
    try:
        thread.start()
        while not late and not done.wait(_LOOK_S):
            late = time.monotonic() - began > limit_s
    except BaseException:
        _end(done, worker, stop, patience_s)
        raise
    if not done.is_set():
        _end(done, worker, stop, patience_s)
        raise GivenUpError
    if failed:
        raise failed[0]
    return found[0]


def _end(done: threading.Event, worker: Worker, stop: Callable[[Worker], None], patience_s: float) -> None:
    """Have the work stopped, and wait until it has ended or patience is over; stopping itself may hang as well."""
    worker.leave()
    over = time.monotonic() + patience_s

    def ask() -> None:
        while not done.is_set() and time.monotonic() < over:
            stop(worker)
            done.wait(_LOOK_S)

    threading.Thread(target=ask, name="graphvine stop", daemon=True).start()
    done.wait(patience_s)


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
