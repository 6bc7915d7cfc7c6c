"""A world as CSV files, written in blocks of rows; events in order of time."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds import attributes
from graph.worlds.catalogue import TYPES
from graph.worlds.draws import stream
from graph.worlds.ev_retail import OnStep, World
from graph.worlds.events import KIND_OF, RELATIONS
from graph.worlds.influence import KINDS, Posts
from graph.worlds.tables import FILES, FileSpec, mapping_toml

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 500_000
_NODE_TABLES: Mapping[str, Callable[[World], pa.Table]] = MappingProxyType(
    {
        "users": attributes.user_table,
        "kols": attributes.kol_table,
        "products": attributes.product_table,
        "vehicles": attributes.vehicle_table,
        "topics": attributes.topic_table,
    }
)


def write_files(world: World, directory: Path, *, on_step: OnStep) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    """Write every CSV file and mapping.toml into an existing directory.

    Returns:
        Rows of each file without its header, and for each file of dated events the cause of every row (uint8, the
        position in ``events.CAUSES``), in file order.
    """
    rows: dict[str, int] = {}
    causes: dict[str, np.ndarray] = {}
    ids = _Ids(world)
    for spec in FILES:
        if spec.node:
            blocks = iter([_NODE_TABLES[spec.name](world)])
        elif spec.name in RELATIONS:
            order = _order(world, spec.name)
            causes[spec.name] = world.events.cause[order]
            blocks = _event_blocks(world, ids, spec, order)
        elif spec.name == "interacted":
            order = np.argsort(world.interactions.time, kind="stable")
            causes[spec.name] = world.interactions.cause[order]
            blocks = _interaction_blocks(world, ids, order)
        elif spec.name == "follows":
            blocks = _follow_blocks(world, ids)
        else:
            blocks = _post_blocks(world, ids, spec)
        rows[spec.name] = _write(directory / spec.path, spec, blocks, on_step=on_step)
    (directory / "mapping.toml").write_bytes(mapping_toml().encode())
    return rows, causes


def _write(path: Path, spec: FileSpec, blocks: Iterator[pa.Table], *, on_step: OnStep) -> int:
    """Header and rows, LF; no value of a world holds a comma, a quote or a line break, so nothing is quoted."""
    from pyarrow import csv

    rows = 0
    options = csv.WriteOptions(include_header=False, quoting_style="none", batch_size=65_536)
    with path.open("wb") as sink:
        sink.write((",".join(spec.columns) + "\n").encode())
        for block in blocks:
            buffer = io.BytesIO()
            csv.write_csv(block.select(list(spec.columns)), buffer, options)
            sink.write(buffer.getbuffer())
            rows += len(block)
            on_step(spec.path, rows)
    return rows


class _Ids:
    """External ids as Arrow arrays, so that a block of numbers becomes a column of text in one take."""

    def __init__(self, world: World) -> None:
        import pyarrow as pa

        self.person = pa.array(attributes.person_ids(world), pa.string())
        self.item = {kind: pa.array(attributes.item_ids(world.market.of(kind)), pa.string()) for kind in TYPES}

    def people(self, numbers: np.ndarray) -> pa.Array:
        return self.person.take(_arrow(numbers))

    def items(self, kind: str, numbers: np.ndarray) -> pa.Array:
        return self.item[kind].take(_arrow(numbers))


def _arrow(values: np.ndarray) -> pa.Array:
    import pyarrow as pa

    return pa.array(np.ascontiguousarray(values))


def _slices(count: int) -> Iterator[slice]:
    return (slice(first, min(first + _ROWS, count)) for first in range(0, count, _ROWS))


def _order(world: World, name: str) -> np.ndarray:
    """Rows of one relation in order of time; equal times keep the order of generation."""
    rows = np.flatnonzero(world.events.relation == RELATIONS.index(name))
    return rows[np.argsort(world.events.time[rows], kind="stable")]


def _event_blocks(world: World, ids: _Ids, spec: FileSpec, order: np.ndarray) -> Iterator[pa.Table]:
    import pyarrow as pa

    events = world.events
    kind = TYPES[KIND_OF[RELATIONS.index(spec.name)]]
    prices = attributes.item_prices(world.market.of(kind), world.seed)
    for block, part in enumerate(_slices(len(order))):
        chosen = events.take(order[part])
        columns = {
            "user_id": ids.people(chosen.person),
            spec.target: ids.items(kind, chosen.item),
            "ts": _arrow(chosen.time.astype(np.int64) + world.parameters.start),
        }
        rng = stream(world.seed, f"values {spec.name}", block)
        if spec.weight:
            columns[spec.weight] = _arrow(_weights(spec, prices[chosen.item], rng))
        if spec.event_id:
            columns[spec.event_id] = _order_ids(spec.name, part)
        yield pa.table(columns)


def _weights(spec: FileSpec, price: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Seconds looked, times searched, minutes driven, or yuan paid."""
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


def _order_ids(name: str, part: slice) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = pc.utf8_lpad(pa.array(np.arange(part.start + 1, part.stop + 1)).cast(pa.string()), 8, "0")
    prefix = "O" if name == "bought_product" else "C"
    return pc.binary_join_element_wise(prefix, digits, "")


def _follow_blocks(world: World, ids: _Ids) -> Iterator[pa.Table]:
    import pyarrow as pa

    ties = world.ties
    order = np.argsort(ties.since, kind="stable")
    for part in _slices(len(order)):
        rows = order[part]
        yield pa.table(
            {
                "user_id": ids.people(ties.follower[rows]),
                "followed_id": ids.people(ties.followed[rows]),
                "ts": _arrow(ties.since[rows]),
            }
        )


def _interaction_blocks(world: World, ids: _Ids, order: np.ndarray) -> Iterator[pa.Table]:
    import pyarrow as pa

    made, kinds = world.interactions, pa.array(KINDS, pa.string())
    for part in _slices(len(order)):
        rows = order[part]
        yield pa.table(
            {
                "actor_id": ids.people(made.actor[rows]),
                "target_id": ids.people(made.target[rows]),
                "kind": kinds.take(_arrow(made.kind[rows])),
                "ts": _arrow(made.time[rows].astype(np.int64) + world.parameters.start),
            }
        )


def _post_blocks(world: World, ids: _Ids, spec: FileSpec) -> Iterator[pa.Table]:
    import pyarrow as pa

    posts: Posts = world.promotions if spec.name == "promotes_vehicle" else world.mentions
    kind = "vehicle" if spec.name == "promotes_vehicle" else "topic"
    order = np.argsort(posts.time, kind="stable")
    columns = {
        "kol_id": ids.people(world.people.kols.person[posts.kol[order]]),
        spec.target: ids.items(kind, posts.item[order]),
        "ts": _arrow(posts.time[order].astype(np.int64) + world.parameters.start),
    }
    if spec.weight:
        columns["fee"] = _arrow(posts.fee[order].astype(np.int64))
    yield pa.table(columns)
