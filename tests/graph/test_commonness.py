import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.commonness import rarity_weight, shared_by_most


@given(st.integers(1, 2_000), st.data())
def test_only_more_than_half_can_be_most_and_more_of_it_stays_most(of: int, data) -> None:  # type: ignore[no-untyped-def]
    have = data.draw(st.integers(0, of))
    if shared_by_most(have, of):
        assert 2 * have > of
        assert shared_by_most(of, of)
        assert shared_by_most(have + (of - have) // 2, of)


def test_few_people_cannot_tell() -> None:
    assert not shared_by_most(np.arange(4), np.arange(4)).any()
    assert not shared_by_most(0, 0)


def test_evidence_is_whole_up_to_a_half_and_falls_to_nearly_nothing() -> None:
    found = rarity_weight(np.arange(0, 1_001), 1_000)
    assert (found[:501] == 1.0).all()
    assert (np.diff(found[500:]) < 0).all()
    assert 0 < found[-1] < 0.001
