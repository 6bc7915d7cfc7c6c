"""The whole job on a small market, and what the commands say about it afterwards."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.app import run_command
from graph.schema import EdgeKey
from tests.cli.conftest import graph_of

HEAVY = ("torch", "pandas", "networkx", "neo4j", "duckdb")


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert run_command(list(arguments)) == code
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return told.out, told.err


def records(out: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(out)))


def test_the_build_leaves_report_exports_and_a_closed_manifest(market: Path) -> None:
    assert (market / "report.html").stat().st_size > 50_000
    exports = {p.name for p in (market / "exports").iterdir()}
    assert exports == {
        "segments.csv",
        "recommendations-product.csv",
        "recommendations-vehicle.csv",
        "kols.csv",
        "seeds.csv",
    }
    manifests = [json.loads(p.read_text()) for p in sorted((market / "runs").glob("*-build-*/manifest.json"))]
    assert manifests[0]["status"] == "ok"
    assert {Path(o["path"]).name for o in manifests[0]["outputs"]} == {*exports, "report.html"}
    assert manifests[0]["inputs"]["snapshot"]
    assert manifests[0]["config"]["settings"]["seed"] == 7
    assert not list(market.rglob(".*-*"))


def test_exports_open_in_excel(market: Path) -> None:
    assert (market / "exports" / "kols.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_second_build_does_nothing_and_says_so(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (market / "report.html").read_bytes()
    out, _ = run(capsys, "build", str(market), "--dry-run")
    assert all(line.endswith("unchanged: its inputs are the same") for line in out.splitlines())
    _, err = run(capsys, "build", str(market))
    assert "done in" not in err
    assert (market / "report.html").read_bytes() == before


def test_a_model_tells_what_its_lists_are_like(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "model", "evaluate", "-w", str(market), "--beyond")
    rows = {row["model"]: row for row in records(out) if row["slice"] == "overall"}
    popular, fusion = rows["popularity"], rows["combined"]
    assert float(popular["coverage"]) < float(fusion["coverage"])
    assert float(popular["novelty"]) < float(fusion["novelty"])
    assert float(popular["shown_popularity"]) > float(fusion["shown_popularity"])
    assert popular["taken_popularity"] == fusion["taken_popularity"]
    assert all(0 <= float(row["miscalibration"]) < 4.7 for row in rows.values())


def test_dry_run_names_what_runs_and_why(market: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    with (copy / "data" / "follows.csv").open("a") as stream:
        stream.write((copy / "data" / "follows.csv").read_text().splitlines()[1] + "\n")
    out, _ = run(capsys, "build", str(copy), "--dry-run")
    lines = dict(line.split(": ", 1) for line in out.splitlines())
    assert lines["load"] == "runs: its inputs, settings or code changed"
    assert lines["report"].startswith("runs: after")
    out, _ = run(capsys, "build", str(copy), "--dry-run", "--force", "segments")
    assert "segments: runs" in out


def test_recommendations_leave_owned_items_out_and_their_reasons_hold(
    market: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, err = run(capsys, "recommend", "--segment", "S1", "-k", "5", "-w", str(market), "--target", "product")
    assert "by model product/" in err
    rows = records(out)
    assert rows
    graph = graph_of(market)
    edges = graph.edges(EdgeKey("Person", "BOUGHT", "Product"))
    owned = set(zip(graph.ids("Person").ids(edges.src), graph.ids("Product").ids(edges.dst), strict=True))
    assert not owned & {(r["user_id"], r["item_id"]) for r in rows}
    assert all(r["reason"] and r["segment_id"] == "S1" for r in rows)
    assert [int(r["rank"]) for r in rows[:5]] == [1, 2, 3, 4, 5]


def test_do_not_contact_is_obeyed_everywhere(market: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out, _ = run(capsys, "kol", "rank", "-n", "3", "-w", str(market))
    barred = [r["id"] for r in records(out)]
    file = tmp_path / "exclude.csv"
    file.write_text("user_id\n" + "\n".join(barred) + "\n")
    out, _ = run(capsys, "kol", "rank", "-n", "1000", "-w", str(market), "--exclude", str(file))
    assert not set(barred) & {r["id"] for r in records(out)}
    out, _ = run(capsys, "campaign", "plan", "--seeds", "5", "-w", str(market), "--exclude", str(file))
    assert not set(barred) & {r["person"] for r in records(out)}
    out, _ = run(capsys, "recommend", *barred, "-w", str(market), "--exclude", str(file))
    assert records(out) == []


def test_a_budget_is_kept(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "campaign", "plan", "--budget", "20000", "-w", str(market))
    rows = records(out)
    assert rows
    assert sum(float(r["cost"]) for r in rows) <= 20000
    assert float(rows[-1]["cumulative_cost"]) == pytest.approx(sum(float(r["cost"]) for r in rows))


def test_a_product_makes_people_count_by_affinity(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = graph_of(market)
    item = graph.ids("Vehicle").ids([0])[0]
    out, err = run(capsys, "kol", "rank", "--product", item, "-w", str(market), "-n", "5")
    assert "affinities by model vehicle/" in err
    assert all(r["fit"] for r in records(out) if int(r["audience"]))
    run(capsys, "kol", "rank", "--product", "no such thing", "-w", str(market), code=2)


@pytest.mark.proof(one_in=3)
@pytest.mark.parametrize(
    "command",
    [["recommend", "USER"], ["segment", "show", "S1"], ["kol", "rank"]],
    ids=" ".join,
)
def test_serving_loads_no_torch(command: list[str], market: Path) -> None:
    user = graph_of(market).ids("Person").ids([5])[0]
    words = [user if w == "USER" else w for w in command]
    code = (
        "import sys; from cli.app import run_command; code = run_command(sys.argv[1:]);"
        f"print(sorted(set({HEAVY}) & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "-w", str(market)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["csv", "json", "jsonl", "table"])
def test_formats_agree(name: str, market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "segment", "list", "-w", str(market), "-f", name)
    found: list[Any] = {
        "csv": records,
        "json": json.loads,
        "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
        "table": lambda text: text.splitlines()[1:],
    }[name](out)
    want, _ = run(capsys, "segment", "list", "-w", str(market), "-f", "csv")
    assert len(found) == len(records(want))
    if name != "table":
        assert [r["segment"] for r in found] == [r["segment"] for r in records(want)]


def test_parquet_needs_a_file(market: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run(capsys, "segment", "list", "-w", str(market), "-f", "parquet", code=2)
    run(capsys, "segment", "list", "-w", str(market), "-o", str(tmp_path / "s.parquet"))
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "s.parquet").num_rows >= 1


def test_write_back_is_idempotent_and_never_enters_a_snapshot(
    market: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    before = graph_of(copy).fingerprint
    run(capsys, "segment", "detect", "--write", "-w", str(copy))
    run(capsys, "segment", "detect", "--write", "-w", str(copy))
    run(capsys, "data", "snapshot", "-w", str(copy))
    assert graph_of(copy).fingerprint == before
    import duckdb

    with duckdb.connect(str(copy / "store" / "market.duckdb"), read_only=True) as store:
        assert store.execute("SELECT count(DISTINCT result_id) FROM result WHERE kind = 'segments'").fetchone() == (1,)


def test_cypher_reads_and_only_reads(market: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "cypher", "MATCH (u:User) RETURN count(u) AS users", "-w", str(market))
    assert records(out)[0]["users"] == str(int(graph_of(market).role("User").sum()))
    for text in (
        "MATCH (n) DETACH DELETE n",
        "LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l",
        "CALL dbms.listConfig()",
    ):
        _, err = run(capsys, "cypher", text, "-w", str(market), code=3)
        assert err.startswith("error: ")


@pytest.mark.proof
def test_every_named_query_can_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = run(capsys, "query", "list", "-f", "csv")
    names = [r["name"] for r in records(out)]
    assert len(names) >= 12
    for name in names:
        shown, _ = run(capsys, "query", "show", name)
        assert "MATCH" in shown


def test_missing_things_name_the_command_that_makes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["segment", "list"], ["recommend", "--all"], ["kol", "rank"], ["model", "show"], ["report", "build"]):
        _, err = run(capsys, *words, "-w", str(tmp_path), code=5)
        assert "graphvine" in err.split("hint:")[1]


def test_runs_are_listed_shown_and_pruned(market: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market / "runs", copy / "runs")
    out, _ = run(capsys, "run", "list", "-w", str(copy))
    count = len(records(out))
    assert count >= 1
    shown, _ = run(capsys, "run", "show", "latest", "-w", str(copy))
    assert json.loads(shown)["manifest"] == 1
    run(capsys, "run", "prune", "--keep", "1", "-w", str(copy))
    out, _ = run(capsys, "run", "list", "-w", str(copy))
    assert len(records(out)) == 1


@pytest.mark.proof
def test_a_changed_cell_and_a_barred_person_reach_every_later_step(
    market: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    vehicles = copy / "data" / "vehicles.csv"
    name = records(vehicles.read_text("utf-8"))[0]["name"]
    vehicles.write_text(vehicles.read_text("utf-8").replace(f",{name},", ",改名了的车,", 1), "utf-8")
    shown = records((copy / "exports" / "recommendations-vehicle.csv").read_text("utf-8-sig"))
    barred = shown[0]["user_id"]
    (copy / "barred.txt").write_text(barred + "\n")
    config = copy / "graphvine.toml"
    config.write_text('exclude = "barred.txt"\n' + config.read_text("utf-8"), "utf-8")
    before = graph_of(copy).fingerprint
    run(capsys, "build", str(copy))
    assert graph_of(copy).fingerprint != before
    page = (copy / "report.html").read_text("utf-8")
    assert f">{barred}<" not in page
    for target in ("product", "vehicle"):
        rows = records((copy / "exports" / f"recommendations-{target}.csv").read_text("utf-8-sig"))
        assert barred not in {r["user_id"] for r in rows}
    rows = records((copy / "exports" / "segments.csv").read_text("utf-8-sig"))
    assert barred not in {r["person"] for r in rows}
    assert {r["contact"] for r in rows} == {"true"}


def test_an_old_model_serves_new_people_and_old_segments_do_not(
    market: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    with (copy / "data" / "users.csv").open("a", encoding="utf-8") as stream:
        header = (copy / "data" / "users.csv").read_text("utf-8").splitlines()[0].split(",")
        stream.write(",".join("A0000" if column == "user_id" else "" for column in header) + "\n")
    run(capsys, "data", "load", "-w", str(copy))
    run(capsys, "data", "snapshot", "-w", str(copy))
    out, err = run(capsys, "recommend", "A0000", "U00001", "-k", "2", "-w", str(copy))
    rows = records(out)
    assert {r["user_id"] for r in rows} == {"A0000", "U00001"}
    assert {r["segment_id"] for r in rows} == {""}
    assert "older snapshot" in err
    assert "without any history: 1" in err
    run(capsys, "report", "build", "-w", str(copy))
    assert "another snapshot" in (copy / "report.html").read_text("utf-8")


def test_an_id_of_both_kinds_can_be_told_apart() -> None:
    from graph.columns import Nodes
    from graph.errors import ConfigError
    from graph.hetero import HeteroGraph
    from graph.ids import IdMap
    from graph.workflow.items import find_item

    graph = HeteroGraph.of({t: Nodes(IdMap.of(t, ["1", t[0]]), {}) for t in ("Product", "Vehicle")}, {})
    assert find_item(graph, "V") == ("Vehicle", 1)
    assert find_item(graph, "Vehicle:1") == ("Vehicle", 0)
    with pytest.raises(ConfigError, match="both"):
        find_item(graph, "1")
