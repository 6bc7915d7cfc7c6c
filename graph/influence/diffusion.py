"""Diffusion: the independent-cascade model, that is who influences whom with which probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.errors import DataError

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

_FIX_ARCS = "give one source, one target in 0..n-1 and one probability in (0, 1] per arc"


@dataclass(frozen=True, slots=True, eq=False)
class Diffusion:
    """An independent-cascade model over n people.

    An arc u -> v means: when u becomes active, it activates v with probability p, once, independently of other arcs
    (Kempe, Kleinberg and Tardos 2003). Arcs are stored by target, which reverse-reachable sets read.

    Attributes:
        n: Number of people, numbered 0..n-1.
        indptr: int64 (n + 1,); the arcs into v are ``indptr[v]:indptr[v + 1]``.
        sources: int32 (m,); the influencers, ascending for each target.
        p: float64 (m,); activation probabilities in (0, 1].
    """

    n: int
    indptr: IntArray
    sources: npt.NDArray[np.int32]
    p: FloatArray

    @classmethod
    def from_arcs(cls, n: int, sources: npt.ArrayLike, targets: npt.ArrayLike, *, p: npt.ArrayLike) -> Diffusion:
        """Make a model of these arcs, in canonical order (by target, then source).

        Self loops are dropped. Parallel arcs are combined as independent chances: 1 - (1 - p1)(1 - p2).

        Args:
            n: Number of people, at least 0 and below 2**31.
            sources: The influencing people, integers (m,).
            targets: The influenced people, integers (m,).
            p: Activation probabilities (m,), or one for all arcs.

        Raises:
            DataError: lengths differ, a person is outside 0..n-1, or a probability outside (0, 1].

        >>> Diffusion.from_arcs(3, [0, 0, 2], [1, 1, 2], p=0.5).p.tolist()
        [0.75]
        """
        src, dst = np.asarray(sources, np.int64).ravel(), np.asarray(targets, np.int64).ravel()
        chance = np.asarray(p, np.float64).ravel()
        if chance.size == 1 and src.size != 1:
            chance = np.full(src.size, chance[0])
        if not src.size == dst.size == chance.size:
            raise DataError(f"{src.size} sources, {dst.size} targets, {chance.size} probabilities", hint=_FIX_ARCS)
        if not 0 <= n < 2**31:
            raise DataError(f"{n} people cannot be numbered", hint="use between 0 and 2**31 - 1 people")
        if src.size and (min(src.min(), dst.min()) < 0 or max(src.max(), dst.max()) >= n):
            raise DataError(f"an arc leads outside the {n} people", hint=_FIX_ARCS)
        if not bool(np.all((chance > 0) & (chance <= 1))):
            raise DataError("an activation probability is not in (0, 1]", hint=_FIX_ARCS)
        keep = src != dst
        return cls._canonical(n, src[keep], dst[keep], chance[keep])

    @classmethod
    def _canonical(cls, n: int, src: IntArray, dst: IntArray, chance: FloatArray) -> Diffusion:
        """Sort by (target, source) and join parallel arcs."""
        order = np.lexsort((chance, src, dst))
        src, dst, chance = src[order], dst[order], chance[order]
        first = np.flatnonzero(np.r_[True, (np.diff(src) != 0) | (np.diff(dst) != 0)]) if src.size else np.empty(0, int)
        if first.size < src.size:
            chance = 1.0 - np.multiply.reduceat(1.0 - chance, first)
            src, dst = src[first], dst[first]
        indptr = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(dst, minlength=n), out=indptr[1:])
        return cls(n, _locked(indptr), _locked(src.astype(np.int32)), _locked(chance))

    @property
    def arcs(self) -> int:
        """Number of arcs."""
        return int(self.sources.size)

    @property
    def targets(self) -> npt.NDArray[np.int32]:
        """The influenced person of every arc, int32 (m,), ascending."""
        return np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.indptr))

    def forward(self) -> tuple[IntArray, npt.NDArray[np.int32], FloatArray]:
        """The same arcs by source: indptr int64 (n + 1,), targets int32 (m,) ascending for each source, p (m,)."""
        order = np.argsort(self.sources, kind="stable")
        indptr = np.zeros(self.n + 1, np.int64)
        np.cumsum(np.bincount(self.sources, minlength=self.n), out=indptr[1:])
        return indptr, self.targets[order], self.p[order]

    def out_degree(self) -> IntArray:
        """Number of people that each person can activate directly, int64 (n,)."""
        return np.bincount(self.sources, minlength=self.n).astype(np.int64)

    def without(self, people: BoolArray) -> Diffusion:
        """The same people without the arcs at marked people.

        Args:
            people: Bool (n,); marked people cannot be activated and activate nobody.
        """
        if not people.any():
            return self
        keep = ~(people[self.sources] | people[self.targets])
        return Diffusion._canonical(
            self.n, self.sources[keep].astype(np.int64), self.targets[keep].astype(np.int64), self.p[keep]
        )


def people_mask(people: npt.ArrayLike | None, n: int, *, what: str, default: bool) -> BoolArray:
    """Convert a mask, an array of person numbers, or None to a bool mask (n,).

    Args:
        people: Boolean (n,), integers in 0..n-1, or None.
        n: Number of people.
        what: Name of the argument in messages.
        default: The value for everybody when `people` is None.

    Raises:
        DataError: a mask of another length, or a number outside 0..n-1.
    """
    if people is None:
        return np.full(n, default)
    given = np.asarray(people)
    if given.dtype == bool:
        if given.shape != (n,):
            raise DataError(f"{what} has shape {given.shape} for {n} people", hint="give one flag per person")
        return given.copy()
    numbers = given.astype(np.int64).ravel()
    if numbers.size and (numbers.min() < 0 or numbers.max() >= n):
        raise DataError(f"{what} names somebody outside the {n} people", hint="use person numbers from 0 to n - 1")
    mask = np.zeros(n, bool)
    mask[numbers] = True
    return mask


def people_value(value: npt.ArrayLike | None, n: int) -> FloatArray:
    """Value of reaching each person as float64 (n,); ones for None.

    Raises:
        DataError: another length, a negative number, or a missing one.
    """
    if value is None:
        return np.ones(n)
    worth = np.array(value, np.float64)
    if worth.shape != (n,) or not bool(np.all(np.isfinite(worth) & (worth >= 0))):
        raise DataError(
            f"values per person must be {n} finite numbers of at least 0",
            hint="give an adoption probability for each person and 0 for those who do not count",
        )
    return worth


def stream_keys(rng: int | np.random.Generator, count: int) -> list[np.uint64]:
    """Independent 64-bit keys for counter-based random streams; equal seeds give equal keys."""
    return list(np.random.default_rng(rng).integers(0, 2**64, size=count, dtype=np.uint64))


def _locked(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Make the array read-only and return it."""
    array.setflags(write=False)
    return array
