"""Cars and stores of the rental market, as Arrow tables in file column order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.rental import words
from graph.worlds.rental.rentals import Stores
from graph.worlds.stages.catalogue import Catalogue
from graph.worlds.stages.draws import Floats, stream
from graph.worlds.world import World
from graph.worlds.writing import cars
from graph.worlds.writing.attributes import numbered
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

    price = day_prices(world.market.of("vehicle"), world.seed)
    bands = (words.PRICE_BANDS, words.PRICE_EDGES)
    table = cars.vehicle_table(
        world, price, bands=bands, energy=[0.32, 0.12, 0.16, 0.40], body=[0.40, 0.34, 0.16, 0.10]
    )
    body = table["body"].to_numpy()
    grade = np.array(words.GRADES, dtype=object)[np.searchsorted(words.GRADE_EDGES, price, "right")]
    grade = np.where(np.isin(body, ("SUV", "MPV")), body, grade)
    return table.add_column(4, "class", pa.array(grade, pa.string()))


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
