"""Graph filter: a closed-form low-pass filter on the bipartite graph of people and things, no training steps.

After GF-CF (Shen et al., "How powerful is graph convolution for recommendation?", CIKM 2021): the score of an item is
the person's signal passed through the normalised item-item graph, plus its projection on the leading singular vectors.
Here the graph holds every relation from people to things, so that searches and viewed vehicles also count for
products, and the mean signal of a person's friends is added to the person's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import (
    Features,
    Floats,
    Vocabulary,
    friend_interests,
    interest_weights,
    interests,
    product,
)
from graph.recommend.parameters import csr_arrays, csr_of_arrays, largest_of_rows, weights_of_json, weights_to_json
from graph.recommend.ranking import tie_order
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True, eq=False)
class FittedGraphFilter(Fitted):
    """The two parts of the filter, both from things (T) to the target's items (m).

    Attributes:
        weights: Interest weights of all relations to things.
        linear: float32 (T, m), degree-normalised co-occurrence, the largest of each row.
        inward: float32 (T, r), from things to the leading singular vectors.
        outward: float32 (r, m), and from there to items.
        ideal: Weight of the low-rank part.
        friends: Weight of the friends' mean interests, against one own event.
    """

    kind: ClassVar[str] = "filter"
    reasons: ClassVar[frozenset[str]] = frozenset({"friend", "together"})
    weights: dict[EdgeKey, float]
    linear: sp.csr_array
    inward: np.ndarray
    outward: np.ndarray
    ideal: float
    friends: float

    def scores(self, features: Features, users: Int64) -> Floats:
        """The person's signal through both parts."""
        own = interests(features, users, self.weights, vocabulary=self.vocabulary)
        if self.friends:
            own = (
                own + self.friends * friend_interests(features, users, self.weights, vocabulary=self.vocabulary)
            ).tocsr()
        linear = np.asarray((own @ self.linear).toarray(), np.float64)
        signal = np.asarray(own @ self.inward, np.float64)
        return features.align_scores(linear + self.ideal * product(signal, self.outward), self.vocabulary)

    def state(self) -> ModelState:
        """The parameters as data."""
        facts = {"weights": weights_to_json(self.weights), "ideal": self.ideal, "friends": self.friends}
        arrays = {**csr_arrays("linear", self.linear), "inward": self.inward, "outward": self.outward}
        return ModelState(facts, arrays)

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedGraphFilter:
        """The model that ``state()`` described."""
        start, stop = vocabulary.span(target.node_type)
        linear = csr_of_arrays("linear", state, (len(vocabulary), stop - start))
        return cls(
            target,
            vocabulary,
            weights_of_json(state.facts["weights"]),
            linear,
            state.arrays["inward"],
            state.arrays["outward"],
            float(state.facts["ideal"]),
            float(state.facts["friends"]),
        )


@dataclass(frozen=True, slots=True)
class GraphFilter:
    """The graph filter.

    Attributes:
        rank: Singular vectors kept.
        ideal: Weight of the low-rank part against the linear one.
        friends: Weight of the friends' mean interests, against one own event.
        neighbours: Entries kept per row of the linear part.
    """

    rank: int = 64
    ideal: float = 0.3
    friends: float = 0.5
    neighbours: int = 300
    name: str = "filter"

    def fit(self, split: Split, rng: np.random.Generator) -> FittedGraphFilter:
        """One sparse product and one randomised truncated SVD, whose start is drawn from ``rng``."""
        import scipy.sparse as sp

        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), interest_weights(graph, target)
        start, stop = vocabulary.span(target.node_type)
        people = np.arange(graph.count("Person"))
        seen = interests(Features(graph, target), people, weights, vocabulary=vocabulary)
        person = 1.0 / np.sqrt(np.maximum(np.asarray(seen.sum(axis=1)).ravel(), 1e-9))
        degree = np.sqrt(np.maximum(np.asarray(seen.sum(axis=0)).ravel(), 1e-9))
        normal = (sp.diags_array(person) @ seen @ sp.diags_array(1.0 / degree)).tocsr()
        linear = largest_of_rows(
            (normal.T @ normal[:, start:stop]).tocsr(),
            self.neighbours,
            tie_order=tie_order(vocabulary.ids[target.node_type]),
        )
        vectors = leading_vectors(normal, self.rank, rng)
        return FittedGraphFilter(
            target,
            vocabulary,
            weights,
            linear.astype(np.float32),
            (vectors / degree[:, None]).astype(np.float32),
            np.ascontiguousarray((vectors[start:stop] * degree[start:stop, None]).T.astype(np.float32)),
            self.ideal,
            self.friends,
        )


def _orthonormal(basis: Floats) -> Floats:
    """An orthonormal basis of the same space, by the small Gram matrix: QR of a tall matrix is slower."""
    values, mix = np.linalg.eigh(basis.T @ basis)
    kept = values > 1e-13 * max(float(values[-1]), 1e-300)
    result: Floats = basis @ (mix[:, kept] / np.sqrt(values[kept]))
    return result


def leading_vectors(matrix: sp.csr_array, rank: int, rng: np.random.Generator, *, rounds: int = 4) -> Floats:
    """Leading right singular vectors by subspace iteration, float64 (columns, rank), signs fixed.

    Args:
        matrix: (rows, columns).
        rank: Number of vectors; fewer are returned where the matrix is smaller.
        rng: Draws the start.
        rounds: Power iterations.
    """
    count = min(rank + 16, *matrix.shape)
    basis = rng.standard_normal((matrix.shape[1], count))
    for _ in range(rounds):
        basis = _orthonormal(matrix.T @ (matrix @ _orthonormal(basis)))
    image = matrix @ basis
    values, mix = np.linalg.eigh(image.T @ image)
    vectors: Floats = basis @ mix[:, np.argsort(-values, kind="stable")[: min(rank, count)]]
    largest = np.abs(vectors).argmax(axis=0)
    sign = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return vectors * np.where(sign == 0, 1.0, sign)


VOTER = Voter(FittedGraphFilter, (GraphFilter(),), order=20)
