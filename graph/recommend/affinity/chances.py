"""Affinity: the probability that each person takes an item in the coming period, on one scale for all people.

A person is expected to take a number of new items in the period (``rates``), and each next one is an item with a
probability that its rank decides (``rank_curve``). The probability of taking it at least once is that of one event or
more of a gamma-Poisson variable with the product as its mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from graph.hetero import HeteroGraph
from graph.recommend.affinity.rank_curve import RankCurve, fit_rank_curve
from graph.recommend.affinity.rates import Rates, expected_choices
from graph.recommend.base import Fitted
from graph.recommend.features import Features, Floats
from graph.recommend.ranking import ranks_of
from graph.recommend.scoring import mask_excluded, user_blocks
from graph.recommend.split import Split
from graph.recommend.target import SOURCE
from graph.text import Int64

# The curve has 21 numbers, which more people would hardly change.
_MOST_PEOPLE = 2000


def fit_curve(model: Fitted, split: Split, *, rng: np.random.Generator) -> RankCurve:
    """The rank curve of a model, from the ranks of validation pairs.

    The weights of a fusion were chosen on these pairs. With few weights and many people there is little overfitting;
    what there is makes the curve slightly too steep. A ranker must not have learned from them.

    Args:
        model: Fitted on ``split.train``.
        split: With validation questions.
        rng: Draws 2,000 of the people where there are more.
    """
    assert split.validation is not None  # full_split() alone asks nothing
    asked = split.validation.of_some_people(_MOST_PEOPLE, rng)
    features, users = Features(asked.known, split.target), np.unique(asked.users)
    who, ranks = np.searchsorted(users, asked.users), np.zeros(len(asked.users), np.int64)
    period = None if split.cuts is None else split.cuts[1] - split.cuts[0]
    active = _activity(expected_choices(asked.known, split.target, period))[users]
    blocks = user_blocks(len(users), features.n_items)
    for start, stop in blocks:
        scores, here = model.scores(features, users[start:stop]), (who >= start) & (who < stop)
        ranks[here] = ranks_of(scores, who[here] - start, asked.items[here], tie_order=features.tie_order)
    curve = fit_rank_curve(ranks, active[who], features.n_items)
    mass = [np.zeros(0)]
    # Scored again, so that the scores of one block are held at a time.
    for start, stop in blocks:
        scores = model.scores(features, users[start:stop])
        barred = _barred(features, users[start:stop], scores)
        mass.append(curve.shares(scores, active[start:stop], barred, tie_order=features.tie_order).sum(axis=1))
    # Weighed by what people took, as the expected choices of all are.
    offered = float(np.concatenate(mass)[who].mean()) if len(who) else 1.0
    return replace(curve, offered=round(max(offered, 0.01), 6))


def affinity(
    model: Fitted, graph: HeteroGraph, items: npt.ArrayLike, *, curve: RankCurve, period: int | None
) -> Floats:
    """Probability that each person takes the item in the coming period, float64 (people,) in [0, 1]; 0 for its owners.

    Args:
        model: The model that serves.
        graph: The graph to answer from.
        items: Number of the item; of several items, the probability of taking one or more of them.
        curve: From ``fit_curve``.
        period: Length of the period in seconds; None, where events have no times, assumes one choice of each person.
    """
    wanted = np.unique(np.asarray(items, np.int64))
    rates = expected_choices(graph, model.target, period)
    parts = [
        rates.chance(np.minimum(shares[:, wanted].sum(axis=1), 1.0), people=people)
        for people, shares in share_blocks(model, graph, curve, rates)
    ]
    return np.concatenate([*parts, np.zeros(0)])


def share_blocks(model: Fitted, graph: HeteroGraph, curve: RankCurve, rates: Rates) -> Iterator[tuple[slice, Floats]]:
    """The shares (u, n) of all people, see ``RankCurve.shares``, in blocks of people."""
    features, people = Features(graph, model.target), np.arange(graph.count(SOURCE))
    active = _activity(rates)
    for start, stop in user_blocks(len(people), features.n_items):
        scores = model.scores(features, people[start:stop])
        barred = _barred(features, people[start:stop], scores)
        yield slice(start, stop), curve.shares(scores, active[start:stop], barred, tie_order=features.tie_order)


def _barred(features: Features, users: Int64, scores: Floats) -> npt.NDArray[np.bool_]:
    """Which items these people have or cannot be offered, bool (u, n)."""
    return np.asarray(np.isneginf(mask_excluded(scores, features, users)), np.bool_)


def _activity(rates: Rates) -> Floats:
    """Each person's rate divided by the mean of all; 1 where nobody has any."""
    mean = float(rates.expected.mean()) if len(rates.expected) else 0.0
    return rates.expected / mean if mean > 0 else np.ones(len(rates.expected))
