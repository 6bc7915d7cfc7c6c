"""Sorted pairs of numbers, each pair packed into one, and how to look up many pairs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.text import Int64


@dataclass(frozen=True, slots=True)
class Packed:
    """Pairs (first, second) as ``first * width + second``; e of them.

    Attributes:
        packed: int64 (e,), ascending, without repeats.
        width: Number that is above every second number.
    """

    packed: Int64
    width: int

    @property
    def second(self) -> Int64:
        """The second numbers, int64 (e,)."""
        return self.packed % self.width

    def find(self, first: Int64, second: Int64) -> tuple[Int64, npt.NDArray[np.bool_]]:
        """Position of each pair, and whether it is there; the position of a pair that is not there has no meaning."""
        if not len(self.packed):
            return np.zeros(len(first), np.int64), np.zeros(len(first), np.bool_)
        wanted = first * self.width + second
        at = np.minimum(np.searchsorted(self.packed, wanted), len(self.packed) - 1)
        return at, self.packed[at] == wanted

    def bounds(self, first: Int64) -> tuple[Int64, Int64]:
        """Where the pairs with these first numbers start and end."""
        low, high = first * self.width, (first + 1) * self.width
        return np.searchsorted(self.packed, low), np.searchsorted(self.packed, high)


def expand(low: Int64, high: Int64) -> tuple[Int64, Int64]:
    """All positions of some ranges: which range each belongs to, and the position; int64 each."""
    counts = np.asarray(high, np.int64) - low
    which = np.repeat(np.arange(len(counts)), counts)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)


def first_of_rows(row: Int64, *by: npt.NDArray[np.generic]) -> Int64:
    """Position of the first entry of each row that occurs, by falling priority of the given keys, ascending."""
    order = np.lexsort((*by[::-1], row))
    ordered = row[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return order[first]
