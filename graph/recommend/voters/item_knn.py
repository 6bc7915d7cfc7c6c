"""Item-kNN: people who have to do with this also have to do with that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.recommend.base import Fitted, Parts
from graph.recommend.evaluation.metrics import places, top
from graph.recommend.features import Floats, View, Vocabulary, interest_weights, interests
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


def target_weights(split: Split) -> dict[EdgeKey, float]:
    """Interest weights of the relations that lead to the target's items."""
    weights = interest_weights(split.train, split.target)
    return {key: weight for key, weight in weights.items() if key.target == split.target.node_type}


def weights_to_json(weights: dict[EdgeKey, float]) -> list[list[object]]:
    """Edge weights as JSON values."""
    return [[*key, weight] for key, weight in sorted(weights.items())]


def weights_of_json(facts: list[list[object]]) -> dict[EdgeKey, float]:
    """The edge weights that ``weights_to_json`` described."""
    return {EdgeKey(str(a), str(b), str(c)): float(w) for a, b, c, w in facts}  # type: ignore[arg-type]


def strongest(matrix: sp.csr_array, k: int, *, place: Int64) -> sp.csr_array:
    """The k largest entries of each row; ties go to the column with the lower place."""
    import scipy.sparse as sp

    matrix.sort_indices()
    counts = np.diff(matrix.indptr)
    kept = np.ones(matrix.nnz, np.bool_)
    for row in np.flatnonzero(counts > k).tolist():
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        kept[part] = False
        kept[matrix.indptr[row] + top(matrix.data[part], k, place=place[matrix.indices[part]])] = True
    offsets = np.concatenate([[0], np.cumsum(np.minimum(counts, k))])
    return sp.csr_array((matrix.data[kept], matrix.indices[kept], offsets), shape=matrix.shape)


@dataclass(frozen=True, eq=False)
class FittedNeighbours(Fitted):
    """A sparse matrix from items to similar items.

    Attributes:
        weights: Interest weights of the relations to items.
        similar: float64 (m, m), cosine of weighted columns, the strongest of each row; zero diagonal.
    """

    kind: ClassVar[str] = "item-knn"
    weights: dict[EdgeKey, float]
    similar: sp.csr_array

    def scores(self, view: View, users: Int64) -> Floats:
        """Sum over the person's items of interest times similarity."""
        start, stop = self.vocabulary.span(self.target.node_type)
        own = interests(view, users, self.weights, vocabulary=self.vocabulary)[:, start:stop]
        return view.spread(np.asarray((own @ self.similar).toarray()), self.vocabulary)

    def parts(self) -> Parts:
        """The parameters as data."""
        return Parts({"weights": weights_to_json(self.weights)}, csr_parts("similar", self.similar))

    @classmethod
    def of_parts(cls, target: Target, vocabulary: Vocabulary, parts: Parts) -> FittedNeighbours:
        """The model that ``parts`` described."""
        start, stop = vocabulary.span(target.node_type)
        similar = csr_of_parts("similar", parts, (stop - start, stop - start))
        return cls(target, vocabulary, weights_of_json(parts.facts["weights"]), similar)


def csr_parts(name: str, matrix: sp.csr_array) -> dict[str, np.ndarray]:
    """A sparse matrix as three named arrays."""
    return {
        f"{name}.data": matrix.data.astype(np.float32),
        f"{name}.indices": matrix.indices.astype(np.int32),
        f"{name}.indptr": matrix.indptr.astype(np.int64),
    }


def csr_of_parts(name: str, parts: Parts, shape: tuple[int, int]) -> sp.csr_array:
    """The sparse matrix that ``csr_parts`` took apart; arrays stay memory-mapped where they are."""
    import scipy.sparse as sp

    data, indices, indptr = (parts.arrays[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return sp.csr_array((data, indices, indptr), shape=shape)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Item-kNN over all relations to the target.

    Attributes:
        k: Neighbours kept per item.
        shrink: Added to the co-occurrence norm, so that two events do not make a perfect similarity.
    """

    k: int = 100
    shrink: float = 3.0
    name: str = "item-knn"

    def fit(self, split: Split, rng: np.random.Generator) -> FittedNeighbours:
        """Cosine similarity of inverse-frequency weighted item columns; nothing is drawn from ``rng``."""
        import scipy.sparse as sp

        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), target_weights(split)
        start, stop = vocabulary.span(target.node_type)
        people = np.arange(graph.count("Person"))
        seen = interests(View(graph, target), people, weights, vocabulary=vocabulary)[:, start:stop]
        # People with many events say less per event.
        length = np.maximum(np.diff(seen.indptr), 1)
        rare = sp.diags_array(np.log1p(length.max() / length)) @ seen
        together = (rare.T @ rare).tocsr()
        norm = np.sqrt(together.diagonal())
        counts = together.tocoo()
        off = counts.row != counts.col
        row, col = counts.row[off], counts.col[off]
        value = counts.data[off] / (norm[row] * norm[col] + self.shrink)
        matrix = sp.coo_array((value, (row, col)), shape=together.shape).tocsr()
        place = places(vocabulary.ids[target.node_type])
        return FittedNeighbours(target, vocabulary, weights, _single(strongest(matrix, self.k, place=place)))


def _single(matrix: sp.csr_array) -> sp.csr_array:
    """The matrix rounded to float32, so that a model scores the same before and after it is saved."""
    return matrix.astype(np.float32)
