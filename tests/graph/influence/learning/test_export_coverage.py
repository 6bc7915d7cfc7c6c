"""A source that was not exported is unknown, never zero; one that is only unpopular stays what it is."""

import numpy as np
import pytest

from graph.columns import UNDATED
from graph.influence.kols.ranking import rank_kols
from graph.influence.learning.audience import StrengthConfig, gather_audience
from graph.influence.learning.export_coverage import NO_KOLS, ExportCoverage
from graph.influence.learning.strengths import learn_strengths
from graph.influence.person_attributes import cost_notes, person_cost, unpriced_notes
from graph.influence.seeds import select_seeds

DAY = 86_400
FANS = 60


def platforms(builder, sizes: dict[str, int], *, rates: dict[str, float], fans: int = FANS, seed: int = 0):
    """KOLs of these platforms with so many followers each, who react at the platform's rate; everybody buys."""
    rng = np.random.default_rng(seed)
    names = [name for name, size in sizes.items() for _ in range(size)]
    people = 4 * fans
    market = builder(len(names) + people, dict.fromkeys(range(len(names)), (9_000, 3_000.0)))
    market.platforms = dict(enumerate(names))
    for kol, name in enumerate(names):
        for person in (len(names) + rng.choice(people, fans, replace=False)).tolist():
            market.follows.append((person, kol, DAY))
            for _ in range(rng.poisson(rates[name])):
                market.reactions.append((person, kol, "like", int(rng.integers(60 * DAY, 400 * DAY))))
    market.bought = [(person, 0) for person in range(len(names), len(names) + people)]
    return market


def coverage(market) -> ExportCoverage:
    return gather_audience(market.build(), config=StrengthConfig()).coverage


def test_a_platform_without_any_reaction_is_missing(market_builder) -> None:
    found = coverage(platforms(market_builder, {"red": 6, "tok": 6}, rates={"red": 0.5, "tok": 0.0}))
    assert found.without_reactions == (("tok", 6),)
    assert found.without_ties == ()
    assert found.reactions[:6].all()
    assert not found.reactions[6:12].any()
    assert found.ties.all()
    assert len(found.notes()) == 1
    assert found.notes()[0].startswith("tok: not one reaction to 6 accounts")


def test_missing_reactions_neither_help_nor_harm(market_builder) -> None:
    """Twins on two platforms, reactions of one: the same expected reach, unknown engagement, middle points."""
    graph = platforms(market_builder, {"red": 6, "tok": 6}, rates={"red": 0.5, "tok": 0.0}).build()
    cards = rank_kols(graph, learn_strengths(graph), rng=1).cards
    red, tok = ([c for c in cards if c.platform == name] for name in ("red", "tok"))
    assert all(c.engagement is None and c.authenticity is None for c in tok)
    assert all("engagement" not in c.parts and c.parts["unknown"] > 0 for c in tok)
    assert np.mean([c.reach for c in tok]) == pytest.approx(np.mean([c.reach for c in red]), rel=0.1)
    assert np.mean([c.score for c in tok]) == pytest.approx(np.mean([c.score for c in red]), abs=12)


def test_a_plan_does_not_shun_a_platform_for_missing_reactions(market_builder) -> None:
    market = platforms(market_builder, {"red": 4, "tok": 8}, rates={"red": 0.4, "tok": 0.0})
    graph = market.build()
    chosen = select_seeds(learn_strengths(graph), k=6, candidates=graph.role("KOL"), rng=1)
    assert np.count_nonzero(chosen.seeds >= 4) >= 2


@pytest.mark.parametrize("fans", [4, 15, 60])
def test_unpopular_platforms_and_dead_accounts_are_no_missing_platform(market_builder, fans: int) -> None:
    """In 200 markets a small platform that moves people five times less is taken for missing twice at most."""
    alarms = 0
    for seed in range(200):
        sizes, rates = {"red": 8, "tok": 1 + seed % 3}, {"red": 0.5, "tok": 0.1}
        alarms += bool(coverage(platforms(market_builder, sizes, rates=rates, fans=fans, seed=seed)).without_reactions)
    assert alarms <= 2


def test_two_dead_accounts_are_not_enough(market_builder) -> None:
    """Their audience was bought, or was not exported: two accounts cannot tell, so none stays zero."""
    found = coverage(platforms(market_builder, {"red": 8, "tok": 2}, rates={"red": 0.5, "tok": 0.0}))
    assert found.without_reactions == ()
    assert found.reactions.all()


def test_one_spelling_of_a_platform_is_enough(market_builder) -> None:
    market = platforms(market_builder, {"red": 3, "Red ": 3, "tok": 6}, rates={"red": 0.5, "Red ": 0.0, "tok": 0.5})
    assert coverage(market).without_reactions == ()


