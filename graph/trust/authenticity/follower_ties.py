"""Who follows whom, since when, and how often they reacted: what verdicts on authenticity are made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED
from graph.errors import DataError
from graph.event_times import time_step
from graph.hetero import HeteroGraph
from graph.schema import PERSON
from graph.text import Int64

Bool = npt.NDArray[np.bool_]
Float64 = npt.NDArray[np.float64]

DAY = 86_400
_YEAR = 365.25 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class FollowerTies:
    """The m ties between a follower and an account, sorted by (account, person), without repeats and self loops.

    Attributes:
        n: Number of people.
        person: int64 (m,), who follows.
        account: int64 (m,), who is followed.
        since: int64 (m,), UTC second of the first dated tie; ``UNDATED`` where none is known.
        reactions: float64 (m,), reactions of the person to the account; 0 where ``observed`` is False.
        years: float64 (m,), time in which reactions would have been seen; 0 where ``observed`` is False.
        observed: bool (m,), the reactions to the account are known.
        promoted: bool (m,), the account is a KOL; True for all where nobody has that role. Followers are bought for
            these accounts, and friends among each other say nothing of that.
        reacted: bool (n,), people who reacted to anybody, followed or not.
    """

    n: int
    person: Int64
    account: Int64
    since: Int64
    reactions: Float64
    years: Float64
    observed: Bool
    promoted: Bool
    reacted: Bool

    def per_account(self, values: npt.ArrayLike) -> Float64:
        """Sum of a value per tie over the followers of each account, float64 (n,)."""
        return np.bincount(self.account, np.asarray(values, np.float64), self.n).astype(np.float64)

    def per_person(self, values: npt.ArrayLike) -> Float64:
        """Sum of a value per tie over the accounts that each person follows, float64 (n,)."""
        return np.bincount(self.person, np.asarray(values, np.float64), self.n).astype(np.float64)


def gather_ties(graph: HeteroGraph, *, known: npt.ArrayLike) -> FollowerTies:
    """Collect ties (role follow) and the reactions (role react) along them.

    Reactions are counted from the first dated reaction of the graph on; a tie without a date is as old as that. One
    year, where no reaction is dated.

    Args:
        graph: The market.
        known: bool (n,), accounts whose reactions were exported. Those to all others are unknown and never 0.

    Raises:
        DataError: ``known`` has another length.
    """
    n = graph.count(PERSON)
    exported = np.asarray(known, np.bool_)
    if exported.shape != (n,):
        raise DataError(f"{exported.shape} flags for {n} people", hint="say of each person whether reactions are known")
    pair, since = _pairs(graph, n)
    acted, times, moments = _reactions(graph, n)
    account, person = pair // max(n, 1), pair % max(n, 1)
    observed = exported[account]
    place = np.searchsorted(pair, acted)
    inside = place < pair.size
    inside[inside] = pair[place[inside]] == acted[inside]
    count = np.bincount(place[inside], times[inside], pair.size)
    reacted = np.zeros(n, bool)
    reacted[acted % max(n, 1)] = True
    kol = graph.role("KOL")
    return FollowerTies(
        n,
        person,
        account,
        since,
        np.where(observed, count, 0.0),
        np.where(observed, _years(since, moments), 0.0),
        observed,
        kol[account] if kol.any() else np.ones(pair.size, bool),
        reacted,
    )


def _pairs(graph: HeteroGraph, n: int) -> tuple[Int64, Int64]:
    """Ties as account * n + person in rising order, and since when."""
    found = [graph.events(k) for k in graph.keys(source=PERSON, target=PERSON) if graph.meaning(k).role == "follow"]
    none = np.zeros(0, np.int64)
    code = np.concatenate([none, *(e.dst * n + e.src for e in found)])
    time = np.concatenate([none, *(e.moments for e in found)])
    keep = code // max(n, 1) != code % max(n, 1)
    pair, slot = np.unique(code[keep], return_inverse=True)
    last = np.iinfo(np.int64).max
    since = np.full(pair.size, last)
    np.minimum.at(since, slot, np.where(time[keep] == UNDATED, last, time[keep]))
    return pair, np.where(since == last, UNDATED, since)


def _reactions(graph: HeteroGraph, n: int) -> tuple[Int64, Float64, Int64]:
    """Reactions as account * n + person, how often, and when."""
    found = [graph.events(k) for k in graph.keys(source=PERSON, target=PERSON) if graph.meaning(k).role == "react"]
    none = np.zeros(0, np.int64)
    return (
        np.concatenate([none, *(e.dst * n + e.src for e in found)]),
        np.concatenate([np.zeros(0), *(e.times for e in found)]),
        np.concatenate([none, *(e.moments for e in found)]),
    )


def _years(since: Int64, moments: Int64) -> Float64:
    """Years of each tie within the time of which reactions are known, at least a day."""
    dated = moments[moments != UNDATED]
    if not dated.size or int(np.ptp(dated)) < DAY:
        return np.ones(since.size)
    first, end = int(dated.min()), int(dated.max()) + time_step(dated)
    begin = np.where(since == UNDATED, first, np.maximum(since, first))
    years: Float64 = np.maximum(end - begin, DAY) / _YEAR
    return years
