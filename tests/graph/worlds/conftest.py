from __future__ import annotations

from pathlib import Path

import pytest

from graph.worlds import WorldReport, synthesise


@pytest.fixture(scope="session")
def default_world(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    """The default world, written once for all tests."""
    return synthesise(tmp_path_factory.mktemp("worlds") / "default")


@pytest.fixture(scope="session")
def default_directory(default_world: WorldReport) -> Path:
    return default_world.directory
