import numpy as np
import pytest

from graph.columns import UNDATED, Nodes
from graph.errors import PrerequisiteError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.target import Target, choose_target, first_events
from graph.schema import EdgeKey
from tests.contract.recommender import edges


def graph_of(**events: list[tuple[int, int, int]]) -> HeteroGraph:
    """People 0..9 and vehicles 0..9 with (person, item, time) events by relation."""
    nodes = {name: Nodes(IdMap.of(name, [f"{i}" for i in range(10)]), {}) for name in ("Person", "Vehicle")}
    return HeteroGraph.of(
        nodes,
        {
            EdgeKey("Person", relation, "Vehicle"): edges(*(np.array(rows).T[:2]), time=np.array(rows).T[2])
            for relation, rows in events.items()
        },
    )


def everybody(count: int) -> list[tuple[int, int, int]]:
    return [(i, i, i) for i in range(count)]


def test_plenty_of_purchases_are_enough() -> None:
    target = choose_target(graph_of(BOUGHT=everybody(5), VIEWED=everybody(10), TEST_DROVE=everybody(3)), "Vehicle")
    assert target.positives == ("BOUGHT",)
    assert target.owned == ("BOUGHT",)
    assert target.relations == ("BOUGHT", "TEST_DROVE", "VIEWED")


def test_few_purchases_let_test_drives_count() -> None:
    target = choose_target(graph_of(BOUGHT=everybody(1), VIEWED=everybody(10), TEST_DROVE=everybody(5)), "Vehicle")
    assert target.positives == ("BOUGHT", "TEST_DROVE")


def test_only_views_make_views_the_target() -> None:
    target = choose_target(graph_of(VIEWED=everybody(2)), "Vehicle")
    assert (target.positives, target.owned) == (("VIEWED",), ("VIEWED",))


def test_promotion_is_no_wish_and_a_relation_without_a_role_is_read_like_a_look() -> None:
    told = {"PROMOTES": everybody(9), "VISITED": everybody(1), "FAVOURITED": everybody(1), "VIEWED": everybody(9)}
    target = choose_target(graph_of(**told), "Vehicle")
    assert target.stages == (("FAVOURITED",), ("VIEWED", "VISITED"))


def test_the_choice_does_not_look_into_the_test_period() -> None:
    """Five purchases would be enough for ten people, but one is in the test period; test drives have a later one."""
    views = [(i, i, 1) for i in range(10)]
    drives = [(i, 9 - i, 10 + i) for i in range(10)]
    late = [(i, i, 50 + i) for i in range(5)]
    assert choose_target(graph_of(BOUGHT=[*late, (5, 5, 40)], VIEWED=views), "Vehicle").positives == ("BOUGHT",)
    target = choose_target(graph_of(BOUGHT=late, VIEWED=views, TEST_DROVE=drives), "Vehicle")
    assert target.positives == ("BOUGHT", "TEST_DROVE")


def test_having_had_an_item_bars_it_whatever_training_saw() -> None:
    target = choose_target(graph_of(VIEWED=everybody(2)), "Vehicle")
    told = {name: everybody(2) for name in ("BOUGHT", "FAVOURITED", "OWNS", "RATED", "RENTED", "VIEWED")}
    excluded_relations = [key.relation for key in target.excluded_relations(graph_of(**told))]
    assert excluded_relations == ["BOUGHT", "OWNS", "RATED", "RENTED", "VIEWED"]


def test_nothing_to_recommend() -> None:
    with pytest.raises(PrerequisiteError, match="Product"):
        choose_target(graph_of(VIEWED=everybody(2)), "Product")


def test_json_round_trip() -> None:
    target = Target("Vehicle", (("BOUGHT",), ("TEST_DROVE",)), 2, ("BOUGHT",))
    assert Target.of_json(target.to_json()) == target


def test_first_events_keep_the_earliest_of_each_stage() -> None:
    graph = graph_of(BOUGHT=[(1, 2, 30), (1, 2, 20), (0, 1, 7)], TEST_DROVE=[(1, 2, 10), (1, 3, UNDATED)])
    found = first_events(graph, Target("Vehicle", (("BOUGHT",), ("TEST_DROVE",)), 2, ("BOUGHT",)))
    rows = zip(found.users, found.items, found.stage, found.time, strict=True)
    assert list(rows) == [(0, 1, 0, 7), (1, 2, 0, 20), (1, 2, 1, 10), (1, 3, 1, UNDATED)]
