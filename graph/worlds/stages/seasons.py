"""Distribution of events over time: hours, weekends, holidays and sales, in UTC+8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.worlds.parameters import Parameters
from graph.worlds.stages.draws import Floats, Narrow

_LOCAL = 8 * 3600
_HOURS = (6, 3, 2, 1, 1, 2, 4, 8, 11, 13, 14, 15, 19, 16, 14, 14, 15, 16, 18, 23, 28, 30, 25, 14)
_MONTHS = (0.92, 0.78, 1.0, 0.98, 1.04, 1.12, 1.0, 0.97, 1.06, 1.08, 1.2, 1.06)


class Sale(NamedTuple):
    """A yearly sale: activity rises from the first day to ``build_up``, and is ``top`` on the last day."""

    month: int
    first: int
    peak: int
    build_up: float
    top: float


class Holiday(NamedTuple):
    """Days from ``first`` to ``last`` (ISO dates, both included) whose activity is multiplied by ``factor``."""

    first: str
    last: str
    factor: float


@dataclass(frozen=True, slots=True)
class Calendar:
    """Activity by day and hour.

    Attributes:
        sales: Yearly sales.
        holidays: Dated periods.
        weekend: Factor of Saturdays and Sundays.
        months: Level of January to December.
        hours: Activity of adoptions per hour of the day; viewing has a fixed profile with a peak in the evening.
    """

    sales: tuple[Sale, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    weekend: float = 1.3
    months: tuple[float, ...] = _MONTHS
    hours: tuple[float, ...] = _HOURS

    def factor(self, days: NDArray[np.datetime64]) -> Floats:
        """Product of the holidays that each day lies in: float64 (n,)."""
        level = np.ones(len(days))
        for holiday in self.holidays:
            inside = (days >= np.datetime64(holiday.first)) & (days <= np.datetime64(holiday.last))
            level = np.where(inside, level * holiday.factor, level)
        return level


@dataclass(frozen=True, slots=True)
class Season:
    """A distribution over the hours of the window.

    Attributes:
        start: First second, UTC.
        running: float64 (hours + 1,), cumulative share of activity from 0 to 1.
    """

    start: int
    running: Floats

    def draw(self, after: NDArray[np.integer], rng: np.random.Generator) -> Narrow:
        """Draw a time per entry, restricted to times later than ``after``.

        Args:
            after: UTC seconds (n,); values before the window mean the whole window.

        Returns:
            int32 (n,), seconds since the start of the window.
        """
        hours = np.arange(len(self.running))
        last = len(hours) - 1
        floor = np.clip(after - self.start, 0, last * 3600 - 3600)
        low = np.interp(floor / 3600.0, hours, self.running)
        spot = np.interp(low + (1.0 - low) * rng.random(len(after)), self.running, hours) * 3600.0
        second: Narrow = np.clip(spot.astype(np.int64), floor, last * 3600 - 1).astype(np.int32)
        return second

    def left(self, after: NDArray[np.integer]) -> Floats:
        """Share of the season after each time: float64 in [0, 1]."""
        hours = np.arange(len(self.running))
        spot: Floats = 1.0 - np.interp((after - self.start) / 3600.0, hours, self.running)
        return spot


def season(parameters: Parameters, calendar: Calendar, *, purchases: bool) -> Season:
    """The season of viewing (``purchases=False``), or of adoption, in which sales have a larger effect."""
    days = np.arange(parameters.days)
    local = np.datetime64(parameters.start + _LOCAL, "s") + days.astype("timedelta64[D]")
    month = local.astype("datetime64[M]").astype(np.int64) % 12
    day = (local.astype("datetime64[D]") - local.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    weekday = (local.astype("datetime64[D]").astype(np.int64) + 3) % 7
    level = np.array(calendar.months)[month] * np.where(weekday >= 5, calendar.weekend, 1.0)
    exponent = 1.0 if purchases else 0.5
    for sale_month, first, peak, build_up, top in calendar.sales:
        inside = (month == sale_month - 1) & (day >= first) & (day <= peak)
        climb = np.clip((day - first) / (peak - first), 0.0, 1.0)
        height = np.where(day == peak, top, 1.0 + (build_up - 1.0) * climb)
        level = level * np.where(inside, height**exponent, 1.0)
    level = level * calendar.factor(local.astype("datetime64[D]")) ** exponent
    hours = np.array(calendar.hours if purchases else _HOURS, dtype=np.float64)
    hourly = (level[:, None] * hours[None, :]).ravel()
    running = np.concatenate([[0.0], np.cumsum(hourly)])
    return Season(parameters.start, running / running[-1])
