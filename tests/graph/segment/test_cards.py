from __future__ import annotations

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey
from graph.segment.card_values import Card, Cards, Member, Trait
from graph.segment.make_cards import make_cards
from graph.segment.segmentation import Quality, Segmentation, frozen
from graph.text import TextArray

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")
REFERRED = EdgeKey("Person", "REFERRED", "Person")


def segmented(graph, labels, least=10):
    labels = np.asarray(labels, np.int64)
    count = int(labels.max()) + 1
    membership = np.zeros((len(labels), count), np.float32)
    membership[labels >= 0, labels[labels >= 0]] = 1.0
    return Segmentation(
        graph.ids("Person"), labels, (labels >= 0).astype(np.float32), membership, np.full(count, 0.9), True, "",
        Quality(0, 0, 0, 0, 0, 0, 0, 0), frozen({"least": least}), 0, graph.fingerprint,
    )  # fmt: skip


@pytest.fixture
def fans(market):
    """Ten in S1, of whom eight are tagged suv; five in S2, of whom one is; one unassigned who is."""
    people = [f"u{i:02d}" for i in range(16)]
    tags = ["suv|camping"] * 8 + [""] * 2 + ["suv"] + ["city car"] * 4 + ["suv"]
    views = [(p, "tent") for p in people[:6]] + [(p, "tent") for p in people[10:12]]
    follows = [(p, "u00") for p in people[1:7]] + [("u10", "u00"), ("u11", "u12")]
    return market(people, ["tent"], views=views, follows=follows, columns={"tags": tags}, kols=["u00"])


LABELS = [0] * 10 + [1] * 5 + [-1]


def test_lift_and_counts_by_hand(fans):
    cards = make_cards(fans, segmented(fans, LABELS))
    suv = next(t for t in cards["S1"].top("tag") if t.key == "suv")
    assert (suv.people, suv.of) == (8, 9)
    assert suv.lift == pytest.approx(((8 + 10 * 9 / 15) / (10 + 10)) / (9 / 15))
    (tent,) = cards["S1"].top("product")
    assert (tent.people, tent.of) == (6, 8)
    assert tent.lift == pytest.approx(((6 + 10 * 8 / 15) / 20) / (8 / 15))


def test_a_kol_is_listed_by_the_audience_in_the_segment(fans):
    (kol,) = make_cards(fans, segmented(fans, LABELS))["S1"].top("kol")
    assert (kol.key, kol.people, kol.of) == ("u00", 6, 7)


def test_traits_below_support_are_not_told(fans):
    assert make_cards(fans, segmented(fans, LABELS, least=50))["S1"].top("tag") == ()


def test_influential_are_those_whom_members_follow(fans):
    cards = make_cards(fans, segmented(fans, LABELS))
    assert [(m.person, m.score) for m in cards["S1"].influential] == [("u00", 6.0)]
    assert [(m.person, m.score) for m in cards["S2"].influential] == [("u12", 1.0)]


def test_thin_histories_are_not_typical(fans):
    typical = make_cards(fans, segmented(fans, LABELS))["S1"].typical
    assert typical[0].person == "u00"
    assert [m.person for m in typical[1:]] == ["u01", "u02", "u03", "u04"]


def test_spend_is_told_where_amounts_are_known(fans):
    assert make_cards(fans, segmented(fans, LABELS))["S1"].spend is None
    paid = Edges(np.array([0, 0, 1, 2, 10]), np.zeros(5, np.int64), None, np.array([5.0, 7.0, 20.0, np.nan, 3.0]))
    graph = HeteroGraph.of(fans.nodes, {**fans.edge_sets, BOUGHT: paid.canonical()})
    spend = make_cards(graph, segmented(graph, LABELS))["S1"].spend
    assert (spend.buyers, spend.total, spend.median) == (2, 32.0, 16.0)


