"""Make a world: the registry of worlds, and one function that writes a whole one or nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from graph.errors import ConfigError, DataError
from graph.worlds.ev.shape import RECIPE as EV_RETAIL
from graph.worlds.recipe import Recipe
from graph.worlds.rental.files import RECIPE as CAR_RENTAL
from graph.worlds.shop.files import RECIPE as E_COMMERCE
from graph.worlds.stages.events import NOISE
from graph.worlds.truth.oracle import adjusted_mutual_information, infer_communities
from graph.worlds.truth.planted import write_truth
from graph.worlds.version2.recipes import second_version
from graph.worlds.world import OnStep, World
from graph.worlds.writing.files import write_files

LEAST_USERS = 100

_FIRST = (EV_RETAIL, CAR_RENTAL, E_COMMERCE)
_SECOND = tuple(recipe for first in _FIRST for recipe in second_version(first))
FIRST_VERSION = tuple(recipe.name for recipe in _FIRST)
"""Names of version 1."""
WORLDS: Mapping[str, Recipe] = MappingProxyType({recipe.name: recipe for recipe in (*_FIRST, *_SECOND)})
"""By name: version 1 of the three kinds of market, then ``KIND-2`` and ``KIND-2-likeness``, see docs/worlds.md."""


@dataclass(frozen=True, slots=True)
class WorldReport:
    """What was written.

    Attributes:
        directory: Where the files are.
        world, users, seed: What was asked for.
        rows: Records of each CSV file, by name without ending.
        community_sizes: Real people in each planted community, falling or nearly so.
        bought_accounts: Rows of users.csv that are bought followers.
        noise: Share of dated events (KOL posts and follows aside) that follow no taste.
        oracle_ami: Adjusted mutual information of the oracle's communities over real people.
    """

    directory: Path
    world: str
    users: int
    seed: int
    rows: Mapping[str, int]
    community_sizes: tuple[int, ...]
    bought_accounts: int
    noise: float
    oracle_ami: float


def silent(_what: str, _count: int) -> None:
    """Report progress to nobody."""


def synthesise(
    directory: Path, *, world: str = "ev-retail", users: int = 5000, seed: int = 7, on_step: OnStep = silent
) -> WorldReport:
    """Write a seeded synthetic market with its mapping file and its truth.

    Everything is written into a temporary folder beside ``directory`` that takes its name at the end, so a run that
    fails or is stopped leaves no half of a world. The same world, users and seed give the same bytes.

    Args:
        directory: New or empty folder.
        world: Name in ``WORLDS``.
        users: Rows of users.csv, bought accounts included; at least 100.
        seed: Whole number >= 0.
        on_step: Told what is being made or written, and how many of it are done.

    Raises:
        ConfigError: the world is unknown, or users or seed are out of range.
        DataError: the folder is not empty, or is a file, or cannot be written.
    """
    _check(directory, world, users, seed=seed)
    recipe = WORLDS[world]
    made = recipe.make(recipe.shape, recipe.parameters, users=users, on_step=on_step, seed=seed, extend=recipe.extend)
    on_step("oracle", 0)
    oracle = _oracle(made)
    try:
        rows, causes = _publish(made, recipe, directory, oracle=oracle, on_step=on_step)
    except OSError as error:
        raise DataError(
            f"cannot write the world: {error.strerror or error}",
            file=str(directory),
            hint="choose a folder that can be written",
        ) from None
    community = made.people.community[~made.people.fake]
    noisy = sum(int((cause == NOISE).sum()) for cause in causes.values())
    return WorldReport(
        directory=directory,
        world=world,
        users=users,
        seed=seed,
        rows=MappingProxyType(rows),
        community_sizes=tuple(np.bincount(community, minlength=len(made.market.shares)).tolist()),
        bought_accounts=int(made.people.fake.sum()),
        noise=noisy / sum(len(cause) for cause in causes.values()),
        oracle_ami=oracle["ami"],
    )


def _oracle(made: World) -> dict[str, float]:
    """Score of the classifier that is given the planted profiles, over real people."""
    real = ~made.people.fake
    found = infer_communities(made)
    ami = adjusted_mutual_information(made.people.community[real], found[real])
    correct = float((found == made.people.community)[real].mean())
    return {"ami": round(ami, 6), "correct": round(correct, 6), "people": int(real.sum())}


def _check(directory: Path, world: str, users: int, *, seed: int) -> None:
    if world not in WORLDS:
        raise ConfigError(f"unknown world {world!r}", hint=f"worlds: {', '.join(WORLDS)}")
    if users < LEAST_USERS:
        raise ConfigError(f"a world of {users} users is too small", hint=f"ask for at least {LEAST_USERS} users")
    if seed < 0:
        raise ConfigError(f"seed {seed} is negative", hint="use a whole number from 0 on")
    if directory.is_file():
        raise DataError("there is a file of that name", file=str(directory), hint="name a new folder")
    if directory.is_dir() and any(directory.iterdir()):
        raise DataError(
            "the folder is not empty", file=str(directory), hint="name a new folder, or empty this one first"
        )


def _publish(
    made: World, recipe: Recipe, directory: Path, *, oracle: dict[str, float], on_step: OnStep
) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    try:
        export = recipe.export(made)
        rows, causes = write_files(made, recipe, draft, export=export, on_step=on_step)
        on_step("truth", 0)
        write_truth(made, draft / "truth", name=recipe.name, export=export, oracle=oracle, rows=rows, causes=causes)
        draft.chmod(0o755)
        # An empty folder of that name gives way to the finished one in a single step.
        os.replace(draft, directory)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return rows, causes
