"""The symmetric weighted graph of people and items in which communities are searched.

Events become pairs with an amount (``log1p`` of the count, decayed by age). Amounts of person-item pairs become BM25
weights. Each group of relations is scaled to a fixed share of the total weight, so that a frequent relation does not
dominate the others. A tie to somebody whom most people follow distinguishes nobody, so it weighs less; where all ties
are such, their whole group weighs less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.commonness import rarity_weight
from graph.event_times import DAY, decay_by_age
from graph.hetero import HeteroGraph
from graph.schema import PERSON, EdgeKey
from graph.schema.roles import CAMPAIGN
from graph.text import Int64

if TYPE_CHECKING:
    import scipy.sparse as sp

K1, B = 1.2, 0.75

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]


# Share of total weight per group. The best share of ties differs between markets, so ``detect`` tries several values.
# Ownership has few edges, so without a share of its own it would have hardly any effect.
SHARES: Mapping[str, float] = MappingProxyType({"interactions": 1.0, "ownership": 0.3, "social": 0.3})


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The distinct pairs of one edge type, with the person first.

    Attributes:
        key: The edge type.
        group: ``interactions``, ``ownership`` or ``social``.
        other_type: Node type of the other end.
        person: int64 (p,), node number of the person; pairs are in ascending order of (person, other).
        other: int64 (p,), node number of the other end.
        amount: float64 (p,), log1p of the count of events after decay by age, > 0.
        strength: Weight of one event relative to the other relations of its group: a purchase outweighs a view.
    """

    key: EdgeKey
    group: str
    other_type: str
    person: Int64
    other: Int64
    amount: Float64
    strength: float

    def __len__(self) -> int:
        return len(self.person)

    def take(self, where: Bool) -> Block:
        """The pairs where this mask is true."""
        return replace(self, person=self.person[where], other=self.other[where], amount=self.amount[where])


@dataclass(frozen=True, slots=True, eq=False)
class TypedAdjacency:
    """The weighted graph in which communities are searched.

    Attributes:
        matrix: (N, N) float64, symmetric, empty diagonal, indices in order; the sum of all entries is 2.
        starts: Node type to the row of its first node; types in order of name.
        counts: Node type to its number of nodes.
        shares: Group of relations to its share of the total weight; they sum to 1.
    """

    matrix: sp.csr_array
    starts: Mapping[str, int]
    counts: Mapping[str, int]
    shares: Mapping[str, float]

    @property
    def people(self) -> slice:
        """Rows (and columns) of the people."""
        start = self.starts[PERSON]
        return slice(start, start + self.counts[PERSON])


def aggregate(graph: HeteroGraph) -> tuple[Block, ...]:
    """The distinct pairs of every relation with a person at an end, in order of edge type.

    Ages are measured at ``graph.now``. A relation with an infinite half-life counts events without decay; an event
    without a time counts as the mean of the dated ones. Left out: pairs of a node with itself, events that were
    returned or disliked, and relations of campaigns, which tell who was targeted and not who belongs together.
    """
    blocks = []
    for key in graph.edge_sets:
        if PERSON not in (key.source, key.target) or graph.meaning(key).role in CAMPAIGN:
            continue
        block = _block(graph, key)
        if len(block):
            blocks.append(block)
    return tuple(blocks)


def assemble(
    blocks: Sequence[Block], counts: Mapping[str, int], *, shares: Mapping[str, float] = SHARES
) -> TypedAdjacency:
    """Assemble the symmetric graph of these blocks.

    Args:
        blocks: Output of ``aggregate``, or a part of it.
        counts: Node type to number of nodes, for all types.
        shares: Weight of each group, normalised over the groups that are present.
    """
    import scipy.sparse as sp

    names = sorted(counts)
    ties = [b for b in blocks if b.group == "social"]
    if ties:
        rarity = sum(float(_weights(b, counts).sum()) for b in ties) / sum(
            float((b.amount * b.strength).sum()) for b in ties
        )
        shares = {**shares, "social": shares["social"] * rarity}
    starts = dict(zip(names, np.cumsum([0, *(counts[n] for n in names)]).tolist(), strict=False))
    total = sum(counts.values())
    present = {b.group for b in blocks}
    scale = sum(shares[g] for g in present) or 1.0
    matrix = sp.csr_array((total, total), dtype=np.float64)
    for group in sorted(present):
        members = [b for b in blocks if b.group == group]
        rows = np.concatenate([b.person for b in members]) + starts[PERSON]
        columns = np.concatenate([b.other + starts[b.other_type] for b in members])
        weights = np.concatenate([_weights(b, counts) for b in members])
        weights *= shares[group] / (scale * weights.sum())
        half = sp.coo_array((weights, (rows, columns)), shape=(total, total)).tocsr()
        matrix = matrix + half + half.T
    matrix = sp.csr_array(matrix)
    matrix.sum_duplicates()
    return TypedAdjacency(
        matrix, MappingProxyType(starts), MappingProxyType({n: counts[n] for n in names}),
        MappingProxyType({g: shares[g] / scale for g in sorted(present)}),
    )  # fmt: skip


