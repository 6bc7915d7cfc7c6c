"""Ranking metrics: functions of the ranks of held-out items among all candidates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.text import Int64

Floats = npt.NDArray[np.float64]


def _sum_by_user(values: Floats, users: Int64, count: int) -> Floats:
    return np.bincount(users, values, minlength=count).astype(np.float64)


def ideal_gain(k: int) -> Floats:
    """Highest possible gain of a list of length k with 0, 1, .. k held-out items, float64 (k + 1,); 1 with none."""
    return np.concatenate([[1.0], np.cumsum(discount(np.arange(1, k + 1)))])


def discount(ranks: Int64) -> Floats:
    """Gain of a hit at these 1-based ranks: 1 / log2(1 + rank), float64."""
    return np.asarray(1.0 / np.log2(1.0 + ranks), np.float64)


def ndcg(ranks: Int64, users: Int64, *, count: int, k: int) -> Floats:
    """Normalised discounted cumulative gain at k, float64 (count,), in [0, 1]; 0 for a user without pairs.

    Args:
        ranks: int64 (p,), 1-based ranks of the held-out pairs.
        users: int64 (p,), 0..count-1, whose pair it is.
        count: Number of users.
        k: Length of the list that is shown.
    """
    gain = np.where(ranks <= k, discount(ranks), 0.0)
    held = np.minimum(np.bincount(users, minlength=count), k)
    result: Floats = _sum_by_user(gain, users, count) / ideal_gain(k)[held]
    return result


def recall(ranks: Int64, users: Int64, *, count: int, k: int) -> Floats:
    """Share of a user's held-out items among the first k, float64 (count,)."""
    held = np.bincount(users, minlength=count)
    return _sum_by_user((ranks <= k).astype(np.float64), users, count) / np.maximum(held, 1)


def precision(ranks: Int64, users: Int64, *, count: int, k: int) -> Floats:
    """Number of a user's held-out items among the first k, divided by k, float64 (count,)."""
    return _sum_by_user((ranks <= k).astype(np.float64), users, count) / k


def average_precision(ranks: Int64, users: Int64, *, count: int, k: int) -> Floats:
    """Average precision at k, float64 (count,), in [0, 1]; 0 for a user without pairs.

    The sum of the precision at the rank of each hit among the first k, divided by the number of held-out items or by k,
    whichever is smaller (so that the mean over users is MAP at k). No two pairs of a user have the same rank.
    """
    hit = ranks <= k
    order = np.lexsort((ranks, users))
    whose = users[order]
    held = np.bincount(users, minlength=count)
    nth = np.arange(1, len(order) + 1) - (np.cumsum(held) - held)[whose]
    gain = np.where(hit[order], nth / ranks[order], 0.0)
    return _sum_by_user(gain, whose, count) / np.maximum(np.minimum(held, k), 1)


def hit_rate(ranks: Int64, users: Int64, *, count: int, k: int) -> Floats:
    """1 where at least one held-out item is among the first k, else 0: float64 (count,)."""
    return (_sum_by_user((ranks <= k).astype(np.float64), users, count) > 0).astype(np.float64)


def reciprocal_rank(ranks: Int64, users: Int64, *, count: int) -> Floats:
    """1 / rank of the user's highest ranked held-out item, over the full ranking, float64 (count,)."""
    best = np.zeros(count)
    np.maximum.at(best, users, 1.0 / ranks)
    return best


def interval(
    values: Floats, rng: np.random.Generator, *, level: float = 0.95, draws: int = 1000
) -> tuple[Floats, Floats]:
    """Bootstrap interval of column means over rows (users), percentile method.

    Args:
        values: (u, m), one row per user; columns share the resamples, so their differences are paired.
        rng: Draws the resamples.
        level: Coverage, in (0, 1).
        draws: Number of resamples.

    Returns:
        Lower and upper bounds, float64 (m,); NaN where there is no user.
    """
    users, columns = values.shape
    if users == 0:
        return np.full(columns, np.nan), np.full(columns, np.nan)
    means = np.empty((draws, columns))
    for i in range(draws):
        counts = np.bincount(rng.integers(0, users, users), minlength=users)
        means[i] = counts @ values / users
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high
