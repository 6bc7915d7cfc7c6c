"""GNN: ranks by what a graph neural network (package ``gnn``) has learned, without needing torch.

No person is stored. A person's vector is computed when scoring, from the things that the person and the people they
have a tie with had to do with, so that a new person is scored like any other. Training needs the extra ``gnn``, so that
the voter takes part only where a caller adds ``gnn.voter()``.

The score of an item is the sum of three heads: the inner product of the two vectors, the popularity of the item by
relation and age, and the pair features, which see what no vector can (see ``pair_features``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt

from graph.hetero import HeteroGraph
from graph.recommend.base import Array, Fitted, ModelState, Voter
from graph.recommend.encoding import LEAST_WEIGHT, Encoder, encode, gather, item_rows, rows_of, weighted
from graph.recommend.features import (
    AGES,
    Features,
    Floats,
    Vocabulary,
    friend_interests,
    interests,
    interests_by_age,
    product,
    tie_weights,
)
from graph.recommend.packed import Packed
from graph.recommend.pair_features import PairSchema, item_features, pair_features
from graph.recommend.parameters import csr_arrays, csr_of_arrays, largest_of_rows, weights_of_json, weights_to_json
from graph.recommend.row_scores import Dense, RowScores
from graph.recommend.target import Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

# Against one own event.
_FRIENDS = 0.5
# The youngest ages, whose events make the vector of the latest events.
_LATEST_AGES = 2
_WHOLE = "whole"
# Items that the linear half of the filter puts forward for a person.
_NEAR = 100


@dataclass(frozen=True, eq=False)
class Tables:
    """The arrays of a trained network; T things, m items, R relations, d dimensions.

    Attributes:
        own: float32 (R * AGES,), weight of an own event of each relation and age.
        friend: float32 (R * AGES,), weight of an event of a friend.
        tie: float32 (sources - 1,), weight of a friend by tie and kind of friend (``PairSchema.sources``).
        inward: float32 (T, d), vectors of things to sum into a person's vector, degree normalisation included.
        outward: float32 (d, m), vectors of items.
        bias: float32 (m,), added to an item's score for everybody.
        popularity: float32 (``PairSchema.item_width``,), weights of the popularity head.
        pair: float32 (``PairSchema.width`` + 1,), weights of the pair features, and of the linear half of the filter.
        layer: float32 (layers,), see ``encoding.Encoder``, by which tables of a newer graph are made.
        scale: float32 (2,), the same.
        reference: float32 (T, d), the same.
    """

    own: Array
    friend: Array
    tie: Array
    inward: Array
    outward: Array
    bias: Array
    popularity: Array
    pair: Array
    layer: Array
    scale: Array
    reference: Array


@dataclass(frozen=True, eq=False)
class FittedGnn(Fitted):
    """A trained network.

    Attributes:
        keys: Edge types from people to things, in the order of the weights.
        weights: Interest weights of the relations, for the linear half of the filter.
        pairs: The pair features.
        linear: float32 (T, m), the linear half of the filter.
        tables: Everything that was learned.
    """

    kind: ClassVar[str] = "gnn"
    reasons: ClassVar[frozenset[str]] = frozenset({"visited", "friend", "together"})
    keys: tuple[EdgeKey, ...]
    weights: dict[EdgeKey, float]
    pairs: PairSchema
    linear: sp.csr_array
    tables: Tables

    def scores(self, features: Features, users: Int64) -> Floats:
        """The sum of the three heads; an item that the network has not seen has no vector and no bias."""
        here, place = self._known_items(features)
        alone = (item_features(features, self.pairs) @ self.tables.popularity).astype(np.float64)
        alone[here] += self.tables.bias[place]
        result = self._products(features, users) + alone
        near = linear_features(features, users, self.linear, self.weights, vocabulary=self.vocabulary)
        near = features.align_columns(near, self.vocabulary)
        rows = np.repeat(np.arange(len(users)), np.diff(near.indptr))
        result[rows, near.indices] += near.data * self.tables.pair[-1]
        entries = pair_features(features, users, self.pairs)
        np.add.at(result, (entries.row, entries.item), entries.value * self.tables.pair[entries.feature])
        return result

    def further_scores(self, features: Features, users: Int64) -> dict[str, RowScores]:
        """The inner products alone, which is what the vectors say beyond popularity and pair features.

        First those of the whole vector of the person, then of its parts: own events, the latest of these, what people
        with a tie did, and what KOLs with a tie did.
        """
        vectors = self._vectors(features, users)
        parts = {name: self._items_of(features, vector) for name, vector in vectors.items() if name != _WHOLE}
        whole = self._products(features, users)
        return {"vectors": Dense(whole), **{f"vectors of {name}": Dense(part) for name, part in parts.items()}}

    def _products(self, features: Features, users: Int64) -> Floats:
        """Inner products of the vectors of people and items, float64 (u, n); 0 for items without a vector."""
        kept = features.latest.get(id(self))
        if kept is None or not np.array_equal(kept[0], users):
            vectors = self._person_vectors(features, users)
            kept = users, (vectors, self._items_of(features, vectors[_WHOLE]))
            features.latest[id(self)] = kept
        found: Floats = kept[1][1]
        return found

    def _vectors(self, features: Features, users: Int64) -> dict[str, Floats]:
        self._products(features, users)
        found: dict[str, Floats] = features.latest[id(self)][1][0]
        return found

    def _items_of(self, features: Features, vectors: Floats) -> Floats:
        """Inner products of these vectors (u, d) with all items, float64 (u, n)."""
        here, place = self._known_items(features)
        result = product(vectors, features.as_float64(self.tables.outward))
        if not (len(place) == result.shape[1] == len(here) and np.array_equal(place, np.arange(len(place)))):
            aligned = np.zeros((len(vectors), features.n_items))
            aligned[:, here] = result[:, place]
            result = aligned
        return result

    def _known_items(self, features: Features) -> tuple[npt.NDArray[np.bool_], Int64]:
        """Which items of the graph the network has seen, bool (n,), and their positions in its tables."""
        known = features.positions(self.vocabulary, self.target.node_type)
        return known >= 0, known[known >= 0] - self.vocabulary.span(self.target.node_type)[0]

    def people(self, features: Features, users: Int64) -> Floats:
        """Vectors of these people, float64 (u, d)."""
        return self._person_vectors(features, users)[_WHOLE]

    def _person_vectors(self, features: Features, users: Int64) -> dict[str, Floats]:
        """The vector of each person, float64 (u, d), and its parts, see ``further_scores``."""
        latest = self.tables.own.reshape(len(self.keys), AGES).copy()
        latest[:, _LATEST_AGES:] = 0.0
        own = self._gathered(features, users, self.tables.own)
        parts = {_WHOLE: own, "own events": own, "latest events": self._gathered(features, users, latest.ravel())}
        friends = {key: tie_weights(features, users, key) for key in self.pairs.ties}
        listened = np.unique(np.concatenate([np.zeros(0, np.int64), *(w.indices for w in friends.values())]))
        if not friends:
            return parts
        theirs = self._gathered(features, listened.astype(np.int64), self.tables.friend)
        kol = features.graph.role("KOL")[listened]
        summed, size = np.zeros((2, *own.shape)), np.zeros((2, len(users)))
        for tie, weights in enumerate(friends.values()):
            narrow = weights[:, listened].tocsr()
            for kind in range(2):
                some = narrow.copy()
                some.data = narrow.data * np.where(kol == kind, self.tables.tie[2 * tie + kind], 0.0)[narrow.indices]
                summed[kind] += some @ theirs
                size[kind] += np.asarray(some.sum(axis=1)).ravel()

        def scaled(vectors: Floats, amount: Floats) -> Floats:
            return vectors / np.sqrt(np.maximum(amount, LEAST_WEIGHT))[:, None]

        parts[_WHOLE] = own + scaled(summed.sum(axis=0), size.sum(axis=0))
        return parts | {"friends": scaled(summed[0], size[0]), "KOLs": scaled(summed[1], size[1])}

    def losses(self, features: Features, users: Int64, things: Int64, items: Int64) -> Floats:
        """See ``Fitted.losses``: by the inner product with the sum of the vectors of the person's own things."""
        here = Vocabulary.of(features.graph)
        places = [self.vocabulary.places(node_type, texts) for node_type, texts in here.ids.items()]
        thing, item = np.concatenate(places)[things], self._known_items(features)
        asked, row = np.unique(users, return_inverse=True)
        events = interests_by_age(features, asked, self.keys, self.pairs.horizon, vocabulary=self.vocabulary)
        signal = weighted(events, self.tables.own, len(self.vocabulary))
        signal.sum_duplicates()
        size, own = np.asarray(signal.sum(axis=1)).ravel()[row], gather(signal, np.asarray(self.tables.inward))
        at, found = Packed(
            np.repeat(np.arange(len(asked)), np.diff(signal.indptr)) * len(self.vocabulary) + signal.indices,
            len(self.vocabulary),
        ).find(row, thing)
        found &= (thing >= 0) & item[0][items]
        result = np.zeros(len(users))
        row, thing, size, weight = row[found], thing[found], size[found], signal.data[at[found]]
        column = np.cumsum(item[0])[items[found]] - 1
        outward = np.asarray(self.tables.outward, np.float64)[:, item[1][column]].T
        before, after = (np.sqrt(np.maximum(part, LEAST_WEIGHT)) for part in (size, size - weight))
        whole = np.einsum("ij,ij->i", own[row], outward)
        part = np.einsum("ij,ij->i", np.asarray(self.tables.inward, np.float64)[thing], outward)
        result[found] = whole - (whole * before - weight * part) / after
        return result

    def _gathered(self, features: Features, users: Int64, weights: Array) -> Floats:
        """Weighted sums of the vectors of the people's things, by the square root of the sum of weights."""
        events = interests_by_age(features, users, self.keys, self.pairs.horizon, vocabulary=self.vocabulary)
        return gather(weighted(events, weights, len(self.vocabulary)), np.asarray(self.tables.inward))

    def refreshed(self, graph: HeteroGraph) -> FittedGnn:
        """The same network with the tables of things of a newer graph; all weights stay as they were learned."""
        vocabulary = Vocabulary.of(graph)
        old, known = self.tables, item_rows(self.target, self.vocabulary, vocabulary)
        reference = rows_of(old.reference, self.vocabulary, vocabulary)
        encoder = Encoder(self.keys, self.weights, self.pairs.horizon, old.own, old.layer, old.scale, reference)
        found = encode(encoder, graph, self.target, vocabulary)
        start, stop = vocabulary.span(self.target.node_type)
        bias = np.where((known >= 0) & found.seen[start:stop], old.bias[known], np.float32(0.0))
        tables = replace(old, inward=found.inward, outward=found.outward, bias=bias, reference=reference)
        return replace(self, vocabulary=vocabulary, linear=found.linear, tables=tables)

    def state(self) -> ModelState:
        """The parameters as data."""
        facts = {
            "weights": weights_to_json(self.weights),
            "keys": [list(key) for key in self.keys],
            "pairs": self.pairs.to_json(),
        }
        arrays = {field.name: getattr(self.tables, field.name) for field in fields(Tables)}
        return ModelState(facts, {**csr_arrays("linear", self.linear), **arrays})

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedGnn:
        """The model that ``state()`` described."""
        start, stop = vocabulary.span(target.node_type)
        return cls(
            target,
            vocabulary,
            tuple(EdgeKey(*key) for key in state.facts["keys"]),
            weights_of_json(state.facts["weights"]),
            PairSchema.of_json(state.facts["pairs"]),
            csr_of_arrays("linear", state, (len(vocabulary), stop - start)),
            Tables(**{field.name: state.arrays[field.name] for field in fields(Tables)}),
        )


def linear_features(
    features: Features, users: Int64, linear: sp.csr_array, weights: Mapping[EdgeKey, float], *, vocabulary: Vocabulary
) -> sp.csr_array:
    """The linear half of the filter as a pair feature: float64 (u, m), the ``_NEAR`` largest entries of each row.

    Entries are divided by the root of their mean square over all items and passed through asinh, like the scores of
    voters in a fusion.

    Args:
        features: The graph.
        users: int64 (u,), numbers of people.
        linear: (T, m), see ``voters.filter``.
        weights: Interest weights of relations.
        vocabulary: Numbers of the things.
    """
    own = interests(features, users, weights, vocabulary=vocabulary)
    own = own + _FRIENDS * friend_interests(features, users, weights, vocabulary=vocabulary)
    near = (own.tocsr() @ linear).tocsr().astype(np.float64)
    near = largest_of_rows(near, _NEAR, tie_order=np.arange(near.shape[1]))
    near.sort_indices()
    size = np.sqrt(np.asarray(near.power(2).sum(axis=1)).ravel() / max(near.shape[1], 1))
    near.data = np.arcsinh(near.data / np.repeat(np.maximum(size, 1e-6), np.diff(near.indptr)))
    return near


VOTER = Voter(FittedGnn)
