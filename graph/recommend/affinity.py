"""Affinity: the probability that each person takes an item in the coming period, on one scale for all people.

The scores of a fusion compare items for one person, not people for one item. Two steps make them comparable. A softmax
over a person's items turns scores into the probability that the person's next choice is the item (``share``); its
temperature is the one with the highest likelihood on validation pairs. The expected number of choices of the person in
a period as long as the test period (``rate``) is a gamma-Poisson posterior mean: the person's own rate shrunk towards
the mean of all people. The probability of at least one such choice is then 1 - exp(-rate * share).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph.columns import UNDATED
from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.features import Features, Floats
from graph.recommend.scoring import mask_excluded, user_blocks
from graph.recommend.split import Questions
from graph.recommend.target import Target, first_events

_TEMPERATURES = tuple(float(t) for t in np.geomspace(0.02, 5.0, 18))
# A single number is fitted, so that more people than this would not change it.
_MAX_USERS = 1000
# The mean rate of all people counts as much as this many periods of the person's own.
_PRIOR_PERIODS = 1.0


def fit_temperature(model: Fitted, questions: Questions, target: Target, *, rng: np.random.Generator) -> float:
    """The softmax temperature, of eighteen between .02 and 5, with the highest likelihood on validation pairs.

    The pairs are those that the weights of the fusion were chosen on. With few weights and many people there is little
    overfitting; what there is makes the temperature slightly low and the shares slightly too different.

    Args:
        model: Fitted on what was known before these pairs.
        questions: Validation pairs.
        target: What the model recommends.
        rng: Draws at most 1,000 of the people.
    """
    features = Features(questions.known, target)
    users = np.unique(questions.users)
    if len(users) > _MAX_USERS:
        users = np.sort(rng.choice(users, _MAX_USERS, replace=False))
    keep = np.isin(questions.users, users)
    who, items = np.searchsorted(users, questions.users[keep]), questions.items[keep]
    likelihood = np.zeros(len(_TEMPERATURES))
    for start, stop in user_blocks(len(users), features.n_items):
        scores = mask_excluded(model.scores(features, users[start:stop]), features, users[start:stop])
        here = (who >= start) & (who < stop)
        row, column = who[here] - start, items[here]
        known = np.isfinite(scores[row, column])
        for i, temperature in enumerate(_TEMPERATURES):
            logs = _log_share(scores, temperature)
            likelihood[i] += float(logs[row[known], column[known]].sum())
    return _TEMPERATURES[int(np.argmax(likelihood))]


def _log_share(scores: Floats, temperature: float) -> Floats:
    """Log-probability of each item as the person's next choice; -inf for owned items, perhaps for a whole row."""
    scaled = scores / temperature
    top = scaled.max(axis=1, keepdims=True)
    top[~np.isfinite(top)] = 0.0
    total = np.exp(scaled - top).sum(axis=1, keepdims=True)
    shares: Floats = scaled - top - np.log(np.where(total > 0, total, 1.0))
    return shares


def affinity(model: Fitted, graph: HeteroGraph, item: int, *, temperature: float, period: int | None) -> Floats:
    """Probability that each person takes the item in the coming period, float64 (n,) in [0, 1]; 0 for its owners.

    Args:
        model: The model that serves.
        graph: The graph to answer from.
        item: Number of the item.
        temperature: From ``fit_temperature``.
        period: Length of the period in seconds; None, where events have no times, assumes one choice of each person.
    """
    parts = [_probabilities(shares[:, item], rate) for shares, rate in _blocks(model, graph, temperature, period)]
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
    for shares, rate in _blocks(model, graph, temperature, period):
        total += _probabilities(shares, rate[:, None]).sum(axis=0)
    return total


def _blocks(
    model: Fitted, graph: HeteroGraph, temperature: float, period: int | None
) -> Iterator[tuple[Floats, Floats]]:
    """Log-probabilities (u, n) and rates (u,) of all people, in blocks of people."""
    features, people = Features(graph, model.target), np.arange(graph.count("Person"))
    rate = np.ones(len(people)) if period is None else _expected_choices(graph, model.target, period)
    for start, stop in user_blocks(len(people), features.n_items):
        scores = mask_excluded(model.scores(features, people[start:stop]), features, people[start:stop])
        yield _log_share(scores, temperature), rate[start:stop]


def _probabilities(shares: Floats, rate: Floats) -> Floats:
    probability: Floats = -np.expm1(-rate * np.exp(shares))
    return np.clip(probability, 0.0, 1.0)


def _expected_choices(graph: HeteroGraph, target: Target, period: int) -> Floats:
    """Expected number of new (person, item) pairs of each person in a period, float64 (people,).

    From the pairs of the person in the last two periods, and the mean over all people of the graph, those without any
    event included: the sum over people is the mean number of pairs of the last two periods. No trend is assumed, so
    that it is too low in a growing market.
    """
    events = first_events(graph, target)
    people, width, now = graph.count("Person"), graph.count(target.node_type), graph.now or 0
    recent = events.take((events.time != UNDATED) & (events.time >= now - 2 * period))
    # A pair that reached two stages within one period counts once.
    pairs = np.unique(2 * (recent.users * width + recent.items) + (recent.time >= now - period))
    own = np.bincount(pairs // (2 * width), minlength=people).astype(np.float64)
    everybody = own.sum() / (2.0 * max(people, 1))
    rate: Floats = (own + _PRIOR_PERIODS * everybody) / (2.0 + _PRIOR_PERIODS)
    return rate
