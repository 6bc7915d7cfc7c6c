"""data load and data rejects, through the command line, with their options and what they leave behind."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cli.app import run_command

MAPPING = """\
time_zone = "Asia/Shanghai"

[[files]]
path = "用户.csv"
node = "Person"
roles = ["User"]
id = "编号"
columns = { name = "姓名" }

[[files]]
path = "订单.csv"
edge = "Person-BOUGHT-Product"
source = "编号"
target = "商品"
time = "时间"
weight = "金额"
create = ["target"]
"""
USERS = "编号,姓名\nu1,李雷\nu2,韩梅梅\n"
HEADER = "编号,商品,时间,金额\n"
ORDERS = HEADER + "u1,p1,2026-03-01,¥12.50\nu2,p1,2026年3月2日,8\nu3,p1,2026-03-03,9\nu1,p2,2026-02-30,5\n"


class Shop:
    """A workspace, and commands in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.out = self.err = ""
        for name, text in (("mapping.toml", MAPPING), ("用户.csv", USERS), ("订单.csv", ORDERS)):
            self.put(name, text)

    def put(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def run(self, *words: str) -> int:
        self.capsys.readouterr()
        code = run_command(["data", *words, "-w", str(self.folder), "-f", "csv"])
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.err
        return code

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))

    def bytes(self) -> dict[str, str]:
        """What lies in the workspace: each path, and of a file the hash of its bytes."""
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for path in self.folder.rglob("*")
        }

    def waiting(self) -> list[tuple[str, str]]:
        assert self.run("rejects", "list") == 0
        return [(row["row"], row["reason"]) for row in self.rows()]


@pytest.fixture
def shop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path, capsys)


