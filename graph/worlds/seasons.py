"""When things happen: hour of day, weekends, holidays, and the 11.11 and 6.18 sales, in UTC+8."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.worlds.draws import Floats, Narrow
from graph.worlds.parameters import EvRetail

_LOCAL = 8 * 3600
_HOURS = np.array([6, 3, 2, 1, 1, 2, 4, 8, 11, 13, 14, 15, 19, 16, 14, 14, 15, 16, 18, 23, 28, 30, 25, 14], dtype=float)
_MONTHS = np.array([0.92, 0.78, 1.0, 0.98, 1.04, 1.12, 1.0, 0.97, 1.06, 1.08, 1.2, 1.06])
_SALES = ((11, 1, 11, 2.2, 5.0), (6, 1, 18, 1.7, 4.0), (12, 10, 12, 1.4, 2.0))


@dataclass(frozen=True, slots=True)
class Season:
    """A density over the hours of the window, and draws from it.

    Attributes:
        start: First second, UTC.
        running: float64 (hours + 1,), cumulative share of activity from 0 to 1.
    """

    start: int
    running: Floats

    def draw(self, after: NDArray[np.integer], rng: np.random.Generator) -> Narrow:
        """A second for each entry, from the density restricted to later than ``after``.

        Args:
            after: UTC seconds (n,); values before the window leave the whole window open.

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
        """Share of the season that lies after each second: float64 in [0, 1]."""
        hours = np.arange(len(self.running))
        spot: Floats = 1.0 - np.interp((after - self.start) / 3600.0, hours, self.running)
        return spot


def season(parameters: EvRetail, *, purchases: bool) -> Season:
    """The season of looking (``purchases=False``) or of buying, which follows the sales more sharply."""
    days = np.arange(parameters.days)
    local = np.datetime64(parameters.start + _LOCAL, "s") + days.astype("timedelta64[D]")
    month = local.astype("datetime64[M]").astype(np.int64) % 12
    day = (local.astype("datetime64[D]") - local.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
    weekday = (local.astype("datetime64[D]").astype(np.int64) + 3) % 7
    level = _MONTHS[month] * np.where(weekday >= 5, 1.3, 1.0)
    exponent = 1.0 if purchases else 0.5
    for sale_month, first, peak, build_up, top in _SALES:
        inside = (month == sale_month - 1) & (day >= first) & (day <= peak)
        climb = np.clip((day - first) / (peak - first), 0.0, 1.0)
        height = np.where(day == peak, top, 1.0 + (build_up - 1.0) * climb)
        level = level * np.where(inside, height**exponent, 1.0)
    hourly = (level[:, None] * _HOURS[None, :]).ravel()
    running = np.concatenate([[0.0], np.cumsum(hourly)])
    return Season(parameters.start, running / running[-1])
