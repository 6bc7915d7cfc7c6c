"""Plans that know the planted parameters, and the simple rule that they have to beat.

``oracle`` maximises the expected additional adoptions of one product, ``product_blind`` those of a product of which
only the popularity distribution is known, and ``cheapest_first`` takes KOLs in the order of their prices. The first two
are greedy on reverse-reachable sets (Borgs et al. 2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.worlds.contagion.market import ItemSpread, PlantedMarket
from graph.worlds.stages.draws import Floats, Ints

_BLIND_ITEMS = 48


@dataclass(frozen=True, slots=True)
class ReverseSets:
    """Sets of KOLs, see ``kernels.reverse_sets``; ``scale`` times the number of sets hit is expected adoptions.

    Attributes:
        member: int64, positions among the KOLs, set after set.
        owner: int64, the number of the set of each member.
        count: Number of sets that are not empty.
        scale: Weight of a set.
    """

    member: Ints
    owner: Ints
    count: int
    scale: float


def draw_sets(market: PlantedMarket, spread: ItemSpread, *, horizon: float, sets: int, rng: int) -> ReverseSets:
    """Draw reverse-reachable sets of one item."""
    from graph.worlds.contagion import kernels

    n = len(market)
    followed = np.repeat(np.arange(n), np.diff(market.indptr))
    real = np.flatnonzero(market.dose > 0)
    order = real[np.argsort(market.follower[real], kind="stable")]
    indptr = np.searchsorted(market.follower[order], np.arange(n + 1)).astype(np.int64)
    total = np.concatenate([[0.0], np.cumsum(market.dose[order])])
    running = total[1:] - np.repeat(total[indptr[:-1]], np.diff(indptr))
    roots = np.flatnonzero((np.diff(indptr) > 0) & (spread.shape > 0))
    if not roots.size:
        return ReverseSets(np.empty(0, np.int64), np.empty(0, np.int64), 0, 0.0)
    position = np.full(n, -1)
    position[market.kols] = np.arange(len(market.kols))
    key = np.random.default_rng(rng).integers(0, 2**64, dtype=np.uint64)
    member, bounds = kernels.reverse_sets(
        indptr, followed[order], running, spread.shape, spread.scale, spread.rate, roots, position, float(horizon),
        market.delay, key, sets,
    )  # fmt: skip
    owner = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
    return ReverseSets(member, owner, len(bounds) - 1, len(roots) / sets)


def greedy(sets: ReverseSets, cost: Floats, budget: float) -> Ints:
    """KOLs (positions) by gain per yuan until nothing more fits, or a beginning of these and one KOL if that hits more.

    This is Greedy+Max (Yaroslavtsev, Zhou and Avdiukhin 2020), which has at least half of the best plan's hits.
    """
    gain = np.bincount(sets.member, minlength=len(cost)).astype(np.float64)
    covered, free, left, reached = np.zeros(sets.count, dtype=bool), np.ones(len(cost), dtype=bool), budget, 0.0
    chosen: list[int] = []
    best, most = chosen, 0.0
    while True:
        able = free & (cost <= left) & (gain > 0)
        if not able.any():
            return np.array(best, dtype=np.int64)
        last = int(np.argmax(np.where(able, gain, -1.0)))
        if reached + gain[last] > most:
            best, most = [*chosen, last], reached + gain[last]
        pick = int(np.argmax(np.where(able, gain / cost, -1.0)))
        chosen = [*chosen, pick]
        reached += gain[pick]
        left -= cost[pick]
        free[pick] = False
        covered[sets.owner[sets.member == pick]] = True
        gain = np.bincount(sets.member[~covered[sets.owner]], minlength=len(cost)).astype(np.float64)


def oracle(market: PlantedMarket, item: int, budgets: Floats, *, horizon: float, sets: int, rng: int) -> list[Ints]:
    """Seeds (person numbers) of the plan for one item at each budget (yuan)."""
    drawn = draw_sets(market, market.spread(item), horizon=horizon, sets=sets, rng=rng)
    return [market.kols[greedy(drawn, market.cost, budget)] for budget in budgets.tolist()]


def product_blind(market: PlantedMarket, budgets: Floats, *, horizon: float, sets: int, rng: int) -> list[Ints]:
    """Seeds of the plan for an item drawn by popularity, at each budget: the same for all products."""
    generator = np.random.default_rng(rng)
    items = generator.choice(len(market.items), min(_BLIND_ITEMS, len(market.items)), p=market.popularity)
    parts = [
        draw_sets(market, market.spread(item), horizon=horizon, sets=max(sets // len(items), 1), rng=rng + turn)
        for turn, item in enumerate(items.tolist())
    ]
    first = np.cumsum([0, *(part.count for part in parts)])
    # The items have about equally many people who can be moved, so sets weigh the same.
    pooled = ReverseSets(
        np.concatenate([part.member for part in parts]),
        np.concatenate([part.owner + start for part, start in zip(parts, first[:-1].tolist(), strict=True)]),
        int(first[-1]),
        float(np.mean([part.scale for part in parts])) / len(parts),
    )
    return [market.kols[greedy(pooled, market.cost, budget)] for budget in budgets.tolist()]


def cheapest_first(market: PlantedMarket, budget: float) -> Ints:
    """Seeds (person numbers) in the order of their prices, as many as the budget pays."""
    order = np.argsort(market.cost, kind="stable")
    return market.kols[order[: int(np.searchsorted(np.cumsum(market.cost[order]), budget, side="right"))]]
