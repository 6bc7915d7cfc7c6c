"""How the weights of a fusion are chosen, on validation questions only.

Standardised scores of the voters are the features of a conditional logit (a softmax over a person's candidates;
McFadden, "Conditional logit analysis of qualitative choice behavior", 1974) with a ridge penalty and weights >= 0, but
for voters that may oppose. Each level of history may deviate from the common weights as far as its data support. Which
of the fits, or which single voter, is used is decided by NDCG on people whom the weights were not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Fitted
from graph.recommend.evaluation.metrics import discount, ideal_gain
from graph.recommend.features import ELSEWHERE, HISTORY_LEVELS, NOTHING, Floats
from graph.recommend.fusion import FittedFusion, with_fallback
from graph.recommend.ranker.pools import Pool
from graph.recommend.target import Target
from graph.text import Int64

# Ridge penalty against the sum of the log-likelihood over people: with as many informative people as the penalty, a
# weight is pulled about halfway to its prior.
_RIDGE = 20.0
# Larger than above, so that the weights of a level leave the common ones only where the level has many people.
_LEVEL_RIDGE = 50.0
# A voter that scores all candidates alike for more than this share of people is never used alone.
_MAX_SILENT_SHARE = 0.5
# With fewer people than this at a level, its own validation figure is too noisy to use; people of whom nothing is known
# then get the fallback voter.
_MIN_USERS = 30
_K = 10


@dataclass(frozen=True, eq=False)
class Pools:
    """Candidate items of validation people, padded to a common width w; u people, v voters.

    They are in the order of ``ranking.tie_order``.

    Attributes:
        scores: float32 (u, w, v), standardised scores of the voters.
        hit: bool (u, w), whether the person took the candidate.
        real: bool (u, w), false on padding.
        held: int64 (u,), number of held-out items of each person, among the candidates or not.
        level: int64 (u,), index into ``HISTORY_LEVELS``.
        opposing: Positions of the voters that may have a weight below 0.
    """

    scores: npt.NDArray[np.float32]
    hit: npt.NDArray[np.bool_]
    real: npt.NDArray[np.bool_]
    held: Int64
    level: Int64
    opposing: tuple[int, ...] = ()

    def take(self, where: npt.NDArray[np.bool_]) -> Pools:
        """The chosen people."""
        parts = {name: getattr(self, name)[where] for name in ("scores", "hit", "real", "held", "level")}
        return replace(self, **parts)


def padded(pool: Pool, voters: Mapping[str, Fitted]) -> Pools:
    """The candidates of a pool whose first inputs are the standardised scores of the voters, padded."""
    offsets, rows = pool.candidates.offsets, pool.candidates.rows
    column = np.arange(len(rows)) - offsets[rows]
    shape = (len(pool.held), int(np.diff(offsets).max(initial=0)))
    scores = np.zeros((*shape, len(voters)), np.float32)
    hit, real = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    scores[rows, column] = pool.candidates.inputs[:, : len(voters)]
    hit[rows, column], real[rows, column] = pool.hit, True
    opposing = tuple(place for place, voter in enumerate(voters.values()) if voter.may_oppose)
    return Pools(scores, hit, real, pool.held, pool.level, opposing)


def pool_ndcg(pools: Pools, weights: Floats, *, fallback: int | None = None) -> Floats:
    """NDCG at 10 of each person, float64 (u,); of candidates with equal scores the earlier one comes first.

    Args:
        pools: Candidates.
        weights: (levels, v).
        fallback: Position of the voter that orders equal sums, as in a fusion; None leaves them equal.
    """
    scores = np.einsum("uwv,uv->uw", pools.scores.astype(np.float64), weights[pools.level])
    if fallback is not None:
        scores = with_fallback(scores, pools.scores[:, :, fallback].astype(np.float64))
    scores = np.where(pools.real, scores, -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :_K]
    gain = np.take_along_axis(pools.hit, order, axis=1) * discount(np.arange(1, order.shape[1] + 1))
    return np.asarray(gain.sum(axis=1) / ideal_gain(_K)[np.minimum(pools.held, _K)])


def _logit(pools: Pools, prior: Floats, ridge: float) -> Floats:
    """Weights (v,) of the conditional logit, pulled towards ``prior``; ``prior`` where nothing can be learned."""
    from scipy.optimize import minimize

    some = pools.hit.any(axis=1)
    scores, hit, real = pools.scores[some].astype(np.float64), pools.hit[some], pools.real[some]
    if not len(scores):
        return prior
    share = hit / hit.sum(axis=1, keepdims=True)
    wanted = np.einsum("uwv,uw->v", scores, share)

    def loss(w: Floats) -> tuple[float, Floats]:
        logits = np.where(real, scores @ w, -np.inf)
        peak = logits.max(axis=1, keepdims=True)
        odds = np.exp(logits - peak)
        total = odds.sum(axis=1, keepdims=True)
        value = float((np.log(total) + peak).sum() - wanted @ w + 0.5 * ridge * ((w - prior) ** 2).sum())
        return value, np.einsum("uwv,uw->v", scores, odds / total) - wanted + ridge * (w - prior)

    bounds = [(None if place in pools.opposing else 0.0, None) for place in range(scores.shape[2])]
    start = np.where([low is None for low, _ in bounds], prior, np.maximum(prior, 0.01))
    fit = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.where(np.abs(fit.x) < 1e-3, 0.0, np.round(fit.x, 6))


def _by_level(pools: Pools) -> Floats:
    """Weights (levels, v), fitted at each level with the common weights as prior."""
    count = pools.scores.shape[2]
    common = _logit(pools, np.zeros(count), _RIDGE)
    return np.stack([_logit(pools.take(pools.level == lv), common, _LEVEL_RIDGE) for lv in range(len(HISTORY_LEVELS))])


def _common(pools: Pools) -> Floats:
    """Weights (levels, v), the same at every level."""
    return np.repeat(_logit(pools, np.zeros(pools.scores.shape[2]), _RIDGE)[None, :], len(HISTORY_LEVELS), axis=0)


def choose_weights(pools: Pools, names: list[str]) -> tuple[Floats, str, str, Floats]:
    """The weights with the best NDCG on validation, a sentence about them, and the fallback voter.

    On validation the weights are never worse than the best single voter over all people. At a level of history that at
    least ``_MIN_USERS`` people have, they are never worse than the fallback voter either. A level with fewer people is
    not compared: it keeps the chosen weights, except that people without events always get the fallback voter. Where a
    blend does not gain on people it was not fitted on, the simpler model is used, and the sentence says so. A voter
    without opinion about most people is not used alone.

    Args:
        pools: Validation candidates.
        names: Names of the voters, in the order of the scores; ``popularity`` is one of them.

    Returns:
        Weights float64 (levels, voters), the sentence, ``popularity`` or ``recency``, and the NDCG at 10 of each
        person, float64 (u,), by weights that were fitted on others.
    """
    singles = [np.repeat(row[None, :], len(HISTORY_LEVELS), axis=0) for row in np.eye(len(names))]
    # Without the fallback voter for equal scores: with it, each would be a blend of two voters.
    alone = np.stack([pool_ndcg(pools, weights) for weights in singles])
    fallback = _fallback_voter(pools, names, alone)
    best = int(np.argmax(np.where(_may_stand_alone(pools, fallback), np.round(alone.mean(axis=1), 9), -1.0)))
    gains = {name: _cross_validated(pools, fit, fallback) for name, fit in _SHAPES.items()}
    chosen = max(gains, key=lambda name: round(float(gains[name].mean()), 9))
    if gains[chosen].mean() <= alone[best].mean():
        weights, gain = singles[best].copy(), alone[best]
        summary = f"no blend beat {names[best]} alone on validation (NDCG@10 {alone[best].mean():.4f}), so it is used"
    else:
        weights, gain = _SHAPES[chosen](pools), gains[chosen]
        summary = (
            f"blend with {chosen}: validation NDCG@10 {gain.mean():.4f} on people not fitted on, best single voter "
            f"{names[best]} {alone[best].mean():.4f}"
        )
    replaced = [
        level
        for level in range(len(HISTORY_LEVELS))
        if not _blend_may_answer(pools.level == level, level, gain, alone[fallback])
    ]
    weights[replaced] = np.eye(len(names))[fallback]
    if replaced:
        summary += (
            f"; {names[fallback]} answers for people with {', '.join(HISTORY_LEVELS[level] for level in replaced)}"
        )
    answered = np.isin(pools.level, replaced)
    return weights, summary, names[fallback], np.where(answered, alone[fallback], gain)


def _may_stand_alone(pools: Pools, fallback: int) -> npt.NDArray[np.bool_]:
    """Which voters have an opinion about enough people to be used alone, bool (v,); the fallback voter always may."""
    silent = (~pools.scores.any(axis=1)).mean(axis=0)
    usable: npt.NDArray[np.bool_] = silent <= _MAX_SILENT_SHARE
    usable[list(pools.opposing)] = False
    usable[fallback] = True
    return usable


def _fallback_voter(pools: Pools, names: list[str], alone: Floats) -> int:
    """Position of popularity or recency, whichever is better for people without events, or for all if those are few."""
    cold = pools.level <= ELSEWHERE
    asked = cold if cold.sum() >= _MIN_USERS else np.ones_like(cold)
    places = [names.index(name) for name in ("popularity", "recency") if name in names]
    return max(places, key=lambda place: (round(float(alone[place][asked].mean()), 9), -place))


def _blend_may_answer(here: npt.NDArray[np.bool_], level: int, gain: Floats, fallback: Floats) -> bool:
    """Whether the blend is used at this level: its mean NDCG there is not below the fallback voter's.

    With fewer than ``_MIN_USERS`` people the two are not compared: it is used except for people without events.
    """
    if here.sum() < _MIN_USERS:
        return level != NOTHING
    return bool(gain[here].mean() >= fallback[here].mean())


# The names stand in sentences that models keep; "evidence" there means the level of history.
_SHAPES = {"one set of weights": _common, "weights by evidence": _by_level}


def _cross_validated(pools: Pools, fit: Callable[[Pools], Floats], fallback: int) -> Floats:
    """NDCG of each person under weights that were fitted on the other half of the people."""
    half = np.arange(len(pools.held)) % 2 == 0
    result = np.zeros(len(half))
    for fold in (half, ~half):
        if fold.any() and (~fold).any():
            result[fold] = pool_ndcg(pools.take(fold), fit(pools.take(~fold)), fallback=fallback)
    return result


def fuse(voters: Mapping[str, Fitted], pool: Pool, target: Target) -> tuple[FittedFusion, Floats]:
    """A fusion of fitted voters whose weights are chosen on the people of this pool.

    Args:
        voters: Name to voter, in the order of the inputs of the pool.
        pool: From ``pools.make_pool``.
        target: What is recommended.

    Returns:
        The fusion, and the NDCG at 10 of each person, float64 (u,), by weights that were fitted on others.
    """
    weights, summary, fallback, gains = choose_weights(padded(pool, voters), list(voters))
    vocabulary = next(iter(voters.values())).vocabulary
    return FittedFusion(target, vocabulary, dict(voters), weights, summary, fallback), gains
