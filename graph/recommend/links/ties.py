"""Ties between people as arrays: the first tie of each pair, and ties of several relations as one matrix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.columns import UNDATED
from graph.errors import ModelError, nearest
from graph.hetero import HeteroGraph
from graph.schema import PERSON, EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """The first tie of each ordered pair of two different people, sorted by (src, dst); e of them.

    Attributes:
        src: int64 (e,), who follows, reacts or refers.
        dst: int64 (e,), the other person.
        time: int64 (e,), UTC seconds of the first event; ``UNDATED`` where any event of the pair is undated.
    """

    src: Int64
    dst: Int64
    time: Int64

    def __len__(self) -> int:
        return len(self.src)

    def take(self, where: Any) -> Ties:
        """The chosen ties; positions or a mask."""
        return Ties(self.src[where], self.dst[where], self.time[where])

    def pairs(self, people: int) -> Int64:
        """Each ordered pair as one number, ``src * people + dst``: int64 (e,), ascending."""
        return self.src * people + self.dst


def check_relation(graph: HeteroGraph, relation: EdgeKey) -> None:
    """Refuse a relation that does not lead from people to people.

    Raises:
        ModelError: one end is no person.
    """
    if relation.source != PERSON or relation.target != PERSON:
        known = list(graph.keys(source=PERSON, target=PERSON))
        raise ModelError(f"{relation} does not lead from people to people", hint=nearest(str(relation), known))


def first_ties(graph: HeteroGraph, relation: EdgeKey) -> Ties:
    """When each person was first tied to each other one; ties of somebody to themselves are left out."""
    found = graph.events(relation)
    other = found.src != found.dst
    src, dst, time = found.src[other], found.dst[other], found.moments[other]
    # Events are in order of (src, dst, time), and ``UNDATED`` is the lowest time.
    new = np.ones(len(src), np.bool_)
    new[1:] = (src[1:] != src[:-1]) | (dst[1:] != dst[:-1])
    return Ties(src[new], dst[new], time[new])


def tie_matrix(graph: HeteroGraph, relations: Iterable[EdgeKey]) -> sp.csr_array:
    """1 where the person of the row has any of these ties to the person of the column: float64 (people, people)."""
    import scipy.sparse as sp

    people = graph.count(PERSON)
    ties = [first_ties(graph, relation) for relation in relations]
    pairs = np.unique(np.concatenate([np.zeros(0, np.int64), *(t.pairs(people) for t in ties)]))
    offsets = np.searchsorted(pairs, np.arange(people + 1) * people)
    return sp.csr_array((np.ones(len(pairs)), pairs % max(people, 1), offsets), shape=(people, people))


def recent_since(ties: Ties, now: int, *, least: int) -> int | None:
    """Start of the period before ``now`` that is as long as the last tenth of the dated ties took; None without dates.

    Args:
        ties: All known ties.
        now: UTC seconds.
        least: Shortest length of the period, in seconds.
    """
    dated = np.sort(ties.time[ties.time != UNDATED])
    if not len(dated):
        return None
    return now - max(int(dated[-1]) - int(dated[int(0.9 * (len(dated) - 1))]), least)
