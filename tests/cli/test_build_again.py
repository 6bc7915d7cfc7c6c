"""Which steps of a build run again after a load outside of it, and on the day after records lay in the future."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cli.app import run_command
from graph.schema import EdgeKey
from tests.cli.conftest import graph_of

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")
DAY = 86_400
FIRST_DAY = 1_772_668_800  # 2026-03-05
MAPPING = """\
time_zone = "UTC"

[[files]]
path = "users.csv"
node = "Person"
id = "id"

[[files]]
path = "products.csv"
node = "Product"
id = "id"

[[files]]
path = "bought.csv"
edge = "Person-BOUGHT-Product"
source = "user"
target = "product"
time = "ts"
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A workspace with two people; one purchase is of an unknown person, and one lies in the future."""
    (tmp_path / "mapping.toml").write_text(MAPPING)
    (tmp_path / "users.csv").write_text("id\nU1\nU2\n")
    (tmp_path / "products.csv").write_text("id\nP1\nP2\n")
    (tmp_path / "bought.csv").write_text("user,product,ts\nU1,P1,2026-03-01\nU9,P1,2026-03-02\n")
    (tmp_path / "graphvine.toml").write_text('[data]\nmapping = "mapping.toml"\n')
    return tmp_path


def ran(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, str]:
    """Step to what a dry run says about it."""
    capsys.readouterr()
    assert run_command(["build", str(folder), "--dry-run", *options]) == 0
    return dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())


def buyers(folder: Path) -> list[str]:
    graph = graph_of(folder)
    return sorted(graph.ids("Person").ids(graph.edges(BOUGHT).src))


@pytest.fixture(params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of each store in turn; the database has no data."""
    if request.param == "neo4j":
        access = request.getfixturevalue("neo4j_cleared")
        for name in ("uri", "username", "password", "database"):
            monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(access, name))
    return str(request.param)


def replay_corrected(folder: Path, store: str) -> None:
    """Correct the unknown person by hand and load the record, without a build."""
    fixes = folder / "fixes"
    assert run_command(["data", "rejects", "fix", str(fixes), "-w", str(folder), "--store", store]) == 0
    (file,) = fixes.iterdir()
    text = file.read_text("utf-8-sig")
    assert "U9" in text
    file.write_text(text.replace("U9", "U2"), "utf-8-sig")
    assert run_command(["data", "rejects", "replay", "--from", str(fixes), "-w", str(folder), "--store", store]) == 0


@pytest.mark.proof(one_in=4)
def test_a_build_reads_the_store_again_after_a_replay(
    small: Path, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["build", str(small), "--store", store]) == 0
    assert buyers(small) == ["U1"]
    assert ran(small, capsys, "--store", store)["snapshot"] == "unchanged: its inputs are the same"
    replay_corrected(small, store)
    told = ran(small, capsys, "--store", store)
    assert told["load"] == "unchanged: its inputs are the same"
    assert told["snapshot"] == "runs: its inputs, settings or code changed"
    assert run_command(["build", str(small), "--store", store]) == 0
    assert buyers(small) == ["U1", "U2"]


@pytest.mark.proof(one_in=4)
def test_a_wiped_store_is_loaded_again(small: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["build", str(small), "--store", store]) == 0
    assert run_command(["store", "wipe", "--yes", "-w", str(small), "--store", store]) == 0
    assert ran(small, capsys, "--store", store)["load"] == "runs: its result is gone"
    assert run_command(["build", str(small), "--store", store]) == 0
    assert buyers(small) == ["U1"]


@pytest.mark.proof(one_in=4)
def test_records_of_the_future_are_loaded_on_a_later_day(
    small: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [FIRST_DAY]
    monkeypatch.setattr("cli.commands.build.clock", lambda: now[0])
    with (small / "bought.csv").open("a") as stream:
        csv.writer(stream).writerow(["U2", "P2", "2026-03-05 12:00:00"])
    assert run_command(["build", str(small)]) == 0
    assert buyers(small) == ["U1"]
    now[0] += DAY - 1
    assert ran(small, capsys)["load"] == "unchanged: its inputs are the same"
    now[0] += 1
    assert ran(small, capsys)["load"] == "runs: records that lay in the future may be accepted now"
    assert run_command(["build", str(small)]) == 0
    assert buyers(small) == ["U1", "U2"]
    now[0] += 10 * DAY
    assert ran(small, capsys)["load"] == "unchanged: its inputs are the same"
