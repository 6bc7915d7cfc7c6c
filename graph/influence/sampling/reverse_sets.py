"""Draws reverse-reachable sets: the people who would activate a random root in one outcome of the cascade.

The root is drawn in proportion to value. A seed set S hits such a set with probability spread(S) / sum(value) (Borgs et
al. 2014). So the share of sets that S hits estimates its spread, for all seed sets at once. Roots are stratified: each
set of a draw has its own equal part of the value. So what seeds contribute by being reached themselves is hardly left
to chance, which matters most where influence is small. Hits are independent, with chances that differ by set; their
number then varies less than a binomial one of the same mean, so exact binomial intervals hold (Hoeffding 1956).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from graph.influence.diffusion import BoolArray, Diffusion, FloatArray, IntArray, people_mask, people_value

_BLOCK = 16_384
_FIRST_ROOM = 8


@dataclass(frozen=True, slots=True, eq=False)
class Sampler:
    """A diffusion prepared for drawing sets: arcs by descending probability, and the cumulative value.

    Attributes:
        n: Number of people.
        keep: Bool (n,); only these people are stored in sets.
        rows: Arcs as the kernel reads them.
        worth: float64 (n,); sum of the values of the people up to each.
    """

    n: int
    keep: BoolArray
    rows: tuple[Any, ...]
    worth: FloatArray

    @property
    def total(self) -> float:
        """Sum of the values; spread = share of hits * total."""
        return float(self.worth[-1])

    def value_of(self, people: IntArray) -> float:
        """Sum of the values of these people."""
        return float(np.diff(self.worth, prepend=0.0)[people].sum())

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
        gone = people_mask(excluded, diffusion.n, what="excluded", default=False)
        value_left = people_value(value, diffusion.n)
        value_left[gone] = 0.0
        if not value_left.any():
            raise DataError("nobody who counts is left", hint="give a positive value to somebody who is not excluded")
        kept = people_mask(keep, diffusion.n, what="keep", default=True) & ~gone
        return cls(diffusion.n, kept, _rows(diffusion.without(gone)), np.cumsum(value_left))


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


class _Draw(NamedTuple):
    """Consecutive sets of a random stream whose roots are stratified together, and where they stop."""

    key: np.uint64
    first: int
    size: int
    stop: IntArray

    def spans(self) -> list[range]:
        """The sets in blocks."""
        end = self.first + self.size
        return [range(at, min(at + _BLOCK, end)) for at in range(self.first, end, _BLOCK)]


def _block(sampler: Sampler, draw: _Draw, span: range) -> ReverseSets:
    """Some of the sets of a draw; the buffer is enlarged until they fit."""
    from graph.influence.sampling import kernels

    seen, queue = np.zeros(sampler.n, np.uint8), np.empty(sampler.n, np.int64)
    seen[draw.stop] = 2
    first, count, room = span.start, len(span), max(len(span) * _FIRST_ROOM, sampler.n)
    parts: list[ReverseSets] = []
    while count:
        members, pointers = np.empty(room, np.uint32), np.empty(count + 1, np.int64)
        done, visited = kernels.reverse_block(
            *sampler.rows, sampler.worth, sampler.keep, draw.key, first, count,
            draw.first, draw.size, seen, queue, members, pointers,
        )  # fmt: skip
        parts.append(ReverseSets(pointers[: done + 1], members[: pointers[done]].copy(), int(visited)))
        first, count, room = first + done, count - done, room * 4
    return parts[0] if len(parts) == 1 else _joined(parts)


def _blocks(sampler: Sampler, draw: _Draw, threads: int) -> Iterator[ReverseSets]:
    spans = draw.spans()
    if threads <= 1:
        yield from (_block(sampler, draw, span) for span in spans)
        return
    with ThreadPoolExecutor(threads) as pool:
        for begin in range(0, len(spans), 2 * threads):
            wave = spans[begin : begin + 2 * threads]
            yield from pool.map(lambda span: _block(sampler, draw, span), wave)


def reverse_sets(
    sampler: Sampler, *, first: int = 0, count: int, key: np.uint64, stop: npt.ArrayLike = (), threads: int = 1
) -> ReverseSets:
    """The sets numbered first..first+count-1 of the random stream `key`, with roots stratified among them.

    A set depends on the arguments and its number only, so any number of threads gives the same bytes.

    Args:
        sampler: The prepared diffusion.
        first: Number of the first set.
        count: Number of sets.
        key: Random stream.
        stop: People at whom a set stops: it then holds nobody but the one it met. For sets that are only asked whether
            they meet these people, and else who is in them; it saves most of the work where influence is high (the
            sentinels of Guo et al. 2020).
        threads: Number of threads.
    """
    if not count:
        return ReverseSets.none()
    draw = _Draw(key, first, count, np.asarray(stop, np.int64))
    return _joined(list(_blocks(sampler, draw, threads)))


def hits_by_prefix(
    sampler: Sampler, seed_lists: Sequence[npt.ArrayLike], *, count: int, key: np.uint64, threads: int = 1
) -> list[IntArray]:
    """Number of hits among `count` sets by each prefix of each seed list; the sets are not stored.

    Returns:
        For each list an int64 array of the same length, non-decreasing: entry j is for the first j + 1 seeds.

    Raises:
        DataError: a seed is not among the people that the sampler keeps.
    """
    draw = _Draw(key, 0, count, np.empty(0, np.int64))
    lists = [np.asarray(seeds, np.int64) for seeds in seed_lists]
    listed = people_mask(np.concatenate([*lists, draw.stop]), sampler.n, what="seeds", default=False)
    if (listed & ~sampler.keep).any():
        raise DataError("a seed is not a candidate", hint="prepare the sampler with keep= everybody who may be a seed")
    return _hits(sampler.n, lists, _blocks(replace(sampler, keep=listed), draw, threads))


def hits_among(sampler: Sampler, seeds: npt.ArrayLike, sets: ReverseSets) -> int:
    """Number of these sets that the seeds hit."""
    found = _hits(sampler.n, [np.asarray(seeds, np.int64)], [sets])[0]
    return int(found[-1]) if found.size else 0


def _hits(n: int, lists: Sequence[IntArray], blocks: Iterable[ReverseSets]) -> list[IntArray]:
    from graph.influence.sampling import kernels

    ranks = [_rank(n, seeds) for seeds in lists]
    counts = [np.zeros(seeds.size, np.int64) for seeds in lists]
    for sets in blocks:
        filled = sets.pointers[np.r_[True, np.diff(sets.pointers) > 0]]
        for rank, found in zip(ranks, counts, strict=True):
            kernels.lowest_ranks(filled, sets.members, rank, found)
    return [np.cumsum(found) for found in counts]


def _rank(n: int, seeds: IntArray) -> npt.NDArray[np.int32]:
    rank = np.full(n, seeds.size, np.int32)
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
