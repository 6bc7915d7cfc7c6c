"""Families that dress an attack up: comments, escapes, white space, look-alike letters, prefixes, names and quotes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from tests.hostile.attacks import WRITES, Canary, Family, core, plain

_COMMENTS = ("/**/", "/* MATCH */", " // RETURN 1\n", "/*\n*/", "//*\n", "/*/ */", "/***/", " //\r\n")
_SPACES = (
    *"\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2003\u2007\u200a\u2028\u2029\u202f\u205f\u3000",
    *"\u180e\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202e\u2066",
    "\\u0020",
    "\\u000a",
    "\\u00A0",
)
_PREFIXES = (
    "EXPLAIN",
    "PROFILE",
    "EXPLAIN PROFILE",
    "CYPHER 5",
    "CYPHER 25",
    "CYPHER 4.4",
    "CYPHER planner=idp",
    "CYPHER 5 runtime=slotted",
    "CYPHER runtime=parallel replan=force",
    "CYPHER 5 EXPLAIN",
    "PROFILE CYPHER 5",
    "CYPHER expressionEngine=interpreted debug=tostring",
    "CYPHER inferSchemaParts=most_selective_label",
    "EXPLAIN FORMAT=json",
    "5",
)
_CYRILLIC = str.maketrans("ACEHKMOPTXacehikmopstxy", "АСЕНКМОРТХасеһікморѕтху")
_GREEK = str.maketrans("ABEHIKMNOPTXZv", "ΑΒΕΗΙΚΜΝΟΡΤΧΖν")


def _full_width(word: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) for c in word)


def _bold(word: str) -> str:
    return "".join(chr(0x1D400 + ord(c) - ord("A")) for c in word.upper())


def _folding(word: str) -> str:
    """Letters that become the plain ones in upper case, lower case or under NFKC."""
    return word.replace("S", "ſ").replace("K", "\u212a").replace("I", "ı").replace("FF", "ﬀ")


def _marked(word: str) -> str:
    return word[0] + "\u0301" + word[1:]


def _split_by(mark: str) -> Callable[[str], str]:
    return lambda word: word[:2] + mark + word[2:]


def _alternating(word: str) -> str:
    return "".join(c.lower() if i % 2 == 0 else c for i, c in enumerate(word))


def _escaped(word: str) -> str:
    return "".join(f"\\u{ord(c):04X}" for c in word)


def _first_escaped(word: str) -> str:
    return f"\\u{ord(word[0]):04x}{word[1:]}"


def _last_escaped(word: str) -> str:
    return f"{word[:-1]}\\u{ord(word[-1].lower()):04x}"


def _more_us(word: str) -> str:
    return f"\\uu{ord(word[0]):04x}{word[1:]}"


def _twice_escaped(word: str) -> str:
    return f"\\u005cu{ord(word[0]):04x}{word[1:]}"


def _other_escapes(word: str) -> str:
    return f"\\U{ord(word[0]):08x}{word[1:]}"


def _braced(word: str) -> str:
    return f"\\u{{{ord(word[0]):x}}}{word[1:]}"


def _dressed(*changes: Callable[[str], str], before: str = "") -> Family:
    def texts(canary: Canary) -> Iterator[str]:
        for change in changes:
            for attack in core(canary):
                yield before + attack.with_words(change)

    return texts


def _spaced(canary: Canary) -> Iterator[str]:
    attacks = core(canary)
    for i, space in enumerate(_SPACES):
        for attack in (attacks[i % len(attacks)], attacks[(i + 5) % len(attacks)], WRITES[i % len(WRITES)]):
            yield attack.with_spaces(space)
    for space in ("\ufeff", "\u200b", "\xa0", "\f", "\x00", "\x1a", "\u2028"):
        yield space + WRITES[2].text
        yield WRITES[0].text + space
        yield "RETURN 1 AS x" + space + "UNION CREATE (n) RETURN 2 AS x"


def _commented(canary: Canary) -> Iterator[str]:
    for i, attack in enumerate(core(canary)):
        for k in range(3):
            yield attack.with_spaces(_COMMENTS[(i + k) % len(_COMMENTS)])
        yield f"/* a reader */ {attack.text} // nothing"
        yield f"// MATCH (n) RETURN n\n{attack.text}"


def _prefixed(canary: Canary) -> Iterator[str]:
    for i, prefix in enumerate(_PREFIXES):
        for attack in core(canary)[i % 2 :: 3]:
            yield f"{prefix} {attack.text}"
    for prefix in _PREFIXES[6:]:
        yield f"{prefix} MATCH (n:Person) RETURN n"


def _several(canary: Canary) -> Iterator[str]:
    for attack in core(canary):
        yield f"MATCH (n:Person) RETURN n; {attack.text}"
        yield f"{attack.text};"
    yield from (
        "RETURN 1 AS x; RETURN 2 AS x",
        "RETURN 1 AS x;\nRETURN 2 AS x;",
        "RETURN 1 AS x\\u003b CREATE (n)",
        "RETURN 1 AS x;// CREATE\n CREATE (n)",
        "RETURN ';' AS x; CREATE (n)",
        "RETURN 1 AS `;`; CREATE (n)",
        "/*;*/ CREATE (n)",
        "; CREATE (n)",
        ";;; CREATE (n);",
        "RETURN 1 AS x；CREATE (n)",
        "RETURN 1 AS x\u037e CREATE (n)",
        "RETURN 1 AS x\nGO\nCREATE (n)",
        "RETURN 1 AS x\x00; CREATE (n)",
    )


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "comments between": _commented,
        "comments inside words": _dressed(_split_by("/**/"), _split_by("//\n")),
        "ends of comments": plain(
            "// x\nCREATE (n)",
            "// x\rCREATE (n)",
            "// x\r\nCREATE (n)",
            "// x\\u000aCREATE (n)",
            "// x\\u000d CREATE (n)",
            "// x\\u000A MATCH (n) DETACH DELETE n",
            "RETURN 1 AS x // \\u000a UNION CREATE (n) RETURN 2 AS x",
            "MATCH (n) // \\u000aSET n.x = 1",
            "/* x \\u002a/ CREATE (n)",
            "/* x *\\u002f CREATE (n)",
            "/* x \\u002a\\u002f CREATE (n) /* */",
            "\\u002f* x */ CREATE (n)",
            "\\u002f\\u002f x\nCREATE (n)",
            "/* /* */ CREATE (n) /* */",
            "/* /* */ CREATE (n) // */",
            "/* // */ CREATE (n)",
            "// /*\nCREATE (n) // */",
            "/* ' */ CREATE (n) /* ' */",
            '/* " */ MATCH (n) DELETE n /* " */',
            "/* ` */ MATCH (n) DELETE n // `",
            "RETURN '/*' AS x UNION CREATE (n) RETURN '*/' AS x",
            "RETURN '//' AS x UNION CREATE (n) RETURN 1 AS x",
            "RETURN '\\\\' AS x UNION CREATE (n) RETURN '//' AS x",
            'RETURN "/*" AS `*/` UNION CREATE (n) RETURN 1 AS `*/`',
            "MATCH (n) WHERE n.a = 1 /* 'x */ SET n.b = '*/'",
            "-- x\nCREATE (n)",
            "# x\nCREATE (n)",
            "<!-- --> CREATE (n)",
            "--> CREATE (n)",
            "/*! CREATE (n) */ CREATE (m)",
            "/*+ hint */ CREATE (m)",
            "//\u2028CREATE (n)\nCREATE (m)",
            "//\x85CREATE (n)\nCREATE (m)",
            "//\x0bCREATE (n)\nDROP INDEX i",
        ),
        "escaped words": _dressed(_escaped, _first_escaped, _last_escaped, before="\n"),
        "odd escapes": _dressed(_more_us, _twice_escaped, _other_escapes, _braced, _first_escaped),
        "escaped quotes": plain(
            "MATCH (n) WHERE n.name = 'x\\u0027 SET n.x = 1 //'",
            "MATCH (n {name: 'x\\u0027}) DETACH DELETE n //'}) RETURN n",
            'MATCH (n {name: "x\\u0022}) DETACH DELETE n //"}) RETURN n',
            "MATCH (n:`x\\u0060) DETACH DELETE n //`) RETURN n",
            "RETURN \\u0027x' AS x UNION CREATE (n) RETURN 'y' AS x",
            "RETURN 'x\\u0027 AS x UNION CREATE (n) RETURN 'y' AS x",
            "RETURN 'x\\u005c' AS x UNION CREATE (n) RETURN ' //' AS x",
            "RETURN 'x\\u005c\\u0027 AS x UNION CREATE (n) RETURN ' //' AS x",
            "RETURN 'x\\\\' AS x UNION CREATE (n) RETURN '\\\\' AS x",
            "RETURN 'x\\\\\\\\' AS x UNION CREATE (n) RETURN '' AS x",
            "RETURN 'x\\\\\\' y' AS x UNION CREATE (n) RETURN '' AS x",
            "RETURN 'it''s' AS x UNION CREATE (n) RETURN '' AS x",
            'RETURN "x\\"" AS x UNION CREATE (n) RETURN 1 AS x',
            "RETURN '\"' AS x UNION CREATE (n) RETURN '\"' AS x",
            'RETURN "\'" AS x UNION CREATE (n) RETURN "\'" AS x',
            "RETURN '`' AS x UNION CREATE (n) RETURN '`' AS x",
            "RETURN 1 AS `'` UNION CREATE (n) RETURN 2 AS `'`",
            'RETURN 1 AS `"` UNION MERGE (n:X) RETURN 2 AS `"`',
            "MATCH (n \\u007bname: 'x'}) SET n.x = 1",
            "MATCH (n) WHERE n.name = ’x’ SET n.x = 1",
            "MATCH (n) WHERE n.name = 'x’ SET n.x = 1 //'\nSET n.y = 2",
            "MATCH (n) WHERE n.name = '\\u2019' SET n.x = 1",
            "MATCH (n) WHERE n.name = '\\n' SET n.x = '\\u000a'",
            "MATCH (n) WHERE n.name = '\nSET n.a = 1' SET n.b = 1",
            "RETURN '\\q' AS x UNION CREATE (n) RETURN 1 AS x",
            "RETURN '\\u12' AS x",
            "RETURN '\\uZZZZ' AS x",
            "RETURN '\\u' AS x",
            "RETURN \\ AS x",
            "RETURN 1 \\u0041\\u0053 x UNION \\u0043REATE (n) RETURN 2 AS x",
        ),
        "back-ticks": plain(
            "MATCH (n:`Person`) SET n.`x` = 1",
            "MATCH (n:`a``b`) DETACH DELETE n",
            "MATCH (n:````) DETACH DELETE n",
            "MATCH (`n``) RETURN 1 //`) DELETE `n``) RETURN 1 //`",
            "RETURN 1 AS `` UNION CREATE (n) RETURN 2 AS ``",
            "RETURN 1 AS `a\\` UNION CREATE (n) RETURN 2 AS `a\\`",
            "MATCH (n:`A\\u0060) SET n.x = 1 //`) RETURN n",
            "MATCH (n:\\u0060A\\u0060) SET n.x = 1",
            "MATCH (n:`A\\u0060\\u0060B`) SET n.x = 1",
            "`MATCH` (n) `DETACH` `DELETE` n",
            "`CREATE` (n)",
            "CALL `db`.`clearQueryCaches`()",
            "CALL `apoc`.`cypher`.`doIt`('CREATE (n)', {})",
            "RETURN `apoc`.`cypher`.`runFirstColumnSingle`('MATCH (n) RETURN n', {}) AS x",
            "MATCH (`CREATE`) SET `CREATE`.x = 1",
            "MATCH (`//`) DELETE `//`",
            "MATCH (`/*`) SET `/*`.x = '*/'",
            "MATCH (n:`'`) DELETE n // '`",
            "MATCH (n) RETURN n.`a` UNION MATCH (n) DELETE n RETURN 1 AS `n.a`",
            "LOAD CSV FROM 'file:///x' AS `MATCH` RETURN `MATCH`",
            "SHOW `SETTINGS`",
            "DROP INDEX `i`",
            "USE `system` SHOW USERS",
            "MATCH (n:´x´) DELETE n",
        ),
        "words as names beside attacks": plain(
            "MATCH (create:Create {merge: 'SET'}) SET create.set = 'DELETE'",
            "MATCH (n:Set)-[:CREATE]->(m:Delete) DELETE m",
            "MATCH (match:Match) WHERE match.return = 'x' REMOVE match.where",
            "WITH 1 AS set SET set.x = 1",
            "MATCH (call) CALL db.labels() YIELD label AS yield RETURN yield",
            "MATCH (n) RETURN n.create AS merge UNION CREATE (n) RETURN 1 AS merge",
            "UNWIND [1] AS foreach FOREACH (in IN [foreach] | CREATE (:In))",
            "MATCH (load:Load) LOAD CSV FROM load.csv AS csv RETURN csv",
            "MATCH (exists) WHERE EXISTS { CREATE (exists) } RETURN exists",
            "MATCH (detach) WHERE detach.delete = true DETACH DELETE detach",
            "MATCH (n) WITH n AS return DELETE return",
            "MATCH (insert) INSERT (insert)-[:INSERT]->(:Insert)",
            "WITH {set: 1} AS map SET map.set = 2",
            "MATCH (n) WHERE n:Set SET n:Set",
            "MATCH (show:Show) RETURN show UNION SHOW USERS",
            "MATCH (use) USE use RETURN use",
        ),
        "white space": _spaced,
        "look-alike letters": _dressed(
            _full_width,
            lambda w: w.translate(_CYRILLIC),
            lambda w: w.translate(_GREEK),
            _bold,
            _folding,
            _marked,
            _split_by("\u200b"),
            _split_by("\u00ad"),
        ),
        "mixed case": _dressed(str.lower, str.title, _alternating, lambda w: _alternating(w.swapcase())),
        "prefixes": _prefixed,
        "several statements": _several,
        "old syntax": plain(
            "START n=node(*) RETURN n",
            "START n=node(0) MATCH (n)--(m) RETURN m",
            "START n=node:index(name='x') DELETE n",
            "START r=relationship(*) RETURN r",
            "CREATE (n {id: {param}})",
            "MATCH (n) WHERE n.id = {id} SET n.x = 1",
            "CREATE (n {props})",
            "MATCH n DELETE n",
            "MATCH n-[r]->m DELETE r",
            "MATCH (n) WHERE has(n.name) SET n.x = 1",
            "MATCH (n) RETURN n.name? AS x",
            "MATCH (n) RETURN n.name! AS x",
            "MATCH (n) WHERE NOT (n)-[?:KNOWS]->() DELETE n",
            "MATCH (n)-[:A|:B]->(m) SET m.x = 1",
            "MATCH (n) RETURN filter(x IN n.list WHERE x > 1) AS f",
            "MATCH (n) RETURN extract(x IN n.list | x) AS e",
            "MATCH (n) RETURN rels(n) AS r",
            "MATCH (n) WHERE exists(n.name) DELETE n",
            "CREATE (n) FOREACH (x in [1] : SET n.x = x)",
            "MATCH (n) SET n:`A`:`B` RETURN n.x as x, 1 <> 2 AS y, 1 != 2 AS z",
            "USING PERIODIC COMMIT CREATE (n)",
            "CYPHER 2.3 MATCH (n) RETURN n",
            "CYPHER 1.9 START n=node(*) RETURN n",
            "START DATABASE neo4j NOWAIT",
            "GRAPH OF 'file:///x' AS g RETURN g",
            "CONSTRUCT NEW (n) RETURN GRAPH",
        ),
    }
)
