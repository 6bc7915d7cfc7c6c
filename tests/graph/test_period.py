"""The period of an edge type: its dated edges only."""

from __future__ import annotations

import numpy as np

from graph.columns import UNDATED, Edges


def test_the_period_leaves_undated_edges_out() -> None:
    ends = np.array([0, 1, 2])
    assert Edges(ends, ends, np.array([UNDATED, 7, 5])).period == (5, 7)
    assert Edges(ends, ends, np.full(3, UNDATED)).period is None
    assert Edges(ends, ends).period is None
