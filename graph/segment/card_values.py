"""The values of a segment's card (its profile), and how a segment is named; ``make_cards`` computes them.

Reading a card needs the standard library only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from graph.errors import PrerequisiteError

if TYPE_CHECKING:
    import pandas as pd

# Segments with a lower confidence are called exploratory.
EXPLORATORY = 0.5
# A segment is named after the first of these aspects in which one of its lifts is at least _NAMED_FROM.
_NAMING = ("tag", "category", "brand", "topic", "vehicle", "product", "kol", "city")
_NAMED_FROM = 1.2
# The aspect whose keys are people.
_PEOPLE_ASPECT = "kol"
_KNOWN_FOR = ("tag", "category", "brand", "vehicle", "product", "topic", "kol", "city")


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that members of a segment have more often than people in general.

    Attributes:
        aspect: ``tag``, ``city``, ``category``, ``brand``, ``energy_type``, ``body``, ``price_band``, ``kol``, or a
            node type in lower case.
        key: The value, or the id of the node.
        label: Text to show: the value, or the name of the node.
        lift: Share of members who have it divided by the share of all assigned people who have it, shrunk towards 1.
        people: Number of members who have it.
        of: Number of assigned people who have it.
    """

    aspect: str
    key: str
    label: str
    lift: float
    people: int
    of: int


@dataclass(frozen=True, slots=True)
class Spend:
    """What members paid, in yuan: number of buyers, total, and median per buyer."""

    buyers: int
    total: float
    median: float


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a ranked list and the score they are ranked by."""

    person: str
    score: float


@dataclass(frozen=True, slots=True)
class Card:
    """One segment.

    Attributes:
        id: S1, S2, ... by descending size.
        name: Made of its strongest traits; the same data gives the same name.
        size: Number of people.
        share: Share of all assigned people, in [0, 1].
        confidence: Mean Jaccard overlap with its best match in resamples, in [0, 1]; below .5 it is ``exploratory``.
        inside: Mean share of a member's edge weight that stays in the segment.
        traits: Aspects in fixed order, strongest trait first within each aspect.
        typical: Members with the largest share of their edge weight inside, discounted for short histories.
        influential: Members whom most other members follow or react to; the score is their number.
        spend: None where no purchase in the data has an amount.
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
        """Whether the segment recurs too rarely in resamples to be used without checking it by hand."""
        return self.confidence < EXPLORATORY

    def top(self, aspect: str) -> tuple[Trait, ...]:
        """The traits of one aspect, strongest first."""
        return tuple(t for t in self.traits if t.aspect == aspect)

    def as_dict(self) -> dict[str, Any]:
        """The card as a dict of JSON values."""
        return asdict(self)

    @staticmethod
    def of(values: Mapping[str, Any]) -> Card:
        """The inverse of ``as_dict``."""
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
        known = f"there are {self.cards[0].id} to {self.cards[-1].id}" if self.cards else "there are no segments"
        raise PrerequisiteError(f"no segment {segment!r}", hint=f"{known}: graphvine segment list")

    def without(self, people: Collection[str]) -> Cards:
        """The cards with these people removed: from the member lists, and from traits (KOLs whom members follow).

        Where that removes a trait, all segments are named anew from the remaining traits.
        """
        left = [
            replace(
                card,
                traits=tuple(t for t in card.traits if t.aspect != _PEOPLE_ASPECT or t.key not in people),
                typical=tuple(m for m in card.typical if m.person not in people),
                influential=tuple(m for m in card.influential if m.person not in people),
            )
            for card in self.cards
        ]
        if any(len(card.traits) < len(old.traits) for card, old in zip(left, self.cards, strict=True)):
            names = segment_names([card.id for card in left], [card.traits for card in left])
            left = [replace(card, name=name) for card, name in zip(left, names, strict=True)]
        return Cards(tuple(left))

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

    def as_dict(self) -> dict[str, Any]:
        """All cards by segment id, as JSON values."""
        return {card.id: card.as_dict() for card in self.cards}

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()))


def segment_names(ids: Sequence[str], found: Sequence[Sequence[Trait]]) -> list[str]:
    """A name per segment from its two strongest traits of one aspect; where it is taken, further traits are added."""
    names: list[str] = []
    for segment, traits in zip(ids, found, strict=True):
        strong = [t for aspect in _NAMING for t in traits if t.aspect == aspect and t.lift >= _NAMED_FROM]
        lead = [_display_label(t) for t in strong if t.aspect == strong[0].aspect][:2]
        rest = [_display_label(t) for t in strong if _display_label(t) not in lead]
        name = " + ".join(lead) or segment
        for label in rest:
            if name not in names:
                break
            name = f"{name} + {label}"
        names.append(name if name not in names else f"{name} ({segment})")
    return names


def _display_label(trait: Trait) -> str:
    """The label; with its aspect where the label is only a number."""
    return f"{trait.aspect} {trait.label}" if trait.label.isdigit() else trait.label
