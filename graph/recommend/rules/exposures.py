"""Who was exposed to what how often of late, from all relations of role ``expose``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graph.columns import UNDATED
from graph.errors import ConfigError
from graph.event_times import DAY
from graph.events import Events
from graph.hetero import HeteroGraph
from graph.recommend.rules.attributes import Bools
from graph.recommend.rules.rules import Cap
from graph.recommend.target import SOURCE
from graph.schema import Schema
from graph.text import Int64


def contacted_people(graph: HeteroGraph, cap: Cap) -> Bools:
    """People who were exposed to anything that often, bool (p,)."""
    times = np.zeros(graph.count(SOURCE))
    for found in _recent(graph, cap, None):
        times += np.bincount(found.src, found.times, minlength=len(times))
    return times >= cap.times


def exposed_pairs(graph: HeteroGraph, schema: Schema, node_type: str, cap: Cap) -> tuple[Int64, Int64]:
    """Pairs of a person and an item that the person was exposed to that often.

    Returns:
        People, ascending, and items; int64 (m,) each.

    Raises:
        ConfigError: no relation says which items were shown to somebody, so that the cap could refuse nothing.
    """
    if not any(e.role == "expose" and k[::2] == (SOURCE, node_type) for k, e in schema.edges.items()):
        raise ConfigError(
            f"pairs.max_exposures: no relation of role expose leads to {node_type}, so nothing says what was shown",
            hint=f'declare it in schema.toml: [[edges]] relation = "SHOWN", source = "{SOURCE}", '
            f'target = "{node_type}", role = "expose"; or remove the rule',
        )
    width = max(graph.count(node_type), 1)
    parts = [(found.src * width + found.dst, found.times) for found in _recent(graph, cap, node_type)]
    pairs, place = np.unique(np.concatenate([np.zeros(0, np.int64), *(p for p, _ in parts)]), return_inverse=True)
    times = np.bincount(place, np.concatenate([np.zeros(0), *(t for _, t in parts)]), minlength=len(pairs))
    often = pairs[times >= cap.times]
    return often // width, often % width


def _recent(graph: HeteroGraph, cap: Cap, node_type: str | None) -> Iterator[Events]:
    """Exposures of the last days before the graph's ``now``; those without a time may be recent, and count."""
    start = (graph.now or 0) - cap.days * DAY
    for key in graph.keys(source=SOURCE, target=node_type):
        if graph.meaning(key).role == "expose":
            found = graph.events(key)
            moments = found.moments
            yield found.take((moments == UNDATED) | (moments >= start))
