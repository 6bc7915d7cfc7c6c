import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import DataError
from graph.influence.cascade import simulate
from graph.influence.diffusion import Diffusion
from graph.influence.sampling.reverse_numpy import stratified_sets
from graph.influence.sampling.reverse_sets import ReverseSets, Sampler, binomial_interval, hits_by_prefix, reverse_sets
from tests.graph.influence.exact import exact_spread

KEY = np.uint64(12345)


def random_network(n: int, arcs: int, seed: int) -> Diffusion:
    rng = np.random.default_rng(seed)
    return Diffusion.from_arcs(
        n,
        rng.integers(0, n, arcs),
        rng.integers(0, n, arcs),
        p=rng.choice([0.02, 0.1, 0.3, 1.0], arcs, p=[0.4, 0.4, 0.18, 0.02]),
    )


def share(sets: ReverseSets, person: int) -> float:
    return float(np.count_nonzero(sets.members == person) / sets.count)


@pytest.mark.parametrize("seed", range(6))
def test_hits_of_every_pair_agree_with_enumeration(seed: int, random_diffusion: Callable[..., Diffusion]) -> None:
    model = random_diffusion(6, 14, seed, high=1.0)
    value = np.array([0.0, 1.0, 2.0, 0.5, 3.0, 0.1])
    sampler, count = Sampler.of(model, value=value), 40_000
    pairs = list(itertools.combinations(range(6), 2))
    found = hits_by_prefix(sampler, pairs, count=count, key=KEY)
    for pair, hits in zip(pairs, found, strict=True):
        for size in (1, 2):
            truth = exact_spread(model, pair[:size], value=value) / value.sum()
            assert hits[size - 1] / count == pytest.approx(truth, abs=4.5 * (0.25 / count) ** 0.5)


@pytest.mark.parametrize("p", [0.004, 0.1, 0.24, 0.25, 0.7, 1.0])
def test_long_rows_fire_each_arc_with_its_own_probability(p: float) -> None:
    chances = np.full(60, p)
    chances[::7] = 0.31
    fan = Diffusion.from_arcs(61, range(60), [60] * 60, p=chances)
    sampler = Sampler.of(fan, value=np.eye(61)[60])
    sets = reverse_sets(sampler, count=40_000, key=KEY)
    fired = np.bincount(sets.members, minlength=61)[:60] / sets.count
    assert np.all(np.abs(fired - chances) <= 4.5 * np.sqrt(chances * (1 - chances) / sets.count) + 1e-12)
    # Independent arcs: the variance of how many fire is the sum of their variances.
    sizes = np.diff(sets.pointers)
    assert float(sizes.var()) == pytest.approx(float((chances * (1 - chances)).sum()), rel=0.04, abs=0.01)


def test_reverse_estimate_agrees_with_forward_simulation_on_a_real_sized_graph() -> None:
    model = random_network(2_000, 8_000, 3)
    forward = simulate(model, [5, 77, 900], runs=1_000, rng=1)
    count = 30_000
    hits = hits_by_prefix(Sampler.of(model), [[5, 77, 900]], count=count, key=KEY)[0][-1]
    low, high = binomial_interval(hits, count, level=0.999)
    assert low * 2_000 - (forward.high - forward.low) <= forward.mean <= high * 2_000 + (forward.high - forward.low)


def test_roots_follow_the_values() -> None:
    value = np.array([0.0, 1.0, 0.0, 5.0, 2.5, 0.0, 0.7])
    sets = reverse_sets(Sampler.of(Diffusion.from_arcs(7, [], [], p=[]), value=value), count=50_000, key=KEY)
    drawn = np.bincount(sets.members, minlength=7) / sets.count
    assert drawn[value == 0].tolist() == [0, 0, 0]
    assert drawn == pytest.approx(value / value.sum(), abs=0.01)


@pytest.mark.parametrize("stop", [[], [3, 77]])
def test_any_number_of_threads_gives_the_same_bytes(stop: list[int]) -> None:
    sampler = Sampler.of(random_network(500, 3_000, 1))
    whole, *others = (reverse_sets(sampler, first=7, count=50_000, key=KEY, stop=stop, threads=t) for t in (1, 2, 4))
    for other in others:
        assert whole.members.tobytes() == other.members.tobytes()
        assert whole.pointers.tobytes() == other.pointers.tobytes()
        assert whole.visited == other.visited


