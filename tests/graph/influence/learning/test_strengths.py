import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import Edges, Nodes
from graph.errors import ConfigError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.influence.diffusion import Diffusion
from graph.influence.learning.audience import StrengthConfig, gather_audience
from graph.influence.learning.fake_accounts import genuineness
from graph.influence.learning.shrinkage import log_linear, shrunk
from graph.influence.learning.strengths import learn_strengths
from graph.influence.sampling.find_seeds import SeedConfig
from graph.influence.seeds import select_seeds
from graph.schema import EdgeKey

DAY = 86_400
NOW = 400 * DAY


def chance(model: Diffusion, source: int, target: int) -> float:
    row = slice(model.indptr[target], model.indptr[target + 1])
    found = model.p[row][model.sources[row] == source]
    return float(found[0]) if found.size else 0.0


def exact_star_spread(model: Diffusion, seeds: np.ndarray) -> float:
    """Spread where seeds only have direct followers."""
    missed = np.ones(model.n)
    for source, target, p in zip(model.sources, model.targets, model.p, strict=True):
        missed[target] *= 1 - p if source in seeds else 1
    return float(len(seeds) + (1 - missed).sum())


def test_bought_followers_are_worth_little(audiences) -> None:
    graph: HeteroGraph = audiences.build()
    model = learn_strengths(graph)
    real = np.mean([chance(model, 0, person) for person in range(2, 42)])
    bought = np.mean([chance(model, 1, person) for person in range(42, 82)])
    assert bought < real / 10


def test_genuineness_tells_bought_accounts_from_real_ones(audiences) -> None:
    graph = audiences.build()
    genuine = genuineness(graph, gather_audience(graph, config=StrengthConfig()))
    assert genuine[2:42].tolist() == [1.0] * 40
    assert genuine[42:82].max() < 0.3
    assert genuine[[0, 1]].tolist() == [1.0, 1.0]


def test_one_purchase_makes_a_silent_follower_real(audiences) -> None:
    audiences.bought.append((50, 0))
    graph = audiences.build()
    genuine = genuineness(graph, gather_audience(graph, config=StrengthConfig()))
    assert genuine[50] == 1.0
    assert genuine[51] < 0.3


def test_more_and_later_and_stronger_reactions_mean_more(market_builder) -> None:
    market = market_builder(40, {0: (100, 1.0)})
    for person in range(1, 40):
        market.follows.append((person, 0, DAY))
        market.reactions.append((person, 0, "like", 200 * DAY))
    market.reactions.extend([(1, 0, "like", 200 * DAY)] * 4)
    market.reactions.append((2, 0, "like", NOW))
    market.reactions.append((3, 0, "like", DAY))
    market.reactions.append((4, 0, "share", 200 * DAY))
    market.reactions.append((5, 0, "like", 200 * DAY))
    model = learn_strengths(market.build())
    assert chance(model, 0, 1) > chance(model, 0, 5) > chance(model, 0, 6)
    assert chance(model, 0, 2) > chance(model, 0, 3)
    assert chance(model, 0, 4) > chance(model, 0, 5)


def test_a_new_follower_is_not_blamed_for_silence(market_builder) -> None:
    market = market_builder(60, {0: (100, 1.0)})
    for person in range(1, 60):
        market.bought.append((person, 0))
        market.follows.append((person, 0, DAY if person != 59 else NOW - DAY))
        if person < 25:
            market.reactions.extend((person, 0, "like", day * DAY) for day in range(40, 400, 40))
    model = learn_strengths(market.build())
    assert chance(model, 0, 59) > 2 * chance(model, 0, 50) > 0


def test_unobserved_pairs_keep_a_prior(market_builder) -> None:
    market = market_builder(30, {0: (100, 1.0)})
    for person in range(1, 30):
        market.follows.append((person, 0, DAY))
        market.bought.append((person, 0))
        if person % 2:
            market.reactions.append((person, 0, "like", 300 * DAY))
    model = learn_strengths(market.build())
    assert 0 < chance(model, 0, 2) < chance(model, 0, 3) < 1


def test_follows_alone_split_the_attention_of_each_follower(market_builder) -> None:
    market = market_builder(5, {0: (100, 1.0)})
    market.follows = [(1, 0, DAY), (2, 0, 5 * DAY), (2, 1, DAY)]
    model = learn_strengths(market.build())
    assert chance(model, 0, 1) == pytest.approx(1 - np.exp(-0.2))
    assert chance(model, 0, 2) == chance(model, 1, 2) == pytest.approx(1 - np.exp(-0.1))


def test_referrals_lead_from_the_referrer(market_builder) -> None:
    market = market_builder(4, {})
    market.referred = [(0, 1, NOW)]
    model = learn_strengths(market.build())
    assert model.arcs == 1
    assert chance(model, 0, 1) > 0


def test_reactions_of_strangers_count_less(market_builder) -> None:
    market = market_builder(40, {0: (100, 1.0)})
    for person in range(1, 40):
        if person != 7:
            market.follows.append((person, 0, DAY))
        market.reactions.append((person, 0, "like", 200 * DAY))
    model = learn_strengths(market.build())
    assert 0 < chance(model, 0, 7) < 0.6 * chance(model, 0, 8)


