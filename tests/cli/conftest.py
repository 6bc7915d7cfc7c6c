"""Small markets, each made once by the commands themselves: a synthetic one, and a town whose answers are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.app import run_command
from graph.hetero import HeteroGraph
from tests.cli.town import write_town

USERS = 400


def graph_of(market: Path) -> HeteroGraph:
    """The latest snapshot of a workspace."""
    name = json.loads((market / "snapshots" / "latest.json").read_text())["latest"]
    return HeteroGraph.read(market / "snapshots" / name)


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which the whole job has run."""
    folder = tmp_path_factory.mktemp("market")
    assert run_command(["data", "synth", str(folder / "data"), "--users", str(USERS), "--seed", "3", "-q"]) == 0
    assert run_command(["init", str(folder), "--data", str(folder / "data"), "-q"]) == 0
    assert run_command(["build", str(folder)]) == 0
    return folder


def _made(folder: Path, *, empty: bool) -> Path:
    write_town(folder / "data", empty=empty)
    for words in (["init", str(folder), "--data", str(folder / "data"), "-q"], ["data", "load"], ["data", "snapshot"]):
        assert run_command([*words, *([] if words[0] == "init" else ["-w", str(folder), "-q"])]) == 0
    return folder


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town with segments and a model; nobody changes it."""
    folder = _made(tmp_path_factory.mktemp("town"), empty=False)
    assert run_command(["segment", "detect", "-w", str(folder), "-q"]) == 0
    assert run_command(["model", "train", "--no-gnn", "-w", str(folder), "-q"]) == 0
    return folder


@pytest.fixture(scope="session")
def ghost_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose files have headers and no records."""
    return _made(tmp_path_factory.mktemp("ghost"), empty=True)
