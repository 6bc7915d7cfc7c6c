"""Activation probabilities learned from who reacted to whom, how, how often and how lately.

Reactions of person v to account u are taken as a Poisson process with rate r_u * a_v * x_uv per year:

* r_u, how much the account moves its audience: a trend in the log of its size (engagement falls with followers),
  fitted apart for KOLs and others, times the account's own factor,
* a_v, how easily the person is moved,
* x_uv, the pair's own factor.

Each factor has a gamma prior of mean 1 whose shape is fitted by moments (`shrink.shrunk`), so the data say how far an
account, a person and a pair may be believed. With c_uv discounted reactions in e_uv discounted years and
mu = r_u * a_v * e_uv, the posterior mean of the rate is

    rate_uv = (mu / e_uv) * (shape + c_uv) / (shape + mu)

so that a pair without a reaction keeps a part of its prior instead of 0, which pairwise estimates overfit to (gamma
Poisson shrinkage; the Bernoulli estimates of Goyal, Bonchi and Lakshmanan, WSDM 2010, are the unshrunk case). Then
p_uv = 1 - exp(-transfer * g_v * rate_uv), where g_v is the probability that v is somebody at all (`genuineness`) and
transfer, one number for the whole market, turns reactions into adoptions (`transfer.fit_transfer`).
Where no reactions to an account were exported (`coverage`), nothing was observed (e_uv = 0): the rate is the prior mean
r_u * a_v, with the r_u of accounts of that size whose reactions are known.
Influence and likeness are not told apart: the strengths predict, they do not prove a cause.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, Diffusion, FloatArray
from graph.influence.learning.audience import Audience, StrengthConfig, committed_people, gather_audience
from graph.influence.learning.shrinkage import dispersion, log_linear, shrunk
from graph.influence.learning.transfer import fit_transfer

_DEFAULTS = StrengthConfig()
_ROUNDS = 30
Group = tuple[BoolArray, FloatArray]


def learn_strengths(
    graph: HeteroGraph,
    *,
    config: StrengthConfig = _DEFAULTS,
    as_of: int | None = None,
    audience: Audience | None = None,
) -> Diffusion:
    """Learn the diffusion model of a market.

    An arc u -> v exists where v follows u, reacted to u, or was referred by u. Where no reactions are known, to KOLs or
    to others, ties alone decide: a person's attention is split evenly over the accounts followed.

    Args:
        graph: The market; only Person-to-Person relations and whether people do anything are read.
        config: Weights, half-lives and priors.
        as_of: Only events before this UTC second count; the whole graph when absent.
        audience: What ``gather_audience`` found in these events with this config, where it is at hand.

    Returns:
        A model over the graph's Person nodes, by number.
    """
    market = graph if as_of is None else graph.until(as_of)
    audience = gather_audience(market, config=config) if audience is None else audience
    genuine = genuineness(market, audience, config=config)
    rate = _rates(audience, genuine, _groups(market, audience), config=config)
    strength = genuine[audience.person] * rate
    transfer = fit_transfer(market, audience, strength, prior=config.transfer, window=config.window)
    p = -np.expm1(-transfer * strength)
    keep = p >= config.least
    return Diffusion.from_arcs(audience.n, audience.account[keep], audience.person[keep], p=p[keep])


def genuineness(graph: HeteroGraph, audience: Audience, *, config: StrengthConfig = _DEFAULTS) -> FloatArray:
    """The probability that each person is more than an account that follows, float64 (n,).

    A zero-inflated mixture, fitted by EM over everybody who follows or reacted. Bought accounts never react and never
    commit (buy, save, search, rate); real ones fail to react with probability 1 / (1 + expected reactions), and fail to
    commit as often as those who did react. Whoever reacted or committed is real. Without any reaction in the graph
    nobody can be told apart and everybody gets 1; so does everybody without a tie. Who only follows accounts whose
    reactions are not known gets the mean of those who can be told apart.
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
    # One imagined person on either side keeps the share inside (0, 1).
    lazy = (np.count_nonzero(reacted & ~committed) + 1) / (np.count_nonzero(reacted) + 2) if knows_commitment else 1.0
    groups = _groups(graph, audience)
    bought = 0.5 * float(idle.sum() / present.sum())
    for _ in range(_ROUNDS):
        rate = _account_rates(audience, result, groups)
        expected = audience.per_person(rate[audience.account] * audience.exposure * audience.observed)
        real = (1.0 - bought) * lazy / (1.0 + expected[idle])
        result[idle] = real / (real + bought)
        bought = float((1.0 - result[present]).sum() / present.sum())
    untold = audience.per_person(audience.expects) > 0
    result[untold & ~present & ~committed] = result[present].mean()
    return result


def _account_rates(audience: Audience, genuine: FloatArray, groups: Sequence[Group]) -> FloatArray:
    """Reactions per genuine follower and year of each account, shrunk to its group's size trend; float64 (n,).

    The trend itself where the account's reactions are not known, and 0 where those of its whole group are not.
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


def _groups(graph: HeteroGraph, audience: Audience) -> list[Group]:
    """KOLs with the log of their stated followers (of their audience where none states any), and all others."""
    kol = graph.role("KOL")
    size = np.log1p(audience.per_account(audience.expects))
    stated = graph.nodes["Person"].columns.get("followers") if "Person" in graph.nodes else None
    followers = stated if isinstance(stated, np.ndarray) else np.full(audience.n, -1)
    known = kol & (followers >= 0)
    if known.any():
        size[kol] = np.log1p(followers[known]).mean()
        size[known] = np.log1p(followers[known])
    return [(members, size[members]) for members in (kol, ~kol)]


def _rates(audience: Audience, genuine: FloatArray, groups: Sequence[Group], *, config: StrengthConfig) -> FloatArray:
    """Posterior mean reactions per year of each pair, float64 (m,)."""
    followed = np.bincount(audience.person, minlength=audience.n)
    attention = config.follow / config.transfer / followed[audience.person]
    if not audience.knows_reactions:
        return attention
    seen, known = audience.observed, audience.coverage.reactions[audience.account]
    trend = _account_rates(audience, genuine, groups)[audience.account]
    prior = trend * audience.exposure
    moved, expected = audience.per_person(audience.reactions * seen), audience.per_person(prior * seen)
    ease = shrunk(moved, expected, noise=dispersion(audience.reactions[seen], prior[seen]))
    mu = prior * ease[audience.person]
    own = np.where(known, shrunk(audience.reactions, mu, noise=1.0, fit=seen), 1.0)
    rate = np.where(known | (trend > 0), mu / audience.exposure * own, attention)
    return np.where(audience.expects, rate, config.stranger * rate)