def piped(folder: Path, data: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cli", "data", "load", *words, "-w", str(folder), "-f", "csv"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    return subprocess.run(command, input=data, capture_output=True, check=False, env=environment, timeout=300)


def counted(out: bytes) -> dict[str, str]:
    return list(csv.DictReader(io.StringIO(out.decode())))[-1]


def test_from_quarantine_to_the_graph(shop: Shop) -> None:
    assert shop.run("load") == 0
    assert "2 of 6 records were refused" in shop.err
    assert shop.waiting() == [("3", "unknown_source"), ("4", "not_a_time")]
    assert shop.run("rejects", "list", "--summary", "--reason", "not_a_time") == 0
    assert [list(row.values()) for row in shop.rows()] == [
        ["订单.csv", "Person-BOUGHT-Product", "not_a_time", "时间", "1"]
    ]
    shop.put("用户.csv", USERS + "u3,小明\n")
    assert shop.run("load") == 0
    assert shop.waiting() == [("4", "not_a_time")]
    fixes = shop.folder / "fixes"
    assert shop.run("rejects", "fix", str(fixes)) == 0
    (file,) = fixes.iterdir()
    file.write_text(file.read_text("utf-8-sig").replace("2026-02-30", "2026-02-28"), "utf-8")
    before = shop.bytes()
    assert shop.run("rejects", "replay", "--from", str(fixes), "--dry-run") == 0
    assert (shop.rows()[0]["created"], shop.bytes()) == ("1", before)
    assert shop.run("rejects", "replay", "--from", str(fixes)) == 0
    assert shop.waiting() == []
    assert shop.run("load") == 0
    assert [(row["created"], row["unchanged"], row["quarantined"]) for row in shop.rows()] == [
        ("0", "3", "0"),
        ("0", "4", "0"),
    ]
    assert shop.run("rejects", "replay", "--from", str(fixes)) == 4
    assert "put right before" in shop.err


def test_a_dry_run_changes_no_byte(shop: Shop) -> None:
    before = shop.bytes()
    assert shop.run("load", "--dry-run") == 0
    assert [(row["created"], row["quarantined"]) for row in shop.rows()] == [("2", "0"), ("2", "2")]
    assert "nothing was written; 2 of 6" in shop.err
    assert shop.bytes() == before
    assert shop.run("load") == 0
    shop.put("订单.csv", ORDERS + "u2,p3,2026-03-05,7\n,p3,2026-03-05,7\n")
    # What a crash left behind is not tidied up either.
    (shop.folder / "quarantine" / "pending" / "abc").mkdir(parents=True)
    before = shop.bytes()
    assert shop.run("load", "--dry-run") == 0
    assert [(row["created"], row["unchanged"], row["quarantined"]) for row in shop.rows()] == [
        ("0", "2", "0"),
        ("1", "2", "3"),
    ]
    assert shop.run("rejects", "replay", "--dry-run") == 0
    assert shop.bytes() == before
    assert shop.run("load") == 0
    assert (shop.rows()[1]["created"], len(shop.waiting())) == ("1", 3)


def test_a_replay_where_nothing_waits_makes_nothing(shop: Shop) -> None:
    before = shop.bytes()
    assert shop.run("rejects", "replay") == 0
    assert (shop.rows(), shop.bytes()) == ([], before)


@pytest.mark.parametrize(("share", "code"), [("33%", 4), ("50%", 0), ("0.5", 0), ("0.49", 4), ("0", 4), ("100%", 0)])
def test_the_most_bad_records(shop: Shop, share: str, code: int) -> None:
    # Two of the four orders are refused; the users are not.
    assert shop.run("load", "--max-bad", share) == code
    if code:
        assert "2 of 4 records would be refused" in shop.err
        assert "1 unknown source (编号)" in shop.err
        assert shop.waiting() == []


@pytest.mark.parametrize(("text", "allowed"), [("0.7%", True), ("0.699%", False)])
def test_a_share_means_what_it_says(shop: Shop, text: str, allowed: bool) -> None:
    # 0.7 / 100 is a smaller float than 7 / 1000.
    bad = "".join(f"u1,p{i},{'soon' if i < 7 else '2026-03-01'},1\n" for i in range(1000))
    shop.put("订单.csv", HEADER + bad)
    assert (shop.run("load", "--max-bad", text) == 0) == allowed


@pytest.mark.parametrize("share", ["-1%", "101%", "1.5", "many", "nan", "", "%"])
def test_shares_that_are_none(shop: Shop, share: str) -> None:
    assert shop.run("load", "--max-bad", share) == 2
    assert "--max-bad 1%" in shop.err


@pytest.mark.proof(one_in=2)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_from_stdin(shop: Shop, encoding: str) -> None:
    assert shop.run("load") == 0
    data = (ORDERS + "u2,商品九,2026-03-05,7\n").encode(encoding)
    done = piped(shop.folder, data, "--stdin", "订单.csv")
    assert done.returncode == 0, done.stderr.decode()
    row = counted(done.stdout)
    assert (row["file"], row["read"], row["created"], row["unchanged"], row["quarantined"]) == (
        "订单.csv", "5", "1", "2", "2",
    )  # fmt: skip
    assert not list(shop.folder.glob(".stdin-*"))
    # The file of that name is the same one, by whichever way it comes.
    shop.put("订单.csv", data.decode(encoding))
    assert shop.run("load") == 0
    assert [row["created"] for row in shop.rows()] == ["0", "0"]


@pytest.mark.proof
def test_stdin_larger_than_a_block_and_compressed(shop: Shop) -> None:
    shop.put("mapping.toml", MAPPING.replace("订单.csv", "订单.csv.gz"))
    (shop.folder / "订单.csv.gz").write_bytes(gzip.compress(ORDERS.encode()))
    rows = "".join(f"u1,商品{'多' * 40}{i % 100},2026-03-01 12:00:00,{i}\n" for i in range(120_000))
    data = (HEADER + rows).encode()
    assert len(data) > 16 << 20
    done = piped(shop.folder, gzip.compress(data, 1), "--stdin", "订单.csv.gz", "--dry-run")
    assert done.returncode == 0, done.stderr.decode()
    # No user is loaded yet, since no other file is read.
    assert (counted(done.stdout)["read"], counted(done.stdout)["quarantined"]) == ("120000", "120000")


@pytest.mark.proof(one_in=5)
@pytest.mark.parametrize("name", ["商品.csv", "..", "/", "用户.csv/", ""])
def test_a_name_that_the_mapping_does_not_have(shop: Shop, name: str) -> None:
    before = shop.bytes()
    done = piped(shop.folder, b"x\n1\n", "--stdin", name)
    said = done.stderr.decode()
    if name == "用户.csv/":
        assert done.returncode in (0, 2, 4), said
        assert "this is a bug" not in said
        return
    assert (done.returncode, "Traceback" in said) == (2, False), said
    assert "no entry for" in said
    assert shop.bytes() == before


def test_an_empty_stdin_is_an_empty_file(shop: Shop) -> None:
    done = piped(shop.folder, b"", "--stdin", "订单.csv")
    assert (done.returncode, b"empty" in done.stderr) == (4, True)
    assert not (shop.folder / "store").exists() or shop.run("rejects", "list") == 0


def test_reasons_are_checked(shop: Shop) -> None:
    assert shop.run("rejects", "list", "--reason", "not_a_tim") == 2
    assert "did you mean 'not_a_time'" in shop.err


def test_fixes_are_never_written_over(shop: Shop) -> None:
    assert shop.run("load") == 0
    fixes = str(shop.folder / "fixes")
    assert shop.run("rejects", "fix", fixes, "--file", "订单.csv") == 0
    assert shop.run("rejects", "fix", fixes) == 4
    assert "there already" in shop.err
    assert shop.run("rejects", "fix", str(shop.folder / "none"), "--file", "商品.csv") == 0
    assert (shop.rows(), (shop.folder / "none").exists()) == ([], False)


GUIDE = (Path(__file__).parents[3] / "docs" / "data.md").read_text("utf-8")


def test_the_example_of_the_guide_is_what_happens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop(tmp_path, capsys)
    mapping = GUIDE.partition("```toml\n")[2].partition("```")[0]
    shop.put("mapping.toml", mapping)
    users = "用户编号,姓名,城市\nU001,李雷,上海\nU002,韩梅梅,杭州\n"
    (tmp_path / "用户.csv").write_bytes(users.encode("gb18030"))
    (tmp_path / "订单").mkdir()
    shop.put("订单/2026-03.csv", "订单号," + GUIDE.partition("```\n订单号,")[2].partition("```")[0])
    fixes = tmp_path / "fixes"
    now = ("--as-of", "2026-03-05")

    def as_written(*words: str) -> None:
        assert shop.run(*words) == 0
        assert shop.out.replace(f"{tmp_path}/", "") in GUIDE

    as_written("load", *now)
    as_written("rejects", "list", "--summary")
    done = piped(tmp_path, (users + "U003,张伟,苏州\n").encode(), "--stdin", "用户.csv", *now)
    assert done.returncode == 0
    assert done.stdout.decode() in GUIDE
    (tmp_path / "用户.csv").write_bytes((users + "U003,张伟,苏州\n").encode("gb18030"))
    as_written("rejects", "replay", "--reason", "unknown_source", *now)
    as_written("rejects", "fix", str(fixes))
    (file,) = fixes.iterdir()
    text = file.read_text("utf-8-sig").replace("2026-02-30", "2026-02-28").replace(",十二,", ",12,")
    file.write_bytes(text.encode("gb18030"))
    as_written("rejects", "replay", "--from", str(fixes), *now)
    as_written("load", *now)
    assert shop.waiting() == []


def test_the_rules_of_the_guide_are_rules(shop: Shop) -> None:
    rules = GUIDE.split("```toml\n")[3].partition("```")[0].replace("手机", "商品").replace("城市", "商品")
    assert 'check = "monotone"' in rules
    shop.put("mapping.toml", MAPPING + rules.replace("用户编号", "编号").replace("下单时间", "时间"))
    assert shop.run("check", "--rules") == 1
    assert [row["result"] for row in shop.rows()].count("kept") >= 2
    assert len(shop.rows()) == 5
