"""Features of people and of pairs of people, computed from what a graph knows: the input of every link predictor.

Features of pairs are made for a block of people at a time, and only for pairs of which anything is known: that is a
quarter of all pairs in the synthetic markets. One person costs time in proportion to the ties of their neighbours, and
memory of ``len(PAIRS)`` numbers for each person in the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.event_times import DAY, time_step
from graph.hetero import HeteroGraph
from graph.recommend.links.ties import check_relation, first_ties, recent_since, tie_matrix
from graph.recommend.ranking import tie_order
from graph.schema import PERSON, EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]

# Of the asked person and another one; "other" ties are those of all other relations between people.
PAIRS = (
    "reverse",  # 1 where the other one has this tie to the asked person
    "reverse recent",  # 1 where that came in the recent period
    "other",  # 1 where the asked person has another tie to the other one
    "other reverse",  # 1 where the other one has another tie to the asked person
    "common",  # ln(1 + common neighbours), of ties in either direction
    "adamic-adar",  # ln(1 + sum of 1 / ln(degree) over common neighbours)
    "two steps",  # ln(1 + paths of two ties)
    "co-followed",  # ln(1 + paths: somebody who has a tie to the same person has a tie to the other one)
)
PEOPLE = (
    "in",  # ln(1 + people with this tie to the person)
    "in recent",  # ln(1 + of those that came in the recent period)
    "out",  # ln(1 + people to whom the person has this tie)
    "other in",  # ln(1 + people with another tie to the person)
    "kol",  # 1 for a KOL
)

_FIRST_COUNT = PAIRS.index("common")


@dataclass(frozen=True, eq=False)
class LinkFeatures:
    """A graph prepared for predicting one relation; P people.

    Attributes:
        graph: The graph to predict from.
        relation: The relation to predict.
        ties: (P, P), ties of this relation.
        recent: (P, P), those of the recent period, which is as long as the last tenth of the ties took.
        other: (P, P), ties of other relations.
        both: (P, P), ties of any relation.
        near: (P, P), ties of any relation in either direction.
        people: float32 (P, len(PEOPLE)).
        order: int64 (P,), position among people of equal score, see ``ranking.tie_order``.
    """

    graph: HeteroGraph
    relation: EdgeKey
    ties: sp.csr_array
    recent: sp.csr_array
    other: sp.csr_array
    both: sp.csr_array
    near: sp.csr_array
    people: Float32
    order: Int64

    @staticmethod
    def of(graph: HeteroGraph, relation: EdgeKey) -> LinkFeatures:
        """Prepare a graph.

        Raises:
            ModelError: the relation does not lead from people to people.
        """
        check_relation(graph, relation)
        others = [key for key in graph.keys(source=PERSON, target=PERSON) if key != relation]
        ties, other = tie_matrix(graph, [relation]), tie_matrix(graph, others)
        recent = _recent(graph, relation)
        both = _ones(ties + other)
        near = _ones(both + both.T.tocsr())
        columns = (_sums(ties, 0), _sums(recent, 0), _sums(ties, 1), _sums(other, 0))
        people = np.column_stack([*map(np.log1p, columns), graph.role("KOL")]).astype(np.float32)
        order = tie_order(graph.ids(PERSON).texts)
        return LinkFeatures(graph, relation, ties, recent, other, both, near, people, order)

    def __len__(self) -> int:
        return len(self.people)

    def block(self, users: Int64) -> Block:
        """The features of the pairs of these people with everybody."""
        mine, near = self.both[users], self.near[users]
        faded = near.copy()
        faded.data = faded.data * self._fading[faded.indices]
        found = [self.ties_to[users], self._recent_to[users], self.other[users], self._other_to[users]]
        found += [near @ self.near, faded @ self.near, mine @ self.both, mine @ self._both_to @ self.both]
        return _block(self, users, found)

    def excluded(self, users: Int64) -> tuple[Int64, Int64]:
        """Pairs that are no candidates, as positions in ``users`` and people: those tied already, and oneself."""
        mine = self.ties[users]
        who = np.repeat(np.arange(len(users)), np.diff(mine.indptr))
        return np.concatenate([who, np.arange(len(users))]), np.concatenate([mine.indices, users])

    @cached_property
    def ties_to(self) -> sp.csr_array:
        """The transpose of ``ties``: the people of a row's columns have this tie to the person of the row."""
        return self.ties.T.tocsr()

    @cached_property
    def _recent_to(self) -> sp.csr_array:
        return self.recent.T.tocsr()

    @cached_property
    def _other_to(self) -> sp.csr_array:
        return self.other.T.tocsr()

    @cached_property
    def _both_to(self) -> sp.csr_array:
        return self.both.T.tocsr()

    @cached_property
    def _fading(self) -> Floats:
        """What a common neighbour counts by the measure of Adamic and Adar (Social Networks, 2003), float64 (P,)."""
        return 1.0 / np.log(np.maximum(_sums(self.near, 1), 2.0))


