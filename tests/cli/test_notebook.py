"""The library for notebooks: the same answers as the commands, kept in the same places."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphvine as gv
from cli.app import run_command
from graph.errors import ConfigError, DataError, GraphvineError, ModelError, PrerequisiteError, QueryRefusedError
from graph.hetero import HeteroGraph
from tests.cli.commands.conftest import records
from tests.cli.town import COFFEE, TEA
from tests.graph.workflow.test_promotion import worse_model

EXAMPLE = Path(__file__).parents[2] / "examples" / "from_files_to_a_plan.ipynb"


@pytest.fixture(scope="module")
def copy(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town, to work on."""
    folder = tmp_path_factory.mktemp("notebook") / "town"
    shutil.copytree(town, folder)
    return folder


@pytest.fixture
def market(copy: Path) -> gv.Market:
    return gv.open(copy)


def rows_of(*words: str | Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    capsys.readouterr()
    assert run_command([str(word) for word in words]) == 0
    return records(capsys.readouterr().out)


def texts(frame: Any) -> list[dict[str, str]]:
    """The rows of a frame as a CSV has them."""
    return [{n: "" if v is None or v != v else str(v) for n, v in row.items()} for row in frame.to_dict("records")]


def test_recommendations_are_those_of_the_command(
    market: gv.Market, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    want = rows_of("recommend", "U000", "U150", "-k", "3", "-w", copy, capsys=capsys)
    assert texts(market.recommend(["U000", "U150"], k=3).to_frame()) == want
    assert market.notes[-1].startswith("by model product/")
    assert market.recommend([]).to_frame().empty
    everybody = market.recommend().to_frame()
    assert set(everybody["user_id"]) == {*TEA, *COFFEE}
    assert (copy / "recommendations" / "product" / "latest.json").exists()


def test_kols_and_the_plan_are_those_of_the_command_and_kept_where_it_keeps_them(
    market: gv.Market, copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ranked = rows_of("kol", "rank", "-w", copy, capsys=capsys)
    assert list(market.kols().to_frame()["id"]) == [row["id"] for row in ranked]
    want = rows_of("campaign", "plan", "--seeds", "2", "-w", copy, capsys=capsys)
    kept = sorted(path.name for path in (copy / "seeds").iterdir())
    plan = market.plan(seeds=2).to_frame()
    assert list(plan["person"]) == [row["person"] for row in want] == ["K-TEA", "K-COFFEE"]
    assert sorted(path.name for path in (copy / "seeds").iterdir()) == kept


def test_segments_and_models_that_are_kept_are_read_and_not_made_anew(market: gv.Market, copy: Path) -> None:
    before = {path: path.stat().st_mtime_ns for kind in ("segments", "models") for path in (copy / kind).rglob("*.*")}
    segments = market.segments()
    assert dict(zip(segments.to_frame()["person"], segments.to_frame()["segment"], strict=True))["U150"] == "S2"
    assert list(segments.cards.to_frame()["name"]) == ["tea", "coffee"]
    model = market.train("product", gnn=False)
    assert set(model.to_frame()["model"]) >= {"combined", "popularity"}
    after = {path: path.stat().st_mtime_ns for path in before if path.name != "latest.json"}
    assert after == {path: time for path, time in before.items() if path.name != "latest.json"}


def test_kept_models_are_compared_promoted_taken_back_and_refreshed(town: Path, tmp_path: Path) -> None:
    market = gv.open(shutil.copytree(town, tmp_path / "town"))
    first = market.models().query("serves")["model"].item()
    worse_model(market.workspace)
    found = market.compare()
    assert (found.first, found.second) == ("worse", first)
    assert found.difference.high < 0
    with pytest.raises(ModelError, match="does not take the place"):
        market.promote()
    assert market.promote("worse", force=True).how == "forced"
    assert market.models().query("serves")["model"].item() == "worse"
    assert market.rollback() == first
    assert market.refresh().new is False
    assert market.notes[-1] == f"{first} knows the latest snapshot already; nothing was folded in"


def test_queries_by_name_and_in_cypher(market: gv.Market) -> None:
    found = market.query("MATCH (p:KOL) RETURN p.id AS kol ORDER BY kol").to_frame()
    assert list(found["kol"]) == ["K-COFFEE", "K-FAME", "K-TEA"]
    found = market.query("MATCH (p:Person {id: $id}) RETURN p.id AS id", {"id": "U003"}).to_frame()
    assert list(found["id"]) == ["U003"]
    months = market.query("activity-by-month").to_frame()
    assert int(months["orders"].sum()) == 6 * 160
    with pytest.raises(QueryRefusedError):
        market.query("MATCH (n) DETACH DELETE n")


def test_the_report_is_written_and_says_its_headlines(market: gv.Market, copy: Path) -> None:
    report = market.report()
    assert report.file == copy / "report.html"
    assert report.to_frame()["figure"].str.contains("2 segments").any()


def test_the_configured_list_is_in_force_and_fails_closed(town: Path, tmp_path: Path) -> None:
    folder = tmp_path / "town"
    shutil.copytree(town, folder)
    (folder / "graphvine.toml").write_text('exclude = "barred.txt"\n', "utf-8")
    market = gv.open(folder)
    methods: list[Callable[[], Any]] = [
        market.segments, market.recommend, market.kols, lambda: market.plan(seeds=1), market.report,
    ]  # fmt: skip
    for method in methods:
        with pytest.raises(DataError, match="no such file"):
            method()
    (folder / "barred.txt").write_text("K-TEA\nU000\n")
    market = gv.open(folder)
    assert list(market.plan(seeds=1).to_frame()["person"]) == ["K-COFFEE"]
    assert "K-TEA" not in set(market.kols().to_frame()["id"])
    assert not {"K-TEA", "U000"} & set(market.segments().to_frame()["person"])
    assert set(market.recommend(["U000", "U001"]).to_frame()["user_id"]) == {"U001"}


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (lambda market: market.recommend(["U00O"]), "did you mean 'U"),
        (lambda market: market.recommend(segment="S9"), "there are S1 to S2"),
        (lambda market: market.recommend(target="produkt"), "did you mean 'product'?"),
        (lambda market: market.kols(product="T99"), "did you mean 'T"),
        (lambda market: market.query("activity-by-mont"), "did you mean 'activity-by-month'?"),
        (lambda market: market.graph.ids("Persn"), "did you mean 'Person'?"),
        (lambda market: market.graph.attributes("Prodcut"), "did you mean 'Product'?"),
        (lambda market: market.plan(), "give seeds= or budget="),
        (lambda market: market.recommend(["U000"], segment="S1"), "give people or segment="),
        (lambda market: market.recommend(k=0), "a whole number from 1 on"),
        (lambda market: market.recommend("U000"), "give a list of ids: ['U000']"),
        (lambda market: market.compare("nothing"), "graphvine model train --target product"),
        (lambda market: market.recommend(rules={"list": {}}), "write them to a file"),
    ],
    ids=[
        "person",
        "segment",
        "target",
        "item",
        "query",
        "node type",
        "attributes",
        "limit",
        "both",
        "k",
        "text",
        "model",
        "rules",
    ],
)
def test_an_unknown_name_gets_a_suggestion(asked: Callable[[gv.Market], Any], hint: str, market: gv.Market) -> None:
    with pytest.raises(GraphvineError) as told:
        asked(market)
    assert hint in told.value.hint


def test_what_is_not_there_names_what_makes_it(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="no workspace") as told:
        gv.open(tmp_path / "nowhere")
    assert "gv.init" in told.value.hint
    (tmp_path / "graphvine.toml").write_text("sede = 7\n")
    with pytest.raises(ConfigError) as wrong:
        gv.open(tmp_path)
    assert "'seed'" in wrong.value.hint
    with pytest.raises(PrerequisiteError):
        gv.open(tmp_path / "graphvine.toml").segments()


def test_values_show_themselves_in_a_line_and_a_table(market: gv.Market) -> None:
    segments, model = market.segments(), market.train(gnn=False)
    offers = market.recommend(k=2)
    values = [
        market, market.graph, segments, segments.segmentation, model, offers, offers.found, market.kols(),
        market.plan(seeds=2), market.report(), market.query("MATCH (p:KOL) RETURN p.id AS kol"),
    ]  # fmt: skip
    for value in values:
        assert len(repr(value)) < 300, type(value)
        assert "\n" not in repr(value)
        page = value._repr_html_()
        assert page.startswith("<table>"), type(value)
        assert len(page) < 12_000, type(value)
    assert "2 segments" in repr(segments.segmentation)
    assert "163 Person" in repr(market.graph)


def test_graphs_of_the_same_data_are_equal_and_of_one_hash(market: gv.Market) -> None:
    one, two = market.graph, market.graph
    assert one is not two
    assert one == two
    assert len({one, two}) == 1
    assert one.until(1_740_000_000) != one
    assert one != "a graph"
    assert isinstance(one, HeteroGraph)


def test_from_files_to_a_market(tmp_path: Path) -> None:
    files = gv.synth(tmp_path / "files", users=100, seed=3)
    notes: list[str] = []
    market = gv.init(tmp_path / "market", data=files, on_note=notes.append)
    assert "nothing loaded yet" in repr(market)
    done = market.load()
    assert (done.to_frame()["read"] == done.to_frame()[["created", "updated", "unchanged"]].sum(axis=1)).all()
    assert market.graph.count("Person")
    assert notes == market.notes
    with pytest.raises(ConfigError, match="already"):
        gv.init(tmp_path / "market", data=files)


def test_the_example_runs_from_files_to_a_plan_in_ten_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [cell for cell in json.loads(EXAMPLE.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    code = ["".join(cell["source"]) for cell in cells]
    assert sum(len(text.splitlines()) for text in code) <= 10
    assert not any(cell["outputs"] for cell in cells)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    shown = [_run_cell(text, names) for text in code]
    assert shown[-1].to_frame()["person"].tolist()
    assert shown[-1].cost <= 50_000


def _run_cell(text: str, names: dict[str, Any]) -> Any:
    """Run a cell; returns the value of its last line, which a notebook shows."""
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)
