"""The same shell over a Neo4j server."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.app import run_command
from cli.shell.engines.engine import EmbeddedQuerying
from cli.shell.engines.server import ServerQuerying
from graph.errors import QueryRefusedError, StoreError
from graph.schema import MARKET
from graph.store.neo4j.access import Access

ENDLESS = "UNWIND $many AS x UNWIND $many AS y WITH x, y WHERE x * y = -1 RETURN count(*) AS n"
MANY = {"many": list(range(1, 400_001))}


@pytest.fixture
def served(own: Path, neo4j_cleared: Access, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The planted market, on the server."""
    for name in ("uri", "username", "password", "database"):
        monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_cleared, name))
    loaded = ["data", "load", "-w", str(own), "--store", "neo4j", "-q", "-o", str(own / "loaded.csv")]
    assert run_command(loaded) == 0
    return own


@pytest.mark.proof
def test_both_stores_are_asked_in_the_same_way(served: Path, neo4j_cleared: Access) -> None:
    server, embedded = ServerQuerying(neo4j_cleared, MARKET), EmbeddedQuerying(served, on_note=print)
    try:
        assert server.describe() == embedded.describe()
        for text in (
            "MATCH (p:Person) RETURN p, p.name AS name ORDER BY name",
            "MATCH (p:Person {city: $city})-[v:VIEWED]->(c) RETURN v, c.id AS car ORDER BY v.time",
        ):
            given = {"timeout_s": 60.0, "max_rows": 9}
            assert server.query(text, {"city": "上海"}, **given) == embedded.query(text, {"city": "上海"}, **given)
        assert server.query("EXPLAIN MATCH (p:KOL) RETURN p.id AS id", timeout_s=60, max_rows=9).rows
        for wrong in ("MATCH (n) SET n.x = 1", "SHOW USERS"):
            with pytest.raises(QueryRefusedError):
                server.query(wrong, timeout_s=60, max_rows=9)
        with pytest.raises(StoreError, match="longer than 1 s"):
            server.query(ENDLESS, MANY, timeout_s=1, max_rows=9)
        main = threading.main_thread().ident
        assert main is not None
        timer = threading.Timer(3.0, signal.pthread_kill, (main, signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            server.query(ENDLESS, MANY, timeout_s=60, max_rows=9)
        timer.join()
        server.cancel()
        assert server.query("RETURN 2 AS two", timeout_s=60, max_rows=9).rows == [(2,)]
    finally:
        server.close()
        embedded.close()


def test_the_command_asks_the_server(served: Path, ask: Callable[..., Any]) -> None:
    assert served.is_dir()
    told = ask("--store", "neo4j", given="MATCH (k:KOL) RETURN k.id AS kol; :schema KOL\nMATCH (n) DELETE n")
    assert told.code == 3
    assert told.out.startswith("kol\nK1\n\npart,property,type\n(:Person:KOL),id,text\n")
    assert told.err.startswith("error: statement 3 (line 2): DELETE is refused")
