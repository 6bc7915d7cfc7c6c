"""Reaction rates of accounts: how often an account's followers react to it, by its size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray
from graph.influence.learning.audience import Audience
from graph.influence.learning.shrinkage import dispersion, log_linear, shrunk

# Members of a group of accounts, bool (n,), and the log size of each member.
Group = tuple[BoolArray, FloatArray]


def account_rates(audience: Audience, genuine: FloatArray, groups: Sequence[Group]) -> FloatArray:
    """Reactions per real follower and year of each account, shrunk towards its group's trend by size; float64 (n,).

    The trend itself where the account's reactions are unknown, and 0 where those of its whole group are.
    """
    tied = audience.observed
    years = audience.exposure * genuine[audience.person] * tied
    seen, open_years = audience.per_account(audience.reactions * tied), audience.per_account(years)
    rate = np.zeros(audience.n)
    for members, size in groups:
        trend = log_linear(seen[members], open_years[members], size)
        rate[members] = trend
        pairs = tied & members[audience.account]
        noise = dispersion(audience.reactions[pairs], (years * rate[audience.account])[pairs])
        rate[members] = trend * shrunk(seen[members], open_years[members] * trend, noise=noise)
    return rate


def account_groups(graph: HeteroGraph, audience: Audience) -> list[Group]:
    """Two groups: KOLs with the log of their stated followers (of their audience where none are stated), and others."""
    kol = graph.role("KOL")
    size = np.log1p(audience.per_account(audience.expects))
    stated = graph.nodes["Person"].columns.get("followers") if "Person" in graph.nodes else None
    followers = stated if isinstance(stated, np.ndarray) else np.full(audience.n, -1)
    known = kol & (followers >= 0)
    if known.any():
        size[kol] = np.log1p(followers[known]).mean()
        size[known] = np.log1p(followers[known])
    return [(members, size[members]) for members in (kol, ~kol)]
