"""The worlds of version 2: each kind of market, and a variant of it in which nobody influences anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.recipe import Export, Recipe
from graph.worlds.version2.make import make_world_2
from graph.worlds.version2.settings import CONTENTS, LIKENESS, SETTINGS, Settings
from graph.worlds.version2.truth import further_arrays, further_facts, planted_of
from graph.worlds.world import World
from graph.worlds.writing import attributes
from graph.worlds.writing.columns import choices
from graph.worlds.writing.tables import FileSpec

if TYPE_CHECKING:
    import pyarrow as pa

KOL_FILE = FileSpec(attributes.KOL_FILE.path, (*attributes.KOL_FILE.columns, "content"), node="Person", roles=("KOL",))
_CONTENT = '[nodes.Person]\ncolumns = { content = "text" }\n'
_SCHEMA_HEAD = "# What this market has beside the market schema.\n\n"


def second_version(recipe: Recipe) -> tuple[Recipe, Recipe]:
    """The world of version 2 of a kind of market, and its variant without influence."""
    return _recipe(recipe, "2", SETTINGS), _recipe(recipe, "2-likeness", LIKENESS)


def _recipe(recipe: Recipe, ending: str, settings: Settings) -> Recipe:
    files = tuple(KOL_FILE if spec == attributes.KOL_FILE else spec for spec in recipe.files)
    return replace(
        recipe,
        name=f"{recipe.name}-{ending}",
        parameters=replace(recipe.parameters, fake_share=settings.fake_share, interaction_rate=settings.yearly_posts),
        files=files,
        export=partial(_export, first=recipe.export),
        make=partial(make_world_2, settings=settings),
        schema=(recipe.schema + "\n" if recipe.schema else _SCHEMA_HEAD) + _CONTENT,
    )


def _export(world: World, *, first: Callable[[World], Export]) -> Export:
    """The export of version 1 with the content of KOLs, and what version 2 plants."""
    export = first(world)
    return replace(
        export,
        nodes=MappingProxyType({**export.nodes, "kols": lambda: _kol_table(world)}),
        truth=MappingProxyType({**export.truth, **further_arrays(world)}),
        facts=MappingProxyType({**export.facts, **further_facts(world)}),
    )


def _kol_table(world: World) -> pa.Table:
    """Rows of kols.csv, with what each KOL mostly posts."""
    content = np.asarray(planted_of(world).accounts.content)
    return attributes.kol_table(world).append_column("content", choices(CONTENTS, content))