def drop_unshared(blocks: Sequence[Block], counts: Mapping[str, int], *, least: int = 2) -> tuple[Block, ...]:
    """The same blocks without items that fewer than ``least`` people have a pair with.

    An item of one person connects nobody, and many of them would make each person a community of their own.
    """
    people = counts[PERSON]
    kept = []
    for block in blocks:
        if block.other_type == PERSON:
            kept.append(block)
        else:
            same = [b for b in blocks if b.other_type == block.other_type]
            pairs = np.unique(np.concatenate([b.other * people + b.person for b in same]))
            spread = np.bincount(pairs // people, minlength=counts[block.other_type])
            kept.append(block.take(spread[block.other] >= least))
    return tuple(b for b in kept if len(b))


def bm25(
    person: Int64, other: Int64, amount: Float64, *, shape: tuple[int, int], k1: float = K1, b: float = B
) -> Float64:
    """BM25 weight of each (person, item) pair: rare items weigh more; repeats and long histories weigh less.

    A person is the document and an item the term: ``idf * a (k1 + 1) / (a + k1 (1 - b + b len / mean len))`` with
    ``idf = log(1 + (n - df + .5) / (df + .5))`` (Robertson and Zaragoza 2009). n and the mean
    length are over people with at least one pair.

    Args:
        person: int64 (p,).
        other: int64 (p,).
        amount: float64 (p,), > 0.
        shape: Number of people and of items.

    Returns:
        float64 (p,), > 0.
    """
    spread = np.bincount(other, minlength=shape[1])
    length = np.bincount(person, weights=amount, minlength=shape[0])
    active = np.count_nonzero(np.bincount(person, minlength=shape[0]))
    rarity = np.log1p((active - spread + 0.5) / (spread + 0.5))
    relative = length[person] * (active / amount.sum())
    weights: Float64 = rarity[other] * amount * (k1 + 1.0) / (amount + k1 * (1.0 - b + b * relative))
    return weights


def _block(graph: HeteroGraph, key: EdgeKey) -> Block:
    events, meaning = graph.events(key), graph.meaning(key)
    outward = key.source == PERSON
    person, other = (events.src, events.dst) if outward else (events.dst, events.src)
    other_type = key.target if outward else key.source
    decayed = events.times
    if events.time is not None and np.isfinite(meaning.half_life) and graph.now is not None:
        decayed = decayed * decay_by_age(events.time, now=graph.now, half_life=DAY * meaning.half_life)
    if other_type == PERSON:
        keep = person != other
        person, other, decayed = person[keep], other[keep], decayed[keep]
    width = max(graph.count(other_type), 1)
    pairs, where = np.unique(person * width + other, return_inverse=True)
    amount = np.log1p(np.bincount(where, weights=decayed, minlength=len(pairs)))
    # Keep pairs of very old events with a tiny weight: a weight of exactly 0 would drop the edge from the graph.
    amount = np.maximum(amount, 1e-6)
    group = "social" if other_type == PERSON else "ownership" if meaning.state else "interactions"
    return Block(key, group, other_type, pairs // width, pairs % width, amount, meaning.strength)


def _tie_rarity(block: Block, people: int) -> Float64:
    """Weight of each tie by how rare it is, float64 (p,) in (0, 1]: see ``graph.commonness.rarity_weight``.

    Below 1 where more than half of those with such ties have one to the target, or where the source has ties to more
    than half of all people.
    """
    followed = np.bincount(block.other, minlength=people)
    following = np.bincount(block.person, minlength=people)
    active = np.count_nonzero(following)
    return np.minimum(rarity_weight(followed[block.other], active), rarity_weight(following[block.person], people))


def _weights(block: Block, counts: Mapping[str, int]) -> Float64:
    if block.group == "social":
        return block.amount * block.strength * _tie_rarity(block, counts[PERSON])
    shape = (counts[PERSON], counts[block.other_type])
    return bm25(block.person, block.other, block.amount, shape=shape) * block.strength
