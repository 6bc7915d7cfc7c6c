"""Scores that a voter gives to all items for some people, kept in the form in which they are cheap.

A voter that reads a person's own events says something about a few items only; popularity says the same to everybody.
Rows of all items would cost the number of items for each person and voter, whatever is done with them. So a voter
hands over one of three forms, and what comes after asks for the best items, for the scores of some pairs, or for mean
and deviation, which each form answers in its own way. A row never depends on the rows beside it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.recommend.barred import Barred
from graph.recommend.dense_rows import row_moments, top_of_rows
from graph.recommend.packed import Packed
from graph.recommend.ranking import top
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
# A row whose deviation is below this share of its largest score is constant but for rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Moments:
    """What standardising a row needs; u rows.

    Attributes:
        mean: float64 (u,).
        spread: float64 (u,), standard deviation over all items; 1 where ``flat``.
        flat: bool (u,), whether the row has one score for all items: no opinion.
    """

    mean: Floats
    spread: Floats
    flat: Bools

    @staticmethod
    def of(mean: Floats, spread: Floats, largest: Floats) -> Moments:
        """Moments of rows with these means, deviations and largest absolute scores."""
        flat = spread <= _ROUNDING * (1.0 + largest)
        return Moments(mean, np.where(flat, 1.0, spread), flat)


class RowScores(ABC):
    """Scores of n items for u people, finite, higher is better."""

    shape: tuple[int, int]

    @abstractmethod
    def dense(self) -> Floats:
        """All scores, float64 (u, n)."""

    @abstractmethod
    def at(self, rows: Int64, items: Int64) -> Floats:
        """Scores of pairs, float64 (c,)."""

    @cached_property
    def moments(self) -> Moments:
        """Mean and deviation of each row."""
        return self._moments()

    @abstractmethod
    def _moments(self) -> Moments:
        """Mean and deviation of each row."""

    @abstractmethod
    def best(self, k: int, barred: Barred, *, tie_order: Int64) -> Int64:
        """The best k items of each row about which something is said, best first: int64 (u, k), -1 where fewer.

        Args:
            k: Length of the lists, at most n.
            barred: Items that are left out.
            tie_order: int64 (n,), from ``ranking.tie_order``; of equal scores the lowest comes first.
        """

    @abstractmethod
    def take(self, rows: Int64) -> RowScores:
        """The scores of some of the people."""

    def standardised(self) -> Floats:
        """All scores, standardised, float64 (u, n); see ``standardise``."""
        return standardise(self.dense(), self.moments)

    def standardised_at(self, rows: Int64, items: Int64) -> Floats:
        """Standardised scores of pairs, float64 (c,)."""
        found = self.moments
        parts = Moments(found.mean[rows], found.spread[rows], found.flat[rows])
        return standardise(self.at(rows, items)[:, None], parts)[:, 0]


def standardise(scores: Floats, moments: Moments) -> Floats:
    """Rows with mean 0 and standard deviation 1, then passed through asinh; a constant row becomes 0.

    With thousands of items the best ones of a sparse voter lie tens of deviations from the mean. asinh compresses them,
    so that they do not outweigh the other voters, and keeps their order, which clipping would not. A constant row means
    that the voter has no opinion about the person.
    """
    apart = (scores - moments.mean[:, None]) / moments.spread[:, None]
    return np.where(moments.flat[:, None], 0.0, np.arcsinh(apart))


@dataclass(frozen=True, eq=False)
class Dense(RowScores):
    """One number for each person and item.

    Attributes:
        values: float64 (u, n).
    """

    values: Floats

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        """People and items."""
        return self.values.shape[0], self.values.shape[1]

    def dense(self) -> Floats:
        """The values themselves; not to be changed."""
        return self.values

    def at(self, rows: Int64, items: Int64) -> Floats:
        """Looked up."""
        return self.values[rows, items]

    def _moments(self) -> Moments:
        """Two passes over the values."""
        return Moments.of(*row_moments(self.values))

    def best(self, k: int, barred: Barred, *, tie_order: Int64) -> Int64:
        """One pass over the values; nothing for a constant row."""
        flat = self.moments.flat
        found = top_of_rows(self.values, k, tie_order=tie_order, barred=barred)
        found[flat] = -1
        return found

    def take(self, rows: Int64) -> Dense:
        """Some of the rows."""
        return Dense(self.values[rows])


@dataclass(frozen=True, eq=False)
class Sparse(RowScores):
    """Scores above or below 0 for a few items, and 0 for all others, about which nothing is said.

    Attributes:
        matrix: float64 (u, n), indices of a row ascending and without repeats.
    """

    matrix: sp.csr_array

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        """People and items."""
        return self.matrix.shape[0], self.matrix.shape[1]

    @property
    def _rows(self) -> Int64:
        return np.repeat(np.arange(self.shape[0]), np.diff(self.matrix.indptr))

    def dense(self) -> Floats:
        """With the zeros."""
        return np.asarray(self.matrix.toarray(), np.float64)

    def at(self, rows: Int64, items: Int64) -> Floats:
        """Looked up; 0 where there is no entry."""
        n = max(self.shape[1], 1)
        place, found = Packed(self._rows * n + self.matrix.indices, n).find(rows, items)
        result = np.zeros(len(rows))
        result[found] = self.matrix.data[place[found]]
        return result

    def _moments(self) -> Moments:
        """From the entries and the number of zeros."""
        people, n = self.shape
        rows, data = self._rows, self.matrix.data
        mean = np.bincount(rows, data, minlength=people) / max(n, 1)
        apart = np.bincount(rows, (data - mean[rows]) ** 2, minlength=people)
        zeros = n - np.diff(self.matrix.indptr)
        largest = np.zeros(people)
        np.maximum.at(largest, rows, np.abs(data))
        return Moments.of(mean, np.sqrt((apart + zeros * mean**2) / max(n, 1)), largest)

    def best(self, k: int, barred: Barred, *, tie_order: Int64) -> Int64:
        """The best of the entries that are not 0."""
        rows, items, data = self._rows, self.matrix.indices.astype(np.int64), self.matrix.data
        kept = (data != 0) & ~barred.of(rows, items)
        rows, items, data = rows[kept], items[kept], data[kept]
        order = np.lexsort((tie_order[items], -data, rows))
        starts = np.searchsorted(rows, np.arange(self.shape[0]))
        rank = np.arange(len(order)) - starts[rows]
        result = np.full((self.shape[0], k), -1, np.int64)
        short = rank < k
        result[rows[short], rank[short]] = items[order[short]]
        return result

    def take(self, rows: Int64) -> Sparse:
        """Some of the rows."""
        return Sparse(self.matrix[rows])

    def standardised(self) -> Floats:
        """Computed for the entries, and once for the zeros of each row."""
        found = self.moments
        nothing = standardise(np.zeros((self.shape[0], 1)), found)
        result = np.repeat(nothing, self.shape[1], axis=1)
        rows = self._rows
        result[rows, self.matrix.indices] = self.standardised_at(rows, self.matrix.indices.astype(np.int64))
        return result


@dataclass(frozen=True, eq=False)
class Shared(RowScores):
    """The same scores for everybody.

    Attributes:
        row: float64 (n,).
        people: Number of people.
    """

    row: Floats
    people: int

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        """People and items."""
        return self.people, len(self.row)

    def dense(self) -> Floats:
        """The row for each person."""
        return np.repeat(self.row[None, :], self.people, axis=0)

    def at(self, rows: Int64, items: Int64) -> Floats:
        """Looked up."""
        return self.row[items]

    def _moments(self) -> Moments:
        """Of the row, for each person."""
        one = Moments.of(*row_moments(self.row[None, :]))
        same = np.zeros(self.people, np.int64)
        return Moments(one.mean[same], one.spread[same], one.flat[same])

    def best(self, k: int, barred: Barred, *, tie_order: Int64) -> Int64:
        """The best items that are not barred, in the order of ties where all are equal."""
        result = np.full((self.people, k), -1, np.int64)
        open_row = np.where(barred.for_all, -np.inf, self.row)
        packed = barred.packed
        low, high = packed.bounds(np.arange(self.people))
        order = top(open_row, k + int((high - low).max(initial=0)), tie_order=tie_order)
        rows, places = np.repeat(np.arange(self.people), len(order)), np.tile(np.arange(len(order)), self.people)
        is_open = ~packed.find(rows, order[places])[1].reshape(self.people, len(order))
        rank = np.cumsum(is_open, axis=1) - 1
        row, place = np.nonzero(is_open & (rank < k))
        result[row, rank[row, place]] = order[place]
        return result

    def take(self, rows: Int64) -> Shared:
        """The row, for fewer people."""
        return Shared(self.row, len(rows))

    def standardised(self) -> Floats:
        """Computed once."""
        return np.repeat(standardise(self.row[None, :], self.take(np.zeros(1, np.int64)).moments), self.people, axis=0)


def sparse_of_pairs(rows: Int64, items: Int64, values: Floats, shape: tuple[int, int]) -> Sparse:
    """Sums of values by pair, in the order in which they are given."""
    import scipy.sparse as sp

    code, place = np.unique(rows * max(shape[1], 1) + items, return_inverse=True)
    data = np.bincount(place, values, minlength=len(code)).astype(np.float64)
    counts = np.bincount(code // max(shape[1], 1), minlength=shape[0])
    pointers = np.concatenate([[0], np.cumsum(counts)])
    return Sparse(sp.csr_array((data, code % max(shape[1], 1), pointers), shape=shape))
