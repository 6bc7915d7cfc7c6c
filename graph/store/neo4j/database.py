"""Statements in sessions and transactions of one database, with retries counted and lost answers settled."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import neo4j

T = TypeVar("T")
MARK = "graphvine"
# How often in a row the answer to a commit may be lost before the error is passed on.
_MOST_DOUBTS = 10
# A transaction of ours takes seconds; one of a process that sleeps must not keep its locks for good.
_TIMEOUT_S = 120.0
# How the server ends a transaction from outside: by a takeover of the lease, somebody's order, or its time.
_ENDED = frozenset(
    f"Neo.ClientError.Transaction.{name}"
    for name in ("Terminated", "LockClientStopped", "TransactionTimedOutClientConfiguration")
)


def _bookmarks() -> neo4j.BookmarkManager:
    from neo4j import GraphDatabase

    return GraphDatabase.bookmark_manager()


@dataclass
class Tally:
    """What the write transactions of a database have met.

    Attributes:
        transactions: Transactions that ended well.
        retries: Transactions that were tried again, after a deadlock or a lost connection.
        in_doubt: Commits whose answer was lost, so that what they had left was read.
    """

    transactions: int = 0
    retries: int = 0
    in_doubt: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, transactions: int = 0, retries: int = 0, in_doubt: int = 0) -> None:
        """Count."""
        with self._lock:
            self.transactions += transactions
            self.retries += retries
            self.in_doubt += in_doubt


@dataclass(frozen=True)
class Database:
    """A database that a driver leads to.

    Attributes:
        driver: The driver; every thread has sessions of its own.
        name: Name of the database.
        tally: What its write transactions have met.
        mark: What its write transactions carry in the list that the server shows.
        bookmarks: What its sessions tell each other: each sees what those before it have written or read, whichever
            member of a cluster it is led to.
    """

    driver: neo4j.Driver
    name: str
    tally: Tally = field(default_factory=Tally)
    mark: str = ""
    bookmarks: neo4j.BookmarkManager = field(default_factory=_bookmarks, repr=False, compare=False)

    def session(self) -> neo4j.Session:
        """A session, to be closed; of a cluster, with the member that takes what is written."""
        return self.driver.session(database=self.name, bookmark_manager=self.bookmarks)

    @contextmanager
    def reading(self) -> Iterator[neo4j.Session]:
        """A session that can only read, and gets a result as a whole."""
        with self.driver.session(
            database=self.name, default_access_mode="READ", fetch_size=-1, bookmark_manager=self.bookmarks
        ) as session:
            yield session

    def rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        """The rows of a statement that reads; asked for again where the connection was cut at the end of it."""

        def ask() -> list[list[Any]]:
            with self.reading() as session:
                return session.execute_read(lambda tx: rows_of(tx, text, **parameters))

        return _settled(ask)

    def latest(self, text: str, **parameters: Any) -> list[list[Any]]:
        """The same, asked where a cluster writes: neither these rows nor what is read after them are of before."""

        def ask() -> list[list[Any]]:
            with self.session() as session:
                return session.execute_write(lambda tx: rows_of(tx, text, **parameters))

        return _settled(ask)

    def alone(self, text: str, **parameters: Any) -> None:
        """Run a statement that changes the schema, or waits for it: it may take its time, and do nothing twice."""
        with self.session() as session:
            session.execute_write(lambda tx: tx.run(text, parameters).consume())

    def once(self, work: Callable[[neo4j.Transaction], T]) -> T:
        """Do some work in one transaction, and leave it at that where it fails."""
        with (
            self.session() as session,
            session.begin_transaction(metadata={MARK: self.mark}, timeout=_TIMEOUT_S) as tx,
        ):
            result = work(tx)
            tx.commit()
        return result

    def write(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        """Do some work in one transaction.

        Args:
            work: Called again where the transaction failed for a passing reason, and also where the answer to its
                commit was lost: it reads first whether it has been done before, and does nothing then. Once more where
                the server ended it from outside, as it does when this process slept: it asks for the lease first.
        """
        from neo4j import unit_of_work
        from neo4j.exceptions import IncompleteCommit, Neo4jError

        calls = doubts = 0
        ended = False

        @unit_of_work(metadata={MARK: self.mark}, timeout=_TIMEOUT_S)
        def counted(tx: neo4j.ManagedTransaction) -> T:
            nonlocal calls
            calls += 1
            return work(tx)

        try:
            while True:
                try:
                    with self.session() as session:
                        result = session.execute_write(counted)
                    self.tally.add(transactions=1)
                    return result
                except IncompleteCommit:
                    doubts += 1
                    if doubts == _MOST_DOUBTS:
                        raise
                except Neo4jError as error:
                    if ended or error.code not in _ENDED:
                        raise
                    ended = True
        finally:
            self.tally.add(retries=max(calls - 1 - doubts, 0), in_doubt=doubts)


def _settled(ask: Callable[[], T]) -> T:
    """What a question that changes nothing gives, asked again where its answer was lost."""
    from neo4j.exceptions import IncompleteCommit

    doubts = 0
    while True:
        try:
            return ask()
        except IncompleteCommit:
            doubts += 1
            if doubts == _MOST_DOUBTS:
                raise


def rows_of(
    tx: neo4j.ManagedTransaction | neo4j.Transaction | neo4j.Session, text: str, **parameters: Any
) -> list[list[Any]]:
    """The rows of a statement in a transaction."""
    return [record.values() for record in tx.run(text, parameters)]
