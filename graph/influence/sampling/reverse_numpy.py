"""Reverse-reachable sets in NumPy, for quick answers without loading compiled code.

Slower per set than ``reverse_sets``, but faster than loading the compiled kernels where a few million random numbers
suffice. The random number of (set, arc) is a hash of the key and both numbers, so the order of work does not matter.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from graph.influence.diffusion import Diffusion, FloatArray, IntArray, people_mask, people_value
from graph.influence.sampling.reverse_sets import ReverseSets

_BLOCK = 16_384
_UInt64 = npt.NDArray[np.uint64]
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_UNIT = 1.0 / 9007199254740992.0


def stratified_sets(
    diffusion: Diffusion,
    *,
    value: npt.ArrayLike | None = None,
    keep: npt.ArrayLike | None = None,
    count: int,
    key: np.uint64,
) -> ReverseSets:
    """Draw sets with stratified roots: spread evenly over the value instead of drawn independently.

    Estimates of spread are unbiased and vary less than with independent roots, so binomial intervals are conservative
    (too wide).

    Args:
        diffusion: The model.
        value: Value of reaching each person (n,), >= 0; 1 for everybody where absent.
        keep: People to store (mask or numbers); everybody where absent.
        count: Number of sets.
        key: Key of the random numbers.

    Raises:
        DataError: an array is not valid, or nobody has a positive value.
    """
    worth = people_value(value, diffusion.n)
    kept = people_mask(keep, diffusion.n, what="keep", default=True)
    total = float(worth.sum())
    if not total > 0:
        raise DataError("nobody who counts is left", hint="give a positive value to somebody who is not excluded")
    start = float(_unit(_mix(np.array([key], np.uint64)))[0])
    people = np.flatnonzero(worth > 0)
    edges = np.cumsum(worth[people])
    place = np.searchsorted(edges, (np.arange(count) + start) / count * edges[-1], side="right")
    roots = people[np.minimum(place, people.size - 1)]
    pairs = []
    visited = 0
    for first in range(0, count, _BLOCK):
        found = _reach_back(diffusion, roots[first : first + _BLOCK], first=first, key=key)
        visited += found.size
        pairs.append(found[kept[found % diffusion.n]] + first * diffusion.n)
    codes = np.concatenate(pairs)
    pointers = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(codes // diffusion.n, minlength=count), out=pointers[1:])
    return ReverseSets(pointers, (codes % diffusion.n).astype(np.uint32), visited)


def _reach_back(diffusion: Diffusion, roots: IntArray, *, first: int, key: np.uint64) -> IntArray:
    """People who reach each root, as set * n + person, ascending; all sets are extended one step at a time."""
    n, indptr = diffusion.n, diffusion.indptr
    states = _mix(key ^ _mix((first + np.arange(roots.size)).astype(np.uint64) * _GAMMA + np.uint64(1)))
    front = np.arange(roots.size, dtype=np.int64) * n + roots
    reached = front
    while front.size:
        sets, people = front // n, front % n
        degree = indptr[people + 1] - indptr[people]
        slot = np.repeat(np.arange(front.size), degree)
        arcs = np.arange(slot.size) + np.repeat(indptr[people] - (np.cumsum(degree) - degree), degree)
        coin = _unit(_mix(states[sets[slot]] + (arcs + 1).astype(np.uint64) * _GAMMA))
        live = coin < diffusion.p[arcs]
        codes = np.unique(sets[slot[live]] * n + diffusion.sources[arcs[live]])
        front = codes[reached[np.minimum(np.searchsorted(reached, codes), reached.size - 1)] != codes]
        reached = np.sort(np.concatenate([reached, front]), kind="stable")
    return reached


def _mix(z: _UInt64) -> _UInt64:
    """The finaliser of splitmix64."""
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


def _unit(z: _UInt64) -> FloatArray:
    """Floats in [0, 1) with 53 random bits."""
    return (z >> np.uint64(11)).astype(np.float64) * _UNIT
