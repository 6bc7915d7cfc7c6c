"""graphvine data export --neo4j-admin: everything as files for the import tool; the import is tested elsewhere."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from cli.app import run_command
from tests.cli.conftest import USERS

pytestmark = pytest.mark.proof(one_in=3)


def test_the_files_and_the_command(market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "import"
    capsys.readouterr()
    assert run_command(["data", "export", "--neo4j-admin", str(folder), "-w", str(market), "-f", "csv"]) == 0
    told = capsys.readouterr()
    rows = {row["type"]: int(row["rows"]) for row in csv.DictReader(io.StringIO(told.out))}
    assert rows["Person"] > USERS
    assert rows["GraphvineMeta"] == rows["GraphvineLoad"] == 1
    command = "neo4j-admin database import full neo4j @import.args"
    assert command in told.err
    assert command in (folder / "import.txt").read_text("utf-8")
    for option in (folder / "import.args").read_text("utf-8").splitlines():
        if option.startswith(("--nodes", "--relationships")):
            assert all((folder / name).is_file() for name in option.rpartition("=")[2].split(","))


@pytest.mark.parametrize("arguments", [[], ["Person", "--neo4j-admin", "x"]])
def test_one_type_or_everything(arguments: list[str], market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["data", "export", *arguments, "-w", str(market)]) == 2
    assert "name a type, or give --neo4j-admin DIR" in capsys.readouterr().err
