"""Scores of many people as dense rows: sparse products added to them, and the best items of each row.

For a few people both are done by numpy, since loading the compiler takes longer than the answer; for more they are
compiled. The results are the same to the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.recommend.ranking import top
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

_FEW = 64


def top_of_rows(scores: npt.NDArray[np.floating[Any]], k: int, *, tie_order: Int64) -> Int64:
    """The k best items of each row, best first: int64 (u, k), -1 where a row has fewer.

    Args:
        scores: (u, n), float64 or float32; -inf marks an item that is no candidate; no NaN.
        k: Length of the lists, >= 0.
        tie_order: int64 (n,), from ``ranking.tie_order``; of equal scores the lowest comes first.
    """
    best = np.full((len(scores), k), -1, np.int64)
    if len(scores) < _FEW:
        for row, line in enumerate(scores):
            found = top(line, k, tie_order=tie_order)
            best[row, : len(found)] = found
    elif k:
        from graph.recommend.kernels import fill_top

        fill_top(np.ascontiguousarray(scores), tie_order, best)
    return best


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
