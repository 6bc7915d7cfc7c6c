"""Person-kNN: ranks what similar people have, by the things that two people have in common.

How similar another person is to the one asked about is the sum over common items of the product of both interests, less
for popular items and less for people with many events; the score of an item is the sum of the similarities of the
nearest people who have it, again less for popular items. The exponents, and the number of nearest people, were found on
a validation part of Gowalla, held out per person.

No person is stored: the people are read from the graph that the question is asked of, as friends are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, interests
from graph.recommend.parameters import (
    largest_of_product,
    largest_of_rows,
    target_weights,
    weights_of_json,
    weights_to_json,
)
from graph.recommend.ranking import tie_order
from graph.recommend.row_scores import Sparse
from graph.recommend.split import Split
from graph.recommend.target import SOURCE, Target
from graph.recommend.voters.als import LEAST_ITEMS
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

# Exponents of the popularity of a common item, of the number of events of the other person, and of the popularity of
# the item that is scored.
_COMMON = 0.5
_OTHER = 0.6
_SCORED = 0.2
# Of an item that more people have, those are compared with of whose events it is the largest part, so that the cost of
# a person does not grow with the market.
_HOLDERS = 2000


@dataclass(frozen=True, slots=True)
class _Market:
    """What the people of a graph have; p people, m items of the model.

    Attributes:
        holders: float32 (m, p), interest in the item as far as it tells people apart, the largest of each item.
        having: float32 (p, m), interest in the item, less for popular ones.
        place: int64 (p,), place of a person among equally near ones.
    """

    holders: sp.csr_array
    having: sp.csr_array
    place: Int64


@dataclass(frozen=True, eq=False)
class FittedPersonKnn(Fitted):
    """How popular items are; the people are those of the graph.

    Attributes:
        weights: Interest weights of the relations to items.
        popularity: float64 (m,), sum of the interests of all people in the item, at least 1.
        k: Nearest people who are asked.
    """

    kind: ClassVar[str] = "person-knn"
    reasons: ClassVar[frozenset[str]] = frozenset({"together"})
    weights: dict[EdgeKey, float]
    popularity: Floats
    k: int

    def scores(self, features: Features, users: Int64) -> Floats:
        """Sum over the nearest people of similarity times interest; 0 where nobody has anything in common."""
        return self.row_scores(features, users).dense()

    def row_scores(self, features: Features, users: Int64) -> Sparse:
        """What the nearest people have, and the person had nothing to do with: a twin would say nothing else."""
        import scipy.sparse as sp

        market: _Market = features.kept((id(self), "market"), lambda: self._market(features))
        own = self._interests(features, users)

        def leave_out_self(block: sp.csr_array, start: int) -> None:
            asked = users[start : start + block.shape[0]]
            block.data[block.indices == np.repeat(asked, np.diff(block.indptr))] = 0.0

        near = largest_of_product(own, market.holders, self.k, tie_order=market.place, adjust=leave_out_self)
        found = (near @ market.having).tocsr()
        known = sp.csr_array((np.ones(own.nnz), own.indices, own.indptr), shape=own.shape)
        fresh = (found - found * known).tocsr()
        fresh.eliminate_zeros()
        return Sparse(features.align_columns(fresh, self.vocabulary))

    def _interests(self, features: Features, users: Int64) -> sp.csr_array:
        """Interest in the items, float64 (u, m)."""
        start, stop = self.vocabulary.span(self.target.node_type)
        return interests(features, users, self.weights, vocabulary=self.vocabulary)[:, start:stop].tocsr()

    def _market(self, features: Features) -> _Market:
        import scipy.sparse as sp

        graph = features.graph
        seen = self._interests(features, np.arange(graph.count(SOURCE)))
        amount = np.maximum(np.asarray(seen.sum(axis=1)).ravel(), 1e-9)
        telling = sp.diags_array(amount**-_OTHER) @ seen @ sp.diags_array(self.popularity**-_COMMON)
        place = tie_order(graph.ids(SOURCE).texts)
        holders = largest_of_rows(telling.T.tocsr(), _HOLDERS, tie_order=place)
        having = (seen @ sp.diags_array(self.popularity**-_SCORED)).tocsr()
        return _Market(holders.astype(np.float32), having.astype(np.float32), place)

    def state(self) -> ModelState:
        """The parameters as data."""
        return ModelState({"weights": weights_to_json(self.weights), "k": self.k}, {"popularity": self.popularity})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedPersonKnn:
        """The model that ``state()`` described."""
        weights = weights_of_json(state.facts["weights"])
        return cls(target, vocabulary, weights, state.arrays["popularity"], int(state.facts["k"]))


@dataclass(frozen=True, slots=True)
class PersonKnn:
    """Person-kNN over all relations to the target.

    Attributes:
        k: Nearest people who are asked.
    """

    k: int = 400
    name: str = "person-knn"

    def suits(self, split: Split) -> bool:
        """Only markets with many items, as ALS: with few of them everybody has something in common with everybody."""
        return split.train.count(split.target.node_type) >= LEAST_ITEMS

    def fit(self, split: Split, rng: np.random.Generator) -> FittedPersonKnn:
        """Count how popular items are; nothing is drawn from ``rng``."""
        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), target_weights(split)
        start, stop = vocabulary.span(target.node_type)
        people = np.arange(graph.count(SOURCE))
        seen = interests(Features(graph, target), people, weights, vocabulary=vocabulary)[:, start:stop]
        popularity = np.maximum(np.asarray(seen.sum(axis=0)).ravel(), 1.0)
        return FittedPersonKnn(target, vocabulary, weights, popularity, self.k)


VOTER = Voter(FittedPersonKnn, (PersonKnn(),), order=15)
