"""What the network starts from: singular vectors and co-occurrence of the graph before a cut, in closed form.

Vectors of the whole training graph would contain the very pairs that the episodes ask about, so they are made for each
cut. Singular vectors are free up to a rotation, so those of each cut are turned towards those of the first one
(orthogonal Procrustes).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.features import Features, Vocabulary, interests
from graph.recommend.pair_features import Float32
from graph.recommend.parameters import largest_of_product
from graph.recommend.ranking import tie_order
from graph.recommend.singular_vectors import leading_vectors
from graph.recommend.target import SOURCE, Target
from graph.schema import EdgeKey

if TYPE_CHECKING:
    import scipy.sparse as sp

# Entries kept in each row of the co-occurrence matrix.
_NEIGHBOURS = 200
# Root mean square of the entries of the vectors.
_SIZE = 0.1
# Starts the iteration, so that equal graphs have equal vectors.
_SEED = 17


@dataclass(frozen=True, eq=False)
class ClosedForm:
    """The graph filter of one cut.

    Attributes:
        start: float32 (T, d), vectors of things.
        linear: float32 (T, m), degree-normalised co-occurrence, the largest entries of each row.
    """

    start: Float32
    linear: sp.csr_array


def closed_form(
    graph: HeteroGraph,
    target: Target,
    vocabulary: Vocabulary,
    weights: Mapping[EdgeKey, float],
    width: int,
    reference: Float32 | None,
) -> ClosedForm:
    """Vectors and co-occurrence of a graph.

    Args:
        graph: What is known.
        target: What is recommended.
        vocabulary: Numbers of the things.
        weights: Interest weights of relations.
        width: Length of the vectors; filled up with zeros where the graph has fewer.
        reference: Vectors of another cut to turn towards; None for the first one.
    """
    import scipy.sparse as sp

    seen = interests(Features(graph, target), np.arange(graph.count(SOURCE)), weights, vocabulary=vocabulary)
    person = 1.0 / np.sqrt(np.maximum(np.asarray(seen.sum(axis=1)).ravel(), 1e-9))
    degree = np.sqrt(np.maximum(np.asarray(seen.sum(axis=0)).ravel(), 1e-9))
    normal = (sp.diags_array(person) @ seen @ sp.diags_array(1.0 / degree)).tocsr().astype(np.float32)
    first, last = vocabulary.span(target.node_type)
    places = tie_order(vocabulary.ids[target.node_type])
    linear = largest_of_product(normal.T.tocsr(), normal[:, first:last], _NEIGHBOURS, tie_order=places)
    vectors = leading_vectors(normal, width, np.random.default_rng(_SEED))[1]
    vectors = np.pad(vectors, ((0, 0), (0, width - vectors.shape[1])))
    touched = degree > 1e-3
    vectors *= _SIZE / max(float(np.sqrt(np.square(vectors[touched]).mean())) if touched.any() else 0.0, 1e-9)
    if reference is not None:
        left, _, right = np.linalg.svd(vectors.T @ reference.astype(np.float64))
        vectors = vectors @ (left @ right)
    return ClosedForm(vectors.astype(np.float32), linear)
