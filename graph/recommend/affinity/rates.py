"""Rates: how many new items each person is expected to take in the coming period, from how active they were.

A person's rate is a sum over what they did, each action with a weight >= 0 by its kind and age, plus a constant: the
form of a self-exciting (Hawkes) process, with steps for the decay. The weights are those under which the last period
is most likely (Poisson), given what was known before it, so that the level is that of the last period: a market that
grows or shrinks is followed one period late. How far people differ from their rates is one number of the gamma-Poisson
(negative binomial) distribution, fitted on the same period.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.columns import UNDATED
from graph.hetero import HeteroGraph
from graph.recommend.features import Floats
from graph.recommend.split import fresh_pairs
from graph.recommend.target import SOURCE, Target, first_events, interest_events
from graph.schema.roles import CAMPAIGN

# Upper bounds of the ages of events, in periods; a last age holds what is older or undated. Of that it only matters
# whether there is any: its number grows with the length of the history, which is no growth of anybody's rate.
_AGES = (0.5, 1.0, 2.0, 4.0, 8.0)
# Earlier periods join the last one until there are so many pairs to learn from.
_ENOUGH_PAIRS = 300
_MOST_PERIODS = 4
# Each weight is learned as if its input had been seen so many times more, with what is assumed before anything is
# known: each pair of the last period is followed by half a further one, any action by half the mean, all else by none.
_PRIOR_EVENTS = 1.0
_ASSUMED = 0.5
_STEPS = 200
# Variance of the gamma factor by which people differ from their rates; 0 would be Poisson.
_SPREADS = np.geomspace(0.02, 20.0, 31)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """What people are expected to take.

    Attributes:
        expected: Expected number of new (person, item) pairs of each person in the period, float64 (people,), >= 0.
        spread: Variance of the factor, gamma with mean 1, by which a person differs from it; 0 where none is assumed.
    """

    expected: Floats
    spread: float

    def chance(self, share: Floats, *, people: slice) -> Floats:
        """Probability of at least one pair that falls into a share of all, float64 of the shape of ``share``.

        1 - (1 + spread * expected * share) ** (-1 / spread), the gamma-Poisson chance of one event or more; with no
        spread 1 - exp(-expected * share).

        Args:
            share: (u,) or (u, n), each in [0, 1].
            people: Whose rows these are, u numbers.
        """
        mean = self.expected[people].reshape((-1,) + (1,) * (share.ndim - 1)) * share
        logs = mean if self.spread == 0 else np.log1p(self.spread * mean) / self.spread
        return np.asarray(np.clip(-np.expm1(-logs), 0.0, 1.0), np.float64)


def expected_choices(graph: HeteroGraph, target: Target, period: int | None) -> Rates:
    """The rates of everybody for a period after what the graph knows.

    Args:
        graph: The graph to answer from; ``graph.now`` is the start of the coming period.
        target: What is recommended.
        period: Its length in seconds, > 0; None, where events have no times, assumes one choice of everybody.
    """
    people = graph.count(SOURCE)
    if period is None or graph.now is None:
        return Rates(np.ones(people), 0.0)
    inputs, taken, pairs = [], [], 0.0
    for back in range(1, _MOST_PERIODS + 1):
        start = graph.now - back * period
        known = graph.until(start)
        inputs.append(activity(known, target, now=start, period=period))
        taken.append(_taken(graph, known, target, start, start + period))
        pairs += float(taken[-1].sum())
        if pairs >= _ENOUGH_PAIRS:
            break
    seen, counts = np.concatenate(inputs), np.concatenate(taken)
    if not pairs:
        return Rates(np.zeros(people), 0.0)
    weights = _weights(seen, counts)
    expected = _sums(activity(graph, target, now=graph.now, period=period), weights)
    return Rates(expected, _spread(counts, _sums(seen, weights)))


def activity(graph: HeteroGraph, target: Target, *, now: int, period: int) -> Floats:
    """What the rate of each person is a weighted sum of, float64 (people, f), >= 0.

    For each of four kinds of action (pairs that the target counts, other events with its items, events with other
    things, ties to people): how often in each age but the last, whether at all in each age, and the square root of
    recent and of older numbers, since ten actions do not tell ten times as much as one. Then two columns that are 1 for
    people with any action, and for people with none. What a campaign did counts for nothing.

    Args:
        graph: Only what was known at ``now``.
        target: What is recommended.
        now: The moment that ages are counted from, UTC seconds.
        period: The unit of ages, seconds.
    """
    people = graph.count(SOURCE)
    tables = np.zeros((4, people, len(_AGES) + 1))
    first = first_events(graph, target)
    _add(tables[0], first.users, first.time, np.ones(len(first.users)), now=now, period=period)
    positives = {target.key(relation) for relation in target.positives}
    for key in graph.keys(source=SOURCE):
        if key in positives or graph.meaning(key).role in CAMPAIGN:
            continue
        events = interest_events(graph, key)
        table = tables[3 if key.target == SOURCE else 1 if key.target == target.node_type else 2]
        _add(table, events.src, events.moments, events.times, now=now, period=period)
    columns = []
    for table in tables:
        columns += [table[:, :-1], (table > 0).astype(np.float64)]
        columns += [np.sqrt(table[:, :1]), np.sqrt(table[:, 1:-1].sum(axis=1, keepdims=True))]
    some = (tables.sum(axis=(0, 2)) > 0).astype(np.float64)[:, None]
    return np.hstack([*columns, some, 1.0 - some])


def _add(table: Floats, who: np.ndarray, time: np.ndarray, times: Floats, *, now: int, period: int) -> None:
    dated = time != UNDATED
    age = np.where(dated, now - np.where(dated, time, now), np.inf) / period
    place = who * table.shape[1] + np.searchsorted(_AGES, age)
    table += np.bincount(place, times, minlength=table.size).reshape(table.shape)


def _taken(graph: HeteroGraph, known: HeteroGraph, target: Target, start: int, stop: int) -> Floats:
    """Number of new pairs of each person in a period, float64 (people,)."""
    events = first_events(graph, target)
    inside = events.take((events.time != UNDATED) & (events.time >= start) & (events.time < stop))
    fresh = fresh_pairs(known, target, inside)
    return np.bincount(fresh.users, minlength=graph.count(SOURCE)).astype(np.float64)


def _weights(inputs: Floats, counts: Floats) -> Floats:
    """The most likely weights >= 0, float64 (f,), by expectation maximisation (Lucy 1974).

    Every step multiplies each weight by the mean of (observed / expected) where its input is; sums are made in a fixed
    order and the result is rounded, so that it does not depend on the number of threads.
    """
    assumed = np.zeros(inputs.shape[1])
    assumed[: int(np.searchsorted(_AGES, 1.0)) + 1] = _ASSUMED
    assumed[-2] = _ASSUMED * counts.mean()
    amount = inputs.sum(axis=0) + _PRIOR_EVENTS
    weights = np.full(inputs.shape[1], counts.sum() / amount.sum())
    for _ in range(_STEPS):
        expected = np.maximum(_sums(inputs, weights), 1e-12)
        caused = weights * np.einsum("pf,p->f", inputs, counts / expected)
        weights = (caused + _PRIOR_EVENTS * assumed) / amount
    return np.asarray(np.round(weights, 9), np.float64)


def _sums(inputs: Floats, weights: Floats) -> Floats:
    return np.asarray(np.einsum("pf,f->p", inputs, weights), np.float64)


def _spread(counts: Floats, expected: Floats) -> float:
    """The spread, of a grid, under which these numbers of pairs are most likely."""
    from scipy.special import gammaln

    mean = np.maximum(expected, 1e-9)
    logs = []
    for spread in _SPREADS:
        shape = 1.0 / spread
        terms = gammaln(counts + shape) - gammaln(shape) + counts * np.log(spread * mean)
        logs.append(float((terms - (counts + shape) * np.log1p(spread * mean)).sum()))
    return float(_SPREADS[int(np.argmax(np.round(logs, 6)))])
