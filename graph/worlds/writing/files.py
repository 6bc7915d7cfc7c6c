"""Writes a world as CSV files, in blocks of rows; events in order of time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graph.worlds.recipe import Export, Recipe
from graph.worlds.stages.influence import KINDS, Posts
from graph.worlds.world import OnStep, World
from graph.worlds.writing.columns import ROWS, Ids, arrow, moments
from graph.worlds.writing.tables import FileSpec

if TYPE_CHECKING:
    import pyarrow as pa


def write_files(
    world: World, recipe: Recipe, directory: Path, *, export: Export, on_step: OnStep
) -> tuple[dict[str, int], dict[str, np.ndarray]]:
    """Write every CSV file, mapping.toml and, where the world has one, schema.toml into an existing directory.

    Returns:
        Rows of each file without its header, and for each file of dated events the cause of every row (uint8, the
        position in ``events.CAUSES``), in file order.
    """
    rows: dict[str, int] = {}
    causes: dict[str, np.ndarray] = {}
    ids = Ids(world)
    for spec in recipe.files:
        if spec.node:
            blocks = iter([export.nodes[spec.name]()])
        elif world.shape.has(spec.name):
            order = order_of(world, spec.name)
            causes[spec.name] = world.events.cause[order]
            blocks = _event_blocks(world, export, ids, spec, order)
        elif spec.name == "interacted":
            order = np.argsort(world.interactions.time, kind="stable")
            causes[spec.name] = world.interactions.cause[order]
            blocks = _interaction_blocks(world, ids, spec, order)
        elif spec.name == "follows":
            blocks = _follow_blocks(world, ids, spec)
        elif spec.name in export.others:
            blocks = export.others[spec.name](ids)
        else:
            blocks = _post_blocks(world, ids, spec)
        rows[spec.name] = _write(directory / spec.path, spec, blocks, on_step=on_step)
    (directory / "mapping.toml").write_bytes(recipe.mapping().encode())
    if recipe.schema:
        (directory / "schema.toml").write_bytes(recipe.schema.encode())
    return rows, causes


def _write(path: Path, spec: FileSpec, blocks: Iterator[pa.Table], *, on_step: OnStep) -> int:
    """Write header and rows with LF, unquoted: values of worlds contain no commas, quotes or line breaks."""
    from pyarrow import csv

    rows = 0
    options = csv.WriteOptions(include_header=False, quoting_style="none", batch_size=65_536)
    with path.open("wb") as sink:
        sink.write((",".join(spec.header) + "\n").encode())
        for block in blocks:
            buffer = io.BytesIO()
            csv.write_csv(block.select(list(spec.columns)), buffer, options)
            sink.write(buffer.getbuffer())
            rows += len(block)
            on_step(spec.path, rows)
    return rows


def slices(count: int) -> Iterator[slice]:
    """Blocks of rows."""
    return (slice(first, min(first + ROWS, count)) for first in range(0, count, ROWS))


def order_of(world: World, name: str) -> np.ndarray:
    """Events of one relation in order of time; equal times keep the order of generation."""
    rows = np.flatnonzero(world.events.relation == world.shape.index(name))
    return rows[np.argsort(world.events.time[rows], kind="stable")]


def _event_blocks(world: World, export: Export, ids: Ids, spec: FileSpec, order: np.ndarray) -> Iterator[pa.Table]:
    import pyarrow as pa

    events = world.events
    kind = world.shape.kinds[world.shape.kind_of[world.shape.index(spec.name)]]
    for part in slices(len(order)):
        rows = order[part]
        columns = {
            spec.source: ids.people(events.person[rows]),
            spec.target: ids.items(kind, events.item[rows]),
            spec.time: moments(spec, events.time[rows].astype(np.int64) + world.parameters.start),
            **export.values(spec, rows, part),
        }
        yield pa.table(columns)


def _follow_blocks(world: World, ids: Ids, spec: FileSpec) -> Iterator[pa.Table]:
    import pyarrow as pa

    ties = world.ties
    order = np.argsort(ties.since, kind="stable")
    for part in slices(len(order)):
        rows = order[part]
        yield pa.table(
            {
                spec.source: ids.people(ties.follower[rows]),
                spec.target: ids.people(ties.followed[rows]),
                spec.time: moments(spec, ties.since[rows]),
            }
        )


def _interaction_blocks(world: World, ids: Ids, spec: FileSpec, order: np.ndarray) -> Iterator[pa.Table]:
    import pyarrow as pa

    made, kinds = world.interactions, pa.array(KINDS, pa.string())
    for part in slices(len(order)):
        rows = order[part]
        yield pa.table(
            {
                spec.source: ids.people(made.actor[rows]),
                spec.target: ids.people(made.target[rows]),
                "kind": kinds.take(arrow(made.kind[rows])),
                spec.time: moments(spec, made.time[rows].astype(np.int64) + world.parameters.start),
            }
        )


def _post_blocks(world: World, ids: Ids, spec: FileSpec) -> Iterator[pa.Table]:
    import pyarrow as pa

    promoted = "-PROMOTES-" in spec.edge
    posts: Posts = world.promotions if promoted else world.mentions
    order = np.argsort(posts.time, kind="stable")
    columns = {
        spec.source: ids.people(world.people.kols.person[posts.kol[order]]),
        spec.target: ids.items(world.shape.promoted if promoted else world.shape.mentioned, posts.item[order]),
        spec.time: moments(spec, posts.time[order].astype(np.int64) + world.parameters.start),
    }
    if spec.weight:
        columns[spec.weight] = arrow(posts.fee[order].astype(np.int64))
    yield pa.table(columns)
