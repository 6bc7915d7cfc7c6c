"""How much a reaction is worth in adoptions, read off who adopted what after whom.

For every adoption of an account and every follower the follower's own adoption of the same item in the window after it
is counted, and the one in the equally long window before it is taken off: likeness of friends and fashions push both
the same way, influence only pushes forward. It is a prediction of what follows, not a proof of cause.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.event_times import DAY, time_step
from graph.hetero import UNDATED, HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.influence.learning.audience import Audience
from graph.schema import PERSON

_MOST_EXPOSURES = 5_000_000
# Fifty adoptions have a standard error of a seventh; fewer in the data should not outvote what was believed before.
_PRIOR_ADOPTIONS = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class _Firsts:
    """The first time that each person did something with each item: person * items + item ascending, and the time."""

    code: IntArray
    time: IntArray

    def of(self, codes: IntArray) -> IntArray:
        """Their times; ``UNDATED`` where it never happened."""
        if not self.code.size:
            return np.full(codes.size, UNDATED)
        spot = np.minimum(np.searchsorted(self.code, codes), self.code.size - 1)
        return np.where(self.code[spot] == codes, self.time[spot], UNDATED)


def fit_transfer(graph: HeteroGraph, audience: Audience, rate: FloatArray, *, prior: float, window: float) -> float:
    """Adoptions caused per exposure and unit of reaction rate.

    The estimate is the excess of adoptions after over those before, divided by the rates summed over all exposures,
    shrunk to the prior by as many exposures as would bring 50 adoptions under it.

    Args:
        graph: The market; dated adoptions (what people acquire, intend to or like) and offers to followers are read.
        audience: Its ties.
        rate: Expected reactions per year of each pair, float64 (m,), of people who are somebody.
        prior: What is believed without any adoption.
        window: Length of the windows in days; longer where adoptions are known by months or other batches only.
    """
    items, adopted, shown = _first_events(graph)
    if not adopted.code.size:
        return prior
    order = np.argsort(audience.account, kind="stable")
    order = order[(audience.expects & ~_mutual(audience))[order]]
    starts = np.searchsorted(audience.account[order], np.arange(audience.n + 1))
    account, item = shown.code // items, shown.code % items
    degree = starts[account + 1] - starts[account]
    step = max(1, int(np.ceil(degree.sum() / _MOST_EXPOSURES)))
    account, item, time, degree = (part[::step] for part in (account, item, shown.time, degree))
    which = np.repeat(np.arange(account.size), degree)
    pair = order[np.arange(which.size) + np.repeat(starts[account] - (np.cumsum(degree) - degree), degree)]
    lag = adopted.of(audience.person[pair] * items + item[which])
    never = lag == UNDATED
    lag = np.where(never, 0, lag - time[which])
    begun = (audience.since[pair] == UNDATED) | (audience.since[pair] <= time[which])
    # Nothing can follow what is dated at the last moment: that is no trial, and in a single batch nothing is.
    begun &= time[which] < int(adopted.time.max())
    span = max(int(window * DAY), time_step(adopted.time))
    after = begun & ~never & (lag > 0) & (lag <= span)
    before = begun & ~never & (lag < 0) & (lag >= -span)
    open_ = begun & (never | (lag > 0))
    excess = max(0.0, float(np.count_nonzero(after) - np.count_nonzero(before)))
    return (_PRIOR_ADOPTIONS + excess) / (_PRIOR_ADOPTIONS / prior + float(rate[pair[open_]].sum()))


def _mutual(audience: Audience) -> BoolArray:
    """Pairs that are tied both ways: there influence runs backwards too, and the window before would hold it."""
    there = audience.account * audience.n + audience.person
    back = audience.person * audience.n + audience.account
    spot = np.minimum(np.searchsorted(there, back), max(there.size - 1, 0))
    return there[spot] == back if there.size else np.zeros(0, bool)


def _first_events(graph: HeteroGraph) -> tuple[int, _Firsts, _Firsts]:
    """Number of items; first adoptions; first adoptions or promotions. Items of all types share one numbering."""
    told = {k: graph.meaning(k) for k in graph.keys(source=PERSON) if k.target != PERSON}
    told = {key: meaning for key, meaning in told.items() if meaning.adoption or meaning.shows}
    kinds = sorted({key.target for key in told})
    offset = dict(zip(kinds, np.cumsum([0, *(graph.count(kind) for kind in kinds)]).tolist(), strict=False))
    items = max(1, sum(graph.count(kind) for kind in kinds))
    found: dict[bool, list[tuple[IntArray, IntArray]]] = {True: [], False: []}
    for key, meaning in told.items():
        events = graph.events(key)
        if events.time is not None:
            dated = events.time != UNDATED
            codes = events.src[dated] * items + events.dst[dated] + offset[key.target]
            found[meaning.adoption].append((codes, events.time[dated]))
    return items, _firsts(found[True]), _firsts(found[True] + found[False])


def _firsts(parts: list[tuple[IntArray, IntArray]]) -> _Firsts:
    code = np.concatenate([np.empty(0, np.int64), *(codes for codes, _ in parts)])
    time = np.concatenate([np.empty(0, np.int64), *(times for _, times in parts)])
    order = np.lexsort((time, code))
    first = np.ones(order.size, bool)
    first[1:] = np.diff(code[order]) != 0
    return _Firsts(code[order][first], time[order][first])
