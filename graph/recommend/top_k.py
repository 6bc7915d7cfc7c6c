"""The best items of many people at once: compiled, without sorting what is not shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from graph.text import Int64


def top_of_rows(scores: npt.NDArray[np.floating[Any]], k: int, *, tie_order: Int64) -> Int64:
    """The k best items of each row, best first: int64 (u, k), -1 where a row has fewer.

    Args:
        scores: (u, n), float64 or float32; -inf marks an item that is no candidate; no NaN.
        k: Length of the lists, >= 0.
        tie_order: int64 (n,), from ``ranking.tie_order``; of equal scores the lowest comes first.

    Returns:
        The same items in the same order as ``ranking.top`` gives row by row.
    """
    best = np.full((len(scores), k), -1, np.int64)
    if k:
        _fill(np.ascontiguousarray(scores), tie_order, best)
    return best


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fill(scores: Any, place: Any, best: Any) -> None:
    """Keep a sorted list of k for each row; most items fail the comparison with its last entry."""
    k = best.shape[1]
    values = np.empty(k, scores.dtype)
    for row in range(scores.shape[0]):
        line, items, count = scores[row], best[row], 0
        for item in range(line.shape[0]):
            value = line[item]
            if value == -np.inf or (count == k and value < values[k - 1]):
                continue
            if count == k and value == values[k - 1] and place[item] > place[items[k - 1]]:
                continue
            at = min(count, k - 1)
            while at > 0 and (
                values[at - 1] < value or (values[at - 1] == value and place[items[at - 1]] > place[item])
            ):
                values[at], items[at] = values[at - 1], items[at - 1]
                at -= 1
            values[at], items[at] = value, item
            count = min(count + 1, k)
