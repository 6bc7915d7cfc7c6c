import numpy as np
import pytest

from graph.hetero import HeteroGraph
from graph.influence.learning.audience import StrengthConfig, gather_audience
from graph.influence.learning.transfer import fit_transfer

DAY = 86_400
NOW = 400 * DAY


def estimate(graph: HeteroGraph, *, rate: float = 1.0, prior: float = 0.1, window: float = 30.0) -> float:
    audience = gather_audience(graph, config=StrengthConfig())
    return fit_transfer(graph, audience, np.full(audience.account.size, rate), prior=prior, window=window)


def followers_of_twenty(market_builder, *, both_ways: bool = False):
    """Accounts 0..19 with 60 followers each, who all follow since the first day."""
    market = market_builder(20 + 20 * 60, {})
    market.products = 40
    for account in range(20):
        for follower in range(20 + account * 60, 20 + account * 60 + 60):
            market.follows.append((follower, account, DAY))
            if both_ways:
                market.follows.append((account, follower, DAY))
    return market


def add_purchases(market, rng: np.random.Generator, *, caused: float, alike: float) -> None:
    """Accounts buy 20 items each; a follower buys it after that because of it, or around that time by likeness."""
    for account in range(20):
        for item in rng.choice(40, 20, replace=False).tolist():
            when = int(rng.integers(60 * DAY, 340 * DAY))
            market.bought_at.append((account, item, when))
            for follower in range(20 + account * 60, 20 + account * 60 + 60):
                if rng.random() < caused:
                    market.bought_at.append((follower, item, when + 60 + int(rng.exponential(4 * DAY))))
                elif rng.random() < alike:
                    market.bought_at.append((follower, item, when + int(rng.integers(-30 * DAY, 30 * DAY))))


@pytest.mark.parametrize("rate", [1.0, 0.5])
def test_planted_influence_is_found_per_unit_of_rate(rate: float, market_builder) -> None:
    market = followers_of_twenty(market_builder)
    add_purchases(market, np.random.default_rng(1), caused=0.08, alike=0.1)
    assert estimate(market.build(), rate=rate, prior=0.3) == pytest.approx(0.08 / rate, rel=0.12)


def test_likeness_without_influence_is_not_taken_for_it(market_builder) -> None:
    market = followers_of_twenty(market_builder)
    add_purchases(market, np.random.default_rng(2), caused=0.0, alike=0.2)
    assert estimate(market.build()) < 0.012


def test_ties_both_ways_are_left_out(market_builder) -> None:
    market = followers_of_twenty(market_builder, both_ways=True)
    add_purchases(market, np.random.default_rng(3), caused=0.1, alike=0.0)
    assert estimate(market.build(), prior=0.3) == pytest.approx(0.3)


def test_ties_made_later_are_no_exposure(market_builder) -> None:
    market = followers_of_twenty(market_builder)
    add_purchases(market, np.random.default_rng(4), caused=0.1, alike=0.0)
    market.follows = [(follower, account, NOW) for follower, account, _ in market.follows]
    assert estimate(market.build(), prior=0.3) == pytest.approx(0.3)


def test_without_dated_adoptions_the_prior_stands(market_builder) -> None:
    market = followers_of_twenty(market_builder)
    assert estimate(market.build(), prior=0.3) == 0.3
    market.bought = [(20, 0), (0, 0)]
    assert estimate(market.build(), prior=0.3) == 0.3


def test_few_adoptions_hardly_move_the_prior(market_builder) -> None:
    market = followers_of_twenty(market_builder)
    market.bought_at = [(0, 1, 100 * DAY), (20, 1, 101 * DAY)]
    assert estimate(market.build(), prior=0.3) == pytest.approx(0.3, rel=0.3)
