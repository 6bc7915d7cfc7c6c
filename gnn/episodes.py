"""Training episodes: a graph as it was before a cut, and what came true in the window after it.

A network that predicts events which its own input contains learns to look them up. Here input and answers are apart by
construction, and the ages of events are real ones. Where events have no times, the answers are pairs drawn by chance
from everybody, and the input is the graph without any event between the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from graph.columns import UNDATED
from graph.hetero import HeteroGraph
from graph.recommend.split import Questions, fresh_pairs, without_pairs
from graph.recommend.split_given import held_out
from graph.recommend.target import Target, first_events, interest_events, period_cuts
from graph.text import Int64

# A window is as long as the periods that are held out: a tenth of all events, an eighth of those before validation.
_WINDOW = 1.0 / 8.0
# Undated pairs of each person that an episode asks about.
_HIDDEN = 0.2


@dataclass(frozen=True, eq=False)
class Episode:
    """What is known, and the pairs that are asked about; p pairs, q weaker pairs.

    Attributes:
        known: The graph before the cut.
        users, items: int64 (p,), in order of (user, item): pairs that reached a positive stage in the window.
        weaker_users, weaker_items: int64 (q,): pairs of weaker relations in the window.
    """

    known: HeteroGraph
    users: Int64
    items: Int64
    weaker_users: Int64
    weaker_items: Int64

    @staticmethod
    def of(questions: Questions) -> Episode:
        """The episode of held-out questions, to validate on; it asks about no weaker pairs."""
        nobody = np.zeros(0, np.int64)
        return Episode(questions.known, questions.users, questions.items, nobody, nobody)


def make_episodes(graph: HeteroGraph, target: Target, *, windows: int, rng: np.random.Generator) -> list[Episode]:
    """Episodes of a graph, the earliest first; none without any answer, and none before which nothing is known.

    Args:
        graph: Everything that may be learned from.
        target: What is recommended.
        windows: Number of cuts.
        rng: Draws the pairs that are hidden where events have no times.
    """
    events = first_events(graph, target)
    if period_cuts(graph, events) is None:
        found = [_hidden_pairs(graph, target, rng) for _ in range(windows)]
    else:
        times = np.sort(events.time[events.time != UNDATED])
        places = np.array([1.0 - _WINDOW * back for back in range(windows, -1, -1)])
        inside = np.clip((places * len(times)).astype(np.int64), 0, len(times) - 1)
        cuts = np.unique(np.append(times[inside[:-1]], times[-1] + 1)).tolist()
        found = [_window(graph, target, *pair) for pair in pairwise(cuts)]
    return [episode for episode in found if len(episode.users) and len(first_events(episode.known, target).users)]


def _window(graph: HeteroGraph, target: Target, start: int, stop: int) -> Episode:
    """What was known before ``start``, and what happened until ``stop``."""
    known, events = graph.until(start), first_events(graph, target)
    asked = fresh_pairs(known, target, events.take((events.time >= start) & (events.time < stop)))
    width, weaker = graph.count(target.node_type), [np.zeros(0, np.int64)]
    for relation in target.relations:
        if relation not in target.positives:
            found = interest_events(graph, target.key(relation))
            inside = (found.moments >= start) & (found.moments < stop)
            weaker.append(found.src[inside] * width + found.dst[inside])
    packed = np.unique(np.concatenate(weaker))
    return Episode(known, asked.users, asked.items, packed // width, packed % width)


def _hidden_pairs(graph: HeteroGraph, target: Target, rng: np.random.Generator) -> Episode:
    """A fifth of the pairs of everybody who has five or more is asked about, and hidden."""
    events, width = first_events(graph, target), graph.count(target.node_type)
    pairs = np.unique(events.users * width + events.items)
    asked = pairs[held_out(pairs // width, share=_HIDDEN, rng=rng)]
    nobody = np.zeros(0, np.int64)
    return Episode(without_pairs(graph, target, asked), asked // width, asked % width, nobody, nobody)
