from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.errors import QueryRefusedError
from graph.store.guard import MAX_LENGTH, check, without_comments

WRITES = """
CREATE (n)
CREATE (n:Person {id: 'x'}) RETURN n
create (n)
CrEaTe (n)
CREATE p = (a)-[:X]->(b) RETURN p
CREATE INDEX x FOR (n:Person) ON (n.id)
CREATE CONSTRAINT c FOR (n:Person) REQUIRE n.id IS UNIQUE
CREATE OR REPLACE DATABASE x
CREATE USER u SET PASSWORD 'p'
MERGE (n:Person {id: 1})
MATCH (a), (b) MERGE (a)-[:X]->(b)
MATCH (n) SET n.x = 1
MATCH (n) SET n:Label
MATCH (n) SET n += {x: 1} RETURN n
MATCH (n) DELETE n
MATCH (n) DETACH DELETE n
MATCH (n) NODETACH DELETE n
MATCH (n) REMOVE n.x
MATCH (n) REMOVE n:Label RETURN n
MATCH (n) FOREACH (x IN [1] | SET n.x = x)
FOREACH (x IN [1, 2] | CREATE (:N))
MATCH (n) WHERE n.x = 1 SET n.y = 2
MATCH (n) WITH n SET n.y = 2
MATCH (n) WITH n ORDER BY n.id LIMIT 1 DELETE n
UNWIND [1] AS x CREATE (:N {x: x})
UNWIND [1] AS x MERGE (:N {x: x})
RETURN 1 AS x CREATE (n)
RETURN 1 AS x, CREATE (n)
RETURN 1 + CREATE (n)
MATCH (n), CREATE (m)
MATCH (a)-[r:X]-> CREATE (b)
MATCH (n) WHERE SET n.x = 1
MATCH (n) WHERE n.x > DELETE n
RETURN 1 AS x, SET x = 1
MATCH (n) RETURN n SKIP 1 DELETE n
MATCH (n) RETURN n ORDER BY n.id DELETE n
MATCH (n) RETURN n ORDER BY n.id DESC SET n.x = 1
MATCH (n) RETURN n UNION MATCH (n) DELETE n
MATCH (n) RETURN n UNION CREATE (n) RETURN n
MATCH (n) RETURN n UNION ALL MERGE (n) RETURN n
OPTIONAL MATCH (n) DELETE n
INSERT (n:Person)
MATCH (n) INSERT (m)
MATCH (n) FINISH
MATCH (n) RETURN [x IN [1] | SET n.x = 1]
MATCH (n) RETURN {a: SET n.x = 1}
MATCH (n) RETURN CASE WHEN true THEN SET n.x = 1 END AS x
MATCH (n) WHERE EXISTS { CREATE (m) } RETURN n
MATCH (n) WHERE EXISTS { MATCH (n) SET n.x = 1 } RETURN n
MATCH (n) WHERE EXISTS { MATCH (n) DELETE n RETURN n } RETURN n
MATCH (n) RETURN COUNT { MERGE (m) RETURN m } AS c
MATCH (n) RETURN COUNT { MATCH (m) WHERE EXISTS { MATCH (m) REMOVE m.x } } AS c
"""
PROCEDURES = """
CALL db.labels()
CALL db.labels() YIELD label RETURN label
call dbms.listConfig()
CALL tx.setMetaData({a: 1})
CALL apoc.cypher.runWrite('CREATE (n)', {})
CALL gds.graph.drop('g')
CALL { MATCH (n) RETURN n } RETURN n
CALL (n) { MATCH (n) RETURN n AS m } RETURN m
MATCH (n) CALL { WITH n DELETE n }
MATCH (n) CALL (n) { SET n.x = 1 } IN TRANSACTIONS OF 10 ROWS
MATCH (n) CALL (n) { RETURN 1 AS x } RETURN x
OPTIONAL CALL db.labels() YIELD label RETURN label
RETURN 1 AS x, CALL { CREATE (n) }
MATCH (n) WHERE EXISTS { CALL db.labels() YIELD label RETURN label } RETURN n
MATCH (n) RETURN COLLECT { MATCH (m) RETURN m.id } AS ids
RETURN apoc.load.json('http://example.org') AS x
RETURN apoc.text.join(['a'], ',') AS x
RETURN `apoc`.`load`.`json`('x') AS x
RETURN apoc . load . json ('x') AS x
RETURN gds.util.asNode(1) AS x
RETURN dbms.components() AS x
RETURN db.nameFromElementId('x') AS x
MATCH (n) WHERE apoc.do.it(n) RETURN n
RETURN custom(1) AS x
RETURN `custom`(1) AS x
RETURN text_score(1, 'x') AS x
RETURN id(1) AS x
RETURN keys({a: 1}) AS k
RETURN properties({a: 1}) AS k
RETURN duration.between(date('2025-01-01'), date('2025-02-01')) AS d
RETURN genai.vector.encode('x', 'OpenAI', {}) AS v
RETURN file('x') AS x
RETURN date.custom('x') AS x
RETURN n.date('x') AS x
"""
FILES_AND_ADMIN = """
LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row
LOAD CSV WITH HEADERS FROM 'http://169.254.169.254/' AS row RETURN row
load csv from $x as row return row
MATCH (n) LOAD CSV FROM 'file:///x' AS row RETURN row
RETURN 1 AS x LOAD CSV FROM 'file:///x' AS row
WITH 1 AS x, LOAD CSV FROM 'file:///x' AS row RETURN row
MATCH (n) WHERE EXISTS { LOAD CSV FROM 'x' AS r RETURN r } RETURN n
USING PERIODIC COMMIT 500 LOAD CSV FROM 'x' AS r RETURN r
DROP INDEX x
DROP DATABASE neo4j
DROP CONSTRAINT c IF EXISTS
ALTER USER x SET PASSWORD 'y'
SHOW USERS
SHOW SETTINGS YIELD *
SHOW INDEXES
SHOW TRANSACTIONS
TERMINATE TRANSACTION 'x'
TERMINATE TRANSACTIONS 'a', 'b'
USE neo4j MATCH (n) RETURN n
USE graph.byName('x') RETURN 1 AS x
GRANT ROLE reader TO x
DENY READ {*} ON GRAPH x TO y
REVOKE ROLE x FROM y
RENAME USER a TO b
START DATABASE x
STOP DATABASE x
EXPLAIN MATCH (n) RETURN n
PROFILE MATCH (n) RETURN n
CYPHER 5 MATCH (n) RETURN n
CYPHER runtime=parallel MATCH (n) RETURN n
MATCH (n) RETURN n FORMAT CSV
FOR VALID_TIME AS OF date('2025-01-01') MATCH (n) RETURN n
FOR VALID_TIME ALL MATCH (n) RETURN n
MATCH (n) USING INDEX n:Person(id) RETURN n
MATCH (n) USING SCAN n:Person RETURN n
BEGIN
COMMIT
:param x => 1
FILTER true RETURN 1 AS x
LET x = 1 RETURN x
MATCH (n) FILTER n.x = 1 RETURN n
WHEN true THEN RETURN 1 AS x
RETURN 1 AS x NEXT RETURN 2 AS x
"""
STATEMENTS = """
RETURN 1 AS x; RETURN 2 AS x
RETURN 1 AS x; CREATE (n)
RETURN 1 AS x;; DELETE x
;
; RETURN 1 AS x
RETURN [1; 2] AS x
"""
PATHS = """
MATCH (a)-[*]->(b) RETURN a
MATCH (a)-[r*]->(b) RETURN a
MATCH (a)-[:X*]->(b) RETURN a
MATCH (a)-[:X*2..]->(b) RETURN a
MATCH (a)-[:X*..7]->(b) RETURN a
MATCH (a)-[:X*1..100]->(b) RETURN a
MATCH (a)-[:X*7]->(b) RETURN a
MATCH (a)-[:X*1..$k]->(b) RETURN a
MATCH (a)-[:X|Y*..]-(b) RETURN a
MATCH (a)<-[* {x: 1}]-(b) RETURN a
MATCH (a)-[*1.5]->(b) RETURN a
MATCH (a)-[*1..9999999999999]->(b) RETURN a
MATCH p = shortestPath((a)-[*]-(b)) RETURN p
MATCH (n) WHERE (n)-[:X*]->() RETURN n
MATCH (n) RETURN [(n)-[:X*]->(m) | m.id] AS ids
MATCH (n) WHERE EXISTS { (n)-[*]->() } RETURN n
MATCH ((a)-[:X]->(b)){1,3} RETURN a
MATCH ((a)-[:X]->(b))+ RETURN a
MATCH ((a)-[:X]->(b))* RETURN a
MATCH (a)-[:X]->{1,3}(b) RETURN a
MATCH (a)-[:X]->+(b) RETURN a
MATCH (a)-[:X]->*(b) RETURN a
MATCH (a)-[:X]-+(b) RETURN a
MATCH (a)-->+(b) RETURN a
MATCH (a)--*(b) RETURN a
MATCH (s) ((a)-[:X]->(b)){2} (t) RETURN s
MATCH SHORTEST 1 (a)-[:X]->(b) RETURN a
MATCH ANY SHORTEST (a)-[:X]->(b) RETURN a
MATCH ALL SHORTEST (a)-[:X]->(b) RETURN a
MATCH REPEATABLE ELEMENTS (a)-[:X]->(b) RETURN a
"""
TRICKS = [
    r"\u0043REATE (n)",
    r"MATCH (n) \u0053ET n.x = 1",
    r"RETURN 'a\u0027 AS x CREATE (n) //'",
    r"RETURN `a\u0060 CREATE (n)` AS x",
    r"// note \u000a CREATE (n)" + "\nRETURN 1 AS x",
    r"RETURN 1 AS x // \u000d CREATE (n)",
    r"RETURN '\uZZZZ' AS x",
    r"RETURN '\u12' AS x",
    r"RETURN '\uuuu0027' AS x",
    "RETURN 'it''s' AS x",
    "RETURN 'open",
    'RETURN "open',
    "RETURN `open",
    "RETURN 1 AS x /* open",
    "RETURN 1 AS x // note \r CREATE (n)",
    "RETURN 1 AS x // note \u2028 CREATE (n)",
    "RETURN 1 AS x // note \x85 CREATE (n)",
    "RETURN 1 AS x\u00a0",
    "RETURN\u30001 AS x",
    "RETURN 1 AS x， 2 AS y",
    "MATCH （n） RETURN n",
    "MATCH (a)–[:X]→(b) RETURN a",
    "MATCH (n)/* */SET/* */n.x = 1",
    "MATCH (n) /* ' */ DELETE n /* ' */",
    "MATCH (n) // '\nDELETE n // '",
    "MATCH (n)SET n.x=1",
    "MATCH(n)DELETE(n)",
    "RETURN 'a' AS x\tCREATE\n(n)",
    "RETURN 1AS x",
    "RETURN $ x",
    "RETURN $(x)",
    "MATCH (n:$(x)) RETURN n",
    "MATCH (n $props) RETURN n",
    "\x00RETURN 1 AS x",
    "RETURN 1 AS x \x00 CREATE (n)",
    "",
    "   ",
    "// only a note",
    "/* only a note */",
    "RETURN (1 AS x",
    "RETURN 1) AS x",
    "RETURN [1) AS x",
    "RETURN CASE WHEN true THEN 1 AS x",
    "(n) RETURN n",
    "{}",
    "'RETURN 1'",
    "WHERE true RETURN 1 AS x",
    "ſET n.x = 1",
    "MATCH (n) ſET n.x = 1",
    "MATCH (n) ＳＥＴ n.x = 1",
    "RETURN 1 AS x, " * 5000,
]
BENIGN = """
MATCH (n) RETURN n
match (n) return n;
MATCH (n:Create) RETURN n
MATCH (n:`LOAD CSV`) RETURN n
MATCH (n:Set:Delete) RETURN n.id AS id
MATCH (a)-[:CREATE]->(b) RETURN a
MATCH (a)-[:SET|DELETE|MERGE]->(b) RETURN a
MATCH (a)-[:SET|CASE|NOT]->(b) RETURN a
MATCH (a)-[:DROP|:REMOVE]->(b) RETURN a
MATCH (n:Create|Delete) RETURN n
MATCH (n:Create&!Delete) RETURN n
MATCH (n) RETURN n.set AS x
MATCH (n) RETURN n.set, n.delete, n.create
MATCH (n) WHERE n.remove = 1 AND n.call = 2 RETURN n
MATCH (n) RETURN n.`LOAD CSV` AS `CREATE (n)`
MATCH (n) RETURN n.id AS delete
MATCH (n) RETURN n.id AS set, n.name AS call ORDER BY set, call
MATCH (set) RETURN set
MATCH (create)-[merge:X]->(delete) RETURN create, merge, delete
MATCH (match) RETURN match
WITH 1 AS load RETURN load
WITH 1 AS return RETURN return
UNWIND [1, 2] AS drop RETURN drop
MATCH (n {set: 1, delete: 2}) RETURN n
RETURN {create: 1, call: {load: 2}} AS map
RETURN {case: 1, not: 2, exists: 3} AS map
MATCH (n) RETURN n {.set, .delete, call: 1} AS map
MATCH (n) RETURN n {.*} AS map
RETURN $create AS x, $set AS y, $`load csv` AS z
RETURN 'CREATE (n)' AS x
RETURN "LOAD CSV FROM 'file:///x'" AS x
RETURN 'it\\'s; DELETE n' AS x
RETURN '// no note' AS x
RETURN '/* no note' AS x, "*/" AS y
RETURN 'a;b' AS x;
RETURN 1 AS x // CREATE (n); it's a note
RETURN /* CREATE 'n' */ 1 AS x
// DELETE everything? "No
RETURN '\\u8f66' AS car
RETURN '\\\\\\\\u0027 CREATE (n) //' AS x
RETURN '车; SET' AS 创建
MATCH (n) WHERE n.name STARTS WITH 'CREATE' OR n.name ENDS WITH 'SET' OR n.name CONTAINS 'CALL' RETURN n
MATCH (n) WHERE n.name =~ '.*DELETE.*' RETURN n
MATCH (n) WHERE n.created > 1 AND n.settled < 2 AND n.callback <> 3 RETURN n
MATCH (n) WHERE n:Create OR n:Person RETURN n
MATCH (n) WHERE NOT n:Create AND NOT (n)-[:SET]->() RETURN n
MATCH (n:Person WHERE n.age > 3) RETURN n
MATCH (a)-[e:X WHERE e.weight * 2 > 3]->(b) RETURN a
MATCH (a)-[:X*1..6]->(b) RETURN a
MATCH (a)-[:X*3]-(b) RETURN a
MATCH (a)<-[r:X*..2 {w: 2 * 3}]-(b) RETURN a
MATCH (a)-[:X*0..2]->(b) RETURN a
MATCH p = shortestPath((a:Person {id: $a})-[:FOLLOWS*..6]-(b:Person {id: $b})) RETURN length(p) AS hops
MATCH p = (a)-->(b)<--(c)--(d) RETURN nodes(p) AS n, relationships(p) AS r
MATCH (a), (b) WHERE a.x <> b.x RETURN a.x - b.x AS d, -a.x AS m, (a.x + b.x) * (a.x - b.x) AS q
RETURN 2 * 3 + 4 / 5 % 6 ^ 7 - -8 AS x
RETURN [1, 2, 3][0..2] AS a, [1, 2, 3][..-1] AS b, [1, 2][-1] AS c
RETURN [x IN range(1, 5) WHERE x % 2 = 0 | x * 2] AS x
RETURN range(0, 10000) AS x, any(x IN [1] WHERE x > 0) AS y, 5000000 AS z
MATCH (n) RETURN [(n)-[:SET]->(m) WHERE m.x > 0 | m.id] AS ids
MATCH (n) WHERE EXISTS { (n)-[:CREATE]->(:Delete) } RETURN n
MATCH (n) WHERE EXISTS { MATCH (n)-[:X]->(m) WHERE m.x = 1 RETURN m } RETURN n
MATCH (n) RETURN COUNT { p = (n)--() } AS c, COUNT { MATCH (n)-->() } AS d
MATCH (n) WHERE COUNT { (n)-[:X]->() } > 1 RETURN n
MATCH (n) RETURN count(*) AS c, count(DISTINCT n.x) AS d, sum(n.x) AS s
MATCH (n) RETURN CASE WHEN n.x IS NULL THEN 0 WHEN n.x IS NOT NULL AND n.y THEN 1 ELSE 2 END AS x
MATCH (n) RETURN CASE n.x WHEN 1 THEN 'SET' ELSE 'CREATE' END AS x ORDER BY x DESC SKIP 1 LIMIT $l
MATCH (n) RETURN count (n) AS c
MATCH (n) RETURN *
MATCH (n) WITH *, 1 AS x WITH DISTINCT n, x ORDER BY x SKIP $s LIMIT 3 WHERE x > 0 RETURN DISTINCT n
UNWIND $rows AS row RETURN row.set AS x UNION ALL RETURN 1 AS x
RETURN 1 AS x UNION RETURN 2 AS x UNION DISTINCT RETURN 3 AS x
OPTIONAL MATCH (n) RETURN n
MATCH (n) RETURN exists((n)-->()) AS x, coalesce(n.x, 0) AS y
RETURN date('2025-01-01') + duration({days: 3}) AS d, date.truncate('month', date()) AS m
RETURN duration.inDays(date('2025-01-01'), date('2025-03-05')).days AS days
RETURN 1.5e3 AS a, .5 AS b, 0x1F AS c, -1 AS d, true AS e, null AS f
RETURN NOT true AS x, 1 IN [1, 2] AS y, true XOR false AS z
MATCH (n) WHERE n.id IN $ids RETURN n.id AS id ORDER BY n.id ASC, n.name DESCENDING
MATCH (case) RETURN case.x AS x, case
MATCH (a:Person)-[:OWNS]->(:Vehicle {`create`: 1}) RETURN toUpper(a.name) AS x
"""


