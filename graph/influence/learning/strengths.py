"""Learns activation probabilities from reactions: who reacted to whom, how, how often and how recently.

The reactions of person v to account u are a Poisson process with rate r_u * a_v * x_uv per year:

* r_u (``trend`` in the code), the account's rate from ``account_rates``: a trend in the log of its size (engagement
  falls with followers), fitted separately for KOLs and others, times a factor of the account,
* a_v (``ease``), a factor of the person: how easily they react,
* x_uv (``own``), a factor of the pair.

Each factor has a gamma prior of mean 1, whose shape is fitted by moments (``shrinkage.shrunk``). With c_uv
(``audience.reactions``) discounted reactions in e_uv (``audience.exposure``) discounted years and
mu = r_u * a_v * e_uv, the posterior mean of the rate is

    rate_uv = (mu / e_uv) * (shape + c_uv) / (shape + mu)

so a pair without a reaction keeps a part of its prior instead of 0 (gamma-Poisson shrinkage; the Bernoulli estimates of
Goyal, Bonchi and Lakshmanan, WSDM 2010, are the case without shrinkage, which overfits). Then
p_uv = 1 - exp(-transfer * g_v * rate_uv), where g_v (``genuine``) is the probability that v is a real account
(``fake_accounts.genuineness``), and transfer is one number for the market that converts reactions to adoptions
(``transfer.fit_transfer``). Where the reactions to an account were not exported (``export_coverage``), nothing was
observed of the pair: x_uv = 1, and the rate is the prior mean r_u * a_v, with the r_u of accounts of the same size
whose reactions are known. The strengths do not separate influence from similarity (homophily): they predict adoptions,
and do not prove causes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.hetero import HeteroGraph
from graph.influence.diffusion import Diffusion, FloatArray
from graph.influence.learning.account_rates import Group, account_groups, account_rates
from graph.influence.learning.audience import Audience, StrengthConfig, gather_audience
from graph.influence.learning.fake_accounts import genuineness
from graph.influence.learning.shrinkage import dispersion, shrunk
from graph.influence.learning.transfer import fit_transfer

_DEFAULTS = StrengthConfig()


def learn_strengths(
    graph: HeteroGraph,
    *,
    config: StrengthConfig = _DEFAULTS,
    as_of: int | None = None,
    audience: Audience | None = None,
) -> Diffusion:
    """Learn the diffusion model of a market.

    There is an arc u -> v where v follows u, reacted to u, or was referred by u. Accounts are of two groups, KOLs and
    others. Where the reactions to no account of a group are known, probabilities of that group come from ties only: a
    person's attention is split evenly over the accounts they follow.

    Args:
        graph: The market; relations between people, costly events and adoptions are read.
        config: Settings and priors.
        as_of: UTC seconds; only earlier events are used. The whole graph where absent.
        audience: Result of ``gather_audience`` for the same events and config, to avoid computing it again.

    Returns:
        The model over the graph's Person nodes, by node number.
    """
    market = graph if as_of is None else graph.until(as_of)
    audience = gather_audience(market, config=config) if audience is None else audience
    genuine = genuineness(market, audience)
    rate = _rates(audience, genuine, account_groups(market, audience), config=config)
    strength = genuine[audience.person] * rate
    transfer = fit_transfer(market, audience, strength, prior=config.transfer, window=config.window)
    p = -np.expm1(-transfer * strength)
    keep = p >= config.least
    return Diffusion.from_arcs(audience.n, audience.account[keep], audience.person[keep], p=p[keep])


def _rates(audience: Audience, genuine: FloatArray, groups: Sequence[Group], *, config: StrengthConfig) -> FloatArray:
    """Posterior mean reactions per year of each pair, float64 (m,); see the formula at the top of the module."""
    # Divided by the prior transfer, which the caller multiplies rates by: ``config.follow`` is meant after that.
    followed = np.bincount(audience.person, minlength=audience.n)
    attention = config.follow / config.transfer / followed[audience.person]
    if not audience.knows_reactions:
        return attention
    seen, known = audience.observed, audience.coverage.reactions[audience.account]
    trend = account_rates(audience, genuine, groups)[audience.account]
    prior = trend * audience.exposure
    moved, expected = audience.per_person(audience.reactions * seen), audience.per_person(prior * seen)
    ease = shrunk(moved, expected, noise=dispersion(audience.reactions[seen], prior[seen]))
    mu = prior * ease[audience.person]
    own = np.where(known, shrunk(audience.reactions, mu, noise=1.0, fit=seen), 1.0)
    rate = np.where(known | (trend > 0), mu / audience.exposure * own, attention)
    return np.where(audience.expects, rate, config.stranger * rate)
