"""One small market, built once by the command itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.app import run_command
from graph.hetero import HeteroGraph

USERS = 600


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