def test_brands_of_things_are_counted_once_per_person():
    people, things = IdMap.of("Person", [f"u{i}" for i in range(8)]), IdMap.of("Product", ["x", "y", "z"])
    nodes = {
        "Person": Nodes(people, {}),
        "Product": Nodes(things, {"brand": TextArray.of(["A", "A", ""]), "name": TextArray.of(["Ex", "", "Zed"])}),
    }
    src = np.array([0, 0, 1, 2, 3, 4])
    edges = Edges(src, np.array([0, 1, 0, 1, 1, 2])).canonical()
    graph = HeteroGraph.of(nodes, {EdgeKey("Person", "VIEWED", "Product"): edges})
    card = make_cards(graph, segmented(graph, [0] * 4 + [1] * 4, least=5))["S1"]
    assert [(t.key, t.people, t.of) for t in card.top("brand")] == [("A", 4, 4)]
    assert [(t.key, t.label) for t in card.top("product")] == [("y", "y")]


def test_names_are_distinct_and_come_from_traits(fans):
    cards = make_cards(fans, segmented(fans, [0, 0, 0, 0, 1, 1, 1, 1] + [2] * 8, least=5))
    names = [card.name for card in cards]
    assert len(set(names)) == 3
    assert "camping" in names[0]


def test_rows_and_frame_agree(fans):
    cards = make_cards(fans, segmented(fans, LABELS))
    rows = list(cards.rows())
    assert [row["segment"] for row in rows] == ["S1", "S2"]
    assert cards.to_frame().to_dict("records")[0]["people"] == rows[0]["people"] == 10


def test_what_most_people_have_is_no_trait(market):
    """All of one city but three, a hub that all follow, an item that all have: none of them sets a segment apart."""
    people = [f"u{i:03d}" for i in range(100)]
    cities = ["Shanghai"] * 97 + ["Hefei"] * 3
    views = [(p, "tent") for p in people[:98]] + [(p, "boat") for p in people[:30]]
    graph = market(
        people, ["boat", "tent"], views=views, follows=[(p, "u099") for p in people[:98]],
        columns={"city": cities}, kols=["u099"],
    )  # fmt: skip
    for card in make_cards(graph, segmented(graph, [0] * 60 + [1] * 40)):
        assert {trait.key for trait in card.traits} <= {"boat"}
    assert [t.key for t in make_cards(graph, segmented(graph, [0] * 60 + [1] * 40))["S1"].traits] == ["boat"]


def test_what_most_have_is_a_trait_where_others_lack_it(market):
    people = [f"u{i:03d}" for i in range(200)]
    graph = market(people, columns={"city": ["Shanghai"] * 120 + ["Hefei"] * 80})
    card = make_cards(graph, segmented(graph, [0] * 115 + [1] * 85))["S1"]
    assert [t.key for t in card.traits] == ["Shanghai"]
    assert card.traits[0].lift > 1.2


def test_cards_without_people_hold_no_word_of_them():
    kol, tag = Trait("kol", "k1", "Ann", 3.0, 9, 12), Trait("tag", "tea", "tea", 1.5, 9, 12)
    ann, bob = Member("k1", 0.9), Member("b", 0.8)
    one = Card("S1", "Ann", 9, 0.6, 0.9, 0.5, (kol,), (ann, bob), (ann,), None)
    two = Card("S2", "tea", 6, 0.4, 0.9, 0.5, (tag,), (bob,), (), None)
    left = Cards((one, two)).without({"k1", "tea"})
    assert left.cards[0] == Card("S1", "S1", 9, 0.6, 0.9, 0.5, (), (bob,), (), None)
    assert left.cards[1] == two
    assert Cards((one, two)).without(()).cards == (one, two)


def test_who_was_brought_is_not_listened_to(fans):
    brought = Edges(np.arange(2, 8), np.full(6, 1)).canonical()
    graph = HeteroGraph.of(fans.nodes, {**fans.edge_sets, REFERRED: brought})
    assert [m.person for m in make_cards(graph, segmented(graph, LABELS))["S1"].influential] == ["u00"]
