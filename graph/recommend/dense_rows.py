"""Scores of many people as dense rows: sparse products added to them, and the best items of each row.

For a few people both are done by numpy, since loading the compiler takes longer than the answer; for more they are
compiled. The results are the same to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.recommend.barred import Barred
from graph.recommend.ranking import top
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
_FEW = 64
# Numbers that are worked on at once, so that they stay in the cache.
_CHUNK = 65_536


def top_of_rows(
    scores: npt.NDArray[np.floating[Any]], k: int, *, tie_order: Int64, barred: Barred | None = None
) -> Int64:
    """The k best items of each row, best first: int64 (u, k), -1 where a row has fewer.

    Args:
        scores: (u, n), float64 or float32; -inf marks an item that is no candidate; no NaN.
        k: Length of the lists, >= 0.
        tie_order: int64 (n,), from ``ranking.tie_order``; of equal scores the lowest comes first.
        barred: Items that are no candidates either; none where absent.
    """
    best = np.full((len(scores), k), -1, np.int64)
    barred = barred or Barred.nothing(scores.shape[1])
    packed = barred.packed
    low, high = packed.bounds(np.arange(len(scores)))
    if len(scores) < _FEW:
        for row, line in enumerate(scores):
            is_open = np.where(barred.for_all, -np.inf, line)
            is_open[packed.second[low[row] : high[row]]] = -np.inf
            found = top(is_open, k, tie_order=tie_order)
            best[row, : len(found)] = found
    elif k:
        from graph.recommend.kernels import fill_top

        fill_top(np.ascontiguousarray(scores), tie_order, barred.for_all, low, high, packed.second, best)
    return best


def row_moments(scores: npt.NDArray[np.float64]) -> tuple[Floats, Floats, Floats]:
    """Mean, standard deviation and largest absolute value of each row, float64 (u,) each."""
    people, n = scores.shape
    mean, spread, largest = np.zeros(people), np.zeros(people), np.zeros(people)
    if not n:
        return mean, spread, largest
    step = max(_CHUNK // n, 1)
    for start in range(0, people, step):
        part, here = scores[start : start + step], slice(start, start + step)
        mean[here] = part.mean(axis=1)
        apart = part - mean[here, None]
        np.square(apart, out=apart)
        spread[here] = np.sqrt(apart.mean(axis=1))
        largest[here] = np.maximum(part.max(axis=1), -part.min(axis=1))
    return mean, spread, largest


def add_product(left: sp.csr_array, right: sp.csr_array, result: npt.NDArray[np.float64]) -> None:
    """Add ``left @ right`` to ``result`` in place; a row's sums are made in the order of its own entries.

    Args:
        left: (u, T), the entries of a row in a fixed order.
        right: (T, n), no column twice in a row.
        result: float64 (u, n).
    """
    if len(result) >= _FEW:
        from graph.recommend.kernels import add_rows

        parts = (np.asarray(part) for side in (left, right) for part in (side.indptr, side.indices, side.data))
        add_rows(*parts, result)
        return
    for row, line in enumerate(result):
        for at in range(left.indptr[row], left.indptr[row + 1]):
            thing = left.indices[at]
            part = slice(right.indptr[thing], right.indptr[thing + 1])
            line[right.indices[part]] += np.float64(left.data[at]) * right.data[part].astype(np.float64)
