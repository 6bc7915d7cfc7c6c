"""Random queries over the part of Cypher that both engines know, from a small typed grammar."""

from __future__ import annotations

import random


class Generator:
    """Makes queries over the planted market; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.forget()

    def forget(self) -> None:
        self.numbers, self.texts, self.times, self.truths, self.names = [], [], [], [], []  # type: ignore[var-annotated]
        self.lists, self.patterns = [], []  # type: ignore[var-annotated]

    def pick(self, *choices: str) -> str:
        """One of some templates; N, T, L, B and D in braces stand for an expression of that kind."""
        return self.random.choice(choices)

    def fill(self, template: str, depth: int) -> str:
        makers = {"N": self.number, "T": self.text, "L": self.list, "B": self.truth, "D": self.time}
        parts = []
        for part in template.split("{"):
            mark, closed, rest = part.partition("}")
            parts.append(makers[mark](depth - 1) + rest if closed and mark in makers else part)
        return "".join(parts)

    def number(self, depth: int = 2) -> str:
        if depth <= 0 or self.random.random() < 0.35:
            return self.pick("1", "2", "3", "-1", "0.5", "2.5", "10", "$one", "$f", *self.numbers)
        templates = [
            "({N} + {N})", "({N} - {N})", "({N} * {N})", "({N} / 2)", "({N} / 4.0)", "({N} % 3)", "({N} % 2.5)", "-{N}",
            "round({N})", "round({N}, 1)", "round({N}, 2)", "abs({N})", "floor({N})", "ceil({N})", "sign({N})",
            "toFloat({N})", "toInteger({N})", "coalesce({N}, 0)", "size({T})", "size({L})",
            "({N} - {N} - {N})", "({N} + {N} * {N})", "(-{N} * {N} - -{N})", "({N} % 3 * 2)", "(- 2 ^ 2 + {N})",
            "CASE WHEN {B} THEN {N} ELSE {N} END", "CASE {N} WHEN {N} THEN {N} WHEN 1 THEN {N} END",
            "reduce(t = 0, x IN [1, 2, 3] | t + x * {N})",
        ]  # fmt: skip
        return self.fill(self.pick(*templates), depth)

    def text(self, depth: int = 2) -> str:
        if depth <= 0 or self.random.random() < 0.4:
            return self.pick("'a'", "'Ann'", "'上海'", "''", "'😀a'", "$s", *self.texts)
        templates = [
            "({T} + {T})", "toUpper({T})", "toLower({T})", "substring({T}, 1)", "substring({T}, 0, 2)", "left({T}, 1)",
            "right({T}, 3)", "trim({T})", "reverse({T})", "coalesce({T}, 'x')", "replace({T}, 'a', 'b')", "head({L})",
            "nullIf({T}, {T})", "CASE {T} WHEN {T} THEN {T} ELSE {T} END", "toString(size({T}))",
        ]  # fmt: skip
        return self.fill(self.pick(*templates), depth)

    def list(self, depth: int = 2) -> str:
        if depth <= 0 or self.random.random() < 0.3:
            return self.pick("['a', 'b']", "[]", "[null, 'a']", "['b', 'a', 'b']", *self.lists)
        templates = [
            "[{T}, {T}]", "tail({L})", "reverse({L})", "{L}[0..1]", "{L}[-1..]", "{L}[..2]", "({L} + {L})",
            "[y IN {L} WHERE y <> 'a' | y + 'z']", "split({T}, 'a')",
            "[y IN {L} WHERE NOT y = {T} OR y IS NULL | [y, 'a'][0]]", "[a IN {L} WHERE a <> 'b' | a + 'z']",
        ]  # fmt: skip
        return self.fill(self.pick(*templates), depth)

    def truth(self, depth: int = 2) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return self.pick("true", "false", "null = 1", *self.truths, *self.patterns)
        templates = [
            *(f"({{N}} {sign} {{N}})" for sign in ("<", ">", "<=", ">=", "=", "<>")),
            *(f"({{T}} {sign} {{T}})" for sign in ("<", ">", "=", "<>", "STARTS WITH", "ENDS WITH", "CONTAINS")),
            *(f"({{B}} {word} {{B}})" for word in ("AND", "OR", "XOR")),
            *(f"{word}(y IN {{L}} WHERE y = {{T}})" for word in ("any", "all", "none", "single")),
            "(NOT {B} AND {B})", "({B} OR {B} AND {B})", "({B} XOR {B} OR NOT {B})", "(NOT {N} = {N} OR {B})",
            "({N} < {N} <= {N})", "({N} + 1 > {N} * 2 <> 3)", "({T} + {T} IN {L} + {L})", "(NOT {T} IN {L} AND {B})",
            "(NOT {B})", "({T} IS NULL)", "({N} IS NOT NULL)", "({T} IN {L})", "({D} < {D})", "({D} >= {D})",
            "({D} = {D})",
            "({T} =~ '.*a.*')", "({T} =~ '(?i)[a-z]+')", "({T} =~ '..')",
        ]  # fmt: skip
        return self.fill(self.pick(*templates), depth)

    def time(self, depth: int = 0) -> str:
        literals = ("datetime('2026-01-01')", "datetime('2026-01-01T00:00:05Z')", "datetime({epochMillis: 1000})")
        return self.pick(*literals, "datetime('1970-01-01') + duration({days: 2})", *self.times)

    def node(self, name: str) -> str:
        label = self.pick("Person", "Person", "Product", "KOL", "User", "Person&KOL", "Person&!KOL", "KOL|Store", "")
        self.numbers += [f"{name}.followers", f"{name}.cost", f"{name}.price", f"COUNT {{ ({name})-[:VIEWED]->() }}"]
        self.lists += [f"[q IN ['b', {name}.id] WHERE {name}:KOL|User]", f"[q IN ['a'] WHERE {name}:KOL | q + 'b']"]
        self.texts += [f"{name}.id", f"{name}.name", f"{name}.city"]
        self.times.append(f"{name}.joined")
        self.truths += [f"{name}:KOL", f"{name}:KOL|User", f"EXISTS {{ ({name})-[:VIEWED]->(q) WHERE q.id > 'p1' }}"]
        self.patterns.append(f"({name})-[:FOLLOWS]->()")
        self.names.append(name)
        return f"({name}{':' + label if label else ''})"

    def link(self, name: str) -> str:
        types = self.pick("FOLLOWS", "VIEWED", "BOUGHT", "INTERACTED", "VIEWED|BOUGHT", "")
        hops = self.pick("", "", "", "*1..2", "*2")
        shown = self.pick(name, "")
        if shown and not hops:
            self.numbers.append(f"{name}.weight")
            self.times.append(f"{name}.time")
        return self.pick("-[{}]->", "<-[{}]-", "-[{}]-").replace("{}", shown + (f":{types}" if types else "") + hops)

    def query(self) -> str:
        """The next query."""
        self.forget()
        pattern = self.node("a")
        for number, name in enumerate("bc"[: self.random.choice([0, 1, 1, 2])]):
            pattern += self.link(f"r{number}") + self.node(name)
        text = self.pick("MATCH ", "MATCH ", "MATCH ", "OPTIONAL MATCH ") + pattern
        text += f" WHERE {self.truth()}" if self.random.random() < 0.6 else ""
        # Neo4j takes a pattern for a truth value only as a condition.
        self.patterns = []
        return f"{text} {self.ending()}"

    def ending(self) -> str:
        sums = [
            "count(*)", "count({T})", "count(DISTINCT {T})", "sum({N})", "min({T})", "max({D})", "avg({N})",
            "size(collect({T}))", "sum({N}) / count(*)", "count(*) > 2",
        ]  # fmt: skip
        name, orders = self.pick(*self.names), ("n DESC, k", "k", "k DESC")
        # Of a missing node Neo4j computes a grouping key as null, whatever it is; only plain properties are grouped.
        keys = (f"{name}.id", f"{name}.city", f"{name}.name")
        key = self.pick(*keys)
        endings = [
            f"RETURN {key} AS k, count(*) * 2 + coalesce(size({key}), 0) AS n ORDER BY {self.pick(*orders)}",
            f"RETURN {key} AS k, size([x IN collect({{T}}) WHERE x > 'a']) = 0 AS n ORDER BY k",
            f"WITH {name}.id AS {name}, {{N}} AS n RETURN {name} AS i, n AS n",
            "RETURN {T} AS x UNION ALL MATCH (u:Store) RETURN u.id AS x", "RETURN {T} AS x UNION RETURN 'a' AS x",
            "RETURN [a IN {L} | a] AS x",
            "RETURN {N} AS x, {T} AS y", "RETURN {B} AS x, {L} AS y", "RETURN DISTINCT {T} AS x, {B} AS y",
            f"RETURN {self.pick(*keys)} AS k, {self.pick(*sums)} AS n ORDER BY {self.pick(*orders)}",
            f"WITH {self.pick(*keys)} AS k, count(*) AS n, max({{N}}) AS m RETURN k AS k, n + 1 AS n, m AS m",
            f"WITH {name} AS z, count(*) AS n RETURN z.id AS z, n AS n ORDER BY {self.pick('n, z', 'z DESC')} LIMIT 2",
            f"WITH {name}, {{T}} AS t WHERE {{B}} RETURN t AS t, {name}.id AS i ORDER BY t, i",
        ]  # fmt: skip
        return self.fill(self.pick(*endings), 3)
