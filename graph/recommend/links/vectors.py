"""Vectors of people: what they are interested in, and whom they follow and are followed by.

Interests are those of the graph filter (``voters/filter.py``): the normalised matrix of people by things on its leading
singular vectors. The vectors of things are kept in a model, so that people who come later get vectors too. Vectors of
ties belong to people; a model keeps none, they are computed anew for each graph, and only inner products of a
follower's with a followed person's vector are used, which no rotation changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.features import Features, Floats, Vocabulary, interest_weights, interests
from graph.recommend.links.features import Float32, LinkFeatures
from graph.recommend.singular_vectors import leading_vectors
from graph.recommend.target import Target
from graph.schema import PERSON

if TYPE_CHECKING:
    import scipy.sparse as sp

RANK = 64
# Of no item in particular, so that every relation to things counts alike.
_ANYTHING = Target("", (), 0, ())
# The start of the subspace iteration on ties; any will do, but scores of the same graph have to be the same.
_START = 20_261


def interest_basis(graph: HeteroGraph, vocabulary: Vocabulary, rng: np.random.Generator) -> Floats:
    """Vectors of things, float64 (T, r) with r <= ``RANK``, divided by the square roots of the things' sums.

    Args:
        graph: What is known.
        vocabulary: Numbers of the things.
        rng: Draws the start of the subspace iteration.
    """
    if not len(vocabulary):
        return np.zeros((0, 0))
    seen = _seen(graph, vocabulary)
    degree = np.sqrt(np.maximum(np.asarray(seen.sum(axis=0)).ravel(), 1e-9))
    scaled = _normalised(seen)
    scaled.data = scaled.data / degree[scaled.indices]
    vectors: Floats = leading_vectors(scaled, RANK, rng)[1] / degree[:, None]
    return vectors


def aligned(basis: Floats, reference: Floats) -> Floats:
    """The basis turned to lie as close to the reference as it can (orthogonal Procrustes), both (T, r)."""
    left, _, right = np.linalg.svd(basis.T @ reference)
    turned: Floats = basis @ (left @ right)
    return turned


def interest_vectors(features: LinkFeatures, vocabulary: Vocabulary, basis: Floats) -> Float32:
    """Own interests and the mean of the interests of tied people, each of length 1 or 0: float32 (P, 2 r)."""
    import scipy.sparse as sp

    own = _unit(np.asarray(_normalised(_seen(features.graph, vocabulary)) @ basis))
    degree = np.maximum(np.asarray(features.near.sum(axis=1)).ravel(), 1.0)
    around = sp.diags_array(1.0 / degree) @ features.near @ own
    return np.hstack([own, _unit(around)]).astype(np.float32)


def tie_vectors(features: LinkFeatures) -> tuple[Float32, Float32]:
    """Vectors of people as followers and as followed people, each of length 1 or 0: float32 (P, r) twice.

    From the leading singular vectors of the ties of any relation, each divided by the square roots of the numbers of
    ties of both ends.
    """
    ties = features.both.copy()
    out, inward = (np.sqrt(np.maximum(np.asarray(ties.sum(axis=a)).ravel(), 1.0)) for a in (1, 0))
    ties.data = ties.data / (np.repeat(out, np.diff(ties.indptr)) * inward[ties.indices])
    followed = leading_vectors(ties, RANK, np.random.default_rng(_START))[1]
    return _unit(ties @ followed).astype(np.float32), _unit(followed).astype(np.float32)


def _seen(graph: HeteroGraph, vocabulary: Vocabulary) -> sp.csr_array:
    people = np.arange(graph.count(PERSON))
    return interests(Features(graph, _ANYTHING), people, interest_weights(graph, _ANYTHING), vocabulary=vocabulary)


def _normalised(seen: sp.csr_array) -> sp.csr_array:
    """Each row divided by the square root of its sum."""
    sums = np.sqrt(np.maximum(np.asarray(seen.sum(axis=1)).ravel(), 1e-9))
    result = seen.copy()
    result.data = result.data / np.repeat(sums, np.diff(seen.indptr))
    return result


def _unit(rows: Floats) -> Floats:
    length = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    result: Floats = np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-9)
    return result
