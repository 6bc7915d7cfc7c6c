"""Finds the seeds: draws sets, chooses seeds by greedy cover, and doubles the sets until the choice has converged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.errors import ConfigError
from graph.influence.diffusion import IntArray
from graph.influence.sampling.greedy_cover import Choice, Cover, best_cover, best_order
from graph.influence.sampling.reverse_sets import ReverseSets, Sampler, hits_among, hits_by_prefix, reverse_sets
from graph.influence.seed_limits import SeedLimits

_FRESH_HITS = 40_000
_WORTH_A_LOOK = 3.0


@dataclass(frozen=True, slots=True)
class SeedConfig:
    """Settings of the stopping rule.

    Attributes:
        first_sets: Number of sets in the first round; each round doubles it.
        most_sets: Maximum number of sets.
        most_visits: Maximum number of people visited while drawing, which limits time (about 0.1 s per million) and
            memory (about 12 bytes each).
        optimism: Largest relative excess of the spread on the sets used to choose over the spread on fresh sets.
        last_gain: Largest relative gain of the last doubling on fresh sets.
        confidence: Probability with which the certificate holds.
    """

    first_sets: int = 16_384
    most_sets: int = 16_777_216
    most_visits: int = 64_000_000
    optimism: float = 0.01
    last_gain: float = 0.003
    confidence: float = 0.99

    def __post_init__(self) -> None:
        if not 1 <= self.first_sets <= self.most_sets <= 2**32:
            raise ConfigError("set counts out of order", hint="use 1 <= first_sets <= most_sets <= 2**32")
        if not 0 < self.confidence < 1 or self.optimism <= 0 or self.last_gain <= 0:
            raise ConfigError(
                "shares out of range", hint="use a confidence inside (0, 1), an optimism and a last gain above 0"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """Result of a search.

    Attributes:
        cover: The sets that the seeds were chosen on.
        seeds: int64 (s,), in order of choice.
        method: ``greedy``, or the name of another choice that was better on fresh sets.
        optimism: Optimism of the greedy choice; None where it reaches nothing.
        stopped: ``converged``, ``sets`` or ``visits``.
        fresh_sets: Number of sets that are enough to measure the spread to about 0.5 %.
    """

    cover: Cover
    seeds: IntArray
    method: str
    optimism: float | None
    stopped: str
    fresh_sets: int


def last(hits: IntArray) -> int:
    """Hits of the whole list; 0 for an empty one."""
    return int(hits[-1]) if hits.size else 0


def find_seeds(
    sampler: Sampler,
    limits: SeedLimits,
    others: Mapping[str, IntArray],
    *,
    config: SeedConfig,
    keys: tuple[np.uint64, np.uint64],
    threads: int = 1,
) -> Search:
    """Double the sets until the greedy choice converges or a limit is reached; return the best choice on fresh sets.

    The second half of each round's sets is fresh for the choice of the previous round, so its optimism costs nothing.
    Further fresh sets are drawn only when that is low.

    Args:
        sampler: The prepared diffusion.
        limits: Who may be chosen, how many and for how much.
        others: Choices that the result must not be worse than, by name.
        config: Settings.
        keys: Random streams of the sets to choose on, and of the fresh sets.
        threads: Number of threads.
    """
    sets, before = ReverseSets.none(), Choice(np.empty(0, np.int64), 0)
    size = config.first_sets
    while True:
        more = reverse_sets(sampler, first=sets.count, count=size - sets.count, key=keys[0], threads=threads)
        promising = sets.count > 0 and _optimism(
            before.hits / sets.count, hits_among(sampler, before.seeds, more) / more.count
        ) < (_WORTH_A_LOOK * config.optimism)
        sets = sets.join(more)
        cover = Cover.of(sets, sampler.n)
        choice = best_cover(cover, limits)
        stopped = _limit(sets, config)
        if promising or stopped:
            picks = {"greedy": choice.seeds, "": before.seeds, **others}
            count = _fresh_count(choice.hits / size, size, config)
            found = hits_by_prefix(sampler, list(picks.values()), count=count, key=keys[1], threads=threads)
            hits = {name: last(got) for name, got in zip(picks, found, strict=True)}
            if _has_converged(choice.hits, size, (hits["greedy"], hits.pop(""), count), config):
                stopped = "converged"
            if stopped:
                optimism = _optimism(choice.hits / size, hits["greedy"] / count) if hits["greedy"] else None
                method = max(hits, key=lambda name: hits[name])
                seeds = choice.seeds if method == "greedy" else best_order(cover, limits, picks[method])
                return Search(cover, seeds, method, optimism, stopped, count)
        size, before = min(2 * size, config.most_sets), choice


def _optimism(chosen: float, fresh: float) -> float:
    return chosen / fresh - 1.0 if fresh else float("inf")


def _fresh_count(share: float, size: int, config: SeedConfig) -> int:
    """As many sets as were used to choose, but at most enough for 40,000 hits (a standard error of 0.5 %)."""
    enough = int(np.ceil(_FRESH_HITS / share)) if share else size
    return min(size, max(config.first_sets, enough))


def _has_converged(chosen: int, size: int, fresh: tuple[int, int, int], config: SeedConfig) -> bool:
    now, then, count = fresh
    if not now or not chosen:
        return False
    error = ((1.0 - now / count) * (1.0 / now + 1.0 / chosen)) ** 0.5
    settled = error < config.optimism and _optimism(chosen / size, now / count) < config.optimism
    return settled and now - then < config.last_gain * now


def _limit(sets: ReverseSets, config: SeedConfig) -> str:
    """Name of the limit that forbids another round; empty where none does."""
    if sets.count >= config.most_sets:
        return "sets"
    return "visits" if 2 * sets.visited > config.most_visits else ""
