"""Twins: people who follow nearly the same accounts."""

from __future__ import annotations

import numpy as np

from graph.text import Int64
from graph.trust.authenticity.follower_ties import FollowerTies

# Two people are twins if they share at least three promoted accounts, and half of all that either follows.
_LEAST_SHARED = 3
_LEAST_JACCARD = 0.5
ENOUGH = 3
"""So many twins are company; one or two are chance."""
# Sharing an account that thousands follow says nothing, and would cost the square of its followers.
_MOST_FOLLOWERS = 2_000


def count_twins(ties: FollowerTies) -> Int64 | None:
    """Number of twins of each person, int64 (n,).

    -1 for people who follow fewer than three promoted accounts of at most 2,000 followers; None where all do.
    """
    import scipy.sparse as sp

    followers = ties.per_account(ties.promoted)
    rows = ties.promoted & (followers[ties.account] <= _MOST_FOLLOWERS)
    follows = np.bincount(ties.person[rows], minlength=ties.n)
    rows &= follows[ties.person] >= _LEAST_SHARED
    if not rows.any():
        return None
    matrix = sp.csr_array((np.ones(int(rows.sum()), np.int32), (ties.person[rows], ties.account[rows])), (ties.n,) * 2)
    shared = (matrix @ matrix.T).tocoo()
    union = follows[shared.row] + follows[shared.col] - shared.data
    twin = (shared.row != shared.col) & (shared.data >= _LEAST_SHARED) & (shared.data >= _LEAST_JACCARD * union)
    found = np.bincount(shared.row[twin], minlength=ties.n)
    return np.where(follows >= _LEAST_SHARED, found, -1)
