"""Our metrics are those of torch_geometric.metrics, to 1e-6, on random lists."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from graph.recommend.evaluation import beyond, metrics

torch = pytest.importorskip("torch")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch_geometric import metrics as peer

USERS, ITEMS = 60, 40


@pytest.mark.parametrize("k", [1, 5, 20])
def test_equal_to_pytorch_geometric(k: int) -> None:
    rng = np.random.default_rng(k)
    order = np.argsort(rng.random((USERS, ITEMS)), axis=1)
    # Everybody has one to twelve held-out items, so that there are more than k for some and fewer for others.
    held = [np.sort(rng.choice(ITEMS, rng.integers(1, 13), replace=False)) for _ in range(USERS)]
    who, items = np.repeat(np.arange(USERS), [len(own) for own in held]), np.concatenate(held)
    ranks = np.argsort(order, axis=1)[who, items] + 1
    truth = torch.from_numpy(np.stack([who, items]))
    same = {"count": USERS, "k": k}
    pairs = (
        (peer.LinkPredNDCG(k), metrics.ndcg(ranks, who, **same)),
        (peer.LinkPredRecall(k), metrics.recall(ranks, who, **same)),
        (peer.LinkPredPrecision(k), metrics.precision(ranks, who, **same)),
        (peer.LinkPredMAP(k), metrics.average_precision(ranks, who, **same)),
        (peer.LinkPredHitRatio(k), metrics.hit_rate(ranks, who, **same)),
        # Ours looks at the whole ranking.
        (peer.LinkPredMRR(ITEMS), metrics.reciprocal_rank(ranks, who, count=USERS)),
    )
    for theirs, ours in pairs:
        theirs.update(torch.from_numpy(order), truth)
        assert ours.mean() == pytest.approx(float(theirs.compute()), abs=1e-6), type(theirs).__name__
    shown = peer.LinkPredCoverage(k, ITEMS)
    shown.update(torch.from_numpy(order), truth)
    assert beyond.coverage(order[:8, :k], ITEMS) == pytest.approx(_coverage(order[:8], truth, k), abs=1e-6)
    assert beyond.coverage(order[:, :k], ITEMS) == pytest.approx(float(shown.compute()), abs=1e-6)


def _coverage(order: np.ndarray, truth: object, k: int) -> float:
    shown = peer.LinkPredCoverage(k, ITEMS)
    shown.update(torch.from_numpy(order), truth)
    return float(shown.compute())
