"""Cars and stores of the rental market, as Arrow tables in file column order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.rental import words
from graph.worlds.rental.rentals import Stores
from graph.worlds.stages.catalogue import Catalogue
from graph.worlds.stages.draws import Floats, draw_columns, stream
from graph.worlds.world import World
from graph.worlds.writing import cars
from graph.worlds.writing.attributes import brands_by_home, item_ids, numbered
from graph.worlds.writing.names import CITIES

if TYPE_CHECKING:
    import pyarrow as pa


def day_prices(catalogue: Catalogue, seed: int) -> Floats:
    """List price of a day in yuan, whole numbers: float64 (n,)."""
    rng = stream(seed, "prices vehicle")
    base = np.array([interest.price for interest in words.INTERESTS])[catalogue.interest]
    return np.maximum(59.0, np.round(base * np.exp(0.3 * rng.standard_normal(len(catalogue)))) - 1.0)


def vehicle_table(world: World) -> pa.Table:
    """Rows of vehicles.csv: models on offer, with the price of a day."""
    import pyarrow as pa

    catalogue = world.market.of("vehicle")
    rng = stream(world.seed, "vehicle names")
    count = len(catalogue)
    brand = np.array(cars.CAR_BRANDS, dtype=object)[brands_by_home(catalogue, len(cars.CAR_BRANDS), rng)]
    price = day_prices(catalogue, world.seed)
    energy = draw_columns(np.array([[0.32, 0.12, 0.16, 0.40]]), np.zeros(count, dtype=np.int64), rng)
    body = draw_columns(np.array([[0.40, 0.34, 0.16, 0.10]]), np.zeros(count, dtype=np.int64), rng)
    models = cars.car_models(brand, rng.integers(0, len(cars.CAR_LETTERS), count), rng.integers(1, 10, count))
    bodies = np.array(cars.BODIES, dtype=object)[body]
    grade = np.array(words.GRADES, dtype=object)[np.searchsorted(words.GRADE_EDGES, price, "right")]
    grade = np.where(np.isin(bodies, ("SUV", "MPV")), bodies, grade)
    return pa.table(
        {
            "vehicle_id": pa.array(item_ids(catalogue), pa.string()),
            "name": pa.array([f"{b} {m}" for b, m in zip(brand, models, strict=True)], pa.string()),
            "model": pa.array(models, pa.string()),
            "brand": pa.array(brand, pa.string()),
            "class": pa.array(grade, pa.string()),
            "price_band": pa.array([words.PRICE_BANDS[i] for i in np.searchsorted(words.PRICE_EDGES, price, "right")]),
            "energy_type": pa.array([cars.ENERGY_TYPES[i] for i in energy]),
            "body": pa.array(bodies, pa.string()),
            "price": pa.array(price.astype(np.int64)),
        }
    )


def store_table(stores: Stores) -> pa.Table:
    """Rows of stores.csv."""
    import pyarrow as pa

    seen: dict[tuple[int, int], int] = {}
    title = []
    for city, place in zip(stores.city.tolist(), stores.place.tolist(), strict=True):
        again = seen[city, place] = seen.get((city, place), 0) + 1
        title.append(f"{CITIES[city]}{words.PLACES[place]}{again if again > 1 else ''}店")
    return pa.table(
        {
            "store_id": pa.array(store_ids(stores), pa.string()),
            "name": pa.array(title, pa.string()),
            "city": pa.array(np.array(CITIES, dtype=object)[stores.city], pa.string()),
            "place": pa.array(np.array(words.PLACES, dtype=object)[stores.place], pa.string()),
        }
    )


def store_ids(stores: Stores) -> np.ndarray:
    """External ids: object (s,) of str."""
    return numbered("S", len(stores))