def lines(block: str) -> list[str]:
    return [line.replace("\\\\", "\\") for line in block.strip().splitlines()]


HOSTILE = [q for block in (WRITES, PROCEDURES, FILES_AND_ADMIN, STATEMENTS, PATHS) for q in lines(block)] + TRICKS


def test_there_are_many_families() -> None:
    assert len(HOSTILE) >= 120
    assert len(lines(BENIGN)) >= 60


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError) as caught:
        check(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", [q if not q.startswith("//") else q + "\nRETURN 1 AS x" for q in lines(BENIGN)] + ["RETURN 1 AS x; // and"]
)
def test_benign_passes(text: str) -> None:
    check(text)


@pytest.mark.parametrize("word", ["CREATE", "MERGE", "SET", "DELETE", "REMOVE", "DROP", "LOAD", "CALL", "SHOW", "USE"])
def test_the_message_names_the_clause_and_its_place(word: str) -> None:
    with pytest.raises(QueryRefusedError, match=rf"^{word} is refused at line 2, column 1"):
        check(f"MATCH (n)\n{word} x")


@pytest.mark.parametrize("call", ["CREATE (m)", "LOAD CSV FROM 'x' AS y", "CALL db.labels()"])
@pytest.mark.parametrize(
    "frame",
    [
        "{}",
        "MATCH (n) {}",
        "MATCH (n) WHERE n.x = 1 {}",
        "MATCH (n) WHERE {} RETURN n",
        "MATCH (n) RETURN n {}",
        "MATCH (n) RETURN {}",
        "MATCH (n) RETURN n ORDER BY n.x {}",
        "MATCH (n) RETURN n LIMIT 1 {}",
        "MATCH (n) WITH n AS m {} RETURN m",
        "UNWIND [1] AS x {} RETURN x",
        "MATCH (n) WHERE EXISTS {{ {} }} RETURN n",
        "MATCH (n) WHERE EXISTS {{ MATCH (m) {} }} RETURN n",
        "RETURN [x IN [1] | {}] AS x",
        "RETURN ({}) AS x",
        "RETURN {{a: {}}} AS x",
        "RETURN size({}) AS x",
        "RETURN 1 AS x UNION {}",
        "RETURN 1 AS x; {}",
        "RETURN CASE WHEN {} THEN 1 END AS x",
    ],
)
def test_no_place_hides_a_clause(frame: str, call: str) -> None:
    with pytest.raises(QueryRefusedError):
        check(frame.format(call))


