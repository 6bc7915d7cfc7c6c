"""Shape: the item types, relations, interests and seasons of one kind of market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from graph.worlds.stages.draws import Floats, Ints
from graph.worlds.stages.seasons import Calendar
from graph.worlds.writing.names import Interest


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between people and items of one type, and the file that holds its events.

    Attributes:
        name: Name of its file, without the ending.
        kind: Item type.
        share: Share of a person's own events; 0 for relations that only follow from others.
        view: Name of the relation for viewing the same item, or empty.
        adoption: Whether it is an adoption: it follows the buying season, and mostly an earlier view.
        spreads: Whether its adoptions spread along ties.
        once: ``ever``: at most one event per person; ``item``: at most one per person and item.
    """

    name: str
    kind: str
    share: float
    view: str = ""
    adoption: bool = False
    spreads: bool = False
    once: Literal["", "ever", "item"] = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A kind of community: its interests, its share of all communities, and its own calendar."""

    name: str
    share: float
    interests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of market.

    Attributes:
        interests: Themes of items.
        kinds: Item types; events refer to them by position.
        main: The item type with the more skewed popularity.
        relations: Relations of people with items; events refer to them by position.
        caused: For each item type that spreads along ties: the relations of caused adoptions, and their shares.
        promoted, mentioned: Item types that KOLs promote for money, and that they talk about.
        calendars: One per group of communities, or a single one.
        groups: Kinds of communities; empty where all are alike.
        session: Number of items that a KOL promotes at the same time (live stream); 0 where posts are single.
        kol_styles: Endings of stage names; ``玩转`` is followed by an interest.
        kol_english: Ending of the stage names that are English.
    """

    interests: tuple[Interest, ...]
    kinds: tuple[str, ...]
    main: str
    relations: tuple[Relation, ...]
    caused: Mapping[str, tuple[tuple[str, float], ...]]
    promoted: str
    mentioned: str
    calendars: tuple[Calendar, ...]
    groups: tuple[Group, ...] = ()
    session: int = 0
    kol_styles: tuple[str, ...] = ()
    kol_english: str = ""

    def index(self, relation: str) -> int:
        """Position of a relation."""
        return [r.name for r in self.relations].index(relation)

    def has(self, relation: str) -> bool:
        """Whether there is a relation of that name."""
        return any(r.name == relation for r in self.relations)

    @property
    def kind_of(self) -> Ints:
        """Position of the item type of each relation: int64 (r,)."""
        return np.array([self.kinds.index(r.kind) for r in self.relations])

    @property
    def view_of(self) -> Ints:
        """Position of the view of each relation, -1 where it has none: int64 (r,)."""
        return np.array([self.index(r.view) if r.view else -1 for r in self.relations])

    @property
    def is_adoption(self) -> np.ndarray:
        """bool (r,)."""
        return np.array([r.adoption for r in self.relations])

    @property
    def spreads(self) -> np.ndarray:
        """bool (r,)."""
        return np.array([r.spreads for r in self.relations])

    @property
    def mix(self) -> Floats:
        """Shares of a person's own events: float64 (r,)."""
        return np.array([r.share for r in self.relations])

    @property
    def spreading(self) -> tuple[str, ...]:
        """Item types that spread along ties."""
        return tuple(self.caused)

    @property
    def tags(self) -> np.ndarray:
        """Names of the interests: object (K,) of str."""
        return np.array([interest.tag for interest in self.interests], dtype=object)


def caused(**kinds: tuple[tuple[str, float], ...]) -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Relations of caused adoptions by item type, in the order given."""
    return MappingProxyType(kinds)
