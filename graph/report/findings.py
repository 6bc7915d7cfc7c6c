"""Parts of ReportContent for segments, models, recommendations, KOLs and plans, as plain values.

Shares are fractions in [0, 1], money is in yuan, and unknown numbers are None.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lift:
    """Something that is more frequent in a segment than in the market.

    Attributes:
        name: Name of the tag, product, vehicle, brand or KOL.
        kind: ``tag``, ``product``, ``vehicle``, ``brand``, ``kol`` or another short word.
        lift: Share in the segment divided by share in the market, >= 0.
        count: Number of people in the segment who have it.
        everyone: Number of people in the market who have it; None where unknown.
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
    """What the people of a segment paid, in yuan.

    Attributes:
        total: Sum over all people.
        per_person: Mean over all people of the segment.
        buyers: Number of people who paid anything.
    """

    total: float | None = None
    per_person: float | None = None
    buyers: int | None = None


@dataclass(frozen=True, slots=True)
class SegmentCard:
    """One segment.

    Attributes:
        id: Stable id: ``S1``.
        name: Name, made of its strongest traits.
        size: Number of people.
        share: Share of all people.
        confidence: How well it recurs in resamples, in [0, 1]; below 0.5 it is shown as exploratory.
        lifts: What distinguishes it, strongest first within each kind.
        typical: Typical members.
        influential: Members whom many other members follow.
        spend: What its people paid.
        suggestion: A suggested use, one sentence.
        note: A caveat, one sentence.
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
    """Numbers of ties between segments.

    Attributes:
        ids: Segment ids, in the order of the cards.
        sizes: Number of people of each.
        ties: Number of ties from the segment of the row to that of the column; the diagonal is ties within a segment.
    """

    ids: tuple[str, ...]
    sizes: tuple[int, ...]
    ties: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model on one slice of users.

    Attributes:
        model: Name.
        slice: ``overall``, ``warm``, ``cold-user``, ``cold-item`` or another.
        value: The metric; None where it is unknown.
        low: Lower end of its interval.
        high: Upper end.
        users: Number of users.
        judged: False where there are too few users for a judgement; the row is shown anyway.
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
    """Comparison of models on one target.

    Attributes:
        target: ``vehicle``, ``product``.
        metric: ``NDCG@10``.
        rows: Models by slices, in order.
        chosen: Name of the model that is used.
        weights: The voters of the chosen fusion.
        verdict: One sentence: the best model, its margin, and whether a simple model is as good.
        level: Coverage probability of the intervals.
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
        score: Score of the model; larger is better.
        reason: Why, one sentence.
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
    """The points of one component of a score."""

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
        followers: As the platform states them; shown, not scored.
        audience: Number of people in the graph who follow or react.
        reach: Expected spread of this KOL alone.
        exclusive: Part of the reach that no better-ranked KOL has.
        overlap: Share of the reach that `overlap_with` has too.
        overlap_with: Name or id of that KOL.
        engagement: Reactions per person of the audience.
        authenticity: Share of real accounts in the audience.
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
        names: Names of the KOLs.
        shares: Share of the row KOL's audience that the column KOL has too; None where unknown.
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
        gain: Spread that it adds to the seeds before it.
        cumulative_cost: Cost of the seeds up to this one, in yuan.
        spread: Spread of the seeds up to this one.
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
    """Expected spread of the first ``seeds`` seeds, with its 90 % interval."""

    seeds: int
    cost: float | None
    spread: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Spread of another way of choosing at the same cost, with its 90 % interval."""

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
        certificate: Lower bound of the plan's spread divided by the best possible spread.
        knee: Number of seeds where the curve is farthest above the straight line between its ends.
        unit: Unit of the spread.
        question: The request: ``at most ¥500,000 for 曜驰 L7``.
        note: A caveat, one sentence.
    """

    seeds: tuple[PlanSeed, ...]
    curve: tuple[CurvePoint, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    certificate: float | None = None
    knee: int | None = None
    unit: str = "people"
    question: str | None = None
    note: str | None = None
