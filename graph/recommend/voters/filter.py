"""Graph filter: a closed-form low-pass filter on the bipartite graph of people and things, no training steps.

After GF-CF (Shen et al., "How powerful is graph convolution for recommendation?", CIKM 2021): the score of an item is
the person's signal passed through the normalised item-item graph, plus its projection on the leading singular vectors.
Here the graph holds every relation from people to things, so that searches and viewed vehicles also count for
products, and the mean signal of a person's friends is added to the person's own.

Which of two normalisations is used is chosen on validation: that of GF-CF, or one that counts people with many events
for more and prefers popular items in the linear half and less so in the other. The exponents of the second were found
on a validation part of Gowalla, held out per person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState, Voter
from graph.recommend.dense_rows import add_product
from graph.recommend.features import (
    Features,
    Floats,
    Vocabulary,
    friend_interests,
    interest_weights,
    interests,
    product,
    summed_rows,
)
from graph.recommend.parameters import csr_arrays, csr_of_arrays, largest_of_product, weights_of_json, weights_to_json
from graph.recommend.ranking import tie_order
from graph.recommend.singular_vectors import leading_vectors
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

_THINGS_PER_RANK = 80
_RANKS = (64, 512)
# Bounds the time that one person takes to score: singular vectors times things.
_MOST_PRODUCTS = 25_600_000


@dataclass(frozen=True, eq=False)
class FittedGraphFilter(Fitted):
    """The two parts of the filter, both from things (T) to the target's items (m).

    Attributes:
        weights: Interest weights of all relations to things.
        linear: float32 (T, m), degree-normalised co-occurrence, the largest of each row.
        inward: float32 (T, r), from things to the leading singular vectors.
        outward: float32 (r, m), and from there to items.
        ideal: Weight of the low-rank part beside the linear one.
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
        signal = summed_rows(own, self.inward).astype(np.float32)
        signal *= np.float32(self.ideal)
        result = product(signal, features.as_float64(self.outward))
        add_product(own, self.linear, result)
        return features.align_scores(result, self.vocabulary)

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
        rank: Singular vectors kept; None takes one for each 80 things, 64 at least and 512 at most, and fewer where
            there are more than 50,000 things.
        ideal: Weight of the low-rank part against the linear one, as a share of the largest squared singular value;
            with 0 no singular vectors are found, which takes half of the time.
        friends: Weight of the friends' mean interests, against one own event.
        neighbours: Entries kept per row of the linear part.
        person: Exponent of a person's number of events in the normalisation; 0.5 gives singular values of at most 1.
        inward: Exponent of the popularity of the things that the linear part comes from.
        outward: Exponent of the popularity of the items that it reaches.
        tilt: Power of popularity by which the low-rank part prefers popular items.
    """

    rank: int | None = None
    ideal: float = 0.3
    friends: float = 0.5
    neighbours: int = 800
    person: float = 0.5
    inward: float = 0.5
    outward: float = 0.5
    tilt: float = 0.5
    name: str = "filter"

    def settings(self) -> tuple[GraphFilter, GraphFilter]:
        """GF-CF as published, and the tilted form, which is better where there are many items."""
        return self, replace(self, person=0.375, inward=0.6, outward=0.3, tilt=0.2)

    def fit(self, split: Split, rng: np.random.Generator) -> FittedGraphFilter:
        """One sparse product and one randomised truncated SVD, whose start is drawn from ``rng``."""
        graph, target = split.train, split.target
        vocabulary, weights = Vocabulary.of(graph), interest_weights(graph, target)
        start, stop = vocabulary.span(target.node_type)
        seen, degree = people_by_things(split, vocabulary, weights, self.person)
        left, right = (_scaled(seen, degree**-power) for power in (self.inward, self.outward))
        place = tie_order(vocabulary.ids[target.node_type])
        linear = largest_of_product(left.T.tocsr(), right[:, start:stop], self.neighbours, tie_order=place)
        values, vectors = leading_vectors(_scaled(seen, degree**-0.5), self._rank(vocabulary), rng)
        power = degree[:, None] ** self.tilt
        return FittedGraphFilter(
            target,
            vocabulary,
            weights,
            linear,
            (vectors / power).astype(np.float32),
            np.ascontiguousarray((vectors * power)[start:stop].T.astype(np.float32)),
            self.ideal * float(values[:1].sum()) ** 2,
            self.friends,
        )

    def _rank(self, vocabulary: Vocabulary) -> int:
        if not self.ideal:
            return 0
        least, most = _RANKS
        most = max(least, min(most, _MOST_PRODUCTS // max(len(vocabulary), 1)))
        return self.rank or int(np.clip(len(vocabulary) // _THINGS_PER_RANK, least, most))


def people_by_things(
    split: Split, vocabulary: Vocabulary, weights: dict[EdgeKey, float], exponent: float
) -> tuple[sp.csr_array, Floats]:
    """What the filter reads: interests of all people, each row divided by a power of its sum, and the things' sums.

    Args:
        split: The data to fit on.
        vocabulary: Numbers of the things.
        weights: Interest weights of relations.
        exponent: The power.

    Returns:
        float32 (people, T), and float64 (T,), the sum of the interests in each thing, at least 1e-9.
    """
    import scipy.sparse as sp

    people = np.arange(split.train.count("Person"))
    seen = interests(Features(split.train, split.target), people, weights, vocabulary=vocabulary)
    person = np.maximum(np.asarray(seen.sum(axis=1)).ravel(), 1e-9) ** -exponent
    degree = np.maximum(np.asarray(seen.sum(axis=0)).ravel(), 1e-9)
    rows = (seen.data * np.repeat(person, np.diff(seen.indptr))).astype(np.float32)
    # Numbers of 32 bits, which halve the memory of products; T is far below two thousand million.
    narrow = (rows, seen.indices.astype(np.int32), seen.indptr.astype(np.int32))
    return sp.csr_array(narrow, shape=seen.shape), degree


def _scaled(matrix: sp.csr_array, columns: Floats) -> sp.csr_array:
    """The matrix with each column multiplied by a number, float32 as the matrix is."""
    import scipy.sparse as sp

    data = matrix.data * columns[matrix.indices].astype(np.float32)
    return sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


VOTER = Voter(FittedGraphFilter, (GraphFilter(),), order=20)
