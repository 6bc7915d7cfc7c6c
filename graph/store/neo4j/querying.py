"""Asking Neo4j: checked, written anew, seen to be a read by the server itself, read in a READ transaction, capped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from graph.errors import QueryRefusedError, StoreError
from graph.store.guard import understood
from graph.store.guard.failing import failed, late
from graph.store.guard.kinds import Market
from graph.store.guard.serving import ServerWriter
from graph.store.guard.unknown import unknown_names
from graph.store.guard.writing import Written
from graph.store.neo4j.stopping import GivenUpError, Worker, stoppable, terminate
from graph.store.neo4j.values import plain_values, unshown
from graph.store.result import MAX_BYTES, Budget, QueryResult

if TYPE_CHECKING:
    from neo4j import Driver, Session

# Cypher 25 reads some of what is written otherwise; servers of 5.26 do not know its name.
_LANGUAGE = "CYPHER 5 "
_FETCH = 1000
_PLAN_S = 30.0
# On top of the time of a query: the server looks at its clock every two seconds, and has to be asked for the plan.
_GRACE_S = 5.0
_PLACE = re.compile(r"\s*\(line \d+, column \d+ \(offset: \d+\)\)[\s\S]*")
_TIMED_OUT = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.ClientError.Transaction.LockClientStopped",
)
T = TypeVar("T")
_COLUMNS = ("step", "details", "rows", "depth")


def for_server(text: str, parameters: Mapping[str, Any] | None, market: Market) -> Written:
    """A query checked and written anew for a server; no server is needed for that.

    Args:
        text: One Cypher statement.
        parameters: Values of its ``$parameters``; they are data and never become part of the text.
        market: What the guard has to know of the market.

    Raises:
        QueryRefusedError: the query does anything but read, or the embedded store would answer it differently.
        StoreError: it lacks a parameter.
    """
    found = understood(text, parameters or {}, market.properties)
    return replace(ServerWriter(found, market.labels).written(), notes=unknown_names(found, market))


def run_on_server(
    driver: Driver,
    written: Written,
    *,
    database: str,
    market: Market,
    timeout_s: float,
    max_rows: int,
    max_bytes: int = MAX_BYTES,
) -> QueryResult:
    """Run a read-only query.

    A ``KeyboardInterrupt`` while rows are read ends the query on the server and is raised on; the driver can be used
    further. The server looks at its clock between rows and not within an expression; where it does not give the query
    up in time, this one does, some seconds later, and the server goes on alone until the expression is done.

    Args:
        driver: An open driver.
        written: The query.
        database: Name of the database.
        market: What the guard has to know of the market.
        timeout_s: Seconds after which the server gives the query up, > 0.
        max_rows: Most rows to return, >= 0.
        max_bytes: Most bytes, about, that the rows may take, > 0.

    Raises:
        QueryRefusedError: the server does not count the query as a read.
        StoreError: the query is wrong, takes too long, or gives too much.
    """

    def work(worker: Worker) -> QueryResult:
        with _session(driver, database) as session:
            require_read(session, written, mark=worker.mark)
            worker.go_on()
            caps = {"timeout_s": timeout_s, "max_rows": max_rows, "max_bytes": max_bytes}
            return read_rows(session, written, market, mark=worker.mark, **caps)  # type: ignore[arg-type]

    return _in_time(work, driver, database, timeout_s)


def explain_on_server(driver: Driver, written: Written, *, database: str) -> QueryResult:
    """How the server would go about a query: one row for each step; the graph is not read.

    Raises:
        QueryRefusedError: as of ``run_on_server``.
        StoreError: the query is wrong, or its plan takes too long.
    """

    def work(worker: Worker) -> Any:
        with _session(driver, database) as session:
            return require_read(session, written, mark=worker.mark)

    plan = _in_time(work, driver, database, _PLAN_S)
    return QueryResult(_COLUMNS, list(_steps(plan, 0)), False)


def _in_time(work: Callable[[Worker], T], driver: Driver, database: str, timeout_s: float) -> T:
    """Do work on the server that ends with its time, or when this thread is interrupted."""
    try:
        return stoppable(work, lambda worker: terminate(driver, database, worker.mark), limit_s=timeout_s + _GRACE_S)
    except GivenUpError:
        raise late(timeout_s) from None


@contextmanager
def _session(driver: Driver, database: str) -> Iterator[Session]:
    from neo4j import READ_ACCESS

    with driver.session(database=database, default_access_mode=READ_ACCESS, fetch_size=_FETCH) as session:
        yield session


def require_read(session: Session, written: Written, *, mark: dict[str, str] | None = None) -> Any:
    """The server's plan of a query that, in the eyes of the server, only reads.

    Raises:
        QueryRefusedError: the server counts it as something else than a read.
        StoreError: the server cannot plan it.
    """
    from neo4j import Query

    with _sentences(_PLAN_S):
        summary = session.run(
            Query(f"{_LANGUAGE}EXPLAIN {written.text}", metadata=mark, timeout=_PLAN_S), written.parameters
        ).consume()
    if summary.query_type != "r":
        raise QueryRefusedError(
            "the server does not count this query as a read", hint="leave out whatever does more than read the graph"
        )
    return summary.plan


def read_rows(
    session: Session,
    written: Written,
    market: Market,
    *,
    timeout_s: float,
    max_rows: int,
    max_bytes: int,
    mark: dict[str, str] | None = None,
) -> QueryResult:
    """The rows of a query in a READ transaction; no more than the cap are ever held.

    Raises:
        QueryRefusedError: the transaction was asked to write.
        StoreError: the query fails, takes too long, or gives too much.
    """
    plain, budget = plain_values(market.labels), Budget(max_bytes)
    with _sentences(timeout_s), _transaction(session, timeout_s, mark) as transaction:
        result = transaction.run(f"{_LANGUAGE}{written.text}", written.parameters)
        columns = tuple(result.keys())
        rows: list[tuple[Any, ...]] = []
        truncated = False
        for record in result:
            if len(rows) == max_rows:
                truncated = True
                break
            row = written.row(plain(value) for value in record.values())
            budget.add(row)
            rows.append(row)
    return QueryResult(written.columns or columns, rows, truncated, written.notes)


@contextmanager
def _transaction(session: Session, timeout_s: float, mark: dict[str, str] | None) -> Iterator[Any]:
    """A transaction that is always taken back."""
    transaction = session.begin_transaction(metadata=mark, timeout=timeout_s)
    try:
        yield transaction
    finally:
        if not transaction.closed():
            transaction.rollback()


def _steps(plan: Any, depth: int) -> Iterator[tuple[Any, ...]]:
    arguments = plan.get("args", {})
    kind = str(plan.get("operatorType", "")).partition("@")[0]
    yield kind, str(arguments.get("Details", "")), arguments.get("EstimatedRows"), depth
    for child in plan.get("children", ()):
        yield from _steps(child, depth + 1)


@contextmanager
def _sentences(timeout_s: float) -> Iterator[None]:
    """Errors about a query as sentences; those about the connection pass on."""
    from neo4j.exceptions import BrokenRecordError, Neo4jError

    try:
        yield
    except BrokenRecordError:
        raise unshown() from None
    except Neo4jError as error:
        found = _explained(error.code or "", error.message or "", timeout_s)
        if found is None:
            raise
        raise found from None


def _explained(code: str, message: str, timeout_s: float) -> StoreError | None:
    if code in _TIMED_OUT:
        return late(timeout_s)
    if code == "Neo.ClientError.Statement.AccessMode":
        return QueryRefusedError("a query may only read the graph", hint="leave out what writes")
    if code.startswith(("Neo.ClientError.Statement.", "Neo.ClientError.Procedure.", "Neo.DatabaseError.Statement.")):
        return failed(_PLACE.sub("", message))
    return None
