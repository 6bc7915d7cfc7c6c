"""The files of the EV-retail market."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.ev import items, words
from graph.worlds.recipe import Export
from graph.worlds.stages.draws import stream
from graph.worlds.world import World
from graph.worlds.writing import attributes
from graph.worlds.writing.columns import ROWS, arrow, running_numbers
from graph.worlds.writing.tables import FileSpec, event_spec, social_files

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = ("# How graphvine reads this market. Times in the event files are UTC seconds; signup is a local date.",)
FILES: tuple[FileSpec, ...] = (
    attributes.USER_FILE,
    attributes.KOL_FILE,
    FileSpec("products.csv", ("product_id", "name", "brand", "category", "price"), node="Product"),
    FileSpec(
        "vehicles.csv",
        ("vehicle_id", "name", "model", "brand", "price_band", "energy_type", "body", "price"),
        node="Vehicle",
    ),
    FileSpec("topics.csv", ("topic_id", "name"), node="Topic"),
    event_spec("viewed_product", "Person-VIEWED-Product", "seconds", weight="seconds"),
    event_spec("viewed_vehicle", "Person-VIEWED-Vehicle", "seconds", weight="seconds"),
    event_spec("searched_topic", "Person-SEARCHED-Topic", "times", weight="times"),
    event_spec("favourited_vehicle", "Person-FAVOURITED-Vehicle"),
    event_spec("bought_product", "Person-BOUGHT-Product", "amount", weight="amount", event_id="order_id"),
    event_spec("test_drove_vehicle", "Person-TEST_DROVE-Vehicle", "minutes", weight="minutes"),
    event_spec("bought_vehicle", "Person-BOUGHT-Vehicle", "amount", weight="amount", event_id="order_id"),
    *social_files("promotes_vehicle", "vehicle", clock="s"),
)


def export(world: World) -> Export:
    """The world-specific files: everything but ties, reactions and posts."""
    prices = {kind: items.item_prices(world.market.of(kind), world.seed) for kind in world.shape.kinds}

    def values(spec: FileSpec, rows: np.ndarray, part: slice) -> Mapping[str, pa.Array]:
        kind = spec.target.removesuffix("_id")
        rng = stream(world.seed, f"values {spec.name}", part.start // ROWS)
        columns = {}
        if spec.weight:
            columns[spec.weight] = arrow(_weights(spec, prices[kind][world.events.item[rows]], rng))
        if spec.event_id:
            columns[spec.event_id] = running_numbers("O" if spec.name == "bought_product" else "C", part)
        return columns

    nodes = {
        "users": lambda: attributes.user_table(world),
        "kols": lambda: attributes.kol_table(world),
        "products": lambda: attributes.product_table(
            world, prices["product"], brands=words.GOODS_BRANDS, adjectives=words.ADJECTIVES, suffixes=words.SUFFIXES
        ),
        "vehicles": lambda: items.vehicle_table(world),
        "topics": lambda: attributes.topic_table(world, words.ASPECTS),
    }
    return Export(MappingProxyType(nodes), values)


def _weights(spec: FileSpec, price: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Weights of events: seconds of viewing, number of searches, minutes of test drives, or yuan paid."""
    count = len(price)
    if spec.weight == "seconds":
        return np.clip(np.exp(3.4 + 0.9 * rng.standard_normal(count)), 2, 3600).astype(np.int64)
    if spec.weight == "times":
        return 1 + rng.poisson(0.3, count)
    if spec.weight == "minutes":
        return rng.integers(3, 13, count) * 5
    if spec.name == "bought_vehicle":
        return np.round(price * rng.uniform(0.94, 1.0, count), -2).astype(np.int64)
    pieces = 1 + (rng.random(count) < 0.12)
    discount = np.where(rng.random(count) < 0.45, rng.uniform(0.7, 0.95, count), 1.0)
    paid: np.ndarray = np.round(price * pieces * discount, 2)
    return paid
