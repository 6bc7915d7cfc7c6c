"""What the times of events allow: where a history may be cut, how finely it is dated, and how events fade with age.

A cut lies between two moments only, and never within a day of which only the date is known.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.text import Int64

DAY = 86_400
_HELD_SHARE = 0.1
# A model that was fitted on less than half of the history is judged for what it was not given, and a period with less
# than a quarter of the tenth that was wanted is mostly chance.
_LEAST_KNOWN = 0.5
_LEAST_HELD = _HELD_SHARE / 4
# By chance one second of the day holds 1/86,400 of the events, one hour, where times are rounded to hours, about a
# tenth at most. A fifth on one second, over three days or more, is what a date turned into a time looks like.
_MARK_SHARE = 0.2
_MARK_DAYS = 3


def holdout_starts(times: Int64, *, marks: Int64 | None = None) -> tuple[int, int] | None:
    """Starts of the last tenth of events and of the tenth before it, each moved to the nearest distinct moment.

    Events of one moment (a day, a batch) stay together, so that the periods are a tenth only as nearly as the moments
    allow. Before the first cut there is at least half of the events, in each of the two periods at least a fortieth
    and one event.

    Args:
        times: int64 (e,), UTC seconds of dated events, in any order.
        marks: int64 (d,), ascending moments that stand for a whole day (see ``date_only_moments``): a cut less than a
            day after one of them is moved back to it, since what happened on that day may have happened after the cut.

    Returns:
        (start of the first period, start of the second), UTC seconds: an event belongs to a period whose start is not
        after it. None where no two moments leave enough on every side. Of two equally near moments the later counts.

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
    # The first period is longest where it starts as early as is allowed.
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
    """The moments, those within the day after a mark replaced by the mark; ascending, no repeats."""
    if marks is None or not len(marks):
        return moments
    place = np.searchsorted(marks, moments, side="right") - 1
    mark = marks[np.maximum(place, 0)]
    return np.unique(np.where((place >= 0) & (moments - mark < DAY), mark, moments))


def date_only_moments(times: Int64) -> Int64:
    """The moments, ascending, at which events stand of which only the date is known.

    A date becomes the same second of the day throughout, or two of them where clocks change in summer: a second that
    holds a fifth of the events and recurs on three days or more is taken for one.

    Args:
        times: int64 (e,), UTC seconds of dated events of one kind.
    """
    if not len(times):
        return np.zeros(0, np.int64)
    second = times % DAY
    often = np.flatnonzero(np.bincount(second, minlength=DAY) >= _MARK_SHARE * len(times))
    found = [moments for s in often.tolist() if len(moments := np.unique(times[second == s])) >= _MARK_DAYS]
    return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))


def time_step(times: Int64) -> int:
    """How finely these times tell when: the median step between distinct moments, in seconds, at least 1.

    A day for files with dates, a month for monthly batches; 1 where there are fewer than three moments to tell by.

    >>> time_step(np.array([0, 0, 86_400, 172_800]))
    86400
    """
    moments = np.unique(times)
    return max(int(np.median(np.diff(moments))), 1) if len(moments) > 2 else 1


def decay_by_age(times: Int64, *, now: int, half_life: float) -> npt.NDArray[np.float64]:
    """What is left of each event by its age: ``0.5 ** (age / half_life)``, float64 (e,) in [0, 1].

    An event without a time counts as much as the dated ones do on average, so that a missing date neither helps nor
    harms; 1 where none is dated.

    Args:
        times: int64 (e,), UTC seconds, ``UNDATED`` where unknown.
        now: The moment that ages are counted from; later events are of age 0.
        half_life: In seconds.

    >>> decay_by_age(np.array([100, 90, UNDATED]), now=100, half_life=10.0).tolist()
    [1.0, 0.5, 0.75]
    """
    dated = times != UNDATED
    left = np.exp2(-np.maximum(now - np.where(dated, times, now), 0) / half_life)
    if not dated.all():
        left[~dated] = left[dated].mean() if dated.any() else 1.0
    return np.asarray(left, np.float64)
