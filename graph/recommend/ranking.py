"""Ranks and lists by falling score, with a fixed order among items of equal score.

Equal scores are ordered by a fixed hash of the items' ids. Ids often follow the order of arrival or of sales, so the
order of ids or of node numbers would hand a model without any opinion the popular items.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from graph.text import Int64, TextArray

Floats = npt.NDArray[np.float64]


def tie_order(ids: TextArray) -> Int64:
    """Each item's tie_order among items of equal score, a permutation of 0..n-1 as int64 (n,).

    The order is that of the 64-bit BLAKE2b hash of the id's UTF-8 bytes: which of two items comes first depends on
    their ids alone, whatever else is in the graph.
    """
    keys = b"".join(blake2b(text.encode(), digest_size=8).digest() for text in ids.to_list())
    order = np.argsort(np.frombuffer(keys, ">u8"), kind="stable")
    result = np.empty(len(order), np.int64)
    result[order] = np.arange(len(order))
    return result


def ranks_of(scores: Floats, rows: Int64, items: Int64, *, tie_order: Int64) -> Int64:
    """1-based rank of each (row, item) pair in its row, by falling score.

    Args:
        scores: (u, n); -inf marks an item that is no candidate.
        rows: int64 (p,), row of each pair.
        items: int64 (p,), column of each pair.
        tie_order: int64 (n,), from ``tie_order()``; of equal scores the lowest comes first.
    """
    ranks = np.empty(len(rows), np.int64)
    for i, (row, item) in enumerate(zip(rows.tolist(), items.tolist(), strict=True)):
        line = scores[row]
        own = line[item]
        ranks[i] = 1 + np.count_nonzero(line > own) + np.count_nonzero(tie_order[line == own] < tie_order[item])
    return ranks


def top(scores: Floats, k: int, *, tie_order: Int64) -> Int64:
    """The k best items of one row, best first, int64 (<= k,); -inf is left out."""
    k = min(k, len(scores))
    if k <= 0:
        return np.zeros(0, np.int64)
    edge = np.partition(scores, len(scores) - k)[len(scores) - k]
    best = np.flatnonzero(scores >= edge) if edge > -np.inf else np.flatnonzero(scores > -np.inf)
    chosen: Int64 = best[np.lexsort((tie_order[best], -scores[best]))][:k].astype(np.int64)
    return chosen
