"""Small markets with and without planted groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from graph.columns import UNDATED, Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey
from graph.text import TextArray

VIEWED = EdgeKey("Person", "VIEWED", "Product")
FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")

Build = Callable[..., HeteroGraph]


def build_market(
    people: Sequence[str],
    things: Sequence[str] = (),
    *,
    views: Sequence[tuple[str, str]] = (),
    follows: Sequence[tuple[str, str]] = (),
    columns: Mapping[str, Sequence[str]] | None = None,
    kols: Sequence[str] = (),
    days_ago: Sequence[float | None] | None = None,
) -> HeteroGraph:
    """A graph of people and products; ids may come in any order, columns follow the ascending ids."""
    who, what = IdMap.of("Person", people), IdMap.of("Product", things)
    flags = np.isin(np.array(who.texts.to_list()), list(kols))
    texts = {name: TextArray.of(values) for name, values in (columns or {}).items()}
    edges: dict[EdgeKey, Edges] = {}
    if views:
        time = None
        if days_ago is not None:
            time = np.array([UNDATED if d is None else 10**9 - round(d * 86_400) for d in days_ago], np.int64)
        one, two = zip(*views, strict=True)
        edges[VIEWED] = Edges(who.numbers(one), what.numbers(two), time).canonical()
    if follows:
        one, two = zip(*follows, strict=True)
        edges[FOLLOWS] = Edges(who.numbers(one), who.numbers(two)).canonical()
    nodes = {"Person": Nodes(who, texts, {"KOL": flags}), "Product": Nodes(what, {})}
    return HeteroGraph.of(nodes, edges)


def plant(
    sizes: Sequence[int], *, seed: int = 0, noise: float = 0.1, views: int = 8, ties: int = 4, order: Any = None
) -> tuple[HeteroGraph, np.ndarray]:
    """A market of planted groups with 30 products each; ``order`` shuffles the input rows, not their content."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    people = [f"u{i:04d}" for i in range(len(group))]
    seen, follows = [], []
    for i, g in enumerate(group):
        home = np.where(rng.random(views) < noise, rng.integers(0, len(sizes), views), g)
        seen += [(people[i], f"p{h}-{rng.integers(0, 30):02d}") for h in home]
        near = np.flatnonzero(group == g)
        follows += [
            (people[i], people[rng.integers(0, len(group)) if rng.random() < noise else rng.choice(near)])
            for _ in range(ties)
        ]
    things = [f"p{g}-{j:02d}" for g in range(len(sizes)) for j in range(30)]
    if order is not None:
        for rows in (seen, follows, things):
            order.shuffle(rows)
        people = list(order.permutation(people))
    return build_market(people, things, views=seen, follows=follows), group


def shuffle_ends(graph: HeteroGraph, *, seed: int) -> HeteroGraph:
    """The same degrees without any groups: the configuration model of every relation."""
    rng = np.random.default_rng(seed)
    edges = {k: replace(e, dst=rng.permutation(e.dst)).canonical() for k, e in graph.edge_sets.items()}
    return HeteroGraph.of(graph.nodes, edges)


@pytest.fixture(scope="session")
def market() -> Build:
    return build_market


@pytest.fixture(scope="session")
def planted() -> Callable[..., tuple[HeteroGraph, np.ndarray]]:
    return plant


@pytest.fixture(scope="session")
def shuffled() -> Build:
    return shuffle_ends
