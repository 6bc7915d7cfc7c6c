"""Rules on small graphs with known answers, then random rules against an independent reading of them."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import MISSING_INTEGER, UNDATED, Edges, Nodes
from graph.errors import ConfigError, DataError, GraphvineError, PrerequisiteError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.recommend.features import Features
from graph.recommend.rules.applied import Applied
from graph.recommend.rules.rules import Cap, Range, Rules, SameRegion
from graph.recommend.rules.tally import summed, told
from graph.recommend.serving import recommend
from graph.recommend.split import full_split
from graph.recommend.target import choose_target
from graph.recommend.voters.popularity import Popularity
from graph.schema import MARKET, EdgeKey, Schema
from graph.schema.roles import meaning_of
from graph.schema.types import Column, EdgeType
from graph.text import TextArray
from tests.contract.recommender import checkerboard
from tests.graph.recommend.rules.adorned import adorn, schema_of
from tests.graph.recommend.rules.trial import Trials

DAY, NOW = 86_400, 100 * 86_400
BOUGHT, ATE = EdgeKey("Person", "BOUGHT", "Product"), EdgeKey("Person", "ATE", "Product")
SHOWN, MAIL = EdgeKey("Person", "SHOWN", "Product"), EdgeKey("Person", "EXPOSED_TO", "Campaign")
PRODUCT = replace(
    MARKET.nodes["Product"],
    columns=MappingProxyType({**MARKET.nodes["Product"].columns, "region": Column("list"), "day": Column("date")}),
)
SCHEMA = Schema(
    MappingProxyType({**MARKET.nodes, "Product": PRODUCT}),
    MappingProxyType(
        {
            **MARKET.edges,
            SHOWN: EdgeType(SHOWN, meaning_of("expose", "SHOWN", measure="count")),
            ATE: EdgeType(ATE, meaning_of("acquire", "ATE", recurring=True)),
        }
    ),
)


def _edges(*rows: tuple[int, int, int | None, float]) -> Edges:
    src, dst, days, times = zip(*rows, strict=True)
    time = [UNDATED if ago is None else NOW - 1 - ago * DAY for ago in days]
    return Edges(np.array(src), np.array(dst), np.array(time), np.array(times, float)).canonical()


def shop() -> HeteroGraph:
    """Six products p0 to p5, and three people: a lives in the north, b in the south, of c it is unknown."""
    product = {
        "stock": np.array([0, 1, 5, 2, MISSING_INTEGER, 9]),
        "price": np.array([10.0, 20.0, 30.0, np.nan, 50.0, 60.0]),
        "category": TextArray.of(["tent", "tent", "lamp", "lamp", "", ""]),
        "region": TextArray.of(['["north"]', '["north","south"]', '["south"]', "", '["west"]', '["north"]']),
        "day": np.array(["2026-01-01"] * 6, "datetime64[D]"),
    }
    nodes = {
        "Person": Nodes(IdMap.of("Person", ["a", "b", "c"]), {"city": TextArray.of(["north", "south", ""])}),
        "Product": Nodes(IdMap.of("Product", [f"p{i}" for i in range(6)]), product),
        "Campaign": Nodes(IdMap.of("Campaign", ["k"]), {}),
    }
    sets = {
        BOUGHT: _edges((0, 0, 0, 5.0)),
        ATE: _edges((1, 5, 9, 5.0)),
        SHOWN: _edges((0, 1, 3, 2.0), (0, 2, 20, 2.0), (0, 3, None, 1.0), (0, 3, 1, 1.0), (1, 1, 1, 1.0)),
        MAIL: _edges((2, 0, 2, 1.0)),
    }
    return HeteroGraph.of(nodes, sets, schema=SCHEMA)


GRAPH = shop()


def applied(rules: Rules) -> Applied:
    return Applied.of(rules, Features(GRAPH, choose_target(GRAPH, "Product")), schema=SCHEMA)


def left(rules: Rules) -> list[str]:
    """Digits of the products that are left for a, b and c."""
    scores = np.zeros((3, 6))
    applied(rules).mask(scores, np.arange(3))
    return ["".join(map(str, np.flatnonzero(row > -np.inf))) for row in scores]


ALL = "012345"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(), [ALL] * 3),
        (Rules(candidates=("p1", "p4", "nothing")), ["14"] * 3),
        (Rules(exclude_items=("p1", "nothing")), ["02345"] * 3),
        (Rules(in_stock="stock"), ["1235"] * 3),
        (Rules(in_stock="stock", unknown="allow"), ["12345"] * 3),
        (Rules(price=Range(20, 50)), ["124"] * 3),
        (Rules(price=Range(20, 50), unknown="allow"), ["1234"] * 3),
        (Rules(where=(("category", ("lamp", "stove")),)), ["23"] * 3),
        (Rules(where=(("category", ("lamp",)), ("stock", Range(3))), unknown="allow"), ["245"] * 3),
        (Rules(where=(("region", ("south", "east")),)), ["12"] * 3),
        (Rules(where=(("price", (10.0, 60)),)), ["05"] * 3),
        (Rules(exclude_people=("b", "x")), [ALL, "", ALL]),
        (Rules(max_contacts=Cap(1, 3)), ["", "", ""]),
        (Rules(max_contacts=Cap(2, 30)), ["", ALL, ALL]),
        (Rules(max_contacts=Cap(6, 30)), ["", ALL, ALL]),
        (Rules(max_contacts=Cap(7, 30)), [ALL] * 3),
        (Rules(max_contacts=Cap(5, 10)), [ALL] * 3),
        (Rules(same_region=SameRegion("city", "region")), ["015", "12", ""]),
        (Rules(same_region=SameRegion("city", "region"), unknown="allow"), ["0135", "123", ALL]),
        (Rules(already_bought="exclude"), ["12345", "01234", ALL]),
        (Rules(max_exposures=Cap(2, 10)), ["0245", ALL, ALL]),
        (Rules(max_exposures=Cap(2, 30)), ["045", ALL, ALL]),
        (Rules(max_exposures=Cap(3, 365)), [ALL] * 3),
    ],
)
def test_each_rule_refuses_what_it_says(rules: Rules, expected: list[str]) -> None:
    assert left(rules) == expected


@pytest.mark.parametrize(
    ("rules", "candidates", "k", "items"),
    [
        (Rules(), "0123", 3, "012"),
        (Rules(quota=(("category", 1),)), "012345", 9, "024"),
        (Rules(quota=(("category", 1),)), "5410", 3, "51"),
        (Rules(quota=(("category", 2), ("stock", 1))), "012345", 4, "0123"),
        (Rules(diversity=(("category", 2),)), "012345", 9, "02134"),
        (Rules(diversity=(("category", 3),)), "012345", 9, "024135"),
        (Rules(diversity=(("category", 2),)), "01", 2, "0"),
        (Rules(quota=(("category", 1),), diversity=(("category", 2),)), "01", 2, "0"),
    ],
)
def test_lists_are_filled_from_the_first_place(rules: Rules, candidates: str, k: int, items: str) -> None:
    ordered = np.array([[*map(int, candidates), -1], [-1] * (len(candidates) + 1)])
    found = applied(rules).pick(np.array([0, 1]), ordered, k)
    assert found.shape == (2, k)
    assert found[0][found[0] >= 0].tolist() == [*map(int, items)]
    assert (found[1] == -1).all()


def test_counts_of_known_rules() -> None:
    one = applied(Rules(in_stock="stock", price=Range(high=50), exclude_people=("c",), quota=(("category", 1),)))
    scores = np.zeros((3, 6))
    scores[0, 0] = -np.inf
    found = one.choose(scores, np.arange(3), 2, tie_order=np.arange(6))
    # p0 and p4 have no stock, p3 no price and p5 too high a one: p1 and p2 are left.
    assert found.tolist() == [[1, 2], [1, 2], [-1, -1]]
    assert one.tally.counts == {
        "people": {"asked": 3, "people.exclude": 1, "nothing left": 0, "with a list": 2},
        "candidates": {
            "looked at": 18, "had or disliked": 1, "people.exclude": 6, "items.in_stock": 3, "items.price": 4,
            "list.quota.category": 0, "beyond k": 0, "kept": 4,
        },
        "unknown": {"items.in_stock": 2, "items.price": 2},
        "items": {"items.in_stock": 2, "items.price": 2},
    }  # fmt: skip
    assert told(one.tally.counts) == (
        "rules: people: 3 asked, 1 people.exclude, 2 with a list; candidates: 18 looked at, 1 had or disliked, "
        "6 people.exclude, 3 items.in_stock, 4 items.price, 4 kept; unknown: 2 items.in_stock, 2 items.price"
    )
    both = applied(Rules(exclude_people=("a",), max_contacts=Cap(2, 30)))
    both.choose(np.zeros((3, 6)), np.arange(3), 2, tie_order=np.arange(6))
    # Both rules refuse a, and the first counts.
    assert both.tally.counts["people"] == {
        "asked": 3, "people.exclude": 1, "people.max_contacts": 0, "nothing left": 0, "with a list": 2,
    }  # fmt: skip
    assert not one.afresh().tally.counts["candidates"]["looked at"]


@pytest.mark.parametrize(
    ("rules", "error", "said", "hint"),
    [
        (Rules(in_stock="stok"), ConfigError, "items.in_stock: Product has no column 'stok'", "did you mean 'stock'"),
        (Rules(in_stock="category"), ConfigError, "holds a text", "numbers or of yes and no"),
        (Rules(where=(("category", Range(1)),)), ConfigError, "holds a text and no number", "list its values"),
        (Rules(where=(("category", (1.0,)),)), ConfigError, "Product.category holds a text", "of that kind"),
        (Rules(where=(("category", ("a", True)),)), ConfigError, "Product.category holds a text", "of that kind"),
        (Rules(where=(("day", ("2026-01-01",)),)), ConfigError, "Product.day holds a time", "texts, numbers"),
        (Rules(where=(("brand", ("x",)),)), PrerequisiteError, "no Product has a value in 'brand'", "remove the rule"),
        (Rules(same_region=SameRegion("city", "price")), ConfigError, "Product.price holds a number", "of texts"),
        (Rules(same_region=SameRegion("cty", "region")), ConfigError, "Person has no column 'cty'", "'city'"),
        (Rules(quota=(("kind", 1),)), ConfigError, "list.quota.kind: Product has no column", "schema.toml"),
        (Rules(candidates=("x", "y")), DataError, "none of the 2 ids is a Product, the first is 'x'", "data export"),
    ],
)
def test_a_rule_that_cannot_be_applied_stops(rules: Rules, error: type[GraphvineError], said: str, hint: str) -> None:
    with pytest.raises(error) as stopped:
        applied(rules)
    assert said in stopped.value.message
    assert hint in stopped.value.hint


def test_a_cap_on_exposures_needs_a_relation_that_says_what_was_shown() -> None:
    graph = checkerboard()
    features = Features(graph, choose_target(graph, "Product"))
    with pytest.raises(ConfigError, match="no relation of role expose leads to Product") as stopped:
        Applied.of(Rules(max_exposures=Cap(1, 7)), features)
    assert "schema.toml" in stopped.value.hint
    # Without any exposure so far the cap allows everything.
    calm = Applied.of(Rules(max_exposures=Cap(1, 7), max_contacts=Cap(1, 7)), features, schema=SCHEMA)
    scores = np.zeros((1, features.n_items))
    calm.mask(scores, np.array([3]))
    assert (scores == 0).all()


@pytest.fixture(scope="module")
def trials() -> Trials:
    graph = adorn(checkerboard(), "Product", seed=1)
    target = choose_target(graph, "Product")
    return Trials(
        graph, Popularity().fit(full_split(graph, target), np.random.default_rng(0)), schema_of(graph, "Product")
    )


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**40))
def test_random_rules_are_never_broken_and_counts_reconcile(seed: int, trials: Trials) -> None:
    found = trials.run(np.random.default_rng(seed), people=15)
    assert found.good, found


def test_the_checker_sees_a_broken_rule(trials: Trials) -> None:
    cheap: dict[str, Any] = {"items": {"price": {"max": 50}}}
    prices = {item: facts.get("price") for item, facts in trials.checker.items.items()}
    dear = [item for item, price in prices.items() if price is not None and price > 50]
    unknown = [item for item, price in prices.items() if price is None]
    good = [item for item, price in prices.items() if price is not None and price <= 50]
    assert trials.checker.violations(cheap, {"u001": [good[0], dear[0], unknown[0]]}, 3, []) == 2
    assert trials.checker.violations({"list": {"quota": {"fresh": 1}}}, {"u001": good[:4]}, 9, []) >= 1
    assert trials.checker.violations({}, {"u001": good[:3]}, 2, []) == 1


def test_blocks_of_any_size_give_the_same_rows_and_counts(trials: Trials) -> None:
    rules = Rules(price=Range(20, 150), same_region=SameRegion("city", "region"), quota=(("maker", 1),))
    features = Features(trials.graph, trials.model.target)
    one = Applied.of(rules, features, schema=trials.schema)
    users = np.arange(50)
    whole = recommend(trials.model, trials.graph, users, 4, rules=one)
    parts, counts = [], []
    for start in (0, 7, 30):
        again = one.afresh()
        block = users[start : {0: 7, 7: 30, 30: 50}[start]]
        parts += recommend(trials.model, trials.graph, block, 4, rules=again).rows()
        counts.append(again.tally.counts)
    assert list(whole.rows()) == list(parts)
    assert summed(counts) == one.tally.counts


def test_rules_without_limits_change_no_byte(trials: Trials) -> None:
    features = Features(trials.graph, trials.model.target)
    free = recommend(trials.model, trials.graph, np.arange(60), 5, rules=Applied.of(Rules(), features))
    plain = recommend(trials.model, trials.graph, np.arange(60), 5)
    assert list(free.rows()) == list(plain.rows())
    assert json.dumps(free.score.tolist()) == json.dumps(plain.score.tolist())


def test_a_long_catalogue_of_one_category_is_searched_to_its_end() -> None:
    n = 3_000
    categories = ["tent"] * (n - 1) + ["lamp"]
    nodes = {
        "Person": Nodes(IdMap.of("Person", ["a", "b"]), {}),
        "Product": Nodes(IdMap.of("Product", [f"p{i:04}" for i in range(n)]), {"category": TextArray.of(categories)}),
    }
    graph = HeteroGraph.of(nodes, {BOUGHT: _edges((0, 0, 1, 1.0))})
    one = Applied.of(Rules(quota=(("category", 1),)), Features(graph, choose_target(graph, "Product")))
    scores = np.tile(np.arange(n, 0, -1.0), (2, 1))
    found = one.choose(scores, np.arange(2), 3, tie_order=np.arange(n))
    assert found.tolist() == [[0, n - 1, -1]] * 2
    counts = one.tally.counts["candidates"]
    assert (counts["kept"], counts["list.quota.category"], counts["beyond k"]) == (4, 2 * (n - 2), 0)
