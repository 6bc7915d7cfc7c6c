from dataclasses import replace

import numpy as np
import pytest

from graph.recommend.chosen_model import fit_voters
from graph.recommend.evaluation.evaluate import rank_questions
from graph.recommend.evaluation.metrics import ndcg
from graph.recommend.features import FEW, HISTORY_LEVELS, MANY, NOTHING, Features
from graph.recommend.fusion import FittedFusion, with_fallback
from graph.recommend.fusion_fit import Pools, choose_weights, padded, pool_ndcg
from graph.recommend.pair_features import PairSchema
from graph.recommend.ranker.pools import make_pool
from graph.recommend.registry import default_voters
from graph.recommend.row_scores import Dense
from graph.recommend.serving import recommend
from graph.recommend.split import full_split, split_graph
from graph.recommend.target import choose_target
from graph.recommend.train import train
from tests.contract.recommender import checkerboard

NAMES = ["popularity", "good", "noise"]


def pools(good: float, *, users: int = 300, level: int = MANY, popular: float = 0.2, seed: int = 0) -> Pools:
    """Candidates of which one came true, whose score by each voter is raised by that much."""
    rng = np.random.default_rng(seed)
    scores = rng.standard_normal((users, 30, 3)).astype(np.float32)
    hit = np.zeros((users, 30), bool)
    hit[np.arange(users), rng.integers(0, 30, users)] = True
    scores[hit] += np.array([popular, good, 0.0], np.float32)
    ones = np.ones(users, np.int64)
    return Pools(scores, hit, np.ones_like(hit), ones, level * ones)


def test_standardised_rows_and_no_opinion() -> None:
    found = Dense(np.array([[1.0, 2.0, 3.0], [7.0, 7.0, 7.0]])).standardised()
    assert found[0] == pytest.approx(np.arcsinh(np.array([-1, 0, 1]) * np.sqrt(1.5)))
    assert found[1].tolist() == [0, 0, 0]


def test_two_good_voters_are_blended_and_noise_is_not() -> None:
    weights, said, *_ = choose_weights(pools(1.0, popular=1.0), NAMES)
    assert weights[MANY, :2].min() > 3 * weights[MANY, 2]
    assert said.startswith("blend")


def test_a_single_winner_is_used_and_said() -> None:
    data = pools(0.0, popular=0.0, users=60)
    weights, said, *_ = choose_weights(data, NAMES)
    alone = max(pool_ndcg(data, np.tile(row, (len(HISTORY_LEVELS), 1))).mean() for row in np.eye(3))
    chosen = pool_ndcg(data, weights).mean()
    assert chosen >= alone or "blend" in said


def test_only_a_voter_that_may_oppose_gets_a_weight_below_zero_and_it_is_never_used_alone() -> None:
    """The third voter is raised where the wanted item is not: its opposite is worth knowing."""
    data = pools(1.0, popular=1.0)
    data.scores[..., 2] -= 2.0 * data.hit
    closed, *_ = choose_weights(data, NAMES)
    opened, said, *_ = choose_weights(replace(data, opposing=(2,)), NAMES)
    assert closed[MANY, 2] == 0.0
    assert opened[MANY, 2] < -0.5
    assert pool_ndcg(data, opened).mean() > pool_ndcg(data, closed).mean() + 0.02
    assert said.startswith("blend")
    data.scores[..., :2] = np.random.default_rng(8).standard_normal(data.scores[..., :2].shape)
    data.scores[..., 2] += 6.0 * data.hit
    _, said, *_ = choose_weights(replace(data, opposing=(2,)), NAMES)
    assert "noise alone" not in said


def test_people_of_whom_nothing_is_known_get_popularity() -> None:
    weights, said, *_ = choose_weights(pools(2.0), NAMES)
    assert weights[NOTHING].tolist() == [1.0, 0.0, 0.0]
    assert "nothing known" in said


def test_a_level_where_popularity_is_better_keeps_it() -> None:
    """The good voter misleads people with few events, and there are enough of them to see it."""
    warm, few = pools(2.0, users=900), pools(-2.0, users=300, level=FEW, popular=2.0, seed=1)
    names = ("scores", "hit", "real", "held", "level")
    both = Pools(*(np.concatenate([getattr(warm, name), getattr(few, name)]) for name in names))
    weights, *_ = choose_weights(both, NAMES)
    assert weights[FEW, 0] > weights[FEW, 1]
    assert pool_ndcg(few, weights).mean() >= pool_ndcg(few, np.tile([1.0, 0, 0], (len(HISTORY_LEVELS), 1))).mean()


