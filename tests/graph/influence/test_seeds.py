from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import ConfigError, DataError, PrerequisiteError
from graph.influence.cascade import simulate
from graph.influence.diffusion import Diffusion
from graph.influence.sampling.find_seeds import SeedConfig
from graph.influence.seeds import SeedSet, select_seeds
from tests.graph.influence.exact import exact_spread

QUICK = SeedConfig(most_sets=65_536)


def network(n: int, arcs: int, seed: int) -> Diffusion:
    rng = np.random.default_rng(seed)
    sources = (n * rng.random(arcs) ** 3).astype(int)
    return Diffusion.from_arcs(n, sources, rng.integers(0, n, arcs), p=rng.uniform(0.01, 0.4, arcs))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("k", [1, 2, 3])
def test_small_graphs_come_within_the_guarantee_of_the_best(
    seed: int, k: int, random_diffusion: Callable[..., Diffusion], best_possible: Callable[[Diffusion, int], float]
) -> None:
    model = random_diffusion(7, 13, seed)
    chosen = select_seeds(model, k=k, config=QUICK, rng=seed)
    reached, best = exact_spread(model, chosen.seeds), best_possible(model, k)
    assert reached >= (1 - 1 / np.e) * best
    assert reached >= (0.98 if k == 1 else 0.9) * best
    assert chosen.certificate is not None
    assert chosen.certificate <= reached / best + 1e-9


def test_two_stars_are_both_seeded_before_any_leaf() -> None:
    hubs = Diffusion.from_arcs(20, [0] * 9 + [10] * 9, [*range(1, 10), *range(11, 20)], p=0.5)
    chosen = select_seeds(hubs, k=3, rng=1)
    assert set(chosen.seeds[:2].tolist()) == {0, 10}
    assert chosen.spread[1] == pytest.approx(11.0, rel=0.01)
    assert chosen.gains.sum() == pytest.approx(chosen.total)
    assert chosen.stopped == "converged"


def test_figures_are_those_of_an_independent_simulation() -> None:
    model = network(1_500, 6_000, 1)
    chosen = select_seeds(model, k=8, config=SeedConfig(most_sets=262_144), rng=4)
    forward = simulate(model, chosen.seeds, runs=4_000, rng=77)
    slack = forward.high - forward.low
    assert chosen.low[-1] - slack <= forward.mean <= chosen.high[-1] + slack
    assert np.all((chosen.low <= chosen.spread) & (chosen.spread <= chosen.high))
    assert np.all(np.diff(chosen.spread) >= 0)


def test_same_seed_same_bytes_whatever_the_threads() -> None:
    model = network(800, 3_000, 2)

    def run(threads: int, rng: int | np.random.Generator) -> bytes:
        chosen = select_seeds(model, k=5, config=QUICK, threads=threads, rng=rng)
        return (
            chosen.seeds.tobytes() + chosen.spread.tobytes() + chosen.low.tobytes() + str(chosen.certificate).encode()
        )

    assert run(1, 3) == run(2, 3) == run(4, 3) == run(1, np.random.default_rng(3))
    assert run(1, 3) != run(1, 4)


def high_influence(seed: int) -> Diffusion:
    rng = np.random.default_rng(seed)
    return Diffusion.from_arcs(150, rng.integers(0, 150, 800), rng.integers(0, 150, 800), p=0.25)


def test_high_influence_takes_the_same_seeds_with_any_threads_and_a_valid_certificate() -> None:
    # Sets of dozens of people, so that the later ones stop at the first seeds.
    model = high_influence(1)
    config = SeedConfig(most_sets=65_536)
    one, *others = (select_seeds(model, k=6, config=config, threads=threads, rng=2) for threads in (1, 2, 4))
    for other in others:
        assert one.seeds.tobytes() == other.seeds.tobytes()
        assert one.spread.tobytes() == other.spread.tobytes()
        assert one.certificate == other.certificate
    forward = simulate(model, one.seeds, runs=2_000, rng=5)
    assert one.low[-1] - 2 <= forward.mean <= one.high[-1] + 2
    assert one.certificate is not None
    assert 1 - 1 / np.e - config.epsilon <= one.certificate <= 1


@pytest.mark.parametrize("seed", range(40))
def test_a_converged_choice_keeps_its_promise(
    seed: int, random_diffusion: Callable[..., Diffusion], best_possible: Callable[[Diffusion, int], float]
) -> None:
    model = random_diffusion(6, 10, seed)
    config = SeedConfig(most_sets=262_144, epsilon=0.05)
    chosen = select_seeds(model, k=2, config=config, rng=seed)
    ratio = exact_spread(model, chosen.seeds) / best_possible(model, 2)
    assert ratio >= 1 - 1 / np.e - config.epsilon
    assert chosen.certificate is not None
    assert chosen.certificate <= ratio + 1e-9
    assert chosen.stopped != "converged" or chosen.certificate >= 1 - 1 / np.e - config.epsilon


