"""graphvine segment, on a town of two tastes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.commands.conftest import Ask, records
from tests.cli.town import COFFEE, TEA


def test_the_two_tastes_are_the_segments_and_name_them(town: Path, ask: Ask) -> None:
    out, err = ask("segment", "list", "-w", town)
    rows = records(out)
    assert [(row["segment"], row["name"], row["people"]) for row in rows] == [
        ("S1", "tea", "102"),
        ("S2", "coffee", "61"),
    ]
    # Each person has bought six things for 20 yuan.
    assert [float(row["total_spend"]) for row in rows] == [100 * 120, 60 * 120]
    assert {row["exploratory"] for row in rows} == {"false"}
    assert "foretold" in err


def test_members_are_the_people_of_that_taste(town: Path, ask: Ask) -> None:
    rows = records(ask("segment", "show", "S2", "--members", "-w", town)[0])
    assert {row["person"] for row in rows} == {*COFFEE, "K-COFFEE"}
    assert {row["contact"] for row in rows} == {"true"}
    rows = records(ask("segment", "show", "s1", "--members", "-w", town)[0])
    assert {row["person"] for row in rows} == {*TEA, "K-TEA", "K-FAME"}


def test_a_card_tells_what_sets_a_segment_apart(town: Path, ask: Ask) -> None:
    rows = records(ask("segment", "show", "S2", "-w", town)[0])
    by_part = {row["part"]: row for row in rows}
    assert by_part["category"]["what"] == "coffee"
    assert by_part["category"]["people"] == "60"
    assert [row["what"] for row in rows if row["part"] == "influential"] == ["K-COFFEE"]


def test_detecting_anew_gives_the_same_result(town: Path, ask: Ask, tmp_path: Path) -> None:
    copy = tmp_path / "town"
    shutil.copytree(town, copy)
    before = ask("segment", "list", "-w", copy)[0]
    (kept,) = (p for p in (copy / "segments").iterdir() if p.is_dir())
    files = {p.name: p.read_bytes() for p in kept.iterdir()}
    assert ask("segment", "detect", "-w", copy)[0] == before
    assert {p.name: p.read_bytes() for p in kept.iterdir()} == files


def test_who_is_on_the_list_is_in_no_members_and_on_no_card(town: Path, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "barred.txt"
    file.write_text("K-COFFEE\nU120\n")
    out, _ = ask("segment", "show", "S2", "--members", "-w", town, "--exclude", file)
    assert {row["person"] for row in records(out)} == {*COFFEE, "K-COFFEE"} - {"K-COFFEE", "U120"}
    out, _ = ask("segment", "show", "S2", "-w", town, "--exclude", file)
    assert not {"K-COFFEE", "U120"} & {row["what"] for row in records(out)}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "S9"], 5, "there are S1 to S2"),
        (["show"], 2, "Missing argument 'segment'"),
        (["detect", "--resolution", "0"], 2, "0.01"),
        (["list", "-f", "parquet"], 2, "name a file"),
    ],
    ids=["segment", "nothing", "resolution", "parquet"],
)
def test_what_cannot_be_done_is_told(words: list[str], code: int, said: str, town: Path, ask: Ask) -> None:
    out, err = ask("segment", *words, "-w", town, code=code)
    assert out == ""
    assert said in err


def test_formats(town: Path, ask: Ask) -> None:
    rows = json.loads(ask("segment", "list", "-w", town, "-f", "json")[0])
    assert [row["people"] for row in rows] == [102, 61]
    table = ask("segment", "list", "-w", town, "-f", "table")[0].splitlines()
    assert len(table) == 3


def test_a_market_without_people_has_no_segments(ghost_town: Path, ask: Ask) -> None:
    for words in (["detect"], ["list"], ["show", "S1"]):
        out, err = ask("segment", *words, "-w", ghost_town, code=5)
        assert out == ""
        assert "graphvine " in err.split("hint:")[1]
