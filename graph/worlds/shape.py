"""What one kind of market is made of: its item types, relations, interests and seasons, as plain values."""

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
        view: Relation in which the same item is looked at, or empty.
        adoption: Follows the season of buying, and mostly an earlier view.
        spreads: Passes along ties.
        once: ``ever``: at most one event per person; ``item``: one per person and item.
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
    """A kind of community: what it cares for and its share of the communities; it has a calendar of its own."""

    name: str
    share: float
    interests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of market.

    Attributes:
        interests: Themes that items share.
        kinds: Item types; positions in it are how events name a type.
        main: The item type with the heavier tail of popularity.
        relations: Relations of people with items; positions in it are how events name a relation.
        caused: For each item type that spreads along ties, what a caused adoption is: relations and their shares.
        promoted, mentioned: Item types that KOLs promote for money, and that they talk about.
        calendars: One for each group of communities, or a single one.
        groups: Kinds of communities; none where all are alike.
        session: Items that a KOL promotes in one sitting, at one time; 0 where each post stands alone.
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
    """What caused adoptions are, by item type, in the order given."""
    return MappingProxyType(kinds)
