"""What is written for Neo4j stays among our nodes, and what is written for the embedded engine has no need to."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import QueryRefusedError
from graph.schema import MARKET
from graph.store.embedded.dialect import Dialect
from graph.store.guard import understood
from graph.store.guard.kinds import market_of
from graph.store.guard.writing import Writer, Written, quoted

KNOWN = market_of(MARKET)


def written(text: str, parameters: dict[str, Any] | None = None, writer: type[Writer] = Writer) -> Written:
    return writer(understood(text, parameters or {}, KNOWN.properties), KNOWN.labels).written()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(n:Person)", "(`n`:`Person`&Graphvine)"),
        ("(n:Person|Vehicle)", "(`n`:(`Person`|`Vehicle`)&Graphvine)"),
        ("(n:Person:KOL {id: 'x'})", "(`n`:(`Person`&`KOL`)&Graphvine {`id`: 'x'})"),
        ("(n:Person)-[:FOLLOWS]->(m:KOL)", "(`n`:`Person`&Graphvine)-[:`FOLLOWS`]->(`m`:`KOL`&Graphvine)"),
    ],
)
def test_every_label_is_one_of_ours(pattern: str, expected: str) -> None:
    for text in (f"MATCH {pattern} RETURN 1 AS x", f"OPTIONAL MATCH {pattern} RETURN 1 AS x"):
        assert expected in written(text).text
        assert "Graphvine" not in written(text, writer=Dialect).text
    assert expected in written(f"RETURN EXISTS {{ MATCH {pattern} }} AS x").text
    assert expected in written(f"RETURN COUNT {{ {pattern} }} AS x").text


def test_what_has_not_a_label_is_none_of_the_books() -> None:
    assert "!(`KOL`)&Graphvine&!(GraphvineLoad|" in written("MATCH (n:!KOL) RETURN n").text


@pytest.mark.parametrize(
    "text",
    [
        "MATCH p = (a:Person)-[:FOLLOWS*1..3]->(b:Person) RETURN p",
        "MATCH (a:Person)-[:FOLLOWS*2]-(b:Person) RETURN b",
        "MATCH (a:Person)-[:FOLLOWS*0..2]-(b:Person) RETURN b",
        "MATCH p = shortestPath((a:Person {id: 'a'})-[:FOLLOWS*..4]-(b:Person {id: 'b'})) RETURN p",
        "MATCH (a:Person) RETURN EXISTS { (a)-[:FOLLOWS*1..2]->(:KOL) } AS x",
        "MATCH (a:Person) RETURN COUNT { (a)-[:FOLLOWS*1..2]->(:KOL) } AS x",
        "MATCH (a:Person) RETURN [(a)-[:FOLLOWS*1..2]->(b) | b.id] AS x",
        "MATCH (a:Person) WHERE (a)-[:FOLLOWS*1..2]->(:KOL) RETURN a",
    ],
)
def test_a_path_stays_among_our_nodes(text: str) -> None:
    assert written(text).text.count("WHERE all(`gv node` IN nodes(`") == 1
    assert "gv node" not in written(text, writer=Dialect).text.replace("gv node ", "")


def test_a_path_of_one_step_says_its_nodes_anyhow() -> None:
    assert "all(" not in written("MATCH (a:Person)-[:FOLLOWS*1..1]->(b) RETURN b").text


def test_the_condition_on_a_path_stands_before_the_one_that_was_written() -> None:
    text = written("MATCH (a:Person)-[*1..2]-(b) WHERE a.id = 'x' OR b.id = 'x' RETURN b").text
    assert "Graphvine) AND ((`a`.`id` = 'x') OR (`b`.`id` = 'x')) RETURN" in text


def test_a_name_that_we_gave_does_not_come_back_as_a_column() -> None:
    found = written("MATCH (b:Person)-[:FOLLOWS*1..2]->(B), (c:KOL) WITH *, 1 AS a RETURN *, a + 1 AS z")
    keys = "`B` AS `B`, `a` AS `a`, `b` AS `b`, `c` AS `c`"
    assert f"WITH `B`, `b`, `c`, 1 AS `a` RETURN {keys}, (`a` + 1) AS `z`" in found.text
    assert found.columns == ("B", "a", "b", "c", "z")
    embedded = written("MATCH (b:Person)-[:FOLLOWS*1..2]->(B) RETURN *", writer=Dialect)
    assert embedded.text.endswith("RETURN `B` AS `B`, `b` AS `b`")


def test_equal_lists_of_other_kinds_stay_apart() -> None:
    for writer in (Writer, Dialect):
        values = {"1": [1], "2": [1.0], "3": [True]}
        found = written("RETURN $`1` AS a, $`2` AS b, $`1` AS c, $`3` AS d", values, writer)
        sent = [found.parameters[name] for name in ("gv0", "gv1", "gv2")]
        assert [type(value[0]) for value in sent] == [int, float, bool]
        assert found.text == "RETURN $gv0 AS `a`, $gv1 AS `b`, $gv0 AS `c`, $gv2 AS `d`"


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:Topic) WITH n LIMIT 1 UNWIND [n, {a: 5}] AS m RETURN m {.*}",
        "MATCH (n:Topic) UNWIND [n, {properties: 5}] AS m RETURN m {.*}",
        "MATCH (n:Topic) UNWIND [n, $x] AS m RETURN m {.*}",
    ],
)
def test_all_of_what_may_be_a_map_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError, match="is refused"):
        written(text, {"x": {"a": 1}})
    assert written("MATCH (n:Topic) RETURN n {.*}").maps == {0}
    assert written("WITH {a: 1} AS m RETURN m {.*}").maps == frozenset()


def test_labels_of_labels_do_not_multiply() -> None:
    text = "MATCH p = (a:Person)-[:FOLLOWS]->(b) RETURN " + "labels(nodes(p)[size(" * 9 + "[1]" + ")])" * 9 + " AS x"
    assert len(written(text).text) < 50_000


@pytest.mark.parametrize("name", ["", "a\\", "a\\u0060", "a\n", "a\x00", "a\x85", "\u2028", "\ud800"])
def test_a_name_that_could_end_early_is_refused(name: str) -> None:
    with pytest.raises(QueryRefusedError) as caught:
        quoted(name)
    assert caught.value.hint
    with pytest.raises(QueryRefusedError):
        written("MATCH (n:Person) RETURN n[$name] AS x", {"name": name})


def test_a_backtick_in_a_name_is_doubled() -> None:
    assert quoted("a`b 王") == "`a``b 王`"
