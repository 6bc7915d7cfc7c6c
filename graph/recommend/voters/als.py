"""ALS: vectors of people and items whose products explain who chose what, found by alternating least squares.

The loss of Hu, Koren and Volinsky ("Collaborative filtering for implicit feedback datasets", ICDM 2008): every pair has
the preference 0 with a small weight, and every event the preference 1 with the weight of the interest. The penalty of a
vector grows with its number of events (Rendle et al., "Revisiting the performance of iALS on item recommendation
benchmarks", RecSys 2022), without which vectors of popular items are penalised too little and of rare ones too much.

People's vectors are not stored: one small system of equations gives the vector of whoever is asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.features import Features, Floats, Vocabulary, interests, product
from graph.recommend.parameters import target_weights, weights_of_json, weights_to_json
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

_ITEMS_PER_DIMENSION = 64
_DIMENSIONS = (32, 192)
# With fewer items the graph filter says the same, and better.
LEAST_ITEMS = 2000
# Length of the vectors that the iteration starts from.
_START = 0.1

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FittedAls(Fitted):
    """Vectors of items, and what is needed to find that of a person.

    Attributes:
        weights: Interest weights of the relations to items.
        vectors: float32 (m, d).
        background: Weight of a pair without an event, against 1 for an event of the strongest stage.
        penalty: Ridge penalty for each unit of weight that a person has.
    """

    kind: ClassVar[str] = "als"
    reasons: ClassVar[frozenset[str]] = frozenset({"together"})
    weights: dict[EdgeKey, float]
    vectors: Vectors
    background: float
    penalty: float

    def scores(self, features: Features, users: Int64) -> Floats:
        """Products of the person's vector with those of the items; 0 for people without events with items."""
        start, stop = self.vocabulary.span(self.target.node_type)
        own = interests(features, users, self.weights, vocabulary=self.vocabulary)[:, start:stop].tocsr()
        own.eliminate_zeros()
        values, vectors = self._rotated
        ridge = _ridge(own, self.background, self.penalty, len(vectors))
        people = np.zeros((len(users), vectors.shape[1]))
        for row in np.flatnonzero(np.diff(own.indptr) * min(vectors.shape[1], 1)).tolist():
            part = slice(own.indptr[row], own.indptr[row + 1])
            people[row] = _solution(values + ridge[row], vectors[own.indices[part]], own.data[part])
        return features.align_scores(product(people, vectors.T), self.vocabulary)

    @cached_property
    def _rotated(self) -> tuple[Floats, Floats]:
        """What all pairs without an event add to a system of equations, and the vectors, in its eigenvectors' basis."""
        return rotated(self.vectors, self.background)[:2]

    def state(self) -> ModelState:
        """The parameters as data."""
        facts = {
            "weights": weights_to_json(self.weights),
            "background": self.background,
            "penalty": self.penalty,
        }
        return ModelState(facts, {"vectors": self.vectors})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedAls:
        """The model that ``state()`` described."""
        weights, facts = weights_of_json(state.facts["weights"]), state.facts
        vectors = np.asarray(state.arrays["vectors"])
        return cls(target, vocabulary, weights, vectors, float(facts["background"]), float(facts["penalty"]))


