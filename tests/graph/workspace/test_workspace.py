"""The folder of a market: results by kind, the latest of each, and who must be left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.columns import Nodes
from graph.errors import ConfigError, DataError, PrerequisiteError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.trust.lists import Purpose
from graph.workspace.folder import WorkspaceFolder
from graph.workspace.listener import Listener
from graph.workspace.settings import ConsentSettings, Settings
from graph.workspace.workspace import Workspace

PEOPLE = IdMap.of("Person", ["A", "B", "C"])


def workspace(root: Path, settings: Settings | None = None, **options: object) -> tuple[Workspace, list[str]]:
    notes: list[str] = []
    made = Workspace(WorkspaceFolder(root), settings or Settings(), Listener(note=notes.append), **options)  # type: ignore[arg-type]
    return made, notes


def test_the_latest_result_is_the_published_one_and_a_beginning_finds_one(tmp_path: Path) -> None:
    folder = WorkspaceFolder(tmp_path)
    assert folder.latest_or_none("seeds") is None
    with pytest.raises(PrerequisiteError) as told:
        folder.latest("seeds", command="graphvine campaign plan")
    assert "graphvine campaign plan" in told.value.hint
    for name in ("abc1", "abd2"):
        (folder.results("seeds") / name).mkdir(parents=True)
        folder.publish("seeds", name)
    assert folder.latest("seeds", command="").name == "abd2"
    assert folder.find("seeds", "abc", command="").name == "abc1"
    assert [path.name for path in folder.all("seeds")] == ["abc1", "abd2"]
    with pytest.raises(ConfigError, match="fits 2 seeds"):
        folder.find("seeds", "ab", command="")
    with pytest.raises(PrerequisiteError):
        folder.find("seeds", "x", command="")


def test_a_latest_result_that_is_gone_counts_as_none(tmp_path: Path) -> None:
    folder = WorkspaceFolder(tmp_path)
    folder.publish("seeds", "gone")
    assert folder.latest_or_none("seeds") is None


def test_options_win_over_settings(tmp_path: Path) -> None:
    market, _ = workspace(tmp_path, Settings(seed=3, store="neo4j"))
    assert (market.seed, market.store_kind, market.unknown_ids) == (3, "neo4j", "stop")
    market, _ = workspace(tmp_path, Settings(seed=3), given_seed=5, given_store="embedded", given_unknown="ok")
    assert (market.seed, market.is_embedded, market.unknown_ids) == (5, True, "ok")
    with pytest.raises(ConfigError, match="without access to Neo4j"):
        _ = market.access


def test_without_lists_nobody_is_left_out(tmp_path: Path) -> None:
    market, notes = workspace(tmp_path)
    mask = market.mask(PEOPLE)
    assert not any(mask.barred(purpose).any() for purpose in Purpose)
    assert mask.left_out == {}
    assert market.people_sources.fingerprints() == {}
    assert notes == []


def test_a_list_that_cannot_be_relied_on_stops_everything(tmp_path: Path) -> None:
    market, _ = workspace(tmp_path, Settings(exclude="barred.txt"))
    with pytest.raises(DataError, match="no such file"):
        market.mask(PEOPLE)
    (tmp_path / "barred.txt").write_text("\n")
    with pytest.raises(DataError, match="holds no id"):
        market.mask(PEOPLE)
    (tmp_path / "barred.txt").write_text("A\nnobody\n")
    with pytest.raises(DataError, match="'nobody' is not known"):
        market.mask(PEOPLE)
    market, notes = workspace(tmp_path, Settings(exclude="barred.txt"), given_unknown="ok")
    assert market.mask(PEOPLE).ids(Purpose.MARKETING) == {"A"}
    assert "'nobody'" in notes[0]
    assert set(market.mask_facts()) == {"left_out", "doubts"}
    assert set(market.people_sources.fingerprints()) == {"exclude", "exclude_unknown"}


def test_consents_of_a_file_and_of_a_column_both_have_to_say_yes(tmp_path: Path) -> None:
    (tmp_path / "schema.toml").write_text('[nodes.Person]\ncolumns = { agreed = "boolean" }\n')
    (tmp_path / "consent.csv").write_text("person,purpose,granted\nA,marketing,yes\nB,marketing,yes\nB,profiling,yes\n")
    settings = Settings(consent=ConsentSettings(file="consent.csv", column="agreed"))
    market, _ = workspace(tmp_path, settings)
    nodes = Nodes(PEOPLE, {"agreed": np.array([1, 0, 1], np.int8)})
    graph = HeteroGraph.of({"Person": nodes}, {})
    graph.write(tmp_path / "snapshots" / graph.fingerprint[:16])
    market.folder.publish("snapshots", graph.fingerprint[:16])
    mask = market.mask(graph.ids("Person"))
    assert mask.ids(Purpose.MARKETING) == {"B", "C"}
    assert mask.ids(Purpose.PROFILING) == {"A", "B", "C"}
    market, _ = workspace(tmp_path, Settings(consent=ConsentSettings(column="strange")))
    with pytest.raises(ConfigError, match=r"no column Person\.strange"):
        market.mask(PEOPLE)
