"""Drift: how much a market has changed since a model was trained, and whether training it anew is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.hetero import HeteroGraph
from graph.recommend.base import Combined
from graph.recommend.evaluation.comparison import later_questions
from graph.recommend.evaluation.evaluate import evaluate
from graph.recommend.features import Floats
from graph.recommend.target import SOURCE, Target
from graph.text import Int64

# Training is due where one of these is exceeded. The last is the usual limit of "changed much" of the index.
_MOST_EVENTS = 0.1
_MOST_NEW = 0.25
_MOST_SHIFT = 0.25
_GROUPS = 10
_MODEL = "model"
_SIMPLE = ("popularity", "recency")


@dataclass(frozen=True, slots=True)
class Drift:
    """What happened since a model was trained; None where nothing is dated or happened.

    Attributes:
        events: New events of people with items, as a share of those that the model was trained with.
        new_people: Share of the new events by people of whom nothing was known before.
        new_items: Share of the new events with items that nobody had had to do with before.
        shift: Population stability index of the popularity of items: the last tenth of the events before training
            against the new ones, less what chance alone gives. 0 says no change, from .25 on a large one.
        people: People who took something new since the model's tables were made.
        ndcg: What the model as it serves reaches for them, by name; and the voters popularity and recency.
        due: Why training anew is due, one clause each; empty where it is not.
    """

    events: float | None
    new_people: float | None
    new_items: float | None
    shift: float | None
    people: int
    ndcg: dict[str, float]
    due: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The drift as JSON values."""
        names = ("events", "new_people", "new_items", "shift", "people", "ndcg")
        return {**{name: getattr(self, name) for name in names}, "due": list(self.due)}


def measure_drift(
    graph: HeteroGraph,
    model: Combined,
    *,
    learned_until: int | None,
    until: int | None,
    k: int,
    rng: np.random.Generator,
) -> Drift:
    """The drift of a market since a model was trained.

    Args:
        graph: The newest snapshot.
        model: As it serves.
        learned_until: Last moment that its weights were trained on, UTC seconds; None where nothing was dated.
        until: Last moment that its tables know, at or after ``learned_until``.
        k: Length of the lists that are judged.
        rng: Draws the bootstrap resamples.
    """
    if learned_until is None or until is None:
        return Drift(None, None, None, None, 0, {}, ())
    who, what, time = _interactions(graph, model.target)
    new = time > learned_until
    count = int(new.sum())
    if not count:
        return Drift(0.0, None, None, None, 0, {}, ())
    share = count / max(len(time) - count, 1)
    people = float(np.mean(~_known(graph, learned_until)[who[new]]))
    items = float(np.mean(~np.isin(what[new], what[~new])))
    shift = _stability_index(what[~new][np.argsort(time[~new], kind="stable")], what[new])
    asked, ndcg, worse = _newest(graph, model, until, k=k, rng=rng)
    limits = (
        (
            share,
            _MOST_EVENTS,
            f"new events are {share:.0%} of those of the training (limit {_MOST_EVENTS:.0%})",
        ),
        (people, _MOST_NEW, f"{people:.0%} of the new events are by new people (limit {_MOST_NEW:.0%})"),
        (items, _MOST_NEW, f"{items:.0%} of the new events are with new items (limit {_MOST_NEW:.0%})"),
        (shift, _MOST_SHIFT, f"the popularity of items has shifted by {shift:.2f} (limit {_MOST_SHIFT})"),
    )
    due = [sentence for value, limit, sentence in limits if value > limit]
    due += [f"it is worse than {name} on the newest events" for name in worse]
    share, people, items, shift = (round(value, 6) for value in (share, people, items, shift))
    return Drift(share, people, items, shift, asked, ndcg, tuple(due))


def _interactions(graph: HeteroGraph, target: Target) -> tuple[Int64, Int64, Int64]:
    """Person, item and time of every event of the target's relations; what is undated counts as old."""
    found = [graph.events(target.key(relation)) for relation in target.relations]
    return (
        np.concatenate([events.src for events in found]),
        np.concatenate([events.dst for events in found]),
        np.concatenate([np.where(e.moments == UNDATED, np.iinfo(np.int64).min, e.moments) for e in found]),
    )


def _known(graph: HeteroGraph, until: int) -> npt.NDArray[np.bool_]:
    """Of which people anything was known at that moment, bool (people,)."""
    result = np.zeros(graph.count(SOURCE), np.bool_)
    before = graph.until(until + 1)
    for key in before.keys(source=SOURCE):
        result[before.edges(key).src] = True
    return result


def _stability_index(old: Int64, new: Int64) -> float:
    """Population stability index of the popularity of items.

    Items are put into ten groups by their popularity in the first nine tenths of the old events, with equally many of
    these events each, and a group for items that had none. The index compares the shares of the groups in the last
    tenth of the old events with those in the new ones: sum of (q - p) * ln(q / p). Half an event is added to every
    group, so that none is empty. Samples of n and m events of the same market differ by about groups * (1/n + 1/m),
    which is taken off, and the result is at least 0.

    Args:
        old: int64 (o,), items of the old events, the oldest first.
        new: int64 (n,), items of the new events.
    """
    first, last = np.split(old, [int(0.9 * len(old))])
    size = int(max(old.max(initial=-1), new.max(initial=-1))) + 1
    popularity = np.bincount(first, minlength=size)
    order = np.argsort(-popularity, kind="stable")
    reached = np.cumsum(popularity[order]) / max(len(first), 1)
    group = np.zeros(size, np.int64)
    group[order] = np.minimum((reached * _GROUPS - 1e-9).astype(np.int64), _GROUPS - 1)
    group[popularity == 0] = _GROUPS

    def shares(items: Int64) -> Floats:
        counts = np.bincount(group[items], minlength=_GROUPS + 1) + 0.5
        return np.asarray(counts / counts.sum(), np.float64)

    before, after = shares(last), shares(new)
    chance = _GROUPS * (1.0 / max(len(last), 1) + 1.0 / max(len(new), 1))
    return max(float(np.sum((after - before) * np.log(after / before))) - chance, 0.0)


def _newest(
    graph: HeteroGraph, model: Combined, until: int, *, k: int, rng: np.random.Generator
) -> tuple[int, dict[str, float], list[str]]:
    """People asked about since that moment, NDCG of the model and the simple voters, and those that beat the model."""
    questions = later_questions(graph, model.target, until)
    if not len(questions.users):
        return 0, {}, []
    simple = {name: model.voters[name] for name in _SIMPLE if name in model.voters}
    found = evaluate({_MODEL: model, **simple}, questions, model.target, main=_MODEL, k=k, rng=rng)
    worse = []
    for name in simple:
        row = found.difference(_MODEL, name)
        # A window of new events is short: only what chance does not explain says something.
        if row["judged"] and row["high"] < 0:
            worse.append(name)
    ndcg = {name: float(found.row(name)["ndcg"]) for name in (_MODEL, *simple)}
    return int(found.row(_MODEL)["users"]), ndcg, worse