@dataclass(frozen=True, slots=True)
class Als:
    """Alternating least squares.

    Attributes:
        dimensions: Length of the vectors; None takes one for each 64 items, 32 at least and 192 at most.
        unobserved: Total weight of the pairs without an event, in units of the total weight of the events.
        penalty: Ridge penalty for each unit of weight that a person or an item has.
        rounds: How often people and items are solved in turn.
    """

    dimensions: int | None = None
    unobserved: float = 18.0
    penalty: float = 0.005
    rounds: int = 4
    name: str = "als"

    def suits(self, split: Split) -> bool:
        """Only markets with many items."""
        return split.train.count(split.target.node_type) >= LEAST_ITEMS

    def fit(self, split: Split, rng: np.random.Generator) -> FittedAls:
        """Alternate between people and items; ``rng`` draws the vectors of items that it starts from."""
        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), target_weights(split)
        start, stop = vocabulary.span(target.node_type)
        people = np.arange(graph.count("Person"))
        seen = interests(Features(graph, target), people, weights, vocabulary=vocabulary)[:, start:stop].tocsr()
        seen.eliminate_zeros()
        width = self._width(seen)
        background = self.unobserved * float(seen.sum()) / max(seen.shape[0] * seen.shape[1], 1)
        vectors = (rng.standard_normal((stop - start, width)) * _START / max(width, 1) ** 0.5).astype(np.float32)
        transposed = seen.T.tocsr()
        transposed.sort_indices()
        for _ in range(self.rounds if width else 0):
            found = solve_rows(seen, vectors, background=background, penalty=self.penalty)
            vectors = solve_rows(transposed, found, background=background, penalty=self.penalty)
        return FittedAls(target, vocabulary, weights, vectors, background, self.penalty)

    def _width(self, seen: sp.csr_array) -> int:
        """Length of the vectors; 0, which makes every score 0, where fewer than two people have events."""
        if np.count_nonzero(np.diff(seen.indptr)) < 2:
            return 0
        least, most = _DIMENSIONS
        wanted = self.dimensions or int(np.clip(seen.shape[1] // _ITEMS_PER_DIMENSION, least, most))
        return int(min(wanted, *seen.shape))


def solve_rows(events: sp.csr_array, others: Vectors, *, background: float, penalty: float) -> Vectors:
    """The vectors x of the rows that minimise the loss with the vectors y of the columns kept: float32 (rows, d).

    x solves (background * Y^T Y + sum of w y y^T + penalty * (sum of w + background * columns) * I) x = sum of w y,
    where the sums run over the events of the row; it is 0 for a row without events. A row depends on no other.

    Args:
        events: (rows, columns), the weights w > 0.
        others: float32 (columns, d).
        background: Weight of a pair without an event.
        penalty: Ridge penalty for each unit of weight.
    """
    from graph.recommend.kernels import solve_systems

    result = np.zeros((events.shape[0], others.shape[1]))
    if others.shape[1]:
        values, vectors, turn = rotated(others, background)
        ridge = _ridge(events, background, penalty, events.shape[1])
        solve_systems(events.indptr, events.indices, events.data, values, ridge, vectors, result)
        result = result @ turn.T
    return result.astype(np.float32)


def rotated(vectors: Vectors, background: float) -> tuple[Floats, Floats, Floats]:
    """Eigenvalues of background * Y^T Y, float64 (d,), Y in the basis of its eigenvectors, (columns, d), and these.

    In that basis the part that all systems of equations have in common is diagonal, so that a system with few events
    needs no matrix of (d, d); see ``_solution``.
    """
    wide = vectors.astype(np.float64)
    values, turn = np.linalg.eigh(background * (wide.T @ wide))
    return np.maximum(values, 0.0), wide @ turn, turn


def _ridge(events: sp.csr_array, background: float, penalty: float, columns: int) -> Floats:
    """Ridge penalty of each row, float64 (rows,)."""
    found: Floats = penalty * (np.asarray(events.sum(axis=1)).ravel() + background * columns)
    return found


def _solution(diagonal: Floats, mine: Floats, weight: Floats) -> Any:
    """x of (diag(diagonal) + V^T W V) x = V^T w, for n events: V is (n, d), W = diag(w).

    With fewer events than dimensions it is D^-1 V^T z, where (W^-1 + V D^-1 V^T) z = 1 (the push-through identity).
    """
    from scipy.linalg.lapack import dposv

    if len(mine) < len(diagonal):
        scaled = mine / diagonal
        system = scaled @ mine.T
        system.flat[:: len(system) + 1] += 1.0 / weight
        return dposv(system, np.ones(len(mine)), lower=1)[1] @ scaled
    system = mine.T @ (mine * weight[:, None])
    system.flat[:: len(system) + 1] += diagonal
    return dposv(system, weight @ mine, lower=1)[1]


VOTER = Voter(FittedAls, (Als(),), order=60, form=Als)
