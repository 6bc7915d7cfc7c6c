"""Training, validation and test data: split by time where the times allow it, else by leaving events out.

A period's known graph is ``graph.until(cut)``, so nothing of any relation that happened later can leak into it.
Where target events have no times, or no cut between two moments leaves enough on both sides (all in one batch, a
handful of days), the last events of some people are held out, with every other event between the same two.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from graph.columns import UNDATED
from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.recommend.features import Features
from graph.recommend.target import SOURCE, FirstEvents, Target, first_events, period_cuts
from graph.schema import EdgeKey
from graph.text import Int64

_HELD_SHARE = 0.1
# People of the test period who are asked: more would make intervals narrower than any difference that matters.
_MOST_JUDGED = 10_000
FEWEST_EVENTS = 20
# A period whose share lies between these is called a tenth; the note mentions any other.
_TENTH = (0.08, 0.12)


@dataclass(frozen=True, slots=True)
class Questions:
    """A graph, and the pairs that happened after it, which models have to predict; p pairs, sorted by (user, item).

    Attributes:
        known: The graph that may be used to predict.
        users: int64 (p,).
        items: int64 (p,).
    """

    known: HeteroGraph
    users: Int64
    items: Int64

    def of_some_people(self, most: int, rng: np.random.Generator) -> Questions:
        """The questions of at most so many people, drawn by chance; all where there are not more."""
        users = np.unique(self.users)
        if len(users) <= most:
            return self
        here = np.isin(self.users, np.sort(rng.choice(users, most, replace=False)))
        return Questions(self.known, self.users[here], self.items[here])

    @property
    def fingerprint(self) -> str:
        """Hash of the questions: models with equal ones were asked the same about the same people."""
        digest = hashlib.sha256(self.known.fingerprint.encode())
        for numbers in (self.users, self.items):
            digest.update(np.ascontiguousarray(numbers, np.int64).tobytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Split:
    """What to fit on, and what to choose and judge by.

    Attributes:
        target: What is recommended.
        train: The only graph that ``Recommender.fit`` reads.
        validation: What weights and settings are chosen on; None in a split that holds nothing out.
        test: What the result is measured on, once.
        method: ``time``, ``leave-out``, ``given`` (see ``split_given``) or ``none``.
        cuts: (t1, t2) in UTC seconds: train < t1 <= validation < t2 <= test; None where the split is not by time.
        note: One sentence on how the split was made.
    """

    target: Target
    train: HeteroGraph
    validation: Questions | None
    test: Questions | None
    method: Literal["time", "leave-out", "given", "none"]
    cuts: tuple[int, int] | None
    note: str

    def before_test(self) -> Split:
        """The split for refitting on everything before the test period, to measure on the test.

        Raises:
            ModelError: this split holds nothing out.
        """
        if self.test is None:
            raise ModelError("this split has no test period", hint="make one with split_graph")
        return Split(self.target, self.test.known, None, self.test, self.method, self.cuts, self.note)


def full_split(graph: HeteroGraph, target: Target) -> Split:
    """A split that holds nothing out, to fit the model that serves."""
    return Split(target, graph, None, None, "none", None, "fitted on all events")


def split_graph(graph: HeteroGraph, target: Target, *, rng: np.random.Generator) -> Split:
    """Hold out the last tenth of target events for the test and the tenth before it for validation.

    Cuts lie between distinct moments (``holdout_starts``), so a day or a batch stays on one side. Where no cut
    leaves enough on both sides, or nothing new happened in a period, the last events of as many people as make a tenth
    of the pairs are held out for the test, then the last remaining ones of as many for validation; ``rng`` draws the
    people, and the last event among those of one moment.

    Raises:
        ModelError: there are fewer than 20 target events.
    """
    events = first_events(graph, target)
    if len(events.users) < FEWEST_EVENTS:
        raise ModelError(
            f"{len(events.users)} events of {', '.join(target.positives)} with a {target.node_type} are too few to "
            "learn from",
            hint=f"at least {FEWEST_EVENTS} are needed",
        )
    cuts = period_cuts(graph, events)
    split = None if cuts is None else _by_time(graph, target, events, cuts)
    return _judged_by_some(_leave_out(graph, target, events, rng) if split is None else split, rng)


def _judged_by_some(split: Split, rng: np.random.Generator) -> Split:
    """The split with a test that asks at most ``_MOST_JUDGED`` people."""
    assert split.test is not None
    people, test = len(np.unique(split.test.users)), split.test.of_some_people(_MOST_JUDGED, rng)
    if people <= _MOST_JUDGED:
        return split
    return replace(split, test=test, note=f"{split.note}; {_MOST_JUDGED:,} of the test's {people:,} people are asked")


def _by_time(graph: HeteroGraph, target: Target, events: FirstEvents, cuts: tuple[int, int]) -> Split | None:
    """The split at these cuts; None where nothing new happened in one of the periods."""
    dated = events.take(events.time != UNDATED)
    first, second = cuts
    before, middle = graph.until(first), graph.until(second)
    inside, last = (dated.time >= first) & (dated.time < second), dated.time >= second
    validation, test = fresh_pairs(before, target, dated.take(inside)), fresh_pairs(middle, target, dated.take(last))
    if not len(validation.users) or not len(test.users):
        return None
    note = (
        f"split by time: the test is the last {last.mean():.0%} of these events, validation {inside.mean():.0%} before"
    )
    if not _TENTH[0] <= last.mean() <= _TENTH[1] or not _TENTH[0] <= inside.mean() <= _TENTH[1]:
        note += " (a tenth each was wanted; events of one moment or day stay together)"
    undated = round(sum(float(e.times[e.moments == UNDATED].sum()) for e in map(graph.events, graph.edge_sets)))
    if undated:
        note += f"; {undated:,} undated events are known from the start"
    return Split(target, before, validation, test, "time", (first, second), note)


def fresh_pairs(known: HeteroGraph, target: Target, events: FirstEvents) -> Questions:
    """The pairs of these events that reach a stage which the person had not reached with the item before.

    Pairs that could not have been recommended, because the person had or disliked the item, are left out.
    """
    old = first_events(known, target)
    width = max(known.count(target.node_type), 1)
    order = np.lexsort((events.stage, events.users * width + events.items))
    pairs = (events.users * width + events.items)[order]
    stage = events.stage[order]
    strongest = np.ones(len(pairs), np.bool_)
    strongest[1:] = pairs[1:] != pairs[:-1]
    pairs, stage = pairs[strongest], stage[strongest]
    old_pairs, first = np.unique(old.users * width + old.items, return_index=True)
    place = np.searchsorted(old_pairs, pairs)
    place[place == len(old_pairs)] = 0
    reached = np.full(len(pairs), target.depth, np.int64)
    if len(old_pairs):
        same = old_pairs[place] == pairs
        reached[same] = old.stage[first][place[same]]
    new = pairs[stage < reached]
    users = np.unique(new // width)
    which, items = Features(known, target).excluded_items(users)
    new = new[~np.isin(new, users[which] * width + items)]
    return Questions(known, new // width, new % width)


def _leave_out(graph: HeteroGraph, target: Target, events: FirstEvents, rng: np.random.Generator) -> Split:
    width = graph.count(target.node_type)
    pairs, where = np.unique(events.users * width + events.items, return_inverse=True)
    time = np.full(len(pairs), UNDATED, np.int64)
    np.maximum.at(time, where, events.time)
    size = max(int(_HELD_SHARE * len(pairs)), 1)
    test = _last_of_people(pairs, time, width=width, most=size, rng=rng)
    left = ~np.isin(pairs, test)
    validation = _last_of_people(pairs[left], time[left], width=width, most=size, rng=rng)
    middle = without_pairs(graph, target, test)
    before = without_pairs(middle, target, validation)
    names = ", ".join(target.positives)
    why = f"{names} events have no times"
    if 2 * np.count_nonzero(events.time != UNDATED) > len(events.time):
        why = f"{names} events stand at too few moments for a split by time"
    return Split(
        target,
        before,
        Questions(before, validation // width, validation % width),
        Questions(middle, test // width, test % width),
        "leave-out",
        None,
        f"{why}, so the last event of {len(test):,} people drawn by chance is the test, and the last before of "
        f"{len(validation):,} people validation; what others did later is known, so results look a little too good",
    )


def _last_of_people(pairs: Int64, time: Int64, *, width: int, most: int, rng: np.random.Generator) -> Int64:
    """The last pair of each of at most ``most`` people who are drawn by chance, as are ties; ascending."""
    order = np.lexsort((rng.permutation(len(pairs)), time, pairs // width))
    users = pairs[order] // width
    last = order[np.append(users[1:] != users[:-1], True)]
    return np.sort(pairs[rng.permutation(last)[:most]])


def without_pairs(graph: HeteroGraph, target: Target, pairs: Int64) -> HeteroGraph:
    """The graph without any event between these (person, item) pairs; ``pairs`` are packed and sorted."""
    width = graph.count(target.node_type)
    for key in _between(graph, target):
        edges = graph.edges(key)
        graph = graph.without(key, np.isin(edges.src * width + edges.dst, pairs))
    return graph


def _between(graph: HeteroGraph, target: Target) -> list[EdgeKey]:
    return list(graph.keys(source=SOURCE, target=target.node_type))
