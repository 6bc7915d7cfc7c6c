"""Who could be influenced by whom, and what they did about it: the evidence behind strengths and KOL cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError
from graph.hetero import UNDATED, Coded, Edges, HeteroGraph
from graph.influence.coverage import Coverage
from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.schema import EdgeKey
from graph.times import DAY, faded, grain

FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")
INTERACTED = EdgeKey("Person", "INTERACTED", "Person")
REFERRED = EdgeKey("Person", "REFERRED", "Person")
# Being shown something and opening pages is what bought accounts do too; owning is a state, not an act.
_CHEAP = frozenset({"EXPOSED_TO", "CLICKED", "VIEWED", "OWNS"})
_YEAR = 365.25 * 86_400.0
_DAY = 1.0 / 365.25


@dataclass(frozen=True, slots=True)
class StrengthConfig:
    """How evidence becomes activation probabilities.

    Attributes:
        like, comment, share, referral: Weight of one event of the kind, relative to the others.
        like_half_life, comment_half_life, share_half_life, referral_half_life: Days after which it counts half.
        transfer: Chance of activation per average reaction and year, for small rates: p = 1 - exp(-transfer * rate);
            what is believed before adoptions are looked at.
        window: Days within which an adoption counts as a possible consequence of another.
        follow: Where no reaction to such accounts is known at all: everybody's attention, split evenly over the
            accounts they follow (the weighted cascade), in place of transfer times the rate.
        stranger: Factor on the rate of those who react without following, where the graph knows who follows.
        least: Arcs with a smaller probability are dropped.
    """

    like: float = 1.0
    comment: float = 1.5
    share: float = 2.0
    referral: float = 4.0
    like_half_life: float = 365.0
    comment_half_life: float = 365.0
    share_half_life: float = 540.0
    referral_half_life: float = 1095.0
    transfer: float = 0.1
    window: float = 30.0
    follow: float = 0.2
    stranger: float = 0.25
    least: float = 1e-5

    def __post_init__(self) -> None:
        halves = (self.like_half_life, self.comment_half_life, self.share_half_life, self.referral_half_life)
        others = (self.transfer, self.window, self.follow, self.least)
        weights = (self.like, self.comment, self.share, self.referral, self.stranger)
        if min(*halves, *others) <= 0 or min(weights) < 0:
            raise ConfigError(
                "a strength setting is out of range", hint="weights are at least 0; half-lives, priors and rates above"
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
class _Reactions:
    """Single events: account * n + person, weight by kind and times, plain times, half-life (years), time."""

    pair: IntArray
    weight: FloatArray
    times: FloatArray
    half_life: FloatArray
    time: IntArray


def gather_audience(graph: HeteroGraph, *, config: StrengthConfig) -> Audience:
    """Collect ties (FOLLOWS) and reactions (INTERACTED, REFERRED) per pair, discounted by age.

    Ages are counted from the graph's own "now": its cut-off, or else its last event. An event without a time counts as
    much as the dated ones of its kind on average; a tie without a time is as old as the first dated reaction. Without
    any dated reaction the exposure is one year, and so it is where all of them fall within a day: those are the times
    of an export, not of reactions.
    The weight of INTERACTED says how often it happened: once where it is missing, never where it is 0 or below.
    """
    n = graph.count("Person")
    ties = graph.edges(FOLLOWS)
    tie_pair = ties.dst * n + ties.src
    events = _reactions(graph, n, config)
    now = graph.now or 0
    pair, slot = np.unique(np.concatenate([tie_pair, events.pair]), return_inverse=True)
    of_tie, of_event = slot[: len(ties)], slot[len(ties) :]
    mean = float(np.average(events.weight / events.times, weights=events.times)) if events.pair.size else 1.0
    value = events.weight / mean
    for half in np.unique(events.half_life).tolist():
        kind = events.half_life == half
        value[kind] *= faded(events.time[kind], now=now, half_life=half * _YEAR)
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


def _reactions(graph: HeteroGraph, n: int, config: StrengthConfig) -> _Reactions:
    likes, referrals = graph.edges(INTERACTED), graph.edges(REFERRED)
    count = np.ones(len(likes)) if likes.weight is None else np.where(np.isnan(likes.weight), 1.0, likes.weight)
    happened = count > 0
    weight, half_life = np.full(len(likes), config.like), np.full(len(likes), config.like_half_life)
    kind = likes.columns.get("kind")
    if isinstance(kind, Coded):
        for name, factor, half in (
            ("comment", config.comment, config.comment_half_life),
            ("share", config.share, config.share_half_life),
        ):
            weight[kind.is_(name)], half_life[kind.is_(name)] = factor, half
    times = count[happened]
    brought = np.ones(len(referrals))
    return _Reactions(
        pair=np.concatenate([(likes.dst * n + likes.src)[happened], referrals.src * n + referrals.dst]),
        weight=np.concatenate([weight[happened] * times, brought * config.referral]),
        times=np.concatenate([times, brought]),
        half_life=np.concatenate([half_life[happened], brought * config.referral_half_life]) / 365.25,
        time=np.concatenate([_times(likes)[happened], _times(referrals)]),
    )


def _times(edges: Edges) -> IntArray:
    return np.full(len(edges), UNDATED) if edges.time is None else edges.time


def _since(ties: Edges, of_tie: IntArray, *, size: int) -> IntArray:
    """The earliest dated tie of each pair."""
    since, times = np.full(size, np.iinfo(np.int64).max), _times(ties)
    dated = times != UNDATED
    np.minimum.at(since, of_tie[dated], times[dated])
    return np.where(since == np.iinfo(np.int64).max, UNDATED, since)


def _exposure(ties: Edges, of_tie: IntArray, events: _Reactions, *, size: int, now: int) -> FloatArray:
    """Discounted years since the tie, or since the first reaction in the graph for pairs without a dated tie."""
    dated = events.time[events.time != UNDATED]
    if not dated.size or int(dated.max()) - int(dated.min()) < DAY:
        return np.ones(size)
    # The last moment stands for all of its day or batch.
    end = now - 1 + grain(dated)
    span = np.full(size, (end - int(dated.min())) / _YEAR)
    since = _times(ties)
    known = since != UNDATED
    span[of_tie[known]] = (end - since[known]) / _YEAR
    span = np.maximum(span, _DAY)
    total = np.zeros(size)
    halves, which = np.unique(events.half_life, return_inverse=True)
    shares = np.bincount(which, weights=events.weight) / events.weight.sum() if events.weight.sum() else [1.0]
    for half, share in zip(halves.tolist(), shares, strict=False):
        total += share * half / np.log(2.0) * (1.0 - np.exp2(-span / half))
    return total


def committed_people(graph: HeteroGraph) -> tuple[BoolArray, bool]:
    """Who ever bought, saved, searched, rated or the like (bool (n,)), and whether the graph holds such events at all.

    Following, reacting, viewing, clicking, owning and being shown something do not count.
    """
    done = np.zeros(graph.count("Person"), bool)
    keys = [key for key in graph.keys(source="Person") if key.target != "Person" and key.relation not in _CHEAP]
    for key in keys:
        done[graph.edges(key).src] = True
    return done, bool(keys)
