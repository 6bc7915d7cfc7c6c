"""GNN: ranks by the vectors that a graph neural network (package ``gnn``) has learned, without needing torch.

No person is stored. A person's vector is computed when scoring (folded in) from the interests of the person and of
their friends, so that a new person is scored like any other. Training needs the extra ``gnn``, so that the voter takes
part only where a caller adds ``gnn.voter()``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, friend_interests, interests, product
from graph.recommend.parameters import weights_of_json, weights_to_json
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True, eq=False)
class FittedGnn(Fitted):
    """The tables of a trained encoder.

    Attributes:
        weights: Learned weights of the relations from people to things.
        friends: Learned weight of the friends' mean interests, against one own event.
        inward: float32 (T, d), vectors of things to sum into a person's vector, degree normalisation included.
        outward: float32 (d, m), vectors of the target's items.
        bias: float32 (m,), added to an item's score for everybody.
    """

    kind: ClassVar[str] = "gnn"
    reasons: ClassVar[frozenset[str]] = frozenset({"friend", "together"})
    weights: dict[EdgeKey, float]
    friends: float
    inward: np.ndarray
    outward: np.ndarray
    bias: np.ndarray

    def scores(self, features: Features, users: Int64) -> Floats:
        """Inner products of the people's vectors with the items' vectors, plus the bias."""
        own = interests(features, users, self.weights, vocabulary=self.vocabulary)
        friend = friend_interests(features, users, self.weights, vocabulary=self.vocabulary)
        vectors = fold_in(own, friend, self.friends) @ self.inward
        scores = product(np.asarray(vectors, np.float64), self.outward) + self.bias
        return features.align_scores(scores, self.vocabulary)

    def state(self) -> ModelState:
        """The parameters as data."""
        facts = {"weights": weights_to_json(self.weights), "friends": self.friends}
        return ModelState(facts, {"inward": self.inward, "outward": self.outward, "bias": self.bias})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedGnn:
        """The model that ``state()`` described."""
        weights, friends = weights_of_json(state.facts["weights"]), float(state.facts["friends"])
        tables = (state.arrays[name] for name in ("inward", "outward", "bias"))
        return cls(target, vocabulary, weights, friends, *tables)


def fold_in(own: sp.csr_array, friend: sp.csr_array, weight: float) -> sp.csr_array:
    """Own interests plus weighted interests of friends, divided by the square root of the sum, float64 (u, T)."""
    import scipy.sparse as sp

    signal = (own + weight * friend).tocsr()
    size = np.sqrt(np.maximum(np.asarray(signal.sum(axis=1)).ravel(), 1e-9))
    return (sp.diags_array(1.0 / size) @ signal).tocsr()


VOTER = Voter(FittedGnn)
