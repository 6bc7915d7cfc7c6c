from __future__ import annotations

import numpy as np
import pytest

from graph.worlds.ev.shape import SHAPE
from graph.worlds.parameters import EvRetail
from graph.worlds.stages.seasons import season

PARAMETERS = EvRetail()
CALENDAR = SHAPE.calendars[0]


def days(purchases: bool) -> dict[str, int]:
    rng = np.random.default_rng(5)
    drawn = season(PARAMETERS, CALENDAR, purchases=purchases).draw(np.full(400_000, PARAMETERS.start), rng)
    local = np.datetime64(PARAMETERS.start + 8 * 3600, "s") + drawn.astype("timedelta64[s]")
    names, counts = np.unique(local.astype("datetime64[D]").astype(str), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def test_the_window_is_a_year_of_local_days():
    found = sorted(days(purchases=False))
    assert (found[0], found[-1], len(found)) == ("2025-07-01", "2026-06-30", 365)


def test_sales_days_tower_and_more_so_for_purchases():
    buying, looking = days(purchases=True), days(purchases=False)
    usual = np.median(list(buying.values()))
    assert buying["2025-11-11"] > 3 * usual
    assert buying["2026-06-18"] > 3 * usual
    assert max(buying, key=buying.__getitem__) == "2025-11-11"
    assert buying["2025-11-11"] > 1.5 * looking["2025-11-11"]


def test_weekends_are_busier_than_the_days_around_them():
    found = days(purchases=False)
    assert found["2025-09-13"] + found["2025-09-14"] > 1.15 * (found["2025-09-10"] + found["2025-09-11"])


def test_nothing_happens_before_the_given_second_or_after_the_window():
    rng = np.random.default_rng(2)
    after = rng.integers(PARAMETERS.start - 10**7, PARAMETERS.end, 50_000)
    drawn = season(PARAMETERS, CALENDAR, purchases=True).draw(after, rng) + PARAMETERS.start
    floor = np.minimum(after, PARAMETERS.end - 3600)
    assert (drawn >= floor).all()
    assert drawn.max() < PARAMETERS.end


def test_left_falls_from_one_to_zero():
    left = season(PARAMETERS, CALENDAR, purchases=False).left(
        np.array([0, PARAMETERS.start, PARAMETERS.start + 180 * 86_400, PARAMETERS.end])
    )
    assert left[:2].tolist() == [1.0, 1.0]
    assert 0.4 < left[2] < 0.6
    assert left[3] == pytest.approx(0.0)
