"""What segmentation, models and influence found, as the plain values that a report shows.

Shares are fractions in [0, 1], money is in yuan, and a number that is not known is None, never a stand-in.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lift:
    """Something that a segment has more of than everybody.

    Attributes:
        name: Of the tag, product, vehicle, brand or KOL.
        kind: ``tag``, ``product``, ``vehicle``, ``brand``, ``kol`` or another short word.
        lift: Share in the segment over share in the market, >= 0.
        count: People of the segment behind it.
        everyone: People of the market behind it; None when not known.
    """

    name: str
    kind: str
    lift: float
    count: int
    everyone: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A person shown as an example."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Spend:
    """What a segment's people paid, in yuan.

    Attributes:
        total: Of all.
        per_person: Mean over all people of the segment.
        buyers: People who paid at all.
    """

    total: float | None = None
    per_person: float | None = None
    buyers: int | None = None


@dataclass(frozen=True, slots=True)
class SegmentCard:
    """One segment.

    Attributes:
        id: Stable id: ``S1``.
        name: What it is known for.
        size: People.
        share: Of all people.
        confidence: How surely a re-run finds it again, 0..1; below one half it is shown as exploratory.
        lifts: What sets it apart, strongest first within each kind.
        typical: Members at its heart.
        influential: Members whom the others listen to.
        spend: Money.
        suggestion: One suggested use, a sentence.
        note: Anything to beware of, a sentence.
    """

    id: str
    name: str
    size: int
    share: float
    confidence: float | None = None
    lifts: tuple[Lift, ...] = ()
    typical: tuple[Member, ...] = ()
    influential: tuple[Member, ...] = ()
    spend: Spend | None = None
    suggestion: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentMap:
    """How segments are tied to each other.

    Attributes:
        ids: Segment ids, in the order of the cards.
        sizes: People of each.
        ties: One row per segment it comes from, one column per segment it goes to; the diagonal is ties within.
    """

    ids: tuple[str, ...]
    sizes: tuple[int, ...]
    ties: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model on one slice.

    Attributes:
        model: Name.
        slice: ``overall``, ``warm``, ``cold-user``, ``cold-item`` or another.
        value: The metric; None when it cannot be told.
        low: Lower end of its interval.
        high: Upper end.
        users: How many users are behind it.
        judged: False where there are too few users to judge by; the row is shown all the same.
    """

    model: str
    slice: str
    value: float | None
    low: float | None
    high: float | None
    users: int
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Weight:
    """Weight of one voter in a fusion."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class ModelTable:
    """How models compare on one target.

    Attributes:
        target: ``vehicle``, ``product``.
        metric: ``NDCG@10``.
        rows: Models by slices, in the order to show.
        chosen: The model that is used.
        weights: The voters of the chosen fusion.
        verdict: One sentence: what won, by how much, and whether a simple model did.
        level: Coverage of the intervals.
    """

    target: str
    metric: str
    rows: tuple[ModelRow, ...]
    chosen: str | None = None
    weights: tuple[Weight, ...] = ()
    verdict: str | None = None
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """One recommended item.

    Attributes:
        user: External id.
        item: External id.
        item_type: ``vehicle``, ``product``.
        rank: 1 for the best.
        score: Of the model, larger is better.
        reason: A sentence.
        user_name: Display name.
        item_name: Display name.
        segment: Id of the user's segment.
    """

    user: str
    item: str
    item_type: str
    rank: int
    score: float
    reason: str
    user_name: str | None = None
    item_name: str | None = None
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Points:
    """Points that one component adds to a score."""

    name: str
    points: float


@dataclass(frozen=True, slots=True)
class KolRow:
    """One KOL of the shortlist.

    Attributes:
        rank: 1 for the best score.
        id: External id.
        name: Display name.
        score: 0..100.
        parts: Points of each known component; they add up to the score.
        platform: Where the KOL publishes.
        tier: nano, micro, mid, macro or mega.
        followers: As the platform states them; shown, never scored.
        audience: People in the graph who follow or react.
        reach: Expected spread of this KOL alone.
        exclusive: The part of it that no better-ranked KOL brings.
        overlap: Share of it that `overlap_with` brings too.
        overlap_with: Name or id of that KOL.
        engagement: Reactions per person of the audience.
        authenticity: Share of the audience that is genuine.
        fit: Affinity of the audience for the product.
        cost: Price of one post in yuan.
        cost_per_reach: Yuan per expected person.
        flags: Short warnings: ``thin data``.
        reasons: Up to three short reasons.
    """

    rank: int
    id: str
    name: str | None
    score: float
    parts: tuple[Points, ...] = ()
    platform: str | None = None
    tier: str | None = None
    followers: int | None = None
    audience: int | None = None
    reach: float | None = None
    exclusive: float | None = None
    overlap: float | None = None
    overlap_with: str | None = None
    engagement: float | None = None
    authenticity: float | None = None
    fit: float | None = None
    cost: float | None = None
    cost_per_reach: float | None = None
    flags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shared audience of pairs of KOLs; not symmetric.

    Attributes:
        names: Of the KOLs.
        shares: Row by column, the share of the row's audience that the column has too; None when not known.
    """

    names: tuple[str, ...]
    shares: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class PlanSeed:
    """One seed, in order of choice.

    Attributes:
        rank: 1 for the first.
        id: External id.
        name: Display name.
        cost: In yuan.
        gain: What it adds to those before it.
        cumulative_cost: In yuan, with those before it.
        spread: What all seeds up to this one reach.
        platform: Where the seed publishes.
    """

    rank: int
    id: str
    name: str | None
    cost: float | None
    gain: float
    cumulative_cost: float | None
    spread: float
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Expected spread of the first seeds, with its 90% interval."""

    seeds: int
    cost: float | None
    spread: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way of choosing at the same cost, with its 90% interval."""

    method: str
    seeds: int
    cost: float | None
    spread: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign plan.

    Attributes:
        seeds: In order of choice.
        curve: One point per number of seeds.
        comparisons: Other ways of choosing at the same cost; the plan itself is added by the page.
        certificate: The plan reaches at least this share of what the best allowed set reaches.
        knee: Number of seeds at which the curve lies farthest above the straight line between its ends.
        unit: What spread counts.
        question: What was asked for: ``at most ¥500,000 for 曜驰 L7``.
        note: A sentence to beware of.
    """

    seeds: tuple[PlanSeed, ...]
    curve: tuple[CurvePoint, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    certificate: float | None = None
    knee: int | None = None
    unit: str = "people"
    question: str | None = None
    note: str | None = None
