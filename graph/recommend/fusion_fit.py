"""How the weights of a fusion are chosen, on validation questions only.

Every voter's standardised scores are features of a conditional logit (a softmax over a person's candidates) with
weights >= 0 and a ridge; each level of knowledge about a person may deviate from the common weights as far as its
data carry. What is taken in the end is decided by NDCG on people whom the weights were not fitted on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Fitted
from graph.recommend.evaluation.evaluate import score_blocks
from graph.recommend.evaluation.metrics import discount, ideal_gain
from graph.recommend.features import ELSEWHERE, LEVELS, NOTHING, Floats, View, levels
from graph.recommend.fusion import FittedFusion, settled, standardised
from graph.recommend.ranking import top
from graph.recommend.scoring import mask_excluded, user_blocks
from graph.recommend.split import Questions
from graph.recommend.target import Target
from graph.text import Int64

# Candidates that each voter puts forward; what no voter places among its first 50 is hardly in a blend's first ten.
_PUT_FORWARD = 50
# Beyond this many people the weights hardly move, while time and memory grow with them.
_MOST_USERS = 2000
# A ridge of r against the logit's sum over people: with r informative people a weight is pulled about halfway.
_RIDGE = 20.0
# A level bends away from the common weights only with more people of its own than those needed to say anything.
_LEVEL_RIDGE = 50.0
# A voter without opinion about more people than this share is never chosen alone.
_MOST_SILENT = 0.5
# With fewer people than this at a level, its own validation figure says nothing; where nothing is known about a
# person either, the simple answer is then taken.
_FEWEST = 30
_K = 10


@dataclass(frozen=True, eq=False)
class Pools:
    """Candidates of each asked person by place among equals, padded to a common width w; u people, v voters.

    Attributes:
        features: float32 (u, w, v), standardised scores.
        hit: bool (u, w), candidates that came true.
        real: bool (u, w), false on padding.
        held: int64 (u,), held-out items of each person, in the pool or not.
        level: int64 (u,).
    """

    features: npt.NDArray[np.float32]
    hit: npt.NDArray[np.bool_]
    real: npt.NDArray[np.bool_]
    held: Int64
    level: Int64

    def take(self, where: npt.NDArray[np.bool_]) -> Pools:
        """The chosen people."""
        return Pools(*(getattr(self, name)[where] for name in ("features", "hit", "real", "held", "level")))


def make_pools(
    voters: Mapping[str, Fitted], questions: Questions, target: Target, *, rng: np.random.Generator
) -> Pools:
    """Candidates and features of the validation people; at most 2,000 of them, drawn by ``rng``."""
    view = View(questions.known, target)
    users = np.unique(questions.users)
    if len(users) > _MOST_USERS:
        users = np.sort(rng.choice(users, _MOST_USERS, replace=False))
    level = levels(view, users)
    place = view.places
    found: list[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]] = []
    held = np.zeros(len(users), np.int64)
    for start, stop in user_blocks(len(users), view.n_items * len(voters)):
        part = users[start:stop]
        scored = score_blocks(voters, view, part, level[start:stop])
        open_to = {name: mask_excluded(block, view, part) for name, block in scored.items()}
        stacked = np.stack([standardised(scored[name]).astype(np.float32) for name in voters], axis=2)
        for row, user in enumerate(part.tolist()):
            best = np.unique(np.concatenate([top(open_to[n][row], _PUT_FORWARD, place=place) for n in voters]))
            best = best[np.argsort(place[best])]
            wanted = questions.items[
                np.searchsorted(questions.users, user) : np.searchsorted(questions.users, user, side="right")
            ]
            held[start + row] = len(wanted)
            found.append((stacked[row, best], np.isin(best, wanted)))
    width = max(len(hit) for _, hit in found)
    features = np.zeros((len(users), width, len(voters)), np.float32)
    hits, real = np.zeros((len(users), width), np.bool_), np.zeros((len(users), width), np.bool_)
    for row, (values, hit) in enumerate(found):
        features[row, : len(hit)], hits[row, : len(hit)], real[row, : len(hit)] = values, hit, True
    return Pools(features, hits, real, held, level)


def pool_ndcg(pools: Pools, weights: Floats, *, simple: int | None = None) -> Floats:
    """NDCG at 10 of each person, float64 (u,); ties go to the earlier candidate.

    Args:
        pools: Candidates.
        weights: (levels, v).
        simple: The voter that answers where the blend is silent, as in a fusion; None leaves silence as it is.
    """
    scores = np.einsum("uwv,uv->uw", pools.features.astype(np.float64), weights[pools.level])
    if simple is not None:
        scores = settled(scores, pools.features[:, :, simple].astype(np.float64))
    scores = np.where(pools.real, scores, -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :_K]
    gain = np.take_along_axis(pools.hit, order, axis=1) * discount(np.arange(1, order.shape[1] + 1))
    return np.asarray(gain.sum(axis=1) / ideal_gain(_K)[np.minimum(pools.held, _K)])


def _logit(pools: Pools, prior: Floats, ridge: float) -> Floats:
    """Weights (v,) >= 0 of the conditional logit, pulled towards ``prior``; ``prior`` where nothing can be learned."""
    from scipy.optimize import minimize

    some = pools.hit.any(axis=1)
    features, hit, real = pools.features[some].astype(np.float64), pools.hit[some], pools.real[some]
    if not len(features):
        return prior
    share = hit / hit.sum(axis=1, keepdims=True)
    wanted = np.einsum("uwv,uw->v", features, share)

    def loss(w: Floats) -> tuple[float, Floats]:
        logits = np.where(real, features @ w, -np.inf)
        peak = logits.max(axis=1, keepdims=True)
        odds = np.exp(logits - peak)
        total = odds.sum(axis=1, keepdims=True)
        value = float((np.log(total) + peak).sum() - wanted @ w + 0.5 * ridge * ((w - prior) ** 2).sum())
        return value, np.einsum("uwv,uw->v", features, odds / total) - wanted + ridge * (w - prior)

    bounds = [(0.0, None)] * features.shape[2]
    fit = minimize(loss, np.maximum(prior, 0.01), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.where(fit.x < 1e-3, 0.0, np.round(fit.x, 6))


def _by_level(pools: Pools) -> Floats:
    """Weights (levels, v): the common ones, bent at each level as far as its people carry."""
    count = pools.features.shape[2]
    common = _logit(pools, np.zeros(count), _RIDGE)
    return np.stack([_logit(pools.take(pools.level == lv), common, _LEVEL_RIDGE) for lv in range(len(LEVELS))])


def _common(pools: Pools) -> Floats:
    return np.repeat(_logit(pools, np.zeros(pools.features.shape[2]), _RIDGE)[None, :], len(LEVELS), axis=0)


def choose_weights(pools: Pools, names: list[str]) -> tuple[Floats, str, str]:
    """The weights that validation prefers, a sentence about them, and the voter that answers where they are silent.

    Never below the best single voter on validation, and level by level never below popularity there: where a blend
    does not gain on people it was not fitted on, the simpler answer is taken, and the sentence says so. A voter that
    has nothing to say about most people is not chosen alone.

    Args:
        pools: Validation candidates.
        names: Names of the voters, in the order of the features; ``popularity`` is one of them.

    Returns:
        Weights float64 (levels, voters), the sentence, and ``popularity`` or ``recency``.
    """
    singles = [np.repeat(row[None, :], len(LEVELS), axis=0) for row in np.eye(len(names))]
    # Judged as they are, without the simple voter's order of what they do not tell apart: that would be a blend.
    alone = np.stack([pool_ndcg(pools, weights) for weights in singles])
    simple = _impersonal(pools, names, alone)
    best = int(np.argmax(np.where(_may_stand_alone(pools, simple), np.round(alone.mean(axis=1), 9), -1.0)))
    gains = {name: _crossed(pools, fit, simple) for name, fit in _SHAPES.items()}
    chosen = max(gains, key=lambda name: round(float(gains[name].mean()), 9))
    if gains[chosen].mean() <= alone[best].mean():
        weights, gain = singles[best].copy(), alone[best]
        said = f"no blend beat {names[best]} alone on validation (NDCG@10 {alone[best].mean():.4f}), so it is used"
    else:
        weights, gain = _SHAPES[chosen](pools), gains[chosen]
        said = (
            f"blend with {chosen}: validation NDCG@10 {gain.mean():.4f} on people not fitted on, best single voter "
            f"{names[best]} {alone[best].mean():.4f}"
        )
    kept = [level for level in range(len(LEVELS)) if not _trusted(pools.level == level, level, gain, alone[simple])]
    weights[kept] = np.eye(len(names))[simple]
    if kept:
        said += f"; {names[simple]} answers for people with {', '.join(LEVELS[level] for level in kept)}"
    return weights, said, names[simple]


def _may_stand_alone(pools: Pools, simple: int) -> npt.NDArray[np.bool_]:
    """Voters with an opinion about enough people, bool (v,); the simple one always."""
    silent = (~pools.features.any(axis=1)).mean(axis=0)
    fit: npt.NDArray[np.bool_] = silent <= _MOST_SILENT
    fit[simple] = True
    return fit


def _impersonal(pools: Pools, names: list[str], alone: Floats) -> int:
    """Popularity, or recency where it is better for people without events, or for all where those are few."""
    cold = pools.level <= ELSEWHERE
    asked = cold if cold.sum() >= _FEWEST else np.ones_like(cold)
    places = [names.index(name) for name in ("popularity", "recency") if name in names]
    return max(places, key=lambda place: (round(float(alone[place][asked].mean()), 9), -place))


def _trusted(here: npt.NDArray[np.bool_], level: int, gain: Floats, simple: Floats) -> bool:
    """Whether the blend may answer at this level: its figures there are not below the simple answer's."""
    if here.sum() < _FEWEST:
        return level != NOTHING
    return bool(gain[here].mean() >= simple[here].mean())


_SHAPES = {"one set of weights": _common, "weights by evidence": _by_level}


def _crossed(pools: Pools, fit: Callable[[Pools], Floats], simple: int) -> Floats:
    """NDCG of each person under weights that were fitted on the other half of the people."""
    half = np.arange(len(pools.held)) % 2 == 0
    result = np.zeros(len(half))
    for fold in (half, ~half):
        if fold.any() and (~fold).any():
            result[fold] = pool_ndcg(pools.take(fold), fit(pools.take(~fold)), simple=simple)
    return result


def fuse(
    voters: Mapping[str, Fitted], questions: Questions, target: Target, *, rng: np.random.Generator
) -> FittedFusion:
    """A fusion of fitted voters whose weights are chosen on these questions."""
    weights, said, simple = choose_weights(make_pools(voters, questions, target, rng=rng), list(voters))
    vocabulary = next(iter(voters.values())).vocabulary
    return FittedFusion(target, vocabulary, dict(voters), weights, said, simple)
