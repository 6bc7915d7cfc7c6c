"""graphvine campaign, on a town whose best seeds are known."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.commands.conftest import Ask, records


def test_the_first_seed_is_who_moves_most_and_the_second_who_moves_the_others(town: Path, ask: Ask) -> None:
    out, err = ask("campaign", "plan", "--seeds", "2", "-w", town)
    rows = records(out)
    assert [row["person"] for row in rows] == ["K-TEA", "K-COFFEE"]
    assert [float(row["cumulative_cost"]) for row in rows] == [9_000, 9_400]
    # The two audiences have nobody in common, so gains add up to the spread.
    assert sum(float(row["gain"]) for row in rows) == pytest.approx(float(rows[1]["spread"]))
    assert all(float(row["low"]) <= float(row["spread"]) <= float(row["high"]) for row in rows)
    # The one with the most followers brings nobody.
    assert "top followers, same limits" in err


def test_a_budget_takes_what_it_can_pay_for(town: Path, ask: Ask) -> None:
    rows = records(ask("campaign", "plan", "--budget", "500", "-w", town)[0])
    assert [row["person"] for row in rows] == ["K-COFFEE"]
    rows = records(ask("campaign", "plan", "--budget", "9400", "-w", town)[0])
    assert {row["person"] for row in rows} == {"K-TEA", "K-COFFEE"}
    out, err = ask("campaign", "plan", "--budget", "10", "-w", town, code=5)
    assert out == ""
    assert "budget" in err


def test_a_product_and_a_segment_choose_the_kol_of_that_taste(town: Path, ask: Ask) -> None:
    out, err = ask("campaign", "plan", "--seeds", "1", "--product", "C00", "-w", town)
    assert [row["person"] for row in records(out)] == ["K-COFFEE"]
    assert "expected takers reached" in err
    out, _ = ask("campaign", "plan", "--seeds", "1", "--segment", "S2", "-w", town)
    assert [row["person"] for row in records(out)] == ["K-COFFEE"]


def test_who_is_on_the_list_is_no_seed_and_counts_for_nothing(town: Path, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "barred.txt"
    file.write_text("K-TEA\n")
    rows = records(ask("campaign", "plan", "--seeds", "1", "-w", town, "--exclude", file)[0])
    assert [row["person"] for row in rows] == ["K-COFFEE"]
    file.write_text("K-TEA\nK-COFFEE\nK-FAME\n")
    out, err = ask("campaign", "plan", "--seeds", "1", "-w", town, "--exclude", file, code=5)
    assert out == ""
    assert "hint:" in err


def test_the_plan_is_kept_with_what_was_asked_and_the_same_bytes_again(town: Path, ask: Ask, tmp_path: Path) -> None:
    copy = tmp_path / "town"
    shutil.copytree(town, copy, ignore=shutil.ignore_patterns("seeds"))
    ask("campaign", "plan", "--seeds", "2", "-w", copy)
    (kept,) = (copy / "seeds").glob("*/plan.json")
    plan = json.loads(kept.read_text("utf-8"))
    assert plan["asked"] == {"seeds": 2, "budget": None, "product": None, "segment": None}
    assert [row["person"] for row in plan["seeds"]] == ["K-TEA", "K-COFFEE"]
    assert plan["cost"] == 9_400
    before = kept.read_bytes()
    ask("campaign", "plan", "--seeds", "2", "-w", copy)
    assert kept.read_bytes() == before
    assert len(list((copy / "seeds").glob("*/plan.json"))) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "--seeds K or --budget YUAN"),
        (["--seeds", "0"], 2, "--seeds"),
        (["--seeds", "1", "--product", "T99"], 2, "did you mean 'T"),
        (["--seeds", "1", "--segment", "S9"], 5, "there are S1 to S2"),
    ],
    ids=["no limit", "no seed", "product", "segment"],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    words: list[str], code: int, said: str, town: Path, ask: Ask
) -> None:
    out, err = ask("campaign", "plan", *words, "-w", town, code=code)
    assert out == ""
    assert said in err


@pytest.mark.parametrize("name", ["csv", "json", "jsonl", "table"])
def test_formats(name: str, town: Path, ask: Ask) -> None:
    out, _ = ask("campaign", "plan", "--seeds", "1", "-w", town, "-f", name)
    assert "K-TEA" in out
    assert len(json.loads(out) if name == "json" else out.splitlines()) == (1 if name in ("json", "jsonl") else 2)


def test_a_market_without_people_has_no_plan(ghost_town: Path, ask: Ask) -> None:
    out, err = ask("campaign", "plan", "--seeds", "1", "-w", ghost_town, code=5)
    assert out == ""
    assert "hint:" in err
