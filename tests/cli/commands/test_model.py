"""The commands on kept models, on a town with a model that serves: data on stdout, what to know on stderr."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from cli.app import run_command
from graph.workflow.model_history import read_history
from graph.workflow.models import kind_of
from graph.workspace.folder import WorkspaceFolder
from tests.graph.workflow.test_promotion import more_purchases, opened, worse_model

KIND = kind_of("product")


@pytest.fixture
def copy(town: Path, tmp_path: Path) -> Path:
    return shutil.copytree(town, tmp_path / "copy")


def ask(capsys: pytest.CaptureFixture[str], folder: Path, *words: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert run_command(["model", *words, "-w", str(folder)]) == code, capsys.readouterr().err
    told = capsys.readouterr()
    return told.out, told.err


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def serving(folder: Path) -> str:
    return str(read_history(WorkspaceFolder(folder), KIND).serving)


def test_a_candidate_is_compared_refused_forced_and_taken_back(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = serving(copy)
    worse_model(opened(copy))
    out, err = ask(capsys, copy, "compare", "-f", "csv")
    (row,) = rows(out)
    assert (row["model"], row["against"], row["users"], row["judged"]) == ("worse", first, "80", "true")
    assert float(row["difference"]) < float(row["high"]) < 0
    assert "from when they were trained" in err

    out, err = ask(capsys, copy, "promote", "worse", code=5)
    assert out == ""
    assert f"error: worse does not take the place of {first}: worse: NDCG@10" in err
    assert "hint: compare them: graphvine model compare" in err
    assert serving(copy) == first

    out, err = ask(capsys, copy, "promote", "worse", "--force")
    assert out == "worse\n"
    assert "product/worse serves (forced): worse: NDCG@10" in err
    listed = {row["model"]: row for row in rows(ask(capsys, copy, "list", "-f", "csv")[0])}
    assert (listed["worse"]["serves"], listed["worse"]["served_by"]) == ("true", "forced")
    assert listed[first]["serves"] == "false"
    shown = json.loads(ask(capsys, copy, "show", "serving")[0])
    assert (shown["name"], shown["serves"], shown["served"][0]["how"]) == ("worse", True, "forced")
    assert shown["lineage"]["change"] == "trained"

    out, err = ask(capsys, copy, "rollback")
    assert (out, serving(copy)) == (f"{first}\n", first)
    assert "no product model has served before" in ask(capsys, copy, "rollback", code=5)[1]


def test_a_flipped_byte_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tables = worse_model(opened(copy)) / "tables.safetensors"
    content = bytearray(tables.read_bytes())
    content[len(content) // 2] ^= 1
    tables.write_bytes(content)
    out, err = ask(capsys, copy, "promote", "worse", "--force", code=5)
    assert out == ""
    assert "is not a readable model: the tables do not have the recorded hash" in err
    tables = copy / "models" / "product" / serving(copy) / "tables.safetensors"
    tables.write_bytes(tables.read_bytes()[:-1] + b"\x7f")
    assert run_command(["recommend", "--all", "-w", str(copy)]) == 5
    said = capsys.readouterr()
    assert said.out == ""
    assert "the tables do not have the recorded hash" in said.err


def test_a_refresh_says_what_drifted_and_proposes_training(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = serving(copy)
    assert "nothing was folded in" in ask(capsys, copy, "refresh", "-f", "csv")[1]
    more_purchases(copy)
    out, err = ask(capsys, copy, "refresh", "-f", "csv")
    (row,) = rows(out)
    assert row["parent"] == first
    assert (row["due"], row["people"]) == ("true", "58")
    assert float(row["new_items"]) == pytest.approx(56 / 60, abs=1e-4)
    assert f"{row['model']} serves" in err
    assert "training anew is due: 93% of the new events are with new items (limit 25%)" in err
    assert "graphvine model train" in err
    assert serving(copy) == row["model"]
    assert run_command(["recommend", "NEW", "-k", "3", "-w", str(copy), "-f", "csv"]) == 0
    assert len(rows(capsys.readouterr().out)) == 3


def test_a_second_training_is_a_candidate_until_it_is_promoted(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = serving(copy)
    err = ask(capsys, copy, "train", "--no-gnn", "--seed", "9")[1]
    assert f"is a candidate; {first} serves" in err
    assert serving(copy) == first
    candidate = ask(capsys, copy, "promote")[0].strip()
    assert serving(copy) == candidate != first
    assert "none of the product models is named 'nothing'" in ask(capsys, copy, "promote", "nothing", code=5)[1]
