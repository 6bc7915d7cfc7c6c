"""Events that follow from earlier ones, on made-up events with known answers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.worlds.parameters import Parameters
from graph.worlds.stages.events import Events, Rhythm
from graph.worlds.stages.repeats import again_after_use, again_in_season, steps_before
from graph.worlds.stages.seasons import Calendar, season

DAY = 86_400
PARAMETERS = Parameters()


def events(times: list[int]) -> Events:
    count = len(times)
    return Events(
        np.full(count, 3, dtype=np.uint8),
        np.arange(count, dtype=np.int32) % 7,
        np.arange(count, dtype=np.int32),
        np.array(times, dtype=np.int32),
        np.arange(count, dtype=np.uint8) % 2,
    )


def test_refills_come_at_their_pace_and_as_often_as_their_chance_says() -> None:
    made = events([0] * 20_000)
    more = again_after_use(PARAMETERS, made, np.arange(20_000), chance=0.5, days=10.0, rng=np.random.default_rng(1))
    # A geometric number of repeats with chance a half has mean 1.
    assert abs(len(more) / 20_000 - 1.0) < 0.03
    by_item = {int(item): int(time) for item, time in zip(more.item[::-1], more.time[::-1], strict=True)}
    assert abs(np.mean(list(by_item.values())) / DAY - 10.0) < 0.2
    order = np.lexsort((more.time, more.item))
    same = more.item[order][1:] == more.item[order][:-1]
    gaps = np.diff(more.time[order])[same] / DAY
    assert abs(gaps.mean() - 10.0) < 0.2
    assert (more.cause == more.item % 2).all()
    assert (more.person == more.item % 7).all()
    assert (more.relation == 3).all()


@given(st.lists(st.integers(0, 365 * DAY - 1), min_size=1, max_size=30), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_repeats_lie_after_what_they_repeat_and_in_the_window(times: list[int], seed: int) -> None:
    made, rng = events(times), np.random.default_rng(seed)
    rows = np.flatnonzero(np.arange(len(times)) % 3 != 1)
    calendar = season(PARAMETERS, Calendar(), purchases=True)
    rhythm = Rhythm(calendar, (calendar,), np.zeros(7, dtype=np.int64))
    for more in (
        again_after_use(PARAMETERS, made, rows, chance=0.8, days=20.0, rng=rng),
        again_in_season(PARAMETERS, made, rows, rhythm=rhythm, chance=0.8, rng=rng),
    ):
        assert set(more.item.tolist()) <= set(rows.tolist())
        assert (more.time > made.time[more.item]).all()
        assert (more.time < 365 * DAY).all()


def test_repeats_in_season_do_not_crowd_at_the_end_of_the_window() -> None:
    made = events([340 * DAY] * 5_000)
    flat = season(PARAMETERS, Calendar(weekend=1.0, months=(1.0,) * 12), purchases=True)
    rhythm = Rhythm(flat, (flat,), np.zeros(7, dtype=np.int64))
    more = again_in_season(PARAMETERS, made, np.arange(5_000), rhythm=rhythm, chance=0.5, rng=np.random.default_rng(2))
    assert abs(len(more) / 5_000 - 21 / 365) < 0.015


def test_a_group_follows_its_own_calendar() -> None:
    quiet = season(PARAMETERS, Calendar(months=(0.0,) * 6 + (1.0,) * 6), purchases=True)
    lively = season(PARAMETERS, Calendar(months=(1.0,) * 6 + (0.0,) * 6), purchases=True)
    rhythm = Rhythm(quiet, (quiet, lively), np.array([0, 1, 0]))
    person = np.tile([0, 1, 2], 300)
    time = rhythm.adopt(person, np.full(900, PARAMETERS.start), np.random.default_rng(3))
    second_half = time > 184 * DAY
    assert not second_half[person != 1].any()
    assert second_half[person == 1].all()


def test_steps_come_before_and_not_before_what_is_possible() -> None:
    made = events([10 * DAY, 10 * DAY, 50, 10 * DAY])
    earliest = np.array([0, 10 * DAY - 30, 0])
    steps = steps_before(
        made, np.array([0, 1, 2]), relation=5, earliest=earliest, mean_hours=1.0, rng=np.random.default_rng(4)
    )
    assert steps.item.tolist() == [0]
    assert steps.relation.tolist() == [5]
    assert 0 <= steps.time[0] < 10 * DAY
