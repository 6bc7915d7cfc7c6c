"""The engine's process: answers, errors, and that what is cancelled, late or dead does not live on."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.app import run_command
from cli.shell.engines.engine import EmbeddedQuerying
from graph.errors import PrerequisiteError, QueryRefusedError, StoreError

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")

# The engine looks up from this one now and then, and never from the other: it is a single expression.
LONG = "UNWIND $many AS x UNWIND $many AS y WITH x, y WHERE x * y = -1 RETURN count(*) AS n"
# Nine columns of a million turns each, in which the engine does not look at its clock.
_TURNS = "size([x IN l WHERE any(y IN l WHERE x * y = -{0})]) AS n{0}"
DEAF = "WITH range(1, 1000) AS l RETURN " + ", ".join(_TURNS.format(n) for n in range(1, 10))
MANY = list(range(1, 400_001))


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def engine(planted: Path, notes: list[str]) -> Iterator[EmbeddedQuerying]:
    found = EmbeddedQuerying(planted, on_note=notes.append)
    yield found
    found.close()


def rows(engine: EmbeddedQuerying, text: str, **parameters: object) -> list[tuple[object, ...]]:
    """Rows of a query that has time enough."""
    return engine.query(text, parameters, timeout_s=60, max_rows=100).rows


def pid(engine: EmbeddedQuerying) -> int:
    """The engine's process."""
    assert engine._child is not None
    return engine._child._process.pid


