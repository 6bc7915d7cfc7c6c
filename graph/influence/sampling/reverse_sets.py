"""Draws reverse-reachable sets: the people who would activate a random root in one outcome of the cascade.

The root is drawn in proportion to value. A seed set S hits such a set with probability spread(S) / sum(value) (Borgs et
al. 2014). So the share of sets that S hits estimates its spread, for all seed sets at once. Hits are independent, so
exact binomial intervals apply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from graph.influence.diffusion import BoolArray, Diffusion, FloatArray, IntArray, people_mask, people_value

_BLOCK = 16_384
_FIRST_ROOM = 8


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """A diffusion prepared for drawing sets: arcs by descending probability, and an alias table of the roots.

    Attributes:
        n: Number of people.
        total: Sum of the values; spread = share of hits * total.
        keep: Bool (n,); only these people are stored in sets.
    """

    n: int
    total: float
    keep: BoolArray
    rows: tuple[Any, ...]
    roots: tuple[Any, ...]

    @classmethod
    def of(
        cls,
        diffusion: Diffusion,
        *,
        value: npt.ArrayLike | None = None,
        excluded: npt.ArrayLike | None = None,
        keep: npt.ArrayLike | None = None,
    ) -> Sampler:
        """Prepare a diffusion.

        Args:
            diffusion: The model.
            value: Value of reaching each person (n,), >= 0; 1 for everybody where absent.
            excluded: People who must not be contacted (mask or numbers): removed from the model.
            keep: People to store in sets (mask or numbers), usually the candidates; everybody where absent.

        Raises:
            DataError: an array is not valid, or nobody with a positive value is left.
        """
        from graph.influence.sampling import kernels

        gone = people_mask(excluded, diffusion.n, what="excluded", default=False)
        worth = people_value(value, diffusion.n)
        worth[gone] = 0.0
        roots = np.flatnonzero(worth > 0)
        if not roots.size:
            raise DataError("nobody who counts is left", hint="give a positive value to somebody who is not excluded")
        cut, other = np.empty(roots.size, np.uint64), np.empty(roots.size, np.int64)
        kernels.alias_table(worth[roots], cut, other)
        kept = people_mask(keep, diffusion.n, what="keep", default=True) & ~gone
        return cls(diffusion.n, float(worth.sum()), kept, _rows(diffusion.without(gone)), (roots, cut, other))


@dataclass(frozen=True, slots=True, eq=False)
class ReverseSets:
    """Consecutive sets: ``members[pointers[i]:pointers[i + 1]]`` is the i-th, with the root first (if kept).

    Attributes:
        pointers: int64 (sets + 1,).
        members: uint32; only people that the sampler keeps.
        visited: Number of people visited while drawing, kept or not; a measure of the work.
    """

    pointers: IntArray
    members: npt.NDArray[np.uint32]
    visited: int

    @classmethod
    def none(cls) -> ReverseSets:
        """No sets at all."""
        return cls(np.zeros(1, np.int64), np.empty(0, np.uint32), 0)

    @property
    def count(self) -> int:
        """Number of sets."""
        return int(self.pointers.size - 1)

    def join(self, later: ReverseSets) -> ReverseSets:
        """These sets followed by later ones."""
        return _joined([self, later])


def _rows(diffusion: Diffusion) -> tuple[Any, ...]:
    """indptr, sources, reached, ends: arcs into each person by descending probability, split into blocks."""
    from graph.influence.sampling import kernels

    order = np.lexsort((diffusion.sources, -diffusion.p, diffusion.targets))
    sources, p = diffusion.sources[order], diffusion.p[order]
    reached, ends = np.empty(p.size), np.empty(p.size, np.int64)
    kernels.activation_blocks(diffusion.indptr, p, reached, ends)
    return diffusion.indptr, sources, reached, ends


def _joined(parts: Sequence[ReverseSets]) -> ReverseSets:
    starts = np.cumsum([0, *(part.members.size for part in parts)])
    pointers = [np.zeros(1, np.int64), *(part.pointers[1:] + start for part, start in zip(parts, starts, strict=False))]
    members = np.concatenate([part.members for part in parts])
    return ReverseSets(np.concatenate(pointers), members, sum(part.visited for part in parts))


def _block(sampler: Sampler, key: np.uint64, first: int, count: int) -> ReverseSets:
    """The sets first..first+count-1; the buffer is enlarged until they fit."""
    from graph.influence.sampling import kernels

    seen, queue = np.zeros(sampler.n, np.uint8), np.empty(sampler.n, np.int64)
    room = max(count * _FIRST_ROOM, sampler.n)
    parts: list[ReverseSets] = []
    while count:
        members, pointers = np.empty(room, np.uint32), np.empty(count + 1, np.int64)
        done, visited = kernels.reverse_block(
            *sampler.rows, *sampler.roots, sampler.keep, key, first, count, seen, queue, members, pointers
        )
        parts.append(ReverseSets(pointers[: done + 1], members[: pointers[done]].copy(), int(visited)))
        first, count, room = first + done, count - done, room * 4
    return parts[0] if len(parts) == 1 else _joined(parts)


def _blocks(sampler: Sampler, key: np.uint64, spans: Sequence[range], threads: int) -> Iterator[ReverseSets]:
    if threads <= 1:
        yield from (_block(sampler, key, span.start, len(span)) for span in spans)
        return
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, len(spans), 2 * threads):
            wave = spans[begin : begin + 2 * threads]
            yield from pool.map(lambda span: _block(sampler, key, span.start, len(span)), wave)


def _spans(first: int, count: int) -> list[range]:
    return [range(at, min(at + _BLOCK, first + count)) for at in range(first, first + count, _BLOCK)]


def reverse_sets(sampler: Sampler, *, first: int = 0, count: int, key: np.uint64, threads: int = 1) -> ReverseSets:
    """The sets numbered first..first+count-1 of the random stream `key`.

    Set i depends on (key, i) only, so any split into calls, blocks or threads gives the same bytes.
    """
    if not count:
        return ReverseSets.none()
    return _joined(list(_blocks(sampler, key, _spans(first, count), threads)))


def hits_by_prefix(
    sampler: Sampler, seed_lists: Sequence[npt.ArrayLike], *, count: int, key: np.uint64, threads: int = 1
) -> list[IntArray]:
    """Number of hits among `count` sets by each prefix of each seed list; the sets are not stored.

    Returns:
        For each list an int64 array of the same length, non-decreasing: entry j is for the first j + 1 seeds.

    Raises:
        DataError: a seed is not among the people that the sampler keeps.
    """
    return _hits(sampler, seed_lists, _blocks(sampler, key, _spans(0, count), threads))


def hits_among(sampler: Sampler, seeds: npt.ArrayLike, sets: ReverseSets) -> int:
    """Number of these sets that the seeds hit.

    Raises:
        DataError: a seed is not among the people that the sampler keeps.
    """
    found = _hits(sampler, [seeds], [sets])[0]
    return int(found[-1]) if found.size else 0


def _hits(sampler: Sampler, seed_lists: Sequence[npt.ArrayLike], blocks: Iterable[ReverseSets]) -> list[IntArray]:
    from graph.influence.sampling import kernels

    lists = [np.asarray(seeds, np.int64) for seeds in seed_lists]
    ranks = [_rank(sampler, seeds) for seeds in lists]
    counts = [np.zeros(seeds.size, np.int64) for seeds in lists]
    for sets in blocks:
        for rank, found in zip(ranks, counts, strict=True):
            kernels.lowest_ranks(sets.pointers, sets.members, rank, found)
    return [np.cumsum(found) for found in counts]


def _rank(sampler: Sampler, seeds: IntArray) -> npt.NDArray[np.int32]:
    if (people_mask(seeds, sampler.n, what="seeds", default=False) & ~sampler.keep).any():
        raise DataError("a seed is not a candidate", hint="prepare the sampler with keep= everybody who may be a seed")
    rank = np.full(sampler.n, seeds.size, np.int32)
    rank[seeds[::-1]] = np.arange(seeds.size, dtype=np.int32)[::-1]
    return rank


def binomial_interval(hits: npt.ArrayLike, count: int, *, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
    """The exact two-sided interval of a share (Clopper and Pearson 1934), for each number of hits.

    Args:
        hits: Integers in 0..count.
        count: Number of independent trials, >= 1.
        level: Coverage probability, in (0, 1).
    """
    from scipy.special import betaincinv

    k = np.asarray(hits, np.float64)
    tail = (1.0 - level) / 2.0
    low = np.where(k > 0, betaincinv(np.maximum(k, 1), count - k + 1, tail), 0.0)
    high = np.where(k < count, betaincinv(k + 1, np.maximum(count - k, 1), 1.0 - tail), 1.0)
    return low, high
