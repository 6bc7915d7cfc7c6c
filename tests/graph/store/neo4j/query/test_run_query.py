"""Each layer of the guard alone on a real server, the others bypassed, and the values that come back."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from neo4j.exceptions import DriverError, Neo4jError

from graph.errors import QueryRefusedError, StoreError
from graph.schema import MARKET
from graph.store.guard import Query
from graph.store.neo4j.access import Access
from graph.store.neo4j.connection import Connection, connected
from graph.store.neo4j.query.plain_values import plain_values
from graph.store.neo4j.query.run_query import Question, question, read_rows, require_read, run_on_server
from graph.store.neo4j.query.time_limit import GivenUpError, Worker, stoppable, terminate
from graph.store.query_names import names_of
from graph.store.result import QueryResult

KNOWN = names_of(MARKET)
SLOW = "UNWIND range(1, 10000000) AS a UNWIND range(1, 10000000) AS b WITH a, b WHERE a * b = -1 RETURN count(*) AS n"


@pytest.fixture(scope="module")
def connection(neo4j_access: Access) -> Iterator[Connection]:
    with connected(neo4j_access) as found:
        yield found


@pytest.fixture
def session(connection: Connection) -> Iterator[Any]:
    with connection.driver.session(database=connection.access.database, default_access_mode="READ") as found:
        yield found


def raw(text: str, **parameters: Any) -> Question:
    """A text that no guard has seen."""
    return Question(Query(text, "", (), (), frozenset()), parameters, KNOWN, MARKET.nodes)


def ask(connection: Connection, text: str, **more: Any) -> list[tuple[Any, ...]]:
    caps = {"timeout_s": 20.0, "max_rows": 100, **more}
    asked = question(text, {}, KNOWN, MARKET.nodes)
    return run_on_server(connection.driver, asked, database=connection.access.database, **caps).rows


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (n:X) RETURN n",
        "MATCH (n) SET n.x = 1",
        "CREATE INDEX x FOR (n:X) ON (n.y)",
        "SHOW USERS",
        "CALL dbms.listConfig()",
    ],
)
def test_the_server_says_what_is_no_read(session: Any, text: str) -> None:
    with pytest.raises(StoreError):
        require_read(session, raw(text))


@pytest.mark.parametrize("text", ["CREATE (n:X) RETURN n", "MATCH (n) DETACH DELETE n", "MERGE (n:X) RETURN n"])
def test_a_read_transaction_refuses_writes_by_itself(session: Any, text: str) -> None:
    with pytest.raises(QueryRefusedError, match="only read"):
        read_rows(session, raw(text), timeout_s=10, max_rows=10, max_bytes=10_000)


@pytest.mark.parametrize(
    "text", ["LOAD CSV FROM 'http://127.0.0.1:9/' AS r RETURN r", "TERMINATE TRANSACTION 'x'", "SHOW SETTINGS"]
)
def test_what_the_server_takes_for_a_read_is_refused_before(connection: Connection, text: str) -> None:
    with pytest.raises(QueryRefusedError, match="is refused at line 1"):
        ask(connection, text)


def test_the_timeout_ends_a_query_and_the_session_goes_on(connection: Connection, session: Any) -> None:
    with pytest.raises(StoreError, match=r"took longer than 0\.5 s"):
        read_rows(session, raw(SLOW), timeout_s=0.5, max_rows=10, max_bytes=10_000)
    assert ask(connection, "RETURN 1 AS x") == [(1,)]


def test_the_row_cap_says_when_it_cut(session: Any) -> None:
    for cap, rows, cut in ((0, 0, True), (2, 2, True), (3, 3, False), (4, 3, False)):
        found = read_rows(session, raw("UNWIND [1, 2, 3] AS x RETURN x"), timeout_s=10, max_rows=cap, max_bytes=10_000)
        assert (len(found.rows), found.truncated) == (rows, cut)


def test_a_cut_query_does_not_read_on(session: Any) -> None:
    endless = "UNWIND range(1, 10000000) AS a UNWIND range(1, 10000000) AS b RETURN a, b"
    found = read_rows(session, raw(endless), timeout_s=20, max_rows=5, max_bytes=100_000)
    assert (len(found.rows), found.truncated) == (5, True)


def test_the_memory_cap(session: Any) -> None:
    text = "UNWIND range(1, 100000) AS x RETURN x, 'a long text that takes some place'"
    with pytest.raises(StoreError, match="takes more than 0 MiB"):
        read_rows(session, raw(text), timeout_s=20, max_rows=100_000, max_bytes=200_000)


def test_an_interrupt_ends_only_the_query(connection: Connection, session: Any) -> None:
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(1.0, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    caps = {"timeout_s": 60, "max_rows": 10, "max_bytes": 10_000}
    with pytest.raises(KeyboardInterrupt):
        stoppable(
            lambda worker: read_rows(session, raw(SLOW), mark=worker.mark, **caps),
            lambda worker: terminate(connection.driver, connection.access.database, worker.mark),
            limit_s=60,
        )
    timer.join()
    assert ask(connection, "RETURN 1 AS x") == [(1,)]
    assert_gone(connection)


def test_a_query_that_begins_after_the_interrupt_ends_as_well(connection: Connection, session: Any) -> None:
    """The transaction that is to be ended is not there when it is asked for the first time."""
    asked = threading.Event()
    caps = {"timeout_s": 60, "max_rows": 10, "max_bytes": 10_000}
    ended: list[str] = []

    def work(worker: Worker) -> None:
        assert asked.wait(20)
        with pytest.raises((DriverError, Neo4jError, StoreError)):
            read_rows(session, raw(SLOW), mark=worker.mark, **caps)
        ended.append("ended")

    def stop(worker: Worker) -> None:
        terminate(connection.driver, connection.access.database, worker.mark)
        asked.set()

    with pytest.raises(GivenUpError):
        stoppable(work, stop, limit_s=0.1, patience_s=20)
    assert ended == ["ended"]
    assert_gone(connection)


def test_a_query_that_nobody_waits_for_does_not_begin() -> None:
    worker = Worker()
    worker.go_on()
    worker.leave()
    with pytest.raises(GivenUpError):
        worker.go_on()


def test_a_server_that_does_not_listen_is_left_to_itself() -> None:
    held, stops = threading.Event(), []
    try:
        with pytest.raises(GivenUpError):
            stoppable(lambda _: held.wait(60), stops.append, limit_s=0.1, patience_s=0.5)
        with pytest.raises(GivenUpError):
            stoppable(lambda _: held.wait(60), lambda _: held.wait(60), limit_s=0.1, patience_s=0.5)
    finally:
        held.set()
    assert len(stops) > 1


def test_what_has_failed_fails_here() -> None:
    with pytest.raises(ZeroDivisionError):
        stoppable(lambda _: 1 / 0, print, limit_s=20)
    assert stoppable(lambda _: 1, print, limit_s=20) == 1


def test_an_expression_that_the_server_cannot_interrupt_is_given_up(connection: Connection) -> None:
    """Some seconds of one expression, which no guard would let through; the server is at work until it is done."""
    goes_on = (
        "WITH range(1, 10000) AS xs RETURN "
        "reduce(a = 0, x IN xs | a + reduce(b = 0, y IN xs | b + reduce(c = 0, z IN xs[..12] | c + y % 7))) AS n"
    )
    began = threading.Event()

    def work(worker: Worker) -> Any:
        with connection.driver.session(database=connection.access.database) as own:
            began.set()
            return read_rows(own, raw(goes_on), mark=worker.mark, timeout_s=1, max_rows=1, max_bytes=10_000)

    with pytest.raises(GivenUpError):
        stoppable(
            work,
            lambda worker: terminate(connection.driver, connection.access.database, worker.mark),
            limit_s=1,
            patience_s=0.2,
        )
    assert began.is_set()
    assert ask(connection, "RETURN 1 AS x", timeout_s=60.0) == [(1,)]


def assert_gone(connection: Connection) -> None:
    """The slow query is not among what the server does."""
    with connection.driver.session(database=connection.access.database) as other:
        for _ in range(50):
            running = [r["q"] for r in other.run("SHOW TRANSACTIONS YIELD currentQuery AS q")]
            if not any("10000000" in (query or "") for query in running):
                return
            time.sleep(0.2)
    pytest.fail("the query still runs on the server")


def found(connection: Connection, text: str, **parameters: Any) -> QueryResult:
    asked = question(text, parameters, KNOWN, MARKET.nodes)
    return run_on_server(connection.driver, asked, database=connection.access.database, timeout_s=20, max_rows=10)


def test_names_that_the_market_does_not_have_are_noted(connection: Connection) -> None:
    text = "MATCH (p:Persn)-[r:`WO``KE`|FOLLOWS]->(q) WHERE q.shoes = 1 RETURN DISTINCT p.id AS id ORDER BY id"
    result = found(connection, text)
    assert result.rows == []
    assert result.notes == (
        "no Persn node in this market",
        "no WO`KE relationship in this market",
        "nothing in this market has the property shoes",
    )


@pytest.mark.parametrize("word", ["EXPLAIN", "explain", "PROFILE"])
def test_a_plan_has_steps(connection: Connection, word: str) -> None:
    result = found(connection, f"{word} MATCH (p:Person {{id: $id}}) RETURN p.name AS n", id="x")
    assert result.columns[:4] == ("step", "details", "rows", "depth")
    assert result.columns[4:] == (("found", "hits") if word == "PROFILE" else ())
    assert result.rows[0][0] == "ProduceResults"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("RETURN datetime('2026-01-01T08:00:00+08:00')", "2026-01-01T08:00:00+08:00"),
        ("RETURN datetime('2026-01-01T00:00:00.5Z')", "2026-01-01T00:00:00.500000Z"),
        ("RETURN datetime('2026-01-01T00:00:00.123456789Z')", "2026-01-01T00:00:00.123456789Z"),
        ("RETURN date('2026-01-31')", "2026-01-31"),
        ("RETURN duration('P1Y2M3DT4H5M6.5S')", "P1Y2M3DT4H5M6.5S"),
        ("RETURN duration({minutes: -90})", "PT-1H-30M"),
        ("RETURN duration('PT0S')", "PT0S"),
        ("RETURN point({x: 1, y: 2})", {"srid": 7203, "coordinates": [1.0, 2.0]}),
        ("RETURN 9223372036854775807", 2**63 - 1),
        ("RETURN 0.0 * -1", 0.0),
        ("RETURN {b: 1, a: [date('2026-01-31'), null]}", {"a": ["2026-01-31", None], "b": 1}),
        ("RETURN '王' + '😀'", "王😀"),
    ],
)
def test_values_are_plain(session: Any, text: str, value: Any) -> None:
    assert plain_values(MARKET.nodes)(session.run(text).single().value()) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("RETURN 1 / 0 AS x", "by zero"),
        ("RETURN 1.0 / 0 AS x", "by zero"),
        ("RETURN date('2026-02-30') AS x", "the query failed"),
    ],
)
def test_an_error_is_one_sentence(connection: Connection, text: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence) as caught:
        ask(connection, text)
    assert caught.value.hint
    assert "offset" not in str(caught.value)
