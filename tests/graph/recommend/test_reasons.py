import numpy as np

from graph.recommend.content import Content
from graph.recommend.friends import Friends
from graph.recommend.neighbours import Neighbours
from graph.recommend.popularity import Popularity
from graph.recommend.protocol import Recommender
from graph.recommend.repeat import Repeat
from graph.recommend.rows import COLUMNS, Recommendations
from graph.recommend.split import whole
from tests.graph.recommend.test_voters import BOUGHT, FOLLOWS, PROMOTES, TARGET, VIEWED, small

GRAPH = small(
    {
        BOUGHT: [(1, 2, 5), (1, 0, 4), (2, 2, 6), (2, 0, 7), (3, 1, 9)],
        VIEWED: [(0, 0, 1), (0, 3, 2), (0, 3, 3)],
        FOLLOWS: [(0, 1, 1)],
        PROMOTES: [(1, 1, 2)],
    }
)


def ask(voter: Recommender, user: int = 0) -> Recommendations:
    model = voter.fit(whole(GRAPH, TARGET), np.random.default_rng(0))
    return model.recommend(GRAPH, [user], 4)


def reason(found: Recommendations, item: str):  # type: ignore[no-untyped-def]
    return found.reasons[found.item_ids.index(item)]


def test_a_past_visit_is_counted() -> None:
    why = reason(ask(Repeat()), "p3")
    assert (why.code, why.text) == ("visited", "This person viewed it twice and does not own it yet")
    assert why.support == ((VIEWED, 0, 3),)


def test_a_friend_is_named() -> None:
    why = reason(ask(Friends()), "p2")
    assert (why.code, why.text) == ("friend", "u1, whom this person follows, bought it")
    assert why.support == ((FOLLOWS, 0, 1), (BOUGHT, 1, 2))
    assert "promoted" in reason(ask(Friends()), "p1").text


def test_company_has_a_witness() -> None:
    why = reason(ask(Neighbours()), "p2")
    assert why.code == "together"
    assert why.text == "2 other people are interested in both this and thing 0, which this person viewed"
    assert why.support == ((VIEWED, 0, 0), (BOUGHT, 1, 0), (BOUGHT, 1, 2))


def test_alike_names_the_attribute() -> None:
    why = reason(ask(Content()), "p2")
    assert (why.code, why.text) == ("alike", "Same brand (x) as thing 0, which this person viewed")


def test_a_popularity_list_does_not_pretend_to_know_the_person() -> None:
    found = ask(Popularity())
    assert {why.code for why in found.reasons} == {"popular"}
    assert reason(found, "p2").text == "Popular: 2 people have shown an interest in it"


def test_somebody_unknown_is_told_so() -> None:
    found = ask(Popularity(), user=4)
    assert {why.code for why in found.reasons} == {"new-person"}
    assert found.reasons[0].text.startswith("Nothing is known about this person yet")


def test_somebody_not_to_be_contacted_is_not_named() -> None:
    model = Friends().fit(whole(GRAPH, TARGET), np.random.default_rng(0))
    found = model.recommend(GRAPH, [0], 4, exclude=[1])
    assert reason(found, "p2").text == "Somebody this person follows bought it"
    assert not any("u1" in why.text for why in found.reasons)


def test_publishing_is_no_interest() -> None:
    """u1 and u2 promote p1 and p3; that is neither popularity nor company."""
    promoted = [(1, 1, 2), (2, 1, 3), (1, 3, 2), (2, 3, 3)]
    graph = small({BOUGHT: [(0, 0, 1), (1, 0, 1), (2, 0, 2), (3, 2, 9)], PROMOTES: promoted})
    for voter in (Neighbours(), Popularity()):
        found = voter.fit(whole(graph, TARGET), np.random.default_rng(0)).recommend(graph, [0], 4)
        why = reason(found, "p1")
        assert why.code == "new-item"
        assert why.text == "Nobody has shown an interest in it yet, but 2 people have published about it"
        assert why.support == ((PROMOTES, 1, 1), (PROMOTES, 2, 1))


def test_an_untouched_item_claims_nothing() -> None:
    graph = small({BOUGHT: [(0, 0, 1), (1, 2, 2)]})
    found = Content().fit(whole(graph, TARGET), np.random.default_rng(0)).recommend(graph, [0], 4)
    why = reason(found, "p3")
    assert (why.code, why.text) == ("new-item", "Nobody has had to do with it yet")


def test_rows_and_frame_agree() -> None:
    found = ask(Popularity())
    assert tuple(found.to_frame().columns) == COLUMNS
    assert found.to_frame().to_records(index=False).tolist() == list(found.rows())
    assert found.rank.tolist() == [1, 2, 3, 4]
