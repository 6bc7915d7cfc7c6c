"""Reasons: one sentence for each recommended row, stating edges that are in the graph.

Reasons are tried in the order visited, friend, together, alike, popular. One of the first four is given only if the
model can give it (``Fitted.reason_codes``): a ranking by popularity is not explained by what friends bought. A model
that can tell by how much each kind of evidence has raised the score of a row (``Fitted.evidence``) is asked, and what
has not raised it is no reason. What most people share (an item, a brand, somebody whom everybody follows) does not set
a person apart and is never a reason. ``benchmarks/reasons.py`` takes the edges of reasons away, and sees what becomes
of the scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Fitted
from graph.recommend.features import Features, Vocabulary, interest_weights
from graph.recommend.reasons.too_common import common_people, common_things, distinguishing_values
from graph.recommend.target import SOURCE
from graph.schema import EdgeKey
from graph.schema.roles import WANTING
from graph.text import Int64, TextArray

_ALIKE_COLUMNS = ("model", "brand", "body", "energy_type", "category", "price_band")


@dataclass(frozen=True, eq=False)
class Explainer:
    """Finds reasons in one graph for the lists of one model.

    Attributes:
        features: The graph that the lists were made from.
        model: The model that ranked.
        unnamed: Numbers of people whose ids must not appear in any sentence.
    """

    features: Features
    model: Fitted
    unnamed: frozenset[int] = frozenset()

    @cached_property
    def space(self) -> Vocabulary:
        """Numbers of the things of this graph."""
        return Vocabulary.of(self.features.graph)

    @cached_property
    def keys(self) -> list[EdgeKey]:
        """Edge types from people to things, in the order in which they are quoted: strongest relations first."""
        rank = {relation: i for i, relation in enumerate(self.features.target.relations)}
        here = self.features.target.node_type
        return sorted(
            interest_weights(self.features.graph, self.features.target),
            key=lambda k: (k.target != here, self.publishes(k), rank.get(k.relation, len(rank)), k),
        )

    @cached_property
    def starts(self) -> list[int]:
        """The number that the things of each of ``keys`` start at."""
        return [self.space.span(key.target)[0] for key in self.keys]

    @cached_property
    def publishing(self) -> npt.NDArray[np.bool_]:
        """Which of ``_keys`` say what somebody published, bool; that shows no interest of their own."""
        return np.array([self.publishes(key) for key in self.keys], np.bool_)

    def publishes(self, key: EdgeKey) -> bool:
        """Whether the relation says what somebody has published."""
        return self.features.graph.meaning(key).role == "publish"

    def verb(self, key: EdgeKey) -> str:
        """The relation as a verb for a sentence."""
        return self.features.graph.meaning(key).verb

    @cached_property
    def handled(self) -> npt.NDArray[np.bool_]:
        """Items that somebody had, wanted or rated, returned or disliked ones included; bool (items,)."""
        handled = np.zeros(self.features.graph.count(self.features.target.node_type), np.bool_)
        for key in self.features.graph.keys(source=SOURCE, target=self.features.target.node_type):
            if self.features.graph.meaning(key).role in WANTING:
                handled[self.features.graph.edges(key).dst] = True
        return handled

    def name(self, node_type: str, number: int) -> str:
        """The display name of a thing, or its id."""
        nodes = self.features.graph.nodes[node_type]
        names = nodes.columns.get("name")
        text = names[number] if isinstance(names, TextArray) and node_type != SOURCE else ""
        return text or nodes.ids.texts[number]

    @cached_property
    def things(self) -> tuple[npt.NDArray[np.bool_], int]:
        """Which things most people share, and how many people have any thing."""
        wanting = [
            pair
            for pair, published in zip(zip(self.keys, self.starts, strict=True), self.publishing, strict=True)
            if not published
        ]
        return common_things(self.features.graph, wanting, len(self.space))

    @cached_property
    def followed_by_most(self) -> npt.NDArray[np.bool_]:
        """Whom most people follow or react to, bool (people,)."""
        return common_people(self.features.graph)

    @cached_property
    def attributes(self) -> list[tuple[str, list[str], Int64]]:
        """Attributes by which items can be alike, strongest first: name, values, and a number for each value (items,).

        A value is "", and its number -1, where it is missing or most items have it.
        """
        found = distinguishing_values(self.features.graph, self.features.target, _ALIKE_COLUMNS)
        return [(name, values, _numbered(values)) for name, values in found]


def _numbered(values: list[str]) -> Int64:
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))} | {"": -1}
    return np.array([numbers[value] for value in values], np.int64)
