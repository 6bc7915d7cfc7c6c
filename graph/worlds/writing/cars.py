"""Cars: invented brands and models, and the table of vehicles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.stages.draws import Floats, draw_columns, stream
from graph.worlds.world import World
from graph.worlds.writing.attributes import brands_by_home, item_ids

if TYPE_CHECKING:
    import pyarrow as pa

CAR_BRANDS = (
    "澜途", "曜驰", "青禾汽车", "擎宇", "星岚", "北辰行", "逐光", "木川", "凌沐", "远澈", "Voltaris",
    "Lumeno",
)  # fmt: skip
CAR_LETTERS = ("L", "S", "E", "X", "G", "M", "A", "Q")
ENERGY_TYPES = ("battery", "range extender", "hybrid", "petrol")
BODIES = ("SUV", "sedan", "MPV", "hatchback")


def car_models(brand: np.ndarray, letter: np.ndarray, tens: np.ndarray) -> list[str]:
    """Model names, distinct within a brand: a repeated one carries a year.

    Args:
        brand: object (n,) of str.
        letter: int64 (n,), positions in ``CAR_LETTERS``.
        tens: int64 (n,), the number after the letter.
    """
    seen: dict[str, int] = {}
    models = []
    for number in range(len(brand)):
        model = f"{CAR_LETTERS[letter[number]]}{tens[number]}"
        again = seen[brand[number] + model] = seen.get(brand[number] + model, 0) + 1
        models.append(model if again == 1 else f"{model} {2023 + again}款")
    return models


def vehicle_table(
    world: World,
    price: Floats,
    *,
    bands: tuple[tuple[str, ...], tuple[int, ...]],
    energy: list[float],
    body: list[float],
) -> pa.Table:
    """Rows of vehicles.csv.

    Args:
        world: The world.
        price: float64 (n,), yuan.
        bands: Names of the price bands, and the prices between them.
        energy: Shares of ``ENERGY_TYPES``.
        body: Shares of ``BODIES``.
    """
    import pyarrow as pa

    catalogue = world.market.of("vehicle")
    rng = stream(world.seed, "vehicle names")
    count = len(catalogue)
    brand = np.array(CAR_BRANDS, dtype=object)[brands_by_home(catalogue, len(CAR_BRANDS), rng)]
    energies = draw_columns(np.array([energy]), np.zeros(count, dtype=np.int64), rng)
    bodies = draw_columns(np.array([body]), np.zeros(count, dtype=np.int64), rng)
    models = car_models(brand, rng.integers(0, len(CAR_LETTERS), count), rng.integers(1, 10, count))
    return pa.table(
        {
            "vehicle_id": pa.array(item_ids(catalogue), pa.string()),
            "name": pa.array([f"{b} {m}" for b, m in zip(brand, models, strict=True)], pa.string()),
            "model": pa.array(models, pa.string()),
            "brand": pa.array(brand, pa.string()),
            "price_band": pa.array([bands[0][i] for i in np.searchsorted(bands[1], price, "right")]),
            "energy_type": pa.array([ENERGY_TYPES[i] for i in energies]),
            "body": pa.array([BODIES[i] for i in bodies]),
            "price": pa.array(price.astype(np.int64)),
        }
    )
