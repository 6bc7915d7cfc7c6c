"""Affinity: how likely each person is to take an item in the coming period, on one scale for all people.

A fusion's scores compare the items of one person, not the people for one item. Two steps make them comparable: a
softmax over a person's items, whose temperature is the one under which the validation pairs were likeliest, turns
scores into the chance that the person's next choice is the item; and the person's expected number of choices in a
period as long as the test period, from their own pace shrunk towards everybody's (a gamma-Poisson posterior mean),
turns that into the chance of at least one: 1 - exp(-pace * share).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph.hetero import UNDATED, HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.features import Floats, View
from graph.recommend.scoring import mask_excluded, user_blocks
from graph.recommend.split import Questions
from graph.recommend.target import Target, first_events

_TEMPERATURES = tuple(float(t) for t in np.geomspace(0.02, 5.0, 18))
# One number is fitted, so more people than this would change nothing.
_MOST_USERS = 1000
# The pace of everybody counts as much as this many periods of one's own.
_PRIOR_PERIODS = 1.0


def fit_temperature(model: Fitted, questions: Questions, target: Target, *, rng: np.random.Generator) -> float:
    """The softmax temperature, of eighteen between .02 and 5, under which what came true was likeliest.

    The questions are those on which the blend's weights were chosen. A few weights on many people leave little room to
    fit them by heart, but the temperature found is if anything a little low, so shares a little too far apart.

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
    for start, stop in user_blocks(len(users), view.n_items):
        scores = mask_excluded(model.scores(view, users[start:stop]), view, users[start:stop])
        here = (who >= start) & (who < stop)
        row, column = who[here] - start, items[here]
        known = np.isfinite(scores[row, column])
        for i, temperature in enumerate(_TEMPERATURES):
            logs = _log_share(scores, temperature)
            likelihood[i] += float(logs[row[known], column[known]].sum())
    return _TEMPERATURES[int(np.argmax(likelihood))]


def _log_share(scores: Floats, temperature: float) -> Floats:
    """Logarithm of each item's share of a person's next choice; -inf for owned items, so all of a row may be."""
    scaled = scores / temperature
    top = scaled.max(axis=1, keepdims=True)
    top[~np.isfinite(top)] = 0.0
    total = np.exp(scaled - top).sum(axis=1, keepdims=True)
    shares: Floats = scaled - top - np.log(np.where(total > 0, total, 1.0))
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
    parts = [_chances(shares[:, item], pace) for shares, pace in _blocks(model, graph, temperature, period)]
    return np.concatenate([*parts, np.zeros(0)])


def expected_takers(model: Fitted, graph: HeteroGraph, *, temperature: float, period: int | None) -> Floats:
    """How many people are expected to take each item in the coming period: sums of affinities, float64 (n,).

    Args:
        model: The model that serves.
        graph: The graph to answer from.
        temperature: From ``fit_temperature``.
        period: As for ``affinity``.
    """
    total = np.zeros(graph.count(model.target.node_type))
    for shares, pace in _blocks(model, graph, temperature, period):
        total += _chances(shares, pace[:, None]).sum(axis=0)
    return total


def _blocks(
    model: Fitted, graph: HeteroGraph, temperature: float, period: int | None
) -> Iterator[tuple[Floats, Floats]]:
    """Logarithmic shares (u, n) and paces (u,) of all people, some at a time."""
    view, people = View(graph, model.target), np.arange(graph.count("Person"))
    pace = np.ones(len(people)) if period is None else _pace(graph, model.target, period)
    for start, stop in user_blocks(len(people), view.n_items):
        scores = mask_excluded(model.scores(view, people[start:stop]), view, people[start:stop])
        yield _log_share(scores, temperature), pace[start:stop]


def _chances(shares: Floats, pace: Floats) -> Floats:
    chance: Floats = -np.expm1(-pace * np.exp(shares))
    return np.clip(chance, 0.0, 1.0)


def _pace(graph: HeteroGraph, target: Target, period: int) -> Floats:
    """Expected new (person, item) pairs of each person in a period, float64 (people,).

    From the pairs of the person in each of the last two periods, and the mean over all people of the graph, those
    without any event included: the paces of all add up to what a period of the last two held. No trend is assumed, so
    in a growing market they fall behind what comes.
    """
    events = first_events(graph, target)
    people, width, now = graph.count("Person"), graph.count(target.node_type), graph.now or 0
    recent = events.take((events.time != UNDATED) & (events.time >= now - 2 * period))
    # A pair that reached two stages in one period came true once there.
    pairs = np.unique(2 * (recent.users * width + recent.items) + (recent.time >= now - period))
    own = np.bincount(pairs // (2 * width), minlength=people).astype(np.float64)
    everybody = own.sum() / (2.0 * max(people, 1))
    pace: Floats = (own + _PRIOR_PERIODS * everybody) / (2.0 + _PRIOR_PERIODS)
    return pace
