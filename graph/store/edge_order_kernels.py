"""Compiled loops of ``graph.store.edge_order``. Importing this takes half a second, so it is imported when needed."""

from __future__ import annotations

import numpy as np
from numba import njit

_RUN = 24


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def _before(time, weight, tie, a, b):  # type: ignore[no-untyped-def]
    """Whether edge a sorts before edge b, given that both have the same source and target; False for equal ones."""
    if time[a] != time[b]:
        return time[a] < time[b]
    if weight[a] != weight[b] and not (np.isnan(weight[a]) and np.isnan(weight[b])):
        return weight[a] < weight[b] or np.isnan(weight[b])
    if tie[a] != tie[b]:
        return tie[a] < tie[b]
    return a < b


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def is_canonical(src, dst, time, weight, tie):  # type: ignore[no-untyped-def]
    """Whether the edges are in canonical order."""
    for e in range(1, len(src)):
        if src[e] != src[e - 1]:
            if src[e] < src[e - 1]:
                return False
        elif dst[e] != dst[e - 1]:
            if dst[e] < dst[e - 1]:
                return False
        elif _before(time, weight, tie, e, e - 1):
            return False
    return True


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def _sort_run(index, lo, hi, time, weight, tie):  # type: ignore[no-untyped-def]
    """Sort index[lo:hi] by time, weight and tie, in place: insertion sort of short runs, then merging."""
    for a in range(lo, hi, _RUN):
        for i in range(a + 1, min(a + _RUN, hi)):
            edge, j = index[i], i
            while j > a and _before(time, weight, tie, edge, index[j - 1]):
                index[j] = index[j - 1]
                j -= 1
            index[j] = edge
    width = _RUN
    while width < hi - lo:
        for a in range(lo, hi, 2 * width):
            middle, end = min(a + width, hi), min(a + 2 * width, hi)
            left = index[a:middle].copy()
            i, j, out = 0, middle, a
            while i < len(left):
                if j < end and _before(time, weight, tie, index[j], left[i]):
                    index[out] = index[j]
                    j += 1
                else:
                    index[out] = left[i]
                    i += 1
                out += 1
        width *= 2


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def sort_edges(n, src, dst, time, weight, tie):  # type: ignore[no-untyped-def]
    """Sort edges into canonical order: returns source, target, time, weight and former position; 0 <= src < n.

    Counting sort by source, then each source's edges are sorted as 64-bit words (target in the upper, position in the
    lower half). Only edges with the same source and target are then compared by time, weight and tie.
    """
    count = len(src)
    start = np.zeros(n + 1, np.int64)
    for e in range(count):
        start[src[e] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    place = start[:n].copy()
    words = np.empty(count, np.uint64)
    for e in range(count):
        p = place[src[e]]
        place[src[e]] = p + 1
        words[p] = (np.uint64(dst[e]) << np.uint64(32)) | np.uint64(e)
    out_src, out_dst, index = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    for v in range(n):
        lo, hi = start[v], start[v + 1]
        if hi - lo <= _RUN:
            for i in range(lo + 1, hi):
                word, j = words[i], i
                while j > lo and word < words[j - 1]:
                    words[j] = words[j - 1]
                    j -= 1
                words[j] = word
        else:
            words[lo:hi].sort()
        for i in range(lo, hi):
            out_src[i] = v
            out_dst[i] = np.int64(words[i] >> np.uint64(32))
            index[i] = np.int64(words[i] & np.uint64(0xFFFFFFFF))
        first = lo
        for i in range(lo + 1, hi + 1):
            if i == hi or out_dst[i] != out_dst[first]:
                if i - first > 1:
                    _sort_run(index, first, i, time, weight, tie)
                first = i
    out_time, out_weight = np.empty(count, np.int64), np.empty(count, np.float64)
    for i in range(count):
        out_time[i], out_weight[i] = time[index[i]], weight[index[i]]
    return out_src, out_dst, out_time, out_weight, index
