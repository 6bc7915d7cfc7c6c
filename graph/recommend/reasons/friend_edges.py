"""The edges by which friends stand between a person and a thing: the ties with them, and what they did with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graph.recommend.features import Features, tie_weights
from graph.recommend.packed import Packed
from graph.recommend.rows import Support
from graph.recommend.target import SOURCE
from graph.schema import EdgeKey
from graph.text import Int64


@dataclass(frozen=True, eq=False)
class FriendEdges:
    """Edges of the friends of some people.

    Attributes:
        features: The graph.
        users: int64 (u,), the people.
        keys: Edge types from people to things, in the order in which they are quoted.
        starts: The number that the things of each of them start at.
    """

    features: Features
    users: Int64
    keys: Sequence[EdgeKey]
    starts: Sequence[int]

    def between(self, row: Int64, place: Int64, friend: Int64, thing: Int64) -> dict[int, list[Support]]:
        """All ties between the person and the friend of each entry, and all edges from that friend to the thing.

        Args:
            row: int64 (e,), which list the edges of an entry join, ascending.
            place: int64 (e,), position of the person among the people.
            friend: int64 (e,), number of the friend.
            thing: int64 (e,), number of the thing.

        Returns:
            Row to edges, entry by entry, ties before others, edge types in their order.
        """
        parts = [*self._found(place, friend, thing)]
        entry = np.concatenate([np.flatnonzero(there) for _, _, there in parts])
        kind = np.repeat(np.arange(len(parts)), [np.count_nonzero(there) for _, _, there in parts])
        order = np.lexsort((kind, entry))
        entry, kind = entry[order], kind[order]
        first = len(self._ties)
        source = np.where(kind < first, self.users[place[entry]], friend[entry])
        offset = np.array([start for _, start, _ in parts], np.int64)[kind]
        target = np.where(kind < first, friend[entry], thing[entry]) - offset
        result: dict[int, list[Support]] = {}
        for into, number, src, dst in zip(
            row[entry].tolist(), kind.tolist(), source.tolist(), target.tolist(), strict=True
        ):
            result.setdefault(into, []).append(Support(parts[number][0], src, dst))
        return result

    def _found(self, place: Int64, friend: Int64, thing: Int64) -> Iterator[tuple[EdgeKey, int, np.ndarray]]:
        """Each edge type, the number that the nodes at its end start at, and the entries that have such an edge."""
        for key, ties in self._ties:
            yield key, 0, ties.find(place, friend)[1]
        wanted = np.unique(thing)
        people = self.features.graph.count(SOURCE)
        for key, start in zip(self.keys, self.starts, strict=True):
            events = self.features.events(key)
            at = np.flatnonzero(np.isin(events.dst + start, wanted))
            pairs = Packed(np.unique((events.dst[at] + start) * people + events.src[at]), people)
            yield key, start, pairs.find(thing, friend)[1]

    @cached_property
    def _ties(self) -> list[tuple[EdgeKey, Packed]]:
        """Each type of tie, with the pairs (position of the person, other person) that have it."""
        graph, result = self.features.graph, []
        for key in graph.keys(source=SOURCE, target=SOURCE):
            ties = tie_weights(self.features, self.users, key)
            rows = np.repeat(np.arange(len(self.users)), np.diff(ties.indptr))
            width = graph.count(SOURCE)
            result.append((key, Packed(np.unique(rows * width + ties.indices), width)))
        return result
