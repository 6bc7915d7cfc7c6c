"""Engagement pods: closed groups whose members react to each other's posts far more than followers do.

A tie is *heavy* where the person reacted so often that a follower of the account would do so in one of a thousand cases.
Enthusiasts have heavy ties too, but to accounts of their own choice: without an arrangement, hardly anybody else is heavy
to two or more of the same accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.text import Int64
from graph.trust.authenticity.follower_ties import Bool, Float64, FollowerTies

_SURPRISE = 1e-3
_LEAST_REACTIONS = 3
_ROUNDS = 4
_LEAST_SHARED = 2
_MOST_HEAVY = 2_000
# Before anything is seen, one in a hundred followers is in a pod; pods have up to thirty members.
_PRIOR = 0.01
_LARGEST = 30
# Like-minded people share more than chance; no fewer than this many are expected to share two heavy ties.
_LEAST_EXPECTED = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Pods:
    """Membership of engagement pods.

    Attributes:
        probability: float64 (n,), that each person is in a pod; 0 for people with fewer than two heavy ties.
        heavy: bool (m,), ties with far more reactions than a follower shows.
        partners: int64 (n,), others who are heavy to at least two of the same accounts.
        expected: float64 (n,), how many there would be by chance.
    """

    probability: Float64
    heavy: Bool
    partners: Int64
    expected: Float64


def find_pods(ties: FollowerTies) -> Pods:
    """Find members of pods among those whose reactions are known.

    With e partners expected by chance, like-minded people included, g partners have the probability
    e^g / (1 + e)^(g + 1) (geometric); members of a pod have 1 to 30, all equally likely. One in a hundred is a member
    before that.
    """
    import scipy.sparse as sp

    heavy = _heavy(ties)
    followers = max(np.unique(ties.person[ties.promoted & ties.observed]).size, 1)
    size = ties.per_account(heavy)
    rows = heavy & (size[ties.account] <= _MOST_HEAVY)
    matrix = sp.csr_array((np.ones(int(rows.sum()), np.int32), (ties.person[rows], ties.account[rows])), (ties.n,) * 2)
    shared = (matrix @ matrix.T).tocoo()
    partner = (shared.row != shared.col) & (shared.data >= _LEAST_SHARED)
    partners = np.bincount(shared.row[partner], minlength=ties.n)
    # Sum over pairs of a person's heavy accounts of followers * (size_a / followers) * (size_b / followers).
    own = np.where(rows, size[ties.account], 0.0)
    chance = (ties.per_person(own) ** 2 - ties.per_person(own**2)) / (2.0 * followers)
    expected = np.maximum(chance, _LEAST_EXPECTED)
    by_chance = partners * np.log(expected) - (partners + 1) * np.log1p(expected)
    odds = np.log(_PRIOR / (1.0 - _PRIOR)) - np.log(_LARGEST) - by_chance
    probability = np.where(partners > 0, 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0))), 0.0)
    return Pods(probability, heavy, partners, expected)


def _heavy(ties: FollowerTies) -> Bool:
    """Heavy ties, bool (m,): negative binomial counts around the account's usual rate, in a tail of 1/1000.

    The usual rate is that of all accounts, or of the median follower of this one where that is larger: a few members
    do not raise it. The shape is the one that explains how many ties have no reaction; both are fitted without heavy
    ties, so pods do not hide themselves.
    """
    from scipy.stats import nbinom

    seen = ties.promoted & ties.observed
    heavy = np.zeros(ties.person.size, bool)
    if not ties.reactions[seen].sum() > 0:
        return heavy
    median = _median_rates(ties, seen)
    for _ in range(_ROUNDS):
        plain = seen & ~heavy
        usual = ties.reactions[plain].sum() / ties.years[plain].sum()
        mean = np.maximum(usual, median[ties.account]) * ties.years
        shape = _shape(mean[plain], float(np.mean(ties.reactions[plain] == 0)))
        tail = nbinom.sf(ties.reactions - 1.0, shape, shape / (shape + np.maximum(mean, 1e-12)))
        heavy = seen & (ties.reactions >= _LEAST_REACTIONS) & (tail < _SURPRISE)
    return heavy


def _median_rates(ties: FollowerTies, seen: Bool) -> Float64:
    """Reactions per year of the median follower of each account, float64 (n,)."""
    rows = np.flatnonzero(seen)
    rate = ties.reactions[rows] / ties.years[rows]
    order = np.lexsort((rate, ties.account[rows]))
    account, rate = ties.account[rows][order], rate[order]
    result = np.zeros(ties.n)
    starts = np.flatnonzero(np.append(True, account[1:] != account[:-1]))
    size = np.diff(np.append(starts, account.size))
    result[account[starts]] = rate[starts + (size - 1) // 2]
    return result


def _shape(mean: Float64, silent: float) -> float:
    """Shape r with which counts around these means are 0 as often as seen: mean of (1 + mean / r)^-r, by bisection."""
    low, high = 0.05, 50.0
    for _ in range(40):
        shape = float(np.sqrt(low * high))
        if float(np.mean((1.0 + mean / shape) ** -shape)) > silent:
            low = shape
        else:
            high = shape
    return float(np.sqrt(low * high))