def test_a_level_of_too_few_people_is_not_compared() -> None:
    """Popularity is better for people with few events, but there are too few of them to see it."""
    warm, few = pools(2.0, users=900), pools(-2.0, users=20, level=FEW, popular=2.0, seed=1)
    names = ("scores", "hit", "real", "held", "level")
    both = Pools(*(np.concatenate([getattr(warm, name), getattr(few, name)]) for name in names))
    weights, said, *_ = choose_weights(both, NAMES)
    assert weights[FEW, 1] > 0
    assert HISTORY_LEVELS[FEW] not in said
    assert pool_ndcg(few, weights).mean() < pool_ndcg(few, np.tile([1.0, 0, 0], (len(HISTORY_LEVELS), 1))).mean()


def test_pool_ndcg_of_a_single_voter_equals_the_full_ranking() -> None:
    graph = checkerboard()
    target = choose_target(graph, "Product")
    split = split_graph(graph, target, rng=np.random.default_rng(0))
    voters = fit_voters(default_voters(), split, seed=0, on_step=lambda _: None)
    schema = PairSchema.of(split.train, target)
    made = padded(make_pool(voters, split.validation, target, schema, rng=np.random.default_rng(0)), voters)
    ranked = rank_questions(voters, split.validation, target)
    for column, name in enumerate(voters):
        weights = np.tile(np.eye(len(voters))[column], (len(HISTORY_LEVELS), 1))
        full = ndcg(ranked.ranks[name], ranked.who, count=len(ranked.users), k=10)
        assert pool_ndcg(made, weights) == pytest.approx(full, abs=0.05), name


def test_filter_and_fusion_beat_popularity_on_planted_halves() -> None:
    graph = checkerboard(people=200)
    report = train(graph, choose_target(graph, "Product")).report
    popular = report.row("popularity")["ndcg"]
    assert report.row("filter")["ndcg"] > 1.3 * popular
    gain = report.difference("combined", "popularity")
    assert gain["low"] > 0
    assert report.row("combined")["ndcg"] >= report.row("item-knn")["ndcg"] - 0.02


def test_standardising_keeps_the_order_of_outliers() -> None:
    row = np.concatenate([np.zeros(5000), [50.0, 60.0, 70.0]])[None, :]
    found = Dense(row).standardised()[0]
    assert found[-3] < found[-2] < found[-1] < 16


def test_a_voter_that_is_silent_about_most_people_is_not_chosen_alone() -> None:
    """It is right about the few people it knows, and the others' held-out items come first among equals."""
    data = pools(0.0, popular=0.0, users=200)
    scores = data.scores.copy()
    scores[:, :, 1] = 0.0
    scores[:40, :, 1][data.hit[:40]] = 5.0
    hit = np.zeros_like(data.hit)
    hit[:40], hit[40:, 0] = data.hit[:40], True
    silent = Pools(scores, hit, data.real, data.held, data.level)
    weights, said, simple, _ = choose_weights(silent, NAMES)
    assert simple == "popularity"
    assert not said.startswith("no blend beat good")
    assert not np.array_equal(weights[MANY], [0.0, 1.0, 0.0])


def test_equal_sums_are_ordered_by_the_fallback_voter() -> None:
    data = pools(0.0, popular=2.0)
    scores = data.scores.copy()
    scores[:, :, 1] = 0.0
    silent = Pools(scores, data.hit, data.real, data.held, data.level)
    popular, mute = (np.tile(row, (len(HISTORY_LEVELS), 1)) for row in np.eye(3)[:2])
    assert np.array_equal(pool_ndcg(silent, mute, fallback=0), pool_ndcg(silent, popular))


def test_settled_parts_equals_and_nothing_else() -> None:
    simple = np.array([[3.0, 2.0, 1.0]] * 3)
    found = with_fallback(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.01, 0.02]]), simple)
    assert found[0].tolist() == [3.0, 2.0, 1.0]
    assert [np.argsort(-row).tolist() for row in found[1:]] == [[2, 0, 1], [2, 1, 0]]


def test_popularity_answers_for_somebody_of_whom_the_blend_knows_nothing() -> None:
    graph = checkerboard()
    target = choose_target(graph, "Product")
    voters = fit_voters(default_voters(), full_split(graph, target), seed=0, on_step=lambda _: None)
    only_friends = np.tile([name == "friends" for name in voters], (len(HISTORY_LEVELS), 1)).astype(float)
    vocabulary = next(iter(voters.values())).vocabulary
    model = FittedFusion(target, vocabulary, voters, only_friends, "", "popularity")
    nobody, features = np.array([graph.count("Person") - 1]), Features(graph, target)
    assert not voters["friends"].scores(features, nobody).any()
    popular = recommend(voters["popularity"], graph, nobody, 10)
    found = recommend(model, graph, nobody, 10)
    assert found.items.tolist() == popular.items.tolist()
    assert found.score[0] > 0
