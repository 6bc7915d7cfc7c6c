import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.recommend.evaluation import metrics
from graph.recommend.ranking import ranks_of, tie_order
from graph.text import TextArray


def naive(scores: list[float], held: set[int], k: int, place: list[int]) -> dict[str, float]:
    """Straight from the definitions, one user."""
    order = sorted((i for i in range(len(scores)) if scores[i] > -math.inf), key=lambda i: (-scores[i], place[i]))
    hits = [1.0 if item in held else 0.0 for item in order]
    gain = sum(h / math.log2(r + 2) for r, h in enumerate(hits[:k]))
    ideal = sum(1 / math.log2(r + 2) for r in range(min(k, len(held))))
    first = next(r for r, h in enumerate(hits) if h)
    found = sum(hits[:k])
    return {"ndcg": gain / ideal, "recall": found / len(held), "mrr": 1 / (first + 1), "hit": float(found > 0)}


@given(st.data())
def test_equal_to_the_naive_definitions(data: st.DataObject) -> None:
    users, items = data.draw(st.integers(1, 4)), data.draw(st.integers(2, 12))
    k = data.draw(st.integers(1, 6))
    scores = np.array(data.draw(st.lists(st.integers(0, 4), min_size=users * items, max_size=users * items)), float)
    scores = scores.reshape(users, items)
    held = [sorted(data.draw(st.sets(st.integers(0, items - 1), min_size=1))) for _ in range(users)]
    for user, own in enumerate(held):
        barred = data.draw(st.sets(st.integers(0, items - 1))) - set(own)
        scores[user, sorted(barred)] = -np.inf
    rows = np.repeat(np.arange(users), [len(own) for own in held])
    place = data.draw(st.permutations(range(items)))
    ranks = ranks_of(scores, rows, np.array([i for own in held for i in own]), tie_order=np.array(place))
    expected = [naive(scores[u].tolist(), set(held[u]), k, place) for u in range(users)]
    same = {"count": users}
    assert metrics.ndcg(ranks, rows, k=k, **same) == pytest.approx([e["ndcg"] for e in expected])
    assert metrics.recall(ranks, rows, k=k, **same) == pytest.approx([e["recall"] for e in expected])
    assert metrics.hit_rate(ranks, rows, k=k, **same) == pytest.approx([e["hit"] for e in expected])
    assert metrics.reciprocal_rank(ranks, rows, **same) == pytest.approx([e["mrr"] for e in expected])


def test_a_perfect_and_a_useless_ranking() -> None:
    who = np.array([0, 0, 1])
    assert metrics.ndcg(np.array([1, 2, 11]), who, count=2, k=10).tolist() == [1.0, 0.0]


def test_no_opinion_scores_about_chance_whatever_the_ids() -> None:
    """Ids in the order of sales must not help a model that scores everything zero."""
    rng = np.random.default_rng(0)
    items, users = 200, 400
    wanted = np.minimum(rng.exponential(6, users).astype(int), items - 1)
    found = []
    for name in range(40):
        place = tie_order(TextArray.of([f"{name}-{i:03d}" for i in range(items)]))
        ranks = ranks_of(np.zeros((users, items)), np.arange(users), wanted, tie_order=place)
        found.append(metrics.ndcg(ranks, np.arange(users), count=users, k=10).mean())
    chance = sum(1 / math.log2(r + 1) for r in range(1, 11)) / items
    assert np.mean(found) == pytest.approx(chance, abs=0.012)


def test_interval_covers_and_is_seeded() -> None:
    values = np.random.default_rng(0).normal(2.0, 1.0, (400, 1))
    low, high = metrics.interval(values, np.random.default_rng(1))
    assert low[0] < 2.0 < high[0]
    assert high[0] - low[0] == pytest.approx(2 * 1.96 / 20, rel=0.2)
    assert metrics.interval(values, np.random.default_rng(1))[0][0] == low[0]
    assert np.isnan(metrics.interval(np.zeros((0, 1)), np.random.default_rng(1))[0]).all()
