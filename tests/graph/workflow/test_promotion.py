"""Which model serves: what passes, what is refused and why, what goes back, and what a refresh folds in."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.app import run_command
from cli.session import Session
from graph.errors import ModelError, PrerequisiteError
from graph.recommend.model_io import load_model
from graph.recommend.target import choose_target
from graph.recommend.train import train
from graph.recommend.voters.popularity import Popularity
from graph.workflow.build_steps import Job, build_steps
from graph.workflow.model_comparison import compare_models
from graph.workflow.model_history import find_model, read_history
from graph.workflow.model_refresh import refresh_model
from graph.workflow.models import Trainers, keep_model, kind_of, train_model
from graph.workflow.promotion import list_models, promote, roll_back, serve_first, settle
from graph.workflow.step_record import BuildRecord
from graph.workspace.workspace import Workspace
from tests.cli.town import DAY, DAYS, START, write_town

TARGET = "product"
KIND = kind_of(TARGET)


def commands(folder: Path, *lines: list[str]) -> None:
    for words in lines:
        assert run_command([*words, "-w", str(folder), "-q", "-o", str(folder / "out.csv")]) == 0


def opened(folder: Path) -> Workspace:
    return Session.open(folder, quiet=True).workspace


@pytest.fixture(scope="module")
def trained_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town with a model of the default voters that serves."""
    folder = tmp_path_factory.mktemp("town")
    write_town(folder / "data", empty=False)
    assert run_command(["init", str(folder), "--data", str(folder / "data"), "-q"]) == 0
    commands(folder, ["data", "load"], ["data", "snapshot"])
    workspace = opened(folder)
    serve_first(workspace, TARGET, train_model(workspace, TARGET), at=1)
    return folder


@pytest.fixture
def town(trained_town: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained_town, tmp_path / "town")


def worse_model(workspace: Workspace, name: str = "worse") -> Path:
    """A model of popularity alone, kept as a candidate: far worse in a town of two tastes."""
    graph = workspace.graph()
    found = train(graph, choose_target(graph, "Product"), voters=[Popularity(), Popularity("recent")], seed=7)
    return keep_model(workspace, TARGET, name, found.model, found.about, {"gains": found.report.gains})


def more_purchases(folder: Path) -> None:
    """A month in which the tea drinkers buy a new tea, a new person among them."""
    data = folder / "data"
    with (data / "users.csv").open("a") as stream:
        csv.writer(stream).writerow(["NEW"])
    with (data / "products.csv").open("a") as stream:
        csv.writer(stream).writerow(["T99", "tea T99", "tea"])
    with (data / "bought.csv").open("a") as stream:
        writer = csv.writer(stream)
        after = START + (DAYS + 1) * DAY
        for number in range(60):
            who = "NEW" if number < 3 else f"U{number:03}"
            writer.writerow([f"X{number:03}", who, "T99" if number > 3 else f"T0{number}", 20, after + number * 3_600])
    commands(folder, ["data", "load"], ["data", "snapshot"])


def test_the_first_model_serves_and_a_later_one_is_a_candidate(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="").name
    candidate = worse_model(workspace)
    assert read_history(workspace.folder, KIND).serving == first
    assert find_model(workspace.folder, KIND, "latest", command="") == candidate
    rows = {row["model"]: row for row in list_models(workspace, TARGET)}
    assert (rows[first]["serves"], rows[first]["served_by"], rows[first]["served_since"]) == (
        True, "first", "1970-01-01T00:00:01Z",
    )  # fmt: skip
    assert (rows["worse"]["serves"], rows["worse"]["served_by"]) == (False, None)


def test_a_worse_model_is_refused_with_the_figures(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="")
    candidate = worse_model(workspace)
    found = compare_models(workspace, candidate, first)
    assert found.difference.people == 80
    assert found.difference.high < 0
    assert "test period of their snapshot" in found.period
    with pytest.raises(ModelError, match=rf"does not take the place of {first.name}: worse: NDCG@10 0\.\d+ against"):
        promote(workspace, TARGET, candidate, at=2)
    assert read_history(workspace.folder, KIND).serving == first.name
    forced = promote(workspace, TARGET, candidate, at=3, force=True)
    assert (forced.how, read_history(workspace.folder, KIND).serving) == ("forced", "worse")
    # The other way round it passes, and going back finds the forced one.
    assert promote(workspace, TARGET, first, at=4).how == "promoted"
    assert roll_back(workspace, TARGET, at=5) == "worse"


