"""What is told about a segment, as plain values: nothing but the standard library is needed to read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from graph.errors import PrerequisiteError

if TYPE_CHECKING:
    import pandas as pd

EXPLORATORY = 0.5
_KNOWN_FOR = ("tag", "category", "brand", "vehicle", "product", "topic", "kol", "city")


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that people of a segment have more often than people at large.

    Attributes:
        aspect: ``tag``, ``city``, ``category``, ``brand``, ``energy_type``, ``body``, ``price_band``, ``kol``, or a
            node type in lower case.
        key: The value itself, or the id of the node.
        label: What to show: the name of the node, or the value.
        lift: Share in the segment over share among all assigned people, shrunk towards 1.
        people: Members of the segment who have it.
        of: Assigned people who have it.
    """

    aspect: str
    key: str
    label: str
    lift: float
    people: int
    of: int


@dataclass(frozen=True, slots=True)
class Spend:
    """What members paid: buyers, total and median per buyer, in the unit of the data (yuan)."""

    buyers: int
    total: float
    median: float


@dataclass(frozen=True, slots=True)
class Member:
    """A member and the figure that put them on the list."""

    person: str
    score: float


@dataclass(frozen=True, slots=True)
class Card:
    """One segment.

    Attributes:
        id: S1 is the largest.
        name: From its strongest traits; the same data gives the same name.
        size: Number of people.
        share: Of all assigned people.
        confidence: How well the segment recurs in resamples, in [0, 1]; below .5 it is ``exploratory``.
        inside: Mean share of a member's edge weight that stays in the segment.
        traits: Strongest first within each aspect, aspects in fixed order.
        typical: Members with the largest share inside, thin histories discounted.
        influential: Members with the most members who follow or react to them; score is their number.
        spend: None where no purchase has an amount.
    """

    id: str
    name: str
    size: int
    share: float
    confidence: float
    inside: float
    traits: tuple[Trait, ...]
    typical: tuple[Member, ...]
    influential: tuple[Member, ...]
    spend: Spend | None

    @property
    def exploratory(self) -> bool:
        """Whether the segment recurs too seldom to act on without a look at it."""
        return self.confidence < EXPLORATORY

    def top(self, aspect: str) -> tuple[Trait, ...]:
        """The traits of one aspect, strongest first."""
        return tuple(t for t in self.traits if t.aspect == aspect)

    def as_dict(self) -> dict[str, Any]:
        """The card ready for JSON."""
        return asdict(self)

    @staticmethod
    def of(values: Mapping[str, Any]) -> Card:
        """The card that ``as_dict`` was made from."""
        return Card(
            **{
                **values,
                "traits": tuple(Trait(**t) for t in values["traits"]),
                "typical": tuple(Member(**m) for m in values["typical"]),
                "influential": tuple(Member(**m) for m in values["influential"]),
                "spend": None if values["spend"] is None else Spend(**values["spend"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of one segmentation, largest segment first."""

    cards: tuple[Card, ...]

    def __len__(self) -> int:
        return len(self.cards)

    def __iter__(self) -> Iterator[Card]:
        return iter(self.cards)

    def __getitem__(self, segment: str) -> Card:
        """The card of that segment id.

        Raises:
            PrerequisiteError: there is no such segment.
        """
        for card in self.cards:
            if card.id == segment.upper():
                return card
        raise PrerequisiteError(f"no segment {segment!r}", hint="graphvine segment list")

    def rows(self) -> Iterator[dict[str, Any]]:
        """One dict per segment: segment, name, people, share, confidence, exploratory, inside, known_for,
        total_spend, median_spend."""
        for card in self.cards:
            strongest = [card.top(aspect)[0] for aspect in _KNOWN_FOR if card.top(aspect)][:3]
            yield {
                "segment": card.id,
                "name": card.name,
                "people": card.size,
                "share": round(card.share, 4),
                "confidence": round(card.confidence, 3),
                "exploratory": card.exploratory,
                "inside": round(card.inside, 3),
                "known_for": "; ".join(f"{t.label} x{t.lift:.1f} (n={t.people})" for t in strongest),
                "total_spend": None if card.spend is None else round(card.spend.total, 2),
                "median_spend": None if card.spend is None else round(card.spend.median, 2),
            }

    def trait_rows(self) -> Iterator[dict[str, Any]]:
        """One dict per segment and trait: segment, aspect, key, label, lift, people, of."""
        for card in self.cards:
            for trait in card.traits:
                yield {"segment": card.id, **asdict(trait), "lift": round(trait.lift, 4)}

    def as_dict(self) -> dict[str, Any]:
        """All cards by segment id, ready for JSON."""
        return {card.id: card.as_dict() for card in self.cards}

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()))
