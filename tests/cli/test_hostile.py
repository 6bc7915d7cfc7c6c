"""A hostile start: each fault gets one sentence, a hint and the listed exit code; nothing is lost or half-written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.app import run_command

MAPPING = """\
time_zone = "Asia/Shanghai"

[[files]]
path = "users.csv"
node = "Person"
roles = ["User"]
id = "user_id"
columns = { name = "name" }

[[files]]
path = "views.%s"
edge = "Person-VIEWED-Product"
source = "user_id"
target = "product_id"
time = "at"
create = ["target"]
"""


def market(folder: Path, views: bytes | None, *, kind: str = "csv", users: bytes | None = None) -> Path:
    """A workspace with three users and the given file of views."""
    folder.mkdir(exist_ok=True)
    (folder / "mapping.toml").write_text(MAPPING % kind, "utf-8")
    (folder / "users.csv").write_bytes(users or "user_id,name\nu1,王伟\nu2,李娜\nu3,Ann\n".encode())
    if views is not None:
        (folder / f"views.{kind}").write_bytes(views)
    return folder


ROWS = [f"u{i % 3 + 1},p{i},2026-03-{i % 28 + 1:02d} 12:00:00" for i in range(300)]
HEADER = "user_id,product_id,at"


def lines(rows: list[str]) -> bytes:
    return ("\n".join([HEADER, *rows]) + "\n").encode("utf-8")


def load(folder: Path) -> int:
    return run_command(["data", "load", "-w", str(folder), "-f", "csv"])


def counts(out: str) -> dict[str, int]:
    """The counts of the file of views."""
    names, *rows = [line.split(",") for line in out.strip().splitlines()]
    return {n: int(v) for n, v in zip(names, rows[-1], strict=True) if v.isdigit()}


def test_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["init", str(tmp_path)]) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: ")
    assert "\nhint: " in told.err
    assert "Traceback" not in told.err
    assert list(tmp_path.iterdir()) == []


def test_build_without_a_mapping(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["build", str(tmp_path)]) == 2
    assert "graphvine init" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: market(p, None), "no such file"),
        (lambda p: market(p, b"user,product_id,at\nu1,p1,2026-01-01\n"), "'user_id'"),
        (lambda p: market(p, b""), "empty"),
        (lambda p: market(p, b"PAR1 this is no parquet file PAR1", kind="parquet"), "Parquet"),
        (lambda p: market(p, b"\xff\xfe\x00\xd8" + b"\x00\xd8" * 9), "decode"),
    ],
    ids=["missing file", "wrong column", "empty file", "broken Parquet", "broken encoding"],
)
def test_files_that_cannot_be_used_change_nothing(
    make: Callable[[Path], Path], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(tmp_path / "market")
    assert load(folder) == 4
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.split(":")[0] for line in told.err.strip().splitlines()] == ["error", "hint"]
    assert says in told.err
    assert not (folder / "snapshots").exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"u1,{'x' * (2 << 20)},2026-03-01", "cell_too_large"),
        ("u1,p\0q,2026-03-01", "nul_byte"),
        ("u1,p1,2099-01-01", "future_time"),
        ('u1,"p1,2026-03-01', "stray_quote"),
        ("u1,p1", "column_count"),
        ("u1,p1,yesterday", "not_a_time"),
        ("u9,p1,2026-03-01", "unknown_source"),
        (",p1,2026-03-01", "missing_value"),
    ],
    ids=lambda value: value if value.isidentifier() else "",
)
def test_a_bad_record_costs_itself_only(
    row: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = market(tmp_path / "market", lines([*ROWS[:150], row, *ROWS[150:]]))
    assert load(folder) == 0
    told = capsys.readouterr()
    found = counts(told.out)
    assert (found["read"], found["created"], found["quarantined"]) == (301, 300, 1)
    assert "graphvine data rejects list" in told.err
    assert run_command(["data", "rejects", "list", "-w", str(folder), "-f", "json"]) == 0
    (kept,) = json.loads(capsys.readouterr().out)
    assert (kept["file"], kept["row"], kept["reason"]) == ("views.csv", 151, reason)
    assert kept["hint"]
    assert kept["raw"][:20] == row[:20]


def test_gbk_file_is_read_as_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = market(tmp_path / "market", lines(ROWS), users="user_id,name\nu1,王伟\nu2,李娜\nu3,赵敏\n".encode("gbk"))
    assert load(folder) == 0
    assert run_command(["data", "snapshot", "-w", str(folder)]) == 0
    capsys.readouterr()
    assert run_command(["data", "export", "Person", "-w", str(folder), "-f", "csv"]) == 0
    assert "李娜" in capsys.readouterr().out


def test_spreadsheets_are_refused_with_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "users.xlsx").write_bytes(b"PK\x03\x04")
    assert run_command(["init", str(tmp_path)]) == 4
    assert "save it as CSV" in capsys.readouterr().err
