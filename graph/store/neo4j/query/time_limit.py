"""Runs work on a server with a time limit that ends the query on the server, and not only the waiting for it."""

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
    """The time limit was exceeded, so that nobody waits for the work any more."""


class Worker:
    """Shared state of the working thread and the waiting thread.

    Attributes:
        mark: Metadata of its transactions, visible in the server's list of transactions.
    """

    def __init__(self) -> None:
        self.mark = {_MARK: secrets.token_hex(16)}
        self._left = threading.Event()

    def leave(self) -> None:
        """Called by the waiting thread when it gives up."""
        self._left.set()

    def go_on(self) -> None:
        """Called by the working thread before each request to the server.

        Raises:
            GivenUpError: the waiting thread has given up.
        """
        if self._left.is_set():
            raise GivenUpError


def stoppable(
    work: Callable[[Worker], T], stop: Callable[[Worker], None], *, limit_s: float, patience_s: float = _PATIENCE_S
) -> T:
    """Run the work in another thread, and stop it when this thread is interrupted or the limit is exceeded.

    The driver cannot abandon a read without losing its connection. So the working thread is not interrupted: the query
    is ended on the server, which the working thread then sees as an error. A server that is inside one long expression
    does not react; after ``patience_s`` its thread is left alone and ends with the answer, the driver or the process.

    Args:
        work: Calls ``go_on`` of its worker before each request, and marks its transactions with ``mark``.
        stop: Ends the marked transactions on the server. Called repeatedly until the work has ended, since a
            transaction may begin only later.
        limit_s: Seconds to wait for the work, > 0.
        patience_s: Seconds to wait for its end after the limit or an interrupt.

    Raises:
        GivenUpError: the work took longer.
    """
    worker = Worker()
    # Not Thread.join(): when it is interrupted, Python 3.11 believes the thread has ended.
    done = threading.Event()
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work(worker))
        except BaseException as error:  # raised again in the waiting thread
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
    """Stop the work and wait until it has ended, at most ``patience_s``; ``stop`` may hang, so it has a thread too."""
    worker.leave()
    over = time.monotonic() + patience_s

    def ask() -> None:
        while not done.is_set() and time.monotonic() < over:
            stop(worker)
            done.wait(_LOOK_S)

    threading.Thread(target=ask, name="graphvine stop", daemon=True).start()
    done.wait(patience_s)


def terminate(driver: Driver, database: str, mark: dict[str, Any]) -> None:
    """End the marked transactions; does nothing where the server cannot be reached."""
    from neo4j.exceptions import DriverError, Neo4jError

    with suppress(DriverError, Neo4jError), driver.session(database=database) as session:
        rows = session.run(
            f"SHOW TRANSACTIONS YIELD transactionId AS id, metaData AS marks WHERE marks.{_MARK} = $mark",
            {"mark": mark[_MARK]},
        )
        ids = [row["id"] for row in rows]
        if ids:
            session.run("TERMINATE TRANSACTIONS $ids", {"ids": ids}).consume()
