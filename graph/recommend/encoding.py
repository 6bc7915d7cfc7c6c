"""The encoder of the network in NumPy: tables of things from a graph and what was learned, without torch.

Training exports what this gives for the training graph. For a newer graph it gives tables in which new things have
vectors too: from closed form and from the people who had to do with them, as things of the training graph got theirs.
The result is a function of the learned weights and the graph alone, whatever graphs were folded in before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.base import Array
from graph.recommend.closed_form import closed_form
from graph.recommend.features import AGES, Features, Floats, Vocabulary, interests_by_age, summed_rows
from graph.recommend.pair_features import Float32
from graph.recommend.target import SOURCE, Target
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

# Sums of weights below this count as this much, so that a single old event does not make a full-length vector.
LEAST_WEIGHT = 0.25


@dataclass(frozen=True, eq=False)
class Encoder:
    """What was learned about how things and people get their vectors; T things of the vocabulary, d dimensions.

    Attributes:
        keys: Edge types from people to things, R of them, in the order of the weights.
        weights: Interest weights of the relations, by which degrees and the closed form are made.
        horizon: Unit of age, in seconds.
        own: float32 (R * AGES,), weight of an own event of each relation and age.
        layer: float32 (layers,), weight of each convolution of things through people and back.
        scale: float32 (2,), the power of popularity that items are scaled by, and a factor for all of them.
        reference: float32 (T, d), start vectors towards which those of a graph are turned; 0 for things without.
    """

    keys: tuple[EdgeKey, ...]
    weights: Mapping[EdgeKey, float]
    horizon: float
    own: Array
    layer: Array
    scale: Array
    reference: Array


@dataclass(frozen=True, eq=False)
class Encoded:
    """Tables of the things of one graph; T things, m items, d dimensions.

    Attributes:
        inward: float32 (T, d), vectors of things to sum into a person's vector.
        outward: float32 (d, m), vectors of items.
        linear: float32 (T, m), the linear half of the filter.
        seen: bool (T,), things that somebody had to do with.
    """

    inward: Float32
    outward: Float32
    linear: sp.csr_array
    seen: Array


def encode(encoder: Encoder, graph: HeteroGraph, target: Target, vocabulary: Vocabulary) -> Encoded:
    """The tables of a graph.

    Args:
        encoder: What was learned; its reference has the rows of ``vocabulary``.
        graph: The graph.
        target: What is recommended.
        vocabulary: Numbers of the things of the graph.
    """
    features, things = Features(graph, target), len(vocabulary)
    people = np.arange(graph.count(SOURCE))
    events = interests_by_age(features, people, encoder.keys, encoder.horizon, vocabulary=vocabulary)
    prior = np.array([encoder.weights[key] for key in encoder.keys])
    amount = events.data * prior[events.indices // (things * AGES)]
    total = np.bincount(events.indices % things, amount, minlength=things).astype(np.float64)
    seen, degree = total > 0, np.sqrt(np.maximum(total, 1.0))[:, None]
    width = encoder.reference.shape[1]
    found = closed_form(graph, target, vocabulary, encoder.weights, width, encoder.reference)
    vectors = found.start.astype(np.float64) * seen[:, None]
    signal = weighted(events, encoder.own, things)
    own = gather(signal, vectors / degree)
    for weight in encoder.layer.tolist():
        vectors = vectors + weight * (signal.T @ own) / degree
        own = gather(signal, vectors / degree)
    start, stop = vocabulary.span(target.node_type)
    exponent, factor = encoder.scale.astype(np.float64)
    items = vectors[start:stop] * (factor * np.exp(exponent * log_popularity(total[start:stop])))[:, None]
    return Encoded(
        (vectors / degree).astype(np.float32), np.ascontiguousarray(items.T.astype(np.float32)), found.linear, seen
    )


def log_popularity(degree: Floats) -> Floats:
    """Logarithm of the weighted number of events of each item; rare items count like one at the lower quartile."""
    fill = np.quantile(degree[degree > 0], 0.25) if (degree > 0).any() else 1.0
    return np.asarray(np.log(np.maximum(degree, fill)), np.float64)


def weighted(events: sp.csr_array, weights: Array, things: int) -> sp.csr_array:
    """Weighted events of people with things, float64 (u, T).

    Args:
        events: (u, relations * AGES * T), from ``interests_by_age``.
        weights: (relations * AGES,).
        things: T.
    """
    import scipy.sparse as sp

    data = events.data * weights[events.indices // things].astype(np.float64)
    return sp.csr_array((data, events.indices % things, events.indptr), shape=(events.shape[0], things))


def gather(signal: sp.csr_array, inward: Floats) -> Floats:
    """Sums of the vectors of things, by the square root of the sum of weights: float64 (u, d).

    Args:
        signal: (u, T), from ``weighted``.
        inward: (T, d).
    """
    size = np.asarray(signal.sum(axis=1)).ravel()
    result: Floats = summed_rows(signal, inward) / np.sqrt(np.maximum(size, LEAST_WEIGHT))[:, None]
    return result


def rows_of(table: Array, old: Vocabulary, new: Vocabulary) -> Array:
    """The rows (T_old, ...) of a table of things in the order of another vocabulary; 0 for things without a row."""
    result = np.zeros((len(new), *table.shape[1:]), table.dtype)
    for node_type, texts in new.ids.items():
        place = old.places(node_type, texts)
        start = new.span(node_type)[0]
        known = np.flatnonzero(place >= 0)
        result[start + known] = table[place[known]]
    return result


def item_rows(target: Target, old: Vocabulary, new: Vocabulary) -> Int64:
    """Position in the old tables of items of every item of the new vocabulary, int64 (m,); -1 for new ones."""
    place = old.places(target.node_type, new.ids[target.node_type])
    return np.where(place >= 0, place - old.span(target.node_type)[0], -1)
