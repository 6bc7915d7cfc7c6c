"""Compiled inner loops; the only module of graph/influence that imports numba.

Random numbers come from counter-based streams (splitmix64) keyed by (key, number of the set or run), so that any split
into blocks or threads gives the same bytes. Kernels work on one block of arrays, allocate almost no memory, and release
the GIL.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float64, int64, njit, uint32, uint64

_GAMMA = 0x9E3779B97F4A7C15
_MIX_1 = 0xBF58476D1CE4E5B9
_MIX_2 = 0x94D049BB133111EB
_UNIT = 1.0 / 9007199254740992.0
_HEAVY = 0.25
_LEFT_OVER = 0.1


@njit(inline="always", cache=True)
def _mix(z: Any) -> Any:
    """The finaliser of splitmix64."""
    z = (z ^ (z >> uint64(30))) * uint64(_MIX_1)
    z = (z ^ (z >> uint64(27))) * uint64(_MIX_2)
    return z ^ (z >> uint64(31))


@njit(inline="always", cache=True)
def _start(key: Any, number: Any) -> Any:
    """State of the stream of one set or run."""
    return _mix(uint64(key) ^ _mix(uint64(number) * uint64(_GAMMA) + uint64(1)))


@njit(inline="always", cache=True)
def _unit(z: Any) -> Any:
    """A float64 in [0, 1) with 53 random bits."""
    return float64(z >> uint64(11)) * _UNIT


@njit(nogil=True, cache=True)
def activation_blocks(indptr: Any, p: Any, reached: Any, ends: Any) -> None:
    """Split every row (p descending) into blocks of arcs, such that one random number decides that no arc fires.

    ``reached[e]`` is the probability that any arc from the start of e's block up to e fires, ``ends[e]`` the end of the
    block. Arcs with p >= 0.25 form blocks of their own; a block ends where the probability that none fires falls below
    0.1.
    """
    for v in range(indptr.shape[0] - 1):
        begin, end = indptr[v], indptr[v + 1]
        first = begin
        left = 1.0
        for e in range(begin, end):
            left *= 1.0 - p[e]
            reached[e] = 1.0 - left
            if p[e] >= _HEAVY:
                reached[e] = p[e]
            if p[e] >= _HEAVY or left < _LEFT_OVER or e == end - 1:
                for x in range(first, e + 1):
                    ends[x] = e + 1
                first = e + 1
                left = 1.0


@njit(nogil=True, cache=True)
def reverse_block(
    indptr: Any, sources: Any, reached: Any, ends: Any, worth: Any, keep: Any, key: Any, first: Any, count: Any,
    draw_first: Any, draw_count: Any, seen: Any, queue: Any, members: Any, pointers: Any,
) -> Any:  # fmt: skip
    """Draw the sets first..first+count-1; returns the number of sets that fit into `members`, and the number
    of visited people.

    They are some of the sets draw_first..draw_first+draw_count-1, whose roots are stratified: `worth`, the cumulative
    value by person, is cut into draw_count equal parts, and each set draws its root in its own part. `seen` is uint8
    (n,), 2 for people at whom a set stops and else 0, before and after; `queue` has room for n people. A set that
    meets somebody to stop at consists of that person alone. Only people marked in `keep` are stored;
    ``pointers[i]:pointers[i + 1]`` are the members of the i-th set of this call.
    """
    room = members.shape[0]
    at, visited = int64(0), int64(0)
    pointers[0] = 0
    part = worth[-1] / draw_count
    final = np.searchsorted(worth, worth[-1])
    root = min(np.searchsorted(worth, part * (first - draw_first), side="right"), final)
    for i in range(count):
        state = _start(key, first + i) + uint64(_GAMMA)
        place = part * (float64(first - draw_first + i) + _unit(_mix(state)))
        while root < final and worth[root] <= place:
            root += 1
        met = root if seen[root] == 2 else int64(-1)
        queue[0] = root
        seen[root] = max(seen[root], 1)
        head, tail = int64(0), int64(1)
        while head < tail and met < 0:
            v = queue[head]
            head += 1
            e, stop = indptr[v], indptr[v + 1]
            while e < stop and met < 0:
                end = ends[e]
                top = reached[end - 1]
                base = 0.0
                while e < end:
                    state += uint64(_GAMMA)
                    t = base + _unit(_mix(state)) * (1.0 - base)
                    if t >= top:
                        break
                    low, high = e, end - 1
                    while low < high:
                        middle = (low + high) >> 1
                        if reached[middle] > t:
                            high = middle
                        else:
                            low = middle + 1
                    u = sources[low]
                    if seen[u] == 0:
                        seen[u] = 1
                        queue[tail] = u
                        tail += 1
                    elif seen[u] == 2:
                        met = u
                        break
                    base = reached[low]
                    e = low + 1
                e = end
        visits = tail
        if met >= 0:
            for x in range(tail):
                seen[queue[x]] = 0
            seen[met] = 2
            queue[0] = met
            tail = 1
        fits = at + tail <= room
        for x in range(tail):
            v = queue[x]
            seen[v] = 2 if v == met else 0
            if fits and keep[v]:
                members[at] = v
                at += 1
        if not fits:
            return i, visited
        visited += visits
        pointers[i + 1] = at
    return int64(count), visited


@njit(nogil=True, cache=True)
def lowest_ranks(pointers: Any, members: Any, rank: Any, counts: Any) -> None:
    """Add to ``counts[r]`` the number of sets whose best-ranked member has rank r; ranks >= len(counts) are ignored."""
    last = counts.shape[0]
    for i in range(pointers.shape[0] - 1):
        best = last
        for x in range(pointers[i], pointers[i + 1]):
            r = rank[members[x]]
            best = min(best, r)
        if best < last:
            counts[best] += 1


@njit(nogil=True, cache=True)
def invert_sets(pointers: Any, members: Any, at: Any, sets: Any) -> None:
    """Fill for every person the numbers of their sets, ascending; `at` (n,) holds row starts, and is changed."""
    for i in range(pointers.shape[0] - 1):
        for x in range(pointers[i], pointers[i + 1]):
            v = members[x]
            sets[at[v]] = uint32(i)
            at[v] += 1


@njit(nogil=True, cache=True)
def cover_sets(sets: Any, covered: Any, pointers: Any, members: Any, coverage: Any) -> Any:
    """Mark sets as covered and subtract them from everybody's coverage; returns the number of newly covered ones."""
    new = int64(0)
    for j in range(sets.shape[0]):
        i = int64(sets[j])
        if covered[i]:
            continue
        covered[i] = 1
        new += 1
        for x in range(pointers[i], pointers[i + 1]):
            coverage[members[x]] -= 1
    return new


@njit(nogil=True, cache=True)
def cascade_block(
    indptr: Any, targets: Any, p: Any, seeds: Any, value: Any,
    key: Any, first: Any, seen: Any, queue: Any, spread: Any,
) -> None:  # fmt: skip
    """Run the cascades first..first+len(spread)-1 forwards; ``spread[r]`` is the value of everybody reached."""
    for r in range(spread.shape[0]):
        state = _start(key, first + r)
        head, tail = int64(0), int64(0)
        total = 0.0
        for j in range(seeds.shape[0]):
            if seen[seeds[j]] == 0:
                seen[seeds[j]] = 1
                queue[tail] = seeds[j]
                tail += 1
                total += value[seeds[j]]
        while head < tail:
            u = queue[head]
            head += 1
            for e in range(indptr[u], indptr[u + 1]):
                state += uint64(_GAMMA)
                v = targets[e]
                if _unit(_mix(state)) < p[e] and seen[v] == 0:
                    seen[v] = 1
                    queue[tail] = v
                    tail += 1
                    total += value[v]
        for x in range(tail):
            seen[queue[x]] = 0
        spread[r] = total
