"""What a text means: bars and labels, long lines, depth, and what is refused because engines would not agree."""

from __future__ import annotations

import pytest

from graph.errors import QueryRefusedError
from graph.schema import MARKET
from graph.store.embedded.dialect import Dialect
from graph.store.guard import MAX_LENGTH, check, understood
from graph.store.guard.kinds import market_of
from graph.store.guard.operators import MAX_HEIGHT
from graph.store.guard.tree import Expr, Project
from graph.store.guard.writing import Writer

KNOWN = market_of(MARKET)


def column(text: str) -> Expr:
    """The first column of a query."""
    last = understood(text, {}, KNOWN.properties).query.branches[0][-1]
    assert isinstance(last, Project)
    return last.items[0].expr


def wrote(text: str) -> tuple[str, str]:
    found = understood(text, {}, KNOWN.properties)
    return Writer(found, KNOWN.labels).written().text, Dialect(found, KNOWN.labels).written().text


def shape(expr: Expr) -> str:
    """An expression with all its brackets, without their names."""
    if expr.kind == "binary":
        return f"({f' {expr.text} '.join(shape(part) for part in expr.parts)})"
    inner = " ".join(shape(part) for part in expr.parts)
    return f"{expr.kind}({inner})" if inner else expr.text


@pytest.mark.parametrize(
    ("text", "condition", "result"),
    [
        ("[x IN [1] WHERE a:KOL | y]", "KOL", "y"),
        ("[x IN [1] WHERE a:KOL|User]", "KOL", "User"),
        ("[x IN [1] WHERE (a:KOL|User) | y]", "KOL User", "y"),
        ("[x IN [1] WHERE a:(KOL|User) | y]", "KOL User", "y"),
        ("[x IN [1] WHERE any(z IN [1] WHERE a:KOL|User) | y]", "KOL User", "y"),
        ("[x IN [1] WHERE size([z IN [1] WHERE a:KOL | 2]) = 1 | y]", "KOL", "y"),
        ("[(a)-[:FOLLOWS]->(b:KOL|User) WHERE b:KOL | y]", "KOL", "y"),
        ("[(a)-[:FOLLOWS]->(b) WHERE (b)-[:FOLLOWS|VIEWED]->(:KOL|User) | y]", "KOL User", "y"),
    ],
)
def test_a_bar_after_a_label_ends_the_condition_of_a_list(text: str, condition: str, result: str) -> None:
    found = column(f"MATCH (a:Person) WITH a, 1 AS y, 2 AS User RETURN {text} AS c")
    where = found.body[0].where if found.kind == "walk" else found.parts[1]
    assert where is not None
    assert labels_in(where) == condition.split()
    assert found.parts[-1].text == result


def labels_in(expr: Expr) -> list[str]:
    own = [step.labels for match in expr.body for p in match.patterns for step in p.steps if hasattr(step, "labels")]
    names = [one.text for label in own if label for one in ([label] if label.kind == "name" else label.parts)]
    return names + [name for part in expr.parts for name in labels_in(part)]


def test_a_bar_after_the_bar_is_one_of_labels() -> None:
    found = column("MATCH (a:Person) RETURN [x IN [1] | a:KOL|User] AS c")
    assert labels_in(found.parts[2]) == ["KOL", "User"]


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a:Person) RETURN [x IN [1] WHERE a:KOL|User|x] AS c",
        "MATCH (a:Person) RETURN any(x IN [1] WHERE x = 1 | x) AS c",
        "MATCH (a:Person) RETURN [x IN [1] WHERE a:KOL|] AS c",
    ],
)
def test_a_bar_too_many_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError):
        check(text)


