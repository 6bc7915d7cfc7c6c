import subprocess
import sys

import numpy as np
import pytest

from graph.errors import ConfigError, DataError, PrerequisiteError
from graph.influence.diffusion import Diffusion
from graph.influence.kols.card_values import KolCard
from graph.influence.kols.ranking import rank_kols
from graph.influence.learning.strengths import learn_strengths
from graph.influence.person_attributes import person_number
from tests.graph.influence.exact import exact_spread


def by_id(cards: tuple[KolCard, ...]) -> dict[str, KolCard]:
    return {card.id: card for card in cards}


def test_a_real_audience_beats_a_bought_one_ten_times_its_size(audiences) -> None:
    graph = audiences.build()
    ranking = rank_kols(graph, learn_strengths(graph), rng=1)
    first, second = ranking.cards
    assert (first.id, second.id) == ("p000", "p001")
    assert (first.tier, second.tier) == ("nano", "macro")
    assert first.followers == 5_000
    assert first.audience == second.audience == 40
    assert first.engagement == 3.0
    assert second.engagement == 0.0
    assert first.authenticity is not None
    assert second.authenticity is not None
    assert first.authenticity > 0.8
    assert second.authenticity < 0.4
    assert first.reach > second.reach
    assert first.cost_per_reach == pytest.approx(100.0 / first.reach)


def test_parts_add_up_to_the_score_and_unknown_is_none(audiences) -> None:
    graph = audiences.build()
    ranking = rank_kols(graph, learn_strengths(graph), rng=1)
    for card in ranking.cards:
        assert sum(card.parts.values()) == pytest.approx(card.score)
        assert 0 <= card.score <= 100
        assert card.fit is None
        assert card.relevance is None
        assert "fit" not in card.parts
    frame = ranking.to_frame()
    assert frame["rank"].tolist() == [1, 2]
    assert frame["points_reach"].notna().all()
    assert frame["points_fit"].isna().all()


def test_missing_attributes_stay_unknown(market_builder) -> None:
    market = market_builder(6, {0: (np.iinfo(np.int64).min, np.nan), 1: (7_000, 50.0)})
    market.follows = [(2, 0, 1), (3, 0, 1), (4, 1, 1)]
    graph = market.build()
    cards = by_id(rank_kols(graph, learn_strengths(graph), rng=1).cards)
    unknown = cards["p000"]
    assert (unknown.followers, unknown.tier, unknown.cost, unknown.cost_per_reach) == (None, None, None, None)
    assert (unknown.engagement, unknown.authenticity) == (None, None)
    assert cards["p001"].tier == "nano"


def test_reach_is_the_expected_spread_alone(market_builder) -> None:
    graph = market_builder(7, {0: (10, 1.0), 1: (10, 1.0)}).build()
    model = Diffusion.from_arcs(7, [0, 0, 1, 2, 3], [2, 3, 4, 5, 5], p=[0.5, 0.3, 0.9, 0.6, 0.8])
    value = np.array([1.0, 1.0, 2.0, 0.0, 1.0, 3.0, 1.0])
    cards = by_id(rank_kols(graph, model, value=value, rng=1).cards)
    for kol in (0, 1):
        assert cards[f"p00{kol}"].reach == pytest.approx(exact_spread(model, [kol], value=value), rel=0.02)


def test_overlap_and_exclusive_reach_of_shared_audiences(market_builder) -> None:
    market = market_builder(20, {0: (10, 1.0), 1: (10, 1.0), 2: (10, 1.0)})
    # 1 reaches 3..8, 0 reaches 7..8 of them, 2 somebody else.
    model = Diffusion.from_arcs(20, [1] * 6 + [0] * 2 + [2], [*range(3, 9), 7, 8, 15], p=1.0)
    ranking = rank_kols(market.build(), model, rng=1)
    cards = by_id(ranking.cards)
    assert [card.id for card in ranking.cards] == ["p001", "p000", "p002"]
    assert cards["p001"].exclusive == cards["p001"].reach == pytest.approx(7, rel=0.01)
    assert cards["p001"].overlap_with is None
    assert cards["p000"].overlap_with == "p001"
    assert cards["p000"].overlap == pytest.approx(2 / 3, rel=0.01)
    assert cards["p000"].exclusive == pytest.approx(1, rel=0.01)
    assert cards["p002"].overlap == 0.0
    assert cards["p002"].overlap_with is None


def test_fit_weighs_the_affinity_of_the_audience(market_builder) -> None:
    market = market_builder(8, {0: (10, 1.0), 1: (10, 1.0)})
    model = Diffusion.from_arcs(8, [0, 0, 1, 1], [2, 3, 4, 5], p=[0.6, 0.2, 0.5, 0.5])
    fit = np.array([0.0, 0.0, 0.9, 0.1, np.nan, 0.4, 0.0, 0.0])
    cards = by_id(rank_kols(market.build(), model, fit=fit, rng=1).cards)
    assert cards["p000"].fit == pytest.approx((0.6 * 0.9 + 0.2 * 0.1) / 0.8)
    assert cards["p001"].fit == pytest.approx(0.4)


