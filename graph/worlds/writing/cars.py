"""Words about cars: invented brands, models, and classes of vehicles."""

from __future__ import annotations

import numpy as np

CAR_BRANDS = (
    "澜途",
    "曜驰",
    "青禾汽车",
    "擎宇",
    "星岚",
    "北辰行",
    "逐光",
    "木川",
    "凌沐",
    "远澈",
    "Voltaris",
    "Lumeno",
)
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
