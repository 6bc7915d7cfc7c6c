"""What the network reads: a layout that is the same at every cut, and the tensors of one graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from gnn.sparse import Sparse
from graph.hetero import HeteroGraph
from graph.recommend.closed_form import closed_form
from graph.recommend.encoding import log_popularity
from graph.recommend.features import AGES, Features, Vocabulary, interest_weights, interests_by_age, tie_weights
from graph.recommend.pair_features import PairSchema, item_features, pair_features
from graph.recommend.target import SOURCE, Target
from graph.recommend.voters.gnn import linear_features
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp


@dataclass(frozen=True, eq=False)
class Layout:
    """What is the same at every cut: T things, m items, R relations.

    Attributes:
        target: What is recommended.
        vocabulary: Numbers of the things.
        keys: Edge types from people to things, in order.
        prior: Interest weight of each of them.
        pairs: The pair features.
    """

    target: Target
    vocabulary: Vocabulary
    keys: tuple[EdgeKey, ...]
    prior: dict[EdgeKey, float]
    pairs: PairSchema

    @staticmethod
    def of(graph: HeteroGraph, target: Target) -> Layout:
        """The layout of the whole training graph."""
        prior = interest_weights(graph, target)
        return Layout(target, Vocabulary.of(graph), tuple(sorted(prior)), prior, PairSchema.of(graph, target))

    @property
    def span(self) -> tuple[int, int]:
        """First number of the items among the things, and the number after the last."""
        return self.vocabulary.span(self.target.node_type)


@dataclass(frozen=True, eq=False)
class PairList:
    """Pair features of the people asked about, person by person; e entries.

    Attributes:
        offsets: int64 (u + 1,), where each person's entries start.
        item, feature: int64 (e,).
        value: float32 (e,).
    """

    offsets: Tensor
    item: Tensor
    feature: Tensor
    value: Tensor

    def of(self, places: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Row (position in ``places``), item, feature and value of the entries of these people."""
        low, high = self.offsets[places], self.offsets[places + 1]
        counts = high - low
        row = torch.repeat_interleave(torch.arange(len(places), device=low.device), counts)
        at = torch.arange(len(row), device=low.device) - (counts.cumsum(0) - counts)[row] + low[row]
        return row, self.item[at], self.feature[at], self.value[at]


@dataclass(frozen=True, eq=False)
class Inputs:
    """The tensors of one graph; P people, K columns (relation, age, thing) that somebody has an event with.

    Attributes:
        own: (P, K), 1 + ln(number of events).
        thing: int64 (K,), thing of each column.
        kind: int64 (K,), relation * AGES + age of each column.
        ties: One (P, P) for each tie and kind of friend, in the order of ``PairSchema.sources``.
        degree: float32 (T, 1), square root of the weighted number of events with each thing.
        popular: float32 (m, 1), logarithm of that number for items.
        seen: float32 (T, 1), 1 for things that somebody had to do with.
        items: float32 (m, ``PairSchema.item_width``).
        start: From the closed form, float32 (T, d), frozen.
        users: int64 (u,), the people asked about, ascending.
        pairs: Their pair features; the last feature is the linear half of the filter.
        excluded: Row and item (x,) each, of what these people cannot be offered.
        linear: (T, m), the linear half of the filter.
    """

    own: Sparse
    thing: Tensor
    kind: Tensor
    ties: tuple[Sparse, ...]
    degree: Tensor
    popular: Tensor
    seen: Tensor
    items: Tensor
    start: Tensor
    users: Int64
    pairs: PairList
    excluded: tuple[Tensor, Tensor]
    linear: sp.csr_array


def make_inputs(
    graph: HeteroGraph,
    layout: Layout,
    users: Int64,
    *,
    width: int,
    reference: Tensor | None,
    device: torch.device,
) -> Inputs:
    """The tensors of a graph.

    Args:
        graph: What is known.
        layout: Of the whole training graph.
        users: int64 (u,), ascending, the people who will be asked about.
        width: Length of the vectors.
        reference: Start of another cut, towards which this one is turned.
        device: Where the tensors live.
    """
    features, things = Features(graph, layout.target), len(layout.vocabulary)
    people = np.arange(graph.count(SOURCE))
    events = interests_by_age(features, people, layout.keys, layout.pairs.horizon, vocabulary=layout.vocabulary)
    columns, where = np.unique(events.indices, return_inverse=True)
    narrow = type(events)((events.data, where, events.indptr), shape=(len(people), len(columns)))
    prior = np.array([layout.prior[key] for key in layout.keys])
    amount = np.bincount(where, events.data, minlength=len(columns)) * prior[columns // (things * AGES)]
    total = np.bincount(columns % things, amount, minlength=things).astype(np.float64)
    start, stop = layout.span
    turn = None if reference is None else reference.cpu().numpy()
    found = closed_form(graph, layout.target, layout.vocabulary, layout.prior, width, turn)
    owned, things_owned = features.excluded_items(users)
    return Inputs(
        Sparse.of(narrow, device),
        torch.from_numpy((columns % things).astype(np.int64)).to(device),
        torch.from_numpy((columns // things).astype(np.int64)).to(device),
        tuple(Sparse.of(part, device) for part in _ties(features, layout.pairs)),
        _column(np.sqrt(np.maximum(total, 1.0)), device),
        _column(log_popularity(total[start:stop]), device),
        _column(total > 0, device),
        torch.from_numpy(item_features(features, layout.pairs)).to(device),
        torch.from_numpy(found.start).to(device),
        users,
        _pair_list(features, layout, users, found.linear, device),
        (torch.from_numpy(owned).to(device), torch.from_numpy(things_owned).to(device)),
        found.linear,
    )


def _column(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))[:, None].to(device)


def _ties(features: Features, pairs: PairSchema) -> list[sp.csr_array]:
    """Weights of ties of all people by tie and kind of friend: others, then KOLs."""
    import scipy.sparse as sp

    kol, people = features.graph.role("KOL"), np.arange(features.graph.count(SOURCE))
    result = []
    for key in pairs.ties:
        weights = tie_weights(features, people, key)
        for kind in (~kol, kol):
            kept = (weights @ sp.diags_array(kind.astype(np.float64))).tocsr()
            kept.eliminate_zeros()
            result.append(kept)
    return result


def _pair_list(
    features: Features, layout: Layout, users: Int64, linear: sp.csr_array, device: torch.device
) -> PairList:
    entries = pair_features(features, users, layout.pairs)
    near = linear_features(features, users, linear, layout.prior, vocabulary=layout.vocabulary)
    row = np.concatenate([entries.row, np.repeat(np.arange(len(users)), np.diff(near.indptr))])
    item = np.concatenate([entries.item, near.indices])
    feature = np.concatenate([entries.feature, np.full(near.nnz, layout.pairs.width)])
    value = np.concatenate([entries.value, near.data.astype(np.float32)])
    order = np.argsort(row, kind="stable")
    offsets = np.searchsorted(row[order], np.arange(len(users) + 1))
    items, kinds = (torch.from_numpy(part[order].astype(np.int64)).to(device) for part in (item, feature))
    return PairList(torch.from_numpy(offsets).to(device), items, kinds, torch.from_numpy(value[order]).to(device))
