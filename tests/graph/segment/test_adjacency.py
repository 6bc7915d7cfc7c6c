from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from graph.hetero import HeteroGraph
from graph.schema import MARKET, EdgeKey, Schema
from graph.segment.adjacency import aggregate, assemble, bm25, drop_unshared

VIEWED = EdgeKey("Person", "VIEWED", "Product")


def ageing(graph, half_life):
    """The graph under a schema by which views count half after so many days."""
    views = replace(MARKET.edges[VIEWED], meaning=replace(MARKET.meaning(VIEWED), half_life=half_life))
    return HeteroGraph.of(graph.nodes, graph.edge_sets, schema=Schema(MARKET.nodes, {**MARKET.edges, VIEWED: views}))


def counts_of(graph):
    return {name: len(nodes) for name, nodes in graph.nodes.items()}


def test_repeated_events_become_one_pair_with_log1p_of_the_count(market):
    graph = market(["a", "b"], ["x"], views=[("a", "x"), ("a", "x"), ("a", "x"), ("b", "x")])
    (block,) = aggregate(graph)
    assert block.person.tolist() == [0, 1]
    assert block.amount == pytest.approx(np.log1p([3, 1]))


def test_an_event_one_half_life_old_counts_half_and_an_undated_one_as_the_dated_on_average(market):
    graph = market(["a", "b", "c"], ["x"], views=[("a", "x"), ("b", "x"), ("c", "x")], days_ago=[0, 30, None])
    (block,) = aggregate(ageing(graph, 30.0))
    assert block.amount == pytest.approx(np.log1p([1.0, 0.5, 0.75]), rel=1e-5)


def test_age_does_not_matter_without_half_life(market):
    graph = market(["a", "b"], ["x"], views=[("a", "x"), ("b", "x")], days_ago=[0, 3000])
    (block,) = aggregate(ageing(graph, np.inf))
    assert block.amount[0] == block.amount[1]


def test_an_ancient_event_still_is_a_pair_of_positive_weight(market):
    graph = market(["a", "b"], ["x"], views=[("a", "x"), ("b", "x")], days_ago=[0, 10_000])
    assert (assemble(aggregate(graph), counts_of(graph)).matrix.data > 0).all()


def test_self_ties_are_dropped(market):
    graph = market(["a", "b"], follows=[("a", "a"), ("a", "b")])
    (block,) = aggregate(graph)
    assert (block.person.tolist(), block.other.tolist()) == ([0], [1])


def test_bm25_of_a_hand_computed_case():
    # Two people, two things: thing 0 of both, thing 1 of the first only; lengths 2 and 1, mean 1.5.
    weight = bm25(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([1.0, 1.0, 1.0]), shape=(2, 2))
    rare, common = np.log1p(1.5 / 1.5), np.log1p(0.5 / 2.5)
    long, short = 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 1.5)), 2.2 / (1 + 1.2 * (0.25 + 0.75 / 1.5))
    assert weight == pytest.approx([common * long, rare * long, common * short])


def test_matrix_is_symmetric_and_groups_get_their_share(planted):
    graph, _ = planted([40, 40])
    adjacency = assemble(aggregate(graph), counts_of(graph), shares={"interactions": 1.0, "social": 0.5})
    matrix = adjacency.matrix
    assert abs(matrix - matrix.T).max() == 0
    assert matrix.sum() == pytest.approx(2.0)
    social = matrix[adjacency.people, adjacency.people].sum() / 2.0
    assert social == pytest.approx(1 / 3)
    assert adjacency.shares == pytest.approx({"interactions": 2 / 3, "social": 1 / 3})


def test_shares_are_renormalised_where_a_relation_is_absent(market):
    graph = market(["a", "b"], follows=[("a", "b")])
    adjacency = assemble(aggregate(graph), counts_of(graph))
    assert adjacency.shares == {"social": 1.0}
    assert adjacency.matrix.sum() == pytest.approx(2.0)


def test_things_of_one_person_are_left_out(market):
    graph = market(["a", "b"], ["x", "y"], views=[("a", "x"), ("b", "x"), ("b", "y"), ("b", "y")])
    (block,) = drop_unshared(aggregate(graph), counts_of(graph))
    assert block.other.tolist() == [0, 0]


def test_a_tie_to_somebody_whom_everybody_follows_weighs_nearly_nothing(market):
    people = [f"u{i:02d}" for i in range(40)]
    pairs = [(people[i], people[i + 1 - 2 * (i % 2)]) for i in range(38)]
    graph = market(people, follows=[*pairs, *((p, "u39") for p in people[:39])])
    matrix = assemble(aggregate(graph), counts_of(graph)).matrix
    friends, hub = matrix[:38, :38].data, matrix[:38, 39].toarray()
    assert friends.min() > 50 * hub.max()
    assert hub.min() > 0


def test_somebody_who_follows_everybody_joins_nobody_either(market):
    people = [f"u{i:02d}" for i in range(40)]
    pairs = [(people[i], people[i + 1 - 2 * (i % 2)]) for i in range(38)]
    graph = market(people, follows=[*pairs, *(("u39", p) for p in people[:39])])
    matrix = assemble(aggregate(graph), counts_of(graph)).matrix
    assert matrix[:38, :38].data.min() > 20 * matrix[:38, 39].toarray().max()


def test_where_all_ties_lead_to_one_hub_they_lose_their_share(market):
    people = [f"u{i:02d}" for i in range(40)]
    views = [(p, f"x{i % 5}") for i, p in enumerate(people)]
    graph = market(people, [f"x{i}" for i in range(5)], views=views, follows=[(p, "u39") for p in people[:39]])
    adjacency = assemble(aggregate(graph), counts_of(graph))
    assert adjacency.shares["social"] < 0.01
    assert adjacency.matrix.sum() == pytest.approx(2.0)


def test_a_kol_whom_a_group_follows_keeps_full_weight(market):
    """Half of the people may follow somebody without the tie losing anything."""
    people = [f"u{i:02d}" for i in range(40)]
    graph = market(people, follows=[(p, "u00" if i < 21 else "u01") for i, p in enumerate(people) if i > 1])
    weights = assemble(aggregate(graph), counts_of(graph)).matrix.data
    assert weights == pytest.approx(np.full(len(weights), weights[0]))
