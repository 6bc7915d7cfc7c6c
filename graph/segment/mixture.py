"""Mixture model that assigns people to segments by all their items and ties.

Leiden finds the groups, but assigns people with two or three events poorly, since it uses only their direct neighbours.
The mixture starts from the communities of Leiden. Each segment has a profile P(item | segment) and a rate of ties with
every other segment, as in a degree-corrected stochastic block model (Karrer and Newman 2011). A few rounds of
expectation maximisation assign each person. Uses no ground-truth labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.segment.observations import HeldOut, Observations
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

# Rows per step: small enough for the processor's cache, which is three times faster.
_CHUNK = 8_192
_CONVERGED = 1e-3
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A fitted mixture of K segments over n people.

    Attributes:
        belief: float32 (n, K), posterior probability of each segment per person; rows sum to 1.
        prior: float64 (K,), share of each segment.
        profile: float32 (M, K), P(item | segment) / P(item) with shrinkage; 1 is neutral.
        friends: float64 (K, K), symmetric, rate of ties between two segments relative to chance.
        follows: float64 (K, K), the same for follows, from the segments of followers (rows) to those of KOLs.
    """

    belief: Float32
    prior: Float64
    profile: Float32
    friends: Float64
    follows: Float64


def fit_mixture(observations: Observations, labels: Int64, *, rounds: int = 8, mass: float = 100.0) -> Mixture:
    """Fit the mixture, starting from a partition.

    Args:
        observations: Distinct pairs.
        labels: int64 (n,), first segment of each person in 0..K-1, or -1 for unknown (uniform probabilities).
        rounds: Maximum number of rounds of expectation maximisation; stops earlier on convergence.
        mass: Shrinkage of profiles: this many pairs with average items are added to each segment and node type.
    """
    count = int(labels.max(initial=0)) + 1
    belief = np.full((len(labels), count), 1.0 / count, np.float32)
    known = labels >= 0
    belief[known] = 0.0
    belief[known, labels[known]] = 1.0
    for _ in range(rounds):
        prior = _prior(belief)
        score = np.log(prior).astype(np.float32) + _item_log_likelihood(observations, belief, mass=mass)
        before, belief = belief, _normalised(score + _tie_log_likelihood(observations, belief))
        if float(np.abs(belief - before).max(axis=1).mean()) < _CONVERGED:
            break
    profile = _profile(observations, belief, mass=mass)
    friends, follows = (_tie_rates(ties, belief) for ties in (observations.friends, observations.follows))
    return Mixture(belief, _prior(belief), profile, friends, follows)


def gains(mixture: Mixture, held: HeldOut) -> tuple[Int64, Float64]:
    """How much better held-out pairs are predicted than by popularity and activity alone.

    Returns:
        Person of each held-out pair, int64 (p,), and log2 of its probability divided by its probability without
        segments, float64 (p,). An item or person without training pairs gives 0.
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
    # One person is added to each segment (additive smoothing), since an empty one would give log 0.
    weight = belief.sum(axis=0, dtype=np.float64) + 1.0
    prior: Float64 = weight / weight.sum()
    return prior


def _normalised(score: Float32) -> Float32:
    belief: Float32 = np.exp(score - score.max(axis=1, keepdims=True))
    belief /= belief.sum(axis=1, keepdims=True)
    return belief


def _product(left: npt.NDArray[Any], right: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Matrix product with the same bits for every number of BLAS threads."""
    product: npt.NDArray[Any] = np.einsum("ij,jk->ik", left, right)
    return product


def _kind_totals(observations: Observations, table: npt.NDArray[np.floating]) -> Float64:
    """Sum of the rows of each node type of items: float64 (types, columns)."""
    totals = np.zeros((int(observations.kind.max(initial=0)) + 1, table.shape[1]))
    for kind in range(len(totals)):
        totals[kind] = table[observations.kind == kind].sum(axis=0, dtype=np.float64)
    return totals


def _profile(observations: Observations, belief: Float32, *, mass: float) -> Float32:
    counts = np.asarray(observations.items.T @ belief)
    totals = _kind_totals(observations, counts)
    seen = counts.sum(axis=1, keepdims=True)
    share = seen / np.maximum(totals.sum(axis=1), _TINY)[observations.kind, None]
    chance = (counts + mass * share) / (totals + mass)[observations.kind]
    profile: Float32 = np.where(seen > 0, chance / np.maximum(share, _TINY), 1.0).astype(np.float32)
    return profile


def _item_log_likelihood(observations: Observations, belief: Float32, *, mass: float) -> Float32:
    """Log-likelihood of each person's items by segment, up to a constant per person: float32 (n, K).

    The profiles leave out the person's own pairs. Otherwise an item that few others have would confirm any segment the
    person was assigned to, and segments would appear in noise. The sum over a person's pairs of
    ``log((count + mass share) / (total + mass))`` is computed as two sums, because the totals are equal for all items
    of a node type.
    """
    items = observations.items
    counts = np.asarray(observations.items.T @ belief)
    totals = _kind_totals(observations, counts)
    grand = totals.sum(axis=1)
    seen = observations.seen
    score = np.zeros_like(belief)
    for kind in range(len(totals)):
        mine = observations.load[:, kind, None]
        below = np.maximum(totals[kind].astype(np.float32) - belief * mine, 0.0) + np.float32(mass)
        score -= mine * np.log(below)
    for start in range(0, len(observations.person), _CHUNK):
        person = observations.person[start : start + _CHUNK]
        item = items.indices[start : start + _CHUNK]
        kind_of = observations.kind[item]
        share = (seen[item] - 1.0) / np.maximum(grand[kind_of] - observations.load[person, kind_of], 1.0)
        above = counts[item]
        above -= belief[person]
        np.maximum(above, 0.0, out=above)
        above += (mass * share).astype(np.float32)[:, None]
        _add_rows(score, person, np.log(above, out=above))
    return score


def _add_rows(score: Float32, person: Int64, logs: Float32) -> None:
    """Add each row of ``logs`` to the score of its person; ``person`` is ascending."""
    if len(person):
        starts = np.flatnonzero(np.diff(person, prepend=-1))
        score[person[starts]] += np.add.reduceat(logs, starts, axis=0)


def _tie_rates(ties: sp.csr_array, belief: Float32) -> Float64:
    """Rate of ties between each pair of segments, relative to chance given how many ties each segment has."""
    observed = _product(belief.T, ties @ belief).astype(np.float64)
    total = observed.sum()
    if total == 0.0:
        return np.ones_like(observed)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / total
    rates: Float64 = (observed + 1.0) / (expected + 1.0)
    return rates


def _tie_log_likelihood(observations: Observations, belief: Float32) -> Float32:
    """Log-likelihood of each person's ties by segment, given the beliefs about the other ends: float32 (n, K)."""
    friends, follows = observations.friends, observations.follows
    rates = _tie_rates(friends, belief).astype(np.float32)
    score = friends @ np.log(_product(belief, rates))
    rates = _tie_rates(follows, belief).astype(np.float32)
    score += follows @ np.log(_product(belief, rates.T))
    score += follows.T @ np.log(_product(belief, rates))
    return np.asarray(score, np.float32)
