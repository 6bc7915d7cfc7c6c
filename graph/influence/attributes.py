"""Numbers that people carry, as arrays."""

from __future__ import annotations

import numpy as np

from graph.hetero import MISSING_INTEGER, HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray
from graph.text import TextArray


def person_number(graph: HeteroGraph, name: str) -> FloatArray:
    """A numeric attribute of all people, float64 (n,).

    NaN where it is missing, and for everybody where the graph has no such attribute or it is text.
    """
    column = graph.nodes["Person"].columns.get(name) if "Person" in graph.nodes else None
    if column is None or isinstance(column, TextArray):
        return np.full(graph.count("Person"), np.nan)
    return np.where(column == MISSING_INTEGER, np.nan, column.astype(np.float64))


def seed_candidates(graph: HeteroGraph) -> BoolArray | None:
    """Who may be seeded where nobody says otherwise: the KOLs, bool (n,); None, everybody, where there are none."""
    kols = graph.role("KOL")
    return kols if kols.any() else None
