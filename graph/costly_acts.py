"""Which people did something that costs money or effort, which bought accounts hardly do."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.events import signed_counts
from graph.hetero import HeteroGraph
from graph.schema import PERSON


def committed_people(graph: HeteroGraph) -> tuple[npt.NDArray[np.bool_], bool]:
    """People with at least one costly event, bool (n,), and whether the graph has any costly relation.

    Costly events are purchases, saves, searches, ratings and the like (``Meaning.costly``). Being shown something and
    opening pages do not count, since fake accounts do that too; nor does owning, which is a state and not an action.
    Returned and disliked items do count, since somebody acted.
    """
    done = np.zeros(graph.count(PERSON), bool)
    keys = [key for key in graph.keys(source=PERSON) if key.target != PERSON and graph.meaning(key).costly]
    for key in keys:
        edges = graph.edges(key)
        done[edges.src[signed_counts(edges, graph.meaning(key)) != 0]] = True
    return done, bool(keys)
