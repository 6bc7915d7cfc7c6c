"""The compiled lists equal a full sort, ties and excluded items included."""

import numpy as np
import pytest

from graph.recommend.ranking import top
from graph.recommend.top_k import top_of_rows


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [0, 1, 5, 40, 60])
def test_lists_equal_a_full_sort(dtype: type, k: int) -> None:
    rng = np.random.default_rng(k)
    scores = rng.integers(0, 12, (30, 40)).astype(dtype)  # many ties
    scores[rng.random(scores.shape) < 0.3] = -np.inf
    scores[0] = -np.inf
    place = rng.permutation(40)
    found = top_of_rows(scores, k, tie_order=place)
    assert found.shape == (30, k)
    for row, line in zip(scores, found, strict=True):
        order = np.lexsort((place, -row))
        expected = order[row[order] > -np.inf][:k]
        assert line[line >= 0].tolist() == expected.tolist() == top(row, k, tie_order=place).tolist()
        assert (line[len(expected) :] == -1).all()
