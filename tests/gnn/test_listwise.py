import numpy as np
import pytest
import torch

from gnn.listwise import ListwiseRanker, listwise_loss
from graph.recommend.ranker.candidates import Candidates
from graph.recommend.ranker.pools import Pool


def pool(seed: int, *, people: int = 150, each: int = 20) -> Pool:
    """Everybody takes the candidate whose first two inputs have the same sign and the largest product."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((people * each, 4)).astype(np.float32)
    best = (inputs[:, 0] * inputs[:, 1]).reshape(people, each).argmax(axis=1)
    hit = np.zeros((people, each), bool)
    hit[np.arange(people), best] = True
    ones = np.ones(people, np.int64)
    return Pool(Candidates(each * np.arange(people + 1), np.arange(people * each), inputs), hit.ravel(), ones, 3 * ones)


def test_the_loss_of_equal_scores_is_the_logarithm_of_their_number() -> None:
    hits, rows = torch.tensor([True, False, False, True, True]), torch.tensor([0, 0, 0, 1, 1])
    loss = listwise_loss(torch.zeros(5), hits, rows, 2)
    assert loss.item() == pytest.approx((np.log(3) + np.sqrt(2) * np.log(2)) / 2)


def test_it_learns_what_no_weighted_sum_can_and_says_how_good_it_is() -> None:
    """A product of two inputs: any linear score is worth no more than chance."""
    later, test = pool(1), pool(2)
    scorer, early, gains = ListwiseRanker(rate=0.02).fit([pool(0)], later, np.random.default_rng(0))
    linear = test.ndcg(test.candidates.inputs[:, 0]).mean()
    found = test.ndcg(scorer.scores(test.candidates.inputs)).mean()
    assert found > linear + 0.15
    assert test.ndcg(early.scores(test.candidates.inputs)).mean() > linear + 0.1
    assert gains.mean() == pytest.approx(found, abs=0.15)


def test_same_seed_same_bytes() -> None:
    quick = ListwiseRanker(epochs=2)
    first, second, third = (quick.fit([pool(0)], pool(1), np.random.default_rng(s))[0].arrays() for s in (0, 0, 1))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
    assert any(first[name].tobytes() != third[name].tobytes() for name in first)
