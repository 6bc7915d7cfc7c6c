import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.columns import UNDATED
from graph.event_times import DAY, date_only_moments, decay_by_age, holdout_starts, time_step

# Half past four in the afternoon UTC is the midnight of somewhere; any second of the day will do.
MIDNIGHT = 57_600


def test_distinct_moments_are_cut_at_the_tenths() -> None:
    assert holdout_starts(np.random.default_rng(0).permutation(1_000)) == (800, 900)


def test_a_heavy_last_day_is_the_second_period_and_the_days_before_are_the_first() -> None:
    """Of 1,000 orders 220 are on the last of 79 days, ten on each before."""
    days = np.concatenate([np.repeat(np.arange(78), 10), np.full(220, 78)])
    assert holdout_starts(days) == (68, 78)


def test_nothing_is_cut_where_moments_are_too_few() -> None:
    assert holdout_starts(np.full(100, 5)) is None
    assert holdout_starts(np.repeat([1, 2, 3], [34, 33, 33])) is None
    assert holdout_starts(np.repeat([1, 2, 3], [1, 98, 1])) is None
    assert holdout_starts(np.zeros(0, np.int64)) is None


def test_a_few_equal_days_are_cut_as_well_as_they_can_be() -> None:
    assert holdout_starts(np.repeat(np.arange(4), 25)) == (2, 3)


@given(st.lists(st.integers(0, 30), max_size=80), st.randoms(use_true_random=False))
def test_whatever_the_ties(times: list[int], random) -> None:  # type: ignore[no-untyped-def]
    """Enough on every side, the same for any order, and None only where no pair of moments would do."""
    array = np.array(times, np.int64)
    found = holdout_starts(array)
    shuffled = times[:]
    random.shuffle(shuffled)
    assert holdout_starts(np.array(shuffled, np.int64)) == found

    def enough(first: int, second: int) -> bool:
        held = max(len(times) / 40, 1)
        inside = np.count_nonzero((array >= first) & (array < second))
        return bool((array < first).sum() >= len(times) / 2 and inside >= held and (array >= second).sum() >= held)

    if found is None:
        moments = sorted(set(times))
        assert not any(enough(a, b) for a in moments for b in moments if a < b)
    else:
        assert set(found) <= set(times)
        assert enough(*found)


def test_a_date_is_told_from_a_time() -> None:
    dates = MIDNIGHT + DAY * np.repeat(np.arange(10), 3)
    assert date_only_moments(dates).tolist() == (MIDNIGHT + DAY * np.arange(10)).tolist()
    times = np.random.default_rng(0).integers(0, 10 * DAY, 300)
    assert not len(date_only_moments(times))
    assert not len(date_only_moments(np.full(50, MIDNIGHT)))
    # One file with dates and one with times make one relation.
    assert date_only_moments(np.concatenate([dates, times[:60]])).tolist() == date_only_moments(dates).tolist()


def test_summer_time_has_two_midnights() -> None:
    winter, summer = MIDNIGHT + DAY * np.arange(5), MIDNIGHT - 3_600 + DAY * np.arange(5, 10)
    assert date_only_moments(np.concatenate([summer, winter])).tolist() == [*winter, *summer]


def test_a_cut_moves_to_the_start_of_a_day_of_which_only_the_date_is_known() -> None:
    """A look at ten o'clock must not be judged against a purchase of that day, which may have come first."""
    looks = 10 * 3_600 + 4_000 * np.arange(1_000)
    marks = MIDNIGHT - DAY + DAY * np.arange(60)
    for cut in holdout_starts(looks, marks=marks):
        assert (cut - MIDNIGHT) % DAY == 0
    # Days long before a cut do not move it.
    assert holdout_starts(looks, marks=marks[:10]) == holdout_starts(looks)


@pytest.mark.parametrize(
    ("times", "step"), [([], 1), ([7, 7], 1), ([0, 0, DAY, 2 * DAY, 9 * DAY], DAY), ([3, 1], 1), ([3, 1, 5], 2)]
)
def test_grain(times: list[int], step: int) -> None:
    assert time_step(np.array(times, np.int64)) == step


def test_a_missing_date_neither_helps_nor_harms() -> None:
    left = decay_by_age(np.array([100, 80, UNDATED, 120]), now=100, half_life=10.0)
    assert left.tolist() == [1.0, 0.25, 0.75, 1.0]
    assert decay_by_age(np.full(3, UNDATED), now=0, half_life=1.0).tolist() == [1.0, 1.0, 1.0]
    assert not len(decay_by_age(np.zeros(0, np.int64), now=0, half_life=1.0))
