"""graphvine store, and that whoever reads never needs the store."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.app import run_command
from graph.hetero import HeteroGraph
from graph.schema import MARKET
from graph.store.embedded.index.index_cache import Origin, write_origin
from graph.store.embedded.store import EmbeddedStore
from graph.workspace.folder import WorkspaceFolder
from tests.cli.conftest import USERS

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
COUNT = "MATCH (p:KOL) RETURN count(p) AS n"


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    found = run_command([str(a) for a in arguments])
    told = capsys.readouterr()
    assert found == code, told.err
    assert "Traceback" not in told.err
    return told.out, told.err


def status(capsys: pytest.CaptureFixture[str], market: Path) -> tuple[dict[tuple[str, str], tuple[str, str]], str]:
    out, err = run(capsys, "store", "status", "-w", market, "-f", "csv")
    rows = csv.DictReader(io.StringIO(out))
    return {(r["part"], r["name"]): (r["count"], r["detail"]) for r in rows}, err


@pytest.fixture
def copy(market: Path, tmp_path: Path) -> Path:
    """A copy of the market that a test may change."""
    return Path(shutil.copytree(market, tmp_path / "market", ignore=shutil.ignore_patterns("runs", "data")))


@pytest.fixture
def holder(copy: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the store of the copy open."""
    command = [sys.executable, "-c", HOLD, str(copy / "store" / "market.duckdb")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.communicate("")


def latest(market: Path) -> Path:
    name = json.loads((market / "snapshots" / "latest.json").read_text("utf-8"))["latest"]
    return market / "snapshots" / name


def test_the_status_accounts_for_rows_files_loads_and_what_is_published(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "cypher", COUNT, "-w", market)
    found, err = status(capsys, market)
    files = {name: facts for (part, name), facts in found.items() if part == "file"}
    users = next(facts for name, facts in files.items() if name == "users.csv")
    assert users[0] == str(USERS)
    assert users[1].startswith(
        f"Person, load 1: {USERS} created + 0 updated + 0 unchanged + 0 duplicate + 0 quarantined"
    )
    assert len(files) == len(list((market / "data").glob("*.csv")))
    assert int(found["node", "Person"][0]) >= USERS
    assert int(found["bytes", "file"][0]) == (market / "store" / "market.duckdb").stat().st_size
    assert found["bytes", "file"][1].endswith("blocks are free")
    assert found["ledger", "loads"][0] == "1"
    assert " at 20" in found["ledger", "loads"][1]
    assert len(found["store", "id"][1]) == 32
    assert found["snapshot", latest(market).name][1].partition("published 20")[1]
    assert found["index", latest(market).name][1].startswith("of the latest snapshot; ")
    assert found["rejects", "waiting"] == ("0", "")
    assert "compact" not in err


def test_a_snapshot_tells_how_many_loads_it_is_behind(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    origin = EmbeddedStore(copy / "store" / "market.duckdb", MARKET).origin()
    for load, wanted in ((1, "current"), (0, "1 load behind"), (-1, "2 loads behind")):
        write_origin(WorkspaceFolder(copy).origin(latest(copy).name), Origin(origin.store, load))
        found, _ = status(capsys, copy)
        assert wanted in found["snapshot", latest(copy).name][1]
    write_origin(WorkspaceFolder(copy).origin(latest(copy).name), Origin("another", 1))
    found, _ = status(capsys, copy)
    assert "of another store" in found["snapshot", latest(copy).name][1]


def test_without_a_store_the_status_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = run(capsys, "store", "status", "-w", tmp_path, code=5)
    assert "graphvine data load" in err


def test_a_damaged_store_is_an_error_of_the_status(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "store" / "market.duckdb").write_bytes(b"not a database " * 1000)
    run(capsys, "store", "status", "-w", copy, code=3)


def test_the_status_while_a_load_runs_names_it_and_shows_what_is_published(
    copy: Path, capsys: pytest.CaptureFixture[str], holder: subprocess.Popen[str]
) -> None:
    found, err = status(capsys, copy)
    assert f"is held by process {holder.pid} (" in err
    assert "-c import duckdb" in err
    assert "; shown is what is published" in err
    assert int(found["node", "Person"][0]) >= USERS
    assert found["node", "Person"][1] == "published"
    assert ("snapshot", latest(copy).name) in found
    assert ("bytes", "file") not in found


READERS = (
    ("cypher", COUNT),
    ("query", "list"),
    ("query", "show", "who-to-invite"),
    ("query", "run", "who-to-invite", "vehicle=V001"),
    ("data", "describe"),
    ("data", "rejects", "list"),
    ("segment", "list"),
    ("segment", "show", "S1"),
    ("segment", "detect"),
    ("recommend", "U0001"),
    ("recommend", "--segment", "S1", "-k", "2"),
    ("model", "list"),
    ("kol", "rank", "-n", "3"),
    ("campaign", "plan", "--seeds", "2"),
    ("report", "build"),
    ("run", "list"),
    ("store", "status"),
)


def test_readers_work_while_the_store_is_held(
    copy: Path, capsys: pytest.CaptureFixture[str], holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHVINE_DATA__LOCK_TIMEOUT", "0")
    person = HeteroGraph.read(latest(copy)).ids("Person").ids([0])[0]
    for command in READERS:
        given = [person if word == "U0001" else word for word in command]
        option = () if command[:2] in (("query", "list"), ("query", "show")) else ("-w", copy)
        run(capsys, *given, *option)
    assert holder.poll() is None
    # The same lock stops those who write.
    _, err = run(capsys, "store", "compact", "-w", copy, code=3)
    assert f"process {holder.pid}" in err


def test_the_first_query_tells_size_and_time_before_it_builds(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in (copy / "store").glob("index.kgl*"):
        path.unlink()
    found, _ = status(capsys, copy)
    assert found["index", ""][1] == "not built yet: the first query builds it"
    out, err = run(capsys, "cypher", COUNT, "-w", copy, "-f", "csv")
    assert out.splitlines()[0] == "n"
    assert "note: building the Cypher index of " in err
    assert " MiB and " in err
    again, err = run(capsys, "cypher", COUNT, "-w", copy, "-f", "csv")
    assert (again, err) == (out, "")


def test_a_damaged_index_is_mended_by_the_query(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, _ = run(capsys, "cypher", COUNT, "-w", copy, "-f", "csv")
    index = copy / "store" / "index.kgl"
    data = bytearray(index.read_bytes())
    data[len(data) // 2] ^= 0xFF
    index.write_bytes(data)
    out, err = run(capsys, "cypher", COUNT, "-w", copy, "-f", "csv")
    assert out == before
    assert "note: the Cypher index is damaged and is built anew" in err
    index.write_bytes(data[:100])
    found, _ = status(capsys, copy)
    assert found["index", ""] == ("100", "damaged or of another version: the next query builds it anew")
    out, _ = run(capsys, "cypher", COUNT, "-w", copy, "-q", "-f", "csv")
    assert out == before


def test_compacting_tells_the_space_first_and_keeps_the_rows(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, _ = status(capsys, copy)
    out, err = run(capsys, "store", "compact", "-w", copy, "-f", "csv")
    size = (copy / "store" / "market.duckdb").stat().st_size
    assert [row.split(",")[0] for row in out.splitlines()] == ["file", "before", "after"]
    assert out.splitlines()[2] == f"after,{size}"
    assert "of disk while it runs, " in err
    after, _ = status(capsys, copy)
    same = [key for key in before if key[0] in ("node", "edge", "file", "ledger", "snapshot")]
    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    run(capsys, "store", "compact", "-w", copy / "none", code=5)


def test_a_wipe_leaves_no_draft_behind(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "store" / ".index.kgl-1-x").mkdir()
    (copy / "store" / ".market.duckdb-compacting").write_bytes(b"half")
    run(capsys, "store", "wipe", "--yes", "-w", copy)
    assert [p.name for p in (copy / "store").iterdir()] == []
    run(capsys, "cypher", COUNT, "-w", copy, "-q")
