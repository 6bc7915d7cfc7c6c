"""The encoder: light graph convolution over all relations, with a learned weight for each, and no table of people.

Things (every node that is no person) have a learned vector. One convolution carries the vectors to people and back, as
in LightGCN (He et al., SIGIR 2020); a person's vector is the weighted sum of the vectors of the things that the person
and their friends have events with. All of it is linear in the vectors, so that a trained encoder is two tables and a
few weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from gnn.operators import Operator, propagate
from graph.recommend.features import Features, Vocabulary, friend_weights, interests
from graph.schema import EdgeKey


@dataclass(frozen=True, eq=False)
class Relations:
    """All relations of a graph side by side: columns are (relation, thing) pairs, C of them.

    Attributes:
        keys: Edge types from people to things, R of them.
        own: (people, C), 1 + ln(number of events).
        person: int64 (e,), person of each entry of ``own``.
        thing: int64 (e,), thing of each entry.
        positive: bool (e,), whether the entry belongs to a positive relation of the target.
        gather: (T, C), ones, sums the columns of each thing.
        relation: float32 (C, R), ones, the relation of each column.
        friends: (people, people), ``friend_weights`` as shares; rows sum to 1 or 0.
        degree: float32 (T, 1), square roots of the things' total weights.
    """

    keys: tuple[EdgeKey, ...]
    own: Operator
    person: Tensor
    thing: Tensor
    positive: Tensor
    gather: Operator
    relation: Tensor
    friends: Operator
    degree: Tensor

    @staticmethod
    def of(features: Features, vocabulary: Vocabulary, keys: tuple[EdgeKey, ...]) -> Relations:
        """The relations of ``features.graph``."""
        import scipy.sparse as sp

        people = np.arange(features.graph.count("Person"))
        parts, things, places = [], [], []
        for place, key in enumerate(keys):
            start, stop = vocabulary.span(key.target)
            parts.append(interests(features, people, {key: 1.0}, vocabulary=vocabulary)[:, start:stop])
            things.append(np.arange(start, stop))
            places.append(np.full(stop - start, place))
        own = sp.hstack(parts, format="csr")
        own.sort_indices()
        thing, place_of = np.concatenate(things), np.concatenate(places)
        target = features.target
        positive = np.array([k.target == target.node_type and k.relation in target.positives for k in keys])
        friendship = friend_weights(features, people)
        sums = np.maximum(np.asarray(friendship.sum(axis=1)).ravel(), 1e-12)
        friendship = (sp.diags_array(1.0 / sums) @ friendship).tocsr()
        total = np.bincount(thing[own.indices], own.data, minlength=len(vocabulary))
        return Relations(
            keys,
            Operator.of(own.indptr, own.indices, own.data, shape=own.shape),
            torch.from_numpy(np.repeat(people, np.diff(own.indptr)).astype(np.int64)),
            torch.from_numpy(thing[own.indices].astype(np.int64)),
            torch.from_numpy(positive[place_of[own.indices]]),
            _gather(thing, len(vocabulary)),
            torch.from_numpy(np.eye(len(keys), dtype=np.float32)[place_of]),
            Operator.of(friendship.indptr, friendship.indices, friendship.data, shape=friendship.shape),
            torch.from_numpy(np.sqrt(np.maximum(total, 1.0)).astype(np.float32)[:, None]),
        )


def _gather(thing: npt.NDArray[np.int64], count: int) -> Operator:
    order = np.argsort(thing, kind="stable")
    offsets = np.searchsorted(thing[order], np.arange(count + 1))
    return Operator.of(offsets, order, np.ones(len(order)), shape=(count, len(order)))


@dataclass(frozen=True, eq=False)
class Parameters:
    """The learned parameters.

    Attributes:
        vectors: float32 (T, d), of things.
        bias: float32 (m,), added to an item's score for everybody.
        relation: float32 (R,), logits of the relations' shares.
        friends: float32 (1,), logit of the friends' weight.
    """

    vectors: Tensor
    bias: Tensor
    relation: Tensor
    friends: Tensor

    def each(self) -> tuple[Tensor, ...]:
        """All of them, in order."""
        return self.vectors, self.bias, self.relation, self.friends


def relation_weights(parameters: Parameters) -> Tensor:
    """Weights of the relations, float32 (R,), with mean 1."""
    return torch.softmax(parameters.relation, 0) * len(parameters.relation)


def friend_weight(parameters: Parameters) -> Tensor:
    """Weight of friends' mean interests against one own event, float32 (1,), in (0, 4)."""
    return 4.0 * torch.sigmoid(parameters.friends)


def to_people(relations: Relations, parameters: Parameters, table: Tensor, values: Tensor) -> Tensor:
    """Each person's weighted sum of own things, and in a last column the sum of the weights: (people, d + 1)."""
    columns = torch.cat([table, torch.ones_like(table[:, :1])], 1)
    spread = propagate(relations.gather, columns, transposed=True)
    weight = relations.relation @ relation_weights(parameters)
    return propagate(relations.own, spread * weight[:, None], values=values)


def convolve(relations: Relations, parameters: Parameters, values: Tensor, *, layers: int) -> Tensor:
    """Vectors of things plus their light graph convolutions to people and back, float32 (T, d).

    Args:
        relations: All relations.
        parameters: Current parameters.
        values: float32 (e,), weights of the message-passing edges of this step; 0 removes an edge.
        layers: Number of convolutions, each applied to the result of the one before.
    """
    weight = relations.relation @ relation_weights(parameters)
    layer = total = parameters.vectors
    for _ in range(layers):
        summed = to_people(relations, parameters, layer / relations.degree, values)
        people = summed[:, :-1] / summed[:, -1:].detach().clamp_min(1.0)
        back = propagate(relations.own, people, values=values, transposed=True)
        layer = propagate(relations.gather, back * weight[:, None]) / relations.degree
        total = total + layer
    return total


def fold_in(relations: Relations, parameters: Parameters, table: Tensor, values: Tensor) -> Tensor:
    """Vectors of people from a table of things, float32 (people, d); ``graph.recommend.voters.gnn`` serves the same."""
    own = to_people(relations, parameters, table / relations.degree, values)
    signal = own + friend_weight(parameters) * propagate(relations.friends, own)
    return signal[:, :-1] / signal[:, -1:].clamp_min(1e-9).sqrt()
