from __future__ import annotations

import numpy as np
import pytest

from graph.segment.adjacency import aggregate, assemble
from graph.segment.assignment import absorb, assign_items, share_membership


@pytest.fixture
def chain(market):
    """Two groups of three, a pair that leans to the second, a single behind the pair, an island of two."""
    people = ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "d0", "e0", "e1"]
    ties = [
        ("a0", "a1"), ("a1", "a2"), ("a0", "a2"), ("b0", "b1"), ("b1", "b2"), ("b0", "b2"),
        ("c0", "c1"), ("c0", "a0"), ("c0", "b0"), ("c1", "b1"), ("d0", "c1"), ("e0", "e1"),
    ]  # fmt: skip
    graph = market(people, follows=ties)
    return assemble(aggregate(graph), {"Person": len(people)})


COMMUNITIES = np.array([0, 0, 0, 1, 1, 1, 2, 2, 4, 3, 3])


def test_small_communities_join_where_most_of_their_weight_goes_and_islands_stay_out(chain):
    assert absorb(chain, COMMUNITIES, least=3).tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1, -1, -1]


def test_nothing_is_absorbed_where_all_are_big_enough(chain):
    assert absorb(chain, COMMUNITIES, least=1).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 4, 3, 3]


def test_without_a_big_community_nobody_is_placed(chain):
    assert set(absorb(chain, COMMUNITIES, least=10).tolist()) == {-1}


def test_membership_of_a_bridge_is_the_share_of_its_edges(chain):
    labels = absorb(chain, COMMUNITIES, least=3)
    share = share_membership(chain, assign_items(chain, labels), 2)
    assert share[6] == pytest.approx([1 / 3, 2 / 3])
    assert share[9].tolist() == [0.0, 0.0]


def test_a_thing_belongs_to_the_segment_that_likes_it_most_for_its_size(market):
    views = [(f"a{i}", "x") for i in range(6)] + [(f"a{i}", "y") for i in range(4)] + [("b0", "y"), ("b1", "y")]
    graph = market([f"a{i}" for i in range(6)] + ["b0", "b1"], ["x", "y"], views=views)
    adjacency = assemble(aggregate(graph), {"Person": 8, "Product": 2})
    assert assign_items(adjacency, np.array([0] * 6 + [1] * 2)).tolist()[8:] == [0, 1]