@pytest.mark.parametrize(
    "returned",
    ["[count(*)] AS k", "max(n.age) + 1 AS k", "{a: collect(n)} AS k", "count(*)", "CASE 1 WHEN 1 THEN count(*) END"],
)
@pytest.mark.parametrize("word", ["EXISTS", "COUNT"])
def test_a_return_that_sums_up_is_refused_in_a_subquery(word: str, returned: str) -> None:
    with pytest.raises(QueryRefusedError, match="RETURN"):
        check(f"RETURN {word} {{ MATCH (n:Person) RETURN {returned} }} AS x")
    check(f"RETURN {word} {{ MATCH (n:Person) RETURN n.id AS k, 1 AS one }} AS x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)"),
        ("8 / 4 / 2", "((8 / 4) / 2)"),
        ("2 ^ 3 ^ 2 * 5", "(((2 ^ 3) ^ 2) * 5)"),
        ("- 2 ^ 2", "(negative(2) ^ 2)"),
        ("1 - - 2", "(1 - negative(2))"),
        ("true OR false AND true XOR false", "(true OR ((false AND true) XOR false))"),
        ("NOT true AND NOT NOT false", "(not(true) AND not(not(false)))"),
        ("NOT 1 = 2", "not((1 = 2))"),
        ("1 < 2 < 3", "((1 < 2) AND (2 < 3))"),
        ("1 + 1 IN [2] = true", "(((1 + 1) IN list(2)) = true)"),
        ("1 IS NULL OR 2 IS NOT NULL", "(null(1) OR null(2))"),
        ("true AND false AND true AND false", "((true AND false) AND (true AND false))"),
    ],
)
def test_operators_bind_as_in_neo4j(text: str, expected: str) -> None:
    assert shape(column(f"RETURN {text} AS x")) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[x IN xs]", "comprehension"),
        ("[x IN xs WHERE true]", "comprehension"),
        ("[x IN xs | [1, 2]]", "comprehension"),
        ("[x IN xs, true]", "list"),
        ("[x IN [1, 2] AND true, true]", "list"),
        ("[x IN [y IN xs WHERE y = 1 | y], true]", "list"),
    ],
)
def test_a_list_and_a_comprehension_are_told_apart(text: str, kind: str) -> None:
    assert column(f"WITH [1] AS xs, 1 AS x RETURN {text} AS c").kind == kind


def test_lists_within_lists_are_read_once() -> None:
    check("WITH 1 AS x RETURN " + "[x IN " * 38 + "[1]" + ", 1]" * 38 + " AS c")


def repeated(first: str, again: str, last: str = "") -> str:
    """A query that is as long as it may be."""
    return first + again * ((MAX_LENGTH - len(first) - len(last)) // len(again)) + last


@pytest.mark.parametrize("word", ["AND", "OR", "XOR"])
def test_a_line_of_conditions_may_be_as_long_as_a_text(word: str) -> None:
    for text in wrote(repeated("MATCH (n:Person) WHERE true", f" {word} n.id = 'x'", " RETURN n")):
        assert text.count(f" {word} ") > 1000


@pytest.mark.parametrize(
    "text",
    [
        repeated("MATCH (n) RETURN n", ".b", " AS x"),
        repeated("MATCH (n) RETURN n.b", " IS NULL", " AS x"),
        repeated("RETURN ", "NOT ", "true AS x"),
        repeated("RETURN ", "- ", "1 AS x"),
        repeated("RETURN 1", " - 1", " AS x"),
        repeated("RETURN 1", " * 1", " AS x"),
        repeated("RETURN 1", " IN [1]", " AS x"),
        repeated("RETURN [1]", "[0]", " AS x"),
        "RETURN " + "CASE WHEN true THEN " * 700 + "1" + " END" * 700 + " AS x",
        "RETURN " + "(" * 1000 + "1" + ")" * 1000 + " AS x",
        "RETURN " + "(1 < " * 35 + "2" + " < 3)" * 35 + " AS x",
    ],
)
def test_depth_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(QueryRefusedError, match=r"nested too deeply|brackets within each other|chain of comparisons"):
        check(text)


@pytest.mark.parametrize(
    "text",
    [
        "RETURN 1" + " - 1" * (MAX_HEIGHT - 2) + " AS x",
        "RETURN " + "NOT " * (MAX_HEIGHT - 2) + "true AS x",
        "RETURN " + "CASE WHEN true THEN " * 40 + "1" + " END" * 40 + " AS x",
        "RETURN " + "[" * 38 + "1" + "]" * 38 + " AS x",
        "RETURN " + "abs(" * 38 + "1" + ")" * 38 + " AS x",
        "RETURN " + "toFloat(" * 38 + "'1'" + ")" * 38 + " AS x",
        "MATCH (n:Person) RETURN " + "EXISTS { MATCH (n) WHERE " * 19 + "true" + " }" * 19 + " AS x",
        repeated("MATCH (n:", "!", "KOL) RETURN n"),
    ],
)
def test_what_is_not_too_deep_is_written_for_both(text: str) -> None:
    assert all(wrote(text))
