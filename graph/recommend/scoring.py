"""Scores of all items for many people: in blocks that fit into memory, without what must not be recommended."""

from __future__ import annotations

import numpy as np

from graph.recommend.features import Features, Floats
from graph.text import Int64

# Scores of one block of users: about 8 MB in float64.
_BLOCK_ENTRIES = 1_000_000
# Matrix products work on this many people at once, so that a smaller block is hardly cheaper.
_FEWEST_USERS = 192


def user_blocks(users: int, items: int) -> list[tuple[int, int]]:
    """Ranges (start, stop) of users whose scores fit into memory at once."""
    size = max(_BLOCK_ENTRIES // max(items, 1), _FEWEST_USERS)
    return [(start, min(start + size, users)) for start in range(0, users, size)]


def mask_excluded(scores: Floats, features: Features, users: Int64) -> Floats:
    """A copy of the scores with -inf where the person owns or has rated the item, or nobody is offered it.

    Args:
        scores: float64 (u, n).
        features: The graph that the scores were made from, prepared for the target.
        users: int64 (u,), whose rows these are.
    """
    result = scores.copy()
    result[features.excluded_items(users)] = -np.inf
    result[:, features.excluded_for_all] = -np.inf
    return result
