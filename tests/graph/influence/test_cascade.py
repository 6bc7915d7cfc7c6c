from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError, DataError
from graph.influence.cascade import simulate
from graph.influence.diffusion import Diffusion
from tests.graph.influence.exact import exact_spread


def test_path_spread_is_a_geometric_sum() -> None:
    path = Diffusion.from_arcs(6, range(5), range(1, 6), p=0.5)
    assert exact_spread(path, [0]) == pytest.approx(sum(0.5**i for i in range(6)))


def test_star_spread_counts_the_leaves() -> None:
    star = Diffusion.from_arcs(9, [0] * 8, range(1, 9), p=0.3)
    assert exact_spread(star, [0]) == pytest.approx(1 + 8 * 0.3)
    assert exact_spread(star, [1]) == pytest.approx(1)


def test_diamond_joins_two_ways_as_independent_chances() -> None:
    diamond = Diffusion.from_arcs(4, [0, 0, 1, 2], [1, 2, 3, 3], p=[0.5, 0.4, 0.3, 0.2])
    assert exact_spread(diamond, [0]) == pytest.approx(1 + 0.5 + 0.4 + (1 - (1 - 0.15) * (1 - 0.08)))


def test_triangle_clique_counts_detours() -> None:
    arcs = [(u, v) for u in range(3) for v in range(3) if u != v]
    clique = Diffusion.from_arcs(3, [u for u, _ in arcs], [v for _, v in arcs], p=0.5)
    # Each of the others is reached directly, or by the other one: 1 - (1 - p) * (1 - p * p).
    assert exact_spread(clique, [0]) == pytest.approx(1 + 2 * (1 - 0.5 * 0.75))


def test_certain_arcs_reach_everybody_in_every_run() -> None:
    ring = Diffusion.from_arcs(5, range(5), [1, 2, 3, 4, 0], p=1.0)
    assert simulate(ring, [2], runs=10, rng=0).runs.tolist() == [5.0] * 10


@pytest.mark.parametrize("seed", range(4))
def test_monte_carlo_agrees_with_enumeration(seed: int, random_diffusion: Callable[..., Diffusion]) -> None:
    model = random_diffusion(6, 12, seed)
    value = np.arange(6) / 3.0
    estimate = simulate(model, [0, 3], runs=40_000, value=value, rng=seed)
    margin = 3 * (estimate.high - estimate.low) / 2
    assert estimate.mean == pytest.approx(exact_spread(model, [0, 3], value=value), abs=margin)
    assert estimate.low <= estimate.mean <= estimate.high


def test_intervals_hold_the_truth_about_nine_times_in_ten(random_diffusion: Callable[..., Diffusion]) -> None:
    model = random_diffusion(6, 12, 7)
    truth = exact_spread(model, [1])
    held = sum(e.low <= truth <= e.high for e in (simulate(model, [1], runs=400, rng=s) for s in range(200)))
    assert 165 <= held <= 195


def test_threads_and_splits_change_no_byte(random_diffusion: Callable[..., Diffusion]) -> None:
    model = random_diffusion(6, 12, 3)
    one = simulate(model, [0], runs=10_000, rng=9)
    assert one.runs.tobytes() == simulate(model, [0], runs=10_000, threads=2, rng=9).runs.tobytes()
    assert one.runs[:500].tobytes() == simulate(model, [0], runs=500, rng=9).runs.tobytes()
    assert one.runs.tobytes() != simulate(model, [0], runs=10_000, rng=10).runs.tobytes()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), mask=st.integers(0, 31), more=st.integers(0, 31), person=st.integers(0, 4))
def test_spread_is_monotone_and_submodular(
    seed: int, mask: int, more: int, person: int, random_diffusion: Callable[..., Diffusion]
) -> None:
    model = random_diffusion(5, 9, seed)
    small, large = [i for i in range(5) if mask >> i & 1], [i for i in range(5) if (mask | more) >> i & 1]

    def gain(seeds: list[int]) -> float:
        return exact_spread(model, [*seeds, person]) - exact_spread(model, seeds)

    assert gain(large) >= -1e-12
    assert gain(small) >= gain(large) - 1e-12


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_spread_does_not_depend_on_the_numbering(seed: int, random_diffusion: Callable[..., Diffusion]) -> None:
    model = random_diffusion(6, 11, seed)
    new = np.random.default_rng(seed).permutation(6)
    renamed = Diffusion.from_arcs(6, new[model.sources], new[model.targets], p=model.p)
    assert exact_spread(renamed, new[[0, 2]]) == pytest.approx(exact_spread(model, [0, 2]))


def test_wrong_requests_are_refused() -> None:
    model = Diffusion.from_arcs(3, [0], [1], p=0.5)
    with pytest.raises(ConfigError):
        simulate(model, [0], runs=1, rng=0)
    with pytest.raises(DataError):
        simulate(model, [3], rng=0)
    with pytest.raises(DataError):
        simulate(model, [0], value=[1.0, -1.0, 0.0], rng=0)
    big = Diffusion.from_arcs(30, range(29), range(1, 30), p=0.5)
    with pytest.raises(ConfigError, match="too many"):
        exact_spread(big, [0])
