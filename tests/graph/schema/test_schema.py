from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import ConfigError
from graph.number_limits import Limits
from graph.schema import MARKET, EdgeKey, Schema, extend_schema
from graph.schema.types import RESERVED_COLUMNS

RELATIONS = [
    "VIEWED",
    "SEARCHED",
    "FAVOURITED",
    "CARTED",
    "BOUGHT",
    "RENTED",
    "TEST_DROVE",
    "OWNS",
    "RATED",
    "FOLLOWS",
    "INTERACTED",
    "MENTIONS",
    "PROMOTES",
    "REFERRED",
    "EXPOSED_TO",
    "CLICKED",
    "CONVERTED",
]


def extend(tmp_path: Path, text: str) -> Schema:
    (tmp_path / "schema.toml").write_text(text, "utf-8")
    return extend_schema(MARKET, tmp_path / "schema.toml")


def test_the_market_holds_what_it_should() -> None:
    assert {k.relation for k in MARKET} == set(RELATIONS)
    assert set(MARKET.nodes) == {"Person", "Product", "Vehicle", "Topic", "Channel", "Campaign"}
    assert MARKET.edge(EdgeKey("Person", "INTERACTED", "Person")).kinds == ("like", "comment", "share")
    columns = [c for t in (*MARKET.nodes.values(), *MARKET.edges.values()) for c in t.columns]
    assert not RESERVED_COLUMNS & set(columns)


def test_unknown_names_come_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as caught:
        MARKET.node("Vehicel")
    assert "'Vehicle'" in caught.value.hint
    with pytest.raises(ConfigError) as caught:
        MARKET.edge(EdgeKey("Person", "CARTED", "Vehicle"))
    assert "Person-CARTED-Product" in caught.value.hint
    with pytest.raises(ConfigError, match="not one edge type"):
        MARKET.relation("CARTED", target="Vehicle")


