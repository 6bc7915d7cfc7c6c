import numpy as np
import pytest

from graph.errors import ModelError
from graph.recommend.links.features import PAIRS, LinkFeatures
from graph.recommend.links.split import LinkSplit, split_ties
from graph.recommend.links.ties import first_ties
from tests.graph.recommend.links.towns import FOLLOWS, random_ties, town

PEOPLE = 40


def split(dated: bool = True, seed: int = 0) -> LinkSplit:
    ties = random_ties(np.random.default_rng(seed), PEOPLE, 600, dated=dated)
    reacted = [(a, b, 900_000) if dated else (a, b) for a, b, *_ in ties[::7]]
    return split_ties(town(PEOPLE, FOLLOWS=ties, INTERACTED=reacted), FOLLOWS, rng=np.random.default_rng(seed))


def test_windows_follow_each_other_and_hold_every_tie_once() -> None:
    found = split()
    assert found.method == "time"
    windows = [*found.windows, found.validation, found.test]
    assert [len(q.users) for q in windows[-2:]] == [60, 60]
    known = [len(first_ties(q.known, FOLLOWS)) for q in windows]
    assert [a + len(q.users) for a, q in zip(known, windows, strict=True)] == [*known[1:], 600]
    assert len(found.windows) == 4


@pytest.mark.parametrize("dated", [True, False])
def test_no_answer_is_known_before(dated: bool) -> None:
    found = split(dated)
    for asked in (*found.windows, found.validation, found.test):
        ties = LinkFeatures.of(asked.known, FOLLOWS).ties
        assert len(asked.users)
        assert not ties[asked.users, asked.items].any()


def test_a_feature_made_with_the_future_tie_would_be_found() -> None:
    """The canary: ties of the test, put into what is known, change the features; everything after the cut does not."""
    found = split()
    asked, graph = found.test, town(PEOPLE, FOLLOWS=random_ties(np.random.default_rng(0), PEOPLE, 600))
    assert found.cuts is not None
    honest = LinkFeatures.of(graph.until(found.cuts[1]), FOLLOWS)
    everybody = np.arange(PEOPLE)
    leaking = LinkFeatures.of(graph, FOLLOWS)
    assert leaking.ties[asked.users, asked.items].all()
    assert not np.array_equal(leaking.people, honest.people)
    old = first_ties(graph, FOLLOWS)
    early = old.take(old.time < found.cuts[1])
    later = [(a, (a + 1) % PEOPLE, found.cuts[1] + a) for a in range(PEOPLE)]
    kept = list(zip(early.src.tolist(), early.dst.tolist(), early.time.tolist(), strict=True))
    other = town(PEOPLE, FOLLOWS=[*kept, *later]).until(found.cuts[1])
    again = LinkFeatures.of(other, FOLLOWS)
    assert np.array_equal(again.people, honest.people)
    for name in PAIRS:
        assert np.array_equal(again.block(everybody).column(name), honest.block(everybody).column(name))


def test_ties_without_times_are_left_out_with_every_other_tie_of_the_pair() -> None:
    found = split(dated=False)
    assert found.method == "leave-out"
    assert "too good" in found.note
    assert len(found.test.users) == len(found.validation.users) == 60
    for key in found.test.known.keys(source="Person", target="Person"):
        left = found.test.known.edges(key)
        assert not set(zip(left.src.tolist(), left.dst.tolist(), strict=True)) & set(
            zip(found.test.users.tolist(), found.test.items.tolist(), strict=True)
        )


def test_a_friendship_is_left_out_in_both_directions() -> None:
    one_way = [(a, b) for a, b, *_ in random_ties(np.random.default_rng(1), PEOPLE, 400) if a < b]
    graph = town(PEOPLE, FOLLOWS=[*one_way, *((b, a) for a, b in one_way)])
    found = split_ties(graph, FOLLOWS, rng=np.random.default_rng(0))
    assert "mutual" in found.note
    asked = LinkFeatures.of(found.test.known, FOLLOWS)
    assert not asked.block(found.test.users).column("reverse")[np.arange(len(found.test.users)), found.test.items].any()


def test_ties_of_one_batch_are_left_out_by_chance() -> None:
    graph = town(PEOPLE, FOLLOWS=[(a, b, 1_000_000) for a, b, *_ in random_ties(np.random.default_rng(1), PEOPLE, 200)])
    assert "too few moments" in split_ties(graph, FOLLOWS, rng=np.random.default_rng(0)).note


def test_few_ties_are_refused() -> None:
    with pytest.raises(ModelError, match="too few"):
        split_ties(town(4, FOLLOWS=[(0, 1, 5)]), FOLLOWS, rng=np.random.default_rng(0))
