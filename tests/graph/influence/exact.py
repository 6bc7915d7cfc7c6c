"""The exact expected spread on tiny graphs, which tests compare the estimates with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.errors import ConfigError
from graph.influence.diffusion import Diffusion, people_mask, people_value

_EXACT_ARCS = 18


def exact_spread(diffusion: Diffusion, seeds: npt.ArrayLike, *, value: npt.ArrayLike | None = None) -> float:
    """The exact expected spread, by enumerating all 2**arcs outcomes.

    Raises:
        ConfigError: more than 18 arcs.
        DataError: as for `simulate`.
    """
    if diffusion.arcs > _EXACT_ARCS:
        raise ConfigError(f"{diffusion.arcs} arcs are too many to enumerate", hint="use simulate()")
    start = people_mask(np.asarray(seeds, np.int64), diffusion.n, what="seeds", default=False)
    worth = people_value(value, diffusion.n)
    live = (np.arange(2**diffusion.arcs)[:, None] >> np.arange(diffusion.arcs)) & 1 == 1
    weight = np.where(live, diffusion.p, 1.0 - diffusion.p).prod(axis=1)
    active = np.repeat(start[None, :], live.shape[0], axis=0)
    sources, targets = diffusion.sources, diffusion.targets
    for _ in range(diffusion.n):
        for arc in range(diffusion.arcs):
            active[:, targets[arc]] |= active[:, sources[arc]] & live[:, arc]
    return float(weight @ (active @ worth))
