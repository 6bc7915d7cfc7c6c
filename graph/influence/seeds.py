"""Chooses seeds: greedy coverage of reverse-reachable sets, with a stopping rule, compared with baselines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.influence.baselines import Rival, compare, page_rank, pick_by_score, usual_picks
from graph.influence.diffusion import Diffusion, FloatArray, IntArray, people_mask, stream_keys
from graph.influence.sampling.find_seeds import SeedConfig, certificate, find_seeds
from graph.influence.sampling.greedy_cover import best_order
from graph.influence.sampling.reverse_sets import Sampler, binomial_interval
from graph.influence.seed_limits import SeedLimits
from graph.notebook import html_table

if TYPE_CHECKING:
    import pandas as pd

    from graph.ids import IdMap

_DEFAULTS = SeedConfig()


@dataclass(frozen=True, slots=True, eq=False)
class SeedSet:
    """Chosen seeds, their expected spread, and how reliable the choice is.

    Spreads are in units of value (people by default), include the seeds themselves, and are measured on fresh sets that
    were not used to choose the seeds.

    Attributes:
        seeds: int64 (s,), in order of choice.
        gains: float64 (s,); marginal gain of each seed over those before it.
        costs: float64 (s,); 0 without costs, NaN where unknown.
        spread: float64 (s,); spread of the first j seeds.
        low: float64 (s,); lower end of the exact binomial 90 % interval of `spread`.
        high: float64 (s,); upper end.
        own: Value of the seeds themselves, included in the spread.
        method: ``greedy``, or the name of the baseline that did better on fresh sets.
        certificate: Lower bound of the ratio of this spread to the best possible one, with the configured confidence;
            None where the seeds reach nothing.
        optimism: Relative excess of the spread on the sets used to choose over the spread on fresh sets; None where the
            seeds reach nothing.
        stopped: ``converged``, or the limit that ended the search: ``sets``, ``visits`` or ``seconds``.
        sets: Number of sets used to choose.
        fresh_sets: Number of sets used to measure.
        rivals: The baselines under the same limits, measured on the same fresh sets.
        parameters: The settings.
        seed: The 64-bit key of the random streams.
        people: Ids of the people, for rows and frames; None where only numbers are known.
    """

    seeds: IntArray
    gains: FloatArray
    costs: FloatArray
    spread: FloatArray
    low: FloatArray
    high: FloatArray
    own: float
    method: str
    certificate: float | None
    optimism: float | None
    stopped: str
    sets: int
    fresh_sets: int
    rivals: tuple[Rival, ...]
    parameters: Mapping[str, Any]
    seed: int
    people: IdMap | None = None

    def __repr__(self) -> str:
        return (
            f"<SeedSet: {len(self.seeds)} seeds, spread {self.total:,.1f}, {self.own:,.1f} of it the seeds themselves>"
        )

    def _repr_html_(self) -> str:
        columns = ("rank", "person", "cost", "gain", "cumulative_cost", "spread", "low", "high")
        rows = ([row[name] for name in columns] for row in self.rows())
        return html_table(f"{len(self.seeds)} seeds, spread {self.total:,.1f}", columns, rows)

    @property
    def total(self) -> float:
        """Spread of all seeds."""
        return float(self.spread[-1]) if self.spread.size else 0.0

    @property
    def cost(self) -> float | None:
        """Cost of all seeds; None when one is unknown."""
        total = float(self.costs.sum())
        return None if np.isnan(total) else total

    def rows(self, ids: Sequence[str] | Callable[[IntArray], Sequence[str]] | None = None) -> Iterator[dict[str, Any]]:
        """One dict per seed: rank, person, cost, gain, cumulative_cost, spread, low, high.

        Args:
            ids: External ids by person number, or a function from numbers to ids. Where absent, those of ``people``,
                and without these the numbers.
        """
        if ids is None and self.people is not None:
            ids = self.people.ids
        if ids is None:
            names: Sequence[Any] = self.seeds.tolist()
        else:
            names = ids(self.seeds) if callable(ids) else [ids[person] for person in self.seeds.tolist()]
        spent = np.cumsum(self.costs)
        for j, name in enumerate(names):
            yield {
                "rank": j + 1,
                "person": name,
                "cost": _known(self.costs[j]),
                "gain": float(self.gains[j]),
                "cumulative_cost": _known(spent[j]),
                "spread": float(self.spread[j]),
                "low": float(self.low[j]),
                "high": float(self.high[j]),
            }

    def to_frame(self, ids: Sequence[str] | Callable[[IntArray], Sequence[str]] | None = None) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        columns = ["rank", "person", "cost", "gain", "cumulative_cost", "spread", "low", "high"]
        return pd.DataFrame(list(self.rows(ids)), columns=columns)


def _known(number: float) -> float | None:
    return None if np.isnan(number) else float(number)


def select_seeds(
    diffusion: Diffusion,
    *,
    k: int | None = None,
    budget: float | None = None,
    costs: npt.ArrayLike | None = None,
    candidates: npt.ArrayLike | None = None,
    excluded: npt.ArrayLike | None = None,
    value: npt.ArrayLike | None = None,
    followers: npt.ArrayLike | None = None,
    config: SeedConfig = _DEFAULTS,
    clock: Callable[[], float] = time.monotonic,
    threads: int = 1,
    rng: int | np.random.Generator,
) -> SeedSet:
    """Choose the seeds with the largest expected spread under a number of seeds, a budget, or both.

    The number of sets is doubled until the choice has converged: its optimism is below 1 % and known to within 1 %, and
    the last doubling gained less than 0.3 %. The certificate has to reach 1 - 1/e - epsilon too, which alone would stop
    while the choice is still mostly noise. The result is compared on fresh sets with PageRank, PageRank per
    cost, out-degree, expected direct reach and stated followers, and the best of all is returned.

    Args:
        diffusion: The model over n people.
        k: Number of seeds. Fewer are returned where further seeds would add nothing.
        budget: Money to spend; needs `costs`.
        costs: Cost per person (n,); people with an unknown cost (NaN) are not eligible under a budget.
        candidates: Who may become a seed (mask or numbers); everybody when absent.
        excluded: Who must not be contacted (mask or numbers): removed from the model, so neither seeds nor reached.
        value: Value of reaching each person (n,), for example an adoption probability; 1 for everybody where absent.
        followers: Stated followers (n,), NaN where unknown; used for the comparison only.
        config: When to stop.
        clock: Seconds that have passed, from any origin; read for ``config.seconds`` only.
        threads: Number of threads; does not change the result.
        rng: Seed or Generator; equal seeds give equal bytes.

    Raises:
        ConfigError: no limit is given, or one is out of range.
        DataError: an array has the wrong shape, or nobody has a positive value.
        PrerequisiteError: there is no candidate, or the budget pays for none.

    >>> star = Diffusion.from_arcs(4, [0, 0, 0], [1, 2, 3], p=1.0)
    >>> select_seeds(star, k=1, rng=7).seeds.tolist()
    [0]
    """
    limits = SeedLimits.of(diffusion.n, k=k, budget=budget, costs=costs, candidates=candidates, excluded=excluded)
    sampler = Sampler.of(diffusion, value=value, excluded=excluded, keep=limits.eligible)
    origin = int(stream_keys(rng, 1)[0])
    keys = stream_keys(origin, 4)
    clean = diffusion.without(people_mask(excluded, diffusion.n, what="excluded", default=False))
    search = find_seeds(sampler, limits, config=config, key=keys[0], clock=clock, threads=threads)
    count = search.fresh_sets
    usual = usual_picks(clean, limits, followers=followers, rng=int(keys[3]))
    fixed = {**{name: [seeds] for name, seeds in _other_picks(clean, limits).items()}, **usual}
    picks = {"greedy": [search.choice.seeds], **fixed}
    found, hits = compare(sampler, picks, limits=limits, count=count, key=keys[1], threads=threads)
    greedy = found[0].spread
    best = max((rival for rival in found if len(picks[rival.name]) == 1), key=lambda rival: rival.spread)
    seeds = best.seeds
    if best.name != "greedy":
        seeds = best_order(search.cover, limits, best.seeds)
        again = {best.name: [seeds], **usual}
        found, hits = compare(sampler, again, limits=limits, count=count, key=keys[2], threads=threads)
    low, high = binomial_interval(hits, count)
    chosen_on = search.cover.sets.count
    return SeedSet(
        seeds=seeds,
        gains=np.diff(hits, prepend=0) * (sampler.total / count),
        costs=limits.costs[seeds],
        spread=(hits * (sampler.total / count)).astype(np.float64),
        low=low * sampler.total,
        high=high * sampler.total,
        own=sampler.value_of(seeds),
        method=best.name,
        certificate=certificate(search, int(hits[-1]) if hits.size else 0, config),
        optimism=search.choice.hits / chosen_on * sampler.total / greedy - 1.0 if greedy else None,
        stopped=search.stopped,
        sets=chosen_on,
        fresh_sets=count,
        rivals=tuple(rival for rival in found if rival.name in usual),
        parameters=_parameters(diffusion, sampler, limits, config),
        seed=origin,
    )


def _other_picks(diffusion: Diffusion, limits: SeedLimits) -> dict[str, IntArray]:
    """Simple choices besides the usual ones that the result must not be worse than."""
    scores = {
        "out-degree": diffusion.out_degree(),
        "direct reach": np.bincount(diffusion.sources, weights=diffusion.p, minlength=diffusion.n),
    }
    if limits.budget is not None:
        with np.errstate(divide="ignore"):
            scores["PageRank per cost"] = np.where(limits.costs > 0, page_rank(diffusion) / limits.costs, np.inf)
    return {name: pick_by_score(score, limits) for name, score in scores.items()}


def _parameters(diffusion: Diffusion, sampler: Sampler, limits: SeedLimits, config: SeedConfig) -> Mapping[str, Any]:
    return MappingProxyType(
        {
            "people": diffusion.n,
            "arcs": diffusion.arcs,
            "value": sampler.total,
            "k": limits.k,
            "budget": limits.budget,
            "candidates": int(limits.eligible.size),
            **asdict(config),
        }
    )
