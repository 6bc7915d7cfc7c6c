"""EASE: the linear model from a person's items to all items, in closed form; for markets of a few thousand items.

After Steck ("Embarrassingly shallow autoencoders for sparse data", WWW 2019): with P the inverse of the ridged Gram
matrix of people by items, the weight from item i to item j is -P[i, j] / P[j, j], and 0 from an item to itself. Time
grows with the cube and memory with the square of the number of items, so that it says nothing above ``most_items``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, interests, product
from graph.recommend.parameters import target_weights, weights_of_json, weights_to_json
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64


@dataclass(frozen=True, eq=False)
class FittedEase(Fitted):
    """A dense matrix from items to items.

    Attributes:
        weights: Interest weights of the relations to items.
        between: float32 (m, m), what an event with the row's item adds to the column's; (0, 0) where nothing is said.
    """

    kind: ClassVar[str] = "ease"
    reasons: ClassVar[frozenset[str]] = frozenset({"together"})
    weights: dict[EdgeKey, float]
    between: np.ndarray

    def scores(self, features: Features, users: Int64) -> Floats:
        """Sum over the person's items of interest times weight; 0 where the market has too many items."""
        start, stop = self.vocabulary.span(self.target.node_type)
        if len(self.between) != stop - start:
            return np.zeros((len(users), features.n_items))
        own = interests(features, users, self.weights, vocabulary=self.vocabulary)[:, start:stop]
        return features.align_scores(product(own.toarray(), features.as_float64(self.between)), self.vocabulary)

    def state(self) -> ModelState:
        """The parameters as data."""
        return ModelState({"weights": weights_to_json(self.weights)}, {"between": self.between})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedEase:
        """The model that ``state()`` described."""
        weights = weights_of_json(state.facts["weights"])
        return cls(target, vocabulary, weights, np.asarray(state.arrays["between"]))


@dataclass(frozen=True, slots=True)
class Ease:
    """The closed-form linear item model.

    Attributes:
        penalty: Ridge penalty, in events.
        most_items: With more items than this nothing is fitted, and the voter says nothing.
    """

    penalty: float = 200.0
    most_items: int = 10_000
    name: str = "ease"

    def fit(self, split: Split, rng: np.random.Generator) -> FittedEase:
        """One inverse of an (m, m) matrix; nothing is drawn from ``rng``."""
        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), target_weights(split)
        start, stop = vocabulary.span(target.node_type)
        if stop - start > self.most_items:
            return FittedEase(target, vocabulary, weights, np.zeros((0, 0), np.float32))
        people = np.arange(graph.count("Person"))
        seen = interests(Features(graph, target), people, weights, vocabulary=vocabulary)[:, start:stop]
        gram = (seen.T @ seen).toarray()
        gram.flat[:: len(gram) + 1] += self.penalty
        inverse = np.linalg.inv(gram)
        between = -inverse / np.diag(inverse)
        np.fill_diagonal(between, 0.0)
        return FittedEase(target, vocabulary, weights, between.astype(np.float32))


VOTER = Voter(FittedEase, form=Ease)
