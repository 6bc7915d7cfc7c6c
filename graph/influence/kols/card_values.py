"""KolCard and KolRanking: reach, audience quality and cost of each KOL, as plain values; ``ranking`` computes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from graph.notebook import html_table

if TYPE_CHECKING:
    import pandas as pd

# Key of the points that a score gets for unknown components.
UNKNOWN = "unknown"
TIERS = ((0, "nano"), (10_000, "micro"), (100_000, "mid"), (500_000, "macro"), (1_000_000, "mega"))


@dataclass(frozen=True, slots=True)
class KolCard:
    """One KOL; unknown numbers are None.

    Attributes:
        rank: 1 for the best score.
        id: External id.
        name: Display name.
        platform: Where the KOL publishes.
        tier: nano (below 10,000 followers), micro, mid (from 100,000), macro (from 500,000) or mega (from 1,000,000).
        followers: Number of followers as the platform states it.
        audience: Number of people in the graph who follow or react.
        score: 0..100, see `rank_kols`.
        reach: Expected spread of this KOL alone, in people, or in value where values were given; None where the
            platform's followers were not exported.
        exclusive: Part of the reach that no better-ranked KOL has.
        overlap: Share of the reach that `overlap_with` has too.
        overlap_with: Id of the better-ranked KOL with most common reach; None for the first, or without common reach.
        engagement: Reactions per person of the audience.
        authenticity: Share of real accounts in the audience, shrunk towards the share of all KOLs.
        fit: Mean affinity of the audience for the product, weighted by the KOL's activation probabilities.
        relevance: Share of the KOL's mentions and promotions that is about the target.
        cost: Price of one post in yuan.
        cost_per_reach: Cost divided by reach; 0 for a free KOL.
        parts: Points of each known component, and under ``unknown`` the points for unknown components; they add up
            to the score.
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
    """Cards by descending score, then by id.

    Attributes:
        cards: One per KOL that is not excluded.
        weights: Weight of each component in the score.
        sets: Number of reverse-reachable sets used for reach, exclusive and overlap.
        seed: The 64-bit key of their random stream.
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
        """Components of the score in order of ``weights``, then ``unknown``."""
        return (*self.weights, UNKNOWN)

    def rows(self) -> Iterator[dict[str, Any]]:
        """One flat dict per card; ``points_<component>`` holds the parts of the score.

        ``points_<component>`` is None where the component is unknown; ``points_unknown`` holds the points for these,
        None where all are known.
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
    """Tier for that number of followers; None where it is unknown.

    >>> tier_of(12_000), tier_of(None)
    ('micro', None)
    """
    return (
        None
        if followers is None
        else next((name for floor, name in reversed(TIERS) if followers >= floor), TIERS[0][1])
    )