def test_comments_become_spaces_and_places_stay() -> None:
    text = "RETURN 1 /* a\nb */ AS x, '// c' AS y // d"
    cleaned = without_comments(text)
    assert cleaned == "RETURN 1     \n     AS x, '// c' AS y     "
    assert len(cleaned) == len(text)


FRAGMENTS = st.sampled_from(
    [*"()[]{}.,:;|*-+<>=$'\"`\\ \n", "..", "//", "/*", "*/", "\\u0027", "MATCH", "RETURN", "WHERE", "EXISTS", "COUNT",
     "CASE", "WHEN", "END", "NOT", "AS", "IS", "NULL", "ORDER", "BY", "STARTS", "WITH", "UNION", "CREATE", "x", "1"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(max_size=200), st.lists(FRAGMENTS, max_size=60).map(" ".join), st.lists(FRAGMENTS).map("".join))
)
@example("RETURN ." * 3)
@example("." * 9)
def test_garbage_never_crashes(text: str) -> None:
    with contextlib.suppress(QueryRefusedError):
        check(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(FRAGMENTS, max_size=12).map(" ".join), st.lists(FRAGMENTS, max_size=12).map(" ".join))
def test_a_write_between_any_two_texts_without_quotation_is_refused(before: str, after: str) -> None:
    if any(sign in before for sign in ("'", '"', "`", "//", "/*", "\\")):
        return
    with pytest.raises(QueryRefusedError):
        check(f"{before} CREATE (n:X) {after}")


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(blacklist_characters="\\'", blacklist_categories=("Cs",)), max_size=60))
def test_any_text_in_quotes_passes(text: str) -> None:
    check(f"RETURN '{text}' AS x")


