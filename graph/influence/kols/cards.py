"""KOL cards as values: what each one would bring, how real and how fitting the audience is, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from graph.notebook import html_table

if TYPE_CHECKING:
    import pandas as pd

# The part of a score that stands for components that are not known.
UNKNOWN = "unknown"
TIERS = ((0, "nano"), (10_000, "micro"), (100_000, "mid"), (500_000, "macro"), (1_000_000, "mega"))


@dataclass(frozen=True, slots=True)
class KolCard:
    """One KOL; a number that cannot be known is None, never a default.

    Attributes:
        rank: 1 for the best score.
        id: External id.
        name: Display name.
        platform: Where the KOL publishes.
        tier: nano (below 10,000 followers), micro, mid (from 100,000), macro (from 500,000) or mega (from 1,000,000).
        followers: As the platform states them.
        audience: People in the graph who follow or react.
        score: 0..100, see `rank_kols`.
        reach: Expected spread of this KOL alone, in people, or in value where values were given; None where nobody of
            the platform's audience was exported.
        exclusive: The part of it that no better-ranked KOL brings.
        overlap: Share of it that `overlap_with` brings too.
        overlap_with: Id of the better-ranked KOL that shares most; None for the first, or where nothing is shared.
        engagement: Reactions per person of the audience.
        authenticity: Share of the audience that is genuine, shrunk to that of all KOLs.
        fit: Mean affinity of the audience for the product, weighted by how likely the KOL moves them.
        relevance: Share of the KOL's mentions and promotions that is about the target.
        cost: Price of one post in yuan.
        cost_per_reach: Cost over reach; 0 for a free one.
        parts: Points of each known component, and under ``unknown`` those that stand for the others; they add up to
            the score.
    """

    rank: int
    id: str
    name: str | None
    platform: str | None
    tier: str | None
    followers: int | None
    audience: int
    score: float
    reach: float | None
    exclusive: float | None
    overlap: float | None
    overlap_with: str | None
    engagement: float | None
    authenticity: float | None
    fit: float | None
    relevance: float | None
    cost: float | None
    cost_per_reach: float | None
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class KolRanking:
    """Cards by falling score, then by id.

    Attributes:
        cards: One per KOL that is not excluded.
        weights: Weight of each component in the score.
        sets: Reverse-reachable sets behind reach, exclusive and overlap.
        seed: The 64-bit key of their stream.
    """

    cards: tuple[KolCard, ...]
    weights: Mapping[str, float]
    sets: int
    seed: int

    def __repr__(self) -> str:
        best = ", ".join(f"{card.id} ({card.score:.0f})" for card in self.cards[:3])
        return f"<KolRanking: {len(self.cards):,} KOLs, the best {best}>"

    def _repr_html_(self) -> str:
        columns = ("rank", "id", "name", "platform", "tier", "score", "reach", "cost", "followers")
        rows = ([row[name] for name in columns] for row in self.rows())
        return html_table(f"{len(self.cards):,} KOLs by score", columns, rows)

    @property
    def components(self) -> tuple[str, ...]:
        """What a score is made of: the components in order of the weights, then ``unknown``."""
        return (*self.weights, UNKNOWN)

    def rows(self) -> Iterator[dict[str, Any]]:
        """One flat dict per card; ``points_<component>`` holds the parts of the score.

        A part is None where the component is unknown; ``points_unknown`` holds the points that stand for those, None
        where there are none.
        """
        plain = [field.name for field in fields(KolCard) if field.name != "parts"]
        for card in self.cards:
            points = {f"points_{name}": card.parts.get(name) for name in self.components}
            yield {**{name: getattr(card, name) for name in plain}, **points}

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()))


def tier_of(followers: int | None) -> str | None:
    """Name of the tier with that many followers; None where they are unknown.

    >>> tier_of(12_000), tier_of(None)
    ('micro', None)
    """
    return (
        None
        if followers is None
        else next((name for floor, name in reversed(TIERS) if followers >= floor), TIERS[0][1])
    )
