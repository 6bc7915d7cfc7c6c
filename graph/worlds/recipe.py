"""Recipe: the definition of a world, that is its shape, its parameters and its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.worlds.parameters import Parameters
from graph.worlds.shape import Shape
from graph.worlds.stages.events import Extend
from graph.worlds.world import World, make_world
from graph.worlds.writing.tables import FileSpec, mapping_text

if TYPE_CHECKING:
    import pyarrow as pa

    from graph.worlds.writing.columns import Ids

Values = Callable[[FileSpec, np.ndarray, slice], "Mapping[str, pa.Array]"]
"""Further columns of a block of rows: the file, the positions of its events, and which rows of the file they are."""


@dataclass(frozen=True, slots=True)
class Export:
    """The world-specific part of the files; the rest is written the same way for all worlds.

    Attributes:
        nodes: The table of each file of nodes.
        values: Columns of events of people with items, in addition to ends and time.
        others: Blocks of further files that are derived from these events.
        truth: Further planted arrays, by name.
        facts: Further entries of truth.json.
    """

    nodes: Mapping[str, Callable[[], pa.Table]]
    values: Values
    others: Mapping[str, Callable[[Ids], Iterator[pa.Table]]] = field(default_factory=lambda: MappingProxyType({}))
    truth: Mapping[str, np.ndarray] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make a world.

    Attributes:
        name: Name of the world.
        shape: Item types, relations, interests and seasons.
        parameters: Numbers.
        files: The files.
        head: Comment lines of its mapping file.
        export: Makes the world-specific part of the files.
        extend: Further own events, see ``events.Extend``.
        schema: A schema.toml that extends the market schema, or empty.
        make: Makes the world in memory; takes the arguments of ``make_world``.
    """

    name: str
    shape: Shape
    parameters: Parameters
    files: tuple[FileSpec, ...]
    head: tuple[str, ...]
    export: Callable[[World], Export]
    extend: Extend | None = None
    schema: str = ""
    make: Callable[..., World] = make_world

    def mapping(self) -> str:
        """The text of mapping.toml."""
        return mapping_text(self.files, self.head)

    def file(self, name: str) -> FileSpec:
        """The file of that name."""
        return next(spec for spec in self.files if spec.name == name)
