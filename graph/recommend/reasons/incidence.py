"""Which people have an edge to which things, over several edge types at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.recommend.features import Features
from graph.schema import EdgeKey
from graph.text import Int64


@dataclass(frozen=True, slots=True)
class Incidence:
    """People with an edge to some nodes, as compressed rows: the people of each node, and by which edge type.

    Attributes:
        offsets: int64 (n + 1,), where each node's people start; nodes that were not asked for have none.
        people: int32 (e,), ascending within each node, without repeats.
        key: int64 (e,), position of the edge type in the list of edge types; the lowest if there are several.
    """

    offsets: Int64
    people: npt.NDArray[np.int32]
    key: Int64

    def of(self, node: int) -> tuple[npt.NDArray[np.int32], Int64]:
        """The people of one node, and their edge types."""
        part = slice(int(self.offsets[node]), int(self.offsets[node + 1]))
        return self.people[part], self.key[part]

    def without(self, keys: npt.NDArray[np.bool_]) -> Incidence:
        """The same without these edge types; ``keys`` are flags by position in the list of edge types."""
        kept = ~keys[self.key]
        offsets = np.concatenate([[0], np.cumsum(kept)])[self.offsets]
        return Incidence(offsets, self.people[kept], self.key[kept])


def incidence(
    features: Features, keys: Sequence[EdgeKey], starts: Sequence[int], wanted: npt.NDArray[np.bool_]
) -> Incidence:
    """People of the wanted nodes.

    Args:
        features: The graph; edges to what the person disliked are left out.
        keys: Edge types from people to things.
        starts: By how much the node numbers of each key's target are shifted.
        wanted: bool (n,), by shifted number.
    """
    nodes, people, which = [], [], []
    for place, (key, start) in enumerate(zip(keys, starts, strict=True)):
        events = features.events(key)
        kept = np.flatnonzero(wanted[start + events.dst])
        nodes.append(start + events.dst[kept])
        people.append(events.src[kept])
        which.append(np.full(len(kept), place, np.int64))
    node, person, key_of = (np.concatenate([*part, np.zeros(0, np.int64)]) for part in (nodes, people, which))
    order = np.lexsort((key_of, person, node))
    node, person, key_of = node[order], person[order], key_of[order]
    new = np.ones(len(node), np.bool_)
    new[1:] = (node[1:] != node[:-1]) | (person[1:] != person[:-1])
    offsets = np.searchsorted(node[new], np.arange(len(wanted) + 1))
    return Incidence(offsets, person[new].astype(np.int32), key_of[new])
