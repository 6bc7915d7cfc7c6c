"""Events of one edge type, net of returns and dislikes. All counts are made from these.

Rows between the same two nodes at the same time become one event, whose ``times`` is their sum. So one row that says
"ten times" and ten rows that say "once" give the same results, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from graph.columns import UNDATED, Coded, Edges
from graph.money import SCALE
from graph.schema.roles import Meaning
from graph.schema.types import TIMES
from graph.text import Int64

Float64 = npt.NDArray[np.float64]
Bool = npt.NDArray[np.bool_]
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """e events that were not returned, undone or disliked, in order of (src, dst, time), without duplicates.

    Attributes:
        src, dst: int64 (e,), numbers of the nodes.
        time: int64 (e,) UTC seconds, ``UNDATED`` where an event has none; None where no event has one.
        times: float64 (e,), > 0, how often the event happened.
        liking: float64 (e,) in [0, 1], position of the rating on its scale; 1 where the relation is not a rating.
        act: int64 (e,), position of its kind (like, share, ...) in ``Meaning.acts``; 0 where the relation has no kinds.
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
        """``time`` as an array in every case: int64 (e,), ``UNDATED`` where there is no time."""
        return np.full(len(self), UNDATED, np.int64) if self.time is None else self.time


def signed_counts(edges: Edges, meaning: Meaning) -> Float64:
    """How often each edge happened, float64 (E,); negative where it is a return.

    The number is the weight where the weight is a count, else the column ``times``, else 1. An edge is a return where
    that number is negative, where an amount of money is negative, or where its relation undoes another one.
    """
    stated = edges.columns.get(TIMES)
    result = np.ones(len(edges))
    if isinstance(stated, np.ndarray):
        result = np.where(np.isnan(stated), result, stated)
    if meaning.measure == "count" and edges.weight is not None:
        result = np.where(np.isnan(edges.weight), result, edges.weight)
    if meaning.role == "acquire" and meaning.measure == "money" and edges.weight is not None:
        result = np.where(edges.weight < 0, -np.abs(result), result)
    return -np.abs(result) if meaning.undoes else result


def occurrences(edges: Edges, meaning: Meaning) -> Float64:
    """How often each edge happened, float64 (E,), >= 0; returns are 0."""
    return np.maximum(signed_counts(edges, meaning), 0.0)


def net_counts(edges: Edges, meaning: Meaning) -> Float64:
    """How often each edge happened, float64 (E,), >= 0, after subtracting returns and dislikes.

    A return cancels the latest earlier acquisition of the same pair (last in, first out); a return without one has no
    effect. A rating counts where it is at least ``meaning.liked`` and so is the person's last rating of the same node.
    A review without a rating counts too.
    """
    counted = signed_counts(edges, meaning)
    if meaning.role == "acquire" and bool((counted < 0).any()):
        return _subtract_returns(edges, counted)
    result = np.maximum(counted, 0.0)
    if meaning.measure == "rating" and edges.weight is not None:
        low = edges.weight < meaning.liked  # False where the rating is missing (NaN)
        if low.any():
            new = np.ones(len(edges), np.bool_)
            new[1:] = (edges.src[1:] != edges.src[:-1]) | (edges.dst[1:] != edges.dst[:-1])
            pair: Int64 = np.cumsum(new) - 1
            gone = np.zeros(int(pair[-1]) + 1, np.bool_)
            gone[pair[disliked(edges, meaning)]] = True
            result[low | gone[pair]] = 0.0
    return result


def disliked(edges: Edges, meaning: Meaning) -> Bool:
    """True for rated edges of a pair whose last rating is below ``meaning.liked``, bool (E,).

    Where a pair has several ratings at the last time, the highest counts.
    """
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
    """Amount of each edge in hundredths of its currency, float64 (E,) of whole numbers; negative for refunds.

    Whole numbers, so that a sum does not depend on how an amount is spread over rows. The weight is the total of its
    row: it is not multiplied by ``times``, but a row with ``times`` 0 has amount 0, and so has a missing weight.
    """
    if edges.weight is None:
        return np.zeros(len(edges))
    paid: Float64 = np.rint(np.nan_to_num(edges.weight) * 10**SCALE)
    counted = signed_counts(edges, meaning)
    return np.select([counted < 0, counted > 0], [-np.abs(paid), paid], 0.0)


def events(edges: Edges, meaning: Meaning) -> Events:
    """The events of an edge type, net of returns and dislikes; see the module's docstring."""
    times = net_counts(edges, meaning)
    liking, act = _liking(edges, meaning), _act_positions(edges, meaning)
    found = Events(edges.src, edges.dst, edges.time, times, liking, act)
    if not (times > 0).all():
        found = found.take(times > 0)
    if len(meaning.acts) > 1:
        found = found.take(np.lexsort((found.act, found.moments, found.dst, found.src)))
    return _merge_equal(found)


def _subtract_returns(edges: Edges, counted: Float64) -> Float64:
    """``counted`` of each acquisition minus the later returns of the same pair, walking from the last edge back."""
    width = int(edges.dst.max(initial=0)) + 1
    pair = edges.src * width + edges.dst
    rows = np.flatnonzero(np.isin(pair, np.unique(pair[counted < 0])))
    time = np.full(len(edges), UNDATED, np.int64) if edges.time is None else edges.time
    back = counted[rows] < 0
    # Undated acquisitions sort first, undated returns last. At the same time an acquisition precedes its return.
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
    """Positions to process in one vectorised step, one of each group; ``first`` where they start their groups."""

    at: Int64
    first: bool


def _steps(group: Int64) -> Iterator[_Step]:
    """Yield the first positions of all runs of equal values in ``group``, then the second positions, and so on."""
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
    stated = np.where(np.isnan(edges.weight), meaning.liked, edges.weight)
    return np.clip((stated - meaning.low) / (meaning.high - meaning.low), 0.0, 1.0)


def with_returns(edges: Edges, meaning: Meaning, returns: Sequence[tuple[Edges, Meaning]]) -> Edges:
    """The edges of a relation and of the relations that undo it, as one relation that has times only.

    ``returns`` are the undoing relations; their ``times`` are negative.
    """
    parts = [(edges, meaning), *returns]
    time = [np.full(len(e), UNDATED, np.int64) if e.time is None else e.time for e, _ in parts]
    times = np.concatenate([signed_counts(e, said) for e, said in parts])
    src, dst = (np.concatenate([getattr(e, end) for e, _ in parts]) for end in ("src", "dst"))
    return Edges(src, dst, np.concatenate(time), None, MappingProxyType({TIMES: times})).canonical()


def _act_positions(edges: Edges, meaning: Meaning) -> Int64:
    """Position of each edge's kind in ``meaning.acts``; the last position for kinds that are not listed."""
    kind = edges.columns.get("kind")
    last = max(len(meaning.acts) - 1, 0)
    if not last or not isinstance(kind, Coded):
        return np.broadcast_to(np.int64(last), len(edges))
    result = np.full(len(edges), last, np.int64)
    for place, act in enumerate(meaning.acts[:-1]):
        result[kind.is_(act.kind)] = place
    return result


def _merge_equal(found: Events) -> Events:
    """Merge consecutive events that differ in ``times`` only, summing their times."""
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
