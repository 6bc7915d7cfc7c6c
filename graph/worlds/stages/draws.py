"""Keyed random streams, and sampling functions for all stages."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Narrow = NDArray[np.int32]


def stream(seed: int, stage: str, block: int = 0) -> np.random.Generator:
    """An independent generator for one stage and block, whatever was drawn before."""
    return np.random.default_rng([seed, zlib.crc32(stage.encode()), block])


@dataclass(frozen=True, slots=True)
class GroupTable:
    """Draws items from one of many discrete distributions that share a list of items.

    Attributes:
        bounds: float64 (G * n,), one increasing array in which group g runs from g to g + 1.
        items: int32 (G * n,), the item behind every bound.
    """

    bounds: Floats
    items: Narrow

    @classmethod
    def build(cls, weights: Floats, groups: Ints, items: Ints) -> GroupTable:
        """A table from flat entries; ``groups`` is sorted and names every group 0..G-1 at least once.

        Args:
            weights: float64 (m,), >= 0, with a positive sum in each group; they need not be normalised.
            groups: int64 (m,), increasing.
            items: int64 (m,).
        """
        total = np.bincount(groups, weights)
        running = np.cumsum(weights / total[groups])
        last = np.flatnonzero(np.append(groups[1:] != groups[:-1], True))
        # Each group ends exactly at g + 1, so that rounding cannot give a draw from the next group.
        shift = np.concatenate([[0.0], running[last[:-1]]])
        bounds = np.minimum(running - shift[groups], 1.0) + groups
        bounds[last] = groups[last] + 1.0
        return cls(bounds, items.astype(np.int32))

    def draw(self, groups: NDArray[np.integer], rng: np.random.Generator) -> Narrow:
        """One item per entry of ``groups``: int32 of the same length."""
        at = np.searchsorted(self.bounds, groups + rng.random(len(groups)), side="right")
        return self.items[np.minimum(at, len(self.items) - 1)]


def draw_columns(shares: NDArray[np.floating], rows: NDArray[np.integer], rng: np.random.Generator) -> Ints:
    """Draw a column from ``shares[row]`` for each entry of ``rows``; int64.

    Args:
        shares: (n, k), every row sums to 1.
        rows: (m,) row numbers.
    """
    running = np.cumsum(shares, axis=1)[rows]
    column: Ints = np.minimum((running < rng.random((len(rows), 1))).sum(axis=1), shares.shape[1] - 1)
    return column


def quotas(total: int, shares: Floats) -> Ints:
    """Whole numbers that sum to ``total`` in proportion to ``shares`` (largest remainder method)."""
    exact = total * shares / shares.sum()
    counts: Ints = np.floor(exact).astype(np.int64)
    short = total - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return counts


def expand(starts: Ints, stops: Ints) -> tuple[Ints, Ints]:
    """All positions of the ranges [start, stop): (range number, position), both int64."""
    counts = stops - starts
    which = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return which, np.arange(len(which)) - first + starts[which]
