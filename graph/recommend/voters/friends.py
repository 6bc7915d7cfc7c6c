"""Friends: ranks by what the people that a person follows or reacts to chose or promoted recently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, friend_weights, horizon, interest_weights
from graph.recommend.parameters import weights_of_json, weights_to_json
from graph.recommend.row_scores import Sparse
from graph.recommend.split import Split
from graph.recommend.target import SOURCE, Target
from graph.schema import EdgeKey
from graph.text import Int64

# Age at which an event of a friend counts half, in horizons (see ``features.horizon``).
_HALF_LIFE = 1.0


@dataclass(frozen=True, eq=False)
class FittedFriends(Fitted):
    """Weights of the events of friends.

    Attributes:
        weights: Relations from people to items, publishing included, with the weight of one event.
        half_life: Seconds after which an event counts half.
    """

    kind: ClassVar[str] = "friends"
    reasons: ClassVar[frozenset[str]] = frozenset({"friend"})
    weights: dict[EdgeKey, float]
    half_life: float

    def scores(self, features: Features, users: Int64) -> Floats:
        """ln(1 + sum over friends of friend weight * weighted events of the friend with the item, halved by age)."""
        return self.row_scores(features, users).dense()

    def row_scores(self, features: Features, users: Int64) -> Sparse:
        """The items that friends had to do with."""
        import scipy.sparse as sp

        friendship = friend_weights(features, users)
        friends = np.unique(friendship.indices).astype(np.int64)
        total = sp.csr_array((len(friends), features.n_items))
        for key, weight in sorted(self.weights.items()):
            rows = features.user_events(key, friends)
            value = weight * features.age_weights(key, rows.at, self.half_life) * rows.times * rows.liking
            total = total + sp.coo_array((value, (rows.which, rows.dst)), shape=total.shape).tocsr()
        found = (friendship[:, friends] @ total).tocsr()
        found.sort_indices()
        return Sparse(found.log1p())

    def state(self) -> ModelState:
        """The parameters as data."""
        return ModelState({"weights": weights_to_json(self.weights), "half_life": self.half_life}, {})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedFriends:
        """The model that ``state()`` described."""
        return cls(target, vocabulary, weights_of_json(state.facts["weights"]), float(state.facts["half_life"]))


@dataclass(frozen=True, slots=True)
class Friends:
    """The social voter."""

    name: str = "friends"

    def suits(self, split: Split) -> bool:
        """Only markets with ties between people."""
        return any(True for _ in split.train.keys(source=SOURCE, target=SOURCE))

    def fit(self, split: Split, rng: np.random.Generator) -> FittedFriends:
        """Take the half-life from the data; nothing is drawn from ``rng``."""
        graph, target = split.train, split.target
        weights = {k: w for k, w in interest_weights(graph, target).items() if k.target == target.node_type}
        return FittedFriends(target, Vocabulary.of(graph), weights, _HALF_LIFE * horizon(graph, target))


VOTER = Voter(FittedFriends, (Friends(),), order=30)
