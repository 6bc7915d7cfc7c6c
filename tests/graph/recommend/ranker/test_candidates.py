import numpy as np
import pytest

from graph.hetero import HeteroGraph
from graph.recommend.features import AGES, Features, user_history
from graph.recommend.pair_features import PairSchema, item_features, pair_features
from graph.recommend.ranker.candidates import make_candidates
from graph.recommend.row_scores import Dense
from graph.recommend.scoring import mask_excluded
from graph.recommend.target import choose_target
from tests.contract.recommender import BOUGHT, FOLLOWS, VIEWED, edges, market

__all__ = ["market"]
DAY = 86_400


def tiny(market: HeteroGraph) -> HeteroGraph:
    """Person 0 follows 1 and the KOL 2; all three viewed or bought a thing at known times."""
    now = 100 * DAY
    sets = {
        BOUGHT: edges([1, 2, 2], [3, 3, 4], time=[now - 1, now - 90 * DAY, now - 1]),
        VIEWED: edges([0, 0, 0], [5, 5, 6], time=[now - 2, now - 1, now - 90 * DAY]),
        FOLLOWS: edges([0, 0], [1, 2], time=[1, 1]),
    }
    people = market.nodes["Person"]
    kol = np.zeros(len(people), bool)
    kol[2] = True
    nodes = {**market.nodes, "Person": type(people)(people.ids, people.columns, {"KOL": kol})}
    return HeteroGraph.of(nodes, sets)


def test_pair_features_say_who_did_what_and_how_long_ago(market: HeteroGraph) -> None:
    graph = tiny(market)
    target = choose_target(graph, "Product")
    schema = PairSchema(tuple(sorted([BOUGHT, VIEWED])), (FOLLOWS,), 10.0 * DAY)
    assert schema.sources == 3
    found = pair_features(Features(graph, target), np.array([0, 1]), schema)
    young, old = 0, AGES - 1
    bought, viewed = 0, 1

    def feature(relation: int, age: int, source: int) -> int:
        return (relation * AGES + age) * schema.sources + source

    expected = {
        (0, 3, feature(bought, young, 1)): np.log(2),  # 1, no KOL, has just bought 3
        (0, 3, feature(bought, old, 2)): np.log(2),  # the KOL bought it long ago
        (0, 4, feature(bought, young, 2)): np.log(2),
        (0, 5, feature(viewed, young, 0)): np.log(3),  # looked at 5 twice
        (0, 6, feature(viewed, old, 0)): np.log(2),
        (1, 3, feature(bought, young, 0)): np.log(2),
    }
    entries = zip(found.row.tolist(), found.item.tolist(), found.feature.tolist(), strict=True)
    assert dict(zip(entries, found.value.tolist(), strict=True)) == pytest.approx(expected)
    alone = item_features(Features(graph, target), schema)
    assert alone[3, bought * AGES + young] == pytest.approx(np.log(2))
    assert alone[5, viewed * AGES + young] == pytest.approx(np.log(3))
    assert alone[:, -1].astype(bool).tolist() == [item not in (3, 4, 5, 6) for item in range(graph.count("Product"))]


def test_candidates_are_the_first_of_every_voter_and_depend_on_no_other_person(market: HeteroGraph) -> None:
    target = choose_target(market, "Product")
    features, rng = Features(market, target), np.random.default_rng(0)
    users = np.arange(market.count("Person"))
    schema = PairSchema.of(market, target)
    blocks = {name: Dense(rng.standard_normal((len(users), features.n_items))) for name in ("one", "two")}
    level = user_history(features, users)
    found = make_candidates(blocks, features, users, level, schema=schema)
    open_items = np.isfinite(mask_excluded(blocks["one"].dense(), features, users))
    # There are fewer items than a voter proposes, so that everything that may be offered is a candidate.
    assert np.diff(found.offsets).tolist() == open_items.sum(axis=1).tolist()
    assert open_items[found.rows, found.items].all()
    for row in range(len(users)):
        mine = found.items[found.offsets[row] : found.offsets[row + 1]]
        assert (np.diff(features.tie_order[mine]) > 0).all()
    best = np.where(open_items, blocks["two"].dense(), -np.inf).argmax(axis=1)
    first = found.inputs[:, 3] == 1.0  # rank 1 by the second voter
    assert found.items[first].tolist() == best.tolist()
    part = np.array([7, 3, 20])
    one = make_candidates({n: b.take(part) for n, b in blocks.items()}, features, part, level[part], schema=schema)
    for place, row in enumerate(part.tolist()):
        mine, alone = (f.offsets[r : r + 2] for f, r in ((found, row), (one, place)))
        assert np.array_equal(found.items[slice(*mine)], one.items[slice(*alone)])
        assert np.array_equal(found.inputs[slice(*mine)], one.inputs[slice(*alone)])
    columns = np.array([1, 4, found.inputs.shape[1] - 1])
    few = make_candidates(blocks, features, users, level, schema=schema, columns=columns)
    assert np.array_equal(few.inputs, found.inputs[:, columns])


def test_nobody_has_no_candidates(market: HeteroGraph) -> None:
    target = choose_target(market, "Product")
    nobody = np.zeros(0, np.int64)
    blocks = {"one": Dense(np.zeros((0, market.count("Product"))))}
    features = Features(market, target)
    found = make_candidates(blocks, features, nobody, nobody, schema=PairSchema.of(market, target))
    assert found.offsets.tolist() == [0]
    assert len(found.items) == len(found.inputs) == 0
