"""Numeric attributes of people (cost, followers) as arrays, and who may be seeded by default."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from graph.columns import MISSING_INTEGER
from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray
from graph.text import TextArray

_NAMED = 5


def person_number(graph: HeteroGraph, name: str) -> FloatArray:
    """A numeric attribute of all people, float64 (n,).

    NaN where it is missing; all NaN where the graph has no such attribute, or it is text.
    """
    column = graph.nodes["Person"].columns.get(name) if "Person" in graph.nodes else None
    if column is None or isinstance(column, TextArray):
        return np.full(graph.count("Person"), np.nan)
    return np.where(column == MISSING_INTEGER, np.nan, column.astype(np.float64))


def person_cost(graph: HeteroGraph) -> FloatArray:
    """Cost of each person, float64 (n,), >= 0; NaN where it is unknown or not a valid price (see `cost_notes`)."""
    cost = person_number(graph, "cost")
    return np.where(_no_price(cost), np.nan, cost)


def cost_notes(graph: HeteroGraph, *, excluded: npt.ArrayLike = ()) -> list[str]:
    """One sentence that names the people whose cost is not a valid price; empty where all are valid.

    Args:
        graph: The market.
        excluded: Numbers of people whom the sentence must not name.
    """
    cost = person_number(graph, "cost")
    odd = np.setdiff1d(np.flatnonzero(_no_price(cost)), np.asarray(excluded, np.int64))
    if not odd.size:
        return []
    named = [f"{name} ({cost[i]:,g})" for name, i in zip(graph.ids("Person").ids(odd[:_NAMED]), odd, strict=False)]
    more = f" and {odd.size - _NAMED:,} more" if odd.size > _NAMED else ""
    return [
        f"a cost below 0 is no price: {', '.join(named)}{more}; it counts as unknown, so a budget leaves them out; "
        "correct the column mapped to cost and load it again"
    ]


def unpriced_notes(graph: HeteroGraph, candidates: BoolArray, *, budget: float | None) -> list[str]:
    """One sentence with the number of candidates that a budget excludes because their price is unknown, by platform.

    Args:
        graph: The market.
        candidates: Who may be chosen, bool (n,).
        budget: None where there is no budget, so that prices are not needed.
    """
    unknown = candidates & np.isnan(person_cost(graph))
    if budget is None or not unknown.any():
        return []
    column = graph.nodes["Person"].columns.get("platform")
    split = ""
    if isinstance(column, TextArray):
        asked, without = (Counter(text for text in column.pick(np.flatnonzero(m))) for m in (candidates, unknown))
        parts = [f"{name or 'no platform'}: {count:,} of {asked[name]:,}" for name, count in sorted(without.items())]
        split = f" ({', '.join(parts)})"
    return [
        f"{np.count_nonzero(unknown):,} of {np.count_nonzero(candidates):,} candidates have no known price, so a "
        f"budget leaves them out{split}; give their costs, or plan by a number of seeds"
    ]


def _no_price(cost: FloatArray) -> BoolArray:
    return (cost < 0) | np.isinf(cost)


def seed_candidates(graph: HeteroGraph) -> BoolArray | None:
    """Who may be seeded by default, bool (n,): the KOLs; None (everybody) where there are no KOLs."""
    kols = graph.role("KOL")
    return kols if kols.any() else None
