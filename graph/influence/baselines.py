"""Baselines for choosing seeds: most followers, PageRank, random; under the same number of seeds or budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.influence.diffusion import Diffusion, FloatArray, IntArray
from graph.influence.sampling.reverse_sets import Sampler, binomial_interval, hits_by_prefix
from graph.influence.seed_limits import SeedLimits

_RANDOM_DRAWS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Rival:
    """A seed set of a baseline and its spread, measured on the same fresh sets as all others.

    Attributes:
        name: Name in tables.
        seeds: int64, in order of choice; those of the first draw for random seeds.
        cost: Sum of the costs; None where one is unknown.
        spread: Expected value reached; the mean over draws for random seeds.
        low: Lower end of the exact 90% interval.
        high: Upper end.
    """

    name: str
    seeds: IntArray
    cost: float | None
    spread: float
    low: float
    high: float


def page_rank(diffusion: Diffusion, *, damping: float = 0.85, tolerance: float = 1e-10) -> FloatArray:
    """PageRank (Page et al. 1999) on the reversed graph: weight flows from the influenced to the influencer, by p.

    Power iteration as in networkx: people without an incoming arc spread theirs evenly; it stops when the total change
    is below n * tolerance.

    Args:
        diffusion: The model.
        damping: Damping factor, in (0, 1).
        tolerance: Mean absolute change per person at which the iteration stops.

    Returns:
        float64 (n,), sums to 1.
    """
    n = diffusion.n
    if not n:
        return np.zeros(0)
    sources, targets = diffusion.sources, diffusion.targets
    weight = diffusion.p / np.bincount(targets, weights=diffusion.p, minlength=n)[targets]
    dangling = np.diff(diffusion.indptr) == 0
    rank = np.full(n, 1.0 / n)
    for _ in range(1000):
        flow = np.bincount(sources, weights=weight * rank[targets], minlength=n)
        after = damping * (flow + rank[dangling].sum() / n) + (1.0 - damping) / n
        change = float(np.abs(after - rank).sum())
        rank = after
        if change < n * tolerance:
            break
    return rank


def pick_by_score(score: npt.ArrayLike, limits: SeedLimits) -> IntArray:
    """The eligible people with the highest score, until k or the budget is used up.

    Of equal scores the lowest number comes first; people with an unknown (NaN) score come last.
    """
    value = np.nan_to_num(np.asarray(score, np.float64), nan=-np.inf)
    return limits.fill(np.argsort(-value, kind="stable"))


def top_followers(diffusion: Diffusion, limits: SeedLimits, *, followers: npt.ArrayLike | None = None) -> IntArray:
    """The people with most followers as stated by platforms, else by out-degree."""
    if followers is None or bool(np.isnan(np.asarray(followers, np.float64)).all()):
        return pick_by_score(diffusion.out_degree(), limits)
    return pick_by_score(followers, limits)


def random_seeds(limits: SeedLimits, *, rng: int | np.random.Generator) -> IntArray:
    """Eligible people in random order, until k or the budget is used up."""
    return limits.fill(np.random.default_rng(rng).permutation(limits.eligible))


def compare(
    sampler: Sampler,
    picks: Mapping[str, Sequence[npt.ArrayLike]],
    *,
    limits: SeedLimits,
    count: int,
    key: np.uint64,
    threads: int = 1,
) -> tuple[list[Rival], IntArray]:
    """Measure seed sets on one common collection of fresh sets.

    Args:
        sampler: The prepared diffusion.
        picks: Name to one seed set, or to several draws whose spread is averaged.
        limits: Has the costs.
        count: Number of sets, at least 1.
        key: Random stream of the sets; must differ from the one that seeds were chosen on.
        threads: Number of threads; does not change the result.

    Returns:
        One row per name, in the order given; and the number of sets that each prefix of the first seed set hits.
    """
    lists = [np.asarray(seeds, np.int64) for draws in picks.values() for seeds in draws]
    prefixes = hits_by_prefix(sampler, lists, count=count, key=key, threads=threads)
    found = iter(prefixes)
    rows = []
    for name, draws in picks.items():
        hits = float(np.mean([float(got[-1]) if got.size else 0.0 for got in (next(found) for _ in draws)]))
        low, high = binomial_interval(hits, count)
        first = np.asarray(draws[0], np.int64)
        scale = sampler.total / count
        ends = float(low) * sampler.total, float(high) * sampler.total
        rows.append(Rival(name, first, limits.cost(first), hits * scale, *ends))
    return rows, prefixes[0]


def usual_picks(
    diffusion: Diffusion, limits: SeedLimits, *, followers: npt.ArrayLike | None = None, rng: int | np.random.Generator
) -> dict[str, list[IntArray]]:
    """Top followers, PageRank and 20 random draws under the same limits, ready for `compare`."""
    generator = np.random.default_rng(rng)
    return {
        "top followers": [top_followers(diffusion, limits, followers=followers)],
        "PageRank": [pick_by_score(page_rank(diffusion), limits)],
        "random": [random_seeds(limits, rng=generator) for _ in range(_RANDOM_DRAWS)],
    }
