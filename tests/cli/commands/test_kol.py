"""graphvine kol, on a town with one KOL of each taste and a famous one whom nobody listens to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.commands.conftest import Ask, records


def test_kols_are_ranked_by_whom_they_move_and_never_by_followers(town: Path, ask: Ask) -> None:
    rows = records(ask("kol", "rank", "-w", town)[0])
    assert [row["id"] for row in rows] == ["K-TEA", "K-COFFEE", "K-FAME"]
    assert [row["rank"] for row in rows] == ["1", "2", "3"]
    assert rows[2]["followers"] == "2000000"
    assert [row["audience"] for row in rows] == ["100", "60", "10"]
    # Four likes by everybody of the audience.
    assert [float(row["engagement"]) for row in rows] == [4, 4, 0]
    assert rows[2]["overlap_with"] == "K-TEA"


def test_points_add_up_to_the_score(town: Path, ask: Ask) -> None:
    for row in records(ask("kol", "rank", "-w", town)[0]):
        points = sum(float(value) for name, value in row.items() if name.startswith("points_") and value)
        assert points == pytest.approx(float(row["score"]))


def test_a_product_and_a_segment_bring_the_kol_of_that_taste_to_the_top(town: Path, ask: Ask) -> None:
    out, err = ask("kol", "rank", "--product", "C00", "-w", town)
    assert records(out)[0]["id"] == "K-COFFEE"
    assert "affinities by model product/" in err
    rows = records(ask("kol", "rank", "--segment", "S2", "-w", town)[0])
    assert rows[0]["id"] == "K-COFFEE"
    assert [float(row["reach"]) for row in rows[1:]] == [0, 0]


def test_a_card_repeats_the_row_of_the_ranking(town: Path, ask: Ask) -> None:
    (row,) = (r for r in records(ask("kol", "rank", "-w", town)[0]) if r["id"] == "K-COFFEE")
    card = {r["component"]: r["value"] for r in records(ask("kol", "show", "K-COFFEE", "-w", town)[0])}
    assert {name: card[name] for name in row} == row


def test_who_is_on_the_list_is_not_ranked_and_the_card_says_why(town: Path, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "barred.txt"
    file.write_text("K-TEA\n")
    rows = records(ask("kol", "rank", "-w", town, "--exclude", file)[0])
    assert [row["id"] for row in rows] == ["K-COFFEE", "K-FAME"]
    assert "K-TEA" not in {row["overlap_with"] for row in rows}
    out, err = ask("kol", "show", "K-TEA", "-w", town, "--exclude", file, code=2)
    assert out == ""
    assert "may not be contacted: on a list" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "K-TEE"], 2, "did you mean 'K-TEA'?"),
        (["show", "U000"], 2, "is not a KOL"),
        (["rank", "--product", "C99"], 2, "did you mean 'C"),
        (["rank", "--segment", "S9"], 5, "there are S1 to S2"),
    ],
    ids=["name", "no KOL", "product", "segment"],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    words: list[str], code: int, said: str, town: Path, ask: Ask
) -> None:
    out, err = ask("kol", *words, "-w", town, code=code)
    assert out == ""
    assert said in err


def test_formats_and_limit(town: Path, ask: Ask) -> None:
    out, err = ask("kol", "rank", "-n", "1", "-w", town, "-f", "json")
    assert [row["id"] for row in json.loads(out)] == ["K-TEA"]
    assert "2 more KOLs; --limit shows them" in err
    assert len(ask("kol", "rank", "-w", town, "-f", "jsonl")[0].splitlines()) == 3


def test_a_market_without_people_has_no_kols(ghost_town: Path, ask: Ask) -> None:
    out, err = ask("kol", "rank", "-w", ghost_town, code=5)
    assert out == ""
    assert "hint:" in err