def test_as_of_does_not_look_ahead(audiences) -> None:
    before = learn_strengths(audiences.build(), as_of=200 * DAY)
    audiences.reactions.extend((person, 1, "share", 300 * DAY) for person in range(42, 82))
    audiences.follows.extend((person, 1, 310 * DAY) for person in range(82, 92))
    after = learn_strengths(audiences.build(), as_of=200 * DAY)
    assert before.p.tobytes() == after.p.tobytes()
    assert before.sources.tobytes() == after.sources.tobytes()
    assert learn_strengths(audiences.build()).arcs > after.arcs


def test_people_without_relations_give_an_empty_model(market_builder) -> None:
    model = learn_strengths(market_builder(3, {}).build())
    assert (model.n, model.arcs) == (3, 0)
    assert learn_strengths(HeteroGraph.of({}, {})).n == 0


def test_planted_chances_are_recovered_in_order(market_builder) -> None:
    rng = np.random.default_rng(3)
    market = market_builder(400, {u: (10 ** (3 + u % 3), 1.0) for u in range(10)})
    truth = {}
    for person in range(10, 400):
        market.bought.append((person, 0))
        for kol in rng.choice(10, 4, replace=False).tolist():
            truth[kol, person] = 0.04 * (1 + kol) * rng.gamma(2, 0.5)
            market.follows.append((person, kol, DAY))
            for _ in range(rng.poisson(10 * truth[kol, person])):
                market.reactions.append((person, kol, "like", int(rng.integers(2 * DAY, NOW))))
    model = learn_strengths(market.build())
    planted, learned = np.array([(p, chance(model, u, v)) for (u, v), p in truth.items()]).T
    assert np.corrcoef(planted, learned)[0, 1] > 0.75
    by_kol = [np.mean([chance(model, u, v) for u, v in truth if u == kol]) for kol in range(10)]
    assert np.corrcoef(by_kol, np.arange(10))[0, 1] > 0.95
    pairs = np.array(list(truth))
    world = Diffusion.from_arcs(400, pairs[:, 0], pairs[:, 1], p=np.clip(planted, 0.001, 0.99))
    rules = {"k": 3, "candidates": np.arange(10), "config": SeedConfig(most_sets=65_536), "rng": 1}
    chosen, best = (exact_star_spread(world, select_seeds(m, **rules).seeds) for m in (model, world))
    assert chosen >= 0.95 * best


@pytest.mark.parametrize("settings_", [{"transfer": 0.0}, {"window": 0.0}, {"follow": -1.0}, {"stranger": -0.1}])
def test_senseless_settings_are_refused(settings_: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        StrengthConfig(**settings_)


def test_shrinking_believes_the_data_as_far_as_they_differ() -> None:
    rng = np.random.default_rng(1)
    expected = np.full(4_000, 3.0)
    same = shrunk(rng.poisson(expected).astype(float), expected, noise=1.0)
    factor = rng.gamma(1.0, 1.0, 4_000)
    seen = rng.poisson(expected * factor).astype(float)
    different = shrunk(seen, expected, noise=1.0)
    assert same.std() < 0.1
    # The posterior mean under a gamma(1) prior.
    assert different == pytest.approx((1 + seen) / (1 + expected), rel=0.1)


def test_nothing_expected_and_nothing_seen_changes_nothing() -> None:
    assert shrunk(np.zeros(3), np.zeros(3), noise=1.0).tolist() == [1.0, 1.0, 1.0]


@settings(max_examples=25, deadline=None)
@given(slope=st.floats(-0.8, 0.3), seed=st.integers(0, 100))
def test_trend_in_size_is_found(slope: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, years = rng.uniform(5, 14, 300), rng.uniform(20, 200, 300)
    truth = 0.8 * np.exp(slope * (size - 9))
    found = log_linear(rng.poisson(truth * years).astype(float), years, size)
    assert np.abs(np.log(found / truth)).mean() < 0.1


def test_trend_survives_thin_data() -> None:
    assert log_linear(np.zeros(2), np.ones(2), np.array([1.0, 9.0])).tolist() == [0.0, 0.0]
    assert log_linear(np.array([3.0]), np.array([2.0]), np.array([7.0])).tolist() == pytest.approx([1.5])
    wild = log_linear(np.array([0.0, 50.0]), np.array([1.0, 1e-6]), np.array([0.0, 15.0]))
    assert np.isfinite(wild).all()


def test_reactions_are_counted_as_often_as_the_weight_says() -> None:
    people = Nodes(IdMap.of("Person", [f"p{i}" for i in range(6)]), {})
    times = np.array([0.0, np.nan, 3.0, -2.0, 1.0])
    reacted = Edges(np.arange(1, 6), np.zeros(5, np.int64), np.full(5, NOW), times).canonical()
    graph = HeteroGraph.of({"Person": people}, {EdgeKey("Person", "INTERACTED", "Person"): reacted})
    audience = gather_audience(graph, config=StrengthConfig())
    assert dict(zip(audience.person.tolist(), audience.count.tolist(), strict=True)) == {2: 1.0, 3: 3.0, 5: 1.0}
    assert audience.reactions == pytest.approx(audience.count, rel=1e-6)


def test_a_market_of_reactions_that_never_happened_knows_none() -> None:
    people = Nodes(IdMap.of("Person", ["a", "b"]), {})
    reacted = Edges(np.array([0]), np.array([1]), None, np.array([0.0])).canonical()
    graph = HeteroGraph.of({"Person": people}, {EdgeKey("Person", "INTERACTED", "Person"): reacted})
    audience = gather_audience(graph, config=StrengthConfig())
    assert not audience.knows_reactions
    assert learn_strengths(graph).arcs == 0
