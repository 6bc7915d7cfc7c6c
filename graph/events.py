"""What happened and still stands between the two ends of an edge type, however the rows told it.

One row that says ten times and ten rows that say once are the same here, to the bit: rows between the same two at the
same time are one, with the sum of their times. What is counted in a room is counted from this.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED, Coded, Edges
from graph.money import SCALE
from graph.schema import TIMES
from graph.schema.roles import Meaning
from graph.text import Int64

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events that stand, in order of (src, dst, time); e of them, no two alike.

    Attributes:
        src, dst: int64 (e,), numbers of the nodes.
        time: int64 (e,) UTC seconds, ``UNDATED`` where an event has none; None where no event has one.
        times: float64 (e,), > 0: how often it happened.
        liking: float64 (e,) in [0, 1]: where the rating lies on its scale; 1 where the relation is no rating.
        act: int64 (e,), position in ``Meaning.acts`` of what kind it was; 0 where the relation knows no kinds.
    """

    src: Int64
    dst: Int64
    time: Int64 | None
    times: Float64
    liking: Float64
    act: Int64

    def __len__(self) -> int:
        return len(self.src)

    def take(self, where: Int64 | Bool) -> Events:
        """The events at these positions, or where this mask is true."""
        time = None if self.time is None else self.time[where]
        return Events(self.src[where], self.dst[where], time, self.times[where], self.liking[where], self.act[where])

    @property
    def moments(self) -> Int64:
        """Times of all events, int64 (e,), ``UNDATED`` where there is none."""
        return np.full(len(self), UNDATED, np.int64) if self.time is None else self.time


def signed_counts(edges: Edges, meaning: Meaning) -> Float64:
    """How often each edge happened, float64 (E,); below 0 where what was acquired was given back.

    A weight that is a count says it; else the column ``times`` does; else an edge happened once. A negative number of
    times, a negative amount of money, and whatever undoes another relation, gives back.
    """
    told = edges.columns.get(TIMES)
    result = np.ones(len(edges))
    if isinstance(told, np.ndarray):
        result = np.where(np.isnan(told), result, told)
    if meaning.measure == "count" and edges.weight is not None:
        result = np.where(np.isnan(edges.weight), result, edges.weight)
    if meaning.role == "acquire" and meaning.measure == "money" and edges.weight is not None:
        result = np.where(edges.weight < 0, -np.abs(result), result)
    return -np.abs(result) if meaning.undoes else result


def occurrences(edges: Edges, meaning: Meaning) -> Float64:
    """How often each edge happened, float64 (E,), >= 0; returns count 0."""
    return np.maximum(signed_counts(edges, meaning), 0.0)


def net_counts(edges: Edges, meaning: Meaning) -> Float64:
    """How much of each edge still stands, float64 (E,), >= 0: ``occurrences`` without what was undone.

    What was acquired and given back afterwards does not stand; the last that was acquired is given back first, and what
    was never acquired cannot be given back. Of ratings those stand that say liking, of people whose last rating of the
    thing says so; a review without a rating is no dislike.
    """
    counted = signed_counts(edges, meaning)
    if meaning.role == "acquire" and bool((counted < 0).any()):
        return _after_returns(edges, counted)
    result = np.maximum(counted, 0.0)
    if meaning.measure == "rating" and edges.weight is not None:
        low = edges.weight < meaning.liked  # never where it is missing
        if low.any():
            new = np.ones(len(edges), np.bool_)
            new[1:] = (edges.src[1:] != edges.src[:-1]) | (edges.dst[1:] != edges.dst[:-1])
            pair: Int64 = np.cumsum(new) - 1
            gone = np.zeros(int(pair[-1]) + 1, np.bool_)
            gone[pair[disliked(edges, meaning)]] = True
            result[low | gone[pair]] = 0.0
    return result


def disliked(edges: Edges, meaning: Meaning) -> Bool:
    """Edges of a pair whose last rating is below the threshold, bool (E,); of equally late ones the best counts."""
    none = np.zeros(len(edges), np.bool_)
    if meaning.measure != "rating" or edges.weight is None:
        return none
    rated = np.flatnonzero(~np.isnan(edges.weight) & (occurrences(edges, meaning) > 0))
    if not len(rated):
        return none
    # Edges are in order of (src, dst, time, weight), missing times first.
    src, dst = edges.src[rated], edges.dst[rated]
    last = np.ones(len(rated), np.bool_)
    last[:-1] = (src[1:] != src[:-1]) | (dst[1:] != dst[:-1])
    group: Int64 = np.cumsum(last) - last
    low = edges.weight[rated[last]] < meaning.liked
    none[rated] = low[group]
    return none


