"""Smooth: what the graph filter says when only the strongest common patterns are left; a fusion may count it against.

A person's signal is passed through the leading singular vectors, each weighted by its squared singular value, so that
items which everybody of a broad group chooses come first. Subtracting it from other voters sharpens them, as the
sharpening step of BSPM does (Choi et al., "Blurring-sharpening process models for collaborative filtering", SIGIR
2023): what remains is what is special to the person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, interest_weights, interests, product, summed_rows
from graph.recommend.parameters import weights_of_json, weights_to_json
from graph.recommend.singular_vectors import leading_vectors
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.recommend.voters.als import LEAST_ITEMS
from graph.recommend.voters.filter import people_by_things
from graph.schema import EdgeKey
from graph.text import Int64


@dataclass(frozen=True, eq=False)
class FittedSmooth(Fitted):
    """The way from things (T) over r patterns to the target's items (m).

    Attributes:
        weights: Interest weights of all relations to things.
        inward: float32 (T, r).
        outward: float32 (r, m).
    """

    kind: ClassVar[str] = "smooth"
    may_oppose: ClassVar[bool] = True
    weights: dict[EdgeKey, float]
    inward: np.ndarray
    outward: np.ndarray

    def scores(self, features: Features, users: Int64) -> Floats:
        """The person's signal through the patterns."""
        own = interests(features, users, self.weights, vocabulary=self.vocabulary)
        signal = summed_rows(own, self.inward).astype(np.float32)
        return features.align_scores(product(signal, features.as_float64(self.outward)), self.vocabulary)

    def state(self) -> ModelState:
        """The parameters as data."""
        arrays = {"inward": self.inward, "outward": self.outward}
        return ModelState({"weights": weights_to_json(self.weights)}, arrays)

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedSmooth:
        """The model that ``state()`` described."""
        weights = weights_of_json(state.facts["weights"])
        return cls(target, vocabulary, weights, state.arrays["inward"], state.arrays["outward"])


@dataclass(frozen=True, slots=True)
class Smooth:
    """The leading patterns of the graph.

    Attributes:
        rank: Singular vectors kept.
        person: Exponent of a person's number of events in the normalisation.
        tilt: Power of popularity by which popular items are preferred.
    """

    rank: int = 128
    person: float = 0.375
    tilt: float = 0.2
    name: str = "smooth"

    def suits(self, split: Split) -> bool:
        """Only markets with many items, as ALS."""
        return split.train.count(split.target.node_type) >= LEAST_ITEMS

    def fit(self, split: Split, rng: np.random.Generator) -> FittedSmooth:
        """One randomised truncated SVD, whose start is drawn from ``rng``."""
        import scipy.sparse as sp

        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), interest_weights(graph, target)
        start, stop = vocabulary.span(target.node_type)
        seen, degree = people_by_things(split, vocabulary, weights, self.person)
        values, vectors = leading_vectors((seen @ sp.diags_array(degree**-0.5)).tocsr(), self.rank, rng)
        power = degree[:, None] ** self.tilt
        inward = (vectors * values**2 / power).astype(np.float32)
        outward = np.ascontiguousarray((vectors * power)[start:stop].T.astype(np.float32))
        return FittedSmooth(target, vocabulary, weights, inward, outward)


VOTER = Voter(FittedSmooth, (Smooth(),), order=70, form=Smooth)
