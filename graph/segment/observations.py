"""The distinct pairs of people with items and people, which the mixture is fitted on; and how some are held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.schema import PERSON
from graph.segment.adjacency import Block, Bool
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Distinct pairs over all relations: viewing, saving and buying the same item is one pair, not three.

    Attributes:
        items: (n, M) float32 of ones, people by items; the items of all node types side by side. Items of only one
            person are left out, since they relate nobody.
        person: int64 (nnz,), the row of each entry of ``items``.
        load: float32 (n, types), number of items of each node type that a person has.
        seen: float64 (M,), number of people who have each item.
        kind: int64 (M,), node type of each item as a number.
        friends: (n, n) float32 of ones, symmetric: ties between two people who are both KOLs or both not.
        follows: (n, n) float32 of ones: ties between people (rows) and KOLs (columns), in either direction. A pair
            with several ties counts once.
    """

    items: sp.csr_array
    person: Int64
    load: npt.NDArray[np.float32]
    seen: npt.NDArray[np.float64]
    kind: Int64
    friends: sp.csr_array
    follows: sp.csr_array


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Held-out pairs, which the model is not fitted on.

    Attributes:
        items: int64 (p, 2), person and column of ``Observations.items``.
        friends: int64 (p, 2), each pair once.
        follows: int64 (p, 2), person and KOL.
    """

    items: Int64
    friends: Int64
    follows: Int64


def observe(blocks: Sequence[Block], counts: Mapping[str, int], kol: Bool) -> Observations:
    """Observations of these blocks.

    Args:
        blocks: Output of ``aggregate``, or a part of it.
        counts: Node type to number of nodes, for all types.
        kol: bool (n,), who is a KOL. Following a KOL says less than a tie between equals, so these are kept separately.
    """
    people = counts[PERSON]
    pairs, kind = _item_pairs(blocks, counts)
    seen = np.bincount(pairs[:, 1], minlength=len(kind)).astype(np.float64)
    pairs = pairs[seen[pairs[:, 1]] > 1]
    seen[seen < 2] = 0.0
    types = max(len(counts) - 1, 1)
    load = np.bincount(pairs[:, 0] * types + kind[pairs[:, 1]], minlength=people * types).reshape(people, types)
    friends, follows = _tie_pairs(blocks, kol)
    both_ways = np.concatenate([friends, friends[:, ::-1]])
    return Observations(
        _ones(pairs, (people, len(kind))),
        pairs[:, 0],
        load.astype(np.float32),
        seen,
        kind,
        _ones(both_ways, (people, people)),
        _ones(follows, (people, people)),
    )


def hold_out(
    blocks: Sequence[Block], *, share: float, seed: int, resample: int = 0
) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """Split all pairs at random into kept and held-out ones.

    The random number of a pair depends on its two ends and the seed only. So a pair with several relations, or in both
    directions, is kept or held out in all of them.

    Args:
        blocks: Output of ``aggregate``.
        share: Share of pairs to hold out, in (0, 1).
        seed: Any whole number.
        resample: Number of the resample: resamples 0, 1, ... of one seed hold out disjoint pairs, while their shares
            sum to 1 or less.
    """
    kept, held = [], []
    for block in blocks:
        one, two = block.person, block.other
        if block.other_type == PERSON:
            one, two = np.minimum(one, two), np.maximum(one, two)
        lot = _uniform(one, two, seed=seed)
        out = (resample * share <= lot) & (lot < (resample + 1) * share)
        kept.append(block.take(~out))
        held.append(block.take(out))
    return tuple(b for b in kept if len(b)), tuple(b for b in held if len(b))


def held_pairs(blocks: Sequence[Block], counts: Mapping[str, int], kol: Bool) -> HeldOut:
    """The distinct pairs of held-out blocks, with the column numbers of ``observe``; each friend tie is listed once."""
    pairs, _ = _item_pairs(blocks, counts)
    return HeldOut(pairs, *_tie_pairs(blocks, kol))


def _item_pairs(blocks: Sequence[Block], counts: Mapping[str, int]) -> tuple[Int64, Int64]:
    """Distinct (person, column) pairs in ascending order, and the type of every column."""
    types = [name for name in sorted(counts) if name != PERSON]
    starts = dict(zip(types, np.cumsum([0, *(counts[t] for t in types)]).tolist(), strict=False))
    kind = np.repeat(np.arange(len(types)), [counts[t] for t in types])
    parts = [np.stack([b.person, b.other + starts[b.other_type]], 1) for b in blocks if b.other_type != PERSON]
    return _distinct(parts), kind


def _tie_pairs(blocks: Sequence[Block], kol: Bool) -> tuple[Int64, Int64]:
    """Distinct ties between equals (smaller number first), and from people to KOLs."""
    parts = [np.stack([b.person, b.other], 1) for b in blocks if b.other_type == PERSON]
    ties = _distinct(parts)
    upward = kol[ties[:, 1]] & ~kol[ties[:, 0]]
    downward = kol[ties[:, 0]] & ~kol[ties[:, 1]]
    level = ties[~upward & ~downward]
    return _distinct([np.sort(level, axis=1)]), _distinct([ties[upward], ties[downward][:, ::-1]])


def _distinct(parts: Sequence[Int64]) -> Int64:
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *parts])
    width = int(pairs[:, 1].max(initial=0)) + 1
    keys = np.unique(pairs[:, 0] * width + pairs[:, 1])
    return np.stack([keys // width, keys % width], 1)


def _ones(pairs: Int64, shape: tuple[int, int]) -> sp.csr_array:
    import scipy.sparse as sp

    ones = np.ones(len(pairs), np.float32)
    matrix = sp.coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=shape).tocsr()
    matrix.sum_duplicates()
    return matrix


def _uniform(one: Int64, two: Int64, *, seed: int) -> npt.NDArray[np.float64]:
    """A random number in [0, 1) per pair that depends on the pair and the seed only (splitmix64's finaliser, twice)."""
    with np.errstate(over="ignore"):
        key = np.full(len(one), seed & 0xFFFF_FFFF_FFFF_FFFF, np.uint64)
        for part in (one, two):
            key = (key ^ part.astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
            key = (key ^ (key >> np.uint64(30))) * _MIX[0]
            key = (key ^ (key >> np.uint64(27))) * _MIX[1]
            key ^= key >> np.uint64(31)
    uniform: npt.NDArray[np.float64] = (key >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return uniform
