"""Who to seed so that word of mouth brings the most: strengths, cascades, reverse-reachable sets, seeds under a budget.

Importing this package loads numpy only; the compiled kernels are imported on the first call that needs them.
"""

from graph.influence.attributes import cost_notes, person_cost, person_number, seed_candidates, unpriced_notes
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
from graph.influence.kols.cards import KolCard, KolRanking
from graph.influence.kols.overlap import audience_overlap
from graph.influence.kols.ranking import rank_kols
from graph.influence.learning.audience import Audience, StrengthConfig, gather_audience, tie_keys
from graph.influence.learning.strengths import genuineness, learn_strengths
from graph.influence.limits import Limits
from graph.influence.sampling.reverse import ReverseSets, Sampler, binomial_interval, hits_by_prefix, reverse_sets
from graph.influence.sampling.search import SeedConfig
from graph.influence.seeds import SeedSet, select_seeds

__all__ = [
    "Audience",
    "Diffusion",
    "KolCard",
    "KolRanking",
    "Limits",
    "ReverseSets",
    "Rival",
    "Sampler",
    "SeedConfig",
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