@contextmanager
def interrupting(seconds: float) -> Iterator[None]:
    """Press Ctrl-C a little later, unless what is done within has ended before."""
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(seconds, signal.pthread_kill, (main, signal.SIGINT))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def gone(process: int) -> bool:
    """Whether a process that was waited for is gone."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_rows_come_over_as_they_were(engine: EmbeddedQuerying) -> None:
    result = engine.query(
        "RETURN $x AS x, 1.5 AS y, [1, null] AS list, {a: '上海'} AS map", {"x": 2**62}, timeout_s=60, max_rows=9
    )
    assert result.columns == ("x", "y", "list", "map")
    assert result.rows == [(2**62, 1.5, [1, None], {"a": "上海"})]
    assert result.notes == ()
    assert not result.truncated
    assert engine.query("UNWIND [1, 2, 3] AS n RETURN n", timeout_s=60, max_rows=2).truncated


def test_errors_keep_their_kind_and_the_process_goes_on(engine: EmbeddedQuerying, tmp_path: Path) -> None:
    assert rows(engine, "RETURN 1 AS one") == [(1,)]
    before = pid(engine)
    with pytest.raises(QueryRefusedError, match="SET is refused"):
        rows(engine, "MATCH (n) SET n.x = 1")
    with pytest.raises(StoreError, match="missing") as wrong:
        rows(engine, "RETURN $missing AS x")
    assert wrong.value.hint
    assert rows(engine, "RETURN 2 AS two") == [(2,)]
    assert pid(engine) == before
    empty = EmbeddedQuerying(tmp_path, on_note=print)
    with pytest.raises(PrerequisiteError, match="no snapshots"):
        empty.describe()
    empty.close()


def test_the_market_is_described(engine: EmbeddedQuerying) -> None:
    parts = {part.name: part for part in engine.describe()}
    assert parts["Person"].count == 5
    assert (parts["KOL"].kind, parts["KOL"].source, parts["KOL"].count) == ("role", "Person", 1)
    assert (parts["VIEWED"].source, parts["VIEWED"].target, parts["VIEWED"].count) == ("Person", "Vehicle", 2)
    assert parts["VIEWED"].properties == (("time", "time"), ("weight", "decimal"), ("times", "decimal"))
    assert parts["Vehicle"].properties[0] == ("id", "text")


def test_a_plan_is_rows_and_runs_nothing(engine: EmbeddedQuerying) -> None:
    result = engine.query("EXPLAIN MATCH (p:KOL) RETURN p.id AS id", timeout_s=20, max_rows=10)
    assert result.columns == ("step", "operation", "estimated_rows")
    assert engine.query("PROFILE MATCH (p:KOL) RETURN p.id AS id", timeout_s=20, max_rows=10).columns[1] == "rows"
    with pytest.raises(QueryRefusedError):
        engine.query("EXPLAIN MATCH (n) DELETE n", timeout_s=20, max_rows=10)


@pytest.mark.proof
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded on Linux")
def test_a_memory_bomb_ends_its_process_and_the_next_query_starts_another(engine: EmbeddedQuerying) -> None:
    bomb = "RETURN size(reduce(s = 'x', i IN range(1, 60) | s + s)) AS n"
    with pytest.raises(StoreError, match="ended in the middle"):
        engine.query(bomb, timeout_s=60, max_rows=10)
    assert rows(engine, "RETURN 1 AS one") == [(1,)]
    with pytest.raises(StoreError, match="safety limit"):
        engine.query("RETURN size(range(1, 2000000000)) AS n", timeout_s=60, max_rows=10)


@pytest.mark.proof
def test_a_cancelled_query_leaves_the_engine_as_it_was(engine: EmbeddedQuerying) -> None:
    assert rows(engine, "RETURN 1 AS one") == [(1,)]
    before = pid(engine)
    with interrupting(0.7), pytest.raises(KeyboardInterrupt):
        rows(engine, LONG, many=MANY)
    engine.cancel()
    assert rows(engine, "RETURN 2 AS two") == [(2,)]
    if engine._child is not None and pid(engine) != before:
        # A machine under load may not let the engine look up in time; then it was killed.
        assert gone(before)


@pytest.mark.proof
def test_an_engine_that_does_not_listen_is_killed(engine: EmbeddedQuerying) -> None:
    assert rows(engine, "RETURN 1 AS one") == [(1,)]
    before = pid(engine)
    with interrupting(0.7), pytest.raises(KeyboardInterrupt):
        rows(engine, DEAF)
    engine.cancel()
    assert gone(before)
    assert rows(engine, "RETURN 2 AS two") == [(2,)]
    assert pid(engine) != before


@pytest.mark.proof(one_in=2)
@pytest.mark.parametrize("query", [LONG, DEAF], ids=["looks at its clock", "does not"])
def test_a_query_that_takes_too_long_is_ended(
    engine: EmbeddedQuerying, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.shell.engines.engine._GRACE_S", 0.5)
    with pytest.raises(StoreError, match=r"the query took longer than 0.5 s"):
        engine.query(query, {"many": MANY}, timeout_s=0.5, max_rows=10)
    assert rows(engine, "RETURN 2 AS two") == [(2,)]


def test_a_cancel_that_comes_too_late_does_no_harm(engine: EmbeddedQuerying) -> None:
    assert rows(engine, "RETURN 1 AS one") == [(1,)]
    before = pid(engine)
    engine.cancel()
    assert rows(engine, "RETURN 2 AS two") == [(2,)]
    assert pid(engine) == before


def test_an_engine_that_dies_is_told_of_and_started_again(engine: EmbeddedQuerying) -> None:
    assert rows(engine, "RETURN 1 AS one") == [(1,)]
    timer = threading.Timer(0.7, os.kill, (pid(engine), signal.SIGKILL))
    timer.start()
    with pytest.raises(StoreError, match="ended in the middle"):
        rows(engine, LONG, many=MANY)
    timer.join()
    assert rows(engine, "RETURN 2 AS two") == [(2,)]


def test_the_process_ends_with_whoever_asked(engine: EmbeddedQuerying) -> None:
    rows(engine, "RETURN 1 AS one")
    assert engine._child is not None
    process = engine._child._process
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=60) == 0


def test_a_later_snapshot_is_read_without_starting_anew(own: Path) -> None:
    notes: list[str] = []
    engine = EmbeddedQuerying(own, on_note=notes.append)
    try:
        count = "MATCH (p:Person) RETURN count(*) AS n"
        assert rows(engine, count) == [(5,)]
        before = pid(engine)
        users = own / "data" / "users.csv"
        users.write_text(users.read_text("utf-8") + "U9,赵敏,广州\n", "utf-8")
        assert run_command(["data", "load", "-w", str(own), "-q", "-o", str(own / "loaded.csv")]) == 0
        assert run_command(["data", "snapshot", "-w", str(own), "-q", "-o", str(own / "counts.csv")]) == 0
        assert rows(engine, count) == [(6,)]
        assert any("published" in note for note in notes)
        assert pid(engine) == before
    finally:
        engine.close()


def test_a_command_line_is_cancelled_whole(planted: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with interrupting(2.0):
        code = run_command(["cypher", DEAF, "-w", str(planted), "--timeout", "60"])
    told = capfd.readouterr()
    assert (code, told.out) == (130, "")
    assert told.err.startswith("error: interrupted")
