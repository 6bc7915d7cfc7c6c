"""Affinity: how likely each person is to take an item in the coming period, on one scale for all people.

A fusion's scores compare the items of one person, not the people for one item. Two steps make them comparable: a
softmax over a person's items, whose temperature is the one under which the validation pairs were likeliest, turns
scores into the chance that the person's next choice is the item; and the person's expected number of choices in a
period as long as the test period, from their own pace shrunk towards everybody's (a gamma-Poisson posterior mean),
turns that into the chance of at least one: 1 - exp(-pace * share).
"""

from __future__ import annotations

import numpy as np

from graph.hetero import UNDATED, HeteroGraph
from graph.recommend.evidence import Floats, View
from graph.recommend.protocol import Fitted, bar_owned, blocks
from graph.recommend.split import Questions
from graph.recommend.target import Target, first_events
from graph.text import Int64

_TEMPERATURES = tuple(float(t) for t in np.geomspace(0.1, 3.0, 12))
_MOST_USERS = 1000
# The pace of everybody counts as much as this many periods of one's own.
_PRIOR_PERIODS = 1.0


def fit_temperature(model: Fitted, questions: Questions, target: Target, *, rng: np.random.Generator) -> float:
    """The softmax temperature, of twelve between .1 and 3, under which what came true was likeliest.

    Args:
        model: Fitted on what was known before the questions.
        questions: Validation pairs.
        target: What the model recommends.
        rng: Draws at most 1,000 of the people.
    """
    view = View(questions.known, target)
    users = np.unique(questions.users)
    if len(users) > _MOST_USERS:
        users = np.sort(rng.choice(users, _MOST_USERS, replace=False))
    keep = np.isin(questions.users, users)
    who, items = np.searchsorted(users, questions.users[keep]), questions.items[keep]
    likelihood = np.zeros(len(_TEMPERATURES))
    for start, stop in blocks(len(users), view.n_items):
        scores = bar_owned(model.scores(view, users[start:stop]), view, users[start:stop])
        here = (who >= start) & (who < stop)
        row, column = who[here] - start, items[here]
        known = np.isfinite(scores[row, column])
        for i, temperature in enumerate(_TEMPERATURES):
            logs = _log_share(scores, temperature)
            likelihood[i] += float(logs[row[known], column[known]].sum())
    return _TEMPERATURES[int(np.argmax(likelihood))]


def _log_share(scores: Floats, temperature: float) -> Floats:
    scaled = scores / temperature
    top = scaled.max(axis=1, keepdims=True)
    top[~np.isfinite(top)] = 0.0
    with np.errstate(divide="ignore"):
        shares: Floats = scaled - top - np.log(np.exp(scaled - top).sum(axis=1, keepdims=True))
    return shares


def affinity(model: Fitted, graph: HeteroGraph, item: int, *, temperature: float, period: int | None) -> Floats:
    """Chance that each person takes the item in the coming period, float64 (n,) in [0, 1]; 0 for its owners.

    Args:
        model: The model that serves.
        graph: The graph to answer from.
        item: Number of the item.
        temperature: From ``fit_temperature``.
        period: Length of the period in seconds; None, where events have no times, takes one choice for granted.
    """
    view = View(graph, model.target)
    people = np.arange(graph.count("Person"))
    share = np.zeros(len(people))
    for start, stop in blocks(len(people), view.n_items):
        scores = bar_owned(model.scores(view, people[start:stop]), view, people[start:stop])
        share[start:stop] = np.exp(_log_share(scores, temperature)[:, item])
    pace = np.ones(len(people)) if period is None else _pace(graph, model.target, period)
    chance: Floats = -np.expm1(-pace * share)
    return np.clip(chance, 0.0, 1.0)


def _pace(graph: HeteroGraph, target: Target, period: int) -> Floats:
    """Expected new pairs of each person in a period, from the last two periods and everybody's mean."""
    events = first_events(graph, target)
    people, now = graph.count("Person"), graph.now or 0
    recent: Int64 = events.users[(events.time != UNDATED) & (events.time >= now - 2 * period)]
    own = np.bincount(recent, minlength=people).astype(np.float64)
    everybody = own.sum() / (2.0 * max(len(np.unique(events.users)), 1))
    pace: Floats = (own + _PRIOR_PERIODS * everybody) / (2.0 + _PRIOR_PERIODS)
    return pace
