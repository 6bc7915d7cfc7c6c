"""The paired comparison of two models on the same questions, and the rule by which one is worse than another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.evaluation import metrics
from graph.recommend.evaluation.evaluate import FEWEST_USERS, rank_questions
from graph.recommend.split import Questions, fresh_pairs
from graph.recommend.target import Target, first_events

Floats = npt.NDArray[np.floating[Any]]
# A mean that is lower by more than this counts as worse, also where chance alone may explain it.
TOLERANCE = 0.003


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better the first of two models is on the same questions.

    Attributes:
        first, second: Mean NDCG of each.
        difference: ``first`` - ``second``.
        low, high: Its 95 % interval over people.
        people: Number of people.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    people: int

    @property
    def judged(self) -> bool:
        """Whether there are enough people to say something."""
        return self.people >= FEWEST_USERS


def paired(first: Floats, second: Floats, rng: np.random.Generator) -> Difference:
    """The difference of two models in the same people.

    Args:
        first: NDCG of each person by the first model, (u,), u > 0.
        second: The same by the second.
        rng: Draws the bootstrap resamples.
    """
    apart = (first.astype(np.float64) - second.astype(np.float64))[:, None]
    low, high = metrics.interval(apart, rng)
    means = first.mean(dtype=np.float64), second.mean(dtype=np.float64), apart.mean()
    one, other, mean, least, most = (round(float(value), 6) for value in (*means, low[0], high[0]))
    return Difference(one, other, mean, least, most, len(first))


def is_worse(difference: float, high: float, *, judged: bool) -> bool:
    """Whether a model counts as worse: the whole interval of the difference lies below 0, or the mean below -.003.

    Args:
        difference: Mean difference; below 0 where the model is worse.
        high: Upper bound of its interval.
        judged: Whether there are enough people; with fewer no model counts as worse.
    """
    return bool(worse_by(difference, high, judged=judged))


def worse_by(difference: float, high: float, *, judged: bool) -> str:
    """By which part of the rule of ``is_worse`` a model counts as worse, a clause; empty where it does not."""
    if not judged:
        return ""
    if high < 0:
        return "all of the interval is below 0"
    tolerated = f"{TOLERANCE:g}".lstrip("0")
    return f"a mean that is lower by more than {tolerated} counts as worse" if difference < -TOLERANCE else ""


def gains_of(models: Mapping[str, Fitted], questions: Questions, target: Target, *, k: int) -> dict[str, Floats]:
    """NDCG at k of each person asked about, in order of their numbers, by the name of the model: float64 (u,)."""
    ranked = rank_questions(models, questions, target, k=k)
    count = len(ranked.users)
    return {name: metrics.ndcg(ranked.ranks[name], ranked.who, count=count, k=k) for name in models}


def later_questions(graph: HeteroGraph, target: Target, since: int) -> Questions:
    """What people took after a moment, asked with what was known up to it.

    Args:
        graph: With what happened later.
        target: What is recommended.
        since: The last moment that is known, UTC seconds.
    """
    known, events = graph.until(since + 1), first_events(graph, target)
    return fresh_pairs(known, target, events.take((events.time > since) & (events.time != UNDATED)))
