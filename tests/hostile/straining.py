"""Families that strain the engine or its parser: long paths, bombs, chance, dynamic names, endless texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tests.hostile.attacks import WRITES, Canary, Family, plain

_HOPS = (
    "*",
    "*1..",
    "*0..",
    "*..7",
    "*7",
    "*1..7",
    "*2..1000",
    "*7..8",
    "*..4294967296",
    "*0..99999999999999999999",
    "* ..",
    "* 1 ..",
)
_KNOWN = "MATCH (n:Person)-[:FOLLOWS%s]->(m) RETURN m"
_QUANTIFIERS = ("+", "*", "{1,}", "{0,}", "{,7}", "{7}", "{1,100}", "{2, 1000000}")
_DEEP = 20_000
_LONG = 300_000


def _long_paths(_: Canary) -> Iterator[str]:
    for hops in _HOPS:
        yield _KNOWN % hops
        yield f"MATCH p = (a:Person {{id: $a}})-[{hops}]-(b) RETURN length(p) AS l"
    yield "MATCH (n)-[*1..3]-(m)-[*1..3]-(o)-[*1..3]-(p) RETURN count(*) AS c"
    yield "MATCH (n)-[*1..6]-(m)-[*1..6]-(o) RETURN count(*) AS c"
    yield "MATCH (n) WHERE (n)-[*]->(:Product) RETURN n"
    yield "MATCH (n) WHERE EXISTS { (n)-[:FOLLOWS*]->(:Person) } RETURN n"
    yield "MATCH (n) RETURN COUNT { (n)-[*]->() } AS c"
    yield "MATCH (n) RETURN [(n)-[*]->(m) | m.id] AS ids"
    yield "MATCH (n) RETURN size([p = (n)-[:FOLLOWS*..]->() | p]) AS c"
    yield "MATCH (a:Person), (b:Person) RETURN shortestPath((a)-[*]-(b)) AS p"
    yield "MATCH p = shortestPath((a:Person {id: 'a'})-[*]-(b:Person {id: 'b'})) RETURN p"
    yield "MATCH p = allShortestPaths((a:Person {id: 'a'})-[:FOLLOWS*1..]-(b:Person {id: 'b'})) RETURN p"
    yield "MATCH p = shortestPath((a:Person {id: 'a'})-[*..15]-(b:Person {id: 'b'})) RETURN p"
    yield "MATCH (n)-[r* {kind: 'x'}]->(m) RETURN m"
    yield "MATCH (n)-[:A|B*2..]->(m) RETURN m"
    yield "MATCH (n)-[/**/*/**/]->(m) RETURN m"
    yield "MATCH (n)-[\\u002a]->(m) RETURN m"
    yield "MATCH (n)-[*1\\u002e.]->(m) RETURN m"
    yield "MATCH (n)-[*1..$k]->(m) RETURN m"
    yield "MATCH (n)-[*$k]->(m) RETURN m"
    yield "MATCH (n)-[*0x1..0xFF]->(m) RETURN m"
    yield "MATCH (n)-[*1..1_000]->(m) RETURN m"
    yield "MATCH (n)-[*１..６６]->(m) RETURN m"


def _quantified(_: Canary) -> Iterator[str]:
    for q in _QUANTIFIERS:
        yield f"MATCH (a:Person)-[:FOLLOWS]->{q}(b) RETURN b"
        yield f"MATCH ((x)-[:FOLLOWS]->(y)){q} RETURN x"
        yield f"MATCH p = (a:Person)((x)--(y) WHERE x.id <> y.id){q}(b) RETURN p"
    yield "MATCH (n) WHERE EXISTS { (n)-->+(:Product) } RETURN n"
    yield "MATCH (a)--+(b) RETURN count(*) AS c"
    yield "MATCH (a)<--*(b) RETURN count(*) AS c"


def _deep(_: Canary) -> Iterator[str]:
    yield f"RETURN {'(' * _DEEP}1{')' * _DEEP} AS x"
    yield f"RETURN {'[' * _DEEP}1{']' * _DEEP} AS x"
    yield f"RETURN {'{a: ' * _DEEP}1{'}' * _DEEP} AS x"
    yield f"RETURN {'NOT ' * _DEEP}true AS x"
    yield f"RETURN {'-' * _DEEP}1 AS x"
    yield f"RETURN {'- ' * _DEEP}1 AS x"
    yield f"RETURN 1{'+1' * _DEEP * 5} AS x"
    yield f"RETURN true{' OR true' * _DEEP * 2} AS x"
    yield f"RETURN {'CASE WHEN true THEN ' * _DEEP}1{' END' * _DEEP} AS x"
    yield f"RETURN {'abs(' * _DEEP}1{')' * _DEEP} AS x"
    yield f"MATCH (n) WHERE {'EXISTS { MATCH (n) WHERE ' * _DEEP}true{' }' * _DEEP} RETURN n"
    yield f"RETURN {'COUNT { MATCH (n) RETURN ' * _DEEP}1{' }' * _DEEP} AS x"
    yield f"MATCH (n:{'!' * _DEEP}A) RETURN n"
    yield f"MATCH (n:{'(' * _DEEP}A{')' * _DEEP}) RETURN n"
    yield f"MATCH (n){'--()' * _DEEP} RETURN n"
    yield f"RETURN 1 AS x{' UNION RETURN 1 AS x' * _DEEP}"
    yield f"WITH 1 AS x {'WITH x ' * _DEEP}RETURN x"
    yield f"{'(' * _DEEP * 5}"
    yield f"{'[{(' * _DEEP}"
    yield f"RETURN {'[x IN ' * _DEEP}[]{' | x]' * _DEEP} AS x"


def _long(_: Canary) -> Iterator[str]:
    for i, filling in enumerate((" ", "\n", "/**/", "// MATCH (n) RETURN n\n", "\t\r\n", "\xa0")):
        yield filling * (_LONG // len(filling)) + WRITES[i].text
        yield WRITES[i].text.replace(" ", filling * 2_000, 1)
    yield f"RETURN '{'x' * _LONG}' AS x UNION CREATE (n) RETURN 1 AS x"
    yield f"RETURN 1 AS `{'x' * _LONG}` UNION CREATE (n) RETURN 1 AS x"
    yield f"MATCH (n) WHERE n.id IN [{', '.join(['1'] * 50_000)}] SET n.x = 1"
    yield f"/* {'x' * _LONG} */ CREATE (n)"
    yield f"// {'x' * _LONG}\nCREATE (n)"
    yield f"RETURN 1 AS x {'UNION RETURN 1 AS x ' * 300}UNION CREATE (n) RETURN 1 AS x"


def _unfinished(_: Canary) -> Iterator[str]:
    yield from ("", " ", "\n\n", ";", "// nothing", "/* nothing */", "/* open", "/*", "/* a /* b */ */ /* open", "/")
    for quote in ("'", '"', "`"):
        yield f"RETURN {quote}open"
        yield f"RETURN {quote}"
        yield f"MATCH (n {{name: {quote}x}}) RETURN n"
        yield f"CREATE (n:{quote}open\\{quote}"
        yield f"CREATE (n) // {quote}"
        yield f"MATCH (n) DELETE n {quote}"
        yield f"RETURN {quote}a{quote}{quote} AS x"
    yield from ("RETURN 'x\" AS x", "RETURN \"x' AS x", "RETURN `x' AS x", "MATCH (n) RETURN n /* SET n.x = 1")
    yield from (
        "MATCH (n",
        "MATCH (n) RETURN [1",
        "MATCH (n) RETURN n}",
        "MATCH (n)) RETURN n",
        "RETURN ([)]",
        "RETURN {a: 1",
    )
    yield from ("$", "RETURN $", "RETURN $ AS x", "RETURN $`x AS x", "\\", "RETURN \\u", "`", "'", '"', "(", "}")


def _control(_: Canary) -> Iterator[str]:
    for mark in (
        "\x00",
        "\\u0000",
        "\x01",
        "\x08",
        "\x1b[2J",
        "\x7f",
        "\ud800",
        "\udc00",
        "\udfff\ud800",
        "\ufffe",
        "\U0010ffff",
    ):
        yield f"MATCH (n) RETURN n{mark}"
        yield f"MATCH (n) {mark} SET n.x = 1"
        yield f"{mark}CREATE (n)"
        yield f"CRE{mark}ATE (n)"
    for lone in ("\ud800", "\udc00", "\udbff"):
        yield f"RETURN '{lone}' AS x"
        yield f"MATCH (n:`{lone}`) RETURN n"
        yield f"// {lone}\nRETURN 1 AS x"
    yield from (
        "RETURN '\x00' AS x UNION CREATE (n) RETURN 1 AS x",
        "RETURN 1 AS x\x00CREATE (n)",
        "MATCH (n\x00) DELETE n",
    )
    yield from ("\\ud83d\\ude00 CREATE (n)", "\\ud83d CREATE (n)", "CREATE (n:\\ud83d)", "RETURN 1 AS \\udc00\\ud800")


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "long paths": _long_paths,
        "quantified paths": _quantified,
        "path selectors": plain(
            "MATCH p = SHORTEST 1 (a:Person)--+(b:Person) RETURN p",
            "MATCH p = SHORTEST 3 (a:Person)-[:FOLLOWS]->{1,9}(b) RETURN p",
            "MATCH p = SHORTEST 2 GROUPS (a)--+(b) RETURN p",
            "MATCH p = ALL SHORTEST (a:Person)--+(b:Person) RETURN p",
            "MATCH p = ANY (a:Person)-->+(b) RETURN p",
            "MATCH p = ANY SHORTEST (a)--*(b) RETURN p",
            "MATCH p = ANY 5 PATHS (a)-->+(b) RETURN p",
            "MATCH p = SHORTEST $k (a)--+(b) RETURN p",
            "MATCH REPEATABLE ELEMENTS p = (a)-->{1,100}(b) RETURN p",
            "MATCH DIFFERENT RELATIONSHIPS p = (a)-->*(b) RETURN p",
            "MATCH WALK (a)-->+(b) RETURN a",
            "MATCH TRAIL (a)-->+(b) RETURN a",
            "MATCH ACYCLIC (a)-->+(b) RETURN a",
            "MATCH (n) RETURN COUNT { p = ALL SHORTEST (n)--+(:Person) } AS c",
        ),
        "cartesian bombs": plain(
            "MATCH (a), (b), (c) RETURN count(*) AS c",
            "MATCH (a), (b), (c), (d), (e) RETURN count(*) AS c",
            "MATCH (a) MATCH (b) MATCH (c) MATCH (d) RETURN count(*) AS c",
            "MATCH (a:Person), (b:Person), (c:Person) RETURN a.id AS a, b.id AS b, c.id AS c",
            "MATCH (a)-->(b), (c)-->(d), (e)-->(f) RETURN count(*) AS c",
            "MATCH (a)--(b) MATCH (c)--(d) MATCH (e)--(f) RETURN count(*) AS c",
            "MATCH ()--(), ()--(), ()--() RETURN count(*) AS c",
            "MATCH (a), (b), (c) WHERE a.x + b.x + c.x > 0 RETURN a, b, c",
            "MATCH (a) WITH a MATCH (b) WITH a, b MATCH (c) RETURN count(*) AS c",
            "MATCH (a) OPTIONAL MATCH (b) OPTIONAL MATCH (c) OPTIONAL MATCH (d) RETURN count(*) AS c",
            "MATCH (a:Person), (b:Product), (c:Vehicle), (d:Topic) RETURN a, b, c, d",
            "MATCH (a) RETURN COUNT { MATCH (b), (c), (d) } AS c",
            "MATCH (a) WHERE EXISTS { MATCH (b), (c), (d) WHERE b.x = c.x + d.x } RETURN a",
        ),
        "memory bombs": plain(
            "RETURN range(1, 1000000000) AS x",
            "RETURN size(range(0, 9223372036854775807)) AS x",
            "UNWIND range(1, 1000000000) AS x RETURN collect(x) AS xs",
            "UNWIND range(1, 1000000000) AS x RETURN DISTINCT x",
            "UNWIND range(1, 1000000000) AS x WITH x ORDER BY -x RETURN x LIMIT 1",
            "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN count(*) AS c",
            "UNWIND range(1, 9000) AS a UNWIND range(1, 9000) AS b UNWIND range(1, 9000) AS c RETURN count(*) AS c",
            "RETURN reduce(s = 'xxxxxxxx', i IN range(1, 40) | s + s) AS s",
            "RETURN size(reduce(s = 'x', i IN range(1, 60) | s + s)) AS s",
            "RETURN reduce(l = [1], i IN range(1, 40) | l + l) AS l",
            "RETURN reduce(l = [1, 2], i IN range(1, 30) | l + [l, l]) AS l",
            "WITH 'xxxxxxxxxxxxxxxx' AS s RETURN reduce(t = s, i IN range(1, 1000000) | t + s) AS t",
            "RETURN [a IN range(1, 100000) | [b IN range(1, 100000) | a * b]] AS l",
            "RETURN [a IN range(1, 1000000) | range(1, a)] AS l",
            "WITH range(1, 1000000) AS l UNWIND l AS a UNWIND l AS b RETURN a + b AS c",
            "WITH range(1, 1000000) AS l RETURN size([a IN l WHERE a IN l]) AS c",
            "RETURN replace('xxxxxxxxxx', '', reduce(s = 'x', i IN range(1, 30) | s + s)) AS s",
            "RETURN size(lpad('x', 2147483647, 'y')) AS s",
            "RETURN size(rpad('x', 2147483647, 'y')) AS s",
            "UNWIND range(1, $n) AS x UNWIND range(1, $n) AS y RETURN collect([x, y]) AS l",
            "MATCH (n) UNWIND range(1, 1000000000) AS x RETURN n, x",
            "RETURN 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' =~ '((a|aa)+)+b' AS x",
            "RETURN range(1, 10000000, 1) + range(1, 10000000, 1) AS x",
            "RETURN \\u0072ange(1, 1000000000) AS x",
            "RETURN `range`(1, 1000000000) AS x",
            "RETURN range /* */ (1, 1000000000) AS x",
            "RETURN range(-1000000000, 0) AS x",
            "RETURN range(1, 1000 * 1000 * 1000) AS x",
            "RETURN range(1, 0x7fffffff) AS x",
            "RETURN range(1, toInteger('1000000000')) AS x",
            "WITH 1000000000 AS n RETURN range(1, n) AS x",
            "RETURN range(1, 1000000000, -1 + 2) AS x",
        ),
        "chance": plain(
            "RETURN rand() AS x",
            "MATCH (n:Person) RETURN n ORDER BY rand() LIMIT 10",
            "MATCH (n:Person) WHERE rand() < 0.1 RETURN n",
            "RETURN randomUUID() AS x",
            "RETURN \\u0072and() AS x",
            "RETURN `rand`() AS x",
            "RETURN RAND() AS x",
            "RETURN rand /**/ () AS x",
            "RETURN [x IN [1] | randomUuid()] AS x",
            "MATCH (n:Person) RETURN n {.id, r: rand()} AS m",
            "MATCH (n:Person) WITH n, rand() AS r WHERE EXISTS { (n)--() WHERE r > 0.5 } RETURN n",
        ),
        "dynamic names": plain(
            "MATCH (n:$($label)) RETURN n",
            "MATCH (n:$any($labels)) RETURN n",
            "MATCH (n:$all($labels)) RETURN n",
            "MATCH (n)-[r:$($type)]->(m) RETURN m",
            "MATCH (n)-[r:$any($types)]->(m) RETURN m",
            "MATCH (n:$('Per' + 'son')) RETURN n",
            "WITH 'Person' AS l MATCH (n:$(l)) RETURN n",
            "MATCH (n:$ ($label)) RETURN n",
            "MATCH (n:Person|$($label)) RETURN n",
            "MATCH (n) WHERE n:$($label) RETURN n",
            "MATCH (n IS $($label)) RETURN n",
            "MATCH (n) WHERE EXISTS { (n)-[:$($type)]->() } RETURN n",
            "MATCH (n:\\u0024($label)) RETURN n",
            "CREATE (n:$($label))",
            "CREATE (a)-[:$($type)]->(b)",
            "MERGE (n:$($label) {id: 1})",
            "MATCH (n) SET n:$($label)",
            "MATCH (n) SET n:$(n.kind)",
            "MATCH (n) REMOVE n:$($label)",
            "MATCH (n) SET n[$key] = 1",
            "MATCH (n) SET n[$a + $b] = $v",
            "MATCH (n) REMOVE n[$key]",
        ),
        "parameters as names": plain(
            "MATCH (n:$label) RETURN n",
            "MATCH ($n) RETURN 1 AS x",
            "MATCH (n)-[:$type]->(m) RETURN m",
            "MATCH (n) RETURN n.$key AS x",
            "MATCH (n) RETURN n AS $name",
            "MATCH (n $props) RETURN n",
            "MATCH (n {$key: 1}) RETURN n",
            "RETURN $f(1) AS x",
            "$clause (n)",
            "MATCH (n) $rest",
            "CALL $p",
            "USE $g RETURN 1 AS x",
            "MATCH (n) WHERE $predicate SET n.x = $x",
            "RETURN $$x AS x",
            "RETURN $'x' AS x",
            "RETURN ${x} AS x",
            "RETURN $a.$b AS x",
            "LOAD CSV FROM $x AS $y RETURN 1 AS z",
            "SHOW $what",
            "DROP INDEX $name",
            "CREATE USER $name SET PASSWORD $p",
            "RETURN $`x` AS x UNION CREATE (n) SET n = $`SET` RETURN 1 AS x",
        ),
        "deep nesting": _deep,
        "long texts": _long,
        "unfinished": _unfinished,
        "control characters": _control,
    }
)
