"""Small things that users and systems do: odd id lists, odd places to write to, signals, damaged records."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.app import run_command
from cli.emit import Format, Output, Table, emit
from cli.settings import read_settings
from graph.atomic_io import replace_file
from graph.errors import ConfigError, DataError
from graph.workflow.step_record import BuildRecord, read_skipped
from graph.workspace.id_lists import read_ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("U1\nU2\n\nU1\n", ["U1", "U2"]),
        ("user_id\nU1\n", ["U1"]),
        ("name,user_id\nAnn,U1\nBob,U2\n", ["U1", "U2"]),
        ("id;x\nU1;1\n", ["U1"]),
        ("用户编号\tname\n007\tAnn\n", ["007"]),
        ("id,user_id\n1,U1\n2,U2\n", ["U1", "U2"]),
        ("序号,编号,用户编号\n1,7,U1\n", ["U1"]),
        ("user,person_id\nAnn,U1\n", ["U1"]),
        ("id,person\n1,U1\n", ["U1"]),
        ("501.0\n501\n Ｕ５ \n00501\n", ["501", "U5", "00501"]),
        ("", []),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_ids_are_found_in_lists_and_tables(text: str, ids: list[str], encoding: str, tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_bytes(text.encode(encoding))
    assert read_ids(file) == ids


def test_a_gbk_file_with_few_foreign_characters_is_read_as_such(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_bytes("U00001\nU0\u200b0067\nＵ２\n".encode("gb18030"))
    assert read_ids(file) == ["U00001", "U0\u200b0067", "U2"]


def test_a_table_without_a_known_id_column_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text("name,phone\nAnn,1\n")
    with pytest.raises(DataError, match="name, phone"):
        read_ids(file)
    with pytest.raises(DataError, match="a folder, not a file"):
        read_ids(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("VIP list\nuser_id,name\nU1,Ann\n", "'VIP list', and line 2 has several"),
        ("会员名单\n\n用户编号\t姓名\nU1\tAnn\n", "'会员名单', and line 3 has several"),
        ("VIP list\nuser_id;name\nU1;Ann\n", "'VIP list', and line 2 has several"),
        ("user_id,kol_id\nU1,K1\n", "several of its columns .* user_id, kol_id"),
        ("id,编号\n1,2\n", "several of its columns .* id, 编号"),
    ],
)
def test_a_table_of_which_the_ids_cannot_be_told_is_refused(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "ids.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(DataError, match=told):
        read_ids(file)


def test_people_are_asked_for_in_any_writing_and_unknown_ones_are_named(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, ways = tmp_path / "ids.txt", (["Ｕ００００１", "U00001"], ["--users", str(tmp_path / "ids.txt")])
    file.write_text("Ｕ００００１\nU00001\nnobody\n", "utf-8")
    outs = []
    for words in ways:
        assert run_command(["recommend", *words, "-k", "1", "-f", "csv", "-w", str(market)]) == 0
        told = capsys.readouterr()
        outs.append(told.out)
    assert outs[0] == outs[1]
    assert [line.split(",")[0] for line in outs[0].splitlines()[1:]] == ["U00001"]
    assert "1 of 2 ids in" in told.err
    assert "are not in the graph: 'nobody'" in " ".join(told.err.split())


def test_a_list_that_names_nobody_is_an_error(market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "barred.txt"
    file.write_text("nobody\nno one\n")
    for words in (["recommend", "U00001"], ["kol", "rank"], ["build"]):
        place = [str(market)] if words == ["build"] else ["-w", str(market)]
        assert run_command([*words, *place, "--exclude", str(file)]) == 4
        assert "2 of 2 ids do not name one person" in capsys.readouterr().err
    assert run_command(["build", str(market), "--exclude", str(tmp_path / "nothere.txt")]) == 4


def test_a_link_keeps_pointing_and_a_pipe_stays_a_pipe(tmp_path: Path) -> None:
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    replace_file(pipe, b"through")
    assert reader.communicate(timeout=20)[0] == b"through"
    assert pipe.is_fifo()


def test_files_have_the_rights_that_the_umask_asks_for(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        replace_file(tmp_path / "private.csv", b"x")
    finally:
        os.umask(old)
    assert (tmp_path / "private.csv").stat().st_mode & 0o777 == 0o600


def test_cells_that_a_spreadsheet_would_run_are_text(tmp_path: Path) -> None:
    rows = [["=1+1"], ["@x"], ["＝1"], ["plain"], [-5], [None]]
    emit(Table(("cell",), rows), Output(Format.CSV, tmp_path / "a.csv"))
    assert (tmp_path / "a.csv").read_text().splitlines() == ["cell", "'=1+1", "'@x", "'＝1", "plain", "-5", '""']
    emit(Table(("cell",), rows[:1]), Output(Format.CSV, tmp_path / "b.csv", raw_cells=True))
    assert (tmp_path / "b.csv").read_text().splitlines()[1] == "=1+1"


def test_control_characters_do_not_reach_the_terminal(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    emit(Table(("name",), [["\x1b[31mred\x07"]]), Output(Format.TABLE))
    assert b"\x1b" not in capfdbinary.readouterr().out


def test_parquet_keeps_columns_of_several_types_as_text(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    emit(Table(("x",), [[1], ["a"], [None]]), Output(Format.PARQUET, tmp_path / "x.parquet"))
    assert pq.read_table(tmp_path / "x.parquet")["x"].to_pylist() == ["1", "a", None]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRAPHVINE_SEGMENTS__RESOLUTION", "1"),
        ("GRAPHVINE_SEGMENT_RESOLUTION", "1"),
        ("GRAPHVINE_SEED__X", "1"),
        ("GRAPHVINE_DATA__MAPPING__X", "1"),
        ("GRAPHVINE_SEED", "-1"),
    ],
)
def test_misspelt_environment_is_refused_by_its_name(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=name):
        read_settings(tmp_path / "graphvine.toml", {name: value})


def test_settings_come_in_order(tmp_path: Path) -> None:
    file = tmp_path / "graphvine.toml"
    file.write_text("seed = 3\n[campaign]\nbudget = 100\n")
    assert read_settings(file, {}).seed == 3
    found = read_settings(file, {"GRAPHVINE_CAMPAIGN__BUDGET": "200", "GRAPHVINE_RECOMMEND__TARGETS": "vehicle"})
    assert (found.seed, found.campaign.budget, found.recommend.targets) == (3, 200.0, ("vehicle",))


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"steps": 3}'])
def test_a_damaged_build_record_counts_as_none(text: str, tmp_path: Path) -> None:
    file = tmp_path / "build.json"
    file.write_text(text)
    assert BuildRecord.read(file, code="", seed=1, forced=frozenset()).done == {}
    assert read_skipped(file) == {}


@pytest.mark.parametrize("text", ["", "x", "[]", "{}"])
def test_a_damaged_pointer_names_the_command_that_mends_it(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "segments").mkdir()
    (tmp_path / "segments" / "latest.json").write_text(text)
    assert run_command(["segment", "list", "-w", str(tmp_path)]) == 5
    assert f"graphvine segment detect -w {tmp_path}" in capsys.readouterr().err


def test_a_mistyped_workspace_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "typo"
    for words in (["build", str(place)], ["segment", "detect", "-w", str(place)], ["data", "load", "-w", str(place)]):
        assert run_command(words) in (2, 5)
        assert not place.exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_says_how_to_go_on(sent: signal.Signals, market: Path) -> None:
    before = set((market / "runs").iterdir())
    words = ["model", "train", "--no-gnn", "-w", str(market)]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (fresh := {p.parent for p in (market / "runs").glob("*/manifest.json")} - before):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "hint: run the same command again" in err
    (run,) = fresh
    assert json.loads((run / "manifest.json").read_text())["status"] == "interrupted"


def test_an_option_that_cannot_be_is_refused_before_the_work(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = len(list((market / "runs").iterdir()))
    assert run_command(["model", "train", "-w", str(market), "-o", "x.foo"]) == 2
    assert "does not tell the format" in capsys.readouterr().err
    assert len(list((market / "runs").iterdir())) == runs
    assert run_command(["segment", "detect", "-w", str(market), "--seed", "-1"]) == 2


def test_a_mapping_given_by_name_may_make_the_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "mapping.toml").write_text('[[files]]\npath = "users.csv"\nnode = "Person"\nid = "id"\n')
    (data / "users.csv").write_text("id\nu1\n")
    words = ["data", "load", "-w", str(tmp_path / "new"), "--mapping", str(data / "mapping.toml")]
    assert run_command(words) == 0
    assert (tmp_path / "new" / "store" / "market.duckdb").exists()