@settings(max_examples=40, deadline=None)
@given(value=st.lists(st.sampled_from([0.0, 0.5, 1.0, 3.0]), min_size=2, max_size=9), rounds=st.integers(1, 30))
def test_everybody_is_root_as_often_as_their_value_says(value: list[float], rounds: int) -> None:
    value[0] = 1.0
    nobody = Diffusion.from_arcs(len(value), [], [], p=[])
    expected = rounds * np.array(value)
    count = max(1, int(expected.sum()))
    drawn = np.bincount(
        reverse_sets(Sampler.of(nobody, value=value), count=count, key=KEY).members, minlength=len(value)
    )
    share = np.array(value) / sum(value) * count
    assert np.all(np.abs(drawn - share) < 2)
    assert not drawn[np.array(value) == 0].any()


def test_sets_stop_at_the_people_named_and_are_else_the_same() -> None:
    sampler, stop = Sampler.of(random_network(300, 1_200, 4)), [5, 120, 250]
    full = reverse_sets(sampler, count=5_000, key=KEY)
    short = reverse_sets(sampler, count=5_000, key=KEY, stop=stop)
    for i in range(full.count):
        whole = full.members[full.pointers[i] : full.pointers[i + 1]]
        part = short.members[short.pointers[i] : short.pointers[i + 1]]
        if np.isin(stop, whole).any():
            assert part.size == 1
            assert part[0] in stop
            assert part[0] in whole
        else:
            assert part.tolist() == whole.tolist()
    assert short.visited < full.visited


def test_sets_larger_than_the_first_room_are_complete() -> None:
    ring = Diffusion.from_arcs(900, range(900), [*range(1, 900), 0], p=1.0)
    sets = reverse_sets(Sampler.of(ring), count=300, key=KEY)
    assert np.diff(sets.pointers).tolist() == [900] * 300
    assert sets.visited == 270_000


def test_keep_stores_some_people_but_walks_through_all() -> None:
    path = Diffusion.from_arcs(3, [0, 1], [1, 2], p=1.0)
    sets = reverse_sets(Sampler.of(path, keep=[0], value=[0, 0, 1]), count=10, key=KEY)
    assert sets.members.tolist() == [0] * 10
    assert sets.visited == 30


def test_excluded_people_neither_count_nor_pass_anything_on() -> None:
    path = Diffusion.from_arcs(3, [0, 1], [1, 2], p=1.0)
    sampler = Sampler.of(path, excluded=[1])
    assert sampler.total == 2.0
    sets = reverse_sets(sampler, count=2_000, key=KEY)
    assert set(sets.members.tolist()) == {0, 2}
    assert share(sets, 0) == pytest.approx(0.5, abs=0.05)
    with pytest.raises(DataError, match="candidate"):
        hits_by_prefix(sampler, [[1]], count=10, key=KEY)


def test_nobody_who_counts_is_an_error() -> None:
    with pytest.raises(DataError, match="nobody"):
        Sampler.of(Diffusion.from_arcs(2, [0], [1], p=1.0), value=[0, 1], excluded=[1])


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 60), data=st.data())
def test_ends_of_the_binomial_interval_leave_five_percent_beyond_them(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = (float(end) for end in binomial_interval(hits, count))

    def chance(share: float, numbers: range) -> float:
        return sum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in numbers)

    assert low == 0.0 if hits == 0 else chance(low, range(hits, count + 1)) == pytest.approx(0.05)
    assert high == 1.0 if hits == count else chance(high, range(hits + 1)) == pytest.approx(0.05)


def test_plain_sets_have_the_same_law_as_compiled_ones() -> None:
    model = random_network(60, 240, 2)
    value = np.random.default_rng(4).uniform(0, 1, 60)
    count = 60_000
    plain = stratified_sets(model, value=value, count=count, key=KEY)
    compiled = reverse_sets(Sampler.of(model, value=value), count=count, key=KEY)
    for sets in (plain, compiled):
        assert (
            np.unique(np.repeat(np.arange(count), np.diff(sets.pointers)) * 60 + sets.members).size == sets.members.size
        )
    a, b = (np.bincount(sets.members, minlength=60) / count for sets in (plain, compiled))
    assert np.abs(a - b).max() < 4.5 * (2 * 0.25 / count) ** 0.5
    assert plain.members.size / count == pytest.approx(compiled.members.size / count, rel=0.03)


def test_plain_sets_agree_with_enumeration_more_closely_than_chance(random_diffusion: Callable[..., Diffusion]) -> None:
    model = random_diffusion(6, 14, 11, high=1.0)
    sets = stratified_sets(model, keep=[2], count=60_000, key=KEY)
    assert share(sets, 2) * 6 == pytest.approx(exact_spread(model, [2]), rel=0.01)