def test_extension(tmp_path: Path) -> None:
    schema = extend(
        tmp_path,
        '[nodes.Store]\ncolumns = { city = "text", rank = { type = "integer", sensitivity = "personal" } }\n'
        '[nodes.Person]\ncolumns = { shoe = "decimal" }\n'
        '[[edges]]\nrelation = "VISITED"\nsource = "Person"\ntarget = "Store"\nweight = "minutes"\n',
    )
    assert schema.node("Store").columns["rank"].sensitivity == "personal"
    assert {"shoe", "city"} <= set(schema.node("Person").columns)
    assert schema.node("Person").roles == ("User", "KOL")
    assert schema.relation("VISITED", target="Store").weight == "minutes"
    assert "Store" not in MARKET.nodes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x =", "Invalid value"),
        ("[node.Store]\n", "unknown section 'node'"),
        ("[nodes.store]\n", "not a valid node type name"),
        ('[nodes.Store]\ncolumns = { Rank = "integer" }\n', "not a valid column name"),
        ('[nodes.Store]\ncolumns = { time = "integer" }\n', "is taken"),
        ('[nodes.Store]\ncolumns = { n = "integer" }\n', "'n' is taken"),
        ('[nodes.Store]\ncolumns = { load = "integer" }\n', "'load' is taken"),
        ("[nodes.PERSON]\n", "'PERSON' differs from 'Person' in case only"),
        ("[nodes.Store]\n[nodes.STORE]\n", "'STORE' differs from 'Store' in case only"),
        ('[nodes.Person]\nroles = ["Kol"]\n', "'Kol' differs from 'KOL' in case only"),
        ('[nodes.Person]\ncolumns = { role_user = "text" }\n', "'role_user' differs from 'role_User' in case"),
        ('[nodes.Store]\ncolumns = { rank = "number" }\n', "no known type"),
        ('[nodes.Store]\ncolumns = { rank = { type = "text", sensitivity = "secret" } }\n', "no known sensitivity"),
        ('[[edges]]\nrelation = "X"\nsource = "Person"\n', "lacks 'target'"),
        ('[[edges]]\nrelation = "x"\nsource = "Person"\ntarget = "Person"\n', "not a valid relation name"),
        ('[[edges]]\nrelation = "X"\nsource = "Person"\ntarget = "Shop"\n', "unknown node type 'Shop'"),
        ("nodes = 3\n", "nodes = 3 is not a table"),
        ("[nodes]\nStore = 3\n", "Store = 3 is not a table"),
        ("[nodes.Store]\nroles = 3\n", "roles = 3 is not a list of texts"),
        ('[nodes.Store]\nroles = "Member"\n', "is not a list of texts"),
        ("[nodes.Store]\ncolumns = 3\n", "columns = 3 is not a table"),
        ("[nodes.Store]\ncolumns = { city = 3 }\n", "no known type"),
        ('[nodes.Store]\ncolumns = { city = ["text"] }\n', "no known type"),
        ('[nodes.Store]\ncolumns = { city = { type = "text", doc = 3 } }\n', "doc = 3 is not text"),
        ("[nodes.Store]\ncolums = {}\n", "unknown key 'colums'"),
        ('[nodes.Store]\ncolumns = { rent = { type = "money", currency = "XYZ" } }\n', "unknown currency 'XYZ'"),
        ('[nodes.Store]\ncolumns = { rent = { type = "money", currency = 5 } }\n', "currency = 5 is not text"),
        ('[nodes.Store]\ncolumns = { city = { type = "text", currency = "CNY" } }\n', "is not of type money"),
        ('[nodes.Store]\ncolumns = { size = { type = "integer", values = ["1"] } }\n', "cannot have accepted values"),
        ('[nodes.Store]\ncolumns = { size = { type = "text", values = [] } }\n', "cannot have accepted values"),
        ('[nodes.Store]\ncolumns = { size = { type = "text", values = [""] } }\n', "cannot have accepted values"),
        ('[nodes.Store]\ncolumns = { size = { type = "text", values = "S" } }\n', "is not a list of texts"),
        ('[nodes.Store]\ncolumns = { size = { type = "text", value = ["S"] } }\n', "unknown keys"),
        ('[[edges]]\nrelation = "X"\nsource = "Person"\ntarget = "Person"\ncurrency = "CNY"\n', "but no weight"),
        ('[[edges]]\nrelation = "X"\nsource = "Person"\ntarget = "Person"\nminimum = 0\n', "but no weight"),
        ('[nodes.Store]\ncolumns = { city = { type = "text", minimum = 0 } }\n', "is not a number"),
        ('[nodes.Store]\ncolumns = { rent = { type = "money", minimum = "0" } }\n', "minimum = '0' is not a number"),
        ('[nodes.Store]\ncolumns = { rent = { type = "money", maximum = inf } }\n', "maximum = inf is not a number"),
        ('[nodes.Store]\ncolumns = { rent = { type = "money", maximum = 1, minimum = 2 } }\n', "greater than maximum"),
        (
            '[[edges]]\nrelation = "X"\nsource = "Person"\ntarget = "Person"\nweight = "fee"\ncurrency = "yuan"\n',
            "unknown currency 'yuan'",
        ),
        ("edges = [1]\n", "edges is not a list of tables"),
        ("edges = {}\n", "edges is not a list of tables"),
        ('[[edges]]\nrelation = 3\nsource = "Person"\ntarget = "Person"\n', "relation = 3 is not text"),
        ('[[edges]]\nrelation = "X"\nsource = ["Person"]\ntarget = "Person"\n', "is not text"),
        ('[[edges]]\nrelation = "X"\nsource = "Person"\ntarget = "Person"\nweight = 5\n', "weight = 5 is not text"),
        ('[[edges]]\nrelation = "X"\nsource = "Person"\ntarget = "Person"\nsensitivity = []\n', "is not a choice"),
    ],
)
def test_mistakes_in_an_extension(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        extend(tmp_path, text)
    assert caught.value.hint


def test_money_lists_and_accepted_values(tmp_path: Path) -> None:
    schema = extend(
        tmp_path,
        '[nodes.Store]\ncolumns = { rent = "money", deposit = { type = "money", currency = "JPY" }, tags = "list",'
        ' size = { type = "text", values = ["S", "M"] }, rate = { type = "decimal", currency = "USD" } }\n'
        '[[edges]]\nrelation = "VISITED"\nsource = "Person"\ntarget = "Store"\nweight = "spent"\ncurrency = "EUR"\n',
    )
    columns = schema.node("Store").columns
    assert [columns[c].currency for c in ("rent", "deposit", "tags", "rate")] == ["CNY", "JPY", "", "USD"]
    assert (columns["tags"].type, columns["size"].values) == ("list", ("S", "M"))
    assert schema.relation("VISITED", target="Store").currency == "EUR"


def test_amounts_of_the_market_name_their_currency() -> None:
    amounts = {str(k): e.currency for k, e in MARKET.edges.items() if e.currency}
    assert set(amounts.values()) == {"CNY"}
    assert {key.split("-")[1] for key in amounts} == {"BOUGHT", "RENTED", "PROMOTES", "CONVERTED"}
    named = {f"{n}.{c}" for n, node in MARKET.nodes.items() for c, spec in node.columns.items() if spec.currency}
    assert named == {"Person.cost", "Product.price", "Vehicle.price", "Campaign.budget"}


def test_no_extension_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        extend_schema(MARKET, tmp_path / "none.toml")


def test_an_extension_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert "Store" in extend(tmp_path, "\ufeff[nodes.Store]\n").nodes


def test_limits_of_the_market_and_of_an_extension(tmp_path: Path) -> None:
    assert MARKET.node("Person").columns["cost"].limits == MARKET.node("Product").columns["price"].limits == Limits(0)
    assert MARKET.relation("VIEWED", target="Product").limits == Limits(0)
    assert not MARKET.relation("BOUGHT", target="Product").limits
    file = tmp_path / "schema.toml"
    file.write_text(
        '[nodes.Store]\ncolumns = { staff = { type = "integer", minimum = 0, maximum = 500 } }\n'
        '[[edges]]\nrelation = "VISITED"\nsource = "Person"\ntarget = "Store"\nweight = "share"\nmaximum = 0.5\n',
        "utf-8",
    )
    schema = extend_schema(MARKET, file)
    assert schema.node("Store").columns["staff"].limits == Limits(0, 500)
    assert schema.relation("VISITED", target="Store").limits == Limits(maximum=0.5)
