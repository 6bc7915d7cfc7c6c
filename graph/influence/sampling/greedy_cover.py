"""Greedy maximum coverage of reverse-reachable sets, and an upper bound of the best possible coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.influence.sampling.reverse_sets import ReverseSets
from graph.influence.seed_limits import SeedLimits

_BOUND_STEPS = 64
Rule = Literal["gain", "density"]


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """Sets with an index from each person to the sets that contain them."""

    sets: ReverseSets
    starts: IntArray
    held_by: npt.NDArray[np.uint32]

    @classmethod
    def of(cls, sets: ReverseSets, n: int) -> Cover:
        """Index the sets over n people."""
        from graph.influence.sampling import kernels

        starts = np.zeros(n + 1, np.int64)
        np.cumsum(np.bincount(sets.members, minlength=n), out=starts[1:])
        held_by = np.empty(sets.members.size, np.uint32)
        kernels.invert_sets(sets.pointers, sets.members, starts[:-1].copy(), held_by)
        return cls(sets, starts, held_by)

    def of_person(self, person: int) -> npt.NDArray[np.uint32]:
        """Numbers of the sets that contain a person, ascending."""
        return self.held_by[self.starts[person] : self.starts[person + 1]]


class _State:
    """State of a greedy selection: uncovered sets and marginal gains."""

    def __init__(self, cover: Cover, limits: SeedLimits) -> None:
        self.cover, self.limits = cover, limits
        self.coverage: IntArray = np.diff(cover.starts)
        self.covered: npt.NDArray[np.uint8] = np.zeros(cover.sets.count, np.uint8)
        self.open: IntArray = limits.eligible[self.coverage[limits.eligible] > 0]
        self.seeds: list[int] = []
        self.spent = 0.0
        self.hits = 0

    def affordable(self) -> BoolArray:
        if self.limits.budget is None:
            return np.ones(self.open.size, bool)
        return self.spent + self.limits.costs[self.open] <= self.limits.budget

    def take(self, person: int) -> None:
        from graph.influence.sampling import kernels

        sets = self.cover.sets
        self.hits += kernels.cover_sets(
            self.cover.of_person(person), self.covered, sets.pointers, sets.members, self.coverage
        )
        self.seeds.append(person)
        self.spent += float(self.limits.costs[person])
        self.open = self.open[self.coverage[self.open] > 0]

    @property
    def full(self) -> bool:
        return self.limits.k is not None and len(self.seeds) >= self.limits.k


class Choice(NamedTuple):
    """Seeds in order of choice, and the number of sets that they hit."""

    seeds: IntArray
    hits: int


class _Extra(NamedTuple):
    """The best single addition to a prefix of a greedy run."""

    hits: int
    prefix: int
    person: int


def _density(gain: IntArray, cost: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", over="ignore"):
        return np.where(cost > 0, gain / cost, np.inf)


def _run(state: _State, rule: Rule) -> _Extra | None:
    """Add the best affordable person until no gain is left; of equal gains the lowest number wins."""
    best: _Extra | None = None
    while not state.full:
        people = state.open[state.affordable()]
        if not people.size:
            break
        gain = state.coverage[people]
        top = int(np.argmax(gain))
        if best is None or state.hits + int(gain[top]) > best.hits:
            best = _Extra(state.hits + int(gain[top]), len(state.seeds), int(people[top]))
        score = gain if rule == "gain" else _density(gain, state.limits.costs[people])
        state.take(int(people[int(np.argmax(score))]))
    return best


def greedy(cover: Cover, limits: SeedLimits, *, rule: Rule = "gain", start: npt.ArrayLike = ()) -> Choice:
    """Greedy maximum coverage with exact marginal gains.

    With a number of seeds this reaches 1 - 1/e of the best coverage (Nemhauser, Wolsey and Fisher 1978). Stops early
    where no eligible person hits a further set.

    Args:
        cover: The indexed sets.
        limits: Who may be chosen, how many and for how much.
        rule: Choose by largest gain, or by largest gain per cost.
        start: People who are chosen first, in this order.
    """
    state = _State(cover, limits)
    for person in np.asarray(start, np.int64).tolist():
        state.take(person)
    _run(state, rule)
    return Choice(np.array(state.seeds, np.int64), state.hits)


def best_cover(cover: Cover, limits: SeedLimits) -> Choice:
    """The best of the greedy choices that apply; of equal ones the first.

    Without a budget: greedy by gain. With a budget: greedy by density (gain per cost); Greedy+Max, which adds the best
    affordable person to the best prefix of that, covers at least half of the best possible (Yaroslavtsev, Zhou and
    Avdiukhin 2020), and continues by density; and greedy by gain.
    """
    if limits.budget is None:
        return greedy(cover, limits)
    state = _State(cover, limits)
    extra = _run(state, "density")
    found = [Choice(np.array(state.seeds, np.int64), state.hits)]
    if extra is not None:
        start = [*state.seeds[: extra.prefix], extra.person]
        found.append(greedy(cover, limits, rule="density", start=start))
    found.append(greedy(cover, limits))
    return max(found, key=lambda choice: choice.hits)


def best_order(cover: Cover, limits: SeedLimits, seeds: IntArray) -> IntArray:
    """The same seeds ordered by marginal gain (per cost under a budget); those without gain come last."""
    inside = SeedLimits(np.sort(seeds), None, None, limits.costs)
    useful = greedy(cover, inside, rule="gain" if limits.budget is None else "density").seeds
    return np.concatenate([useful, np.setdiff1d(seeds, useful)])


def coverage_bound(cover: Cover, limits: SeedLimits, seeds: IntArray, *, shortest: int = 0) -> int:
    """An upper bound of the number of sets that any allowed seed set hits.

    For every prefix S of `seeds`, an allowed seed set hits at most the sets hit by S plus the largest sum of marginal
    gains within the limits (Tang et al. 2018; a fractional knapsack under a budget). The smallest of these bounds is
    returned.

    Args:
        cover: The indexed sets.
        limits: Who may be chosen, how many and for how much.
        seeds: Seeds in a good order.
        shortest: Length of the shortest prefix to look at; sets that stopped at people are bounded with these only.
    """
    state = _State(cover, limits)
    checked = set(np.linspace(shortest, seeds.size, min(_BOUND_STEPS, seeds.size + 1)).astype(int).tolist())
    bound = cover.sets.count
    for size in range(seeds.size + 1):
        if size in checked:
            bound = min(bound, state.hits + _best_addition(state))
        if size < seeds.size:
            state.take(int(seeds[size]))
    return bound


def _best_addition(state: _State) -> int:
    gain, limits = state.coverage[state.open], state.limits
    best = int(gain.sum())
    if limits.k is not None and limits.k < gain.size:
        best = int(np.partition(gain, gain.size - limits.k)[gain.size - limits.k :].sum())
    if limits.budget is not None:
        cost = limits.costs[state.open]
        order = np.argsort(-_density(gain, cost), kind="stable")
        before = np.cumsum(cost[order]) - cost[order]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            part = np.where(cost[order] > 0, np.clip((limits.budget - before) / cost[order], 0.0, 1.0), 1.0)
        best = min(best, int(np.ceil(float(part @ gain[order]) - 1e-9)))
    return best
