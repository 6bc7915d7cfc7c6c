"""One symmetric typed graph over people and everything they deal with, weighted so that no relation drowns another.

Events become pairs with an amount (``log1p`` of the count, older events counting less), amounts of people with things
become BM25 weights, and each group of relations is scaled to a fixed share of the total weight. Ties to somebody whom
most follow join nobody: they weigh less, and where all ties are such, so does their group.
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


# Interactions predict, ties steady: how much the ties should weigh differs between markets, so the detection tries
# several and these are only the shares of a single run. Ownership has few but strong edges, unscaled hardly seen.
SHARES: Mapping[str, float] = MappingProxyType({"interactions": 1.0, "ownership": 0.3, "social": 0.3})


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The distinct pairs of one edge type, seen from the person.

    Attributes:
        key: The edge type.
        group: ``interactions``, ``ownership`` or ``social``.
        other_type: Node type of the other end.
        person: int64 (p,), number of the person; pairs are in ascending order.
        other: int64 (p,), number of the other end.
        amount: float64 (p,), log1p of the count of events after decay, > 0.
        strength: Of one event beside the other relations of its group; a purchase says more than a look.
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
    """The weighted graph that communities are looked for in.

    Attributes:
        matrix: (N, N) float64, symmetric, empty diagonal, indices in order; the sum of all entries is 2.
        starts: Node type to the number of its first node; types in order of name.
        counts: Node type to how many nodes it has.
        shares: Group of relations to its share of all weight, summing to 1.
    """

    matrix: sp.csr_array
    starts: Mapping[str, int]
    counts: Mapping[str, int]
    shares: Mapping[str, float]

    @property
    def people(self) -> slice:
        """Where the people are among the nodes."""
        start = self.starts[PERSON]
        return slice(start, start + self.counts[PERSON])


def aggregate(graph: HeteroGraph) -> tuple[Block, ...]:
    """The distinct pairs of every relation that has a person at an end, in order of edge type.

    Ages are counted from ``graph.now``. An event of a relation whose age does not matter counts 1 for every time that
    it happened, one without a time as much as the dated ones of its relation do on average. A pair of a node with
    itself is dropped, and so is what was given back or disliked. What a campaign did to people tells who was targeted,
    not who belongs together.
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
    """The symmetric graph of these blocks.

    Args:
        blocks: Output of ``aggregate``, or a part of it.
        counts: Node type to number of nodes, for all types.
        shares: Weight of each group; taken relative to the groups that are present.
    """
    import scipy.sparse as sp

    names = sorted(counts)
    tied = [b for b in blocks if b.group == "social"]
    if tied:
        told = sum(float(_weights(b, counts).sum()) for b in tied) / sum(
            float((b.amount * b.strength).sum()) for b in tied
        )
        shares = {**shares, "social": shares["social"] * told}
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


def shared(blocks: Sequence[Block], counts: Mapping[str, int], *, least: int = 2) -> tuple[Block, ...]:
    """The same blocks without things that fewer than ``least`` people deal with.

    A thing of one person joins nobody; many of them would make each person a community of their own.
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
    """BM25 weight of each (person, thing) pair: rare things count more, much of the same and long histories less.

    A person is the document and a thing the term: ``idf * a (k1 + 1) / (a + k1 (1 - b + b len / mean len))`` with
    ``idf = log(1 + (n - df + .5) / (df + .5))`` (Robertson and Zaragoza 2009). n and the mean count people with a pair.

    Args:
        person: int64 (p,).
        other: int64 (p,).
        amount: float64 (p,), > 0.
        shape: Number of people and of things.

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
    fresh = events.times
    if events.time is not None and np.isfinite(meaning.half_life) and graph.now is not None:
        fresh = fresh * decay_by_age(events.time, now=graph.now, half_life=DAY * meaning.half_life)
    if other_type == PERSON:
        keep = person != other
        person, other, fresh = person[keep], other[keep], fresh[keep]
    width = max(graph.count(other_type), 1)
    pairs, where = np.unique(person * width + other, return_inverse=True)
    amount = np.log1p(np.bincount(where, weights=fresh, minlength=len(pairs)))
    # An event so old that it weighs nothing still is a pair; a weight of exactly 0 would break the graph.
    amount = np.maximum(amount, 1e-6)
    group = "social" if other_type == PERSON else "ownership" if meaning.state else "interactions"
    return Block(key, group, other_type, pairs // width, pairs % width, amount, meaning.strength)


def _told(block: Block, people: int) -> Float64:
    """How far each tie is evidence of who belongs together, float64 (p,): see ``graph.commonness.evidence``.

    Of somebody whom more than half of those with such ties have one to, and of somebody who has one to more than half
    of all people, a tie says less than one bit.
    """
    followed = np.bincount(block.other, minlength=people)
    following = np.bincount(block.person, minlength=people)
    active = np.count_nonzero(following)
    return np.minimum(rarity_weight(followed[block.other], active), rarity_weight(following[block.person], people))


def _weights(block: Block, counts: Mapping[str, int]) -> Float64:
    if block.group == "social":
        return block.amount * block.strength * _told(block, counts[PERSON])
    shape = (counts[PERSON], counts[block.other_type])
    return bm25(block.person, block.other, block.amount, shape=shape) * block.strength
