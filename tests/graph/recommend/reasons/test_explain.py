import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.base import Recommender
from graph.recommend.features import Features, Floats
from graph.recommend.reasons.too_common import common_people, common_things
from graph.recommend.rows import COLUMNS, Recommendations
from graph.recommend.serving import recommend
from graph.recommend.split import full_split
from graph.recommend.voters.content import Content
from graph.recommend.voters.friends import FittedFriends, Friends
from graph.recommend.voters.item_knn import ItemKnn
from graph.recommend.voters.popularity import Popularity
from graph.recommend.voters.repeat import Repeat
from graph.schema import EdgeKey
from graph.text import Int64
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
    model = voter.fit(full_split(GRAPH, TARGET), np.random.default_rng(0))
    return recommend(model, GRAPH, [user], 4)


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


def test_all_friends_that_a_sentence_counts_support_it() -> None:
    """u1 and u2 bought item 2, u2 viewed it as well; the person follows both, and u1 is named."""
    graph = small({BOUGHT: [(1, 2, 5), (2, 2, 6), (3, 1, 9)], VIEWED: [(2, 2, 4)], FOLLOWS: [(0, 1, 1), (0, 2, 1)]})
    why = reason(recommend(Friends().fit(full_split(graph, TARGET), np.random.default_rng(0)), graph, [0], 4), "p2")
    assert why.text == "u1, whom this person follows, bought it; so it is with 1 more of them"
    assert why.support == (
        (FOLLOWS, 0, 1), (BOUGHT, 1, 2), (FOLLOWS, 0, 2), (BOUGHT, 2, 2), (VIEWED, 2, 2),
    )  # fmt: skip


def test_all_own_things_that_are_alike_support_it() -> None:
    brands = ["x", "x", "x", *"abcdefgh"]
    others = [(u, n, 1) for u in (1, 2, 3, 4) for n in range(3, len(brands))]
    graph = small({BOUGHT: [(0, 0, 1), (0, 1, 2), *others], VIEWED: [(0, 1, 1)]}, items=len(brands), brands=brands)
    model = Content().fit(full_split(graph, TARGET), np.random.default_rng(0))
    why = reason(recommend(model, graph, [0], len(brands)), "p02")
    assert why.text == "Same brand (x) as thing 0, which this person bought; so it is with 1 more of theirs"
    assert why.support == ((BOUGHT, 0, 0), (BOUGHT, 0, 1), (VIEWED, 0, 1))


class Judging(FittedFriends):
    """Friends, by a model that says that what friends have done did not raise any score."""

    def evidence(self, features: Features, users: Int64, items: Int64) -> dict[str, Floats]:
        return {"friend": np.where(items == 2, 0.0, np.nan)}


def test_what_did_not_raise_the_score_is_no_reason() -> None:
    model = Friends().fit(full_split(GRAPH, TARGET), np.random.default_rng(0))
    found = recommend(Judging(model.target, model.vocabulary, model.weights, model.half_life), GRAPH, [0], 4)
    assert reason(found, "p2").code == "popular"
    assert reason(found, "p1").code == "friend"


def test_company_has_a_witness() -> None:
    why = reason(ask(ItemKnn()), "p2")
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
    model = Friends().fit(full_split(GRAPH, TARGET), np.random.default_rng(0))
    found = recommend(model, GRAPH, [0], 4, exclude=[1])
    assert reason(found, "p2").text == "Somebody this person follows bought it"
    assert not any("u1" in why.text for why in found.reasons)


def test_publishing_is_no_interest() -> None:
    """u1 and u2 promote p1 and p3; that is neither popularity nor company."""
    promoted = [(1, 1, 2), (2, 1, 3), (1, 3, 2), (2, 3, 3)]
    graph = small({BOUGHT: [(0, 0, 1), (1, 0, 1), (2, 0, 2), (3, 2, 9)], PROMOTES: promoted})
    for voter in (ItemKnn(), Popularity()):
        found = recommend(voter.fit(full_split(graph, TARGET), np.random.default_rng(0)), graph, [0], 4)
        why = reason(found, "p1")
        assert why.code == "new-item"
        assert why.text == "Nobody has shown an interest in it yet, but 2 people have published about it"
        assert why.support == ((PROMOTES, 1, 1), (PROMOTES, 2, 1))


def test_an_untouched_item_claims_nothing() -> None:
    graph = small({BOUGHT: [(0, 0, 1), (1, 2, 2)]})
    found = recommend(Content().fit(full_split(graph, TARGET), np.random.default_rng(0)), graph, [0], 4)
    why = reason(found, "p3")
    assert (why.code, why.text) == ("new-item", "Nobody has had to do with it yet")


