"""Finds the seeds: draws sets, chooses seeds by greedy cover, and doubles the sets until the choice has converged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graph.errors import ConfigError
from graph.influence.diffusion import IntArray
from graph.influence.sampling.greedy_cover import Choice, Cover, best_cover, coverage_bound, greedy
from graph.influence.sampling.reverse_sets import ReverseSets, Sampler, binomial_interval, hits_among, reverse_sets
from graph.influence.seed_limits import SeedLimits

_ERROR = 0.007
_LARGE_SETS = 8.0
_SENTINEL_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class SeedConfig:
    """Settings of the stopping rule.

    Attributes:
        first_sets: Number of sets in the first round; each round doubles it.
        most_sets: Maximum number of sets.
        most_visits: Maximum number of people visited while drawing, which limits time (about 0.1 s per million) and
            memory (about 12 bytes each).
        seconds: Time by the clock that is handed in; the next round is left out where it would not fit. None for no
            limit. Results that a time limit ended depend on the machine; ``most_sets`` = their ``sets`` repeats them.
        optimism: Largest relative excess of the spread on the sets used to choose over the spread on fresh sets.
        last_gain: Largest relative gain of the last doubling.
        epsilon: The certificate of a converged choice is at least 1 - 1/e - epsilon.
        confidence: Probability with which the certificate holds.
    """

    first_sets: int = 16_384
    most_sets: int = 16_777_216
    most_visits: int = 64_000_000
    seconds: float | None = None
    optimism: float = 0.01
    last_gain: float = 0.003
    epsilon: float = 0.1
    confidence: float = 0.99

    def __post_init__(self) -> None:
        if not 1 <= self.first_sets <= self.most_sets <= 2**32:
            raise ConfigError("set counts out of order", hint="use 1 <= first_sets <= most_sets <= 2**32")
        if not (0 < self.confidence < 1 and 0 < self.epsilon < 1) or self.optimism <= 0 or self.last_gain <= 0:
            raise ConfigError(
                "shares out of range",
                hint="use a confidence and an epsilon inside (0, 1), an optimism and a last gain above 0",
            )
        if self.seconds is not None and not self.seconds > 0:
            raise ConfigError(f"{self.seconds} seconds are no time", hint="give more than 0 seconds, or no limit")

    @property
    def target(self) -> float:
        """The ratio to the best possible spread that a converged choice is certified for."""
        return 1.0 - float(np.exp(-1.0)) - self.epsilon

    @property
    def rounds(self) -> int:
        """Largest possible number of rounds."""
        return 1 + int(np.ceil(np.log2(self.most_sets / self.first_sets)))


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Result of a search.

    Attributes:
        cover: The sets that the seeds were chosen on.
        choice: The greedy choice.
        best: Upper bound of the share of sets that any allowed seeds hit, with half of the error of the certificate.
        fresh_sets: Number of sets that are enough to measure the spread to about 0.7 %, within the limits.
        stopped: ``converged``, ``sets``, ``visits`` or ``seconds``.
    """

    cover: Cover
    choice: Choice
    best: float
    fresh_sets: int
    stopped: str


def find_seeds(
    sampler: Sampler,
    limits: SeedLimits,
    *,
    config: SeedConfig,
    key: np.uint64,
    clock: Callable[[], float],
    threads: int = 1,
) -> Search:
    """Double the sets until the greedy choice converges or a limit is reached.

    The new half of each round's sets is fresh for the choice of the round before, so its optimism costs nothing. The
    choice has converged when that is low and known closely, the new choice gains next to nothing over it on all sets,
    and the certificate holds. Where influence is high and there is no budget, the first seeds of the first round stay
    chosen, and later sets stop at them.

    Args:
        sampler: The prepared diffusion.
        limits: Who may be chosen, how many and for how much.
        config: Settings.
        key: Random stream.
        clock: Seconds that have passed, from any origin.
        threads: Number of threads.
    """
    began, size = clock(), config.first_sets
    sets = reverse_sets(sampler, count=size, key=key, threads=threads)
    walk = sets.visited / sets.count
    cover = Cover.of(sets, sampler.n)
    choice = best_cover(cover, limits)
    sentinels = _sentinels(cover, choice.seeds) if limits.budget is None else choice.seeds[:0]
    took, more, before = clock() - began, ReverseSets.none(), choice
    while True:
        limit = _limit(sets, config, spent=clock() - began, next_round=2 * took)
        settled = bool(more.count) and _has_settled(sampler, cover, choice, (before, more), config)
        if limit or settled:
            best = _best_share(cover, limits, choice, sentinels.size, config)
            if settled and _low(hits_among(sampler, before.seeds, more), more.count, config) >= config.target * best:
                limit = "converged"
            if limit:
                return Search(cover, choice, best, _fresh_sets(sampler, sets.count, choice, walk, config), limit)
        start, size, before = clock(), min(2 * size, config.most_sets), choice
        more = reverse_sets(
            sampler, first=sets.count, count=size - sets.count, key=key, stop=sentinels, threads=threads
        )
        sets = sets.join(more)
        cover = Cover.of(sets, sampler.n)
        choice = greedy(cover, limits, start=sentinels) if sentinels.size else best_cover(cover, limits)
        took = clock() - start


