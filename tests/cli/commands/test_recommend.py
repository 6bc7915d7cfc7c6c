"""graphvine recommend, on a town of which the right answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.commands.conftest import Ask, records
from tests.cli.conftest import graph_of
from tests.cli.town import COFFEE, TEA


def test_everybody_is_offered_what_they_like_and_do_not_have(town: Path, ask: Ask) -> None:
    out, err = ask("recommend", "--all", "-k", "3", "-w", town)
    rows = records(out)
    graph = graph_of(town)
    (key,) = graph.keys(target="Product")
    edges = graph.edges(key)
    owned = set(zip(graph.ids("Person").ids(edges.src), graph.ids("Product").ids(edges.dst), strict=True))
    assert {row["user_id"] for row in rows} == {*TEA, *COFFEE}
    assert all(row["item_id"][0] == ("T" if row["user_id"] in TEA else "C") for row in rows)
    assert not owned & {(row["user_id"], row["item_id"]) for row in rows}
    assert {row["segment_id"] for row in rows if row["user_id"] in COFFEE} == {"S2"}
    assert "by model product/" in err


def test_ranks_count_from_one_and_scores_fall(town: Path, ask: Ask) -> None:
    rows = records(ask("recommend", "U000", "U150", "-k", "4", "-w", town)[0])
    for user in ("U000", "U150"):
        mine = [row for row in rows if row["user_id"] == user]
        assert [row["rank"] for row in mine] == ["1", "2", "3", "4"]
        scores = [float(row["score"]) for row in mine]
        assert scores == sorted(scores, reverse=True)
        assert all("which this person bought" in row["reason"] for row in mine)


def test_a_segment_and_a_file_name_people_too(town: Path, ask: Ask, tmp_path: Path) -> None:
    rows = records(ask("recommend", "--segment", "s2", "-k", "1", "-w", town)[0])
    assert {row["user_id"] for row in rows} == {*COFFEE, "K-COFFEE"}
    file = tmp_path / "users.csv"
    file.write_text("user_id\nU003\nnobody\nU120\n")
    out, err = ask("recommend", "--users", file, "-k", "1", "-w", town)
    assert [row["user_id"] for row in records(out)] == ["U003", "U120"]
    assert "1 of 3 ids" in err
    assert "'nobody'" in err


def test_who_is_on_the_list_gets_nothing_and_is_no_reason(town: Path, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "barred.txt"
    file.write_text("U000\nU001\n")
    out, err = ask("recommend", "U000", "U002", "-w", town, "--exclude", file)
    assert {row["user_id"] for row in records(out)} == {"U002"}
    assert "left out, as they may not be used for marketing: 1 of 2" in err
    file.write_text("U000\nstranger\n")
    out, err = ask("recommend", "U002", "-w", town, "--exclude", file, code=4)
    assert out == ""
    assert "'stranger'" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["U00O"], 4, "did you mean 'U"),
        (["U000", "--target", "produkt"], 2, "did you mean 'product'?"),
        (["U000", "--target", "vehicle"], 5, "graphvine model train"),
        (["--segment", "S9"], 5, "there are S1 to S2: graphvine segment list"),
        (["U000", "--all"], 2, "USER..., --users FILE, --segment ID or --all"),
        ([], 2, "name the people in one way"),
    ],
    ids=["person", "target", "model", "segment", "two ways", "no way"],
)
def test_what_cannot_be_done_is_told_with_what_to_do(
    words: list[str], code: int, said: str, town: Path, ask: Ask
) -> None:
    out, err = ask("recommend", *words, "-w", town, code=code)
    assert out == ""
    assert said in err


def test_all_formats_hold_the_same_rows(town: Path, ask: Ask, tmp_path: Path) -> None:
    words = ("recommend", "U000", "U150", "-k", "2", "-w", town)
    rows = records(ask(*words, "-f", "csv")[0])
    as_json = json.loads(ask(*words, "-f", "json")[0])
    assert [{n: "" if v is None else str(v) for n, v in row.items()} for row in as_json] == rows
    lines = ask(*words, "-f", "jsonl")[0].splitlines()
    assert list(map(json.loads, lines)) == as_json
    ask(*words, "-o", tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == as_json
    table = ask(*words, "-f", "table")[0].splitlines()
    assert len(table) == 1 + len(rows)
    assert table[0].split() == list(rows[0])


def test_a_market_without_people_says_what_is_missing(ghost_town: Path, ask: Ask) -> None:
    out, err = ask("recommend", "--all", "-w", ghost_town, code=5)
    assert out == ""
    assert "graphvine " in err.split("hint:")[1]
