"""Nobody who is to be left out is in anything that any command gives out."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer

from cli.app import app, run_command
from graph.errors import ConfigError, DataError
from graph.store.neo4j.access import Access
from graph.trust.lists import Purpose
from tests.cli.conftest import graph_of
from tests.graph.trust.doubtful import RandomList, random_list

# Every command that gives out rows, and what it is called with here.
MASKED = {
    "build": ["build", "{w}", "--force", "segments"],
    "campaign plan": ["campaign", "plan", "--seeds", "8", "-w", "{w}", "--write"],
    "data export": ["data", "export", "Person", "-w", "{w}"],
    "kol rank": ["kol", "rank", "-n", "1000", "-w", "{w}", "--write"],
    "link next": ["link", "next", "--all", "-k", "5", "-w", "{w}"],
    "kol show": ["kol", "show", "{kol}", "-w", "{w}"],
    "recommend": ["recommend", "--all", "--target", "product", "-k", "4", "-w", "{w}", "--write"],
    "report build": ["report", "build", "-w", "{w}"],
    "segment detect": ["segment", "detect", "-w", "{w}", "--write"],
    "segment list": ["segment", "list", "-w", "{w}"],
    "segment show": ["segment", "show", "S1", "-w", "{w}"],
}
MORE = [
    ["segment", "show", "S1", "--members", "-w", "{w}"],
    ["segment", "show", "S2", "-w", "{w}"],
    ["data", "export", "Person-FOLLOWS-Person", "-w", "{w}"],
    ["recommend", "--segment", "S1", "--target", "vehicle", "-w", "{w}"],
]
# Commands that give out nobody, or the owner's own files and database as they stand.
PLAIN = {
    "cypher", "data check", "data describe", "data load", "data rejects fix", "data rejects list",
    "data rejects replay", "data snapshot", "data synth", "doctor", "init", "link train", "model compare",
    "model evaluate", "model list", "model promote", "model refresh", "model rollback", "model show",
    "model train", "query list", "query run", "query show", "run list", "run prune", "run show",
    "store compact", "store status", "store wipe",
}  # fmt: skip
WRITTEN = "MATCH (p:Person)-[r]->(x) WHERE r.derived RETURN DISTINCT p.id AS person"


def ask(capsys: pytest.CaptureFixture[str], words: list[str], code: int = 0, **places: str) -> str:
    """What a command gives out."""
    capsys.readouterr()
    assert run_command([word.format(**places) for word in words]) == code, capsys.readouterr().err
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return told.out


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def names_in(text: str, people: Any) -> set[str]:
    """The ids that stand in a text as words of their own."""
    return people & set(re.findall(r"\w+", text))


def files_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything that a workspace gives out, as text; what it keeps of everybody (store, snapshots) is no output."""
    import pyarrow.parquet as pq

    for part in ("report.html", "exports", "kols", "seeds", "recommendations", "runs", "build.json"):
        for file in sorted([folder / part] if (folder / part).is_file() else (folder / part).rglob("*")):
            if file.suffix == ".parquet":
                yield file, repr(pq.read_table(file).to_pylist())
            elif file.is_file():
                yield file, file.read_text("utf-8-sig")


