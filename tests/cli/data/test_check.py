"""data check: its views, its notes and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.app import run_command

USERS = "uid,name,city\nu1,李雷 ,上海\nu2,Ann,\nu2,Bob,北京\n"
ORDERS = """user,item,ts,amount,order_no,channel
u1,p1,2026-03-01 10:00:00,10,A1,app
u2,p1,2026-03-01 11:00:00,0.10,A2,=web
u9,p2,2026-03-01 09:00:00,"1,000",A1,App
u2,p2,soon,5,A3,app
u1,p1,later,5,A4,app
"""
MAPPING = """
time_zone = "Asia/Shanghai"
[[files]]
path = "users.csv"
node = "Person"
id = "uid"
columns = {{ name = "name", city = "city" }}
rules = [
    {{ check = "unique", column = "uid", severity = "{severity}" }},
    {{ check = "not_null", column = "city", at_most = "50%" }},
]
[[files]]
path = "orders.csv"
edge = "Person-BOUGHT-Product"
source = "user"
target = "item"
time = "ts"
weight = "amount"
event_id = "order_no"
create = ["source", "target"]
ignore = ["channel"]
rules = [
    {{ check = "accepted", column = "channel", values = ["app", "web"] }},
    {{ check = "reference", column = "user", node = "Person" }},
    {{ check = "volume", name = "about as many", change = "50%" }},
]
"""


class Desk:
    """A workspace without a store, and the command."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.write(orders=ORDERS)

    def write(self, *, orders: str, severity: str = "warn") -> None:
        (self.folder / "users.csv").write_text(USERS, "utf-8")
        (self.folder / "orders.csv").write_text(orders, "utf-8")
        (self.folder / "mapping.toml").write_text(MAPPING.format(severity=severity), "utf-8")

    def check(self, *arguments: str) -> tuple[int, str, str]:
        code = run_command(
            ["data", "check", "-w", str(self.folder), "--mapping", str(self.folder / "mapping.toml"), *arguments]
        )
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def records(self, *arguments: str) -> list[dict[str, Any]]:
        _, out, _ = self.check("-f", "json", *arguments)
        found: list[dict[str, Any]] = json.loads(out)
        return found


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


CLEAN = ORDERS.partition("u2,p2")[0]


def test_by_default_a_line_for_each_file_and_the_rest_in_notes(desk: Desk) -> None:
    code, out, err = desk.check()
    assert code == 1
    assert out.splitlines() == [
        "file,type,read,usable,refused,unmapped",
        "users.csv,Person,3,3,0,",
        "orders.csv,Person-BOUGHT-Product,5,3,2,",
    ]
    assert "orders.csv: row 4, ts = " in err
    assert ": not a time; " in err
    assert "note: warn: users.csv: unique uid: row 3: u2" in err
    assert "note: warn: orders.csv: accepted channel: 2 of 5 records, first row 2: =web" in err
    assert '--rows "unique uid"' in err
    assert "not_null" not in err


def test_exit_codes(desk: Desk) -> None:
    desk.write(orders=CLEAN)
    assert desk.check()[0] == 0
    desk.write(orders=CLEAN, severity="stop")
    for view in ([], ["--rules"], ["--rows", "about as many"], ["--rejects"], ["--changes"]):
        assert desk.check(*view)[0] == 1
    assert desk.check("--rows", "unique")[0] == 2
    assert desk.check("--rules", "--rejects")[0] == 2


def test_rules_are_shown_as_a_table(desk: Desk) -> None:
    code, out, err = desk.check("--rules", "-f", "csv")
    assert code == 1
    assert out.splitlines() == [
        "rule,severity,result,file,column,checked,failed,share,row,example",
        "unique uid,warn,broken,users.csv,uid,3,1,0.3333333333333333,3,u2",
        "not_null city,warn,kept,users.csv,city,3,1,0.3333333333333333,2,",
        "accepted channel,warn,broken,orders.csv,channel,5,2,0.4,2,'=web",
        "reference user,warn,broken,orders.csv,user,5,1,0.2,3,u9",
        "about as many,warn,kept,orders.csv,,5,0,,,",
    ]
    assert "note: 3 of 5 findings break their rule" in err


def test_records_that_break_a_rule(desk: Desk) -> None:
    common = {"rule": "accepted channel", "severity": "warn", "file": "orders.csv", "column": "channel"}
    wanted = [{**common, "row": 2, "value": "=web"}, {**common, "row": 3, "value": "App"}]
    assert desk.records("--rows", "accepted channel") == wanted
    assert desk.records("--rows", "accepted channel", "-n", "1") == wanted[:1]
    assert [r["row"] for r in desk.records("--rows", "not_null city")] == [2]
    _, _, err = desk.check("--rows", "accepted chanel")
    assert "did you mean 'accepted channel'?" in err


