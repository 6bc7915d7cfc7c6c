"""Audience overlap: the share of one account's audience that another account has too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.influence.diffusion import FloatArray
from graph.influence.learning.audience import Audience


def audience_overlap(audience: Audience, accounts: npt.ArrayLike) -> FloatArray:
    """Share of the row account's audience that the column account has too.

    Not symmetric: a small audience may be fully contained in a large one.

    Args:
        audience: From ``gather_audience``.
        accounts: Person numbers (k,).

    Returns:
        float64 (k, k), in [0, 1]; 1 on the diagonal, NaN in the rows of accounts without an audience.
    """
    chosen = np.asarray(accounts, np.int64)
    position = np.full(audience.n, -1, np.int64)
    position[chosen] = np.arange(len(chosen))
    mine = position[audience.account] >= 0
    member = np.zeros((len(chosen), audience.n), np.float32)
    member[position[audience.account[mine]], audience.person[mine]] = 1.0
    shared = (member @ member.T).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: FloatArray = shared / np.diag(shared)[:, None]
    return result
