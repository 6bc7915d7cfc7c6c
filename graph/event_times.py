"""Times of events: where to cut a history for validation and test, its time resolution, and decay of events with age.

A cut never separates events of the same moment. Where a file has dates only, a cut never falls inside a day.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.text import Int64

DAY = 86_400
_HELD_SHARE = 0.1
# At least half of the events stay for training: with less, the test measures how little the model was given. A held-out
# period has at least a quarter of the wanted tenth: with less, its metrics are mostly noise.
_LEAST_KNOWN = 0.5
_LEAST_HELD = _HELD_SHARE / 4
# How dates that were converted to times are recognised: a fifth of all events on the same second of the day, on three
# days or more. By chance a second holds 1/86,400 of the events, and at most about 1/10 where
# times are rounded to hours.
_MARK_SHARE = 0.2
_MARK_DAYS = 3


def holdout_starts(times: Int64, *, marks: Int64 | None = None) -> tuple[int, int] | None:
    """Start times of the validation and the test period, which hold about a tenth of the events each.

    Each start is the distinct moment nearest to the wanted one: events of the same moment (a day, a batch) stay
    together. At least half of the events come before the first start, and each period has at least a fortieth of the
    events and at least one.

    Args:
        times: int64 (e,), UTC seconds of dated events, in any order.
        marks: int64 (d,), ascending moments that stand for a whole day (see ``date_only_moments``): a cut less than a
            day after one of them is moved back to it, since what happened on that day may have happened after the cut.

    Returns:
        (start of validation, start of test), UTC seconds, both inclusive. None where no two moments leave enough events
        in all three parts. Of two equally near moments the later one is taken.

    >>> holdout_starts(np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 9]))
    (8, 9)
    >>> holdout_starts(np.array([1, 1, 1, 1])) is None
    True
    """
    ordered = np.sort(times)
    total = len(ordered)
    moments = _day_starts(np.unique(ordered), marks)
    before = np.searchsorted(ordered, moments, side="left")
    known, held = _LEAST_KNOWN * total, max(_LEAST_HELD * total, 1.0)
    first = int(np.searchsorted(before, known))
    if first == len(before):
        return None
    # Leave room for a validation period that starts at the earliest allowed moment.
    fit = (before - before[first] >= held) & (total - before >= held)
    wanted = int((1.0 - _HELD_SHARE) * total)
    if not fit.any():
        return None
    second = _nearest(before, wanted, fit)
    step = wanted - int((1.0 - 2.0 * _HELD_SHARE) * total)
    early = (before >= known) & (before[second] - before >= held)
    return int(moments[_nearest(before, int(before[second]) - step, early)]), int(moments[second])


def _nearest(before: Int64, wanted: int, fit: npt.NDArray[np.bool_]) -> int:
    places = np.flatnonzero(fit)[::-1]
    return int(places[np.argmin(np.abs(before[places] - wanted))])


def _day_starts(moments: Int64, marks: Int64 | None) -> Int64:
    """Replace each moment that is less than a day after a mark by that mark; ascending, without repeats."""
    if marks is None or not len(marks):
        return moments
    place = np.searchsorted(marks, moments, side="right") - 1
    mark = marks[np.maximum(place, 0)]
    return np.unique(np.where((place >= 0) & (moments - mark < DAY), mark, moments))


def date_only_moments(times: Int64) -> Int64:
    """Moments that stand for a whole day, because the events at them have a date but no time of day.

    When dates are converted to times, all of them get the same second of the day (two different ones where summer time
    is used). A second of the day with at least a fifth of the events, on at least three days, is taken for such.

    Args:
        times: int64 (e,), UTC seconds of dated events of one kind.

    Returns:
        int64 (d,), ascending, without repeats; empty where no second of the day stands out.
    """
    if not len(times):
        return np.zeros(0, np.int64)
    second = times % DAY
    often = np.flatnonzero(np.bincount(second, minlength=DAY) >= _MARK_SHARE * len(times))
    found = [moments for s in often.tolist() if len(moments := np.unique(times[second == s])) >= _MARK_DAYS]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))


def time_step(times: Int64) -> int:
    """The time resolution of these events: median difference of consecutive distinct times, in seconds, at least 1.

    A day for files with dates, a month for monthly batches; 1 where there are fewer than three distinct times.

    >>> time_step(np.array([0, 0, 86_400, 172_800]))
    86400
    """
    moments = np.unique(times)
    return max(int(np.median(np.diff(moments))), 1) if len(moments) > 2 else 1


def decay_by_age(times: Int64, *, now: int, half_life: float) -> npt.NDArray[np.float64]:
    """Weight of each event by its age: ``0.5 ** (age / half_life)``, float64 (e,) in [0, 1].

    An event without a time gets the mean weight of the dated ones, so that a missing date is neither a bonus nor a
    penalty; 1 where no event is dated.

    Args:
        times: int64 (e,), UTC seconds, ``UNDATED`` where unknown.
        now: UTC seconds at which ages are measured; events after it have age 0.
        half_life: Seconds after which an event weighs half, > 0.

    >>> decay_by_age(np.array([100, 90, UNDATED]), now=100, half_life=10.0).tolist()
    [1.0, 0.5, 0.75]
    """
    dated = times != UNDATED
    left = np.exp2(-np.maximum(now - np.where(dated, times, now), 0) / half_life)
    if not dated.all():
        left[~dated] = left[dated].mean() if dated.any() else 1.0
    return np.asarray(left, np.float64)
