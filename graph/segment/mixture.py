"""Who belongs where, given everything: a mixture of segments with item profiles and tie rates.

Leiden finds the groups but places people with two or three events poorly: it knows only their direct neighbours. The
mixture starts from its communities and lets every segment have a profile P(thing | segment) and a rate of ties with
every other segment, as in a degree-corrected stochastic block model (Karrer and Newman 2011). A few rounds of
expectation and maximisation place each person by all they did and by whom they know. No outside labels are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.segment.observations import Evidence, Held
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

# Rows per step; small enough for the cache, which makes it three times as quick.
_CHUNK = 8_192
_SETTLED = 1e-3
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture of K segments over n people.

    Attributes:
        belief: float32 (n, K), probability of each segment per person; rows sum to 1.
        prior: float64 (K,), share of each segment.
        profile: float32 (M, K), P(thing | segment) / P(thing) with shrinkage; 1 says nothing.
        friends: float64 (K, K), symmetric, rate of ties between segments relative to chance.
        follows: float64 (K, K), the same from the segments of people (rows) to those of the KOLs they follow.
    """

    belief: Float32
    prior: Float64
    profile: Float32
    friends: Float64
    follows: Float64


def fit_mixture(evidence: Evidence, labels: Int64, *, rounds: int = 8, mass: float = 100.0) -> Mixture:
    """Fit the mixture from a first partition.

    Args:
        evidence: Distinct pairs.
        labels: int64 (n,), first segment of each person, 0..K-1, or -1 for nobody knows.
        rounds: Most rounds of expectation and maximisation; fewer where hardly anything moves any more.
        mass: Shrinkage of profiles: that many pairs spread like everybody's are added to each segment and type.
    """
    count = int(labels.max(initial=0)) + 1
    belief = np.full((len(labels), count), 1.0 / count, np.float32)
    placed = labels >= 0
    belief[placed] = 0.0
    belief[placed, labels[placed]] = 1.0
    for _ in range(rounds):
        prior = _prior(belief)
        score = np.log(prior).astype(np.float32) + _taste(evidence, belief, mass=mass)
        before, belief = belief, _normalised(score + _company(evidence, belief))
        if float(np.abs(belief - before).max(axis=1).mean()) < _SETTLED:
            break
    profile = _profile(evidence, belief, mass=mass)
    friends, follows = (_mixing(ties, belief) for ties in (evidence.friends, evidence.follows))
    return Mixture(belief, _prior(belief), profile, friends, follows)


def gains(mixture: Mixture, held: Held) -> tuple[Int64, Float64]:
    """How much better held-out pairs are foretold than by popularity and activity alone.

    Returns:
        Person of each held-out pair, int64 (p,), and log2 of its probability over that without segments, float64 (p,).
        A thing or person never seen in training gives 0.
    """
    people, bits = [], []
    for start in range(0, len(held.items), _CHUNK):
        person, item = held.items[start : start + _CHUNK].T
        people.append(person)
        bits.append(np.log2(np.einsum("ij,ij->i", mixture.belief[person], mixture.profile[item])))
    for ties, rates in ((held.friends, mixture.friends), (held.follows, mixture.follows)):
        one, two = ties.T
        expected = np.einsum("ij,ij->i", _product(mixture.belief[one], rates), mixture.belief[two].astype(np.float64))
        people.append(one)
        bits.append(np.log2(np.maximum(expected, _TINY)))
    return np.concatenate(people), np.concatenate(bits).astype(np.float64)


def _prior(belief: Float32) -> Float64:
    # One person of pseudo-mass per segment keeps an empty segment from becoming log 0.
    weight = belief.sum(axis=0, dtype=np.float64) + 1.0
    prior: Float64 = weight / weight.sum()
    return prior


def _normalised(score: Float32) -> Float32:
    belief: Float32 = np.exp(score - score.max(axis=1, keepdims=True))
    belief /= belief.sum(axis=1, keepdims=True)
    return belief


