"""Independent cascades: expected spread by Monte Carlo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError
from graph.influence.diffusion import Diffusion, FloatArray, people_mask, people_value, stream_keys

_BLOCK = 4096
Z_90 = 1.6448536269514722


@dataclass(frozen=True, slots=True, eq=False)
class SpreadEstimate:
    """The spread of one seed set over many simulated cascades.

    Attributes:
        mean: Average value reached, seeds included.
        low: Lower end of the 90 % interval of the mean (normal approximation), at least 0.
        high: Upper end.
        runs: float64 (runs,), value reached in each run.
    """

    mean: float
    low: float
    high: float
    runs: FloatArray


def simulate(
    diffusion: Diffusion,
    seeds: npt.ArrayLike,
    *,
    runs: int = 10_000,
    value: npt.ArrayLike | None = None,
    threads: int = 1,
    rng: int | np.random.Generator,
) -> SpreadEstimate:
    """Simulate the independent cascade model (Kempe, Kleinberg and Tardos, 2003).

    Args:
        diffusion: The model.
        seeds: Person numbers that start active; repeated ones count once.
        runs: Number of cascades, at least 2. Run r uses its own stream keyed by (seed, r).
        value: Value of reaching each person, float (n,), >= 0; 1 for everybody where absent.
        threads: Number of threads; does not change the result.
        rng: Seed or Generator; equal seeds give equal bytes.

    Raises:
        ConfigError: fewer than 2 runs.
        DataError: a seed outside the people, or values that are not usable.
    """
    from concurrent.futures import ThreadPoolExecutor

    from graph.influence.sampling import kernels

    if runs < 2:
        raise ConfigError(f"{runs} runs give no interval", hint="use at least 2 runs, better 10000")
    start = np.flatnonzero(people_mask(np.asarray(seeds, np.int64), diffusion.n, what="seeds", default=False))
    worth = people_value(value, diffusion.n)
    indptr, targets, p = diffusion.forward()
    key = stream_keys(rng, 1)[0]
    spread = np.empty(runs)

    def work(first: int) -> None:
        seen, queue = np.zeros(diffusion.n, np.uint8), np.empty(diffusion.n, np.int64)
        block = spread[first : first + _BLOCK]
        kernels.cascade_block(indptr, targets, p, start, worth, key, first, seen, queue, block)

    with ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(work, range(0, runs, _BLOCK)))
    mean = float(spread.mean())
    margin = Z_90 * float(spread.std(ddof=1)) / runs**0.5
    spread.setflags(write=False)
    return SpreadEstimate(mean, max(0.0, mean - margin), mean + margin, spread)
