"""Both ways, for few rows and for many, equal the plain answer, ties and excluded items included."""

import numpy as np
import pytest
import scipy.sparse as sp

from graph.recommend.dense_rows import add_product, top_of_rows

FEW_AND_MANY = (30, 90)


@pytest.mark.parametrize("rows", FEW_AND_MANY)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("k", [0, 1, 5, 40, 60])
def test_lists_equal_a_full_sort(k: int, dtype: type, rows: int) -> None:
    rng = np.random.default_rng(k)
    scores = rng.integers(0, 12, (rows, 40)).astype(dtype)  # many ties
    scores[rng.random(scores.shape) < 0.3] = -np.inf
    scores[0] = -np.inf
    place = rng.permutation(40)
    found = top_of_rows(scores, k, tie_order=place)
    assert found.shape == (rows, k)
    for row, line in zip(scores, found, strict=True):
        order = np.lexsort((place, -row))
        expected = order[row[order] > -np.inf][:k]
        assert line[: len(expected)].tolist() == expected.tolist()
        assert (line[len(expected) :] == -1).all()


def test_a_product_is_added_and_the_same_for_few_rows_and_for_many() -> None:
    rng = np.random.default_rng(2)
    left = sp.random_array((90, 50), density=0.3, rng=rng, format="csr")
    right = sp.random_array((50, 20), density=0.5, rng=rng, format="csr").astype(np.float32)
    right.data.flags.writeable = False  # as the tables of a saved model
    start = rng.standard_normal((90, 20))
    together, apart = start.copy(), start.copy()
    add_product(left, right, together)
    for row in range(90):
        add_product(left[[row]], right, apart[row : row + 1])
    assert together == pytest.approx(start + left.toarray() @ right.toarray(), rel=1e-6)
    assert np.array_equal(together, apart)