def _product(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Matrix product whose last bits do not depend on the number of BLAS threads."""
    product: npt.NDArray[Any] = np.einsum("ij,jk->ik", left, right)
    return product


def _kind_totals(evidence: Evidence, table: npt.NDArray[np.floating]) -> Float64:
    """Sum of the rows of each type of thing: float64 (types, columns)."""
    totals = np.zeros((int(evidence.kind.max(initial=0)) + 1, table.shape[1]))
    for kind in range(len(totals)):
        totals[kind] = table[evidence.kind == kind].sum(axis=0, dtype=np.float64)
    return totals


def _profile(evidence: Evidence, belief: Float32, *, mass: float) -> Float32:
    counts = np.asarray(evidence.items.T @ belief)
    totals = _kind_totals(evidence, counts)
    seen = counts.sum(axis=1, keepdims=True)
    share = seen / np.maximum(totals.sum(axis=1), _TINY)[evidence.kind, None]
    chance = (counts + mass * share) / (totals + mass)[evidence.kind]
    profile: Float32 = np.where(seen > 0, chance / np.maximum(share, _TINY), 1.0).astype(np.float32)
    return profile


def _taste(evidence: Evidence, belief: Float32, *, mass: float) -> Float32:
    """Log evidence of the things of each person, up to a constant per person: float32 (n, K).

    Everybody is judged by profiles without their own part in them: otherwise a thing that few others have would
    confirm whatever the person was guessed to be, and segments would appear in noise. The sum over the pairs of a
    person of ``log((count + mass share) / (total + mass))`` is taken apart: the totals are the same for all things
    of a type.
    """
    items = evidence.items
    counts = np.asarray(evidence.items.T @ belief)
    totals = _kind_totals(evidence, counts)
    grand = totals.sum(axis=1)
    seen = evidence.seen
    score = np.zeros_like(belief)
    for kind in range(len(totals)):
        mine = evidence.load[:, kind, None]
        below = np.maximum(totals[kind].astype(np.float32) - belief * mine, 0.0) + np.float32(mass)
        score -= mine * np.log(below)
    for start in range(0, len(evidence.person), _CHUNK):
        person = evidence.person[start : start + _CHUNK]
        thing = items.indices[start : start + _CHUNK]
        kind_of = evidence.kind[thing]
        share = (seen[thing] - 1.0) / np.maximum(grand[kind_of] - evidence.load[person, kind_of], 1.0)
        above = counts[thing]
        above -= belief[person]
        np.maximum(above, 0.0, out=above)
        above += (mass * share).astype(np.float32)[:, None]
        _add_rows(score, person, np.log(above, out=above))
    return score


def _add_rows(score: Float32, person: Int64, logs: Float32) -> None:
    """Add each row of ``logs`` to the score of its person; people are in ascending order."""
    if len(person):
        starts = np.flatnonzero(np.diff(person, prepend=-1))
        score[person[starts]] += np.add.reduceat(logs, starts, axis=0)


def _mixing(ties: sp.csr_array, belief: Float32) -> Float64:
    """Rate of ties between each pair of segments, relative to what the number of their ties would give by chance."""
    observed = _product(belief.T, ties @ belief).astype(np.float64)
    total = observed.sum()
    if total == 0.0:
        return np.ones_like(observed)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / total
    rates: Float64 = (observed + 1.0) / (expected + 1.0)
    return rates


def _company(evidence: Evidence, belief: Float32) -> Float32:
    """Log evidence of the ties of each person, given the beliefs about those at the other end: float32 (n, K)."""
    friends, follows = evidence.friends, evidence.follows
    rates = _mixing(friends, belief).astype(np.float32)
    score = friends @ np.log(_product(belief, rates))
    rates = _mixing(follows, belief).astype(np.float32)
    score += follows @ np.log(_product(belief, rates.T))
    score += follows.T @ np.log(_product(belief, rates))
    return np.asarray(score, np.float32)
