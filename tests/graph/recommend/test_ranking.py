from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.recommend.ranking import tie_order, top
from graph.text import TextArray


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=30), st.integers(0, 32), st.randoms())
def test_top_equals_a_stable_sort(values: list[int], k: int, random: Random) -> None:
    scores = np.array([-np.inf if v < 0 else float(v) for v in values])
    place = random.sample(range(len(values)), len(values))
    order = sorted((i for i, v in enumerate(values) if v >= 0), key=lambda i: (-values[i], place[i]))
    assert top(scores, k, tie_order=np.array(place)).tolist() == order[:k]


def test_places_depend_on_the_ids_alone() -> None:
    assert tie_order(TextArray.of([])).tolist() == []
    assert tie_order(TextArray.of(["a", "b", "车"])).tolist() == [1, 2, 0]
    many = [f"p{i}" for i in range(300)]
    by_id = dict(zip(many, tie_order(TextArray.of(many)).tolist(), strict=True))
    assert sorted(by_id.values()) == list(range(300))
    some = sorted(many[::3], reverse=True)
    again = tie_order(TextArray.of(some)).tolist()
    assert [text for _, text in sorted(zip(again, some, strict=True))] == sorted(some, key=by_id.__getitem__)
