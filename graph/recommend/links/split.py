"""Earlier windows, validation and test for ties: by time where the times allow it, else by leaving ties out.

Each window asks for the ties that came in it, from the graph as it was known before (``graph.until``). Windows come in
pairs from the end backwards, each pair by ``holdout_starts`` on the ties that are left, so that a window has about a
tenth of what was known then, and the ties of one moment stay together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from graph.columns import UNDATED
from graph.errors import ModelError
from graph.event_times import date_only_moments, holdout_starts
from graph.hetero import HeteroGraph
from graph.recommend.links.ties import Ties, check_relation, first_ties
from graph.recommend.split import Questions
from graph.schema import PERSON, EdgeKey
from graph.text import Int64

_LEAST_TIES = 100
_HELD_SHARE = 0.1
# Pairs of earlier windows to learn from, and how often ties are left out for it where they have no times.
_EARLIER_PAIRS = 2
_LEFT_OUT = 4


@dataclass(frozen=True, slots=True, eq=False)
class LinkSplit:
    """What to learn from, to choose by, and to be judged by, once.

    In all ``Questions``, ``users`` are the people who follow, react or refer, and ``items`` the others.

    Attributes:
        relation: What is predicted.
        windows: Earlier windows to learn from, in order of time; one or more.
        validation: The window before the test.
        test: The last window.
        method: ``time`` or ``leave-out``.
        cuts: Starts of validation and test, UTC seconds; None where the split is not by time.
        note: One sentence on how the split was made.
    """

    relation: EdgeKey
    windows: tuple[Questions, ...]
    validation: Questions
    test: Questions
    method: Literal["time", "leave-out"]
    cuts: tuple[int, int] | None
    note: str


def split_ties(graph: HeteroGraph, relation: EdgeKey, *, rng: np.random.Generator) -> LinkSplit:
    """Make the windows of a relation.

    Args:
        graph: The whole graph.
        relation: From people to people.
        rng: Draws the ties that are left out, where ties have no times or too few moments.

    Raises:
        ModelError: the relation does not lead from people to people, or has fewer than 100 ties.
    """
    check_relation(graph, relation)
    ties = first_ties(graph, relation)
    if len(ties) < _LEAST_TIES:
        raise ModelError(
            f"{len(ties)} ties of {relation} are too few to learn from", hint=f"at least {_LEAST_TIES} are needed"
        )
    dated = ties.take(ties.time != UNDATED)
    starts = _starts(graph, dated.time) if 2 * len(dated) > len(ties) else []
    if len(starts) > 2:
        stops: list[int | None] = [*starts[1:], None]
        asked = [_window(graph, dated, a, b) for a, b in zip(starts, stops, strict=True)]
        if all(len(q.users) for q in asked):
            return LinkSplit(
                relation, tuple(asked[:-2]), asked[-2], asked[-1], "time", (starts[-2], starts[-1]),
                f"split by time: the test is the last {len(asked[-1].users):,} ties, validation the "
                f"{len(asked[-2].users):,} before",
            )  # fmt: skip
    return _leave_out(graph, relation, ties, rng=rng, dated=2 * len(dated) > len(ties))


def _starts(graph: HeteroGraph, times: Int64) -> list[int]:
    """Starts of all windows, ascending; empty where the times leave no two windows at the end."""
    known = [e.time[e.time != UNDATED] for e in graph.edge_sets.values() if e.time is not None]
    marks = np.unique(np.concatenate([date_only_moments(part) for part in known]))
    starts: list[int] = []
    for _ in range(1 + _EARLIER_PAIRS):
        cuts = holdout_starts(times, marks=marks)
        if cuts is None:
            break
        starts = [*cuts, *starts]
        times = times[times < cuts[0]]
    return starts


def _window(graph: HeteroGraph, dated: Ties, start: int, stop: int | None) -> Questions:
    """The ties from ``start`` on and before ``stop``, asked from what was known before ``start``."""
    inside = dated.take((dated.time >= start) & (True if stop is None else dated.time < stop))
    return Questions(graph.until(start), inside.src, inside.dst)


def _leave_out(
    graph: HeteroGraph, relation: EdgeKey, ties: Ties, *, rng: np.random.Generator, dated: bool
) -> LinkSplit:
    """Leave ties out by chance, with every other tie of the same person to the same other one."""
    pairs = ties.pairs(graph.count(PERSON))
    group, mutual = _groups(pairs, graph.count(PERSON))
    number = int(group.max()) + 1
    size = max(int(_HELD_SHARE * number), 1)
    drawn = rng.permutation(number)
    test, validation, left = drawn[:size], drawn[size : 2 * size], np.sort(drawn[2 * size :])
    middle, last = _without(graph, pairs[np.isin(group, test)])
    before, second = _without(middle, pairs[np.isin(group, validation)])
    windows = []
    for _ in range(_LEFT_OUT):
        known, asked = _without(before, pairs[np.isin(group, rng.permutation(left)[:size])])
        windows.append(Questions(known, *asked))
    why = f"{relation} ties stand at too few moments for a split by time" if dated else f"{relation} ties have no times"
    ends = ", with both directions, since every tie is mutual" if mutual else ""
    return LinkSplit(
        relation, tuple(windows), Questions(before, *second), Questions(middle, *last), "leave-out", None,
        f"{why}, so {len(last[0]):,} ties drawn by chance are the test and {len(second[0]):,} others validation{ends}; "
        "what came later is known, so results look a little too good",
    )  # fmt: skip


def _groups(pairs: Int64, people: int) -> tuple[Int64, bool]:
    """What is left out together, int64 (e,) from 0, and whether both directions are, because all ties are mutual."""
    turned = pairs % people * people + pairs // people
    mutual = bool(np.isin(turned, pairs).all())
    key = np.minimum(pairs, turned) if mutual else pairs
    return np.unique(key, return_inverse=True)[1].astype(np.int64), mutual


def _without(graph: HeteroGraph, pairs: Int64) -> tuple[HeteroGraph, tuple[Int64, Int64]]:
    """The graph without any tie of these ordered pairs, and the pairs as two arrays."""
    people = graph.count(PERSON)
    for key in list(graph.keys(source=PERSON, target=PERSON)):
        edges = graph.edges(key)
        graph = graph.without(key, np.isin(edges.src * people + edges.dst, pairs))
    return graph, (pairs // people, pairs % people)
