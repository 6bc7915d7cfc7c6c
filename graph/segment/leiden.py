"""Communities of a weighted graph by the Leiden algorithm.

Only ``communities`` calls the Leiden library, so that another one can replace it. Connected communities, canonical
numbers and determinism are ensured here and do not depend on the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


def communities(matrix: sp.csr_array, *, resolution: float = 1.0, iterations: int = 2, seed: int = 0) -> Int64:
    """Partition a weighted undirected graph into connected communities (Leiden; Traag, Waltman and van Eck 2019).

    Args:
        matrix: (N, N) symmetric, weights > 0, sorted indices.
        resolution: Modularity gamma, > 0; larger gives more, smaller communities.
        iterations: Number of Leiden iterations, each starting from the result of the one before.
        seed: Seed of the random numbers; the same matrix and seed give the same labels.

    Returns:
        Labels int64 (N,), 0 for the largest community; equal sizes in order of their smallest member. A node without
        edges is a community of its own.
    """
    import graspologic_native

    count = matrix.shape[0]
    if matrix.nnz == 0:
        return np.arange(count, dtype=np.int64)
    _, found = graspologic_native.leiden_csr(
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int32),
        matrix.data.astype(np.float64),
        count,
        resolution=resolution,
        iterations=iterations,
        seed=seed,
    )
    labels = np.arange(count, dtype=np.int64) + count  # a node that the library leaves out is a community of its own
    labels[np.fromiter(found.keys(), np.int64, len(found))] = np.fromiter(found.values(), np.int64, len(found))
    return by_size(connected(matrix, labels))


def connected(matrix: sp.csr_array, labels: Int64) -> Int64:
    """The same partition, with every disconnected community split into its connected components.

    Args:
        matrix: (N, N) symmetric.
        labels: int64 (N,).

    Returns:
        int64 (N,), numbered without gaps.
    """
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    inside = labels[rows] == labels[matrix.indices]
    ones = np.ones(int(inside.sum()), np.int8)
    within = sp.coo_array((ones, (rows[inside], matrix.indices[inside])), shape=matrix.shape)
    # Only edges inside communities are left, so the components are the connected pieces of communities.
    _, pieces = connected_components(within.tocsr(), directed=False)
    numbered: Int64 = pieces.astype(np.int64)
    return numbered


def by_size(labels: npt.NDArray[np.integer]) -> Int64:
    """The same partition numbered 0.. by descending size; equal sizes by ascending smallest member.

    >>> by_size(np.array([7, 3, 3, 5])).tolist()
    [1, 0, 0, 2]
    """
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rank = np.empty(len(sizes), np.int64)
    rank[np.lexsort([first, -sizes])] = np.arange(len(sizes))
    return rank[inverse]


def modularity(matrix: sp.csr_array, labels: Int64, *, resolution: float = 1.0) -> float:
    """Modularity of a partition (Newman and Girvan 2004), in [-.5, 1] at resolution 1; 0 for a graph without edges.

    Args:
        matrix: (N, N) symmetric.
        labels: int64 (N,); each node with a negative label is a community of its own.
    """
    total = float(matrix.data.sum())
    if total == 0.0:
        return 0.0
    alone = labels < 0
    labels = np.where(alone, labels.max(initial=-1) + np.cumsum(alone), labels)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    inside = float(matrix.data[labels[rows] == labels[matrix.indices]].sum()) / total
    degree = np.bincount(labels, weights=np.bincount(rows, weights=matrix.data, minlength=matrix.shape[0]))
    return inside - resolution * float(((degree / total) ** 2).sum())
