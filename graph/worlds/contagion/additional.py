"""What a campaign adds under the planted parameters: adoptions with it minus adoptions without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graph.errors import ConfigError
from graph.worlds.contagion.market import ItemSpread, PlantedMarket
from graph.worlds.stages.draws import Floats, Ints

_BLOCK = 500
_SMALL = 0.2


@dataclass(frozen=True, slots=True)
class AdditionalAdoptions:
    """Adoptions that a campaign adds within its horizon, over ``draws`` simulated futures.

    Attributes:
        runs: int64 (draws,), with minus without in each future, by the same random numbers; never negative.
        audience: float64 (draws,), the same in the whole audiences of the seeds: an adopter in the file stands for
            1 / coverage people, with the coverage of the KOL through whose post they were reached last.
        without: Mean adoptions without the campaign, in the file. Seeds count in neither.
    """

    runs: Ints
    audience: Floats
    without: float

    @property
    def mean(self) -> float:
        """Expected additional adoptions in the file."""
        return float(self.runs.mean())

    @property
    def audience_mean(self) -> float:
        """Expected additional adoptions in the whole audiences."""
        return float(self.audience.mean())

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return float(self.runs.std(ddof=1) / np.sqrt(len(self.runs))) if len(self.runs) > 1 else 0.0


def planted_additional_adoptions(
    market: PlantedMarket,
    seeds: Sequence[str] | Ints,
    product: str,
    *,
    horizon: float = 90.0,
    draws: int = 2000,
    rng: int = 0,
    error: float | None = None,
) -> AdditionalAdoptions:
    """Simulate a campaign in which the seeds post once about a product, at the end of the window.

    Each future is drawn once and run with and without the campaign: the same people adopt of their own at the same
    times, everybody has the same threshold, and exposures take as long. The seeds' own adoptions are not counted.

    Args:
        market: The planted market.
        seeds: External ids, or person numbers, of those who post; repeats count once.
        product: External id of an item that KOLs promote.
        horizon: Days from the posts on, above 0.
        draws: Number of futures, at least 1.
        rng: Seed; the same seed gives the same futures for any seed set.
        error: Where given, futures are added in blocks until the standard error is at most this share of the mean (of
            0.2 adoptions where the mean is smaller), or ``draws`` are done.

    Raises:
        ConfigError: horizon or draws are out of range.
        DataError: a seed or the product is not in this world.
    """
    numbers = seeds if isinstance(seeds, np.ndarray) else market.numbers(list(seeds))
    spread = market.spread(market.item(product))
    return additional_adoptions(market, numbers, spread, horizon=horizon, draws=draws, rng=rng, error=error)


def additional_adoptions(
    market: PlantedMarket,
    seeds: Ints,
    spread: ItemSpread,
    *,
    horizon: float,
    draws: int,
    rng: int = 0,
    error: float | None = None,
) -> AdditionalAdoptions:
    """The same for person numbers and an item whose spread is at hand; see ``planted_additional_adoptions``."""
    from graph.worlds.contagion import kernels

    if not (horizon > 0 and draws >= 1):
        raise ConfigError(f"{draws} futures of {horizon} days", hint="use at least one future, and more than no day")
    people = np.unique(seeds.astype(np.int64))
    key = np.random.default_rng(rng).integers(0, 2**64, dtype=np.uint64)
    blocks = []
    for first in range(0, draws, _BLOCK):
        size = min(_BLOCK, draws - first)
        gained, audience, without = np.zeros(size, np.int64), np.zeros(size), np.zeros(size, np.int64)
        kernels.campaign_runs(
            market.indptr, market.follower, market.dose, spread.shape, spread.scale, spread.rate, people,
            market.stands_for[people], float(horizon), market.delay, key, first, gained, audience, without,
        )  # fmt: skip
        blocks.append((gained, audience, without))
        runs, audiences, bases = (np.concatenate(column) for column in zip(*blocks, strict=True))
        found = AdditionalAdoptions(runs, audiences, float(bases.mean()))
        if error is not None and found.error <= error * max(found.mean, _SMALL):
            break
    return found
