"""The report's part on segments: map of ties, and one card per segment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from graph.report.charts import lift_bars, segment_map, share_bar
from graph.report.findings import Lift, Member, SegmentCard, SegmentMap, Spend
from graph.report.formats import decimal, percent, yuan
from graph.report.markup import Column, Html, absent, element, join, table

_PER_KIND = 3
_EXPLORATORY = 0.5


def segment_part(cards: Sequence[SegmentCard], tie_map: SegmentMap | None, note: str | None) -> Html:
    """The note about all segments, the map with the list, and the cards."""
    if not cards:
        return absent(note or "No segments were detected.")
    said = element("p", note, class_="verdict") if note else None
    listing = element("div", _listing(cards), class_="panel")
    if tie_map is None or not tie_map.ids:
        over = join([listing, absent("The ties between segments were not counted.")])
    else:
        over = element("div", element("div", segment_map(tie_map), class_="panel"), listing, class_="two")
    return join([said, over, element("div", *(_card(card) for card in cards), class_="cards")])


def _listing(cards: Sequence[SegmentCard]) -> Html:
    columns = [Column("segment"), Column("people", number=True), Column("share", number=True)]
    columns.append(Column("confidence", number=True))
    rows = [
        [
            join([element("span", card.id, class_="tag"), element("bdi", card.name)], between=" "),
            decimal(card.size),
            percent(card.share),
            decimal(card.confidence, 2),
        ]
        for card in cards
    ]
    return table("Segments by size", columns, rows)


def _card(card: SegmentCard) -> Html:
    title = element("h3", element("bdi", card.name))
    size = element("p", f"{card.size:,} people · {percent(card.share)} of all{_confidence(card)}", class_="size")
    apart = (
        lift_bars(f"What sets {card.id} apart", _strongest(card.lifts))
        if card.lifts
        else element("p", "Nothing sets it apart clearly.")
    )
    return element(
        "article",
        element("header", element("span", card.id, class_="tag"), title),
        size,
        share_bar(card.share),
        element("h4", "What sets it apart"),
        apart,
        _members("Typical members", card.typical),
        _members("Influential members", card.influential),
        _spend(card.spend),
        element("p", card.note, class_="note") if card.note else None,
        element("p", element("b", "Use: "), card.suggestion, class_="use") if card.suggestion else None,
        class_="card",
    )


def _confidence(card: SegmentCard) -> str:
    if card.confidence is None:
        return ""
    doubt = " (exploratory)" if card.confidence < _EXPLORATORY else ""
    return f" · confidence {decimal(card.confidence, 2)}{doubt}"


def _strongest(lifts: Sequence[Lift]) -> list[Lift]:
    """The first few lifts of each kind; kinds in order of first appearance."""
    kinds = list(dict.fromkeys(lift.kind for lift in lifts))
    ordered = sorted(lifts, key=lambda lift: kinds.index(lift.kind))
    return [lift for _, group in groupby(ordered, key=lambda lift: lift.kind) for lift in list(group)[:_PER_KIND]]


def _members(title: str, members: Sequence[Member]) -> Html | None:
    if not members:
        return None
    shown = [
        join([element("bdi", m.name), element("small", m.id)], between=" ") if m.name else element("bdi", m.id)
        for m in members
    ]
    return join([element("h4", title), element("p", join(shown, between=" · "))])


def _spend(spend: Spend | None) -> Html | None:
    if spend is None:
        return None
    buyers = f"{spend.buyers:,} buyers, " if spend.buyers is not None else ""
    sentence = f"{buyers}{yuan(spend.total)} in all, {yuan(spend.per_person)} per person"
    return join([element("h4", "Spend"), element("p", sentence)])
