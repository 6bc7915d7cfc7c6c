"""What the tests stand on: downloads that were cut short, Java versions, servers, the analyser, what is required."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.neo4j import read_access
from graph.errors import StoreError
from graph.store.neo4j.access import Access
from graph.store.neo4j.connection import connected
from graph.workspace.settings import Neo4jSettings
from tests.servers.analyser import Analyser
from tests.servers.cache import cached
from tests.servers.java import fits, release
from tests.servers.needs import MissingError, lacking
from tests.servers.server import Server
from tests.servers.wiping import claim, wipe


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRAPHVINE_CACHE", str(tmp_path))
    return tmp_path


def test_a_download_is_made_once(cache: Path) -> None:
    made = []

    def fill(folder: Path) -> None:
        made.append(folder)
        (folder / "a.jar").write_bytes(b"jar")

    first, second = cached("thing", fill), cached("thing", fill)
    assert first == second == cache / "thing"
    assert (first / "a.jar").read_bytes() == b"jar"
    assert len(made) == 1


def test_a_broken_download_does_not_count(cache: Path) -> None:
    def breaks(folder: Path) -> None:
        (folder / "a.jar").write_bytes(b"half")
        raise MissingError("the line went dead")

    def fill(folder: Path) -> None:
        (folder / "a.jar").write_bytes(b"whole jar")

    with pytest.raises(MissingError):
        cached("thing", breaks)
    assert not (cache / "thing").exists()
    folder = cached("thing", fill)
    for spoil in (
        lambda: (folder / "a.jar").write_bytes(b"half"),
        (folder / "a.jar").unlink,
        (folder / "complete.json").unlink,
        lambda: (folder / "complete.json").write_text("{"),
        lambda: (folder / "complete.json").write_text("{}"),
    ):
        spoil()
        assert (cached("thing", fill) / "a.jar").read_bytes() == b"whole jar"
    assert sorted(p.name for p in cache.iterdir()) == ["thing", "thing.lock"]


def test_two_processes_share_one_download(cache: Path) -> None:
    code = (
        "import sys, time\n"
        "from tests.servers.cache import cached\n"
        "def fill(folder):\n"
        "    time.sleep(0.5)\n"
        "    (folder / 'by').write_text(sys.argv[1])\n"
        "print((cached('thing', fill) / 'by').read_text())\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(i)], stdout=subprocess.PIPE, text=True) for i in range(3)
    ]
    assert len({process.communicate()[0] for process in started}) == 1
    assert [process.returncode for process in started] == [0, 0, 0]


@pytest.mark.parametrize(
    ("version", "java", "good"),
    [
        ("5.26.25", 17, True), ("5.26.25", 21, True), ("5.26.25", 11, False), ("5.26.25", 25, False),
        ("2026.05.0", 17, False), ("2026.05.0", 21, True), ("2026.05.0", 25, True),
    ],
)  # fmt: skip
def test_which_java(version: str, java: int, good: bool) -> None:
    assert fits(version, java) == good


def test_release_of_a_java_home(tmp_path: Path) -> None:
    assert release(tmp_path) is None
    (tmp_path / "release").write_text('IMPLEMENTOR="X"\nJAVA_VERSION="21.0.2"\n')
    assert release(tmp_path) is None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch(0o755)
    assert release(tmp_path) == 21


def test_what_is_required_fails_where_it_would_be_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHVINE_REQUIRE", "neo4j,node")
    with pytest.raises(pytest.fail.Exception, match="GRAPHVINE_REQUIRE names node, but there is none"):
        lacking("node", "there is none")
    monkeypatch.setenv("GRAPHVINE_REQUIRE", "neo4j")
    with pytest.raises(pytest.skip.Exception, match="there is none"):
        lacking("node", "there is none")


@pytest.mark.proof
def test_the_analyser(cypher_analyser: Analyser) -> None:
    for version in ("5", "25"):
        assert cypher_analyser("MATCH (n:Person) RETURN n.id AS id ORDER BY id LIMIT $k", {"k": 1}, version) == []
    assert "error: line 2: Variable `m` not defined" in cypher_analyser("MATCH (n)\nRETURN m AS m")
    assert any("Parameter" in problem for problem in cypher_analyser("RETURN $k AS k"))
    assert any(problem.startswith("warning: line 1:") for problem in cypher_analyser("MATCH (a), (b) RETURN a, b"))
    assert cypher_analyser("RETURN '中文\\n' AS x // 注释") == []


@pytest.mark.proof
def test_no_password_in_the_list_of_processes_and_mode_600(make_server: Callable[..., Server]) -> None:
    server = make_server()
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(server.home) in listed
    assert server.access.password not in listed
    assert (server.home / "data" / "dbms" / "auth.ini").stat().st_mode & 0o777 == 0o600


@pytest.mark.proof
def test_a_killed_server_comes_back_as_it_was(make_server: Callable[..., Server]) -> None:
    server = make_server()
    with connected(server.access) as connection:
        connection.driver.execute_query("CREATE (:A {id: 1})")
    old = server.pid
    server.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(old, 0)
    server.start()
    with connected(server.access) as connection:
        assert connection.driver.execute_query("MATCH (a:A) RETURN a.id").records[0][0] == 1
    # The tests claim an empty database only, and wipe what they claimed.
    with pytest.raises(MissingError, match="holds 1 nodes"):
        claim(server.access)
    wipe(server.access)
    claim(server.access)
    with connected(server.access) as connection:
        connection.driver.execute_query("CREATE (:A {id: 1})")
    claim(server.access)
    wipe(server.access)
    with connected(server.access) as connection:
        assert connection.driver.execute_query("MATCH (n) RETURN count(n)").records[0][0] == 0
        assert connection.driver.execute_query("SHOW CONSTRAINTS YIELD name").records[0][0] == "graphvine_tests"


def test_a_server_that_does_not_start_tells_why(make_server: Callable[..., Server]) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)did not start; the end of its log.*nonsense"):
        make_server(settings={"server.memory.pagecache.size": "nonsense"})


def test_empty_means_empty(neo4j_empty: Access) -> None:
    with connected(neo4j_empty) as connection:
        run = connection.driver.execute_query
        run("UNWIND range(1, 25000) AS i CREATE (:A {id: i})-[:R]->(:B)")
        run("CREATE CONSTRAINT one FOR (a:A) REQUIRE a.id IS UNIQUE")
        run("CREATE INDEX two FOR (b:B) ON b.x")
        wipe(neo4j_empty)
        assert run("MATCH (n) RETURN count(n)").records[0][0] == 0
        assert {record["name"] for record in run("SHOW CONSTRAINTS").records} <= {"graphvine_tests"}
        found = {(record["type"], record["name"]) for record in run("SHOW INDEXES").records}
        assert not [name for kind, name in found if kind != "LOOKUP" and name != "graphvine_tests"]


@pytest.mark.proof
def test_a_server_for_hand_use(neo4j_access: Access, tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.by_hand", str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    lines = [started.stdout.readline() for _ in range(4)]
    file = Path(lines[1].split()[-1])
    settings = Neo4jSettings(credentials=str(file))
    access = read_access(settings, folder=tmp_path, environment={})
    assert access.uri in lines[1]
    assert access.password not in "".join(lines)
    with connected(access) as connection:
        assert connection.edition == "community"
    started.send_signal(signal.SIGINT)
    assert started.communicate()[0] == "stopped\n"
    assert started.returncode == 0
    with pytest.raises(StoreError, match="nobody answers"), connected(access):
        pass
    assert file.stat().st_mode & 0o777 == 0o600


def test_marker_files_hold_sizes(cache: Path) -> None:
    folder = cached("thing", lambda f: (f / "a").write_bytes(b"12345"))
    assert json.loads((folder / "complete.json").read_text()) == {"a": 5}
