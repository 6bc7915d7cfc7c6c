"""Products and vehicles of the EV-retail market, as Arrow tables in file column order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.ev import words
from graph.worlds.stages.catalogue import Catalogue
from graph.worlds.stages.draws import Floats, stream
from graph.worlds.world import World
from graph.worlds.writing import cars

if TYPE_CHECKING:
    import pyarrow as pa


def item_prices(catalogue: Catalogue, seed: int) -> Floats:
    """List prices in yuan: float64 (n,); topics cost nothing."""
    rng = stream(seed, f"prices {catalogue.kind}")
    count = len(catalogue)
    if catalogue.kind == "vehicle":
        prices: Floats = np.round(np.exp(np.log(205_000) + 0.42 * rng.standard_normal(count)), -2)
        return prices
    base = np.array([interest.price for interest in words.INTERESTS])[catalogue.interest]
    return np.maximum(9.9, np.round(base * np.exp(0.55 * rng.standard_normal(count))) - 0.1)


def vehicle_table(world: World) -> pa.Table:
    """Rows of vehicles.csv."""
    return cars.vehicle_table(
        world,
        item_prices(world.market.of("vehicle"), world.seed),
        bands=(words.PRICE_BANDS, words.PRICE_EDGES),
        energy=[0.58, 0.18, 0.18, 0.06],
        body=[0.48, 0.3, 0.1, 0.12],
    )