def revenue(edges: Edges, meaning: Meaning) -> Float64:
    """What each edge brought, float64 (E,), in whole hundredths of the currency; below 0 where it was paid back.

    Whole, so that sums do not depend on how an amount is spread over rows. An amount is what its row says in all; a row
    that happened 0 times brought nothing.
    """
    if edges.weight is None:
        return np.zeros(len(edges))
    paid: Float64 = np.rint(np.nan_to_num(edges.weight) * 10**SCALE)
    counted = signed_counts(edges, meaning)
    return np.select([counted < 0, counted > 0], [-np.abs(paid), paid], 0.0)


def events(edges: Edges, meaning: Meaning) -> Events:
    """The events of an edge type that stand."""
    times = net_counts(edges, meaning)
    liking, act = _liking(edges, meaning), _acts(edges, meaning)
    found = Events(edges.src, edges.dst, edges.time, times, liking, act)
    if not (times > 0).all():
        found = found.take(times > 0)
    if len(meaning.acts) > 1:
        found = found.take(np.lexsort((found.act, found.moments, found.dst, found.src)))
    return _joined(found)


def _after_returns(edges: Edges, counted: Float64) -> Float64:
    """What is left of each edge once later returns of the same pair have taken theirs, from the last edge back."""
    width = int(edges.dst.max(initial=0)) + 1
    pair = edges.src * width + edges.dst
    rows = np.flatnonzero(np.isin(pair, np.unique(pair[counted < 0])))
    time = np.full(len(edges), UNDATED, np.int64) if edges.time is None else edges.time
    back = counted[rows] < 0
    # What is not dated was acquired first and is given back last; what is given back at once was acquired before.
    when = np.where((time[rows] == UNDATED) & back, _LAST, time[rows])
    order = np.lexsort((back, when, pair[rows]))[::-1]
    rows, owed = rows[order], np.zeros(len(rows))
    left = np.maximum(counted, 0.0)
    for step in _steps(pair[rows]):
        amount = counted[rows[step.at]]
        debt = np.where(step.first, 0.0, owed[step.at - 1]) - amount
        owed[step.at] = np.maximum(debt, 0.0)
        left[rows[step.at]] = np.where(amount > 0, np.maximum(-debt, 0.0), 0.0)
    return left


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """Positions that may be handled at once, one in each group, and whether they are the first there."""

    at: Int64
    first: bool


def _steps(group: Int64) -> Iterator[_Step]:
    """The first places of all groups of equal neighbours, then the second ones, and so on."""
    new = np.ones(len(group), np.bool_)
    new[1:] = group[1:] != group[:-1]
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, len(group)))
    order = np.argsort(-size, kind="stable")
    start, size = start[order], size[order]
    for place in range(int(size.max(initial=0))):
        yield _Step(start[: np.searchsorted(-size, -place, side="left")] + place, place == 0)


def _liking(edges: Edges, meaning: Meaning) -> Float64:
    if meaning.measure != "rating" or edges.weight is None:
        return np.broadcast_to(np.float64(1.0), len(edges))
    told = np.where(np.isnan(edges.weight), meaning.liked, edges.weight)
    return np.clip((told - meaning.low) / (meaning.high - meaning.low), 0.0, 1.0)


def with_returns(edges: Edges, meaning: Meaning, returns: Sequence[tuple[Edges, Meaning]]) -> Edges:
    """The edges of a relation and of those that undo it, as one relation that has nothing but times."""
    parts = [(edges, meaning), *returns]
    time = [np.full(len(e), UNDATED, np.int64) if e.time is None else e.time for e, _ in parts]
    times = np.concatenate([signed_counts(e, said) for e, said in parts])
    src, dst = (np.concatenate([getattr(e, end) for e, _ in parts]) for end in ("src", "dst"))
    return Edges(src, dst, np.concatenate(time), None, MappingProxyType({TIMES: times})).canonical()


def _acts(edges: Edges, meaning: Meaning) -> Int64:
    """Position of each edge's kind in ``acts``; of what has no kind there the last."""
    kind = edges.columns.get("kind")
    last = max(len(meaning.acts) - 1, 0)
    if not last or not isinstance(kind, Coded):
        return np.broadcast_to(np.int64(last), len(edges))
    result = np.full(len(edges), last, np.int64)
    for place, act in enumerate(meaning.acts[:-1]):
        result[kind.is_(act.kind)] = place
    return result


def _joined(found: Events) -> Events:
    """Neighbours that differ in times alone as one event."""
    new = np.ones(len(found), np.bool_)
    same = (found.src[1:] == found.src[:-1]) & (found.dst[1:] == found.dst[:-1])
    same &= (found.liking[1:] == found.liking[:-1]) & (found.act[1:] == found.act[:-1])
    if found.time is not None:
        same &= found.time[1:] == found.time[:-1]
    np.logical_not(same, out=new[1:])
    if new.all():
        return found
    start = np.flatnonzero(new)
    joined = found.take(start)
    return Events(joined.src, joined.dst, joined.time, np.add.reduceat(found.times, start), joined.liking, joined.act)
