from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.worlds.stages.draws import GroupTable, draw_columns, expand, quotas, stream


def test_group_table_draws_in_proportion_and_never_from_another_group():
    table = GroupTable.build(
        np.array([1.0, 3.0, 5.0, 0.0, 2.0]), np.array([0, 0, 1, 2, 2]), np.array([10, 11, 20, 30, 31])
    )
    rng = np.random.default_rng(1)
    first = table.draw(np.zeros(20_000, dtype=np.int64), rng)
    assert set(first.tolist()) == {10, 11}
    assert abs((first == 11).mean() - 0.75) < 0.02
    assert set(table.draw(np.ones(500, dtype=np.int64), rng).tolist()) == {20}
    assert set(table.draw(np.full(500, 2), rng).tolist()) == {31}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5), min_size=1, max_size=30), st.integers(0, 99))
def test_group_table_stays_in_the_group(groups: list[list[float]], seed: int):
    number = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    table = GroupTable.build(np.concatenate(groups), number, number)
    wanted = np.repeat(np.arange(len(groups)), 20)
    np.testing.assert_array_equal(table.draw(wanted, np.random.default_rng(seed)), wanted)


def test_draw_columns_follows_each_row():
    shares = np.array([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]], dtype=np.float32)
    rng = np.random.default_rng(0)
    assert set(draw_columns(shares, np.zeros(200, dtype=np.int64), rng).tolist()) == {1}
    two = draw_columns(shares, np.ones(4000, dtype=np.int64), rng)
    assert set(two.tolist()) == {0, 2}
    assert abs((two == 0).mean() - 0.5) < 0.04


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 10), min_size=1, max_size=20))
def test_quotas_add_up_and_stay_within_one_of_exact(total: int, shares: list[float]):
    weights = np.array(shares)
    counts = quotas(total, weights)
    assert counts.sum() == total
    assert np.abs(counts - total * weights / weights.sum()).max() < 1 + 1e-6


def test_expand_lists_every_position_of_every_range():
    which, position = expand(np.array([5, 2, 9]), np.array([7, 2, 12]))
    assert which.tolist() == [0, 0, 2, 2, 2]
    assert position.tolist() == [5, 6, 9, 10, 11]


def test_streams_differ_by_stage_block_and_seed_and_repeat():
    draws = {key: stream(*key).random() for key in ((1, "a", 0), (1, "a", 1), (1, "b", 0), (2, "a", 0))}
    assert len(set(draws.values())) == 4
    assert stream(1, "a").random() == draws[1, "a", 0]
