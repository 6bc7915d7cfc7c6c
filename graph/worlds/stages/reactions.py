"""Weights of views, searches and carts, and ratings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.stages.draws import Ints
from graph.worlds.writing.columns import ROWS, Ids, arrow, local_times
from graph.worlds.writing.tables import FileSpec

if TYPE_CHECKING:
    import pyarrow as pa


def looking_columns(spec: FileSpec, count: int, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Weights of a block of views (seconds), searches (times) or carts (pieces); none for favourites."""
    if spec.weight == "seconds":
        seconds = np.clip(np.exp(3.4 + 0.9 * rng.standard_normal(count)), 2, 3600)
        return {"seconds": arrow(seconds.astype(np.int64))}
    if spec.weight == "times":
        return {"times": arrow(1 + rng.poisson(0.3, count))}
    if spec.weight == "quantity":
        return {"quantity": arrow(1 + rng.poisson(0.15, count))}
    return {}


def rating_blocks(
    ids: Ids, *, kind: str, person: Ints, item: Ints, stars: Ints, time: Ints, rng: np.random.Generator
) -> Iterator[pa.Table]:
    """Rows of a ratings file, in order of time; ``helpfulness`` is a share.

    Args:
        ids: Ids of the world.
        kind: Type of the items.
        person, item, stars: int64 (m,).
        time: int64 (m,), UTC seconds.
        rng: Generator.
    """
    import pyarrow as pa

    helpful = np.round(rng.beta(2.0, 3.0, len(time)), 2)
    order = np.argsort(time, kind="stable")
    for first in range(0, len(order), ROWS):
        rows = order[first : first + ROWS]
        yield pa.table(
            {
                "user_id": ids.people(person[rows]),
                f"{kind}_id": ids.items(kind, item[rows]),
                "stars": arrow(stars[rows]),
                "helpfulness": arrow(helpful[rows]),
                "ts": local_times(time[rows]),
            }
        )
