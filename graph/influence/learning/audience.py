"""Audience: the ties and reactions between each account and each person it could influence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.errors import ConfigError
from graph.event_times import DAY, decay_by_age, time_step
from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.influence.learning.export_coverage import ExportCoverage
from graph.schema import PERSON, EdgeKey

_YEAR = 365.25 * 86_400.0
_DAY = 1.0 / 365.25


@dataclass(frozen=True, slots=True)
class StrengthConfig:
    """Settings for activation probabilities. The weight of each kind of reaction is in the schema (``Meaning.acts``).

    Attributes:
        transfer: Prior of the activation per reaction and year: p = 1 - exp(-transfer * rate). Adoptions in the data
            update it (see ``transfer.fit_transfer``).
        window: Days after an adoption within which a follower's adoption may be its consequence.
        follow: Total attention of a person, split evenly over the accounts they follow (weighted cascade). It replaces
            transfer times rate for KOLs, or for other accounts, where the reactions to none of them are known.
        stranger: Factor on the rate of people who react without following, where the graph has ties.
        least: Arcs with a smaller probability are dropped.
    """

    transfer: float = 0.1
    window: float = 30.0
    follow: float = 0.2
    stranger: float = 0.25
    least: float = 1e-5

    def __post_init__(self) -> None:
        if min(self.transfer, self.window, self.follow, self.least) <= 0 or self.stranger < 0:
            raise ConfigError(
                "a strength setting is out of range", hint="the stranger's factor is at least 0; the others are above"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Audience:
    """All pairs (account, person) with a tie or a reaction; sorted, without repeats and self loops.

    Attributes:
        n: Number of people.
        account: int64 (m,), the possible influencer.
        person: int64 (m,), the person who may be influenced.
        reactions: float64 (m,), reactions of the person to the account, weighted by kind and age, in units of an
            average new reaction.
        count: float64 (m,), number of reactions without weights.
        exposure: float64 (m,), years in which reactions were possible, discounted by age like the reactions.
        tied: bool (m,), the person follows the account.
        since: int64 (m,), UTC second of the first dated tie; ``UNDATED`` where none is known.
        coverage: Accounts whose ties and reactions were exported.
    """

    n: int
    account: IntArray
    person: IntArray
    reactions: FloatArray
    count: FloatArray
    exposure: FloatArray
    tied: BoolArray
    since: IntArray
    coverage: ExportCoverage

    @property
    def knows_reactions(self) -> bool:
        """Whether the reactions to any account are known."""
        return bool(self.coverage.reactions.any())

    @property
    def expects(self) -> BoolArray:
        """Pairs that are expected to react: those with a tie, or all where no ties are known; bool (m,)."""
        return self.tied | ~self.coverage.ties[self.account]

    @property
    def observed(self) -> BoolArray:
        """Expected pairs whose reactions are known, even where there were none; bool (m,)."""
        return self.expects & self.coverage.reactions[self.account]

    def per_account(self, values: npt.ArrayLike) -> FloatArray:
        """Sum of a value per pair over the audience of each account, float64 (n,)."""
        return np.bincount(self.account, weights=np.asarray(values, np.float64), minlength=self.n).astype(np.float64)

    def per_person(self, values: npt.ArrayLike) -> FloatArray:
        """Sum of a value per pair over the accounts of each person, float64 (n,)."""
        return np.bincount(self.person, weights=np.asarray(values, np.float64), minlength=self.n).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Ties:
    """Ties: account * n + person, and their start (UTC seconds, ``UNDATED`` where unknown)."""

    pair: IntArray
    time: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Reactions:
    """Reaction events: account * n + person, weight by kind times count, count, half-life (years), time."""

    pair: IntArray
    weight: FloatArray
    times: FloatArray
    half_life: FloatArray
    time: IntArray


def tie_keys(graph: HeteroGraph) -> list[EdgeKey]:
    """The edge types between people."""
    return [key for key in graph.keys(source=PERSON, target=PERSON) if graph.meaning(key).social]


def gather_audience(graph: HeteroGraph, *, config: StrengthConfig) -> Audience:
    """Collect ties (role follow) and reactions (roles react and refer) per pair, discounted by age.

    Ages are measured at ``graph.now``. An event without a time counts as the mean of the dated ones of its kind. A tie
    without a time is as old as the first dated reaction. The exposure is one year where no reaction is dated, or where
    all dates lie within one day, because these are times of the export and not of reactions. Counts of events
    (``Events.times``) are respected.
    """
    n = graph.count(PERSON)
    ties, events = _ties(graph, n), _reactions(graph, n)
    now = graph.now or 0
    pair, slot = np.unique(np.concatenate([ties.pair, events.pair]), return_inverse=True)
    of_tie, of_event = slot[: len(ties.pair)], slot[len(ties.pair) :]
    mean = float(np.average(events.weight / events.times, weights=events.times)) if events.pair.size else 1.0
    value = events.weight / mean
    for half in np.unique(events.half_life).tolist():
        kind = events.half_life == half
        value[kind] *= decay_by_age(events.time[kind], now=now, half_life=half * _YEAR)
    tied = np.zeros(pair.size, bool)
    tied[of_tie] = True
    keep = pair // max(n, 1) != pair % max(n, 1)
    account, count = (pair // max(n, 1))[keep], np.bincount(of_event, weights=events.times, minlength=pair.size)[keep]
    return Audience(
        n=n,
        account=account,
        person=(pair % max(n, 1))[keep],
        reactions=np.bincount(of_event, weights=value, minlength=pair.size)[keep],
        count=count,
        exposure=_exposure(ties, of_tie, events, size=pair.size, now=now)[keep],
        tied=tied[keep],
        since=_since(ties, of_tie, size=pair.size)[keep],
        coverage=ExportCoverage.of(graph, account, tied[keep], count > 0),
    )


def _ties(graph: HeteroGraph, n: int) -> _Ties:
    """Ties of role follow: the target may influence the source."""
    found = [graph.events(key) for key in tie_keys(graph) if graph.meaning(key).role == "follow"]
    none = np.zeros(0, np.int64)
    return _Ties(
        np.concatenate([none, *(e.dst * n + e.src for e in found)]), np.concatenate([none, *(e.moments for e in found)])
    )


def _reactions(graph: HeteroGraph, n: int) -> _Reactions:
    """Reactions: the target influences the person who reacts; a referrer influences the referred person."""
    parts = [_Reactions(*(np.zeros(0, kind) for kind in (np.int64, float, float, float, np.int64)))]
    for key in tie_keys(graph):
        events, meaning = graph.events(key), graph.meaning(key)
        if meaning.acts:
            account, person = (events.src, events.dst) if meaning.role == "refer" else (events.dst, events.src)
            strength, half_life = np.array([act[1:] for act in meaning.acts]).T
            weight = strength[events.act] * events.times
            half = half_life[events.act] / 365.25
            parts.append(_Reactions(account * n + person, weight, events.times, half, events.moments))
    return _Reactions(*(np.concatenate([getattr(p, name) for p in parts]) for name in _Reactions.__slots__))


def _since(ties: _Ties, of_tie: IntArray, *, size: int) -> IntArray:
    """The earliest dated tie of each pair."""
    since = np.full(size, np.iinfo(np.int64).max)
    dated = ties.time != UNDATED
    np.minimum.at(since, of_tie[dated], ties.time[dated])
    return np.where(since == np.iinfo(np.int64).max, UNDATED, since)


def _exposure(ties: _Ties, of_tie: IntArray, events: _Reactions, *, size: int, now: int) -> FloatArray:
    """Years since the tie, discounted; since the first reaction in the graph for pairs without a dated tie."""
    dated = events.time[events.time != UNDATED]
    if not dated.size or int(dated.max()) - int(dated.min()) < DAY:
        return np.ones(size)
    # The last time represents its whole day or batch.
    end = now - 1 + time_step(dated)
    span = np.full(size, (end - int(dated.min())) / _YEAR)
    known = ties.time != UNDATED
    span[of_tie[known]] = (end - ties.time[known]) / _YEAR
    span = np.maximum(span, _DAY)
    total = np.zeros(size)
    halves, which = np.unique(events.half_life, return_inverse=True)
    shares = np.bincount(which, weights=events.weight) / events.weight.sum() if events.weight.sum() else [1.0]
    for half, share in zip(halves.tolist(), shares, strict=False):
        total += share * half / np.log(2.0) * (1.0 - np.exp2(-span / half))
    return total