def test_rows_and_frame_agree() -> None:
    found = ask(Popularity())
    assert tuple(found.to_frame().columns) == COLUMNS
    assert found.to_frame().to_records(index=False).tolist() == list(found.rows())
    assert found.rank.tolist() == [1, 2, 3, 4]


def crowd(**more: list[tuple[int, int, int]]) -> HeteroGraph:
    """Forty people who all have item 0, the usual item of a starter pack; some have more."""
    sets = {name: [*rows] for name, rows in more.items()}
    sets["BOUGHT"] = [*((u, 0, 1) for u in range(40)), *sets.get("BOUGHT", [])]
    edges = {"BOUGHT": BOUGHT, "VIEWED": VIEWED, "FOLLOWS": FOLLOWS}
    return small({edges[name]: rows for name, rows in sets.items()}, people=40)


def why_of(graph: HeteroGraph, voter: Recommender, user: int, item: str):  # type: ignore[no-untyped-def]
    found = recommend(voter.fit(full_split(graph, TARGET), np.random.default_rng(0)), graph, [user], 4)
    return reason(found, item)


def test_what_everybody_has_is_no_company() -> None:
    """Ten people have item 2, and item 0 as everybody has; only item 1, which six of them share, says something."""
    both = [(u, 2, 2) for u in range(10)]
    assert why_of(crowd(BOUGHT=both), ItemKnn(), 20, "p2").code == "popular"
    graph = crowd(BOUGHT=[*both, *((u, 1, 2) for u in (*range(6), 20))])
    why = why_of(graph, ItemKnn(), 20, "p2")
    assert (why.code, "thing 1" in why.text) == ("together", True)


def test_company_that_chance_alone_would_bring_is_none() -> None:
    """Half of the people have item 1, half item 2, and ten both, as independent choices would."""
    rows = [*((u, 1, 2) for u in range(20)), *((u, 2, 2) for u in range(10, 30))]
    assert why_of(crowd(BOUGHT=rows), ItemKnn(), 5, "p2").code == "popular"


def test_whom_everybody_follows_is_no_friend_to_name() -> None:
    hub = [(u, 39, 1) for u in range(39)]
    graph = crowd(FOLLOWS=hub, BOUGHT=[(39, 2, 2)])
    assert why_of(graph, Friends(), 3, "p2").code == "popular"
    graph = crowd(FOLLOWS=[*hub, (3, 7, 1)], BOUGHT=[(39, 2, 2), (7, 2, 2)])
    assert why_of(graph, Friends(), 3, "p2").text == "u07, whom this person follows, bought it"


def test_a_friend_who_has_what_everybody_has_is_no_reason() -> None:
    graph = small({BOUGHT: [(u, 2, 1) for u in range(1, 40)], FOLLOWS: [(0, 7, 1)]}, people=40)
    assert why_of(graph, Friends(), 0, "p2").code == "popular"


def test_a_brand_that_nearly_all_have_is_not_quoted() -> None:
    """Nineteen of twenty items are of brand x: two of them are alike in nothing; the two of brand y are."""
    brands = ["x"] * 38 + ["y"] * 2
    rows = [(0, 3, 1), (0, 38, 1), *((u, u, 2) for u in range(1, 38))]
    graph = small({BOUGHT: rows}, people=40, items=40, brands=brands)
    assert why_of_all(graph, 0)["p39"] == ("alike", "Same brand (y) as thing 38, which this person bought")
    assert all("Same brand (x)" not in text for _, text in why_of_all(graph, 0).values())
    # A third of the items, but nearly all that is bought: it says no more about anybody.
    graph = small({BOUGHT: [(u, u % 13, 1) for u in range(40)]}, people=40, items=40, brands=["x"] * 13 + ["y"] * 27)
    assert all("Same brand" not in text for _, text in why_of_all(graph, 0).values())


def why_of_all(graph: HeteroGraph, user: int) -> dict[str, tuple[str, str]]:
    found = recommend(Content().fit(full_split(graph, TARGET), np.random.default_rng(0)), graph, [user], 40)
    return {item: (why.code, why.text) for item, why in zip(found.item_ids, found.reasons, strict=True)}


def test_a_thing_is_crowded_by_people_not_by_events() -> None:
    graph = small({BOUGHT: [*((u, 0, u) for u in range(30)), *((1, 1, t) for t in range(90))]}, people=40)
    crowded, active = common_things(graph, [(BOUGHT, 0)], 4)
    assert (crowded.tolist(), active) == ([True, False, False, False], 30)


def test_whom_most_brought_is_not_whom_most_listen_to() -> None:
    rows = [(u, 39, 1) for u in range(39)]
    for key, crowded in ((FOLLOWS, [39]), (EdgeKey("Person", "REFERRED", "Person"), [])):
        assert np.flatnonzero(common_people(small({key: rows}, people=40))).tolist() == crowded
