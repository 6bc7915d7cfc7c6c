"""Products and vehicles of the EV-retail market, as Arrow tables in file column order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.ev import words
from graph.worlds.stages.catalogue import Catalogue
from graph.worlds.stages.draws import Floats, draw_columns, stream
from graph.worlds.world import World
from graph.worlds.writing import cars
from graph.worlds.writing.attributes import brands_by_home, item_ids

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
    import pyarrow as pa

    catalogue = world.market.of("vehicle")
    rng = stream(world.seed, "vehicle names")
    count = len(catalogue)
    brand = np.array(cars.CAR_BRANDS, dtype=object)[brands_by_home(catalogue, len(cars.CAR_BRANDS), rng)]
    price = item_prices(catalogue, world.seed)
    energy = draw_columns(np.array([[0.58, 0.18, 0.18, 0.06]]), np.zeros(count, dtype=np.int64), rng)
    body = draw_columns(np.array([[0.48, 0.3, 0.1, 0.12]]), np.zeros(count, dtype=np.int64), rng)
    letter, tens = rng.integers(0, len(cars.CAR_LETTERS), count), rng.integers(1, 10, count)
    models = cars.car_models(brand, letter, tens)
    return pa.table(
        {
            "vehicle_id": pa.array(item_ids(catalogue), pa.string()),
            "name": pa.array([f"{b} {m}" for b, m in zip(brand, models, strict=True)], pa.string()),
            "model": pa.array(models, pa.string()),
            "brand": pa.array(brand, pa.string()),
            "price_band": pa.array([words.PRICE_BANDS[i] for i in np.searchsorted(words.PRICE_EDGES, price, "right")]),
            "energy_type": pa.array([cars.ENERGY_TYPES[i] for i in energy]),
            "body": pa.array([cars.BODIES[i] for i in body]),
            "price": pa.array(price.astype(np.int64)),
        }
    )
