from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import ConfigError
from graph.number_limits import Limits
from graph.schema import MARKET, Column, EdgeKey, EdgeType, Schema, extend_schema
from graph.schema.market import relation_words
from graph.schema.roles import ROLES, Act, Meaning, meaning_of

ROOT = Path(__file__).parents[3]
RELATIONS = sorted({key.relation for key in MARKET})
# A pattern of Cypher in a message shows how one is written; it is no reading of the relation.
PATTERN = re.compile(r"\[\w*:[A-Z_|]+")


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """The texts of a module that are no docstrings."""
    docs = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                docs.add(id(first.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node


def spelled(source: str) -> list[str]:
    """The relations that a module spells in its texts."""
    word = re.compile(rf"(?<![A-Za-z_])({'|'.join(RELATIONS)})(?![A-Za-z_])")
    return [
        f"{node.lineno}: {found}"
        for node in texts(ast.parse(source))
        for found in word.findall(PATTERN.sub("", str(node.value)))
    ]


def test_no_room_spells_a_relation() -> None:
    files = [ROOT / "graphvine.py", *(p for room in ("graph", "gnn", "cli") for p in (ROOT / room).rglob("*.py"))]
    others = [p for p in files if ROOT / "graph/schema" not in p.parents and ROOT / "graph/worlds" not in p.parents]
    assert len(others) > 150
    found = {str(p.relative_to(ROOT)): names for p in others if (names := spelled(p.read_text("utf-8")))}
    assert found == {}


@pytest.mark.parametrize("text", ['KEY = "BOUGHT"', 'f"Person-VIEWED-{x}"', 'x in {"OWNS": 1}'])
def test_a_spelled_relation_would_be_found(text: str) -> None:
    assert len(spelled(text)) == 1
    assert spelled('"""VIEWED."""\nhint = "like [:VIEWED|BOUGHT]"') == []


@pytest.mark.parametrize("meaning", [e.meaning for e in MARKET.edges.values()])
def test_meanings_survive_json(meaning: Meaning) -> None:
    assert Meaning.of_json(meaning.to_json()) == meaning


def test_roles_of_the_market() -> None:
    told = {role: sorted({k.relation for k, e in MARKET.edges.items() if e.role == role}) for role in ROLES}
    assert told == {
        "acquire": ["BOUGHT", "OWNS", "RENTED"],
        "intend": ["CARTED", "FAVOURITED", "TEST_DROVE"],
        "browse": ["SEARCHED", "VIEWED"],
        "rate": ["RATED"],
        "follow": ["FOLLOWS"],
        "react": ["INTERACTED"],
        "refer": ["REFERRED"],
        "publish": ["MENTIONS", "PROMOTES"],
        "expose": ["EXPOSED_TO"],
        "respond": ["CLICKED", "CONVERTED"],
    }
    assert MARKET.targets() == ("Product", "Vehicle")
    assert all("times" in edge.columns for edge in MARKET.edges.values())


def extend(tmp_path: Path, body: str, *, ends: str = 'source = "Person"\ntarget = "Product"') -> Schema:
    (tmp_path / "schema.toml").write_text(f'[[edges]]\nrelation = "TRIED_ON"\n{ends}\n{body}\n', "utf-8")
    return extend_schema(MARKET, tmp_path / "schema.toml")


TRIED_ON = EdgeKey("Person", "TRIED_ON", "Product")
PEOPLE = 'source = "Person"\ntarget = "Person"'


def test_a_relation_of_ones_own(tmp_path: Path) -> None:
    schema = extend(tmp_path, 'role = "intend"\nverb = "tried on"\nstrength = 2.5\nhalf_life = 90')
    assert schema.meaning(TRIED_ON) == meaning_of("intend", "TRIED_ON", strength=2.5, half_life=90.0)
    assert schema.notes == ()
    assert next(iter(relation_words(schema))) == ("TRIED_ON", ("triedon",))


def test_a_rating_with_its_scale(tmp_path: Path) -> None:
    meaning = extend(tmp_path, 'role = "rate"\nscale = [0, 10]\nliked = 7').meaning(TRIED_ON)
    assert (meaning.low, meaning.high, meaning.liked, meaning.measure) == (0.0, 10.0, 7.0, "rating")
    assert extend(tmp_path, 'role = "rate"\nscale = [0, 10]').meaning(TRIED_ON).liked == 7.5
    assert extend(tmp_path, 'role = "rate"').edge(TRIED_ON).scale == (1.0, 5.0)


def test_a_built_in_relation_keeps_what_the_file_does_not_name(tmp_path: Path) -> None:
    file = tmp_path / "schema.toml"
    file.write_text('[[edges]]\nrelation = "RATED"\nsource = "Person"\ntarget = "Vehicle"\nscale = [0.5, 5]\n', "utf-8")
    old, new = (s.edge(EdgeKey("Person", "RATED", "Vehicle")) for s in (MARKET, extend_schema(MARKET, file)))
    assert (new.scale, new.role, new.meaning.verb) == ((0.5, 5.0), "rate", "rated")
    assert (new.columns, new.words, new.doc) == (old.columns, old.words, old.doc)


def test_strengths_of_kinds(tmp_path: Path) -> None:
    body = 'role = "react"\nkinds = ["gift", "wave"]\nstrength = { gift = 5 }\nhalf_life = 30'
    schema = extend(tmp_path, body, ends=PEOPLE)
    acts = schema.meaning(EdgeKey("Person", "TRIED_ON", "Person")).acts
    assert acts == (Act("gift", 5.0, 30.0), Act("", 1.0, 30.0))


def test_weights_that_count_are_known_by_their_word(tmp_path: Path) -> None:
    for weight, measure in (("times", "count"), ("minutes", ""), ("quantity", "count")):
        assert extend(tmp_path, f'role = "intend"\nweight = "{weight}"').meaning(TRIED_ON).measure == measure
    money = extend(tmp_path, 'role = "acquire"\nweight = "paid"\ncurrency = "USD"').meaning(TRIED_ON)
    assert (money.measure, money.currency) == ("money", "USD")


@pytest.mark.parametrize(("ends", "role"), [(PEOPLE, "follow"), ('source = "Person"\ntarget = "Topic"', "browse")])
def test_without_a_role_the_least_is_claimed_and_said(tmp_path: Path, ends: str, role: str) -> None:
    schema = extend(tmp_path, "", ends=ends)
    (edge,) = (e for k, e in schema.edges.items() if k.relation == "TRIED_ON")
    assert edge.role == role
    assert f'names no role and is read as "{role}"' in schema.notes[0]


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ('role = "aquire"', "unknown role 'aquire'", "did you mean 'acquire'"),
        ('role = "follow"', "cannot have the role follow", "between two people"),
        ('rolle = "intend"', "unknown key 'rolle'", "did you mean 'role'"),
        ('role = "intend"\nscale = [1, 5]', "scale is not allowed", 'role = "rate"'),
        ('role = "rate"\nscale = [5, 1]', "not a lowest and a highest", "scale = [1, 5]"),
        ('role = "rate"\nscale = 5', "not a lowest and a highest", "scale = [1, 5]"),
        ('role = "rate"\nliked = 9', "does not lie on the scale from 1 to 5", "above 1"),
        ('role = "intend"\nrecurring = true', "recurring is not allowed", 'role = "acquire"'),
        ('role = "acquire"\nrecurring = "yes"', "neither true nor false", "recurring = true"),
        ('role = "acquire"\nundoes = "BUOGHT"', "undoes Person-BUOGHT-Product", "did you mean 'BOUGHT'"),
        ('role = "acquire"\nundoes = "VIEWED"', "not a relation of role acquire", "known: BOUGHT, OWNS"),
        ('role = "intend"\nundoes = "BOUGHT"', "undoes is not allowed", 'role = "acquire"'),
        ('role = "intend"\nstrength = 0', "not a number above 0", "strength = 2.0"),
        ('role = "intend"\nstrength = { a = 1 }', "goes with the role react", "strength = 2.0"),
        ('role = "intend"\nhalf_life = "long"', "not a number above 0", "half_life = 2.0"),
        ('role = "intend"\nmeasure = "cuont"', "unknown measure", "did you mean 'count'"),
        ('role = "intend"\nmeasure = "money"', "needs its currency", "CNY"),
        ('role = "intend"\nmeasure = "rating"', "goes with the role rate", "scale"),
        ('role = "intend"\ncolumns = { times = "text" }', "is a number", "every event has it"),
    ],
)
def test_slips_are_told(tmp_path: Path, body: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        extend(tmp_path, body)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_targets_are_checked_in_any_case() -> None:
    assert MARKET.target("VEHICLE") == "Vehicle"
    with pytest.raises(ConfigError) as caught:
        MARKET.target("vehicel")
    assert caught.value.hint == "did you mean 'vehicle'?"
    with pytest.raises(ConfigError, match="'topic'"):
        MARKET.target("topic")


def test_an_age_that_does_not_matter_is_no_number_in_json() -> None:
    assert MARKET.meaning(EdgeKey("Person", "FOLLOWS", "Person")).half_life == math.inf
    assert MARKET.meaning(EdgeKey("Person", "FOLLOWS", "Person")).to_json()["half_life"] is None


INTERACTED = EdgeKey("Person", "INTERACTED", "Person")


@pytest.mark.parametrize(
    ("body", "acts"),
    [
        ("half_life = { share = 10 }", (("comment", 1.5, 365.0), ("share", 2.0, 10.0), ("", 1.0, 365.0))),
        ("strength = { like = 3 }", (("like", 3, 365), ("comment", 1.5, 365), ("share", 2, 540), ("", 1, 365))),
        ("half_life = 30", (("comment", 1.5, 30.0), ("share", 2.0, 30.0), ("", 1.0, 30.0))),
        ('kinds = ["share"]\nhalf_life = 30', (("share", 2.0, 30.0), ("", 1.0, 30.0))),
    ],
)
def test_a_reaction_keeps_the_acts_that_the_file_does_not_name(
    tmp_path: Path, body: str, acts: tuple[tuple[str, float, float], ...]
) -> None:
    file = tmp_path / "schema.toml"
    file.write_text(f'[[edges]]\nrelation = "INTERACTED"\n{PEOPLE}\n{body}\n', "utf-8")
    assert extend_schema(MARKET, file).meaning(INTERACTED).acts == tuple(Act(*act) for act in acts)


def again(tmp_path: Path, first: str, second: str) -> EdgeType:
    """The edge type of two tables for the same relation."""
    head = '[[edges]]\nrelation = "TRIED_ON"\nsource = "Person"\ntarget = "Product"\n'
    (tmp_path / "schema.toml").write_text(f"{head}{first}\n{head}{second}\n", "utf-8")
    return extend_schema(MARKET, tmp_path / "schema.toml").edge(TRIED_ON)


def test_a_second_table_keeps_limits_and_the_column_times(tmp_path: Path) -> None:
    first = 'role = "intend"\nweight = "share"\nminimum = 0.1\n'
    first += 'columns = { times = { type = "integer", doc = "visits", minimum = 1, maximum = 9 } }'
    edge = again(tmp_path, first, 'verb = "tried"')
    assert (edge.limits, edge.meaning.verb) == (Limits(0.1), "tried")
    assert edge.columns["times"] == Column("decimal", "open", "visits", limits=Limits(1, 9))
    assert again(tmp_path, first, "maximum = 2").limits == Limits(0.1, 2)
    assert again(tmp_path, 'role = "intend"', 'role = "acquire"').columns["times"].limits == Limits()
    assert again(tmp_path, 'role = "intend"\nweight = "minutes"', 'measure = "duration"').limits == Limits(0)


def test_what_does_not_begin_at_a_person_has_no_role_to_name(tmp_path: Path) -> None:
    assert extend(tmp_path, "", ends='source = "Campaign"\ntarget = "Product"').notes == ()


def test_what_undoes_cannot_be_undone(tmp_path: Path) -> None:
    tables = (("A", "B"), ("B", "A"))
    (tmp_path / "schema.toml").write_text(
        "".join(
            f'[[edges]]\nrelation = "{a}"\nsource = "Person"\ntarget = "Product"\nrole = "acquire"\nundoes = "{b}"\n'
            for a, b in tables
        ),
        "utf-8",
    )
    with pytest.raises(ConfigError, match="Person-A-Product undoes Person-B-Product, which itself undoes A") as caught:
        extend_schema(MARKET, tmp_path / "schema.toml")
    assert "BOUGHT" in caught.value.hint
