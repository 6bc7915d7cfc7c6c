"""Proposals: the items that any of several lists names for a person, and the best of them by another score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from graph.recommend.packed import Packed
from graph.text import Int64

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Proposals:
    """Items of u people, person by person, each person's in the order of ties and none twice; c in all.

    Attributes:
        packed: (position of the person, place of the item in the order of ties) of each proposal.
        people: Number of people.
        tie_order: int64 (n,), from ``ranking.tie_order``.
    """

    packed: Packed
    people: int
    tie_order: Int64

    @staticmethod
    def of_lists(lists: Sequence[Int64], *, tie_order: Int64) -> Proposals:
        """What is in any of these lists, each int64 (u, k) with -1 for nothing."""
        n, stacked = max(len(tie_order), 1), np.hstack(lists)
        flat = stacked.ravel()
        rows = np.repeat(np.arange(len(stacked)), stacked.shape[1])
        real = flat >= 0
        codes = np.sort(rows[real] * n + tie_order[flat[real]])
        first = np.ones(len(codes), np.bool_)
        first[1:] = codes[1:] != codes[:-1]
        return Proposals(Packed(codes[first], n), len(stacked), tie_order)

    @cached_property
    def rows(self) -> Int64:
        """Position of the person of each proposal, int64 (c,)."""
        return self.packed.packed // self.packed.width

    @cached_property
    def items(self) -> Int64:
        """Number of the item of each proposal, int64 (c,)."""
        return np.argsort(self.tie_order)[self.packed.second]

    @property
    def offsets(self) -> Int64:
        """Where the proposals of each person start, int64 (u + 1,)."""
        return np.searchsorted(self.rows, np.arange(self.people + 1))

    def ranks(self, lists: Int64, absent: float) -> Floats:
        """Rank of every proposal in one of the lists, from 1, float64 (c,); ``absent`` where it is not in there."""
        result = np.full(len(self.rows), absent)
        row, rank = np.nonzero(lists >= 0)
        at, found = self.packed.find(row, self.tie_order[lists[row, rank]])
        result[at[found]] = rank[found] + 1.0
        return result

    def best(self, scores: Floats, k: int) -> tuple[Int64, Floats]:
        """The k proposals of each person with the highest scores; of equal ones the first in the order of ties.

        Args:
            scores: float64 (c,).
            k: Length of the lists.

        Returns:
            Items, int64 (u, k), -1 where a person has fewer, and their scores, float64 (u, k), -inf there.
        """
        return best_of_people(self.offsets, self.items, scores, k)


def best_of_people(offsets: Int64, items: Int64, scores: Floats, k: int) -> tuple[Int64, Floats]:
    """The k items of each person with the highest scores; of equal ones the first, see ``Proposals.best``.

    Args:
        offsets: int64 (u + 1,), where the items of each person start.
        items: int64 (c,).
        scores: float64 (c,).
        k: Length of the lists.
    """
    people = len(offsets) - 1
    rows = np.repeat(np.arange(people), np.diff(offsets))
    order = np.lexsort((np.arange(len(scores)), -scores, rows))
    rank = np.arange(len(order)) - offsets[rows]
    first = rank < k
    best, found = np.full((people, k), -1, np.int64), np.full((people, k), -np.inf)
    best[rows[first], rank[first]] = items[order[first]]
    found[rows[first], rank[first]] = scores[order[first]]
    return best, found
