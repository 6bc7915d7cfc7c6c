"""The guard by itself: what it takes, what it refuses and where, and what it tells of a query."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import QueryRefusedError
from graph.schema import MARKET
from graph.store.guard import MAX_LENGTH, check, without_comments
from graph.store.guard.parameters import plain_parameters
from graph.store.query_names import names_in, names_of, notes_on, unknown

READS = (
    "MATCH (u:User) CALL (u) { MATCH (u)-[:BOUGHT]->(p) RETURN count(p) AS n } RETURN u.id AS u, n",
    "CALL { MATCH (n) RETURN n UNION MATCH (m) RETURN m AS n } RETURN count(n) AS n",
    "RETURN COLLECT { MATCH (n) RETURN n.id ORDER BY n.id } AS ids",
    "MATCH p = SHORTEST 2 (a)-[:FOLLOWS]->+(b) RETURN p",
    "MATCH p = ALL SHORTEST (a)((x)-[:FOLLOWS]->(y)){1,3}(b) RETURN p",
    "MATCH (n:A&!B WHERE n.x = 1) RETURN properties(n) AS p, keys(n) AS k, elementId(n) AS e, rand() AS r",
    "WITH 1 AS both, 2 AS leading RETURN both * leading + both AS x",
    "RETURN trim(BOTH 'x' FROM 'xax') AS t",
    "CALL db.labels() YIELD label WHERE label <> 'x' RETURN label",
    "MATCH (set:Set {create: 1})-[:DELETE]->(merge) RETURN set.remove AS load, merge AS call",
    "MATCH (n) RETURN CASE n.x WHEN IS NULL THEN 1 WHEN > 2 THEN 3 END AS c",
)
# A text and the place where it is refused.
REFUSED = (
    ("MATCH (n) SET n.x = 1", "SET is refused at line 1, column 11"),
    ("MATCH (n)\nDETACH DELETE n", "DETACH is refused at line 2, column 1"),
    ("MATCH (n) CALL (n) { DELETE n } RETURN 1 AS x", "DELETE is refused at line 1, column 22"),
    ("MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS RETURN x", "IN is refused at line 1, column 38"),
    ("RETURN COUNT { CREATE (n) RETURN n } AS c", "CREATE is refused at line 1, column 16"),
    ("LOAD CSV FROM 'x' AS l RETURN l", "LOAD is refused at line 1, column 1"),
    ("USE other MATCH (n) RETURN n", "USE is refused at line 1, column 1"),
    ("RETURN 1 AS x; RETURN 2 AS x", "; is refused at line 1, column 14"),
    ("CALL dbms.listConfig()", "the procedure dbms.listConfig is refused at line 1, column 11"),
    ("RETURN apoc.text.join(['a'], '') AS x", "the function apoc.text.join is refused at line 1, column 22"),
    ("RETURN 'open", '"\'o" is refused at line 1, column 8'),
    ("RETURN 1 \u00a0AS x", "'\\xa0A' is refused at line 1, column 10"),
    ("RETURN 'a\\u0027' AS x", "the escape \\u0027 is refused at line 1, column 10"),
    ("MATCH (n", "an unfinished query is refused at line 1, column 9"),
    ("EXPLAIN EXPLAIN RETURN 1 AS x", "EXPLAIN is refused at line 1, column 9"),
    ("EXPLAIN MATCH (n) DELETE n", "DELETE is refused at line 1, column 19"),
    ("MATCH (n) RETURN n" + ".a" * 300, "is refused"),
    ("RETURN " + "(" * 70 + "1" + ")" * 70, "is refused"),
    ("RETURN 1 AS x" + " UNION RETURN 1 AS x" * 300, "UNION is refused"),
    ("RETURN '" + "x" * MAX_LENGTH + "'", "characters"),
)


@pytest.mark.parametrize("text", READS)
def test_what_only_reads_passes_unchanged(text: str) -> None:
    assert check(text).text == text


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_everything_else_is_refused_with_its_place_and_a_hint(text: str, message: str) -> None:
    with pytest.raises(QueryRefusedError) as caught:
        check(text)
    assert message in str(caught.value)
    assert caught.value.hint


def test_explain_and_profile_are_taken_off_and_places_stay() -> None:
    for word in ("EXPLAIN", "profile"):
        found = check(f"{word} MATCH (n) RETURN n")
        assert (found.mode, found.text) == (word.upper(), "        MATCH (n) RETURN n")
    assert check("RETURN 1 AS explain").mode == ""


@pytest.mark.parametrize(
    ("name", "opened", "passes"),
    [
        ("apoc.text.join", ["apoc.*"], True),
        ("apoc.text.join", ["apoc.coll.*"], False),
        ("gds.pageRank.stream", ["GDS.*.STREAM"], True),
        ("gds.graph.project", ["gds.*"], True),
        *((name, ["*", "apoc.*", "gds.*", "dbms.*"], False) for name in (
            "apoc.load.json", "apoc.cypher.run", "apoc.cypher.doIt", "apoc.periodic.iterate", "apoc.export.csv.all",
            "apoc.graph.fromCypher", "apoc.meta.data.of", "apoc.spatial.geocode", "apoc.util.sleep", "gds.graph.drop",
            "gds.graph.project.cypher", "gds.pageRank.write", "gds.pageRank.mutate", "dbms.listConfig",
            "apoc.nodes.delete", "db.clearQueryCaches", "tx.setMetaData", "genai.vector.encode",
        )),
    ],
)  # fmt: skip
def test_a_setting_opens_readers_of_plugins_and_nothing_else(name: str, opened: list[str], passes: bool) -> None:
    for text in (f"CALL {name}('x') YIELD y RETURN y", f"RETURN {name}('x') AS x", f"RETURN `{name}`('x') AS x"):
        if passes:
            check(text, opened)
        with pytest.raises(QueryRefusedError):
            check(text, () if passes else opened)


def test_the_columns_and_calls_of_a_query() -> None:
    found = check("MATCH (n) WITH n AS m RETURN m.x AS `a b`, keys(m) AS k, date.truncate('week', m.t) AS w, count(*)")
    assert found.columns == ("a b", "k", "w")
    assert found.calls == {"keys", "date.truncate", "count"}


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (
            "MATCH (p:Person:KOL)-[v:VIEWED]->(x:Vehicle|Product) WHERE x.price > 1 AND v.time > 2 RETURN p.name AS n",
            [],
        ),
        ("MATCH (p:Persn) RETURN p.nam AS n", ["no Persn node in", "has the property nam"]),
        ("MATCH (p)-[v:VIEWD|BOUGHT]->(x) RETURN v.tme AS t", ["no VIEWD relationship in", "has the property tme"]),
        ("MATCH (p) WHERE p:Usr OR p:`K L` RETURN p", ["no Usr node in", "no K L node in"]),
        ("UNWIND [{a: 1}] AS m WITH m, date('2026-01-01') AS d RETURN m.a AS a, d.year AS y, {x: 1}.x AS z", []),
        ("MATCH (p:Person) RETURN [x IN [p] WHERE x:KOL | x.id] AS l, CASE WHEN p:User THEN 1 END AS c", []),
        ("MATCH (a)-[:OWNS]->(b:$($label)) RETURN b {.id, none: b.nothing} AS m", ["has the property nothing"]),
    ],
)
def test_names_that_the_market_lacks_get_a_note(text: str, notes: list[str]) -> None:
    found = notes_on(unknown(names_in(check(text).tokens), names_of(MARKET)))
    assert len(found) == len(notes)
    assert all(part in note for part, note in zip(notes, found, strict=True))


def test_a_node_alone_without_a_label_is_told() -> None:
    assert names_in(check("MATCH (n) RETURN count(n) AS n").tokens).loose
    assert names_in(check("OPTIONAL MATCH () RETURN count(*) AS n").tokens).loose
    assert not names_in(check("MATCH (n)-->() RETURN count(n) AS n").tokens).loose
    assert not names_in(check("MATCH (n:Person) RETURN count((n)) AS n").tokens).loose


def test_comments_are_blanked() -> None:
    assert without_comments("RETURN /* one\n*/ 1 AS x // '") == "RETURN       \n   1 AS x     "


@given(st.text(alphabet=st.sampled_from(list("RETUN1xAS()[]{}'\"`\\/* \n;.$:,|-")), max_size=60))
def test_any_text_ends_in_one_sentence_or_passes(text: str) -> None:
    with suppress(QueryRefusedError):
        assert check(text).mode == ""


@pytest.mark.parametrize("value", [2**63, {1: 2}, object(), {"x": [b"x"]}])
def test_parameters_that_no_query_takes_are_told(value: object) -> None:
    from graph.errors import StoreError

    with pytest.raises(StoreError, match=r"\$p"):
        plain_parameters({"p": value})
