from __future__ import annotations

from pathlib import Path

import pytest

from graph.worlds.synth import WorldReport, synthesise


@pytest.fixture(scope="session")
def default_world(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    """The default world, written once for all tests."""
    return synthesise(tmp_path_factory.mktemp("worlds") / "default")


@pytest.fixture(scope="session")
def default_directory(default_world: WorldReport) -> Path:
    return default_world.directory


@pytest.fixture(scope="session")
def rental(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    """A car-rental world, written once for all tests."""
    return synthesise(tmp_path_factory.mktemp("worlds") / "rental", world="car-rental", users=4000, seed=7)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    """An e-commerce world, written once for all tests."""
    return synthesise(tmp_path_factory.mktemp("worlds") / "shop", world="e-commerce", users=4000, seed=7)


@pytest.fixture(scope="session", params=["rental", "shop"])
def further(request: pytest.FixtureRequest) -> WorldReport:
    """Each of the worlds beside ev-retail."""
    made: WorldReport = request.getfixturevalue(request.param)
    return made
