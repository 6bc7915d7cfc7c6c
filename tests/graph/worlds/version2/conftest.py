from __future__ import annotations

from pathlib import Path

import pytest

from graph.worlds.synth import WORLDS, WorldReport, silent, synthesise
from graph.worlds.world import World


def made(name: str, *, users: int, seed: int) -> World:
    """A world in memory."""
    recipe = WORLDS[name]
    return recipe.make(recipe.shape, recipe.parameters, users=users, on_step=silent, seed=seed, extend=recipe.extend)


@pytest.fixture(scope="session", params=["ev-retail-2", "car-rental-2", "e-commerce-2"])
def world(request: pytest.FixtureRequest) -> World:
    """Each world of version 2, in memory."""
    return made(request.param, users=4000, seed=3)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    """A small world of version 2, written once for all tests."""
    return synthesise(tmp_path_factory.mktemp("version2") / "world", world="ev-retail-2", users=300, seed=5)


@pytest.fixture(scope="session")
def likeness(tmp_path_factory: pytest.TempPathFactory) -> WorldReport:
    """The same without influence."""
    folder: Path = tmp_path_factory.mktemp("version2") / "likeness"
    return synthesise(folder, world="ev-retail-2-likeness", users=300, seed=5)
