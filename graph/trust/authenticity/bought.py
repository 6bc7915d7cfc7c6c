"""Who was bought as a follower: a mixture of real and bought accounts over independent kinds of evidence.

Each kind of evidence gives the log of P(what was seen | bought) / P(what was seen | real). The probability that an
account was bought follows from the sum and the share of bought accounts. Shares and rates are fitted to the market by
expectation maximisation (Dempster, Laird and Rubin 1977); nobody says who was bought. What makes "bought" the name of
one side are rules that are fixed: bought accounts react and buy next to never.

Accounts of one seller are like each other, so evidence about groups (sign-ups of a few days, arrivals of one night)
compares how suspect the *others* of the group are. A night in which people came who buy and react is no evidence: it
was a post that went viral.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.columns import DAYS
from graph.text import Int64
from graph.trust.authenticity.bursts import Bursts
from graph.trust.authenticity.follower_ties import Bool, Float64, FollowerTies
from graph.trust.authenticity.twins import ENOUGH

# A bought account reacts at most at a fiftieth of the rate of a real one, and one in fifty ever does something costly.
_REACTS = 0.02
_COMMITS = 0.02
_ROUNDS = 40
# Sign-ups within two days are one batch; what is usual is measured over a month around.
_BATCH_DAYS = 2
_USUAL_DAYS = 30
# Groups are compared after adding so many average members, since a few members say little of a group.
_PRIOR = 3.0
# One kind of evidence multiplies the odds by at most so much: members of a group are not independent of each other.
_MOST = np.log(100.0)
_PRIOR_FOLLOWERS = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Bought:
    """The fitted mixture.

    Attributes:
        probability: float64 (n,), that each person was bought; 0 for people who follow no promoted account.
        evidence: Kind of evidence (silence, idleness, sign-up, nights, company) to its log ratio, float64 (n,); 0 where
            nothing is known.
        expected: float64 (n,), reactions that a real person with these ties would have shown.
        idle_share: Share of real people without a costly event; NaN where the graph has no costly relation.
        batch: float64 (n,), accounts that signed up within two days and are suspected; 0 without a sign-up.
    """

    probability: Float64
    evidence: Mapping[str, Float64]
    expected: Float64
    idle_share: float
    batch: Float64


def fit_bought(
    ties: FollowerTies, bursts: Bursts, *, committed: Bool | None, signup: np.ndarray | None, twins: Int64 | None
) -> Bought:
    """Fit the mixture to everybody who follows a promoted account.

    Args:
        ties: Ties and reactions.
        bursts: Bursts among the ties.
        committed: bool (n,), people with a costly event; None where the graph has no costly relation.
        signup: datetime64[D] (n,), NaT where missing; None where nobody has one.
        twins: int64 (n,), others with nearly the same follows; -1 for people who follow too few accounts; None where
            this is not known of anybody.
    """
    judged = ties.per_person(ties.promoted) > 0
    quiet = judged & ~ties.reacted & (~committed if committed is not None else True)
    p = np.where(quiet, 0.5, 0.0)
    share = max(float(p[judged].mean()) if judged.any() else 0.0, 1e-4)
    idle_share, batch, expected = np.nan, np.zeros(ties.n), np.zeros(ties.n)
    evidence: dict[str, Float64] = {}
    for _ in range(_ROUNDS if judged.any() else 0):
        expected = expected_reactions(ties, p)
        evidence["silence"] = _silence(ties, expected)
        if committed is not None:
            evidence["idleness"], idle_share = _idleness(committed, judged, p)
        if signup is not None:
            evidence["sign-up"], batch = _signups(signup, judged, p)
        evidence["nights"] = _nights(ties, bursts, p)
        if twins is not None:
            evidence["company"] = _company(twins, judged, p)
        total = np.log(share / (1.0 - share)) + np.sum(list(evidence.values()), axis=0)
        p = np.where(judged, 1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0))), 0.0)
        share = (float(p[judged].sum()) + 0.5) / (int(judged.sum()) + 10.0)
    return Bought(p, evidence, expected, idle_share, batch)


def expected_reactions(ties: FollowerTies, bought: Float64) -> Float64:
    """Reactions that each person would have shown if real: float64 (n,).

    The rate of an account is reactions per year of its real followers, with five average followers added.
    """
    years = ties.years * (1.0 - bought[ties.person])
    rate = np.zeros(ties.n)
    for group in (ties.promoted, ~ties.promoted):
        open_years, seen = ties.per_account(years * group), ties.per_account(ties.reactions * group)
        if open_years.sum() <= 0:
            continue
        usual = seen.sum() / open_years.sum()
        typical = open_years.sum() / np.count_nonzero(ties.observed & group)
        prior = _PRIOR_FOLLOWERS * typical
        of = np.unique(ties.account[group])
        rate[of] = ((seen + usual * prior) / (open_years + prior))[of]
    return ties.per_person(rate[ties.account] * ties.years)


def _silence(ties: FollowerTies, expected: Float64) -> Float64:
    """No reaction: (1 + e)^-1 if real, where rates of people are exponentially distributed; exp(-e/50) if bought."""
    silent = np.log1p(expected) - _REACTS * expected
    real = expected / (1.0 + expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        spoke = np.log(-np.expm1(-_REACTS * expected) / real)
    # Somebody may react to accounts that they do not follow.
    return np.where(ties.reacted, np.where(expected > 0, spoke, np.log(_REACTS)), silent)


def _idleness(committed: Bool, judged: Bool, p: Float64) -> tuple[Float64, float]:
    """Costly events: one in fifty bought accounts has any; of real ones, the share is fitted."""
    real = (1.0 - p) * judged
    idle = float(((real * ~committed).sum() + 1.0) / (real.sum() + 2.0))
    acted, never = float(np.log(_COMMITS / (1.0 - idle))), float(np.log((1.0 - _COMMITS) / idle))
    ratio: Float64 = np.where(committed, acted, never)
    return ratio, idle


def _signups(signup: np.ndarray, judged: Bool, p: Float64) -> tuple[Float64, Float64]:
    """Sign-ups of a few days: odds among the others of these days, over the odds among everybody."""
    known = judged & ~np.isnat(signup)
    ratio, suspects = np.zeros(p.size), np.zeros(p.size)
    if not known.any():
        return ratio, suspects
    day = signup.astype(DAYS)[known].astype(np.int64)
    day -= day.min()
    bought, real = p[known], 1.0 - p[known]
    ratios, near = [], np.zeros(day.size)
    for weight in (bought, real):
        batch = _around(day, weight, _BATCH_DAYS) - weight
        usual = _around(day, np.ones(day.size), _USUAL_DAYS)
        wide = (2 * _BATCH_DAYS + 1) / (2 * _USUAL_DAYS + 1)
        prior = usual * wide / day.size
        ratios.append((batch + _PRIOR * prior) / (weight.sum() - weight + _PRIOR))
        near = batch if weight is bought else near
    ratio[known] = np.clip(np.log(ratios[0] / ratios[1]), -_MOST, _MOST)
    suspects[known] = near
    return ratio, suspects


def _around(day: Int64, weight: Float64, width: int) -> Float64:
    """Sum of the weights within ``width`` days of each day, float64 (len(day),)."""
    total = np.cumsum(np.append(0.0, np.bincount(day, weight)))
    last = total.size - 1
    result: Float64 = total[np.minimum(day + width + 1, last)] - total[np.maximum(day - width, 0)]
    return result


def _nights(ties: FollowerTies, bursts: Bursts, p: Float64) -> Float64:
    """Arrivals: for each tie the odds that the others of its burst were bought, over the odds of all ties.

    Ties in no burst are one group, so steady arrivals speak for an account.
    """
    bought, judged = p[ties.person], bursts.judged
    inside = judged & (bursts.burst >= 0)
    if not inside.any():
        return np.zeros(p.size)
    everybody, usual = float(judged.sum()), float(bought[judged].sum()) / float(judged.sum())
    burst_share = (float(bought[inside].sum()) + usual) / (float(inside.sum()) + 1.0)
    group = np.where(inside, bursts.burst, bursts.count)
    size = np.bincount(group[judged], minlength=bursts.count + 1)[group]
    held = np.bincount(group[judged], bought[judged], bursts.count + 1)[group]
    prior = np.where(inside, burst_share, usual)
    others = (held - bought + _PRIOR * prior) / (size - 1 + _PRIOR)
    base = (usual * everybody + 1.0) / (everybody + 2.0)
    share = np.clip(others, 1e-6, 1 - 1e-6)
    ratio = np.log(share / (1.0 - share)) - np.log(base / (1.0 - base))
    return np.clip(ties.per_person(np.where(judged, ratio, 0.0)), -_MOST, _MOST)


def _company(twins: Int64, judged: Bool, p: Float64) -> Float64:
    """Whether at least ``ENOUGH`` others follow nearly the same accounts; never evidence for an account."""
    known = judged & (twins >= 0)
    has = known & (twins >= ENOUGH)
    shares = [(float(w[has].sum()) + 0.5) / (float(w[known].sum()) + 1.0) for w in (p, 1.0 - p)]
    return np.where(has, np.clip(np.log(shares[0] / shares[1]), 0.0, _MOST), 0.0)
