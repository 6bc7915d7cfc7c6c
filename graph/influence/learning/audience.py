"""Who could be influenced by whom, and what they did about it: the evidence behind strengths and KOL cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError
from graph.event_times import DAY, decay_by_age, time_step
from graph.events import signed_counts
from graph.hetero import UNDATED, HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.influence.learning.coverage import Coverage
from graph.schema import PERSON, EdgeKey

_YEAR = 365.25 * 86_400.0
_DAY = 1.0 / 365.25


@dataclass(frozen=True, slots=True)
class StrengthConfig:
    """How evidence becomes activation probabilities; what each kind of reaction counts stands in the schema.

    Attributes:
        transfer: Chance of activation per average reaction and year, for small rates: p = 1 - exp(-transfer * rate);
            what is believed before adoptions are looked at.
        window: Days within which an adoption counts as a possible consequence of another.
        follow: Where no reaction to such accounts is known at all: everybody's attention, split evenly over the
            accounts they follow (the weighted cascade), in place of transfer times the rate.
        stranger: Factor on the rate of those who react without following, where the graph knows who follows.
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
    """Every ordered pair with a tie or a reaction, sorted by (account, person), no pair twice, no loops.

    Attributes:
        n: Number of people.
        account: int64 (m,), who would influence.
        person: int64 (m,), who would be influenced.
        reactions: float64 (m,); reactions of the person to the account, by kind and age, in average fresh reactions.
        count: float64 (m,); the same, plainly counted.
        exposure: float64 (m,); years in which they could happen, discounted like the reactions.
        tied: Boolean (m,); the person follows the account.
        since: int64 (m,), UTC second of the first dated tie; ``UNDATED`` where none is known.
        coverage: Of which accounts ties and reactions are known.
    """

    n: int
    account: IntArray
    person: IntArray
    reactions: FloatArray
    count: FloatArray
    exposure: FloatArray
    tied: BoolArray
    since: IntArray
    coverage: Coverage

    @property
    def knows_reactions(self) -> bool:
        """Whether reactions to anybody are known."""
        return bool(self.coverage.reactions.any())

    @property
    def expects(self) -> BoolArray:
        """Pairs of which reactions are expected: those with a tie, or all where no ties are known; bool (m,)."""
        return self.tied | ~self.coverage.ties[self.account]

    @property
    def observed(self) -> BoolArray:
        """Those of them whose reactions, none included, are known; bool (m,)."""
        return self.expects & self.coverage.reactions[self.account]

    def per_account(self, values: npt.ArrayLike) -> FloatArray:
        """Sum of a value per pair over the audience of each account, float64 (n,)."""
        return np.bincount(self.account, weights=np.asarray(values, np.float64), minlength=self.n).astype(np.float64)

    def per_person(self, values: npt.ArrayLike) -> FloatArray:
        """Sum of a value per pair over the accounts of each person, float64 (n,)."""
        return np.bincount(self.person, weights=np.asarray(values, np.float64), minlength=self.n).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Ties:
    """Standing ties: account * n + person, and since when (UTC seconds, ``UNDATED`` where unknown)."""

    pair: IntArray
    time: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class _Reactions:
    """Single events: account * n + person, weight by kind and times, plain times, half-life (years), time."""

    pair: IntArray
    weight: FloatArray
    times: FloatArray
    half_life: FloatArray
    time: IntArray


def tie_keys(graph: HeteroGraph) -> list[EdgeKey]:
    """The edge types by which people move each other."""
    return [key for key in graph.keys(source=PERSON, target=PERSON) if graph.meaning(key).social]


def gather_audience(graph: HeteroGraph, *, config: StrengthConfig) -> Audience:
    """Collect ties (role follow) and reactions (roles react and refer) per pair, discounted by age.

    Ages are counted from the graph's own "now": its cut-off, or else its last event. An event without a time counts as
    much as the dated ones of its kind on average; a tie without a time is as old as the first dated reaction. Without
    any dated reaction the exposure is one year, and so it is where all of them fall within a day: those are the times
    of an export, not of reactions.
    An event counts as often as it happened.
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
        coverage=Coverage.of(graph, account, tied[keep], count > 0),
    )


def _ties(graph: HeteroGraph, n: int) -> _Ties:
    """Who follows whom: the source of a tie would be influenced by its target."""
    found = [graph.events(key) for key in tie_keys(graph) if graph.meaning(key).role == "follow"]
    none = np.zeros(0, np.int64)
    return _Ties(
        np.concatenate([none, *(e.dst * n + e.src for e in found)]), np.concatenate([none, *(e.moments for e in found)])
    )


def _reactions(graph: HeteroGraph, n: int) -> _Reactions:
    """Whoever reacts is moved by the target; whoever is brought, by the source."""
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
    """Discounted years since the tie, or since the first reaction in the graph for pairs without a dated tie."""
    dated = events.time[events.time != UNDATED]
    if not dated.size or int(dated.max()) - int(dated.min()) < DAY:
        return np.ones(size)
    # The last moment stands for all of its day or batch.
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


def committed_people(graph: HeteroGraph) -> tuple[BoolArray, bool]:
    """Who ever bought, saved, searched, rated or the like (bool (n,)), and whether the graph holds such events at all.

    Being shown something and opening pages is what bought accounts do too, and owning is a state, not an act: what is
    not ``costly`` does not count. What was given back or disliked does: somebody did it.
    """
    done = np.zeros(graph.count(PERSON), bool)
    keys = [key for key in graph.keys(source=PERSON) if key.target != PERSON and graph.meaning(key).costly]
    for key in keys:
        edges = graph.edges(key)
        done[edges.src[signed_counts(edges, graph.meaning(key)) != 0]] = True
    return done, bool(keys)
