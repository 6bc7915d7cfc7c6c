from dataclasses import replace

import numpy as np
import pytest

from graph.hetero import HeteroGraph
from graph.recommend.chosen_model import fit_voters
from graph.recommend.features import HISTORY_LEVELS, MANY, Features, user_history
from graph.recommend.fusion import FittedFusion
from graph.recommend.model_io import load_model, save_model
from graph.recommend.pair_features import PairSchema
from graph.recommend.ranker.choice import choose_ranker
from graph.recommend.ranker.fitted import FittedRanker
from graph.recommend.ranker.pools import Pool, make_pool
from graph.recommend.ranker.scorer import Scorer
from graph.recommend.registry import default_voters
from graph.recommend.scoring import mask_excluded
from graph.recommend.split import split_graph
from graph.recommend.target import choose_target
from tests.contract.recommender import checkerboard

NAMES = ("popularity", "item-knn", "filter")


@pytest.fixture(scope="module")
def graph() -> HeteroGraph:
    return checkerboard(people=120)


@pytest.fixture(scope="module")
def fusion(graph: HeteroGraph) -> FittedFusion:
    target = choose_target(graph, "Product")
    split = split_graph(graph, target, rng=np.random.default_rng(0))
    chosen = [voter for voter in default_voters() if voter.name in NAMES]
    voters = fit_voters(chosen, split, seed=0, on_step=lambda _: None)
    weights = np.tile([0.1, 0.5, 1.0], (len(HISTORY_LEVELS), 1))
    return FittedFusion(target, voters["filter"].vocabulary, voters, weights, "by hand", "popularity")


@pytest.fixture(scope="module")
def pool(graph: HeteroGraph, fusion: FittedFusion) -> Pool:
    split = split_graph(graph, fusion.target, rng=np.random.default_rng(0))
    assert split.validation is not None
    schema = PairSchema.of(graph, fusion.target)
    return make_pool(fusion.voters, split.validation, fusion.target, schema, rng=np.random.default_rng(0))


def base_gains(pool: Pool) -> np.ndarray:
    """NDCG of the second voter, as the weighted sum's."""
    return pool.ndcg(pool.candidates.inputs[:, 1])


def scorer_of(column: int, inputs: int) -> Scorer:
    """A scorer that reads one input and nothing else."""
    weights = np.zeros(inputs, np.float32)
    weights[column] = 1.0
    ones, hidden = np.ones(inputs, np.float32), np.zeros((inputs, 2), np.float32)
    return Scorer(np.zeros(inputs, np.float32), ones, weights, hidden, np.zeros(2, np.float32), np.ones(2, np.float32))


def ranker(graph: HeteroGraph, fusion: FittedFusion, column: int, answers: list[bool]) -> FittedRanker:
    schema, columns = PairSchema.of(graph, fusion.target), np.arange(2 * len(fusion.voters))
    parts = fusion.target, fusion.vocabulary, fusion.voters, fusion, schema, columns, scorer_of(column, len(columns))
    return FittedRanker(*parts, np.array(answers), "by hand")


def test_candidates_stand_in_the_order_of_the_scorer(graph: HeteroGraph, fusion: FittedFusion) -> None:
    """A scorer that reads the score of one voter ranks like that voter."""
    features, users = Features(graph, fusion.target), np.arange(graph.count("Person"))
    found = mask_excluded(ranker(graph, fusion, 2, [True] * 4).scores(features, users), features, users)
    alone = mask_excluded(fusion.voters["filter"].scores(features, users), features, users)
    known = user_history(features, users) == MANY
    assert (found[known].argmax(axis=1) == alone[known].argmax(axis=1)).all()


def test_evidence_is_the_score_less_that_without_what_the_person_did(graph: HeteroGraph, fusion: FittedFusion) -> None:
    """A scorer that reads nothing but the person's own views: they are all of the score, and friends none of it."""
    features, users = Features(graph, fusion.target), np.arange(40, 50)
    model = ranker(graph, fusion, 2, [False, True, True, True])
    names, schema = len(fusion.voters), model.schema
    count = 2 * names + schema.width + schema.item_width + 1
    own = 2 * names + np.arange(schema.width)[np.arange(schema.width) % schema.sources == 0]
    scorer = replace(scorer_of(0, count), linear=np.isin(np.arange(count), own).astype(np.float32))
    model = replace(model, columns=np.arange(count), scorer=scorer)
    scores = model.scores(features, users)
    who, what = np.repeat(users, features.n_items), np.tile(np.arange(features.n_items), len(users))
    found = model.evidence(features, who, what)
    candidate = ~np.isnan(found["visited"])
    assert found["visited"][candidate] == pytest.approx(scores.ravel()[candidate], abs=1e-6)
    assert (found["visited"][candidate] > 0).any()
    assert not found["friend"][candidate].any()
    assert model.evidence(features, who, what) == {}  # asked once for what was scored last
    model.scores(features, users[:2])
    assert np.isnan(model.evidence(features, who[-3:], what[-3:])["visited"]).all()