def test_reactions_to_kols_only_leave_ties_of_others_unknown(market_builder) -> None:
    market = platforms(market_builder, {"red": 6}, rates={"red": 0.8})
    market.follows += [(6 + i, 6 + (i + step) % 240, DAY) for i in range(240) for step in (1, 2, 3, 4)]
    graph = market.build()
    found = gather_audience(graph, config=StrengthConfig()).coverage
    assert found.without_reactions == ((NO_KOLS, 240),)
    model = learn_strengths(graph)
    between = model.p[(model.sources >= 6) & (model.targets >= 6)]
    # A fifth of the attention, split evenly over the accounts that each follows: between four and ten of them.
    assert between.size == 960
    assert 0.01 < between.min() <= between.max() < 0.06


def test_no_ties_of_a_platform(market_builder) -> None:
    market = platforms(market_builder, {"red": 6, "tok": 6}, rates={"red": 0.5, "tok": 0.5})
    market.follows = [row for row in market.follows if row[1] < 6]
    # Reactions without ties: the audience is whoever reacts, at full strength.
    found = coverage(market)
    assert found.without_ties == (("tok", 6),)
    assert found.reactions.all()
    graph = market.build()
    model = learn_strengths(graph)
    red, tok = (model.p[(model.sources >= low) & (model.sources < low + 6)] for low in (0, 6))
    assert np.median(tok) > np.median(red)


def test_nothing_of_a_platform_leaves_its_reach_unknown(market_builder) -> None:
    market = platforms(market_builder, {"red": 6, "tok": 4}, rates={"red": 0.5, "tok": 0.5})
    market.follows = [row for row in market.follows if row[1] < 6]
    market.reactions = [row for row in market.reactions if row[1] < 6]
    graph = market.build()
    assert coverage(market).unseen.nonzero()[0].tolist() == [6, 7, 8, 9]
    for card in rank_kols(graph, learn_strengths(graph), rng=1).cards:
        missing = card.platform == "tok"
        assert (card.reach is None) == (card.exclusive is None) == (card.cost_per_reach is None) == missing
        assert sum(card.parts.values()) == pytest.approx(card.score)
        if missing:
            assert card.score == pytest.approx(50.0)


def test_without_any_reaction_nothing_is_missing_in_particular(market_builder) -> None:
    found = coverage(platforms(market_builder, {"red": 6, "tok": 6}, rates={"red": 0.0, "tok": 0.0}))
    assert not found.reactions.any()
    assert found.notes() == []


def test_the_date_of_an_export_is_no_date_of_reactions(market_builder) -> None:
    """All likes on one day say how many there were, not that they came at that rate a day."""
    market = platforms(market_builder, {"red": 6}, rates={"red": 0.5})
    undated, dated = (learn_strengths(_at(market, moment).build()) for moment in (UNDATED, 400 * DAY))
    assert dated.p == pytest.approx(undated.p)
    assert dated.p.max() < 0.5


def _at(market, moment: int):
    market.reactions = [(person, kol, kind, moment) for person, kol, kind, _ in market.reactions]
    return market


def test_a_batch_of_adoptions_tells_no_order(market_builder) -> None:
    """Purchases all dated with one day leave the prior transfer; nobody could have been seen to follow."""
    market = platforms(market_builder, {"red": 6}, rates={"red": 0.5})
    without = learn_strengths(market.build())
    market.bought_at = [(person, 0, 390 * DAY) for person in range(0, 100)]
    market.bought = [(person, 0) for person in range(100, 246)]
    assert learn_strengths(market.build()).p == pytest.approx(without.p)


def test_a_cost_that_is_no_price_is_named_and_unknown(market_builder) -> None:
    market = market_builder(6, {0: (10, 100.0), 1: (10, -500.0), 2: (10, np.nan), 3: (10, 0.0)})
    market.follows = [(4, 0, DAY), (5, 1, DAY)]
    market.platforms = {0: "red", 1: "tok", 2: "tok", 3: "red"}
    graph = market.build()
    assert np.array_equal(person_cost(graph)[:4], [100.0, np.nan, np.nan, 0.0], equal_nan=True)
    (note,) = cost_notes(graph)
    assert "p001 (-500)" in note
    assert cost_notes(graph, excluded=[1]) == []
    (unpriced,) = unpriced_notes(graph, graph.role("KOL"), budget=100.0)
    assert unpriced.startswith("2 of 4 candidates have no known price, so a budget leaves them out (tok: 2 of 2)")
    assert unpriced_notes(graph, graph.role("KOL"), budget=None) == []
    chosen = select_seeds(
        learn_strengths(graph), budget=200.0, costs=person_cost(graph), candidates=graph.role("KOL"), rng=1
    )
    assert set(chosen.seeds.tolist()) <= {0, 3}
    cards = {card.id: card for card in rank_kols(graph, learn_strengths(graph), rng=1).cards}
    assert (cards["p001"].cost, cards["p001"].cost_per_reach) == (None, None)
