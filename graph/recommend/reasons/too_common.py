"""What most people share, which is therefore no reason: things, people to follow, and attribute values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from graph.commonness import shared_by_most
from graph.hetero import HeteroGraph
from graph.recommend.target import SOURCE, Target
from graph.schema import EdgeKey
from graph.text import Int64, TextArray

Bool = npt.NDArray[np.bool_]


def common_things(graph: HeteroGraph, keys: Iterable[tuple[EdgeKey, int]], size: int) -> tuple[Bool, int]:
    """Which things more than half of the interested people have an edge to, and how many interested people there are.

    Args:
        graph: The market.
        keys: Edge types from people to things, with the number that their things start at.
        size: Number of things of all types.

    Returns:
        bool (size,), and the number of people with any of these edges.
    """
    edges = [(start + e.dst, e.src) for key, start in keys if len(e := graph.events(key))]
    return _crowded(edges, people=graph.count(SOURCE), size=size)


def common_people(graph: HeteroGraph) -> Bool:
    """Whom more than half of those who follow or react to anybody follow or react to, bool (people,).

    Referrals do not count: who referred somebody does not follow them.
    """
    people = graph.count(SOURCE)
    listened = [k for k in graph.keys(source=SOURCE, target=SOURCE) if graph.meaning(k).role != "refer"]
    edges = [(e.dst, e.src) for key in listened if len(e := graph.events(key))]
    return _crowded(edges, people=people, size=people)[0]


def _crowded(edges: Sequence[tuple[Int64, Int64]], *, people: int, size: int) -> tuple[Bool, int]:
    active, at_most = np.zeros(people, np.bool_), np.zeros(size, np.int64)
    for thing, person in edges:
        active[person] = True
        at_most += np.bincount(thing, minlength=size)
    count = int(np.count_nonzero(active))
    # Repeated edges are removed only where a thing has enough edges, which few have.
    enough = shared_by_most(at_most, count)
    pairs = [thing[kept] * people + person[kept] for thing, person in edges if (kept := enough[thing]).any()]
    distinct = np.unique(np.concatenate([np.zeros(0, np.int64), *pairs]))
    return shared_by_most(np.bincount(distinct // max(people, 1), minlength=size), count), count


def distinguishing_values(graph: HeteroGraph, target: Target, columns: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Text columns of the items, in the order asked for; "" where a value is missing or too common.

    A value is common where more than half of the items, or of the events with items, are known to have it; items whose
    value is missing count on neither side.
    """
    events = np.zeros(graph.count(target.node_type))
    for relation in target.relations:
        found = graph.events(target.key(relation))
        events += np.bincount(found.dst, weights=found.times, minlength=len(events))
    telling = []
    for name in columns:
        column = graph.nodes[target.node_type].columns.get(name)
        if isinstance(column, TextArray):
            texts = column.to_list()
            values = sorted(set(texts))
            place = {value: i for i, value in enumerate(values)}
            of = np.array([place[text] for text in texts], np.int64)
            known = np.array([bool(value) for value in values])[of]
            most = shared_by_most(np.bincount(of), known.sum())
            most |= shared_by_most(np.bincount(of, weights=events), events[known].sum())
            telling.append((name, ["" if most[i] else text for i, text in zip(of.tolist(), texts, strict=True)]))
    return telling
