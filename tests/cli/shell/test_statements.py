"""Where statements and commands begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.shell.statements import Statement, missing, split

SPLIT = [
    ("", []),
    ("  \n ;; ; ", []),
    ("// only a comment", []),
    ("RETURN 1", ["RETURN 1"]),
    ("RETURN 1;", ["RETURN 1"]),
    ("RETURN 1;RETURN 2;", ["RETURN 1", "RETURN 2"]),
    ("RETURN ';' AS a; RETURN \";\" AS b", ["RETURN ';' AS a", 'RETURN ";" AS b']),
    ("RETURN 1 AS `a;``;`; RETURN 2", ["RETURN 1 AS `a;``;`", "RETURN 2"]),
    (r"RETURN 'it\';s'; RETURN 2", [r"RETURN 'it\';s'", "RETURN 2"]),
    (r"RETURN '\\'; RETURN 2", [r"RETURN '\\'", "RETURN 2"]),
    ("RETURN 1 // a; b\n + 2; RETURN 3", ["RETURN 1 // a; b\n + 2", "RETURN 3"]),
    ("/* ; */ RETURN /* ; ' */ 1; RETURN 2", ["RETURN /* ; ' */ 1", "RETURN 2"]),
    ("RETURN 4 / 2; RETURN 1", ["RETURN 4 / 2", "RETURN 1"]),
    ("MATCH (a; RETURN 2;", ["MATCH (a", "RETURN 2"]),
    ("RETURN 'never closed; RETURN 2;", ["RETURN 'never closed; RETURN 2;"]),
    ("/* never closed; RETURN 2;", ["/* never closed; RETURN 2;"]),
    (":schema\nRETURN 1;\n:exit", [":schema", "RETURN 1", ":exit"]),
    (":schema ;\nRETURN 1", [":schema", "RETURN 1"]),
    ("MATCH (a\n:Person) RETURN a; :help", ["MATCH (a\n:Person) RETURN a", ":help"]),
    ("// first\n:param x ';\nRETURN 1", [":param x '", "RETURN 1"]),
    (":explain MATCH (n)\nRETURN n; RETURN 2", [":explain MATCH (n)\nRETURN n", "RETURN 2"]),
    (":explain\nMATCH (n) RETURN n;\nRETURN 2", [":explain\nMATCH (n) RETURN n", "RETURN 2"]),
    (":explain", [":explain"]),
    ("RETURN '上海；' AS 城市; RETURN 2", ["RETURN '上海；' AS 城市", "RETURN 2"]),
]


@pytest.mark.parametrize(("text", "statements"), SPLIT, ids=[repr(text) for text, _ in SPLIT])
def test_statements_end_at_semicolons_outside_text_and_comments(text: str, statements: list[str]) -> None:
    assert [statement.text for statement in split(text)] == statements


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("", None),
        ("// a comment", None),
        ("/* a comment", "/*"),
        ("RETURN 1", ";"),
        ("RETURN 1;", None),
        ("RETURN 1; // said it all", None),
        ("RETURN 1; RETURN 2", ";"),
        ("RETURN 'a;", "'"),
        ('RETURN "a;', '"'),
        ("RETURN `a;", "`"),
        ("MATCH (a", "("),
        ("MATCH (a)-[r", "["),
        ("MATCH (a {id: 'x'", "{"),
        ("MATCH (a {id: ')'})", ";"),
        ("MATCH (a) WHERE size([1, 2", "["),
        ("RETURN 1 /* ;", "/*"),
        ("RETURN 1 // ;", ";"),
        (":schema", None),
        (":param x 'it is", None),
        (":explain", None),
        (":explain MATCH (n)", ";"),
        (":explain MATCH (n) RETURN n", None),
        (":explain MATCH (n) RETURN size([n", "["),
        (":explain MATCH (n)\nRETURN n", ";"),
        (":explain MATCH (n)\nRETURN n;", None),
    ],
)
def test_what_a_text_still_lacks_is_named(text: str, lacks: str | None) -> None:
    assert missing(text) == lacks


def test_a_statement_knows_its_place_and_is_padded_to_it() -> None:
    second = split("RETURN 1;\n// more\n  RETURN 2")[1]
    assert second == Statement("RETURN 2", 3, 3)
    assert second.placed == "\n\n  RETURN 2"
    assert Statement("RETURN 2", 1_000_000, 1).placed == "RETURN 2"


@given(st.text(alphabet="RA1 ;:'\"`/*\n\\()[]{}上", max_size=40))
def test_any_text_is_cut_and_nothing_of_it_is_lost(text: str) -> None:
    place = 0
    for statement in split(text):
        place = text.find(statement.text, place)
        assert place >= 0
        place += len(statement.text)
        assert statement.text == statement.text.strip()
    missing(text)


@given(st.lists(st.sampled_from(["RETURN 1", "RETURN ';' AS a", "MATCH (n) /* ; */ RETURN n", "RETURN `;` // ;\n"])))
def test_joined_statements_come_apart_again(statements: list[str]) -> None:
    joined = ";\n".join(statements) + ";"
    assert [statement.text for statement in split(joined)] == [statement.strip() for statement in statements]
    assert missing(joined) is None
