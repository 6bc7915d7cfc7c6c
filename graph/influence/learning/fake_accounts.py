"""Decides who is a fake account: an account that was bought as a follower.

Used for the authenticity of a KOL's audience, and to weaken strengths towards probable fakes.
"""

from __future__ import annotations

import numpy as np

from graph.costly_acts import committed_people
from graph.hetero import HeteroGraph
from graph.influence.diffusion import FloatArray
from graph.influence.learning.account_rates import account_groups, account_rates
from graph.influence.learning.audience import Audience

_ROUNDS = 30


def genuineness(graph: HeteroGraph, audience: Audience) -> FloatArray:
    """Probability that each person is a real account and not a fake follower, float64 (n,) in (0, 1].

    A zero-inflated mixture, fitted by expectation maximisation over everybody who follows or reacted. Fake accounts
    never react and never do anything costly. Real accounts have no reaction with probability 1 / (1 + expected
    reactions), and no costly event as often as the accounts that did react. Everybody with a reaction or a costly event
    is real. Everybody gets 1 where the graph has no reactions at all, and so does everybody without a tie. People who
    only follow accounts whose reactions are unknown (see ``export_coverage``) get the mean of the others.

    Args:
        graph: The market.
        audience: Its ties and reactions, from ``gather_audience``.
    """
    result = np.ones(audience.n)
    if not audience.knows_reactions:
        return result
    committed, knows_commitment = committed_people(graph)
    reacted = audience.per_person(audience.count) > 0
    present = np.zeros(audience.n, bool)
    present[audience.person[audience.coverage.reactions[audience.account]]] = True
    idle = present & ~reacted & ~committed
    if not idle.any():
        return result
    # Adding one person on either side keeps the share inside (0, 1).
    inactive = (
        (np.count_nonzero(reacted & ~committed) + 1) / (np.count_nonzero(reacted) + 2) if knows_commitment else 1.0
    )
    groups = account_groups(graph, audience)
    bought = 0.5 * float(idle.sum() / present.sum())
    for _ in range(_ROUNDS):
        rate = account_rates(audience, result, groups)
        expected = audience.per_person(rate[audience.account] * audience.exposure * audience.observed)
        real = (1.0 - bought) * inactive / (1.0 + expected[idle])
        result[idle] = real / (real + bought)
        bought = float((1.0 - result[present]).sum() / present.sum())
    unknown = audience.per_person(audience.expects) > 0
    result[unknown & ~present & ~committed] = result[present].mean()
    return result
