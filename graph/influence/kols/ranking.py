"""Ranks KOLs by a weighted score: reach, fit, engagement, authenticity, relevance, value for money."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError, DataError, PrerequisiteError
from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, Diffusion, FloatArray, IntArray, people_mask, people_value, stream_keys
from graph.influence.kols.card_values import UNKNOWN, KolCard, KolRanking, tier_of
from graph.influence.learning.audience import Audience, StrengthConfig, gather_audience
from graph.influence.learning.fake_accounts import genuineness
from graph.influence.person_attributes import person_cost, person_number
from graph.influence.sampling.reverse_numpy import stratified_sets
from graph.influence.sampling.reverse_sets import ReverseSets
from graph.text import TextArray

# Weights of the components. A campaign buys reach among people whom the product suits, so reach and fit weigh most. The
# behaviour of the audience (engagement, authenticity) shows whether the reach is real, and weighs about half of that.
# Prices are negotiable and mentions are few, so value and relevance weigh least.
WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"reach": 0.35, "fit": 0.20, "engagement": 0.15, "authenticity": 0.15, "relevance": 0.05, "value_for_money": 0.10}
)
_SETS = 131_072
# Prior of the authenticity: ten average followers, since the share among a handful of followers is mostly chance.
_PRIOR_AUDIENCE = 10.0
# Rank share of an unknown component: the middle.
_MIDDLE = 0.5
_DEFAULTS = StrengthConfig()


def rank_kols(
    graph: HeteroGraph,
    diffusion: Diffusion,
    *,
    audience: Audience | None = None,
    fit: npt.ArrayLike | None = None,
    value: npt.ArrayLike | None = None,
    target: tuple[str, int] | None = None,
    excluded: npt.ArrayLike | None = None,
    config: StrengthConfig = _DEFAULTS,
    rng: int | np.random.Generator,
) -> KolRanking:
    """Rank everybody with the role KOL by a score that is the sum of its components' points.

    Each component becomes the share of KOLs with a lower value (equal ones count half), so that units do not matter and
    an outlier has no special effect. The score is 100 times the weighted mean of reach, fit, engagement, authenticity,
    relevance, and value for money (reach per cost; free KOLs with any reach are best). An unknown component counts 0.5,
    so that missing data is neither a bonus nor a penalty; the card has these points under ``unknown``. Engagement and
    authenticity are unknown where a platform's reactions were not exported, and reach too where its ties were not (see
    ``graph.influence.learning.export_coverage``). Fit and relevance are scored only where `fit` and `target` are given.
    Followers are shown and never scored. Equal scores are ordered by id.

    Args:
        graph: The market.
        diffusion: Diffusion model over the same people.
        audience: Result of ``gather_audience`` for this graph and config, to avoid computing it again.
        fit: Affinity of each person for the product (n,), NaN where unknown.
        value: Value of reaching each person (n,); 1 for everybody where absent.
        target: Node type and number of the item that mentions and promotions should be about.
        excluded: Who must not be contacted (mask or numbers): neither ranked nor reached.
        config: Weights of reactions, as for `learn_strengths`.
        rng: Seed or Generator; equal seeds give equal cards.

    Raises:
        PrerequisiteError: nobody has the role KOL, or all KOLs are excluded.
        ConfigError: the diffusion has another number of people.
        DataError: an array has the wrong shape.
    """
    if diffusion.n != graph.count("Person"):
        raise ConfigError(
            f"the diffusion has {diffusion.n} people, the graph {graph.count('Person')}",
            hint="learn the strengths from the same graph",
        )
    gone = people_mask(excluded, diffusion.n, what="excluded", default=False)
    everyone = graph.role("KOL")
    if not everyone.any():
        raise PrerequisiteError("nobody has the role KOL", hint="map a file of KOLs and load it: graphvine data load")
    kols = np.flatnonzero(everyone & ~gone)
    if not kols.size:
        raise PrerequisiteError(
            f"all KOLs are left out ({int(everyone.sum()):,})",
            hint="look at the list of people to leave out, and at the consents",
        )
    key = stream_keys(rng, 1)[0]
    gathered = gather_audience(graph, config=config) if audience is None else audience
    clean = diffusion.without(gone)
    worth = people_value(value, diffusion.n) * ~gone
    sets = stratified_sets(clean, value=worth, keep=kols, count=_SETS, key=key)
    scale = float(worth.sum()) / _SETS
    columns: dict[str, FloatArray] = {
        "reach": (np.bincount(sets.members, minlength=diffusion.n)[kols] * scale).astype(np.float64),
        "fit": _fit(clean, kols, fit),
        **_audience_columns(graph, gathered, kols, gone, config),
        "relevance": _relevance(graph, kols, target),
        "cost": person_cost(graph)[kols],
        "followers": person_number(graph, "followers")[kols],
    }
    columns["reach"][columns.pop("seen") == 0] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["cost_per_reach"] = np.where(columns["reach"] > 0, columns["cost"] / columns["reach"], np.nan)
        # A free KOL without reach has no value for money.
        columns["value_for_money"] = np.where(
            columns["reach"] > 0, columns["reach"] / columns["cost"], columns["reach"] * columns["cost"] * 0.0
        )
    asked = {"fit": fit is not None, "relevance": target is not None}
    points = _points(columns, [name for name in WEIGHTS if asked.get(name, True)])
    score = np.nansum(list(points.values()), axis=0)
    order = np.lexsort((kols, -score))
    columns.update({f"points_{name}": got for name, got in points.items()}, score=score)
    ranked = {name: column[order] for name, column in columns.items()}
    cards = _cards(graph, kols[order], ranked, _Shared.of(sets, kols[order], scale))
    return KolRanking(tuple(cards), WEIGHTS, _SETS, int(key))


def _fit(diffusion: Diffusion, kols: IntArray, fit: npt.ArrayLike | None) -> FloatArray:
    """Mean affinity over the outgoing arcs of each KOL, weighted by p; NaN where no affinity is known."""
    if fit is None:
        return np.full(kols.size, np.nan)
    affinity = np.asarray(fit, np.float64)
    if affinity.shape != (diffusion.n,):
        raise DataError(f"affinities of {affinity.shape} for {diffusion.n} people", hint="give one number per person")
    reached = affinity[diffusion.targets]
    known = np.where(np.isnan(reached), 0.0, diffusion.p)
    weight = np.bincount(diffusion.sources, weights=known, minlength=diffusion.n)
    total = np.bincount(diffusion.sources, weights=known * np.nan_to_num(reached), minlength=diffusion.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0, total / weight, np.nan)[kols]


def _audience_columns(
    graph: HeteroGraph, audience: Audience, kols: IntArray, gone: BoolArray, config: StrengthConfig
) -> dict[str, FloatArray]:
    """Per KOL: size of the audience, reactions per person, shrunk share of real accounts, whether known."""
    genuine = genuineness(graph, audience)
    counted = ~gone[audience.person]
    heads = audience.per_account(counted)[kols]
    real = audience.per_account(genuine[audience.person] * counted)[kols]
    known = audience.coverage.reactions[kols] & (heads > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        engagement = np.where(known, audience.per_account(audience.count * counted)[kols] / heads, np.nan)
        typical = real[known].sum() / heads[known].sum()
    shrunk = (real + _PRIOR_AUDIENCE * typical) / (heads + _PRIOR_AUDIENCE)
    return {
        "audience": heads,
        "engagement": engagement,
        "authenticity": np.where(known, shrunk, np.nan),
        "seen": (~audience.coverage.unseen[kols]).astype(np.float64),
    }


def _relevance(graph: HeteroGraph, kols: IntArray, target: tuple[str, int] | None) -> FloatArray:
    """Share of mentions and promotions about the target; NaN for KOLs without any."""
    if target is None:
        return np.full(kols.size, np.nan)
    every, about = np.zeros(graph.count("Person")), np.zeros(graph.count("Person"))
    for key in graph.keys(source="Person"):
        if graph.meaning(key).role == "publish":
            events = graph.events(key)
            every += np.bincount(events.src, events.times, minlength=every.size)
            if key.target == target[0]:
                here = events.dst == target[1]
                about += np.bincount(events.src[here], events.times[here], minlength=every.size)
    with np.errstate(invalid="ignore"):
        return (about / every)[kols]


def _points(columns: Mapping[str, FloatArray], asked: Sequence[str]) -> dict[str, FloatArray]:
    """Points of each component (NaN where unknown or not asked for), and under ``unknown`` those for unknown ones.

    The weights of the components asked for are scaled to sum to 100. ``unknown`` is NaN where all components are known.
    """
    total = sum(WEIGHTS[name] for name in asked)
    points = {name: np.full(columns["reach"].size, np.nan) for name in WEIGHTS}
    middle = np.zeros(columns["reach"].size)
    for name in asked:
        most = 100.0 * WEIGHTS[name] / total
        unknown = np.isnan(columns[name])
        points[name] = np.where(unknown, np.nan, most * _share_beaten(columns[name]))
        middle += unknown * most * _MIDDLE
    return {**points, UNKNOWN: np.where(middle > 0, middle, np.nan)}


def _share_beaten(column: FloatArray) -> FloatArray:
    """Share of the other known values below each value, equal ones counted half; 0.5 for a single value."""
    known = np.sort(column[~np.isnan(column)])
    if known.size < 2:
        return np.full(column.size, 0.5)
    below = np.searchsorted(known, column, side="left")
    level = np.searchsorted(known, column, side="right") - below
    return (below + (level - 1) / 2.0) / (known.size - 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Shared:
    """Per ranked KOL: exclusive reach, and the largest overlap with a better-ranked KOL and which one (-1 for none)."""

    exclusive: FloatArray
    overlap: FloatArray
    partner: IntArray

    @classmethod
    def of(cls, sets: ReverseSets, ranked: IntArray, scale: float) -> _Shared:
        place = np.zeros(int(ranked.max()) + 1, np.int64)
        place[ranked] = np.arange(ranked.size)
        kol, of_set = place[sets.members], np.repeat(np.arange(sets.count), np.diff(sets.pointers))
        by_kol = np.argsort(kol, kind="stable")
        starts = np.searchsorted(kol[by_kol], np.arange(ranked.size + 1))
        covered = np.zeros(sets.count, bool)
        exclusive, overlap = np.zeros(ranked.size), np.full(ranked.size, np.nan)
        partner = np.full(ranked.size, -1, np.int64)
        for j in range(ranked.size):
            held = of_set[by_kol[starts[j] : starts[j + 1]]]
            exclusive[j] = np.count_nonzero(~covered[held]) * scale
            shared = held[covered[held]]
            covered[held] = True
            if j and held.size:
                together = np.bincount(kol[_positions(sets, shared)], minlength=ranked.size)[:j]
                overlap[j] = together.max() / held.size
                partner[j] = int(np.argmax(together)) if overlap[j] > 0 else -1
        return cls(exclusive, overlap, partner)


def _positions(sets: ReverseSets, chosen: IntArray) -> IntArray:
    """Positions of the members of the chosen sets in ``sets.members``."""
    begin, size = sets.pointers[chosen], sets.pointers[chosen + 1] - sets.pointers[chosen]
    inside: IntArray = np.arange(int(size.sum())) + np.repeat(begin - (np.cumsum(size) - size), size)
    return inside


def _cards(
    graph: HeteroGraph, ranked: IntArray, columns: Mapping[str, FloatArray], shared: _Shared
) -> Iterator[KolCard]:
    """The cards; `ranked` and `columns` are in order of rank."""
    ids = graph.ids("Person").ids(ranked)
    names, platforms = _texts(graph, "name", ranked), _texts(graph, "platform", ranked)

    def known(name: str, j: int) -> float | None:
        number = float(columns[name][j])
        return None if np.isnan(number) else number

    for j, person in enumerate(ids):
        followers = known("followers", j)
        stated = None if followers is None else int(followers)
        parts = {name: known(f"points_{name}", j) for name in (*WEIGHTS, UNKNOWN)}
        partner = int(shared.partner[j])
        yield KolCard(
            rank=j + 1,
            id=person,
            name=names[j],
            platform=platforms[j],
            tier=tier_of(stated),
            followers=stated,
            audience=int(columns["audience"][j]),
            score=float(columns["score"][j]),
            reach=known("reach", j),
            exclusive=None if np.isnan(columns["reach"][j]) else float(shared.exclusive[j]),
            overlap=None if np.isnan(shared.overlap[j]) else float(shared.overlap[j]),
            overlap_with=ids[partner] if partner >= 0 else None,
            engagement=known("engagement", j),
            authenticity=known("authenticity", j),
            fit=known("fit", j),
            relevance=known("relevance", j),
            cost=known("cost", j),
            cost_per_reach=known("cost_per_reach", j),
            parts=MappingProxyType({name: part for name, part in parts.items() if part is not None}),
        )


def _texts(graph: HeteroGraph, name: str, numbers: IntArray) -> list[str | None]:
    column = graph.nodes["Person"].columns.get(name)
    if not isinstance(column, TextArray):
        return [None] * numbers.size
    return [text or None for text in column.pick(numbers)]