def test_relevance_counts_mentions_of_the_target(market_builder) -> None:
    market = market_builder(5, {0: (10, 1.0), 1: (10, 1.0), 2: (10, 1.0)})
    market.mentions = [(0, 0), (0, 0), (0, 1), (1, 1)]
    graph = market.build()
    cards = by_id(rank_kols(graph, learn_strengths(graph), target=("Product", 0), rng=1).cards)
    assert [cards[f"p00{i}"].relevance for i in range(3)] == [pytest.approx(2 / 3), 0.0, None]


def test_excluded_people_are_not_ranked_and_not_counted(audiences) -> None:
    graph = audiences.build()
    model = learn_strengths(graph)
    cards = rank_kols(graph, model, excluded=[1, 2, 3], rng=1).cards
    assert [card.id for card in cards] == ["p000"]
    assert cards[0].audience == 38
    assert cards[0].score == pytest.approx(50.0)
    with pytest.raises(PrerequisiteError, match="all KOLs are left out"):
        rank_kols(graph, model, excluded=graph.role("KOL"), rng=1)


def test_ties_are_broken_by_id(market_builder) -> None:
    graph = market_builder(6, {4: (10, 1.0), 2: (10, 1.0), 0: (10, 1.0)}).build()
    model = Diffusion.from_arcs(6, [], [], p=[])
    assert [card.id for card in rank_kols(graph, model, rng=1).cards] == ["p000", "p002", "p004"]


def test_same_seed_same_cards(audiences) -> None:
    graph = audiences.build()
    model = learn_strengths(graph)
    assert list(rank_kols(graph, model, rng=5).rows()) == list(rank_kols(graph, model, rng=5).rows())


def test_models_of_other_people_are_refused(audiences) -> None:
    graph = audiences.build()
    with pytest.raises(ConfigError):
        rank_kols(graph, Diffusion.from_arcs(3, [0], [1], p=0.5), rng=1)
    with pytest.raises(DataError):
        rank_kols(graph, learn_strengths(graph), fit=[1.0], rng=1)


def test_ranking_loads_no_compiler_and_no_frames() -> None:
    program = """
import sys
import numpy as np
from graph.influence.kols.ranking import rank_kols
from graph.influence.learning.strengths import learn_strengths
from graph.hetero import HeteroGraph, Nodes
from graph.ids import IdMap
kol = np.array([True, False])
graph = HeteroGraph.of({"Person": Nodes(IdMap.of("Person", ["a", "b"]), {}, {"KOL": kol})}, {})
rank_kols(graph, learn_strengths(graph), rng=1)
heavy = {"torch", "pandas", "networkx", "duckdb", "pyarrow", "scipy", "numba", "typer"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_free_kol_is_the_best_value(market_builder) -> None:
    graph = market_builder(9, {0: (10, 0.0), 1: (10, 1.0), 2: (10, 50.0)}).build()
    model = Diffusion.from_arcs(9, [0, 1, 2], [3, 4, 5], p=0.5)
    cards = by_id(rank_kols(graph, model, rng=1).cards)
    assert cards["p000"].cost_per_reach == 0.0
    points = [cards[f"p00{i}"].parts["value_for_money"] for i in range(3)]
    assert points[0] > points[1] > points[2] == 0.0


def test_missing_data_is_not_rewarded(market_builder) -> None:
    # All three reach alike; the price of 0 is unknown, that of 1 good, that of 2 bad.
    market = market_builder(9, {0: (10, np.nan), 1: (10, 1.0), 2: (10, 50.0)})
    model = Diffusion.from_arcs(9, [0, 1, 2], [3, 4, 5], p=1.0)
    ranking = rank_kols(market.build(), model, rng=1)
    cards = by_id(ranking.cards)
    unknown, cheap, dear = (cards[f"p00{i}"] for i in range(3))
    assert "value_for_money" not in unknown.parts
    assert unknown.parts["unknown"] == pytest.approx(cards["p000"].score - unknown.parts["reach"])
    assert cheap.parts["value_for_money"] - dear.parts["value_for_money"] == pytest.approx(100 * 0.10 / 0.75)
    assert unknown.parts["unknown"] - cheap.parts["unknown"] == pytest.approx(50 * 0.10 / 0.75)
    assert cheap.parts["unknown"] == pytest.approx(50 * 0.30 / 0.75)  # nobody ever reacted
    for card in ranking.cards:
        assert sum(card.parts.values()) == pytest.approx(card.score)
    rows = {row["id"]: row for row in ranking.rows()}
    assert rows["p000"]["points_value_for_money"] is None
    assert rows["p000"]["points_unknown"] == unknown.parts["unknown"]
    assert ranking.components == (*ranking.weights, "unknown")


def test_nothing_unknown_gives_no_unknown_points(audiences) -> None:
    graph = audiences.build()
    fit = np.full(graph.count("Person"), 0.5)
    cards = rank_kols(graph, learn_strengths(graph), fit=fit, rng=1).cards
    assert all("unknown" not in card.parts for card in cards)


def test_person_number_is_nan_where_missing_or_absent(market_builder) -> None:
    graph = market_builder(3, {0: (np.iinfo(np.int64).min, 5.0), 1: (7, np.nan)}).build()
    assert np.array_equal(person_number(graph, "followers"), [np.nan, 7.0, np.nan], equal_nan=True)
    assert np.array_equal(person_number(graph, "cost"), [5.0, np.nan, np.nan], equal_nan=True)
    for absent in ("shoe_size", "name"):
        assert np.isnan(person_number(graph, absent)).all()
    assert person_number(graph, "cost").dtype == np.float64
