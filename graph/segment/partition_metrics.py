"""Agreement of two partitions of the same people: adjusted Rand index and Jaccard overlap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.segment.adjacency import Float64
from graph.text import Int64


def contingency(one: Int64, two: Int64) -> npt.NDArray[np.int64]:
    """Contingency table: how many elements have each pair of labels, int64 (labels of one, labels of two).

    Labels are whole numbers from 0.
    """
    width = int(two.max(initial=-1)) + 1
    height = int(one.max(initial=-1)) + 1
    table: npt.NDArray[np.int64] = np.bincount(one * width + two, minlength=height * width).reshape(height, width)
    return table


def adjusted_rand(one: Int64, two: Int64) -> float:
    """Adjusted Rand index (Hubert and Arabie 1985): 1 for equal partitions, about 0 for independent ones.

    1 as well where both have a single community, or both have only communities of one element.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    table = contingency(one, two).astype(np.float64)
    joint, rows, columns = (_pairs(part).sum() for part in (table, table.sum(axis=1), table.sum(axis=0)))
    chance = rows * columns / max(float(_pairs(table.sum())), 1.0)
    ceiling = (rows + columns) / 2.0
    return 1.0 if ceiling == chance else float((joint - chance) / (ceiling - chance))


def best_overlap(one: Int64, two: Int64, *, count: int) -> Float64:
    """Largest Jaccard index of each segment of ``one`` with any segment of ``two``: float64 (count,) in [0, 1].

    Args:
        one: int64 (n,), -1 for unassigned.
        two: int64 (n,), -1 for unassigned.
        count: Number of segments of ``one``.
    """
    table = contingency(one + 1, two + 1)[1:, 1:]
    sizes = np.bincount(one + 1, minlength=count + 1)[1:]
    others = np.bincount(two + 1)[1:]
    found = np.zeros(count)
    if table.size:
        union = sizes[: len(table), None] + others - table
        found[: len(table)] = (table / np.maximum(union, 1)).max(axis=1)
    return found


def _pairs(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return counts * (counts - 1.0) / 2.0
