"""Item-kNN: ranks items that are similar to the person's items, by the people that items have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, interests
from graph.recommend.parameters import (
    csr_arrays,
    csr_of_arrays,
    largest_of_product,
    target_weights,
    weights_of_json,
    weights_to_json,
)
from graph.recommend.ranking import tie_order
from graph.recommend.row_scores import Sparse
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True, eq=False)
class FittedItemKnn(Fitted):
    """A sparse matrix from items to similar items.

    Attributes:
        weights: Interest weights of the relations to items.
        similar: float64 (m, m), cosine of weighted columns, the largest of each row; zero diagonal.
    """

    kind: ClassVar[str] = "item-knn"
    reasons: ClassVar[frozenset[str]] = frozenset({"together"})
    weights: dict[EdgeKey, float]
    similar: sp.csr_array

    def scores(self, features: Features, users: Int64) -> Floats:
        """Sum over the person's items of interest times similarity."""
        return self.row_scores(features, users).dense()

    def row_scores(self, features: Features, users: Int64) -> Sparse:
        """The items that are similar to any of the person's."""
        start, stop = self.vocabulary.span(self.target.node_type)
        own = interests(features, users, self.weights, vocabulary=self.vocabulary)[:, start:stop]
        return Sparse(features.align_columns((own.tocsr() @ self.similar).tocsr(), self.vocabulary))

    def state(self) -> ModelState:
        """The parameters as data."""
        return ModelState({"weights": weights_to_json(self.weights)}, csr_arrays("similar", self.similar))

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedItemKnn:
        """The model that ``state()`` described."""
        start, stop = vocabulary.span(target.node_type)
        similar = csr_of_arrays("similar", state, (stop - start, stop - start))
        return cls(target, vocabulary, weights_of_json(state.facts["weights"]), similar)


@dataclass(frozen=True, slots=True)
class ItemKnn:
    """Item-kNN over all relations to the target.

    Attributes:
        k: ItemKnn kept per item.
        shrink: Added to the denominator of the cosine, so that two events do not make a perfect similarity.
    """

    k: int = 100
    shrink: float = 3.0
    name: str = "item-knn"

    def fit(self, split: Split, rng: np.random.Generator) -> FittedItemKnn:
        """Cosine similarity of inverse-frequency weighted item columns; nothing is drawn from ``rng``."""
        import scipy.sparse as sp

        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), target_weights(split)
        start, stop = vocabulary.span(target.node_type)
        people = np.arange(graph.count("Person"))
        seen = interests(Features(graph, target), people, weights, vocabulary=vocabulary)[:, start:stop]
        # An event of somebody with many events says less about which items go together.
        length = np.maximum(np.diff(seen.indptr), 1)
        rare = (sp.diags_array(np.log1p(length.max(initial=0) / length)) @ seen).tocsr()
        norm = np.sqrt(np.bincount(rare.indices, rare.data**2, minlength=stop - start))

        def cosine(block: sp.csr_array, first: int) -> None:
            rows = np.repeat(np.arange(first, first + block.shape[0]), np.diff(block.indptr))
            block.data /= norm[rows] * norm[block.indices] + self.shrink
            block.data[rows == block.indices] = 0.0

        place = tie_order(vocabulary.ids[target.node_type])
        found = largest_of_product(rare.T.tocsr(), rare, self.k, tie_order=place, adjust=cosine)
        return FittedItemKnn(target, vocabulary, weights, _single(found))


def _single(matrix: sp.csr_array) -> sp.csr_array:
    """The matrix rounded to float32, so that a model scores the same before and after it is saved."""
    return matrix.astype(np.float32)


VOTER = Voter(FittedItemKnn, (ItemKnn(),), order=10)