def test_models_measured_with_lists_of_two_lengths_are_measured_anew_with_the_shorter(town: Path) -> None:
    workspace = opened(town)
    first, graph = workspace.folder.latest(KIND, command=""), workspace.graph()
    voters = [Popularity(), Popularity("recent")]
    short = train(graph, choose_target(graph, "Product"), voters=voters, k=3, seed=7)
    candidate = keep_model(workspace, TARGET, "short", short.model, short.about, {"gains": short.report.gains})
    found = compare_models(workspace, candidate, first)
    assert found.k == 3
    assert "test period" in found.period
    assert found.difference.first == pytest.approx(short.report.gains.mean(), abs=1e-6)
    kept = load_model(first).arrays["gains"]
    assert found.difference.second != pytest.approx(kept.mean(), abs=1e-6)


def test_a_model_that_one_of_its_voters_beats_is_refused(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="")
    saved = load_model(first)
    about = json.loads(json.dumps(dict(saved.about)))
    row = next(r for r in about["differences"] if r["slice"] == "overall" and r["against"] == "popularity")
    row.update(difference=-0.01, low=-0.02, high=0.002)
    candidate = keep_model(workspace, TARGET, "behind", saved.model, about, saved.arrays)
    with pytest.raises(ModelError, match="worse than its voter popularity alone on its own test period"):
        promote(workspace, TARGET, candidate, at=2)


def test_a_flipped_byte_is_refused_also_by_force_and_on_the_way_back(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="")
    candidate = worse_model(workspace)
    promote(workspace, TARGET, candidate, at=2, force=True)
    tables = first / "tables.safetensors"
    content = bytearray(tables.read_bytes())
    content[-5] ^= 1
    tables.write_bytes(content)
    for force in (False, True):
        with pytest.raises(ModelError, match="do not have the recorded hash"):
            promote(workspace, TARGET, first, at=3, force=force)
    with pytest.raises(ModelError, match="do not have the recorded hash"):
        roll_back(workspace, TARGET, at=3)
    with pytest.raises(ModelError, match="do not have the recorded hash"):
        refresh_model(workspace, TARGET, at=3, model=first.name)
    assert read_history(workspace.folder, KIND).serving == "worse"


def test_a_serving_model_that_cannot_be_read_gives_way(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="")
    candidate = worse_model(workspace)
    header = json.loads((first / "model.json").read_text("utf-8"))
    (first / "model.json").write_text(json.dumps({**header, "format": 1}), "utf-8")
    verdict = promote(workspace, TARGET, candidate, at=2)
    assert "can no longer be used: model format 1" in verdict.why


def test_there_is_nothing_to_go_back_to_after_the_first(town: Path) -> None:
    with pytest.raises(PrerequisiteError, match="no product model has served before"):
        roll_back(opened(town), TARGET, at=2)


def test_a_refresh_folds_in_what_is_new_and_takes_the_place_of_its_parent(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="")
    assert refresh_model(workspace, TARGET, at=2).new is False
    more_purchases(town)
    workspace = opened(town)
    found = refresh_model(workspace, TARGET, at=3)
    assert (found.new, found.serves) == (True, True)
    assert found.about["lineage"]["parent"] == first.name
    assert found.about["lineage"]["change"] == "refreshed"
    assert found.about["graph"] == workspace.graph().fingerprint
    assert found.drift is not None
    assert found.drift["events"] == pytest.approx(60 / 960, rel=0.01)
    assert found.drift["new_people"] == pytest.approx(3 / 60)
    assert found.drift["new_items"] == pytest.approx(56 / 60)
    assert "are with new items" in " ".join(found.due)
    change = read_history(workspace.folder, KIND).changes[-1]
    assert (change.model, change.how) == (found.folder.name, "refreshed")
    assert refresh_model(workspace, TARGET, at=4).new is False
    # A second refresh of the parent is the same model; going back is possible.
    tables = (found.folder / "tables.safetensors").read_bytes()
    again = refresh_model(workspace, TARGET, at=5, model=first.name)
    assert (again.folder, again.serves) == (found.folder, False)
    assert (again.folder / "tables.safetensors").read_bytes() == tables
    assert roll_back(workspace, TARGET, at=6) == first.name


def test_a_training_that_was_refused_counts_as_one(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="").name
    more_purchases(town)
    workspace = opened(town)
    candidate = worse_model(workspace)
    waiting = refresh_model(workspace, TARGET, at=2)
    assert (waiting.drift or {})["due"]
    assert waiting.due == ()
    assert waiting.later.startswith("worse was trained on what happened up to 2025-10-")
    assert waiting.later.endswith("and waits: graphvine model promote worse --target product")
    with pytest.raises(ModelError) as told:
        promote(workspace, TARGET, candidate, at=3)
    assert "graphvine model promote worse --target product --force" in told.value.hint
    again = refresh_model(workspace, TARGET, at=4)
    assert (again.new, again.due) == (False, ())
    assert "and was refused: worse: NDCG@10" in again.later or "and was refused: it is worse" in again.later
    assert not any("training anew is due" in sentence for sentence in again.told())
    # Once it serves, it is no longer a training in vain.
    promote(workspace, TARGET, candidate, at=5, force=True)
    assert refresh_model(workspace, TARGET, at=6, model=first).later == ""


