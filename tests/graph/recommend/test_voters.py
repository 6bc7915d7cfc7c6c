"""Known answers of each voter on graphs small enough to check by hand."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pytest

from graph.columns import UNDATED, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.base import Fitted, Recommender
from graph.recommend.features import (
    ELSEWHERE,
    FEW,
    MANY,
    NOTHING,
    Features,
    Vocabulary,
    friend_weights,
    interests,
    product,
    user_history,
)
from graph.recommend.parameters import largest_of_rows
from graph.recommend.split import full_split
from graph.recommend.target import Target
from graph.recommend.voters.als import Als, FittedAls, solve_rows
from graph.recommend.voters.content import Attributes, Content
from graph.recommend.voters.ease import Ease
from graph.recommend.voters.filter import FittedGraphFilter, GraphFilter, leading_vectors
from graph.recommend.voters.friends import Friends
from graph.recommend.voters.item_knn import ItemKnn
from graph.recommend.voters.person_knn import PersonKnn
from graph.recommend.voters.popularity import Popularity
from graph.recommend.voters.repeat import Repeat
from graph.recommend.voters.smooth import Smooth
from graph.schema import EdgeKey
from graph.text import TextArray
from tests.contract.recommender import edges

DAY = 86_400
BOUGHT, VIEWED = EdgeKey("Person", "BOUGHT", "Product"), EdgeKey("Person", "VIEWED", "Product")
FOLLOWS, REACTED = EdgeKey("Person", "FOLLOWS", "Person"), EdgeKey("Person", "INTERACTED", "Person")
PROMOTES = EdgeKey("Person", "PROMOTES", "Product")
TARGET = Target("Product", (("BOUGHT",), ("VIEWED",)), 1, ("BOUGHT",))


def small(
    events: dict[EdgeKey, list[tuple[int, int, int]]],
    *,
    people: int = 5,
    items: int = 4,
    brands: Sequence[str] | None = None,
) -> HeteroGraph:
    brands = brands or ["x", "y"] * (items // 2)
    ids = {name: [f"{name}{i:0{len(str(n - 1))}}" for i in range(n)] for name, n in (("u", people), ("p", items))}
    nodes = {
        "Person": Nodes(IdMap.of("Person", ids["u"]), {}),
        "Product": Nodes(
            IdMap.of("Product", ids["p"]),
            MappingProxyType(
                {
                    "brand": TextArray.of(brands),
                    "name": TextArray.of([f"thing {i}" for i in range(items)]),
                    "price": np.linspace(10.0, 40.0, items),
                }
            ),
        ),
    }
    sets = {
        key: edges(np.array(rows)[:, 0], np.array(rows)[:, 1], time=np.array(rows)[:, 2])
        for key, rows in events.items()
    }
    return HeteroGraph.of(nodes, sets)


def fit(voter: Recommender, graph: HeteroGraph) -> Fitted:
    return voter.fit(full_split(graph, TARGET), np.random.default_rng(0))


def scores(voter: Recommender, graph: HeteroGraph, user: int) -> list[float]:
    return fit(voter, graph).scores(Features(graph, TARGET), np.array([user]))[0].tolist()


def test_popularity_counts_people_once() -> None:
    graph = small({BOUGHT: [(0, 1, 1), (0, 1, 2), (1, 1, 3), (2, 3, 4)], VIEWED: [(3, 0, 1), (4, 0, 1), (1, 0, 1)]})
    assert scores(Popularity(), graph, 4) == pytest.approx(np.log1p([0, 2, 0, 1]).tolist())


def test_an_undated_purchase_is_not_taken_for_the_latest() -> None:
    """Item 0 was bought by two people nobody knows when, item 1 by two of late: that is more recent, not less."""
    graph = small({BOUGHT: [(0, 0, UNDATED), (1, 0, UNDATED), (0, 2, DAY), (1, 1, 999 * DAY), (2, 1, 1000 * DAY)]})
    recent = scores(Popularity("recent"), graph, 4)
    assert recent[1] > recent[0] > recent[2]


def test_recency_prefers_the_last_days() -> None:
    old = [(u, 1, DAY) for u in range(4)]
    graph = small({BOUGHT: [*old, (0, 2, 1000 * DAY), (1, 2, 1000 * DAY)]})
    recent = scores(Popularity("recent"), graph, 4)
    assert recent[2] > recent[1] > recent[0] == 0.0
    assert scores(Popularity(), graph, 4)[1] > scores(Popularity(), graph, 4)[2]


def test_neighbours_follow_company_not_popularity() -> None:
    together = [(u, i, 1) for u in (0, 1) for i in (0, 1)]
    graph = small({BOUGHT: [*together, (2, 0, 1), (3, 3, 1), (4, 3, 1), (3, 2, 1)]})
    own = scores(ItemKnn(), graph, 2)
    assert own[1] > 0
    assert own[2] == own[3] == 0.0


def test_similar_people_are_those_with_most_in_common() -> None:
    """Person 0 shares p0 with person 1 and nothing with person 2; of p0, which is no news, nothing is said."""
    graph = small({BOUGHT: [(0, 0, 1), (1, 0, 1), (1, 1, 1), (2, 2, 1)]})
    found = scores(PersonKnn(), graph, 0)
    similarity = 2.0**-0.5 * 2.0**-0.6  # p0 has two people, person 1 two events
    assert found == pytest.approx([0.0, similarity, 0.0, 0.0], rel=1e-6)
    assert scores(PersonKnn(), graph, 3) == [0.0] * 4


def test_only_the_nearest_people_are_asked() -> None:
    near, far = [(1, 0, 1), (1, 1, 1), (1, 2, 1)], [(2, 0, 1), (2, 3, 1)]
    graph = small({BOUGHT: [(0, 0, 1), (0, 1, 1), *near, *far]})
    assert scores(PersonKnn(k=2), graph, 0)[3] > 0
    assert scores(PersonKnn(k=1), graph, 0)[3] == 0.0
    assert scores(PersonKnn(k=1), graph, 0)[2] > 0


def test_friends_count_ties_reactions_promotions_and_age() -> None:
    ties_of = {FOLLOWS: [(0, 1, 1), (0, 2, 1), (0, 0, 1)], REACTED: [(0, 2, 1)]}
    graph = small({**ties_of, BOUGHT: [(1, 1, DAY), (2, 2, DAY), (3, 3, DAY), (0, 0, DAY)], PROMOTES: [(2, 3, DAY)]})
    found = scores(Friends(), graph, 0)
    assert found[0] == 0.0, "what the person did is no news from a friend"
    assert found[1] == pytest.approx(np.log1p(1.0), rel=1e-3)
    assert found[2] == pytest.approx(np.log1p(1.0 + np.log(2.0)), rel=1e-3)
    assert found[3] == pytest.approx(np.log1p(0.5 * (1.0 + np.log(2.0))), rel=1e-3)
    assert friend_weights(Features(graph, TARGET), np.array([0])).nnz == 2


def test_repeat_learns_how_often_a_view_becomes_a_purchase() -> None:
    views = [(u, 0, 10) for u in range(4)] + [(4, 1, 10)]
    graph = small({VIEWED: views, BOUGHT: [(0, 0, 20), (1, 0, 20)]})
    model = fit(Repeat(), graph)
    assert model.rates == {"VIEWED": pytest.approx(2.1 / 15)}
    found = model.scores(Features(graph, TARGET), np.array([4]))[0]
    assert found[1] > 0
    assert found[[0, 2, 3]].tolist() == [0, 0, 0]


def test_content_scores_an_item_without_events_by_its_attributes() -> None:
    graph = small({BOUGHT: [(0, 0, 1), (1, 1, 1), (2, 1, 1)]}, items=4)
    found = scores(Content(), graph, 0)  # owns p0 of brand x, so p2 of brand x comes before p3 of brand y
    assert found[2] > found[3]


def test_attributes_leave_names_and_single_values_out() -> None:
    graph = small({BOUGHT: [(0, 0, 1)]}, items=8)
    attributes = Attributes.of(graph, "Product")
    assert attributes.texts == {"brand": ["x", "y"]}
    assert list(attributes.bands) == ["price"]
    matrix = attributes.matrix(graph, "Product").toarray()
    assert matrix.shape == (8, attributes.width)
    assert (matrix.sum(axis=1) == 2).all()


def random_market(people: int = 12, items: int = 6) -> tuple[HeteroGraph, np.ndarray]:
    """A market with a few purchases, and the same as a dense matrix of 0 and 1."""
    pairs = np.unique(np.random.default_rng(4).integers(0, [people, items], (40, 2)), axis=0)
    graph = small({BOUGHT: [(int(u), int(i), 1) for u, i in pairs]}, people=people, items=items)
    seen = np.zeros((people, items))
    seen[pairs[:, 0], pairs[:, 1]] = 1.0
    return graph, seen


@pytest.mark.parametrize("form", [0, 1])
def test_filter_equals_the_closed_form(form: int) -> None:
    """With all neighbours kept: R D^-a R^T M^-2p R D^-b + .3 s^2 R D^-t V V^T D^t, for both normalisations."""
    p, a, b, t = ((0.5, 0.5, 0.5, 0.5), (0.375, 0.6, 0.3, 0.2))[form]
    graph, seen = random_market()
    people, degree = np.maximum(seen.sum(1), 1e-9), seen.sum(0)
    half = seen * people[:, None] ** -p
    _, values, vt = np.linalg.svd(half * degree**-0.5)
    ideal = (vt[:2].T / degree[:, None] ** t) @ (vt[:2] * degree**t)
    linear = degree[:, None] ** -a * (half.T @ half) * degree**-b
    expected = seen @ linear + 0.3 * values[0] ** 2 * seen @ ideal
    model = fit(GraphFilter(rank=2).settings()[form], graph)
    assert model.scores(Features(graph, TARGET), np.arange(12)) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_filter_without_a_low_rank_part_is_its_linear_half() -> None:
    graph, _ = random_market()
    whole, half = (fit(GraphFilter(rank=2, ideal=ideal), graph) for ideal in (0.3, 0.0))
    assert isinstance(whole, FittedGraphFilter)
    assert isinstance(half, FittedGraphFilter)
    assert half.outward.shape == (0, 6)
    features, everybody = Features(graph, TARGET), np.arange(12)
    without = replace(whole, ideal=0.0).scores(features, everybody)
    assert np.array_equal(half.scores(features, everybody), without)


def test_smooth_weighs_each_pattern_by_its_squared_singular_value() -> None:
    graph, seen = random_market()
    people, degree = np.maximum(seen.sum(1), 1e-9), seen.sum(0)
    _, values, vt = np.linalg.svd(seen * people[:, None] ** -0.375 * degree**-0.5)
    expected = seen / degree**0.2 @ vt[:3].T * values[:3] ** 2 @ (vt[:3] * degree**0.2)
    found = fit(Smooth(rank=3), graph).scores(Features(graph, TARGET), np.arange(12))
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_als_folds_a_person_in_by_the_normal_equations() -> None:
    graph, seen = random_market()
    model = fit(Als(dimensions=3), graph)
    assert isinstance(model, FittedAls)
    y, background = model.vectors.astype(np.float64), 18.0 * seen.mean()
    assert model.background == pytest.approx(background)
    expected = np.zeros_like(seen)
    for row, mine in enumerate(seen):
        ridge = model.penalty * (mine.sum() + background * len(mine))
        system = background * y.T @ y + (y.T * mine) @ y + ridge * np.eye(3)
        expected[row] = y @ np.linalg.solve(system, y.T @ mine)
    assert model.scores(Features(graph, TARGET), np.arange(12)) == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_als_lowers_its_loss_in_every_round() -> None:
    """The loss over all pairs, observed or not, with the penalty that grows with the weight of the row or column."""
    graph, seen = random_market()
    background = 18.0 * seen.mean()

    def loss(rounds: int) -> float:
        model = fit(Als(dimensions=3, rounds=rounds), graph)
        assert isinstance(model, FittedAls)
        import scipy.sparse as sp

        y = model.vectors
        x = solve_rows(sp.csr_array(seen), y, background=background, penalty=model.penalty)
        error = seen * (1 - x @ y.T) ** 2 + background * (x @ y.T) ** 2
        of_people = model.penalty * (seen.sum(1) + background * 6) @ (x**2).sum(1)
        of_items = model.penalty * (seen.sum(0) + background * 12) @ (y**2).sum(1)
        return float(error.sum() + of_people + of_items)

    losses = [loss(rounds) for rounds in (1, 2, 4, 8)]
    assert all(after < before for before, after in pairwise(losses)), losses


def test_als_says_nothing_where_one_person_has_all_events() -> None:
    graph = small({BOUGHT: [(0, 0, 1), (0, 1, 1)]})
    assert scores(Als(), graph, 0) == [0.0] * 4


def test_ease_equals_its_closed_form_and_keeps_its_diagonal_empty() -> None:
    graph, seen = random_market()
    inverse = np.linalg.inv(seen.T @ seen + 2.0 * np.eye(6))
    between = np.eye(6) - inverse @ np.diag(1.0 / np.diag(inverse))
    found = fit(Ease(penalty=2.0), graph).scores(Features(graph, TARGET), np.arange(12))
    assert found == pytest.approx(seen @ between, rel=1e-5, abs=1e-6)
    assert np.abs(np.diag(between)).max() < 1e-12


def test_ease_says_nothing_in_a_market_with_too_many_items() -> None:
    graph, _ = random_market()
    assert scores(Ease(most_items=5), graph, 0) == [0.0] * 6


def test_leading_vectors_equal_the_svd_and_are_seeded() -> None:
    import scipy.sparse as sp

    rng = np.random.default_rng(0)
    spectrum = np.diag([9.0, 6.0, 3.0, *[0.1] * 7])
    dense = np.linalg.qr(rng.standard_normal((30, 10)))[0] @ spectrum @ np.linalg.qr(rng.standard_normal((10, 10)))[0]
    values, found = leading_vectors(sp.csr_array(dense), 3, np.random.default_rng(1))
    exact = np.linalg.svd(dense)[2][:3].T
    assert values == pytest.approx([9.0, 6.0, 3.0])
    assert np.abs((found * exact).sum(0)) == pytest.approx(np.ones(3), abs=1e-6)
    assert (found[np.abs(found).argmax(0), np.arange(3)] > 0).all()


def test_strongest_keeps_the_lower_place_on_ties() -> None:
    import scipy.sparse as sp

    kept = largest_of_rows(
        sp.csr_array(np.array([[1.0, 2.0, 2.0, 2.0], [0.0, 0.0, 5.0, 0.0]])), 2, tie_order=np.array([0, 2, 3, 1])
    )
    assert kept.toarray().tolist() == [[0, 2, 0, 2], [0, 0, 5, 0]]


def test_levels() -> None:
    graph = small({BOUGHT: [(0, 0, 1), *[(1, i % 4, i) for i in range(6)]], FOLLOWS: [(2, 0, 1)]})
    assert user_history(Features(graph, TARGET), np.arange(4)).tolist() == [FEW, MANY, ELSEWHERE, NOTHING]


def test_interests_saturate_and_skip_what_the_model_has_not_seen() -> None:
    graph = small({VIEWED: [(0, 0, 1), (0, 0, 2), (0, 3, 3)]})
    older = small({VIEWED: [(0, 0, 1)]}, items=2)
    found = interests(Features(graph, TARGET), np.array([0]), {VIEWED: 0.5}, vocabulary=Vocabulary.of(older))
    assert found.toarray() == pytest.approx(np.array([[0.5 * (1 + np.log(2)), 0.0]]))


def test_product_does_not_depend_on_company() -> None:
    rng = np.random.default_rng(0)
    left, right = rng.standard_normal((150, 33)), rng.standard_normal((33, 77)).astype(np.float32)
    whole_block = product(left, right)
    assert whole_block == pytest.approx(left @ right)
    for row in (0, 63, 64, 149):
        assert np.array_equal(product(left[row : row + 1], right)[0], whole_block[row])
