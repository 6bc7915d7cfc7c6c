"""Popularity: ranks by how many people chose an item, of all time or recently; the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, horizon
from graph.recommend.row_scores import Shared
from graph.recommend.split import Split
from graph.recommend.target import Target, first_events
from graph.text import Int64

# A view says less than a purchase, but recent views are many; the weight was chosen by hand.
_WEAKER_EVENT = 0.2


@dataclass(frozen=True, eq=False)
class FittedPopularity(Fitted):
    """One number per item, the same for everybody.

    Attributes:
        strength: float64 (m,), ln(1 + people who chose the item).
    """

    kind: ClassVar[str] = "popularity"
    strength: Floats

    def scores(self, features: Features, users: Int64) -> Floats:
        """The same row for everybody."""
        return self.row_scores(features, users).dense()

    def row_scores(self, features: Features, users: Int64) -> Shared:
        """The row, once."""
        return Shared(features.align_scores(self.strength[None, :], self.vocabulary)[0], len(users))

    def state(self) -> ModelState:
        """The parameters as data."""
        return ModelState({}, {"strength": self.strength})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedPopularity:
        """The model that ``state()`` described."""
        return cls(target, vocabulary, state.arrays["strength"])


@dataclass(frozen=True, slots=True)
class Popularity:
    """Counts people per item.

    Attributes:
        window: ``all`` counts everybody who reached a positive stage with the item; ``recent`` counts positive events
            and, at a fifth, weaker ones, as often as they happened, halved for every stretch of time as long as the
            last tenth of events.
    """

    window: Literal["all", "recent"] = "all"

    @property
    def name(self) -> str:
        """How tables call it."""
        return "popularity" if self.window == "all" else "recency"

    def suits(self, split: Split) -> bool:
        """Without times nothing is recent."""
        return self.window == "all" or split.train.now is not None

    def fit(self, split: Split, rng: np.random.Generator) -> FittedPopularity:
        """Count; nothing is drawn from ``rng``."""
        graph, target = split.train, split.target
        count = graph.count(target.node_type)
        if self.window == "all":
            chosen = first_events(graph, target)
            pairs = np.unique(chosen.users * count + chosen.items)
            people = np.bincount(pairs % count, minlength=count).astype(np.float64)
        else:
            people = np.zeros(count)
            features, half_life = Features(graph, target), horizon(graph, target)
            for relation in target.relations:
                events = features.events(target.key(relation))
                weight = features.age_weights(target.key(relation), np.arange(len(events)), half_life)
                share = 1.0 if relation in target.positives else _WEAKER_EVENT
                people += share * np.bincount(events.dst, weight * events.times * events.liking, minlength=count)
        return FittedPopularity(target, Vocabulary.of(graph), np.log1p(people))


VOTER = Voter(FittedPopularity, (Popularity(), Popularity("recent")), order=0)