def test_a_broken_model_is_listed_and_hides_no_other(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="").name
    for name, text in (("cut", '{"format": 4'), ("bare", '{"format": 4, "target": {"node_type": "Product"}}')):
        (worse_model(workspace, name) / "model.json").write_text(text, "utf-8")
    notes: list[str] = []
    workspace.listener = type(workspace.listener)(note=notes.append)
    rows = {row["model"]: row for row in list_models(workspace, TARGET)}
    assert set(rows) == {first, "cut", "bare"}
    assert rows[first]["ndcg"] > 0
    assert {rows[name]["ndcg"] for name in ("cut", "bare")} == {None}
    assert sum("is not a readable model" in note for note in notes) == 2


def test_scores_are_those_of_the_market_loaded_anew_from_its_files(town: Path, tmp_path: Path) -> None:
    """A new person and a new item: folded into the store that is there, and read again into a new one."""
    more_purchases(town)
    fresh = tmp_path / "fresh"
    shutil.copytree(town / "data", fresh / "data")
    assert run_command(["init", str(fresh), "--data", str(fresh / "data"), "-q"]) == 0
    commands(fresh, ["data", "load"], ["data", "snapshot"])
    shutil.copytree(town / "models", fresh / "models")
    scores = [scores_of(opened(folder), "NEW") for folder in (town, fresh)]
    assert np.abs(scores[0] - scores[1]).max() <= 1e-5
    assert np.ptp(scores[0]) > 0.1


def scores_of(workspace: Workspace, person: str) -> Any:
    model = load_model(refresh_model(workspace, TARGET, at=9).folder).model
    graph = workspace.graph()
    items = np.arange(graph.count("Product"))
    assert "T99" in graph.ids("Product").texts.to_list()
    return model.score(graph, np.repeat(graph.ids("Person").numbers([person]), len(items)), items)


def test_models_of_two_snapshots_are_compared_on_the_later_test_or_on_what_neither_knows(town: Path) -> None:
    workspace = opened(town)
    first, popular = workspace.folder.latest(KIND, command=""), worse_model(workspace, "popular")
    more_purchases(town)
    workspace = opened(town)
    later = train_model(workspace, TARGET)
    found = compare_models(workspace, later, first)
    assert "test period of the later one" in found.period
    assert "learned from a part of the period" in found.period
    assert compare_models(workspace, first, later).difference.difference == -found.difference.difference
    refreshed = refresh_model(workspace, TARGET, at=2).folder
    assert compare_models(workspace, refreshed, first).difference.difference == 0.0
    # Sixty purchases by 58 people lie after all that the two models of the first snapshot know.
    about = load_model(popular).about
    other = keep_model(
        workspace, TARGET, "asked-else", load_model(popular).model, {**about, "questions": "else"},
        {"gains": load_model(popular).arrays["gains"]},
    )  # fmt: skip
    found = compare_models(workspace, first, other)
    assert "after all that either knows" in found.period
    assert found.difference.people >= 50


def test_a_build_keeps_the_better_model_and_gives_it_the_newest_tables(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="").name
    more_purchases(town)
    notes: list[str] = []
    workspace = opened(town)
    workspace.listener = type(workspace.listener)(note=notes.append)
    settle(workspace, TARGET, worse_model(workspace), at=2)
    serving = workspace.folder.latest(KIND, command="")
    about = load_model(serving).about
    assert about["lineage"]["parent"] == first
    assert about["graph"] == workspace.graph().fingerprint
    assert any("worse does not take the place of" in note and serving.name in note for note in notes)
    settle(workspace, TARGET, train_model(workspace, TARGET), at=3)
    assert read_history(workspace.folder, KIND).changes[-1].how in {"promoted", "refreshed"}


def test_a_build_with_nothing_new_leaves_alone_which_model_serves_and_recommends_by_it(town: Path) -> None:
    workspace = opened(town)
    first = workspace.folder.latest(KIND, command="").name
    job = Job(workspace, None, None, 9, Trainers(), lambda *_: None, {}, {})
    steps = {step.name: step for step in build_steps(job)}
    record = BuildRecord.read(town / "build.json", code="", seed=7, forced=frozenset())
    before = record.key(steps["recommend-product"])
    steps["model-product"].publish(first)
    assert record.key(steps["recommend-product"]) == before
    promote(workspace, TARGET, worse_model(workspace), at=2, force=True)
    steps["model-product"].publish(first)
    assert read_history(workspace.folder, KIND).serving == "worse"
    assert record.key(steps["recommend-product"]) != before
    # Where the pointer is gone, the model of the build serves again.
    workspace.folder.pointer(KIND).unlink()
    steps["model-product"].publish(first)
    assert read_history(workspace.folder, KIND).serving == first
