"""Runs statements and transactions on one database: counts retries, and resolves commits whose answer was lost."""

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
# Number of lost commit answers in a row after which the error is raised.
_MOST_DOUBTS = 10
# Transactions take seconds. This limit frees the locks of a process that was suspended.
_TIMEOUT_S = 120.0
# Codes of transactions that the server ended: by a takeover of the lease, by an administrator, or by the time limit.
_ENDED = frozenset(
    f"Neo.ClientError.Transaction.{name}"
    for name in ("Terminated", "LockClientStopped", "TransactionTimedOutClientConfiguration")
)


def _bookmarks() -> neo4j.BookmarkManager:
    from neo4j import GraphDatabase

    return GraphDatabase.bookmark_manager()


@dataclass
class Tally:
    """Statistics of write transactions.

    Attributes:
        transactions: Number of successful transactions.
        retries: Number of retried transactions, after a deadlock or a lost connection.
        in_doubt: Number of commits whose answer was lost, so that the outcome was read from the database.
    """

    transactions: int = 0
    retries: int = 0
    in_doubt: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, transactions: int = 0, retries: int = 0, in_doubt: int = 0) -> None:
        """Add to the counts."""
        with self._lock:
            self.transactions += transactions
            self.retries += retries
            self.in_doubt += in_doubt


@dataclass(frozen=True)
class Database:
    """A database, accessed through a driver.

    Attributes:
        driver: The driver; each thread uses its own sessions.
        name: Name of the database.
        tally: Statistics of the write transactions.
        mark: Metadata of the write transactions, visible in the server's list of transactions.
        bookmarks: Shared by all sessions, so that each sees what earlier ones wrote or read, on every member of a
            cluster.
    """

    driver: neo4j.Driver
    name: str
    tally: Tally = field(default_factory=Tally)
    mark: str = ""
    bookmarks: neo4j.BookmarkManager = field(default_factory=_bookmarks, repr=False, compare=False)

    def session(self) -> neo4j.Session:
        """A new session, which the caller closes; in a cluster, with the member that accepts writes."""
        return self.driver.session(database=self.name, bookmark_manager=self.bookmarks)

    @contextmanager
    def reading(self) -> Iterator[neo4j.Session]:
        """A read-only session that fetches each result completely."""
        with self.driver.session(
            database=self.name, default_access_mode="READ", fetch_size=-1, bookmark_manager=self.bookmarks
        ) as session:
            yield session

    def rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        """The rows of a reading statement; repeated once where the connection is lost at its end."""

        def ask() -> list[list[Any]]:
            with self.reading() as session:
                return session.execute_read(lambda tx: rows_of(tx, text, **parameters))

        return _settled(ask)

    def latest(self, text: str, **parameters: Any) -> list[list[Any]]:
        """Like ``rows``, but from the cluster member that accepts writes, so that the rows are current."""

        def ask() -> list[list[Any]]:
            with self.session() as session:
                return session.execute_write(lambda tx: rows_of(tx, text, **parameters))

        return _settled(ask)

    def alone(self, text: str, **parameters: Any) -> None:
        """Run a statement that changes the schema or waits for it. Without a time limit; it must be idempotent."""
        with self.session() as session:
            session.execute_write(lambda tx: tx.run(text, parameters).consume())

    def once(self, work: Callable[[neo4j.Transaction], T]) -> T:
        """Do some work in one transaction, without retries."""
        with self.session() as session, session.begin_transaction(metadata={MARK: self.mark}, timeout=_TIMEOUT_S) as tx:
            result = work(tx)
            tx.commit()
        return result

    def write(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        """Do some work in one transaction.

        Args:
            work: Called again where the transaction failed for a temporary reason, or where the answer to its commit
                was lost. So it must first read whether it was done already, and then do nothing. Called once more where
                the server ended the transaction, as after this process was suspended; it must check the lease first.
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
    """The answer of a reading question, asked again where the answer was lost."""
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
