"""Embeddings: what a graph neural network has learned, served without it.

A person is never stored. The person's vector is folded in at answering time from what the person, and those whom the
person listens to, have to do with things; so a new person is scored like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Floats, View, Vocabulary, friend_interests, interests, product
from graph.recommend.parameters import weights_of_json, weights_to_json
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True, eq=False)
class FittedEmbedding(Fitted):
    """Linear read-out of a trained encoder.

    Attributes:
        weights: Learned weights of the relations from people to things.
        friends: Learned weight of what friends are interested in, against one own event.
        inward: float32 (T, d), from things to the person's vector, degree normalisation included.
        outward: float32 (d, m), items of the target.
        bias: float32 (m,), what an item scores with anybody.
    """

    kind: ClassVar[str] = "gnn"
    reasons: ClassVar[frozenset[str]] = frozenset({"friend", "together"})
    weights: dict[EdgeKey, float]
    friends: float
    inward: np.ndarray
    outward: np.ndarray
    bias: np.ndarray

    def scores(self, view: View, users: Int64) -> Floats:
        """Inner products of folded-in people with items, plus the bias."""
        own = interests(view, users, self.weights, vocabulary=self.vocabulary)
        friend = friend_interests(view, users, self.weights, vocabulary=self.vocabulary)
        vectors = fold_in(own, friend, self.friends) @ self.inward
        scores = product(np.asarray(vectors, np.float64), self.outward) + self.bias
        return view.spread(scores, self.vocabulary)

    def state(self) -> ModelState:
        """The parameters as data."""
        facts = {"weights": weights_to_json(self.weights), "friends": self.friends}
        return ModelState(facts, {"inward": self.inward, "outward": self.outward, "bias": self.bias})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedEmbedding:
        """The model that ``state()`` described."""
        weights, friends = weights_of_json(state.facts["weights"]), float(state.facts["friends"])
        tables = (state.arrays[name] for name in ("inward", "outward", "bias"))
        return cls(target, vocabulary, weights, friends, *tables)


def fold_in(own: sp.csr_array, friend: sp.csr_array, weight: float) -> sp.csr_array:
    """A person's signal over things: own plus weighted friends', divided by the root of its sum, float64 (u, T)."""
    import scipy.sparse as sp

    signal = (own + weight * friend).tocsr()
    size = np.sqrt(np.maximum(np.asarray(signal.sum(axis=1)).ravel(), 1e-9))
    return (sp.diags_array(1.0 / size) @ signal).tocsr()


VOTER = Voter(FittedEmbedding)