@dataclass(frozen=True, eq=False)
class Block:
    """Features of the pairs of u people with everybody. Pairs of which nothing is known are left out; e others.

    Attributes:
        features: What they were made from.
        users: int64 (u,), numbers of the people.
        at: int64 (e,), ascending; a pair is encoded as ``position in users * P + other person``.
        values: float32 (e, len(PAIRS)).
    """

    features: LinkFeatures
    users: Int64
    at: Int64
    values: Float32

    def column(self, name: str) -> Floats:
        """One feature of all pairs, float64 (u, P); 0 where nothing is known."""
        result = np.zeros((len(self.users), len(self.features)))
        result.ravel()[self.at] = self.values[:, PAIRS.index(name)]
        return result

    def rows(self) -> list[slice]:
        """The entries of each person, u slices."""
        bounds = np.searchsorted(self.at, np.arange(len(self.users) + 1) * len(self.features)).tolist()
        return [slice(a, b) for a, b in pairwise(bounds)]


def _block(features: LinkFeatures, users: Int64, found: list[sp.csr_array]) -> Block:
    """Put sparse rows (u, P), in the order of ``PAIRS``, side by side; the last four are counts, taken by logarithm."""
    people = len(features)
    places = []
    for rows in found:
        rows.sort_indices()
        places.append(np.repeat(np.arange(len(users)) * people, np.diff(rows.indptr)) + rows.indices)
    known = np.zeros(len(users) * people, np.bool_)
    for place in places:
        known[place] = True
    at = np.flatnonzero(known)
    position = np.cumsum(known) - 1
    values = np.zeros((len(at), len(PAIRS)), np.float32)
    for column, (rows, place) in enumerate(zip(found, places, strict=True)):
        values[position[place], column] = np.log1p(rows.data) if column >= _FIRST_COUNT else rows.data
    return Block(features, users, at, values)


def _recent(graph: HeteroGraph, relation: EdgeKey) -> sp.csr_array:
    """Ties of the recent period, (P, P)."""
    import scipy.sparse as sp

    ties, people = first_ties(graph, relation), graph.count(PERSON)
    start = recent_since(ties, graph.now or 0, least=max(DAY, time_step(ties.time[ties.time != UNDATED])))
    ties = ties.take(np.zeros(len(ties), np.bool_) if start is None else ties.time >= start)
    return sp.coo_array((np.ones(len(ties)), (ties.src, ties.dst)), shape=(people, people)).tocsr()


def _ones(matrix: sp.csr_array) -> sp.csr_array:
    """The matrix with 1 in place of every entry."""
    result = matrix.tocsr()
    result.data = np.ones_like(result.data)
    return result


def _sums(matrix: sp.csr_array, axis: int) -> Floats:
    return np.asarray(matrix.sum(axis=axis), np.float64).ravel()
