"""Estimates how many adoptions a reaction corresponds to, from who adopted which item after whom.

For every adoption by an account and every follower: count the follower's adoptions of the same item in the window after
it, and subtract those in an equally long window before it. Similar tastes and fashions affect both windows alike;
influence affects only the later one. The estimate predicts adoptions, and does not prove causes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.columns import UNDATED
from graph.event_times import DAY, time_step
from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.influence.learning.audience import Audience
from graph.schema import PERSON

_MOST_EXPOSURES = 5_000_000
# Weight of the prior in adoptions: 50 adoptions have a relative standard error of 1/7; fewer should not outweigh the
# prior.
_PRIOR_ADOPTIONS = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class _Firsts:
    """Time of the first event of each person with each item: person * items + item (ascending), and UTC seconds."""

    code: IntArray
    time: IntArray

    def of(self, codes: IntArray) -> IntArray:
        """Times of these pairs; ``UNDATED`` where there is no event."""
        if not self.code.size:
            return np.full(codes.size, UNDATED)
        spot = np.minimum(np.searchsorted(self.code, codes), self.code.size - 1)
        return np.where(self.code[spot] == codes, self.time[spot], UNDATED)


def fit_transfer(graph: HeteroGraph, audience: Audience, rate: FloatArray, *, prior: float, window: float) -> float:
    """Adoptions per exposure and unit of reaction rate.

    The estimate is (adoptions after - adoptions before) / (sum of rates over all exposures), shrunk towards the prior
    with the weight of as many exposures as give 50 adoptions under the prior.

    Args:
        graph: The market; dated adoptions (what people acquire, intend to or like) and offers to followers are read.
        audience: Its ties and reactions.
        rate: Expected reactions per year of each pair, times the probability of a real account, float64 (m,).
        prior: Value without any adoptions.
        window: Length of each window in days; longer where the times of adoptions have a coarser resolution (months).
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
    # Adoptions at the last time are not exposures, since nothing can follow them; with a single batch there are none.
    begun &= time[which] < int(adopted.time.max())
    span = max(int(window * DAY), time_step(adopted.time))
    after = begun & ~never & (lag > 0) & (lag <= span)
    before = begun & ~never & (lag < 0) & (lag >= -span)
    open_ = begun & (never | (lag > 0))
    excess = max(0.0, float(np.count_nonzero(after) - np.count_nonzero(before)))
    return (_PRIOR_ADOPTIONS + excess) / (_PRIOR_ADOPTIONS / prior + float(rate[pair[open_]].sum()))


def _mutual(audience: Audience) -> BoolArray:
    """Pairs that follow each other: influence in the other direction would appear in the earlier window."""
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
