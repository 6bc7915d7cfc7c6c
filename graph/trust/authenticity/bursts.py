"""Bursts: followers who arrived at an account within one night, far more than its growth explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.columns import UNDATED
from graph.text import Int64
from graph.trust.authenticity.follower_ties import DAY, Bool, Float64, FollowerTies

# Followers who arrive within half a day of each other arrived together.
NIGHT = DAY // 2
# A burst is so many others within a night that an even growth would show it in one of a thousand cases.
_SURPRISE = 1e-3
_LEAST_OTHERS = 2
_LEAST_SPAN = 30 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class Bursts:
    """Bursts among the m ties.

    Attributes:
        judged: bool (m,), dated ties to promoted accounts, where a burst could be seen.
        burst: int64 (m,), number of the burst, 0..count-1; -1 where the tie is in none.
        others: int64 (m,), others who arrived at the account within a night of this tie; 0 where not judged.
        expected: float64 (m,), how many an even growth would have brought.
    """

    judged: Bool
    burst: Int64
    others: Int64
    expected: Float64

    @property
    def count(self) -> int:
        """Number of bursts."""
        return int(self.burst.max(initial=-1)) + 1


def find_bursts(ties: FollowerTies) -> Bursts:
    """Find the bursts of all accounts by a scan over their arrivals.

    Within ``NIGHT`` before and after a tie, an account that grew evenly between its first and last follower (thirty
    days at least) would have a Poisson distributed number of other arrivals. A tie with so many that the chance is
    below 1/1000, and at least two, is in a burst; ties of a burst follow each other within ``NIGHT``.
    """
    from scipy.stats import poisson

    m = ties.person.size
    judged = ties.promoted & (ties.since != UNDATED)
    rows = np.flatnonzero(judged)
    rows = rows[np.lexsort((ties.since[rows], ties.account[rows]))]
    account, time = ties.account[rows], ties.since[rows]
    burst, others, expected = np.full(m, -1), np.zeros(m, np.int64), np.zeros(m)
    if not rows.size:
        return Bursts(judged, burst, others, expected)
    starts = np.flatnonzero(np.append(True, account[1:] != account[:-1]))
    size = np.diff(np.append(starts, rows.size))
    span = np.maximum(time[starts + size - 1] - time[starts], _LEAST_SPAN)
    # One line for all accounts: each is shifted past the one before it.
    shift = np.cumsum(np.append(0, span[:-1] + 3 * NIGHT))
    line = time - np.repeat(time[starts] - shift, size)
    near = np.searchsorted(line, line + NIGHT, side="right") - np.searchsorted(line, line - NIGHT, side="left") - 1
    mean = np.repeat((size - 1) * (2.0 * NIGHT / (span + 2.0 * NIGHT)), size)
    inside = (near >= _LEAST_OTHERS) & (poisson.sf(near - 1, mean) < _SURPRISE)
    where = np.flatnonzero(inside)
    fresh = np.diff(line[where], prepend=-10 * NIGHT) > NIGHT
    burst[rows[where]] = np.cumsum(fresh) - 1
    others[rows], expected[rows] = near, mean
    return Bursts(judged, burst, others, expected)
