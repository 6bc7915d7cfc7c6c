"""Rules files: what every key means, and that nothing that is not understood passes."""

from __future__ import annotations

import tomllib

import pytest

from graph.errors import ConfigError
from graph.recommend.rules.parse import parse_rules
from graph.recommend.rules.rules import Cap, Range, Rules, SameRegion

FILES = {("a.txt", "item"): ("P1", "P2"), ("b.txt", "person"): ("U1",), ("empty.txt", "item"): ()}
EVERY_KEY = """
unknown = "allow"
[items]
candidates = "a.txt"
exclude = [" Ｐ9 ", "P9", "501.0"]
in_stock = true
price = { min = 5 }
[items.where]
category = ["tent"]
fresh = [true]
seats = { min = 2, max = 4.5 }
[people]
exclude = "b.txt"
max_contacts = { times = 2, days = 0.5 }
[pairs]
same_region = { person = "city", item = "region" }
already_bought = "exclude"
max_exposures = { times = 1, days = 7 }
[list]
quota = { category = 2, brand = 1 }
diversity = { brand = 3 }
"""


def parsed(text: str) -> Rules:
    return parse_rules(tomllib.loads(text), "r.toml", lambda name, what: FILES[name, what])


def test_every_key_is_read() -> None:
    assert parsed(EVERY_KEY) == Rules(
        candidates=("P1", "P2"),
        exclude_items=("P9", "501"),
        in_stock="stock",
        price=Range(low=5.0),
        where=(("category", ("tent",)), ("fresh", (True,)), ("seats", Range(2.0, 4.5))),
        exclude_people=("U1",),
        max_contacts=Cap(2, 0.5),
        same_region=SameRegion("city", "region"),
        already_bought="exclude",
        max_exposures=Cap(1, 7.0),
        quota=(("category", 2), ("brand", 1)),
        diversity=(("brand", 3),),
        unknown="allow",
    )
    assert parsed("") == Rules()
    assert parsed('[items]\nin_stock = "left"').in_stock == "left"
    assert parsed("[items]\nin_stock = false") == Rules()


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("itms = 1", "r.toml: unknown key 'itms'", "did you mean 'items'?"),
        ("items = 1", "items = 1 is not a table", "[items]"),
        ("[items]\nprise = 1", "r.toml: [items]: unknown key 'prise'", "did you mean 'price'?"),
        ("[items]\nprice = 5", "[items]: price = 5 is not a range", "price = { min"),
        ("[items]\nprice = {}", "price has neither min nor max", "may be left out"),
        ("[items]\nprice = { min = 9, max = 5 }", "holds no number: min 9 > max 5", "price = { min"),
        ("[items]\nprice = { mim = 9 }", "price: unknown key 'mim'", "did you mean 'min'?"),
        ('[items]\nprice = { min = "9" }', "min = '9' is not a number", "price = { min"),
        ("[items]\nprice = { min = nan }", "min = nan is not a number", "price = { min"),
        ("[items]\ncandidates = 5", "candidates = 5 names neither a file nor a list", 'candidates = "ids.txt"'),
        ("[items]\ncandidates = []", "candidates holds no id", "at least one item"),
        ('[items]\nexclude = "empty.txt"', "exclude holds no id", "remove exclude"),
        ('[items]\nexclude = ["a", ""]', "names neither a file nor a list", "exclude = "),
        ("[items]\nin_stock = 1", "in_stock = 1 is neither true", "in_stock = true"),
        ("[items]\nwhere = 1", "where = 1 is not a table", "[items.where]"),
        ('[items.where]\ncategory = "tent"', "where.category = 'tent' says no values", '["SUV"'),
        ("[items.where]\ncategory = []", "where.category = [] says no values", '["SUV"'),
        ("[items.where]\nseats = { min = 3, max = 1 }", "where.seats holds no number", "{ min"),
        ("[people]\nmax_contacts = 3", "max_contacts = 3 is not a number of times", "{ times = 3"),
        ("[people]\nmax_contacts = { times = 3 }", "is not a number of times", "{ times = 3"),
        ("[people]\nmax_contacts = { times = 3, day = 1 }", "unknown key 'day'", "did you mean 'days'?"),
        ("[people]\nmax_contacts = { times = 0, days = 1 }", "times = 0 is not a whole number from 1", "{ times"),
        ("[people]\nmax_contacts = { times = 1, days = 0 }", "days = 0 is not a number above 0", "{ times"),
        ("[people]\nmax_contacts = { times = true, days = 1 }", "times = True", "{ times"),
        ('[pairs]\nsame_region = { person = "city" }', "needs a column of people and one of items", "same_region ="),
        ('[pairs]\nsame_region = "city"', "is not a table", "same_region ="),
        ('[pairs]\nalready_bought = "yes"', "already_bought = 'yes' is not a choice", "allow, exclude"),
        ("[list]\nquota = 2", "quota = 2 is not a table", "{ category = 2 }"),
        ("[list]\nquota = { category = 0 }", "quota.category = 0 is not a whole number from 1", "{ category"),
        ("[list]\ndiversity = { brand = 1 }", "diversity.brand = 1 is not a whole number from 2", "{ brand"),
        ("[list]\nk = 5", "unknown key 'k'", "known: diversity, quota"),
        ('unknown = "maybe"', "unknown = 'maybe' is not a choice", "allow, refuse"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_key(text: str, said: str, hint: str) -> None:
    with pytest.raises(ConfigError) as told:
        parsed(text)
    assert said in told.value.message
    assert told.value.message.startswith("r.toml")
    assert hint in told.value.hint
