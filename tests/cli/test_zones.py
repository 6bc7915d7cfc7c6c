"""Local days from files to exports and the report, through the command line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.app import run_command
from cli.session import Session
from graph.workflow.report.collect import collect_report

MAPPING = """\
time_zone = "Asia/Shanghai"

[[files]]
path = "users.csv"
node = "Person"
id = "id"
columns = { signup = "signup", seen = "seen" }

[[files]]
path = "orders.csv"
edge = "Person-BOUGHT-Product"
source = "who"
target = "what"
time = "when"
create = ["target"]

[[files]]
path = "abroad.csv"
edge = "Person-VIEWED-Product"
source = "who"
target = "what"
time = "when"
time_zone = "America/New_York"
"""
FILES = {
    "users.csv": "id,signup,seen\nu1,2024-01-31 23:30:00,2024-01-31 23:30:00\nu2,1969-12-31,\n",
    "orders.csv": "who,what,when\nu1,p,2024-02-01\nu2,p,2024-02-29 23:59:59\n",
    "abroad.csv": "who,what,when\nu1,p,2024-02-10 12:00:00\n",
    "mapping.toml": MAPPING,
    "schema.toml": '[nodes.Person]\ncolumns = { seen = "time" }\n',
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, str]]:
    """The rows that a command prints as CSV."""
    capsys.readouterr()
    assert run_command(list(words)) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_local_days_everywhere(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("-w", str(shop), "-f", "csv")
    assert run_command(["data", "load", "--as-of", "2024-03-01", *here]) == 0
    err = capsys.readouterr().err
    assert "column 'signup' holds dates, so the time of day of 1 cells was left out" in err
    assert "abroad.csv: times are read in America/New_York; the market is in Asia/Shanghai" in err
    assert run_command(["data", "snapshot", *here]) == 0
    people = rows(capsys, "data", "export", "Person", *here)
    assert [(p["signup"], p["seen"]) for p in people] == [
        ("2024-01-31", "2024-01-31T23:30:00+08:00"),
        ("1969-12-31", ""),
    ]
    orders = rows(capsys, "data", "export", "Person-BOUGHT-Product", *here)
    assert [o["time"] for o in orders] == ["2024-02-01T00:00:00+08:00", "2024-02-29T23:59:59+08:00"]
    views = rows(capsys, "data", "export", "Person-VIEWED-Product", *here)
    assert [v["time"] for v in views] == ["2024-02-11T01:00:00+08:00"]
    described = {r["type"]: (r["first"], r["last"]) for r in rows(capsys, "data", "describe", *here)}
    assert described["Person-BOUGHT-Product"] == ("2024-02-01T00:00:00+08:00", "2024-02-29T23:59:59+08:00")
    # The report: in UTC the first day would be 31 January.
    market = collect_report(Session.open(shop).workspace, {}).market
    assert market is not None
    assert (market.first, market.last) == ("2024-02-01", "2024-02-29")
    found = rows(capsys, "query", "run", "activity-by-month", *here)
    assert [(r["month"], r["orders"]) for r in found] == [("2024-02-01", "2")]
    found = rows(capsys, "cypher", "MATCH (p:Person) RETURN p.signup AS s, p.signup.year AS y ORDER BY s", *here)
    assert [(r["s"], r["y"]) for r in found] == [("1969-12-31", "1969"), ("2024-01-31", "2024")]


def test_dates_in_json_and_parquet(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("-w", str(shop))
    assert run_command(["data", "load", *here, "-q"]) == 0
    assert run_command(["data", "snapshot", *here, "-q"]) == 0
    capsys.readouterr()
    assert run_command(["data", "export", "Person", *here, "-f", "json"]) == 0
    assert [p["signup"] for p in json.loads(capsys.readouterr().out)] == ["2024-01-31", "1969-12-31"]
    assert run_command(["data", "export", "Person", *here, "-o", str(shop / "people.parquet")]) == 0
    table = pq.read_table(shop / "people.parquet")
    assert table.schema.field("signup").type == pa.date32()
    assert table["signup"].to_pylist() == [dt.date(2024, 1, 31), dt.date(1969, 12, 31)]


def test_as_of_and_until_are_local_days(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("-w", str(shop), "-f", "csv")
    counts = {r["file"]: r["quarantined"] for r in rows(capsys, "data", "load", "--as-of", "2024-02-01", *here)}
    # The order of the day itself lies in the future; by the clocks of UTC it would not.
    assert counts["orders.csv"] == "2"
    assert run_command(["data", "load", *here]) == 0
    for until, orders in (("2024-02-01", 0), ("2024-02-02", 1), ("2024-02-29", 1), ("2024-03-01", 2)):
        found = rows(capsys, "data", "snapshot", "--until", until, *here)
        assert sum(int(r["count"]) for r in found if r["type"] == "Person-BOUGHT-Product") == orders


def test_the_zone_of_the_first_load_stays(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("-w", str(shop), "-f", "csv")
    assert run_command(["data", "load", *here]) == 0
    (shop / "mapping.toml").write_text(MAPPING.replace("Asia/Shanghai", "Europe/Berlin"), "utf-8")
    (shop / "orders.csv").write_text("who,what,when\nu1,p,2024-02-01\n", "utf-8")
    capsys.readouterr()
    assert run_command(["data", "load", *here]) == 0
    err = capsys.readouterr().err
    assert "orders.csv: times are read in Europe/Berlin; the market is in Asia/Shanghai" in err
    assert "graphvine store wipe" in err
