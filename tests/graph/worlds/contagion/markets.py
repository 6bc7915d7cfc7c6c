"""Tiny planted markets whose additional adoptions are known exactly."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from graph.worlds.contagion.market import ItemSpread, PlantedMarket

Tie = tuple[int, int, float]
"""The followed person, the follower, and the dose of one exposure."""


# Two KOLs (0 and 1), a person who follows both, one who follows a person, a circle, and one who cannot be moved.
TIES: list[Tie] = [(0, 2, 0.3), (0, 3, 0.2), (1, 3, 0.4), (2, 3, 0.25), (3, 4, 0.5), (4, 2, 0.35), (1, 5, 0.5)]
SHAPE = np.array([0.0, 0.0, 0.3, 0.5, 0.9, 0.0])
SCALE = np.array([0.15, 0.15, 0.15, 0.25, 0.15, 0.15])
RATE = np.array([0.0, 0.0, 0.004, 0.0, 0.01, 0.0])


def spread_of(shape: np.ndarray = SHAPE, rate: np.ndarray = RATE, scale: np.ndarray = SCALE) -> ItemSpread:
    """How the item spreads in the market of ``TIES``."""
    return ItemSpread(shape, scale, rate)


def tiny_market(n: int, ties: Sequence[Tie], *, kols: Sequence[int], delay: float = 1e-9) -> PlantedMarket:
    """A market of n people with these ties, and one item that nobody has seen yet."""
    ties = sorted(ties)
    followed = np.array([tie[0] for tie in ties], dtype=np.int64)
    return PlantedMarket(
        people=np.array([f"U{number}" for number in range(n)], dtype=object),
        kols=np.array(kols, dtype=np.int64),
        cost=np.ones(len(kols)),
        stands_for=np.ones(n),
        items=np.array(["V1"], dtype=object),
        indptr=np.searchsorted(followed, np.arange(n + 1)).astype(np.int64),
        follower=np.array([tie[1] for tie in ties], dtype=np.int32),
        dose=np.array([tie[2] for tie in ties], dtype=np.float64),
        taste=np.ones((n, 1), dtype=np.float32),
        community=np.zeros(n, dtype=np.int64),
        interest=np.zeros(1, dtype=np.int64),
        home=np.ones((1, 1), dtype=bool),
        popularity=np.ones(1),
        item_taste=np.ones((1, 1), dtype=np.float32),
        pace=np.zeros(n),
        noise=0.0,
        tiring=0.15,
        factors=np.array([1.0, 1.0, 6.0]),
        delay=delay,
        acts=np.empty((0, 3), dtype=np.int64),
        act_time=np.empty(0, dtype=np.int64),
        since=np.zeros(len(ties), dtype=np.int64),
    )


def exact_additional(n: int, ties: Sequence[Tie], spread: ItemSpread, seeds: Sequence[int], *, horizon: float) -> float:
    """Expected additional adoptions by enumeration of who adopts on their own and which ties work; delays are 0.

    The chance that exactly the ties T of a person work follows from the chance that none of a set A works, which is
    (1 + dose of A / scale) ** -shape, by inclusion and exclusion.
    """
    into: list[list[int]] = [[k for k, tie in enumerate(ties) if tie[1] == v] for v in range(n)]
    choices: list[list[tuple[tuple[int, ...], float]]] = []
    for v in range(n):

        def none_of(some: Sequence[int], v: int = v) -> float:
            dose = sum(ties[k][2] for k in some)
            return float((1.0 + dose / spread.scale[v]) ** -spread.shape[v])

        options = []
        for size in range(len(into[v]) + 1):
            for live in itertools.combinations(into[v], size):
                chance = 0.0
                for kept in range(size + 1):
                    for some in itertools.combinations(live, kept):
                        rest = [k for k in into[v] if k not in some]
                        chance += (-1.0) ** (size - kept) * none_of(rest)
                options.append((live, chance))
        choices.append(options)
    own = 1.0 - np.exp(-spread.rate * horizon)
    expected = 0.0
    movers = [v for v in range(n) if own[v] > 0]
    for pattern in itertools.product([False, True], repeat=len(movers)):
        starts = {v for v, acts in zip(movers, pattern, strict=True) if acts}
        weight = np.prod([own[v] if acts else 1.0 - own[v] for v, acts in zip(movers, pattern, strict=True)])
        for picked in itertools.product(*choices):
            chance = float(weight) * float(np.prod([option[1] for option in picked]))
            live = [k for option in picked for k in option[0]]
            gained = _reached(ties, live, starts | set(seeds)) - set(seeds)
            expected += chance * len(gained - _reached(ties, live, starts))
    return expected


def _reached(ties: Sequence[Tie], live: Sequence[int], starts: set[int]) -> set[int]:
    found, waiting = set(starts), list(starts)
    while waiting:
        u = waiting.pop()
        for k in live:
            if ties[k][0] == u and ties[k][1] not in found:
                found.add(ties[k][1])
                waiting.append(ties[k][1])
    return found
