"""Pair features: what a person, their friends and the KOLs they follow did with an item, by relation and by age.

A model that gives each person and each item one vector cannot see whether this person looked at this very item
yesterday. These features say it: one number for each relation and each age, for the person's own events and for those
of the people the person has a tie with. They are sparse, so they are kept as one list of entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.hetero import HeteroGraph
from graph.recommend.features import AGES, Features, horizon, interest_weights, tie_weights
from graph.recommend.target import SOURCE, Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

Float32 = npt.NDArray[np.float32]
# Ties with KOLs and with others are told apart.
_KINDS_OF_FRIENDS = 2


@dataclass(frozen=True, slots=True)
class PairSchema:
    """Which pair features there are; the same for every graph that a model is asked about.

    Attributes:
        relations: Edge types from people to the target's items, R of them, in order.
        ties: Edge types between people, in order.
        horizon: Seconds that the bounds of ages are multiples of.
    """

    relations: tuple[EdgeKey, ...]
    ties: tuple[EdgeKey, ...]
    horizon: float

    @staticmethod
    def of(graph: HeteroGraph, target: Target) -> PairSchema:
        """The features that this graph can have; what a campaign did to somebody is none of them."""
        relations = tuple(k for k in sorted(interest_weights(graph, target)) if k.target == target.node_type)
        return PairSchema(relations, tuple(graph.keys(source=SOURCE, target=SOURCE)), horizon(graph, target))

    @property
    def sources(self) -> int:
        """Number of sources of events that are told apart: the person, and the friends by tie and kind (KOL or not)."""
        return 1 + _KINDS_OF_FRIENDS * len(self.ties)

    @property
    def width(self) -> int:
        """Number of features: relation by age by source, the source changing fastest."""
        return len(self.relations) * AGES * self.sources

    @property
    def item_width(self) -> int:
        """Number of features of an item alone, see ``item_features``."""
        return len(self.relations) * AGES + 1

    def to_json(self) -> dict[str, Any]:
        """The schema as JSON values."""
        return {
            "relations": [list(key) for key in self.relations],
            "ties": [list(key) for key in self.ties],
            "horizon": self.horizon,
        }

    @staticmethod
    def of_json(facts: Mapping[str, Any]) -> PairSchema:
        """The schema that ``to_json`` described."""
        relations, ties = (tuple(EdgeKey(*key) for key in facts[name]) for name in ("relations", "ties"))
        return PairSchema(relations, ties, float(facts["horizon"]))


@dataclass(frozen=True, slots=True)
class PairEntries:
    """Pair features that are not 0, in order of (person, item, feature); e of them.

    Attributes:
        row: int64 (e,), position of the person in the list of people asked about.
        item: int64 (e,), number of the item in the graph.
        feature: int64 (e,), in 0 .. ``PairSchema.width`` - 1.
        value: float32 (e,), ln(1 + how often), > 0.
    """

    row: Int64
    item: Int64
    feature: Int64
    value: Float32


def pair_features(features: Features, users: Int64, schema: PairSchema) -> PairEntries:
    """The pair features of these people with all items; a person's entries do not depend on the others.

    Args:
        features: The graph, prepared for the target.
        users: int64 (u,), numbers of people.
        schema: Which features; relations and ties that the graph lacks have no entries.
    """
    own = _events_by_age(features, users, schema)
    parts = [_entries(matrix, schema, place, 0, features.n_items) for place, matrix in enumerate(own)]
    for tie, key in enumerate(schema.ties):
        weights = tie_weights(features, users, key)
        friends = np.unique(weights.indices).astype(np.int64)
        if not len(friends):
            continue
        theirs = _events_by_age(features, friends, schema)
        kol = features.graph.role("KOL")[friends]
        narrow = weights[:, friends].tocsc()
        for kind, chosen in enumerate((~kol, kol)):
            if not chosen.any():
                continue
            share = narrow[:, np.flatnonzero(chosen)].tocsr()
            for place, matrix in enumerate(theirs):
                seen = (share @ matrix[np.flatnonzero(chosen)]).tocsr()
                source = 1 + _KINDS_OF_FRIENDS * tie + kind
                parts.append(_entries(seen, schema, place, source, features.n_items))
    row, item, feature, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((feature, item, row))
    return PairEntries(row[order], item[order], feature[order], value[order])


def _events_by_age(features: Features, users: Int64, schema: PairSchema) -> list[sp.csr_array]:
    """For each relation, how often each person did it with each item at each age: (u, AGES * n), liking counted in."""
    import scipy.sparse as sp

    result = []
    for key in schema.relations:
        rows = features.user_events(key, users)
        column = features.ages(key, schema.horizon)[rows.at] * features.n_items + rows.dst
        shape = (len(users), AGES * features.n_items)
        matrix = sp.coo_array((rows.times * rows.liking, (rows.which, column)), shape=shape).tocsr()
        matrix.sum_duplicates()
        result.append(matrix)
    return result


def _entries(
    matrix: sp.csr_array, schema: PairSchema, relation: int, source: int, items: int
) -> tuple[Int64, Int64, Int64, Float32]:
    """Entries of one relation and one source, from a matrix (u, AGES * n)."""
    row = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    age, item = np.divmod(matrix.indices.astype(np.int64), max(items, 1))
    feature = (relation * AGES + age) * schema.sources + source
    return row, item, feature, np.log1p(matrix.data).astype(np.float32)


def item_features(features: Features, schema: PairSchema) -> Float32:
    """What all people did with each item: float32 (n, ``schema.item_width``).

    One column ln(1 + how often) for each relation and age, and a last one that is 1 for an item that nobody has had
    to do with. Computed once for each ``features``.
    """
    found: Float32 = features.kept(schema, lambda: _item_features(features, schema))
    return found


def _item_features(features: Features, schema: PairSchema) -> Float32:
    n = features.n_items
    result = np.zeros((n, schema.item_width), np.float32)
    for place, key in enumerate(schema.relations):
        events = features.events(key)
        code = features.ages(key, schema.horizon) * n + events.dst
        counts = np.bincount(code, events.times * events.liking, minlength=AGES * n).reshape(AGES, n)
        result[:, place * AGES : (place + 1) * AGES] = np.log1p(counts.T)
    result[:, -1] = ~result.any(axis=1)
    return result
