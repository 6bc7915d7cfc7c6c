"""Runs a query on Neo4j, unchanged: guard, EXPLAIN must classify it as reading, READ transaction, limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from graph.errors import QueryRefusedError, StoreError
from graph.store.guard import Query, check
from graph.store.guard.engine_errors import failed, late
from graph.store.guard.parameters import plain_parameters
from graph.store.neo4j.query.hide_internal import HIDDEN, hiding
from graph.store.neo4j.query.plain_values import plain_values, unshown
from graph.store.neo4j.query.time_limit import GivenUpError, Worker, stoppable, terminate
from graph.store.query_names import Names, names_in, notes_on, unknown
from graph.store.result import MAX_BYTES, Budget, QueryResult

if TYPE_CHECKING:
    from neo4j import Driver, Session

# Always Cypher 5: Cypher 25 reads some queries differently, and servers of version 5.26 do not have it.
_LANGUAGE = "CYPHER 5 "
_FETCH = 1000
_PLAN_S = 30.0
# Added to the time limit: the server checks it every two seconds, and planning takes time too.
_GRACE_S = 5.0
_PLACE = re.compile(r"\s*\(line \d+, column \d+ \(offset: \d+\)\)[\s\S]*")
_TIMED_OUT = (
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.ClientError.Transaction.LockClientStopped",
)
T = TypeVar("T")
_COLUMNS = ("step", "details", "rows", "depth")
_PROFILED = (*_COLUMNS, "found", "hits")
_LOOSE = "graphvine's own book-keeping is among the nodes that a pattern without a label counts; write labels"


@dataclass(frozen=True)
class Question:
    """A checked query with its parameters.

    Attributes:
        query: The query.
        parameters: Values of its parameters; passed as data and never inserted into the text.
        market: All names of the market.
        types: Node types of the market.
    """

    query: Query
    parameters: Mapping[str, Any]
    market: Names
    types: Collection[str]


def question(
    text: str, parameters: Mapping[str, Any] | None, market: Names, types: Collection[str], plugins: Sequence[str] = ()
) -> Question:
    """Check a query and its parameters; needs no server.

    Args:
        text: One Cypher statement.
        parameters: Values of its parameters.
        market: All names of the market.
        types: Node types of the market.
        plugins: Patterns of plugin procedures and functions that it may call.

    Raises:
        QueryRefusedError: the query does more than read.
        StoreError: a parameter is of a type that queries do not accept.
    """
    return Question(check(text, plugins), plain_parameters(parameters or {}), market, types)


def run_on_server(
    driver: Driver, asked: Question, *, database: str, timeout_s: float, max_rows: int, max_bytes: int = MAX_BYTES
) -> QueryResult:
    """Run a read-only query; EXPLAIN and PROFILE return its steps.

    ``KeyboardInterrupt`` while rows are read ends the query on the server and is raised again; the driver stays usable.
    The server checks the time limit between rows, not within an expression. Where it does not end the query in time,
    this function gives up some seconds later, and the server continues until the expression is done or exceeds
    ``db.memory.transaction.max``.

    Args:
        driver: An open driver.
        asked: The query.
        database: Name of the database.
        timeout_s: Time limit in seconds, > 0.
        max_rows: Maximum number of rows, >= 0.
        max_bytes: Approximate maximum of bytes of all rows, > 0.

    Raises:
        QueryRefusedError: the server does not classify the query as reading.
        StoreError: the query is wrong, takes too long, or returns too much.
    """

    def work(worker: Worker) -> QueryResult:
        with _session(driver, database) as session:
            plan = require_read(session, asked, mark=worker.mark)
            worker.go_on()
            notes = _notes(session, asked)
            if asked.query.mode == "EXPLAIN":
                return QueryResult(_COLUMNS, list(_steps(plan, 0)), False, notes)
            caps = {"timeout_s": timeout_s, "max_rows": max_rows, "max_bytes": max_bytes}
            found = read_rows(session, asked, mark=worker.mark, **caps)  # type: ignore[arg-type]
            return replace(found, notes=notes)

    return _in_time(work, driver, database, timeout_s)


def _notes(session: Session, asked: Question) -> tuple[str, ...]:
    """Notes on unknown names; the database can have more names than the schema, such as columns of results."""
    names = names_in(asked.query.tokens)
    missing = unknown(names, asked.market)
    if missing.labels or missing.relations or missing.properties:
        labels, relations, properties = (tuple(row[0] for row in session.run(text)) for text in _THERE)
        missing = unknown(missing, Names(labels, relations, properties))
    counted = names.loose and "count" in asked.query.calls and "labels" not in asked.query.calls
    return (*notes_on(missing), *((_LOOSE,) if counted and not (names.labels or names.properties) else ()))


_THERE = (
    "CALL db.labels() YIELD label RETURN label",
    "CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType",
    "CALL db.propertyKeys() YIELD propertyKey RETURN propertyKey",
)


def _in_time(work: Callable[[Worker], T], driver: Driver, database: str, timeout_s: float) -> T:
    """Do work on the server that is ended at its time limit, or when this thread is interrupted."""
    try:
        return stoppable(work, lambda worker: terminate(driver, database, worker.mark), limit_s=timeout_s + _GRACE_S)
    except GivenUpError:
        raise late(timeout_s) from None


@contextmanager
def _session(driver: Driver, database: str) -> Iterator[Session]:
    from neo4j import READ_ACCESS

    with driver.session(database=database, default_access_mode=READ_ACCESS, fetch_size=_FETCH) as session:
        yield session


def require_read(session: Session, asked: Question, *, mark: dict[str, str] | None = None) -> Any:
    """The server's plan of the query, which the server must classify as reading.

    Raises:
        QueryRefusedError: the server classifies it differently.
        StoreError: the server cannot plan it.
    """
    from neo4j import Query as Sent

    text = f"{_LANGUAGE}EXPLAIN {asked.query.text}"
    with _sentences(_PLAN_S):
        summary = session.run(Sent(text, metadata=mark, timeout=_PLAN_S), dict(asked.parameters)).consume()
    if summary.query_type != "r":
        raise QueryRefusedError(
            "the server does not count this query as a read", hint="leave out whatever does more than read the graph"
        )
    return summary.plan


def read_rows(
    session: Session,
    asked: Question,
    *,
    timeout_s: float,
    max_rows: int,
    max_bytes: int,
    mark: dict[str, str] | None = None,
) -> QueryResult:
    """The rows of a query in a READ transaction; at most ``max_rows`` are kept in memory.

    Raises:
        QueryRefusedError: the query tried to write.
        StoreError: the query fails, takes too long, or returns too much.
    """
    plain, shown, budget = plain_values(asked.types), hiding(asked.query, asked.types), Budget(max_bytes)
    with _sentences(timeout_s), _transaction(session, timeout_s, mark) as transaction:
        result = transaction.run(f"{_LANGUAGE}{asked.query.mode} {asked.query.text}", dict(asked.parameters))
        columns = tuple(result.keys())
        rows: list[tuple[Any, ...]] = []
        truncated = False
        for record in result:
            row = tuple(shown(plain(value)) for value in record.values())
            if HIDDEN in row:
                continue
            if len(rows) == max_rows:
                truncated = True
                break
            budget.add(row)
            rows.append(row)
        if asked.query.mode == "PROFILE":
            return QueryResult(_PROFILED, list(_steps(result.consume().profile, 0, counted=True)), False)
    return QueryResult(columns, rows, truncated)


@contextmanager
def _transaction(session: Session, timeout_s: float, mark: dict[str, str] | None) -> Iterator[Any]:
    """A transaction that is always rolled back."""
    transaction = session.begin_transaction(metadata=mark, timeout=timeout_s)
    try:
        yield transaction
    finally:
        if not transaction.closed():
            transaction.rollback()


def _steps(plan: Any, depth: int, *, counted: bool = False) -> Iterator[tuple[Any, ...]]:
    facts = plan.get("args", {})
    kind = str(plan.get("operatorType", "")).partition("@")[0]
    row = (kind, str(facts.get("Details", "")), facts.get("EstimatedRows"), depth)
    yield (*row, plan.get("rows"), plan.get("dbHits")) if counted else row
    for child in plan.get("children", ()):
        yield from _steps(child, depth + 1, counted=counted)


@contextmanager
def _sentences(timeout_s: float) -> Iterator[None]:
    """Translate errors about the query; errors of the connection are raised unchanged."""
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