@pytest.fixture(scope="module")
def prominent(market: Path, tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """People whom the outputs name first: KOLs, seeds, typical and influential members, friends in reasons."""
    file = tmp_path_factory.mktemp("prominent") / "rows.csv"

    def of(*words: str) -> list[dict[str, str]]:
        assert run_command([*words, "-w", str(market), "-o", str(file)]) == 0
        return rows(file.read_text("utf-8"))

    kols = [row["id"] for row in of("kol", "rank", "-n", "3")]
    seeds = [row["person"] for row in of("campaign", "plan", "--seeds", "3")]
    members = [row["what"] for row in of("segment", "show", "S1") if row["part"] in ("typical", "influential")]
    people = set(graph_of(market).ids("Person").texts)
    offers = of("recommend", "--all", "--target", "product")
    friends = sorted(set().union(*(names_in(row["reason"], people) for row in offers)))
    assert kols
    assert seeds
    assert members
    assert friends
    return frozenset([*kols, *seeds, *members[::2], *friends[:5], offers[0]["user_id"]])


def test_every_command_is_accounted_for() -> None:
    found = set()

    def walk(node: Any, path: tuple[str, ...]) -> None:
        for name, child in (getattr(node, "commands", None) or {}).items():
            walk(child, (*path, name))
        if not getattr(node, "commands", None):
            found.add(" ".join(path))
            assert (" ".join(path) in MASKED) == ("--exclude" in {o for p in node.params for o in p.opts}), path

    walk(typer.main.get_command(app), ())
    assert found == set(MASKED) | PLAIN


def check_outputs(copy: Path, one: RandomList, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Run every command with a list, first as it is, then going on in spite of its doubts, and look at all they give.

    Args:
        copy: The workspace.
        one: The list.
        file: Where it stands.
        capsys: Catches stdout.
    """
    for folder in ("runs", "exports", "kols", "seeds", "recommendations"):
        shutil.rmtree(copy / folder, ignore_errors=True)
    (copy / "report.html").unlink()
    kols = rows(ask(capsys, ["kol", "rank", "-n", "1000", "-f", "csv", "-w", "{w}"], w=str(copy)))
    places = {"w": str(copy), "kol": next(row["id"] for row in kols if row["id"] not in one.meant)}
    if one.doubtful:
        for words in MASKED.values():
            assert ask(capsys, [*words, "--exclude", str(file)], 4, **places) == ""
        assert not (copy / "exports").exists()
    for words in [*MASKED.values(), *MORE]:
        out = ask(capsys, [*words, "--exclude", str(file), "--exclude-unknown", "ok"], **places)
        assert out or words[0] in ("build", "report")
        assert not names_in(out, one.meant), words
    seen = set()
    for path, content in files_of(copy):
        seen.add(path.name)
        # A manifest names the doubtful ids, and whom they may be, for the record.
        told = [line for line in content.splitlines() if "is not known" not in line]
        assert not names_in("\n".join(told), one.meant), path
    assert {"report.html", "segments.csv", "kols.csv", "seeds.csv", "offers.parquet", "manifest.json"} <= seen
    written = ask(capsys, ["cypher", WRITTEN, "-n", "100000", "-f", "csv", "-w", str(copy)])
    assert len(rows(written)) > 100
    assert not names_in(written, one.meant)


@pytest.mark.proof
@pytest.mark.parametrize(("seed", "encoding"), [(0, "gb18030"), (2, "utf-16")])
def test_nobody_on_a_random_list_is_in_any_output(
    seed: int,
    encoding: str,
    market: Path,
    prominent: frozenset[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    one = random_list(sorted(prominent), np.random.default_rng(seed), most=len(prominent))
    file = tmp_path / "list.csv"
    file.write_bytes("\n".join(["user_id,备注", *(f'"{line}",甲' for line in one.lines)]).encode(encoding))
    assert one.meant
    ask(capsys, ["link", "train", "-w", str(copy)])
    check_outputs(copy, one, file, capsys)


@pytest.mark.proof
def test_nobody_on_a_random_list_is_in_any_output_of_a_market_on_a_server(
    market: Path,
    prominent: frozenset[str],
    neo4j_cleared: Access,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    given = {"URI": neo4j_cleared.uri, "USERNAME": neo4j_cleared.username, "PASSWORD": neo4j_cleared.password}
    for name, value in {**given, "DATABASE": neo4j_cleared.database}.items():
        monkeypatch.setenv(f"NEO4J_{name}", value)
    monkeypatch.setenv("GRAPHVINE_STORE", "neo4j")
    ask(capsys, ["data", "load", "-w", str(copy)])
    ask(capsys, ["data", "snapshot", "-w", str(copy)])
    assert graph_of(copy).fingerprint == graph_of(market).fingerprint
    one = random_list(sorted(prominent), np.random.default_rng(4), most=len(prominent))
    file = tmp_path / "list.txt"
    file.write_text("\n".join(one.lines), "utf-8")
    ask(capsys, ["link", "train", "-w", str(copy)])
    check_outputs(copy, one, file, capsys)


def test_a_notebook_has_the_same_mask(market: Path, prominent: frozenset[str], tmp_path: Path) -> None:
    import graphvine as gv

    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    file = tmp_path / "list.txt"
    file.write_text("\n".join([*sorted(prominent), "nobody"]), "utf-8")
    strict = gv.open(copy, exclude=file)
    for refused in (strict.segments, strict.recommend, strict.kols, lambda: strict.plan(seeds=1), strict.report):
        with pytest.raises(DataError, match="'nobody' is not known"):
            refused()
    with pytest.raises(ConfigError, match="unknown='OK' is not known"):
        gv.open(copy, exclude=file, unknown="OK")  # type: ignore[arg-type]
    found = gv.open(copy, exclude=file, unknown="ok")
    assert found.people.ids(Purpose.MARKETING) == prominent
    for frame in (found.recommend(k=2), found.kols(), found.plan(seeds=3), found.segments()):
        assert not names_in(frame.to_frame().to_csv(), prominent)
    assert not names_in(found.report().file.read_text("utf-8"), prominent)
    assert names_in(gv.open(copy).plan(seeds=3).to_frame().to_csv(), prominent)
    # A market that stays open follows its list.
    one = min(prominent)
    file.write_text(one, "utf-8")
    assert found.people.ids(Purpose.MARKETING) == {one}


def test_nobody_on_a_plain_list_is_in_any_output(
    market: Path, prominent: frozenset[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    file = tmp_path / "list.txt"
    file.write_text("\n".join(sorted(prominent)), "utf-8")
    ask(capsys, ["link", "train", "-w", str(copy)])
    check_outputs(copy, RandomList(tuple(sorted(prominent)), prominent, frozenset()), file, capsys)


def test_nobody_stands_in_a_report_that_was_made_of_older_results(
    market: Path, prominent: frozenset[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, page = tmp_path / "list.txt", tmp_path / "page.html"
    file.write_text("\n".join(prominent), "utf-8")
    ask(capsys, ["report", "build", "-w", str(market), "-o", str(page)])
    assert names_in(page.read_text("utf-8"), prominent)
    ask(capsys, ["report", "build", "-w", str(market), "-o", str(page), "--exclude", str(file)])
    assert not names_in(page.read_text("utf-8"), prominent)
    assert "when other people were left out" in page.read_text("utf-8")


def test_a_list_that_cannot_be_relied_on_stops_every_command(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = {
        "empty.txt": b"",
        "header.csv": b"user_id\n",
        "hole.csv": b"user_id,name\nU00001,Ann\n,Bob\n",
        "open.csv": b'user_id\n"U00001\n',
        "columns.csv": b"name,phone\nAnn,1\n",
        "bytes.txt": "U00001\n王\nU0\u200b0067\n".encode() + b"U\xff\xff2\n",
    }
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    for name in (*broken, "vanished.txt"):
        for words in ("segment list", "recommend U00002", "kol rank", "report build", "data export Person"):
            out = ask(capsys, [*words.split(), "-w", str(market), "--exclude", str(tmp_path / name)], 4)
            assert out == ""


def test_segments_are_not_kept_where_a_list_cannot_be_relied_on(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, file = tmp_path / "copy", tmp_path / "list.txt"
    shutil.copytree(market, copy)
    shutil.rmtree(copy / "segments")
    file.write_text("nobody\n", "utf-8")
    ask(capsys, ["segment", "detect", "-w", str(copy), "--exclude", str(file)], 4)
    assert not (copy / "segments").exists()


def test_it_is_told_that_somebody_asked_for_is_left_out(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "list.txt"
    kols = rows(ask(capsys, ["kol", "rank", "-f", "csv", "-w", str(market)]))
    file.write_text(f"U00001\n{kols[0]['id']}\n", "utf-8")
    place = ["-w", str(market), "--exclude", str(file)]
    assert run_command(["recommend", "U00001", "U00002", "-k", "1", "-f", "csv", *place]) == 0
    told = capsys.readouterr()
    assert [row["user_id"] for row in rows(told.out)] == ["U00002"]
    assert "people left out, as they may not be used for marketing: 1 of 2" in " ".join(told.err.split())
    for kol, why in ((kols[0]["id"], "may not be contacted: on a list of people to leave out"), ("x", "is not a KOL")):
        assert run_command(["kol", "show", kol, *place]) == 2
        assert f"{kol!r} {why}" in " ".join(capsys.readouterr().err.split())


def test_words_of_a_column_that_are_not_understood_grant_nothing_and_are_told(
    market: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cities = list(graph_of(market).nodes["Person"].columns["city"])
    often = max(sorted(set(cities) - {""}), key=cities.count)
    monkeypatch.setenv("GRAPHVINE_CONSENT__COLUMN", "city")
    assert run_command(["recommend", "--all", "-f", "csv", "-w", str(market)]) == 0
    told = capsys.readouterr()
    assert not rows(told.out)
    words = " ".join(told.err.split())
    assert f"{len(cities) - cities.count(''):,} people are granted nothing" in words
    assert f"most often {often!r} ({cities.count(often):,})" in words


@pytest.mark.proof
def test_a_skipped_step_leaves_no_export_of_an_earlier_build(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, everybody = tmp_path / "copy", tmp_path / "all.txt"
    shutil.copytree(market, copy)
    everybody.write_text("\n".join(graph_of(copy).ids("Person").texts), "utf-8")
    exports = {file.name for file in (copy / "exports").iterdir()}
    assert {"kols.csv", "seeds.csv"} < exports
    (copy / "exports" / "mine.csv").write_text("not of a build\n", "utf-8")
    assert run_command(["build", str(copy), "--exclude", str(everybody)]) == 0
    told = "".join(capsys.readouterr().err.split())
    assert "skipped:allKOLsareleftout" in told
    assert {file.name for file in (copy / "exports").iterdir()} == exports - {"kols.csv", "seeds.csv"} | {"mine.csv"}
    assert set(re.findall(r"exports/([\w-]+\.csv)", told)) == exports - {"kols.csv", "seeds.csv"}
    assert run_command(["build", str(copy), "-q"]) == 0
    assert {file.name for file in (copy / "exports").iterdir()} == exports | {"mine.csv"}


def test_init_proposes_a_file_of_people_to_leave_out_as_such(tmp_path: Path) -> None:
    from cli.settings import read_settings

    data = tmp_path / "data"
    data.mkdir()
    (data / "users.csv").write_text("user_id,city\nu1,Hefei\nu2,Wuhu\n", "utf-8")
    (data / "黑名单.csv").write_text("user_id\nu2\nu9\n", "utf-8")
    assert run_command(["init", str(tmp_path), "--data", str(data), "-q"]) == 0
    assert read_settings(tmp_path / "graphvine.toml").exclude == "data/黑名单.csv"
    (data / "dnc.txt").write_text("user_id\nu1\n", "utf-8")
    assert run_command(["init", str(tmp_path), "--data", str(data), "-q", "--force"]) == 0
    # Of two, the user has to say which.
    assert read_settings(tmp_path / "graphvine.toml").exclude == ""


def test_a_report_shows_no_segment_of_somebody_who_has_taken_profiling_back(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:

    from cli.session import Session
    from graph.workflow.report.collect import collect_report

    copy = tmp_path / "copy"
    shutil.copytree(market, copy)

    def segments() -> dict[str, str | None]:
        content = collect_report(Session.open(copy, quiet=True).workspace, {})
        return {row.user: row.segment for row in content.recommendations}

    before = segments()
    gone = next(person for person, segment in before.items() if segment)
    everybody = graph_of(copy).ids("Person").texts
    lines = [f"{p},{purpose},yes" for p in everybody for purpose in Purpose] + [f"{gone},profiling,withdrawn"]
    (copy / "consent.csv").write_text("\n".join(["person,purpose,granted", *lines]), "utf-8")
    config = (copy / "graphvine.toml").read_text("utf-8")
    (copy / "graphvine.toml").write_text(config.replace("# file = ", "file = "), "utf-8")
    assert segments() == {**before, gone: None}


def test_consent_by_purpose_in_a_file_and_in_a_column(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    config = (copy / "graphvine.toml").read_text("utf-8")
    (copy / "graphvine.toml").write_text(config.replace("# file = ", "file = "), "utf-8")
    words = ["recommend", "U00001", "U00002", "U00003", "-k", "1", "-w", str(copy), "-f", "csv"]
    ask(capsys, words, 4)
    answers = copy / "consent.csv"
    answers.write_text(
        "person,purpose,granted\nU00001,marketing,yes\nU00001,profiling,no\nU00002,profiling,是\nU00003,marketing,yes\n"
        "U00003,marketing,withdrawn\nnobody,marketing,yes\n",
        "utf-8",
    )
    assert [(r["user_id"], r["segment_id"]) for r in rows(ask(capsys, words))] == [("U00001", "")]
    exported = rows(ask(capsys, ["segment", "detect", "-w", str(copy), "-f", "csv"]))
    assert exported
    members = [
        row
        for segment in exported
        for row in rows(ask(capsys, ["segment", "show", segment["segment"], "--members", "-w", str(copy), "-f", "csv"]))
    ]
    assert {(row["person"], row["contact"]) for row in members} <= {("U00002", "false")}
    ask(capsys, ["kol", "rank", "-w", str(copy)], 5)
    answers.write_text("person,purpose,granted\nU 00001,marketing,no\n", "utf-8")
    ask(capsys, words, 4)
    answers.write_text("person,purpose,granted\nU00001,post,yes\n", "utf-8")
    ask(capsys, words, 4)


def test_a_sensitive_column_is_nowhere_until_a_reason_is_given(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(market, copy)
    schema = '[nodes.Person.columns]\ncity = { type = "text", sensitivity = "sensitive" }\n'
    (copy / "schema.toml").write_text(schema, "utf-8")
    export = ["data", "export", "Person", "-w", str(copy), "-f", "csv"]
    cards = [["segment", "show", "S1", "-w", str(copy)], ["segment", "list", "-w", str(copy)]]
    for words in (export, *cards):
        ask(capsys, words, 5)
    ask(capsys, ["data", "snapshot", "-w", str(copy)])
    # The segments are still those of the snapshot before.
    for words in cards:
        ask(capsys, words, 5)
    cities = {row["city"] for row in rows(ask(capsys, ["data", "export", "Person", "-w", str(market), "-f", "csv"]))}
    assert "city" not in rows(ask(capsys, export))[0]
    ask(capsys, ["segment", "detect", "-w", str(copy)])
    assert not [r for r in rows(ask(capsys, ["segment", "show", "S1", "-w", str(copy)])) if r["part"] == "city"]
    query = ["query", "run", "city-overview", "-w", str(copy), "-f", "csv"]
    ask(capsys, query, 2)
    monkeypatch.setenv("GRAPHVINE_SENSITIVE__COLUMNS", "Person.city")
    ask(capsys, export, 2)
    monkeypatch.setenv("GRAPHVINE_SENSITIVE__REASON", "the shops deliver by city")
    ask(capsys, ["data", "snapshot", "-w", str(copy)])
    assert {row["city"] for row in rows(ask(capsys, export))} == cities
    assert {row["city"] for row in rows(ask(capsys, query))} <= cities
