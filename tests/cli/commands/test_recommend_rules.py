"""graphvine recommend --rules, rows in parts, and what exports show of items, on the town."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import graphvine as gv
from cli.session import Session
from graph.errors import ConfigError
from graph.recommend.rules.rules import Rules
from graph.workflow.build_steps import Job, build_steps
from graph.workflow.models import Trainers
from graph.workflow.offer_parts import OfferParts
from graph.workflow.recommendations import everybody_of, recommending
from graph.workflow.segments import segments_or_none
from graph.workflow.step_record import Step
from graph.workspace.identity import file_digest
from graph.workspace.rules_file import read_rules
from tests.cli.commands.conftest import Ask, records
from tests.cli.conftest import graph_of
from tests.cli.town import COFFEE, TEA

EVERYBODY = len(TEA) + len(COFFEE)
RULES = """
[items]
exclude = ["T00", "C00"]
[items.where]
category = ["tea"]
[people]
exclude = "gone.txt"
[list]
quota = { category = 2 }
"""


@pytest.fixture
def place(town: Path, tmp_path: Path) -> Path:
    """The town, to work on, with a rules file beside its settings."""
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    (folder / "rules.toml").write_text(RULES)
    (folder / "gone.txt").write_text("U001\nU120\n")
    return folder


def manifest(place: Path) -> dict[str, Any]:
    """The manifest of the last recommendation."""
    found = max((place / "runs").glob("*-recommend-*/manifest.json"), key=lambda file: file.stat().st_mtime_ns)
    return dict(json.loads(found.read_text("utf-8")))


def test_rows_obey_the_rules_and_the_manifest_counts_them(place: Path, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    _, err = ask("recommend", "--all", "-k", "5", "-w", place, "--rules", place / "rules.toml", "-o", file)
    rows = records(file.read_text("utf-8"))
    assert {row["user_id"] for row in rows} == {*TEA, *COFFEE} - {"U001", "U120"}
    assert {row["item_category"] for row in rows} == {"tea"}
    assert "T00" not in {row["item_id"] for row in rows}
    assert {row["rank"] for row in rows} == {"1", "2"}
    assert not any("U001" in row["reason"] or "U120" in row["reason"] for row in rows)
    facts = manifest(place)
    counts = facts["metrics"]["rules"]
    assert counts["people"] == {
        "asked": EVERYBODY, "left out": 0, "people.exclude": 2, "nothing left": 0, "with a list": EVERYBODY - 2,
    }  # fmt: skip
    told = counts["candidates"]
    assert told["kept"] == len(rows) == facts["metrics"]["rows"] == facts["outputs"][0]["rows"]
    assert told["looked at"] == EVERYBODY * 24 == sum(told.values()) - told["looked at"]
    assert counts["items"] == {"items.exclude": 2, "items.where.category": 12}
    assert len(facts["inputs"]["rules"]) == 16
    assert facts["inputs"]["snapshot"] == graph_of(place).fingerprint
    assert facts["outputs"][0]["sha256"] == file_digest(file)
    assert facts["metrics"]["data until"].startswith("2025-")
    assert f"rules: people: {EVERYBODY} asked, 2 people.exclude, {EVERYBODY - 2} with a list; candidates:" in err


def test_people_left_out_by_the_list_are_counted_before_the_rules(place: Path, ask: Ask) -> None:
    (place / "barred.txt").write_text("U000\nU001\n")
    words = ("recommend", "U000", "U001", "U002", "-w", place, "--exclude", place / "barred.txt")
    out, _ = ask(*words, "--rules", place / "rules.toml")
    assert {row["user_id"] for row in records(out)} == {"U002"}
    people = manifest(place)["metrics"]["rules"]["people"]
    assert (people["asked"], people["left out"], people["people.exclude"], people["with a list"]) == (3, 2, 0, 1)


def test_an_id_to_leave_out_that_is_in_doubt_stops_or_leaves_out_whom_it_may_mean(place: Path, ask: Ask) -> None:
    (place / "gone.txt").write_text("u-001\n")
    words = ("recommend", "U001", "U002", "-w", place, "--rules", place / "rules.toml")
    out, err = ask(*words, code=4)
    assert out == ""
    assert "people.exclude: 1 of 1 ids are in doubt: 'u-001' is not known; it is probably 'U001'" in err
    out, err = ask(*words, "--exclude-unknown", "ok")
    assert {row["user_id"] for row in records(out)} == {"U002"}
    (place / "gone.txt").write_text("U001\n")
    (place / "rules.toml").write_text(RULES.replace('"T00", "C00"', '"T00", "discontinued"'))
    _, err = ask(*words)
    assert "items.exclude: 1 of 2 ids are not known: 'discontinued'" in err
    (place / "rules.toml").write_text('[items]\ncandidates = ["T03", "soon"]\n')
    out, err = ask("recommend", "--all", "-w", place, "--rules", place / "rules.toml")
    assert {row["item_id"] for row in records(out)} == {"T03"}
    assert "items.candidates: 1 of 2 ids are no Product: 'soon'" in err


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[items]\nin_stok = true\n", 2, "did you mean 'in_stock'?"),
        ("[items]\nin_stock = true\n", 5, "no Product has a value in 'stock', so the rule would refuse everything"),
        ('[items.where]\ncategorie = ["tea"]\n', 2, "did you mean 'category'?"),
        ('[items]\ncandidates = "nowhere.txt"\n', 4, "nowhere.txt: no such file"),
        ('[items]\ncandidates = "data"\n', 4, "data: this is a folder, not a file"),
    ],
)
def test_rules_that_cannot_be_applied_say_why(place: Path, ask: Ask, text: str, code: int, said: str) -> None:
    (place / "rules.toml").write_text(text)
    out, err = ask("recommend", "U001", "-w", place, "--rules", place / "rules.toml", code=code)
    assert out == ""
    assert said in err


def test_the_rules_of_the_settings_are_in_force_for_commands_and_notebooks(place: Path, ask: Ask) -> None:
    (place / "graphvine.toml").write_text('recommend.rules = { product = "rules.toml" }\n')
    out, _ = ask("recommend", "U000", "U001", "U150", "-w", place)
    market = gv.open(place)
    assert [row["item_id"] for row in records(out)] == list(
        market.recommend(["U000", "U001", "U150"]).to_frame()["item_id"]
    )
    assert {row["user_id"] for row in records(out)} == {"U000", "U150"}
    (place / "one.toml").write_text('[items]\ncandidates = ["C05"]\n')
    for rules in (place / "one.toml", str(place / "one.toml"), Rules(candidates=("C05",))):
        assert set(market.recommend(rules=rules).to_frame()["item_id"]) == {"C05"}
    # What a build keeps is made under the rules of the settings alone.
    assert not (place / "recommendations").exists()
    market.recommend()
    assert (place / "recommendations" / "product" / "latest.json").exists()
    (place / "graphvine.toml").write_text('recommend.rules = { produkt = "rules.toml" }\n')
    _, err = ask("recommend", "U000", "-w", place, code=2)
    assert "did you mean 'product'?" in err


def test_a_build_notices_that_the_rules_or_a_list_of_them_changed(place: Path) -> None:
    (place / "graphvine.toml").write_text('data.mapping = "data/mapping.toml"\nrecommend.rules = "rules.toml"\n')
    exported: dict[str, list[dict[str, Any]]] = {}

    def export(file: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        exported[file.stem] = [dict(zip(columns, row, strict=True)) for row in rows]

    def step() -> tuple[Job, Step]:
        job = Job(Session.open(place, quiet=True).workspace, None, None, 0, {}, export, {}, {})
        return job, next(one for one in build_steps(job) if one.name == "recommend-product")

    job, recommend = step()
    before = recommend.reads()
    kept = recommend.run()
    rows = exported["recommendations-product"]
    assert {row["item_category"] for row in rows} == {"tea"}
    assert not {"U001", "U120"} & {row["user_id"] for row in rows}
    assert job.counts["product"]["people"]["people.exclude"] == 2
    (place / "gone.txt").write_text("U001\n")
    assert step()[1].reads() != before
    assert step()[1].run() != kept
    assert "U120" in {row["user_id"] for row in exported["recommendations-product"]}
    (place / "gone.txt").write_text("user_id,why\nU001,letter\nU120,phone\n")
    assert step()[1].reads() == before
    (place / "graphvine.toml").write_text('data.mapping = "data/mapping.toml"\n')
    assert "rules" not in step()[1].reads()
    (place / "graphvine.toml").write_text('data.mapping = "data/mapping.toml"\nrecommend.rules = "rules.toml"\n')
    (place / "rules.toml").write_text("[items]\nin_stok = true\n")
    with pytest.raises(ConfigError, match="in_stok"):  # before any step runs
        step()


def test_a_column_that_items_lack_is_told_before_a_model_is_trained(place: Path) -> None:
    (place / "graphvine.toml").write_text('data.mapping = "data/mapping.toml"\nrecommend.rules = "rules.toml"\n')
    (place / "rules.toml").write_text('[items]\nin_stock = true\n[items.where]\ncategorie = ["tea"]\n')
    job = Job(Session.open(place, quiet=True).workspace, None, None, 0, Trainers(), lambda *_: None, {}, {})
    model = next(one for one in build_steps(job) if one.name == "model-product")
    before = sorted((place / "models" / "product").iterdir())
    with pytest.raises(ConfigError, match="Product has no column 'categorie'"):
        model.run()
    assert sorted((place / "models" / "product").iterdir()) == before


def test_a_value_that_no_item_has_is_told_with_a_suggestion(place: Path, ask: Ask, tmp_path: Path) -> None:
    (place / "rules.toml").write_text('[items.where]\ncategory = ["teas", "coffee", "wine"]\n')
    out, err = ask("recommend", "U001", "-w", place, "--rules", place / "rules.toml")
    assert "note: items.where.category: no Product has 'teas'; did you mean 'tea'?\n" in err
    assert "note: items.where.category: no Product has 'wine'\n" in err
    assert "'coffee'" not in err
    assert {row["item_category"] for row in records(out)} == {"coffee"}
    (place / "rules.toml").write_text('[items.where]\ncategory = ["wine"]\n')
    file = tmp_path / "none.csv"
    _, err = ask("recommend", "--all", "-w", place, "--rules", place / "rules.toml", "-o", file)
    assert f"note: {file} has no rows" in err


def test_exports_show_name_category_price_and_stock_of_items(town: Path, ask: Ask) -> None:
    rows = records(ask("recommend", "U000", "-k", "2", "-w", town)[0])
    assert [*rows[0]][:7] == [
        "user_id", "item_type", "item_id", "item_name", "item_category", "item_price", "item_stock",
    ]  # fmt: skip
    assert all(row["item_name"] == f"tea {row['item_id']}" and row["item_category"] == "tea" for row in rows)
    assert {(row["item_price"], row["item_stock"]) for row in rows} == {("", "")}


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet"])
def test_an_interrupted_run_goes_on_and_ends_in_the_same_bytes(
    name: str, place: Path, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHVINE_RECOMMEND__PEOPLE_PER_PART", "30")
    words = ("recommend", "--all", "-k", "3", "-w", place, "--rules", place / "rules.toml", "-o")
    ask(*words, tmp_path / f"whole-{name}")
    counted = manifest(place)["metrics"]["rules"]
    assert counted["people"]["asked"] == EVERYBODY
    assert not list((place / "parts").iterdir())
    market = Session.open(place, quiet=True).workspace
    graph = market.graph()
    found = recommending(market, graph, target=None, segments=None, rules=None)
    other = OfferParts(found, everybody_of(graph), 3)
    next(iter(other))
    parts = _interrupted(place)
    assert len(list((place / "parts" / parts).glob("*.parquet"))) == 2
    _, err = ask(*words, tmp_path / name)
    assert "going on after 2 parts that an interrupted run has made" in err
    assert (tmp_path / name).read_bytes() == (tmp_path / f"whole-{name}").read_bytes()
    assert manifest(place)["metrics"]["rules"] == counted
    assert manifest(place)["metrics"]["result"] == parts
    # The parts of the other run, whose process is this one and still runs, are kept.
    assert [folder.name for folder in (place / "parts").iterdir()] == [other.result]


def _interrupted(place: Path) -> str:
    """Make two parts of the run for everybody under the rules, as a process does that is then killed."""
    market = Session.open(place, quiet=True).workspace
    graph = market.graph()
    rules = read_rules(place / "rules.toml")
    found = recommending(market, graph, target=None, segments=segments_or_none(market, graph), rules=rules)
    parts = OfferParts(found, everybody_of(graph), 3)
    rows = iter(parts)
    assert len([next(rows), next(rows)]) == 2
    return parts.result


def test_a_part_that_was_damaged_is_made_again_and_a_dead_run_is_cleared_away(
    place: Path, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHVINE_RECOMMEND__PEOPLE_PER_PART", "50")
    words = ("recommend", "--all", "-k", "3", "-w", place, "--rules", place / "rules.toml", "-o")
    ask(*words, tmp_path / "whole.csv")
    parts = place / "parts" / _interrupted(place)
    (parts / "000001.parquet").write_bytes(b"PAR1")
    dead = place / "parts" / "0123456789ab"
    dead.mkdir()
    (dead / "writer").write_text("999999999")
    ask(*words, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not list((place / "parts").iterdir())


def test_parts_are_written_back_whole(place: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHVINE_RECOMMEND__PEOPLE_PER_PART", "70")
    out, err = ask("recommend", "--all", "-k", "2", "-w", place, "--rules", place / "rules.toml", "--write")
    facts = manifest(place)
    assert facts["written"] == [facts["metrics"]["result"]]
    assert f"wrote {len(records(out)):,} recommendations to the store" in err
    (table,) = Session.open(place, quiet=True).workspace.embedded().results()[facts["written"][0]]
    written = [dict(zip(table.columns, map(str, row), strict=True)) for row in table.rows]
    assert written == [{name: row[name] for name in table.columns} for row in records(out)]


def test_all_formats_hold_the_same_rows_in_parts(
    place: Path, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("recommend", "--all", "-k", "2", "-w", place)
    whole = ask(*words, "-f", "csv")[0]
    monkeypatch.setenv("GRAPHVINE_RECOMMEND__PEOPLE_PER_PART", "50")
    assert ask(*words, "-f", "csv")[0] == whole
    as_json = json.loads(ask(*words, "-f", "json")[0])
    assert [{n: "" if v is None else str(v) for n, v in row.items()} for row in as_json] == records(whole)
    assert list(map(json.loads, ask(*words, "-f", "jsonl")[0].splitlines())) == as_json
    ask(*words, "-o", tmp_path / "rows.parquet")
    assert pq.read_table(tmp_path / "rows.parquet").to_pylist() == as_json
    ask(*words, "-o", tmp_path / "rows.csv", "--encoding", "utf-8-sig")
    assert (tmp_path / "rows.csv").read_bytes() == whole.encode("utf-8-sig")