@pytest.mark.parametrize("text", ["(", "RETURN [", "RETURN '\\", "/*", "RETURN a.", "MATCH (a)-[:X*"])
def test_long_garbage_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError):
        check(text + text[-1] * (MAX_LENGTH - len(text)))


def test_too_long_a_text_is_refused() -> None:
    check("RETURN 1 AS x" + " " * (MAX_LENGTH - 13))
    with pytest.raises(QueryRefusedError, match="longer than 20,000 characters"):
        check("RETURN 1 AS x" + " " * (MAX_LENGTH - 12))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("RETURN reduce(s = 'x', i IN range(1, 40) | s + s) AS x", "reduce", "without bound"),
        ("RETURN reduce(l = [1], i IN range(1, 40) | l + [l, l]) AS x", "reduce", "without bound"),
        ("RETURN replace('aa', 'a', 'bbbbbbbbbbbbbbbbbbbb') AS x", "much longer", "replace"),
        ("RETURN " + "replace(" * 5 + "'a'" + ", 'a', 'bb')" * 5 + " AS x", "much longer", "replace"),
        ("UNWIND range(1, 10001) AS i RETURN i", "a range beyond 10,000", "bound it"),
        ("UNWIND range(1, 1000 * 2e9) AS i RETURN i", "a range beyond 10,000", "bound it"),
        ("WITH 1000 AS n UNWIND range(1, n) AS i RETURN i", "unknown length", "size"),
        ("UNWIND range(1, 2000) AS a UNWIND range(1, 2000) AS b RETURN a, b", "1,000,000 items", "less"),
        ("MATCH (a), (b), (c) RETURN count(*) AS n", "three parts", "connect"),
        ("MATCH (a)-[*1..3]-(b)-[*1..4]-(c) RETURN a", "more than 6 hops", "smaller"),
        ("RETURN 'aa' =~ '(a+)+' AS x", "regular expression", "CONTAINS"),
        ("RETURN 'aa' =~ '((a|aa)+)+b' AS x", "regular expression", "CONTAINS"),
        ("RETURN '\ud800' AS x", "half a character", "anew"),
        ("WITH 'x' AS s " + "WITH s + s AS s " * 13 + "RETURN s", "more than 12 plus signs", "fills the memory"),
    ],
)
def test_what_fills_the_memory_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(QueryRefusedError, match=message) as caught:
        check(text)
    assert hint in caught.value.hint


def test_sums_may_be_of_some_length() -> None:
    check("RETURN " + " + ".join("1234567890123") + " AS x")
