"""A market with what rules ask about: stock, regions, prices, all with gaps, exposures, and things bought again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from graph.columns import MISSING_INTEGER, UNDATED, Edges, NodeColumn, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey, Schema
from graph.schema.roles import meaning_of
from graph.schema.types import Column, EdgeType
from graph.text import Int64, TextArray

REGIONS = ("north", "south", "east")
CATEGORIES = ("tent", "lamp", "stove", "rope")
_DAY = 86_400


def own_columns(items: int, rng: np.random.Generator) -> dict[str, NodeColumn]:
    """Columns of so many items; about one value in ten is missing."""
    gap = rng.random((6, items)) < 0.1
    regions = [json.dumps(sorted(rng.choice(REGIONS, rng.integers(1, 3), replace=False))) for _ in range(items)]
    return {
        "stock": np.where(gap[0], MISSING_INTEGER, rng.integers(0, 3, items)),
        "price": np.where(gap[1], np.nan, rng.integers(1, 40, items) * 5.0),
        "category": TextArray.of(["" if g else str(rng.choice(CATEGORIES)) for g in gap[2]]),
        "maker": TextArray.of(["" if g else f"m{rng.integers(6)}" for g in gap[3]]),
        "region": TextArray.of(["" if g else text for g, text in zip(gap[4], regions, strict=True)]),
        "fresh": np.where(gap[5], -1, rng.integers(0, 2, items)).astype(np.int8),
    }


def schema_of(graph: HeteroGraph, item: str) -> Schema:
    """The schema with the columns and relations that are added."""
    made = {
        EdgeKey("Person", "SHOWN", item): meaning_of("expose", "SHOWN", measure="count"),
        EdgeKey("Person", "ATE", item): meaning_of("acquire", "ATE", recurring=True),
    }
    edges = {**graph.schema.edges, **{key: EdgeType(key, meaning) for key, meaning in made.items()}}
    node = graph.schema.nodes[item]
    more = {"region": Column("list"), "fresh": Column("boolean"), "maker": Column("text"), "category": Column("text")}
    nodes = {**graph.schema.nodes, item: replace(node, columns=MappingProxyType({**node.columns, **more}))}
    return Schema(MappingProxyType(nodes), MappingProxyType(edges))


def adorn(graph: HeteroGraph, item: str, *, seed: int) -> HeteroGraph:
    """The graph with such columns of its items, cities of its people, exposures, and meals."""
    rng = np.random.default_rng(seed)
    people, items = graph.count("Person"), graph.count(item)
    city = TextArray.of([str(rng.choice([*REGIONS, "moon", ""])) for _ in range(people)])
    nodes: dict[str, Nodes] = dict(graph.nodes)
    nodes["Person"] = _with(nodes["Person"], {"city": city})
    nodes[item] = _with(nodes[item], own_columns(items, rng))
    nodes.setdefault("Campaign", Nodes(IdMap.of("Campaign", ["c0", "c1"]), {}))
    now = graph.now or 0
    pairs = int(people * 6), people * 3
    sets: dict[EdgeKey, Edges] = dict(graph.edge_sets)
    sets[EdgeKey("Person", "SHOWN", item)] = _edges(rng, people, items, pairs[0], now, counted=True)
    sets[EdgeKey("Person", "ATE", item)] = _edges(rng, people, items, pairs[1], now)
    sets[EdgeKey("Person", "EXPOSED_TO", "Campaign")] = _edges(
        rng, people, len(nodes["Campaign"]), pairs[1], now, counted=True
    )
    return HeteroGraph.of(nodes, sets, schema=schema_of(graph, item))


def _with(nodes: Nodes, columns: Mapping[str, NodeColumn]) -> Nodes:
    return replace(nodes, columns=MappingProxyType({**nodes.columns, **columns}))


def _edges(rng: np.random.Generator, people: int, width: int, count: int, now: int, *, counted: bool = False) -> Edges:
    """Random events of the last 60 days, one in twenty without a time."""
    src: Int64 = rng.integers(0, people, count)
    dst: Int64 = rng.integers(0, max(width // 4, 1), count)  # few items, so that pairs repeat
    time = np.where(rng.random(count) < 0.05, UNDATED, now - 1 - rng.integers(0, 60 * _DAY, count))
    return Edges(src, dst, time, rng.integers(1, 3, count).astype(float) if counted else None).canonical()
