"""The rank curve turns ranks into shares."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from graph.recommend.affinity.rank_curve import RankCurve, fit_rank_curve

PEOPLE, ITEMS = 3, 9
SCORES = arrays(np.float64, (PEOPLE, ITEMS), elements=st.sampled_from([-2.0, 0.0, 0.5, 1.0, 40.0]))
BARRED = arrays(np.bool_, (PEOPLE, ITEMS))
SLOPES = arrays(np.float64, (3, 7), elements=st.floats(0, 3))


@settings(max_examples=60)
@given(SCORES, BARRED, SLOPES, arrays(np.float64, PEOPLE, elements=st.floats(0, 9)))
def test_shares_add_up_keep_the_order_and_treat_equals_equally(scores, barred, slopes, activity) -> None:  # type: ignore[no-untyped-def]
    place = np.random.default_rng(0).permutation(ITEMS)
    whole = RankCurve(slopes).shares(scores, activity, np.zeros_like(barred), tie_order=place)
    assert whole.sum(axis=1) == pytest.approx(np.ones(PEOPLE))
    found = RankCurve(slopes, 0.5).shares(scores, activity, barred, tie_order=place)
    assert found == pytest.approx(np.where(barred, 0.0, 2.0 * whole))
    for row, line, bar in zip(found, scores, barred, strict=True):
        offered = ~bar
        for one in np.flatnonzero(offered):
            assert (row[one] >= row[offered & (line < line[one])] - 1e-12).all()
            assert row[offered & (line == line[one])] == pytest.approx(row[one])


def test_a_person_alone_has_the_same_shares_as_among_others() -> None:
    rng = np.random.default_rng(1)
    scores, activity, place = rng.random((70, 30)), rng.random(70) * 5, rng.permutation(30)
    curve = RankCurve(rng.random((3, 7)))
    barred = rng.random(scores.shape) < 0.2
    together = curve.shares(scores, activity, barred, tie_order=place)
    for who in (0, 33, 69):
        alone = curve.shares(scores[[who]], activity[[who]], barred[[who]], tie_order=place)
        assert np.array_equal(alone[0], together[who])


@pytest.mark.parametrize("n_items", [40, 600])
def test_fit_finds_the_curve_that_ranks_were_drawn_from(n_items: int) -> None:
    """Ranks of quiet people by a steep power law, of busy ones by a flat one."""
    rng = np.random.default_rng(2)
    shares, ranks = [], []
    for slope in (1.5, 0.5):
        weight = np.arange(1, n_items + 1.0) ** -slope
        shares.append(weight / weight.sum())
        ranks.append(rng.choice(n_items, 800, p=shares[-1]) + 1)
    activity = np.repeat([0.3, 4.0], 800)
    curve = fit_rank_curve(np.concatenate(ranks), activity, n_items)
    line = -np.arange(n_items, dtype=np.float64)
    found = curve.shares(
        np.stack([line, line]), np.array([0.3, 4.0]), np.zeros((2, n_items), np.bool_), tie_order=np.arange(n_items)
    )
    for own, true in zip(found, shares, strict=True):
        assert own[:10].sum() == pytest.approx(true[:10].sum(), abs=0.04)
        assert own[0] == pytest.approx(true[0], abs=0.05)


def test_without_pairs_the_curve_is_the_law_of_zipf() -> None:
    curve = fit_rank_curve(np.zeros(0, np.int64), np.zeros(0), 5)
    found = curve.shares(-np.arange(5.0)[None, :], np.ones(1), np.zeros((1, 5), np.bool_), tie_order=np.arange(5))
    assert found[0] == pytest.approx(1 / np.arange(1, 6) / (1 / np.arange(1, 6)).sum())
    read = RankCurve.of_json(RankCurve(curve.slopes, 0.7).to_json())
    assert (read.slopes.tolist(), read.offered) == (curve.slopes.tolist(), 0.7)