def test_refused_records_and_changed_cells(desk: Desk) -> None:
    refused = desk.records("--rejects")
    assert [(r["file"], r["row"], r["column"], r["value"], r["reason"]) for r in refused] == [
        ("orders.csv", 4, "ts", "soon", "not_a_time"),
        ("orders.csv", 5, "ts", "later", "not_a_time"),
    ]
    assert all(r["hint"] for r in refused)
    assert desk.records("--rejects", "-n", "1") == refused[:1]
    changed = desk.records("--changes")
    assert changed == [
        {"file": "users.csv", "row": 1, "column": "name", "kind": "trimmed", "before": "李雷 ", "after": "李雷"},
        {"file": "orders.csv", "row": 3, "column": "amount", "kind": "separators", "before": "1,000", "after": "1000"},
    ]
    assert desk.records("--changes", "-n", "1") == changed[:1]


def test_more_refused_records_than_are_told_are_counted(desk: Desk) -> None:
    desk.write(orders=ORDERS + "u1,p1,never,1,B,app\n" * 5)
    _, _, err = desk.check()
    assert err.count("not a time;") == 5
    assert "orders.csv: 2 more refused records; see them with --rejects" in err


def test_nothing_is_made_by_a_check(desk: Desk) -> None:
    before = sorted(desk.folder.rglob("*"))
    desk.check("--rules")
    assert sorted(desk.folder.rglob("*")) == before


def test_a_way_of_writing_that_was_guessed_is_told(desk: Desk) -> None:
    desk.write(orders=CLEAN.replace('"1,000"', "1000").replace(",", ";"))
    code, _, err = desk.check()
    assert code == 0
    assert "note: orders.csv: read as CSV, encoding utf-8 (guessed), delimiter semicolon (guessed)" in err
    assert "users.csv: read as" not in err


def test_the_last_load_and_the_loaded_people_are_compared_with(desk: Desk) -> None:
    desk.write(orders=CLEAN)
    arguments = ["-w", str(desk.folder), "--mapping", str(desk.folder / "mapping.toml"), "-q"]
    assert run_command(["data", "load", *arguments]) == 0
    assert run_command(["data", "snapshot", "-w", str(desk.folder), "-q"]) == 0
    desk.capsys.readouterr()
    assert [r["failed"] for r in desk.records("--rules") if r["rule"] == "reference user"] == [0]
    desk.write(orders="\n".join(CLEAN.splitlines()[:2]) + "\n")
    (fewer,) = desk.records("--rows", "about as many")
    assert (fewer["row"], fewer["value"]) == (None, "1 records, 3 in the last load")


@pytest.mark.parametrize(
    ("rule", "code", "told"),
    [
        ('{ check = "uniq", column = "uid" }', 2, "did you mean 'unique'?"),
        ('{ check = "range", column = "city", least = 0 }', 2, "holds text, which has no order"),
        ('{ check = "unique", column = "cities" }', 4, "did you mean 'city'?"),
        ("5", 2, "rules is not a list of tables"),
    ],
)
def test_rules_that_are_none_are_told(desk: Desk, rule: str, code: int, told: str) -> None:
    file = desk.folder / "mapping.toml"
    text = file.read_text("utf-8").replace('{ check = "unique", column = "uid", severity = "warn" }', rule)
    file.write_text(text, "utf-8")
    found, out, err = desk.check("--rules")
    assert (found, out) == (code, "")
    assert told in err


def test_a_rule_that_stops_keeps_a_load_from_being_committed(desk: Desk) -> None:
    arguments = ["-w", str(desk.folder), "--mapping", str(desk.folder / "mapping.toml")]
    desk.write(orders=CLEAN, severity="stop")
    assert run_command(["data", "load", *arguments]) == 4
    told = desk.capsys.readouterr()
    assert told.out == ""
    assert "note: stop: users.csv: unique uid: row 3: u2" in told.err
    assert "error: a rule stops the load, so nothing is loaded" in told.err
    desk.write(orders=CLEAN)
    assert run_command(["data", "load", *arguments, "-f", "json"]) == 0
    told = desk.capsys.readouterr()
    assert [row["created"] for row in json.loads(told.out)] == [2, 2]
    assert "note: warn: users.csv: unique uid: row 3: u2" in told.err


def test_findings_of_many_files_are_not_all_told(desk: Desk) -> None:
    for i in range(30):
        (desk.folder / f"day{i:02}.csv").write_text("uid\nu1\nu1\n", "utf-8")
    file = desk.folder / "mapping.toml"
    file.write_text(
        '[[files]]\npath = "day*.csv"\nnode = "Person"\nid = "uid"\nrules = [{ check = "volume", at_most = 1 }]',
        "utf-8",
    )
    code, _, err = desk.check()
    assert code == 0
    assert err.count("2 records, at most 1 expected") == 20
    assert "10 more findings break their rule; see them with --rules" in err
    assert len(desk.records("--rules")) == 30
    assert len(desk.records("--rows", "volume")) == 30
