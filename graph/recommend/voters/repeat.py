"""Repeat: ranks what the person looked at, saved or tried before and does not own yet, and what is bought again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, horizon
from graph.recommend.row_scores import Sparse, sparse_of_pairs
from graph.recommend.split import Split
from graph.recommend.target import Target, interest_events
from graph.text import Int64


@dataclass(frozen=True, eq=False)
class FittedRepeat(Fitted):
    """How often an event of each relation was followed by a stronger one.

    Attributes:
        rates: Relation to the share of its pairs that later reached a stronger positive stage.
        half_life: Seconds after which an event counts half.
    """

    kind: ClassVar[str] = "repeat"
    reasons: ClassVar[frozenset[str]] = frozenset({"visited"})
    rates: dict[str, float]
    half_life: float

    def scores(self, features: Features, users: Int64) -> Floats:
        """Sum over past events with the item of the relation's rate, halved by age."""
        return self.row_scores(features, users).dense()

    def row_scores(self, features: Features, users: Int64) -> Sparse:
        """The items that the person had to do with."""
        which, items, values = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
        for relation, rate in sorted(self.rates.items()):
            key = self.target.key(relation)
            rows = features.user_events(key, users)
            which.append(rows.which)
            items.append(rows.dst)
            values.append(rate * features.age_weights(key, rows.at, self.half_life) * rows.times)
        shape = len(users), features.n_items
        return sparse_of_pairs(np.concatenate(which), np.concatenate(items), np.concatenate(values), shape)

    def state(self) -> ModelState:
        """The parameters as data."""
        return ModelState({"rates": self.rates, "half_life": self.half_life}, {})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedRepeat:
        """The model that ``state()`` described."""
        return cls(target, vocabulary, dict(state.facts["rates"]), float(state.facts["half_life"]))


@dataclass(frozen=True, slots=True)
class Repeat:
    """Learns after which events people come back to the item."""

    name: str = "repeat"

    def suits(self, split: Split) -> bool:
        """Only markets where a person may be offered something that they had to do with before."""
        return set(split.target.relations) > set(split.target.owned)

    def fit(self, split: Split, rng: np.random.Generator) -> FittedRepeat:
        """Count conversions; nothing is drawn from ``rng``."""
        graph, target = split.train, split.target
        rates = {}
        for stage, relations in enumerate(target.stages):
            for relation in relations:
                if relation not in target.owned:
                    rates[relation] = _conversion(split, relation, stage)
        return FittedRepeat(target, Vocabulary.of(graph), rates, 2.0 * horizon(graph, target))


def _conversion(split: Split, relation: str, stage: int) -> float:
    """Share of the pairs of a relation that also have a stronger positive event; of a recurring relation, a second one.

    Smoothed: a tenth of a success in ten pairs is added.
    """
    graph, target = split.train, split.target
    width = max(graph.count(target.node_type), 1)
    events = interest_events(graph, target.key(relation))
    pairs, where = np.unique(events.src * width + events.dst, return_inverse=True)
    stronger = [
        interest_events(graph, target.key(r)) for names in target.stages[: min(stage, target.depth)] for r in names
    ]
    reached = np.concatenate([np.zeros(0, np.int64), *(e.src * width + e.dst for e in stronger)])
    if graph.meaning(target.key(relation)).recurring:
        reached = pairs[np.bincount(where, events.times, minlength=len(pairs)) > 1]
    return float((np.isin(pairs, reached).sum() + 0.1) / (len(pairs) + 10.0))


VOTER = Voter(FittedRepeat, (Repeat(),), order=50)
