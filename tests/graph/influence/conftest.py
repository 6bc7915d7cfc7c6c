import itertools
from collections.abc import Callable

import numpy as np
import pytest

from graph.columns import UNDATED, Coded, Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.influence.diffusion import Diffusion
from graph.schema import EdgeKey
from graph.text import TextArray
from tests.graph.influence.exact import exact_spread

DAY = 86_400
NOW = 400 * DAY


def make_random(n: int, arcs: int, seed: int, *, high: float = 0.9) -> Diffusion:
    rng = np.random.default_rng(seed)
    pairs = [(u, v) for u in range(n) for v in range(n) if u != v]
    chosen = [pairs[i] for i in rng.choice(len(pairs), arcs, replace=False)]
    return Diffusion.from_arcs(n, [u for u, _ in chosen], [v for _, v in chosen], p=rng.uniform(0.05, high, arcs))


def best_by_force(diffusion: Diffusion, k: int) -> float:
    return max(exact_spread(diffusion, seeds) for seeds in itertools.combinations(range(diffusion.n), k))


class MarketBuilder:
    """A small market from lists of ids: follows, reactions and purchases."""

    def __init__(self, people: int, kols: dict[int, tuple[int, float]]) -> None:
        self.people, self.kols = people, kols
        self.follows: list[tuple[int, int, int]] = []
        self.reactions: list[tuple[int, int, str, int]] = []
        self.bought: list[tuple[int, int]] = []
        self.bought_at: list[tuple[int, int, int]] = []
        self.products = 2
        self.platforms: dict[int, str] = {}
        self.mentions: list[tuple[int, int]] = []
        self.referred: list[tuple[int, int, int]] = []

    def build(self) -> HeteroGraph:
        n = self.people
        followers, cost = np.full(n, np.iinfo(np.int64).min), np.full(n, np.nan)
        kol = np.zeros(n, bool)
        for person, (count, price) in self.kols.items():
            followers[person], cost[person], kol[person] = count, price, True
        people = Nodes(
            IdMap.of("Person", [f"p{i:03d}" for i in range(n)]),
            {
                "followers": followers,
                "cost": cost,
                "name": TextArray.of([f"name {i}" for i in range(n)]),
                "platform": TextArray.of([self.platforms.get(i, "") for i in range(n)]),
            },
            {"KOL": kol, "User": ~kol},
        )
        products = Nodes(IdMap.of("Product", [f"i{i:03d}" for i in range(self.products)]), {})
        edges = {
            EdgeKey("Person", "FOLLOWS", "Person"): _edges(self.follows),
            EdgeKey("Person", "REFERRED", "Person"): _edges(self.referred),
            EdgeKey("Person", "BOUGHT", "Product"): _edges(self.bought_at + [(u, v, UNDATED) for u, v in self.bought]),
            EdgeKey("Person", "MENTIONS", "Product"): _edges([(u, v, UNDATED) for u, v in self.mentions]),
            EdgeKey("Person", "INTERACTED", "Person"): _reactions(self.reactions),
        }
        return HeteroGraph.of({"Person": people, "Product": products}, edges)


def _edges(rows: list[tuple[int, int, int]]) -> Edges:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Edges(table[:, 0], table[:, 1], table[:, 2]).canonical()


def _reactions(rows: list[tuple[int, int, str, int]]) -> Edges:
    kinds = ["comment", "like", "share"]
    table = np.array([(u, v, t) for u, v, _, t in rows], np.int64).reshape(-1, 3)
    codes = np.array([kinds.index(kind) for _, _, kind, _ in rows], np.int32)
    columns = {"kind": Coded(codes, TextArray.of(kinds))}
    return Edges(table[:, 0], table[:, 1], table[:, 2], None, columns).canonical()


@pytest.fixture(scope="session")
def random_diffusion() -> Callable[..., Diffusion]:
    return make_random


@pytest.fixture(scope="session")
def best_possible() -> Callable[[Diffusion, int], float]:
    return best_by_force


@pytest.fixture(scope="session")
def market_builder() -> type[MarketBuilder]:
    return MarketBuilder


@pytest.fixture
def audiences() -> MarketBuilder:
    """Two KOLs with 40 followers each: those of 0 react and buy, those of 1 were bought; 90 more people."""
    market = MarketBuilder(172, {0: (5_000, 100.0), 1: (900_000, 5_000.0)})
    rng = np.random.default_rng(5)
    for person in range(2, 42):
        market.follows.append((person, 0, 10 * DAY))
        market.bought.append((person, person % 2))
        for _ in range(3):
            market.reactions.append((person, 0, "like", int(rng.integers(20 * DAY, NOW))))
    market.follows.extend((person, 1, 10 * DAY) for person in range(42, 82))
    for person in range(82, 172):
        friend = 82 + (person - 81) % 90
        market.follows.append((person, friend, 10 * DAY))
        market.bought.append((person, 0))
        market.reactions.append((person, friend, "comment", int(rng.integers(20 * DAY, NOW))))
    return market