def test_time_ends_the_search_by_the_clock_that_is_handed_in() -> None:
    model = network(500, 1_500, 1)

    def run(seconds: float | None) -> SeedSet:
        ticks = iter(range(1_000_000))
        config = SeedConfig(first_sets=1_024, most_sets=65_536, seconds=seconds)
        return select_seeds(model, k=5, config=config, clock=lambda: float(next(ticks)), rng=1)

    short, free = run(3.0), run(None)
    assert (short.stopped, short.sets) == ("seconds", 1_024)
    assert free.stopped in {"converged", "sets"}
    assert free.sets > 1_024
    again = select_seeds(model, k=5, config=SeedConfig(first_sets=1_024, most_sets=1_024), rng=1)
    assert again.seeds.tobytes() == short.seeds.tobytes()


def test_certain_graphs_give_the_same_seeds_under_any_numbering() -> None:
    rng = np.random.default_rng(8)
    model = Diffusion.from_arcs(
        40, [0] * 12 + [13] * 9 + [23] * 5, [*range(1, 13), *range(14, 23), *range(24, 29)], p=1.0
    )
    new = rng.permutation(40)
    renamed = Diffusion.from_arcs(40, new[model.sources], new[model.targets], p=1.0)
    assert select_seeds(model, k=3, rng=1).seeds.tolist() == [0, 13, 23]
    assert select_seeds(renamed, k=3, rng=1).seeds.tolist() == new[[0, 13, 23]].tolist()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1_000), budget=st.floats(5, 300))
def test_budget_is_never_exceeded_and_rules_are_kept(seed: int, budget: float) -> None:
    rng = np.random.default_rng(seed)
    costs = np.where(rng.random(120) < 0.1, np.nan, rng.uniform(1, 50, 120))
    costs[0] = 5.0
    excluded = np.arange(120) % 7 == 3
    chosen = select_seeds(
        network(120, 500, seed),
        budget=budget,
        costs=costs,
        candidates=np.arange(60),
        excluded=excluded,
        config=SeedConfig(most_sets=16_384),
        rng=seed,
    )
    assert chosen.cost is not None
    assert chosen.cost <= budget
    assert chosen.seeds.max() < 60
    assert not excluded[chosen.seeds].any()
    for rival in chosen.rivals:
        assert rival.cost is not None
        assert rival.cost <= budget
        assert not excluded[rival.seeds].any()


def test_cheap_audience_beats_the_expensive_star() -> None:
    sources = [0] * 30 + [1] * 12 + [2] * 12 + [3] * 12
    model = Diffusion.from_arcs(70, sources, range(4, 70), p=0.5)
    costs = np.array([90.0, 30.0, 30.0, 30.0] + [1_000.0] * 66)
    chosen = select_seeds(model, budget=90, costs=costs, rng=2)
    assert sorted(chosen.seeds.tolist()) == [1, 2, 3]
    followers = next(rival for rival in chosen.rivals if rival.name == "top followers")
    assert followers.seeds.tolist() == [0]
    assert followers.spread < chosen.total


def test_value_decides_who_is_worth_reaching() -> None:
    model = Diffusion.from_arcs(20, [0] * 10 + [11] * 8, [*range(1, 11), *range(12, 20)], p=0.5)
    owners = np.ones(20)
    owners[:11] = 0.0
    assert select_seeds(model, k=1, rng=1).seeds.tolist() == [0]
    chosen = select_seeds(model, k=1, value=owners, rng=1)
    assert chosen.seeds.tolist() == [11]
    assert chosen.total == pytest.approx(exact_spread(model, [11], value=owners), rel=0.02)


def test_excluded_people_pass_nothing_on() -> None:
    # 0 reaches six people, but only through 1, who must not be contacted.
    model = Diffusion.from_arcs(12, [0] + [1] * 6 + [8] * 3, [1, 2, 3, 4, 5, 6, 7, 9, 10, 11], p=1.0)
    assert select_seeds(model, k=1, rng=1).seeds.tolist() == [0]
    chosen = select_seeds(model, k=1, excluded=[1], rng=1)
    assert chosen.seeds.tolist() == [8]
    assert chosen.parameters["value"] == 11.0


def test_never_below_the_baselines_on_fresh_sets() -> None:
    # Far too few sets to choose well: a baseline has to step in.
    model = network(3_000, 9_000, 5)
    chosen = select_seeds(model, k=30, config=SeedConfig(first_sets=64, most_sets=64), rng=1)
    assert chosen.method != "greedy"
    plenty = select_seeds(model, k=30, config=QUICK, rng=1)
    assert plenty.method == "greedy"
    assert all(plenty.total >= rival.spread for rival in plenty.rivals)


