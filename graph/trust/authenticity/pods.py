"""Engagement pods: closed groups who follow the same accounts and react to every post of them.

Found in two steps. A tie is *busy* where the person reacted as often as one follower in fifty would. Enthusiasts have
busy ties too, but to accounts of their own choice; accounts that share busy followers far more often than chance, three
or more of them, are a group. Then everybody who follows nearly all accounts of a group is weighed: are the reactions
along these ties those of a follower, or those of a member?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.text import Int64
from graph.trust.authenticity.follower_ties import Bool, Float64, FollowerTies

_BUSY = 0.02
_LEAST_REACTIONS = 2
_ROUNDS = 4
# Accounts share two busy followers or more, where chance explains so few that this has a probability below 1/200.
# Somebody who is busy with one account is up to ten times as likely as others to be busy with the next.
_LEAST_SHARED = 2
_SURPRISE = 5e-3
_EAGERNESS = 10.0
_LEAST_ACCOUNTS = 3
# Sharing followers with an account that thousands are busy with says nothing, and would cost the square of them.
_MOST_BUSY = 2_000
# A member reacts at five times the usual rate or more. Counts of members are spread like a gamma of shape two.
_LEAST_FACTOR, _FIRST_FACTOR = 5.0, 10.0
_MEMBER_SHAPE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Pods:
    """Membership of engagement pods.

    Attributes:
        probability: float64 (n,), that each person is a member; 0 for people who follow too few accounts of any group.
        known: bool (n,), people who follow a promoted account whose reactions are known; of all others it is unknown
            whether they are in a pod.
        group: int64 (n,), the group that each person most likely belongs to; -1 for none.
        accounts: The accounts of each group.
        reactions: float64 (n,), reactions of the person to the accounts of the group.
        expected: float64 (n,), how many a follower would have shown.
    """

    probability: Float64
    known: Bool
    group: Int64
    accounts: tuple[Int64, ...]
    reactions: Float64
    expected: Float64


def find_pods(ties: FollowerTies) -> Pods:
    """Find the groups, and the probability of each person to be a member of one.

    Among those who follow all accounts of a group but one at most, and three at least, members and followers are a
    mixture whose share and rate are fitted by expectation maximisation. Counts are negative binomial: around the usual
    rate for followers, around the fitted one, five times as large at least, for members.
    """
    seen = ties.promoted & ties.observed
    known = ties.per_person(seen) > 0
    probability, group = np.zeros(ties.n), np.full(ties.n, -1)
    reactions, expected = np.zeros(ties.n), np.zeros(ties.n)
    if not ties.reactions[seen].sum() > 0:
        return Pods(probability, known, group, (), reactions, expected)
    mean, shape, busy = _usual(ties, seen)
    accounts = _groups(ties, seen, busy)
    for number, those in enumerate(accounts):
        inside = seen & np.isin(ties.account, those)
        members = _members(ties, inside, mean, shape=shape, least=max(_LEAST_ACCOUNTS, those.size - 1))
        better = members > probability
        probability[better], group[better] = members[better], number
        reactions[better] = ties.per_person(ties.reactions * inside)[better]
        expected[better] = ties.per_person(mean * inside)[better]
    return Pods(probability, known, group, accounts, reactions, expected)


def _usual(ties: FollowerTies, seen: Bool) -> tuple[Float64, float, Bool]:
    """Expected reactions of a follower along each tie, the shape of their spread, and the busy ties.

    The usual rate is that of all accounts, or of the median follower of this one where that is larger: a minority of
    members does not raise it. The shape is the one that explains how many ties have no reaction. Both are
    fitted without the busy ties, so pods do not hide themselves.
    """
    from scipy.stats import nbinom

    busy = np.zeros(ties.person.size, bool)
    median = _median_rates(ties, seen)
    for _ in range(_ROUNDS):
        plain = seen & ~busy
        usual = ties.reactions[plain].sum() / ties.years[plain].sum()
        mean = np.maximum(usual, median[ties.account]) * ties.years
        shape = _shape(mean[plain], float(np.mean(ties.reactions[plain] == 0)))
        tail = nbinom.sf(ties.reactions - 1.0, shape, shape / (shape + np.maximum(mean, 1e-12)))
        busy = seen & (ties.reactions >= _LEAST_REACTIONS) & (tail < _BUSY)
    return mean, shape, busy


def _groups(ties: FollowerTies, seen: Bool, busy: Bool) -> tuple[Int64, ...]:
    """Groups of accounts that share busy followers: connected parts with at least three accounts."""
    import scipy.sparse as sp
    from scipy.stats import poisson

    size = ties.per_account(busy)
    rows = busy & (ties.per_person(busy)[ties.person] >= _LEAST_SHARED) & (size[ties.account] <= _MOST_BUSY)
    matrix = sp.csr_array((np.ones(int(rows.sum())), (ties.person[rows], ties.account[rows])), (ties.n,) * 2)
    shared = (matrix.T @ matrix).tocoo()
    one, other = shared.coords
    chance = _EAGERNESS * _shared_followers(ties, seen, one, other) * (busy.sum() / seen.sum()) ** 2
    linked = (one != other) & (shared.data >= _LEAST_SHARED) & (poisson.sf(shared.data - 1.0, chance) < _SURPRISE)
    graph = sp.csr_array((np.ones(int(linked.sum())), (one[linked], other[linked])), (ties.n,) * 2)
    _, part = sp.csgraph.connected_components(graph, directed=False)
    inside = np.unique(one[linked])
    numbers, count = np.unique(part[inside], return_counts=True)
    return tuple(inside[part[inside] == n] for n in numbers[count >= _LEAST_ACCOUNTS].tolist())


def _shared_followers(ties: FollowerTies, seen: Bool, one: Int64, other: Int64) -> Float64:
    """Followers that each of these pairs of accounts shares, float64 (pairs,)."""
    import scipy.sparse as sp

    accounts = np.unique(one)
    rows = np.flatnonzero(seen & np.isin(ties.account, accounts))
    column = np.searchsorted(accounts, ties.account[rows])
    follows = sp.csr_array((np.ones(rows.size), (ties.person[rows], column)), (ties.n, accounts.size))
    both = (follows.T @ follows).tocoo()
    row, col = both.coords
    code, asked = row * accounts.size + col, np.searchsorted(accounts, one) * accounts.size
    order = np.argsort(code)
    # A pair that shares busy followers shares followers, so each is found.
    place = np.searchsorted(code[order], asked + np.searchsorted(accounts, other))
    result: Float64 = both.data[order][place]
    return result


def _members(ties: FollowerTies, inside: Bool, mean: Float64, *, shape: float, least: int) -> Float64:
    """Probability of each person to be a member of one group, float64 (n,)."""
    from scipy.stats import nbinom

    candidate = ties.per_person(inside) >= least
    rows = np.flatnonzero(inside & candidate[ties.person])
    result = np.zeros(ties.n)
    if not rows.size:
        return result
    person, count, usual = ties.person[rows], ties.reactions[rows], np.maximum(mean[rows], 1e-12)
    plain = nbinom.logpmf(count, shape, shape / (shape + usual))
    who, place = np.unique(person, return_inverse=True)
    share, factor, p = 0.5, _FIRST_FACTOR, np.full(who.size, 0.5)
    for _ in range(_ROUNDS * 5):
        loud = nbinom.logpmf(count, _MEMBER_SHAPE, _MEMBER_SHAPE / (_MEMBER_SHAPE + factor * usual))
        odds = np.log(share / (1.0 - share)) + np.bincount(place, loud - plain)
        p = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
        share = float((p.sum() + 1.0) / (who.size + 2.0))
        weight = p[place]
        factor = max(_LEAST_FACTOR, float((weight * count).sum() / max((weight * usual).sum(), 1e-12)))
    result[who] = p
    return result


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
