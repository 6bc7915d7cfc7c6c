"""Items that people are not offered: what they have or have rated, and what nobody is offered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from graph.recommend.packed import Packed
from graph.text import Int64

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Barred:
    """Items that people are not offered.

    Attributes:
        rows: int64 (e,), positions of people, with ``items`` int64 (e,): the pairs that are barred; repeats allowed.
        for_all: bool (n,), items that nobody is offered.
    """

    rows: Int64
    items: Int64
    for_all: Bools

    @cached_property
    def packed(self) -> Packed:
        """The barred pairs for looking up."""
        n = len(self.for_all)
        return Packed(np.unique(self.rows * n + self.items), max(n, 1))

    def of(self, rows: Int64, items: Int64) -> Bools:
        """Which of these pairs are barred, bool (c,)."""
        return self.for_all[items] | self.packed.find(rows, items)[1]

    @staticmethod
    def nothing(n: int) -> Barred:
        """Nothing of n items is barred."""
        return Barred(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(n, np.bool_))
