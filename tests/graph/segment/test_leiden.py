from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.segment.leiden import by_size, communities, connected, modularity


def csr(graph: nx.Graph) -> sp.csr_array:
    return sp.csr_array(nx.to_scipy_sparse_array(graph, nodelist=sorted(graph), dtype=np.float64))


def test_two_cliques():
    graph = nx.disjoint_union(nx.complete_graph(5), nx.complete_graph(4))
    graph.add_edge(0, 5)
    assert communities(csr(graph), seed=3).tolist() == [0] * 5 + [1] * 4


def test_nodes_without_edges_stay_alone():
    graph = nx.complete_graph(4)
    graph.add_nodes_from([4, 5])
    assert communities(csr(graph)).tolist() == [0, 0, 0, 0, 1, 2]
    assert communities(sp.csr_array((3, 3))).tolist() == [0, 1, 2]


def test_a_community_that_falls_apart_is_split():
    graph = nx.Graph([(0, 1), (2, 3), (1, 4), (4, 2)])
    found = connected(csr(graph), np.array([7, 7, 7, 7, 1]))
    assert len(set(found[:2])) == len(set(found[2:4])) == 1
    assert len(set(found.tolist())) == 3


def test_ties_in_size_go_to_the_smallest_member():
    assert by_size(np.array([4, 9, 9, 4, 1])).tolist() == [0, 1, 1, 0, 2]


def test_modularity_of_two_cliques_joined_by_an_edge_matches_networkx():
    graph = nx.barbell_graph(5, 0)
    groups = [set(range(5)), set(range(5, 10))]
    expected = nx.community.modularity(graph, groups)
    assert modularity(csr(graph), np.repeat([0, 1], 5)) == pytest.approx(expected)


def test_negative_labels_are_nodes_on_their_own():
    graph = nx.barbell_graph(4, 0)
    alone = [{0, 1, 2, 3}, {4, 5, 6}, {7}]
    labels = np.array([0, 0, 0, 0, 1, 1, 1, -1])
    assert modularity(csr(graph), labels) == pytest.approx(nx.community.modularity(graph, alone))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), density=st.floats(0.02, 0.2))
def test_every_community_is_connected_and_a_run_repeats(seed, density):
    graph = nx.gnp_random_graph(60, density, seed=seed)
    labels = communities(csr(graph), seed=seed)
    for label in np.unique(labels):
        assert nx.is_connected(graph.subgraph(np.flatnonzero(labels == label).tolist()))
    sizes = np.bincount(labels)
    assert (np.diff(sizes) <= 0).all()
    assert np.array_equal(labels, communities(csr(graph), seed=seed))
