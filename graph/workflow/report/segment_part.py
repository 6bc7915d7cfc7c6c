"""Segments as the report shows them: cards, and the ties between segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.report.findings import Lift, Member, SegmentCard, SegmentMap, Spend
from graph.schema import MARKET
from graph.workflow.items import name_of
from graph.workflow.segments import KIND, read_segments

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.segment.card_values import Card
    from graph.segment.segmentation import Segmentation
    from graph.workflow.report.latest import LatestResults
    from graph.workflow.segments import Segments

# The types that a user adds come after these.
_ASPECTS = ("tag", "category", "brand", "vehicle", "product", "kol", "city")
_LIFTS = 2


def shown_segments(results: LatestResults) -> Segments | None:
    """The latest segments, or None where there are none of this snapshot."""
    folder = results.folder(KIND)
    if folder is None:
        return None
    segments = read_segments(results.workspace, folder)
    return segments if results.accept(KIND, folder, segments.segmentation.fingerprint) else None


def segment_card(card: Card, graph: HeteroGraph) -> SegmentCard:
    """A card with the strongest lifts of each aspect, and with the names of people."""
    own = [name.lower() for name in graph.nodes if name not in MARKET.nodes]
    return SegmentCard(
        id=card.id,
        name=card.name,
        size=card.size,
        share=card.share,
        confidence=card.confidence,
        lifts=tuple(
            Lift(t.label, t.aspect, t.lift, t.people, t.of)
            for aspect in (*_ASPECTS, *own)
            for t in card.top(aspect)[:_LIFTS]
        ),
        typical=tuple(Member(m.person, name_of(graph, "Person", m.person)) for m in card.typical),
        influential=tuple(Member(m.person, name_of(graph, "Person", m.person)) for m in card.influential),
        spend=None if card.spend is None else Spend(card.spend.total, card.spend.total / card.size, card.spend.buyers),
        note="It recurs too seldom in resamples to act on unseen." if card.exploratory else None,
    )


def segment_map(segments: Segmentation, graph: HeteroGraph) -> SegmentMap | None:
    """How many ties and reactions go from each segment to each; None where there are none."""
    from graph.influence.learning.audience import tie_keys

    count = len(segments)
    flows = np.zeros((count, count), np.int64)
    labels = np.asarray(segments.labels)
    for key in tie_keys(graph):
        events = graph.events(key)
        one, two = labels[events.src], labels[events.dst]
        known = (one >= 0) & (two >= 0)
        np.add.at(flows, (one[known], two[known]), np.rint(events.times[known]).astype(np.int64))
    if not flows.any():
        return None
    return SegmentMap(segments.ids, tuple(segments.sizes.tolist()), tuple(tuple(row) for row in flows.tolist()))