def test_fewer_seeds_when_nobody_adds_anything() -> None:
    model = Diffusion.from_arcs(4, [0, 0, 0], [1, 2, 3], p=1.0)
    chosen = select_seeds(model, k=3, config=QUICK, rng=0)
    assert chosen.seeds.tolist() == [0]
    assert chosen.total == 4.0


def test_candidates_who_reach_nobody_give_an_empty_answer() -> None:
    model = Diffusion.from_arcs(4, [0], [1], p=1.0)
    chosen = select_seeds(model, k=2, candidates=[2], value=[1, 1, 0, 0], config=QUICK, rng=0)
    assert chosen.total == 0.0
    assert chosen.certificate is None
    assert list(chosen.rows()) == [] or chosen.spread[-1] == 0.0


def test_limits_of_work_are_said() -> None:
    model = network(500, 1_500, 1)
    assert select_seeds(model, k=5, config=SeedConfig(most_sets=20_000), rng=1).sets == 20_000
    assert select_seeds(model, k=5, config=SeedConfig(most_sets=20_000), rng=1).stopped == "sets"
    assert select_seeds(model, k=5, config=SeedConfig(most_visits=1_000), rng=1).stopped == "visits"


def test_rows_and_frame_say_the_same() -> None:
    model = Diffusion.from_arcs(5, [0, 0, 3], [1, 2, 4], p=1.0)
    costs = [10.0, 1.0, 1.0, np.nan, 1.0]
    chosen = select_seeds(model, k=2, costs=costs, config=QUICK, rng=0)
    rows = list(chosen.rows(["a", "b", "c", "d", "e"]))
    assert [row["person"] for row in rows] == ["a", "d"]
    assert [row["cost"] for row in rows] == [10.0, None]
    assert chosen.cost is None
    assert [row["person"] for row in chosen.rows(lambda numbers: [f"#{i}" for i in numbers])] == ["#0", "#3"]
    frame = chosen.to_frame()
    assert frame["person"].tolist() == [0, 3]
    assert list(frame.columns) == list(rows[0])


@pytest.mark.parametrize(
    "settings_",
    [
        {"first_sets": 0},
        {"first_sets": 100, "most_sets": 50},
        {"confidence": 1.0},
        {"optimism": 0.0},
        {"last_gain": -1.0},
        {"epsilon": 0.0},
        {"seconds": 0.0},
    ],
)
def test_senseless_settings_are_refused(settings_: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        SeedConfig(**settings_)  # type: ignore[arg-type]


def test_arrays_that_do_not_fit_are_refused() -> None:
    model = Diffusion.from_arcs(3, [0], [1], p=1.0)
    with pytest.raises(DataError):
        select_seeds(model, k=1, value=[1.0, 1.0], rng=0)
    with pytest.raises(DataError):
        select_seeds(model, k=1, candidates=[5], rng=0)


def test_own_value_is_told_apart_from_what_word_of_mouth_adds() -> None:
    nobody = Diffusion.from_arcs(4, [], [], p=[])
    alone = select_seeds(nobody, k=3, value=[0.5, 0.75, 0.875, 0.25], config=QUICK, rng=0)
    assert alone.own == pytest.approx(0.5 + 0.75 + 0.875)
    assert alone.total == pytest.approx(alone.own, rel=0.02)
    assert alone.total - alone.own == pytest.approx(0.0, abs=0.03)
    star = Diffusion.from_arcs(4, [0, 0, 0], [1, 2, 3], p=1.0)
    chosen = select_seeds(star, k=1, config=QUICK, rng=0)
    assert (chosen.own, chosen.total) == (1.0, 4.0)


def test_a_budget_below_every_price_names_the_cheapest() -> None:
    model = Diffusion.from_arcs(4, [0, 0, 3], [1, 2, 1], p=0.5)
    costs = [900.0, 1_250.0, np.nan, 300.0]
    with pytest.raises(
        PrerequisiteError, match="the cheapest candidate costs 900, more than the budget of 500"
    ) as told:
        select_seeds(model, budget=500, costs=costs, candidates=[0, 1, 2], rng=0)
    assert "at least 900" in told.value.hint


def test_nobody_to_choose_from_says_why() -> None:
    model = Diffusion.from_arcs(3, [0], [1], p=0.5)
    with pytest.raises(PrerequisiteError, match="every candidate is excluded"):
        select_seeds(model, k=1, candidates=[0, 1], excluded=[0, 1, 2], rng=0)
    with pytest.raises(PrerequisiteError, match="there is no candidate"):
        select_seeds(model, k=1, candidates=np.zeros(3, bool), rng=0)
    with pytest.raises(PrerequisiteError, match="no candidate has a known price"):
        select_seeds(model, budget=10, costs=[np.nan] * 3, rng=0)
