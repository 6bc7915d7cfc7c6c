"""Influence maximisation: whom to seed so that word of mouth reaches most people, and which KOLs are worth their price.

::

    learning/   ties and reactions to activation probabilities; fake accounts; accounts whose data was not exported
    diffusion   the independent-cascade model that learning produces; cascade simulates it
    sampling/   reverse-reachable sets, greedy coverage, and when enough sets are drawn
    seeds       choosing seeds under a number and a budget; baselines for comparison
    kols/       ranking of KOLs, their cards, overlap of audiences

Importing this package loads NumPy only; compiled kernels are imported when first needed.
"""

from graph.influence.baselines import (
    Rival,
    compare,
    page_rank,
    pick_by_score,
    random_seeds,
    top_followers,
    usual_picks,
)
from graph.influence.cascade import SpreadEstimate, exact_spread, simulate
from graph.influence.diffusion import Diffusion
from graph.influence.kols.card_values import KolCard, KolRanking
from graph.influence.kols.overlap import audience_overlap
from graph.influence.kols.ranking import rank_kols
from graph.influence.learning.audience import Audience, StrengthConfig, gather_audience, tie_keys
from graph.influence.learning.fake_accounts import genuineness
from graph.influence.learning.strengths import learn_strengths
from graph.influence.person_attributes import cost_notes, person_cost, person_number, seed_candidates, unpriced_notes
from graph.influence.sampling.find_seeds import SeedConfig
from graph.influence.sampling.reverse_sets import ReverseSets, Sampler, binomial_interval, hits_by_prefix, reverse_sets
from graph.influence.seed_limits import SeedLimits
from graph.influence.seeds import SeedSet, select_seeds

__all__ = [
    "Audience",
    "Diffusion",
    "KolCard",
    "KolRanking",
    "ReverseSets",
    "Rival",
    "Sampler",
    "SeedConfig",
    "SeedLimits",
    "SeedSet",
    "SpreadEstimate",
    "StrengthConfig",
    "audience_overlap",
    "binomial_interval",
    "compare",
    "cost_notes",
    "exact_spread",
    "gather_audience",
    "genuineness",
    "hits_by_prefix",
    "learn_strengths",
    "page_rank",
    "person_cost",
    "person_number",
    "pick_by_score",
    "random_seeds",
    "rank_kols",
    "reverse_sets",
    "seed_candidates",
    "select_seeds",
    "simulate",
    "tie_keys",
    "top_followers",
    "unpriced_notes",
    "usual_picks",
]