def certificate(search: Search, hits: int, config: SeedConfig) -> float | None:
    """Lower bound of the spread of seeds divided by the upper bound of the best possible one; None without hits.

    Args:
        search: The search that knows the upper bound.
        hits: Hits of the seeds among the fresh sets of the search.
        config: Has the confidence with which the bound holds.
    """
    return _low(hits, search.fresh_sets, config) / search.best if hits else None


def _error(config: SeedConfig) -> float:
    """Half of the chance that the certificate may be wrong: one for each of its sides."""
    return (1.0 - config.confidence) / 2.0


def _low(hits: int, count: int, config: SeedConfig) -> float:
    return float(binomial_interval(hits, count, level=1.0 - 2.0 * _error(config))[0])


def _best_share(cover: Cover, limits: SeedLimits, choice: Choice, shortest: int, config: SeedConfig) -> float:
    """Upper bound of the share of sets that any allowed seeds hit.

    The best seeds do not depend on the drawn sets, so the number of sets that they hit obeys the binomial bound, and
    the coverage bound is above it. The number of rounds is not fixed in advance, so each has its part of the error.
    """
    bound = coverage_bound(cover, limits, choice.seeds, shortest=shortest)
    return float(binomial_interval(bound, cover.sets.count, level=1.0 - 2.0 * _error(config) / config.rounds)[1])


def _has_settled(
    sampler: Sampler, cover: Cover, choice: Choice, last_round: tuple[Choice, ReverseSets], config: SeedConfig
) -> bool:
    before, more = last_round
    fresh = hits_among(sampler, before.seeds, more)
    if not fresh or not before.hits:
        return False
    old = cover.sets.count - more.count
    share = fresh / more.count
    error = _relative_variance(sampler, share, before.seeds) * (1.0 / more.count + 1.0 / old)
    gain = choice.hits - before.hits - fresh
    return (
        error**0.5 < config.optimism
        and before.hits / old / share - 1.0 < config.optimism
        and gain < config.last_gain * choice.hits
    )


def _relative_variance(sampler: Sampler, share: float, seeds: IntArray) -> float:
    """Variance of a hit divided by the square of its mean; hits of roots that are seeds are certain, and have none."""
    chance = max(share - sampler.value_of(seeds) / sampler.total, 0.0)
    return chance * (1.0 - share) / share**2


def _fresh_sets(sampler: Sampler, size: int, choice: Choice, walk: float, config: SeedConfig) -> int:
    share = choice.hits / size
    enough = int(_relative_variance(sampler, share, choice.seeds) / _ERROR**2) if share else size
    affordable = int(config.most_visits / 2 / walk)
    return min(size, max(config.first_sets, min(enough, affordable)))


def _sentinels(cover: Cover, seeds: IntArray) -> IntArray:
    """The first seeds that hold three quarters of what all seeds hold, where sets are large; else nobody."""
    sets = cover.sets
    if sets.visited < _LARGE_SETS * sets.count or not seeds.size:
        return seeds[:0]
    sizes, held = np.diff(sets.pointers), []
    for person in seeds.tolist():
        mine = cover.of_person(person)
        held.append(int(sizes[mine].sum()))
        sizes[mine] = 0
    total = np.cumsum(held)
    return seeds[: 1 + int(np.searchsorted(total, _SENTINEL_SHARE * total[-1]))]


def _limit(sets: ReverseSets, config: SeedConfig, *, spent: float, next_round: float) -> str:
    """Name of the limit that forbids another round; empty where none does. Measuring takes as long as a round."""
    if sets.count >= config.most_sets:
        return "sets"
    if 2 * sets.visited > config.most_visits:
        return "visits"
    return "seconds" if config.seconds is not None and spent + 2 * next_round > config.seconds else ""
