"""Edges in whatever order a store returns them, put into canonical order: O(E) moves plus sorts of short rows.

``Edges.canonical`` is the reference (one lexsort of all keys); this does the same in about a tenth of the time by
scattering the edges to their source's row first and sorting each row, which fits into the cache, on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numba import njit

from graph.hetero import Array, Coded, EdgeColumn, Edges
from graph.text import Int64

_RUN = 24


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def _before(d1, t1, w1, k1, d2, t2, w2, k2):  # type: ignore[no-untyped-def]
    if d1 != d2:
        return d1 < d2
    if t1 != t2:
        return t1 < t2
    if w1 != w2 and not (np.isnan(w1) and np.isnan(w2)):
        return w1 < w2 or np.isnan(w2)
    return k1 < k2


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def _sorted(src, dst, time, weight, tie):  # type: ignore[no-untyped-def]
    for e in range(1, len(src)):
        if src[e] != src[e - 1]:
            if src[e] < src[e - 1]:
                return False
        elif _before(dst[e], time[e], weight[e], tie[e], dst[e - 1], time[e - 1], weight[e - 1], tie[e - 1]):
            return False
    return True


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def _insertion(lo, hi, dst, time, weight, tie, index):  # type: ignore[no-untyped-def]
    for i in range(lo + 1, hi):
        d, t, w, k, x = dst[i], time[i], weight[i], tie[i], index[i]
        j = i
        while j > lo and _before(d, t, w, k, dst[j - 1], time[j - 1], weight[j - 1], tie[j - 1]):
            dst[j], time[j], weight[j], tie[j], index[j] = (
                dst[j - 1],
                time[j - 1],
                weight[j - 1],
                tie[j - 1],
                index[j - 1],
            )
            j -= 1
        dst[j], time[j], weight[j], tie[j], index[j] = d, t, w, k, x


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def _merge_sort(lo, hi, dst, time, weight, tie, index):  # type: ignore[no-untyped-def]
    for a in range(lo, hi, _RUN):
        _insertion(a, min(a + _RUN, hi), dst, time, weight, tie, index)
    n = hi - lo
    bd, bt, bw = np.empty(n, dst.dtype), np.empty(n, time.dtype), np.empty(n, weight.dtype)
    bk, bx = np.empty(n, tie.dtype), np.empty(n, index.dtype)
    width = _RUN
    while width < n:
        for a in range(lo, hi, 2 * width):
            m, b = min(a + width, hi), min(a + 2 * width, hi)
            if m >= b:
                continue
            bd[: m - a], bt[: m - a], bw[: m - a] = dst[a:m], time[a:m], weight[a:m]
            bk[: m - a], bx[: m - a] = tie[a:m], index[a:m]
            i, j, o = 0, m, a
            while i < m - a:
                # The left half wins ties, which keeps the sort stable.
                if j < b and _before(dst[j], time[j], weight[j], tie[j], bd[i], bt[i], bw[i], bk[i]):
                    dst[o], time[o], weight[o], tie[o], index[o] = dst[j], time[j], weight[j], tie[j], index[j]
                    j += 1
                else:
                    dst[o], time[o], weight[o], tie[o], index[o] = bd[i], bt[i], bw[i], bk[i], bx[i]
                    i += 1
                o += 1
        width *= 2


@njit(cache=True, nogil=True)  # pragma: no cover - compiled
def _scatter_sort(n, src, dst, time, weight, tie):  # type: ignore[no-untyped-def]
    count = len(src)
    start = np.zeros(n + 1, np.int64)
    for e in range(count):
        start[src[e] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    place = start[:n].copy()
    out_src, out_dst, out_time = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    out_weight, out_tie, index = np.empty(count, np.float64), np.empty(count, tie.dtype), np.empty(count, np.int64)
    for e in range(count):
        p = place[src[e]]
        place[src[e]] = p + 1
        out_dst[p], out_time[p], out_weight[p], out_tie[p], index[p] = dst[e], time[e], weight[e], tie[e], e
    for v in range(n):
        lo, hi = start[v], start[v + 1]
        out_src[lo:hi] = v
        if hi - lo <= _RUN:
            _insertion(lo, hi, out_dst, out_time, out_weight, out_tie, index)
        else:
            _merge_sort(lo, hi, out_dst, out_time, out_weight, out_tie, index)
    return out_src, out_dst, out_time, out_weight, index


def canonical_edges(
    n_source: int, src: Int64, dst: Int64, *, time: Int64, weight: Array, columns: Mapping[str, EdgeColumn]
) -> Edges:
    """Edges in canonical order.

    Args:
        n_source: Number of source nodes; 0 <= src < n_source.
        src: int64 (E,).
        dst: int64 (E,).
        time: int64 (E,) UTC seconds, ``UNDATED`` where missing.
        weight: float64 (E,), NaN where missing; -0.0 must have become 0.0.
        columns: Further columns (E,).

    Returns:
        What ``Edges(...).canonical()`` returns for the same edges.
    """
    tie = _tie_breaker(columns, len(src))
    if _sorted(src, dst, time, weight, tie):
        return Edges(src, dst, time, weight, MappingProxyType(dict(columns)))
    out_src, out_dst, out_time, out_weight, index = _scatter_sort(n_source, src, dst, time, weight, tie)
    moved: dict[str, EdgeColumn] = {
        name: Coded(c.codes[index], c.values) if isinstance(c, Coded) else c[index] for name, c in columns.items()
    }
    return Edges(out_src, out_dst, out_time, out_weight, MappingProxyType(moved))


def _tie_breaker(columns: Mapping[str, EdgeColumn], count: int) -> Array:
    """Rank of each edge by its further columns, int32 (E,); all zero where there are none."""
    keys = [c.codes if isinstance(c, Coded) else c for _, c in sorted(columns.items())]
    if not keys:
        return np.zeros(count, np.int32)
    if len(keys) == 1 and keys[0].dtype == np.int32:
        return keys[0]
    rank = np.zeros(count, np.int64)
    for key in keys:
        _, position = np.unique(key, return_inverse=True)
        _, rank = np.unique(rank * (int(position.max(initial=0)) + 1) + position, return_inverse=True)
    return rank.astype(np.int32)