def test_the_fusion_answers_where_the_scorer_does_not(graph: HeteroGraph, fusion: FittedFusion) -> None:
    features, users = Features(graph, fusion.target), np.arange(graph.count("Person"))
    model = ranker(graph, fusion, 2, [False, False, True, True])
    level = user_history(features, users)
    same = (model.scores(features, users) == fusion.scores(features, users)).all(axis=1)
    assert same[level <= 1].all()
    assert not same[level > 1].any()
    assert model.voters_needed(np.array([0])) == fusion.voters_needed(np.array([0]))


def test_a_row_depends_on_nobody_else_and_on_no_saving(graph: HeteroGraph, fusion: FittedFusion, tmp_path) -> None:  # type: ignore[no-untyped-def]
    features, users = Features(graph, fusion.target), np.arange(graph.count("Person"))
    model = ranker(graph, fusion, 1, [True] * 4)
    whole = model.scores(features, users)
    assert np.isfinite(whole).all()
    assert np.array_equal(model.scores(features, users[[9, 4]]), whole[[9, 4]])
    save_model(model, tmp_path / "model")
    read = load_model(tmp_path / "model", verify=True).model
    assert isinstance(read, FittedRanker)
    assert np.array_equal(read.scores(features, users), whole)
    assert read.reason_codes(MANY) == model.reason_codes(MANY)


def test_the_pool_measures_as_the_full_ranking_does(pool: Pool) -> None:
    """There are fewer items than a voter proposes, so that the pool holds all of them."""
    assert pool.hit.sum() == pool.held.sum()
    best = pool.ndcg(pool.hit.astype(np.float32))
    assert best == pytest.approx(1.0)
    worst = pool.ndcg(-pool.hit.astype(np.float32))
    assert worst.mean() < base_gains(pool).mean() < 1


class _Given:
    """A trainer whose scorer reads one input, and which claims these gains."""

    def __init__(self, gains: np.ndarray) -> None:
        self.gains = gains

    def fit(self, early, later, rng):  # type: ignore[no-untyped-def]
        inputs = later.candidates.inputs.shape[1]
        return scorer_of(0, inputs), scorer_of(1, inputs), self.gains


def test_a_ranker_is_used_only_where_it_is_better_by_more_than_chance(pool: Pool, fusion: FittedFusion) -> None:
    schema = PairSchema.of(checkerboard(people=120), fusion.target)
    base = base_gains(pool)
    noise = np.random.default_rng(0).normal(0, 0.2, len(base))

    def choice(gains: np.ndarray):  # type: ignore[no-untyped-def]
        return choose_ranker(_Given(gains), fusion, base, schema, [pool], pool, rng=np.random.default_rng(0))

    level = choice(base + noise - noise.mean())
    assert level.model is fusion
    assert "not better by more than chance" in level.summary
    better = choice(base + 0.2 + noise - noise.mean())
    assert isinstance(better.model, FittedRanker)
    assert better.model.answers.all()
    assert better.gains.mean() == pytest.approx(base.mean() + 0.2)
    assert better.early.scorer.linear[1] == 1.0


def test_the_fusion_answers_for_a_slice_in_which_the_ranker_is_worse(pool: Pool, fusion: FittedFusion) -> None:
    schema = PairSchema.of(checkerboard(people=120), fusion.target)
    many = np.arange(len(pool.held)) < 30
    mixed = replace(pool, level=np.where(many, 1, 3))
    base = base_gains(mixed)
    gains = np.where(many, base - 0.01, base + 0.3)
    found = choose_ranker(_Given(gains), fusion, base, schema, [mixed], mixed, rng=np.random.default_rng(0))
    assert isinstance(found.model, FittedRanker)
    assert found.model.answers.tolist() == [False, False, True, True]
    assert "known elsewhere" in found.summary
    assert found.gains == pytest.approx(np.where(many, base, gains))


def test_a_window_without_candidates_is_no_window(pool: Pool, fusion: FittedFusion) -> None:
    schema = PairSchema.of(checkerboard(people=120), fusion.target)
    nothing = replace(pool.candidates, offsets=np.zeros(1, np.int64), items=np.zeros(0, np.int64))
    nothing = replace(nothing, inputs=np.zeros((0, pool.candidates.inputs.shape[1]), np.float32))
    empty = Pool(nothing, np.zeros(0, np.bool_), np.zeros(0, np.int64), np.zeros(0, np.int64))
    base = base_gains(pool)
    one, other = (
        choose_ranker(_Given(base + 0.2), fusion, base, schema, pools, pool, rng=np.random.default_rng(0)).model
        for pools in ([pool], [empty, pool])
    )
    assert isinstance(one, FittedRanker)
    assert isinstance(other, FittedRanker)
    assert np.array_equal(one.columns, other.columns)
