"""The rank curve: how often the thing that a person takes stood at rank 1, 2, 3, ... of the person's ranking of all.

Scores are comparable within one person at best: those of a ranker are log-odds among its candidates, those of a fusion
are sums of deviations, and what is no candidate only has to be lower. Ranks mean the same for every model.
So the share of a person's next choice that falls on an item is a function of its rank alone, and of how active the
person is: who takes little takes what stands first, who takes much has much of that already and spreads out.

The logarithm of the share falls with the logarithm of the rank in straight pieces, a power law for each piece (Zipf's
law where all slopes are equal). The slopes, >= 0, are those under which validation pairs are most likely, a little
pulled towards one curve for everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.recommend.features import Floats
from graph.text import Int64

Bools = npt.NDArray[np.bool_]
# Ranks at which the slope may change.
_RANKS = (1, 3, 10, 30, 100, 300, 1000)
# Activities, in mean rates of all people, for which there is a curve of its own; between two, a blend of both.
_ACTIVITIES = (0.3, 1.0, 4.0)
# Ranks up to here are all looked at when a curve is fitted; of later ones some, for all those around them.
_EXACT = 50
_LATER = 100
_RIDGE = 1.0
_OWN_RIDGE = 10.0


@dataclass(frozen=True, eq=False)
class RankCurve:
    """Slopes of the curve.

    Attributes:
        slopes: float64 (activities, pieces), >= 0.
        offered: Mean share of the curve that falls on items that can still be taken, in (0, 1].
    """

    slopes: Floats
    offered: float = 1.0

    def shares(self, scores: Floats, activity: Floats, barred: Bools, *, tie_order: Int64) -> Floats:
        """How often the person's next choice is the item, for each one expected choice, float64 (u, n).

        Items that the person has are ranked with the others (by a ranker below its candidates): who has nearly
        everything of their taste is expected to take less, not to take to something else. Rows sum to 1 in the mean, to
        less for those who have what they like and to more for those who have none of it yet. Items of equal score have
        the mean of the shares of the ranks that they fill together.

        Args:
            scores: (u, n), of all items.
            barred: bool (u, n), items that cannot be taken; their share is 0.
            activity: float64 (u,), rate of each person divided by the mean rate of all.
            tie_order: int64 (n,), see ``ranking.tie_order``; fixes the order of sums among equal scores.
        """
        people, n = scores.shape
        if not n:
            return np.zeros((people, 0))
        by_ties = np.argsort(tie_order)
        order = by_ties[np.argsort(-scores[:, by_ties], axis=1, kind="stable")]
        slopes = np.einsum("ua,ap->up", _blend(activity), self.slopes)
        odds = np.exp(-_sums(slopes, _pieces(np.arange(1, n + 1))))
        odds /= odds.sum(axis=1, keepdims=True) * self.offered
        result = np.empty((people, n))
        np.put_along_axis(result, order, _level(odds, np.take_along_axis(scores, order, axis=1)), axis=1)
        result[barred] = 0.0
        return result

    def to_json(self) -> dict[str, Any]:
        """The curve as JSON values."""
        return {"slopes": self.slopes.tolist(), "offered": self.offered}

    @staticmethod
    def of_json(facts: Any) -> RankCurve:
        """The curve that ``to_json`` described."""
        return RankCurve(np.asarray(facts["slopes"], np.float64), float(facts["offered"]))


def fit_rank_curve(ranks: Int64, activity: Floats, n_items: int) -> RankCurve:
    """The curve under which these pairs are most likely.

    Args:
        ranks: int64 (p,), 1-based ranks of what people took; Zipf's law is the curve without any.
        activity: float64 (p,), of the person of each pair, as for ``shares``.
        n_items: Number of items that are ranked.
    """
    zipf = np.ones((1, len(_RANKS)))
    common = _fit(ranks, np.ones((len(ranks), 1)), n_items, prior=zipf, ridge=_RIDGE)
    prior = np.repeat(common, len(_ACTIVITIES), axis=0)
    return RankCurve(_fit(ranks, _blend(activity), n_items, prior=prior, ridge=_OWN_RIDGE))


def _fit(ranks: Int64, blend: Floats, n_items: int, *, prior: Floats, ridge: float) -> Floats:
    """Slopes of the highest likelihood, float64 (a, pieces), pulled towards ``prior``."""
    from scipy.optimize import minimize

    if not len(ranks) or n_items < 2:
        return prior
    grid, many = _grid(n_items)
    own, all_ = _pieces(ranks), _pieces(grid)

    def loss(flat: Floats) -> tuple[float, Floats]:
        slopes = flat.reshape(prior.shape)
        logits = np.log(many) - (blend @ slopes) @ all_.T
        peak = logits.max(axis=1, keepdims=True)
        odds = np.exp(logits - peak)
        total = odds.sum(axis=1, keepdims=True)
        value = float(((blend @ slopes) * own).sum() + (np.log(total) + peak).sum())
        gradient = blend.T @ (own - (odds / total) @ all_) + ridge * (slopes - prior)
        return value + 0.5 * ridge * float(((slopes - prior) ** 2).sum()), gradient.ravel()

    found = minimize(loss, prior.ravel(), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * prior.size)
    # Rounded, so that the last bits of sums, which depend on the number of threads, make no difference.
    return np.asarray(np.round(found.x, 4).reshape(prior.shape), np.float64)


def _grid(n: int) -> tuple[Floats, Floats]:
    """Ranks that stand for all of 1..n, and for how many each stands, float64 (g,)."""
    edges = np.arange(1.0, min(n, _EXACT) + 2)
    if n > _EXACT:
        edges = np.unique(np.concatenate([edges, np.round(np.geomspace(_EXACT + 1, n + 1, _LATER))]))
    return (edges[:-1] + edges[1:] - 1.0) / 2.0, np.diff(edges)


def _pieces(ranks: Int64 | Floats) -> Floats:
    """How far each rank reaches into each piece, on a logarithmic scale, float64 (p, pieces)."""
    logs, knots = np.log(ranks.astype(np.float64))[:, None], np.log(np.array(_RANKS, np.float64))
    return np.asarray(np.clip(logs - knots, 0.0, np.append(np.diff(knots), np.inf)), np.float64)


def _blend(activity: Floats) -> Floats:
    """Weight of the curve of each activity for these people, float64 (p, activities); rows sum to 1."""
    knots = np.log(np.array(_ACTIVITIES))
    logs = np.clip(np.log(np.maximum(activity, 1e-9)), knots[0], knots[-1])
    return np.stack([np.interp(logs, knots, row) for row in np.eye(len(knots))], axis=1)


def _sums(slopes: Floats, pieces: Floats) -> Floats:
    """``slopes @ pieces.T``, summed piece by piece in a fixed order."""
    return np.asarray(sum(slopes[:, [i]] * pieces[:, i] for i in range(slopes.shape[1])), np.float64)


def _level(shares: Floats, scores: Floats) -> Floats:
    """The shares, where equal scores that stand side by side get the mean of theirs."""
    new = np.ones(scores.shape, np.bool_)
    new[:, 1:] = scores[:, 1:] != scores[:, :-1]
    group = np.cumsum(new.ravel()) - 1
    total, count = np.bincount(group, shares.ravel()), np.bincount(group)
    return np.asarray((total / count)[group].reshape(shares.shape), np.float64)
