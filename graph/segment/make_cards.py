"""Computes the cards of segments: distinguishing traits, typical and influential members, spending."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.events import revenue
from graph.hetero import HeteroGraph
from graph.money import SCALE
from graph.schema import PERSON
from graph.segment.adjacency import Block, Float64, aggregate
from graph.segment.card_values import Card, Cards, Member, Spend, Trait, segment_names
from graph.segment.lift import aspects, lifts
from graph.segment.segmentation import Segmentation
from graph.text import Int64

# In the choice of typical members, the share of a person with n pairs is multiplied by n / (n + _HALF_TRUST): a single
# edge inside the segment does not make somebody typical.
_HALF_TRUST = 5.0
# Currency of amounts in cards and reports.
_CURRENCY = "CNY"


def make_cards(graph: HeteroGraph, segmentation: Segmentation, *, traits: int = 5, members: int = 5) -> Cards:
    """The cards of all segments.

    Small segments show large lifts by chance, which two rules prevent. A trait needs a least number of members who have
    it, and lifts are shrunk towards 1 as if m average people were added to each segment. Here
    ``m = min(smallest allowed segment, 50)``, and the least number is ``max(3, 2 m // 5)``: 20 in large graphs.

    Args:
        graph: The graph that the segments were found in.
        segmentation: Its segments.
        traits: Maximum number of traits per aspect.
        members: Maximum length of the lists of typical and of influential members.
    """
    blocks = aggregate(graph)
    count, labels = len(segmentation), segmentation.labels
    least = min(int(segmentation.parameters["least"]), 50)
    support = max(3, 2 * least // 5)
    found: list[list[Trait]] = [[] for _ in range(count)]
    for aspect in aspects(graph, blocks):
        strongest = lifts(aspect, labels, count=count, support=support, mass=float(least), most=traits)
        for mine, more in zip(found, strongest, strict=True):
            mine.extend(more)
    typical = _typical(blocks, segmentation)
    audience_size = _audience_sizes(graph, blocks, labels)
    names = segment_names(segmentation.ids, found)
    paid = _amount_paid(graph, len(labels))
    sizes, assigned = segmentation.sizes, max(int(segmentation.sizes.sum()), 1)
    cards = []
    for number, segment in enumerate(segmentation.ids):
        inside = np.flatnonzero(labels == number)
        cards.append(
            Card(
                segment,
                names[number],
                int(sizes[number]),
                float(sizes[number] / assigned),
                float(segmentation.confidence[number]),
                float(segmentation.membership[inside, number].mean(dtype=np.float64)),
                tuple(found[number]),
                _best(segmentation, inside, typical, members),
                _best(segmentation, inside, audience_size, members),
                _spend(paid, inside),
            )
        )
    return Cards(tuple(cards))


def _best(segmentation: Segmentation, inside: Int64, score: Float64, most: int) -> tuple[Member, ...]:
    """Members with the highest score above 0; equal scores in order of id."""
    order = inside[np.argsort(-score[inside], kind="stable")][:most]
    order = order[score[order] > 0]
    names = segmentation.people.ids(order)
    return tuple(Member(p, float(s)) for p, s in zip(names, score[order].tolist(), strict=True))


def _typical(blocks: Sequence[Block], segmentation: Segmentation) -> Float64:
    """How typical each person is of their own segment, float64 (n,); 0 for people without one.

    The share of the person's edge weight that leads into the segment, times n / (n + _HALF_TRUST) for n pairs.
    """
    labels = segmentation.labels
    pairs = np.zeros(len(labels))
    for block in blocks:
        pairs += np.bincount(block.person, minlength=len(labels))
        if block.other_type == PERSON:
            pairs += np.bincount(block.other, minlength=len(labels))
    share = np.zeros(len(labels))
    placed = np.flatnonzero(labels >= 0)
    share[placed] = segmentation.membership[placed, labels[placed]]
    return share * pairs / (pairs + _HALF_TRUST)


def _audience_sizes(graph: HeteroGraph, blocks: Sequence[Block], labels: Int64) -> Float64:
    """How many people of the same segment follow or react to each person: float64 (n,).

    Referrals are left out: a person who referred somebody does not thereby follow them.
    """
    ties = [b for b in blocks if b.other_type == PERSON and graph.meaning(b.key).role != "refer"]
    keys = np.unique(np.concatenate([np.zeros(0, np.int64), *(b.person * len(labels) + b.other for b in ties)]))
    person, other = keys // len(labels), keys % len(labels)
    same = (labels[person] == labels[other]) & (labels[person] >= 0)
    return np.bincount(other[same], minlength=len(labels)).astype(np.float64)


def _amount_paid(graph: HeteroGraph, people: int) -> Float64 | None:
    """Yuan that each person paid minus refunds, float64 (n,); None where no relation of role acquire has amounts."""
    total = np.zeros(people)
    known = False
    for key in graph.keys(source=PERSON):
        edges, meaning = graph.edges(key), graph.meaning(key)
        if meaning.role == "acquire" and meaning.currency == _CURRENCY and edges.weight is not None:
            known = True
            total += np.bincount(edges.src, weights=revenue(edges, meaning), minlength=people)
    return total / 10**SCALE if known else None


def _spend(paid: Float64 | None, inside: Int64) -> Spend | None:
    """Spending of the members ``inside``; whoever was refunded all that they paid is no buyer."""
    if paid is None:
        return None
    amounts = paid[inside][paid[inside] > 0]
    median = float(np.median(amounts)) if len(amounts) else 0.0
    return Spend(len(amounts), float(np.rint(paid[inside] * 10**SCALE).sum() / 10**SCALE), median)
