"""Leading singular vectors of a sparse matrix, by subspace iteration: the low-rank part of filters and networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from graph.recommend.features import Floats

if TYPE_CHECKING:
    import scipy.sparse as sp

# Numbers of a product that are held at a time: 400 MB in float64.
_BLOCK_ENTRIES = 50_000_000


def _orthonormal(basis: Floats) -> Floats:
    """An orthonormal basis of the same space, by the small Gram matrix: QR of a tall matrix is slower."""
    values, mix = np.linalg.eigh(basis.T @ basis)
    kept = values > 1e-13 * max(float(values[-1]), 1e-300)
    result: Floats = basis @ (mix[:, kept] / np.sqrt(values[kept]))
    return result


def _there_and_back(matrix: sp.csr_array, basis: Floats) -> Floats:
    """``matrix.T @ (matrix @ basis)`` over blocks of rows: the product in between may be larger than both ends."""
    result = np.zeros_like(basis)
    for part in _row_blocks(matrix, basis.shape[1]):
        result += part.T @ (part @ basis)
    return result


def _row_blocks(matrix: sp.csr_array, width: int) -> Iterator[sp.csr_array]:
    """The matrix in blocks of rows, whose products with ``width`` columns fit into memory."""
    step = max(_BLOCK_ENTRIES // max(width, 1), 1)
    for start in range(0, matrix.shape[0], step):
        yield matrix if step >= matrix.shape[0] else matrix[start : start + step]


def leading_vectors(
    matrix: sp.csr_array, rank: int, rng: np.random.Generator, *, rounds: int = 4
) -> tuple[Floats, Floats]:
    """Leading singular values and right singular vectors by subspace iteration.

    Args:
        matrix: (rows, columns).
        rank: Number of vectors; fewer are returned where the matrix is smaller, none where it is 0.
        rng: Draws the start.
        rounds: Power iterations.

    Returns:
        float64 (rank,), falling, and float64 (columns, rank) with signs fixed.
    """
    if not rank or not np.any(matrix.data):
        return np.zeros(0), np.zeros((matrix.shape[1], 0))
    count = min(rank + 16, *matrix.shape)
    basis = rng.standard_normal((matrix.shape[1], count))
    basis = _orthonormal(basis)
    for _ in range(rounds):
        basis = _orthonormal(_there_and_back(matrix, basis))
    images = ((part @ basis) for part in _row_blocks(matrix, basis.shape[1]))
    values, mix = np.linalg.eigh(sum(image.T @ image for image in images))
    order = np.argsort(-values, kind="stable")[: min(rank, count)]
    vectors: Floats = basis @ mix[:, order]
    largest = np.abs(vectors).argmax(axis=0)
    sign = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return np.sqrt(np.maximum(values[order], 0.0)), vectors * np.where(sign == 0, 1.0, sign)
