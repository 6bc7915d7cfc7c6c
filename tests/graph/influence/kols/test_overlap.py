"""Audience overlap on an audience that can be counted by hand."""

from __future__ import annotations

import numpy as np

from graph.columns import Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.influence.kols.overlap import audience_overlap
from graph.influence.learning.audience import StrengthConfig, gather_audience
from graph.schema import EdgeKey

FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")


def test_shares_are_of_the_rows_audience() -> None:
    people = Nodes(IdMap.of("Person", [f"p{i}" for i in range(8)]), {})
    # p5, p6, p7 are accounts: p5 has {0, 1, 2, 3}, p6 has {2, 3}, p7 has nobody.
    src, dst = np.array([0, 1, 2, 2, 3, 3]), np.array([5, 5, 5, 6, 5, 6])
    graph = HeteroGraph.of({"Person": people}, {FOLLOWS: Edges(src, dst).canonical()})
    found = audience_overlap(gather_audience(graph, config=StrengthConfig()), [5, 6, 7])
    np.testing.assert_allclose(found[:2], [[1.0, 0.5, 0.0], [1.0, 1.0, 0.0]])
    assert np.isnan(found[2]).all()
