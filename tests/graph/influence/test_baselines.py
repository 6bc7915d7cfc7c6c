import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError, DataError
from graph.influence.baselines import compare, page_rank, pick_by_score, random_seeds, top_followers, usual_picks
from graph.influence.diffusion import Diffusion
from graph.influence.sampling.reverse_sets import Sampler
from graph.influence.seed_limits import SeedLimits
from tests.graph.influence.exact import exact_spread


def network(n: int, arcs: int, seed: int) -> Diffusion:
    rng = np.random.default_rng(seed)
    return Diffusion.from_arcs(n, rng.integers(0, n, arcs), rng.integers(0, n, arcs), p=rng.uniform(0.05, 1, arcs))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1_000), arcs=st.integers(0, 120))
def test_page_rank_is_that_of_networkx_on_the_reversed_graph(seed: int, arcs: int) -> None:
    model = network(30, arcs, seed)
    reference = nx.DiGraph()
    reference.add_nodes_from(range(30))
    for u, v, p in zip(model.sources.tolist(), model.targets.tolist(), model.p.tolist(), strict=True):
        reference.add_edge(v, u, weight=p)
    truth = nx.pagerank(reference, tol=1e-10, max_iter=1_000)
    assert page_rank(model) == pytest.approx(np.array([truth[i] for i in range(30)]), abs=1e-9)


def test_page_rank_of_nobody_is_empty() -> None:
    assert page_rank(Diffusion.from_arcs(0, [], [], p=[])).size == 0


def test_ties_go_to_the_lowest_number_and_unknown_scores_come_last() -> None:
    limits = SeedLimits.of(5, k=4)
    assert pick_by_score([1.0, np.nan, 2.0, 2.0, 0.0], limits).tolist() == [2, 3, 0, 4]


def test_filling_skips_what_is_too_dear_and_goes_on() -> None:
    limits = SeedLimits.of(4, budget=10, costs=[7.0, 5.0, 3.0, np.nan])
    assert pick_by_score([9, 8, 7, 10], limits).tolist() == [0, 2]
    both = SeedLimits.of(4, k=1, budget=10, costs=[7.0, 5.0, 3.0, np.nan])
    assert pick_by_score([9, 8, 7, 10], both).tolist() == [0]


def test_top_followers_uses_the_stated_numbers_when_there_are_any() -> None:
    star = Diffusion.from_arcs(4, [3, 3, 3], [0, 1, 2], p=0.5)
    limits = SeedLimits.of(4, k=1)
    assert top_followers(star, limits).tolist() == [3]
    assert top_followers(star, limits, followers=[5, np.nan, 90, 3]).tolist() == [2]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1_000),
    budget=st.floats(1, 200),
    k=st.one_of(st.none(), st.integers(1, 12)),
)
def test_no_pick_breaks_a_limit(seed: int, budget: float, k: int | None) -> None:
    rng = np.random.default_rng(seed)
    costs = np.where(rng.random(30) < 0.1, np.nan, rng.uniform(0.5, 60, 30))
    costs[0] = 0.7
    excluded = rng.choice(np.arange(1, 30), 5, replace=False)
    limits = SeedLimits.of(30, k=k, budget=budget, costs=costs, excluded=excluded)
    for draws in usual_picks(network(30, 90, seed), limits, rng=seed).values():
        for seeds in draws:
            assert np.unique(seeds).size == seeds.size <= (k or 30)
            assert costs[seeds].sum() <= budget
            assert not set(seeds.tolist()) & set(excluded.tolist())


def test_compare_measures_all_on_the_same_sets() -> None:
    star = Diffusion.from_arcs(6, [0] * 5, range(1, 6), p=0.4)
    limits = SeedLimits.of(6, k=2, costs=[1.0, 2.0, np.nan, 4.0, 5.0, 6.0])
    picks = {"hub": [[0, 1]], "same": [[1, 0]], "leaves": [[2, 3], [4, 5]], "none": [[]]}
    rows, hits = compare(Sampler.of(star), picks, limits=limits, count=40_000, key=np.uint64(3))
    hub, same, leaves, none = rows
    assert hub.spread == same.spread == pytest.approx(exact_spread(star, [0, 1]), rel=0.02)
    assert hits[-1] / 40_000 * 6 == hub.spread
    assert hub.low < hub.spread < hub.high
    assert leaves.spread == pytest.approx(2.0, rel=0.05)
    assert (hub.cost, leaves.cost, none.spread, none.low) == (3.0, None, 0.0, 0.0)


def test_random_seeds_repeat_with_the_seed() -> None:
    limits = SeedLimits.of(50, k=5)
    assert random_seeds(limits, rng=1).tolist() == random_seeds(limits, rng=1).tolist()
    assert random_seeds(limits, rng=1).tolist() != random_seeds(limits, rng=2).tolist()


@pytest.mark.parametrize(
    "rules",
    [{}, {"k": 0}, {"budget": 5.0}, {"budget": -1.0, "costs": [1, 1, 1]}, {"budget": np.inf, "costs": [1, 1, 1]}],
)
def test_senseless_limits_are_refused(rules: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        SeedLimits.of(3, **rules)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rules",
    [
        {"k": 1, "costs": [1, 2]},
        {"k": 1, "costs": [1, -2, 3]},
        {"k": 1, "candidates": [7]},
        {"k": 1, "candidates": [True, False]},
    ],
)
def test_arrays_that_do_not_fit_are_refused(rules: dict[str, object]) -> None:
    with pytest.raises(DataError):
        SeedLimits.of(3, **rules)  # type: ignore[arg-type]


def test_followers_that_nobody_states_fall_back_on_arcs() -> None:
    star = Diffusion.from_arcs(4, [3, 3, 3], [0, 1, 2], p=0.5)
    assert top_followers(star, SeedLimits.of(4, k=1), followers=[np.nan] * 4).tolist() == [3]
