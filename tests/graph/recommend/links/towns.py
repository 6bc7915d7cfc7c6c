"""Small towns of people with ties, for tests of links."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from graph.columns import UNDATED, Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey

FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")
INTERACTED = EdgeKey("Person", "INTERACTED", "Person")
Tie = tuple[int, int] | tuple[int, int, int]


def edges(ties: Iterable[Tie]) -> Edges:
    """Ties (who, whom) or (who, whom, time)."""
    rows = np.array([(*tie, UNDATED)[:3] for tie in ties], np.int64).reshape(-1, 3)
    return Edges(rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy()).canonical()


def town(people: int, **ties: Iterable[Tie]) -> HeteroGraph:
    """People u000, u001, ... with ties by name of the relation."""
    nodes = {"Person": Nodes(IdMap.of("Person", [f"u{i:03d}" for i in range(people)]), {})}
    return HeteroGraph.of(nodes, {EdgeKey("Person", name, "Person"): edges(rows) for name, rows in ties.items()})


def random_ties(rng: np.random.Generator, people: int, count: int, *, dated: bool = True) -> list[Tie]:
    """Ties between different people, each pair once, at different times."""
    pairs = rng.permutation([(a, b) for a in range(people) for b in range(people) if a != b])[:count]
    return [(int(a), int(b), 1_000_000 + 1_000 * i) if dated else (int(a), int(b)) for i, (a, b) in enumerate(pairs)]


def mutual(people: int = 120, *, seed: int = 3) -> HeteroGraph:
    """Everybody follows at random, and is followed back some days later: reciprocity decides every second tie."""
    rng = np.random.default_rng(seed)
    first = [(a, b) for a, b, *_ in random_ties(rng, people, 4 * people) if a < b]
    moments = np.sort(rng.integers(0, 300, len(first))) * 86_400 + 1_000_000
    ties: list[Tie] = []
    for (a, b), moment in zip(first, moments.tolist(), strict=True):
        ties += [(a, b, moment), (b, a, moment + int(rng.integers(1, 20)) * 86_400)]
    return town(people, FOLLOWS=ties)


def fans_and_stars(count: int = 40, *, seed: int = 3, dated: bool = True) -> HeteroGraph:
    """Fans 0..count-1 follow stars count..2*count-1 of their own half only: nobody has a neighbour's neighbour tie.

    A bipartite graph without triangles: common neighbours of a fan and a star do not exist, while "somebody who follows
    the same star follows this one too" tells the half.
    """
    rng = np.random.default_rng(seed)
    ties = [
        (fan, count + 2 * int(star) + fan % 2)
        for fan in range(count)
        for star in rng.choice(count // 2, 3 * count // 10, replace=False)
    ]
    order = rng.permutation(len(ties))
    rows: list[Tie] = [(*ties[i], 1_000_000 + 3_600 * at) if dated else ties[i] for at, i in enumerate(order.tolist())]
    return town(2 * count, FOLLOWS=rows)
