"""Random queries of everyday shapes on both stores: the same rows, or a sentence from the embedded one.

python benchmarks/query_shapes.py --server bolt://127.0.0.1:7687 [--shapes 4000] [--seed 1] [--json FILE]

The database is emptied only where it holds nothing or the planted market; NEO4J_PASSWORD opens it. Patterns of one to
three hops, OPTIONAL MATCH, filters, sums with and without keys, WITH, CALL (x) { }, DISTINCT, ORDER BY and LIMIT are
drawn over the planted market. Rows without ORDER BY and lists are compared without their order.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from table import report, row

from graph.errors import GraphvineError
from tests.queries import engines
from tests.queries.test_analysts import alike, plain

ENDS = {
    "VIEWED": ("Vehicle", "Product"), "FAVOURITED": ("Vehicle", "Product"), "BOUGHT": ("Product", "Vehicle"),
    "OWNS": ("Vehicle",), "TEST_DROVE": ("Vehicle",), "RENTED": ("Vehicle",), "RATED": ("Product", "Vehicle"),
    "FOLLOWS": ("Person",), "INTERACTED": ("Person",), "REFERRED": ("Person",), "PROMOTES": ("Vehicle", "Product"),
    "EXPOSED_TO": ("Campaign",), "MENTIONS": ("Topic",), "SEARCHED": ("Vehicle", "Topic"),
}  # fmt: skip
TEXTS = {
    "Person": ("id", "city", "gender", "age_band"), "Vehicle": ("id", "brand", "body"), "Campaign": ("id", "name"),
    "Product": ("id", "brand", "category"), "Topic": ("id", "name"),
}  # fmt: skip
NUMBERS = {"Person": ("followers",), "Vehicle": ("price",), "Product": ("price",), "Campaign": ("budget",), "Topic": ()}
OPTIONAL = (
    "({v})-[w:BOUGHT]->(x)", "({v})<-[w:VIEWED]-(x)", "({v})-[w:FOLLOWS]-(x:Person)", "({v})--(x)",
    "({v})-[w:OWNS]->(x:Vehicle)",
)  # fmt: skip


class Shapes:
    """Queries, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.nodes, self.links = list[tuple[str, str]](), list[str]()

    def pick(self, *choices: str) -> str:
        """One of them."""
        return self.rng.choice(choices)

    def node(self, name: str, label: str) -> str:
        shown = self.pick("Person", "User", "KOL", "Person") if label == "Person" else label
        return f"({name}:{shown})" if self.rng.random() < 0.75 else f"({name})"

    def link(self, name: str, kind: str, direction: str) -> str:
        # Of a type that stands twice Neo4j counts the relationships twice.
        others = [other for other in ENDS if other != kind]
        kinds = kind if self.rng.random() < 0.8 else f"{kind}|{self.pick(*others)}"
        inner = name if self.rng.random() < 0.08 else f"{name}:{kinds}"
        return {">": f"-[{inner}]->", "<": f"<-[{inner}]-", "-": f"-[{inner}]-"}[direction]

    def chain(self) -> str:
        kind = self.pick(*ENDS)
        end = self.pick(*ENDS[kind])
        self.nodes, self.links = [("a", "Person"), ("b", end)], ["r"]
        text = self.node("a", "Person") + self.link("r", kind, self.pick(">", ">", ">", "-")) + self.node("b", end)
        if self.rng.random() < 0.45:
            if end == "Person":
                more = self.pick(*ENDS)
                last = self.pick(*ENDS[more])
                text += self.link("q", more, self.pick(">", "-")) + self.node("c", last)
            else:
                last = "Person"
                more = self.pick(*(k for k in ENDS if end in ENDS[k]))
                text += self.link("q", more, self.pick("<", "<", "-")) + self.node("c", last)
            self.nodes.append(("c", last))
            self.links.append("q")
        if self.rng.random() < 0.08:
            text = text.replace("]", self.pick("*1..2]", "*2]", "*1..3]"), 1)
            self.links.remove("r")
        return text

    def value(self) -> str:
        name, label = self.rng.choice(self.nodes)
        return f"{name}.{self.pick(*TEXTS[label], *NUMBERS[label])}"

    def text(self) -> str:
        name, label = self.rng.choice(self.nodes)
        return f"{name}.{self.pick(*TEXTS[label])}"

    def test(self) -> str:
        name, _ = self.rng.choice(self.nodes)
        tests = [
            f"{name}.id <> 'ann'", f"{name}.id IN ['ann', 'bo', 'v1', 'p1', 'kim']", f"{self.value()} IS NOT NULL",
            f"{self.text()} = {self.pick(*map(repr, ('上海', '曜驰', '露营')))}", f"NOT ({name})-[:OWNS]->()",
            f"EXISTS {{ ({name})<-[:VIEWED]-(z) }}", f"COUNT {{ ({name})--() }} > 3",
            f"toLower({name}.id) CONTAINS 'a'",
        ]  # fmt: skip
        if self.links:
            link = self.pick(*self.links)
            tests += [
                f"{link}.time >= datetime('2026-01-05')", f"{link}.weight > 20", f"{link}.weight IS NULL",
                f"date({link}.time) < date('2026-02-01')", f"type({link}) = 'VIEWED'",
            ]  # fmt: skip
        found = self.pick(*tests)
        return f"{found} {self.pick('AND', 'OR')} {self.pick(*tests)}" if self.rng.random() < 0.3 else found

    def total(self) -> str:
        name, _ = self.rng.choice(self.nodes)
        totals = [
            "count(*)", f"count({name})", f"count(DISTINCT {name})", f"collect(DISTINCT {self.value()})",
            f"size(collect({self.value()}))", f"min({name}.id)", f"max({name}.id)", f"count({self.value()})",
            f"sum(CASE WHEN {self.test()} THEN 1 ELSE 0 END)", "count(*) * 2 + 1",
        ]  # fmt: skip
        if self.links:
            link = self.pick(*self.links)
            totals += [
                f"sum({link}.weight)", f"avg({link}.weight)", f"max({link}.time)", f"round(avg({link}.weight), 1)",
                f"count(DISTINCT {link})",
            ]  # fmt: skip
        return self.pick(*totals)

    def key(self) -> str:
        name, _ = self.rng.choice(self.nodes)
        keys = [self.value(), self.value(), f"coalesce({self.text()}, '?')", f"{name}:KOL", f"size({name}.id)"]
        if self.links:
            link = self.pick(*self.links)
            keys += [f"type({link})", f"{link}.time.month", f"date({link}.time)"]
        return self.pick(*keys)

    def order(self, names: list[str]) -> str:
        self.rng.shuffle(names)
        return " ORDER BY " + ", ".join(name + self.pick("", " DESC") for name in names)

    def query(self) -> str:
        """The next query."""
        text = "MATCH " + self.chain()
        text += f" WHERE {self.test()}" if self.rng.random() < 0.45 else ""
        if self.rng.random() < 0.3:
            pattern = self.pick(*OPTIONAL).format(v=self.rng.choice(self.nodes)[0])
            text += f" OPTIONAL MATCH {pattern}" + (" WHERE x.id > 'b'" if self.rng.random() < 0.3 else "")
            self.nodes.append(("x", "Person" if "Person" in pattern else "Vehicle"))
            self.links += ["w"] if "[w" in pattern else []
        ends = (self.grouped, self.grouped, self.then, self.then, self.listed, self.per_row, self.counted)
        return text + self.rng.choice(ends)()

    def counted(self) -> str:
        return f" RETURN count({self.pick('*', 'DISTINCT a', 'b')}) AS n"

    def grouped(self) -> str:
        keys = [f"{self.key()} AS k{i}" for i in range(self.rng.choice((1, 1, 2)))]
        totals = [(f"n{i}", self.total()) for i in range(self.rng.choice((1, 1, 2)))]
        names = [f"k{i}" for i in range(len(keys))] + [n for n, total in totals if not total.startswith("collect")]
        items = [*keys, *(f"{total} AS {name}" for name, total in totals)]
        self.rng.shuffle(items)
        return " RETURN " + ", ".join(items) + (self.order(names) if self.rng.random() < 0.7 else "")

    def then(self) -> str:
        name, total = self.rng.choice(self.nodes)[0], self.total()
        n = "size(n)" if total.startswith("collect") else "n"
        text = f" WITH {name}, {total} AS n" + (f" WHERE {n} IS NOT NULL" if self.rng.random() < 0.5 else "")
        kind = self.rng.random()
        if kind < 0.4:
            text += f" MATCH ({name})-[e:{self.pick(*ENDS)}]{self.pick('->', '-')}(y)"
            return f"{text} RETURN {name}.id AS k, y.id AS j, {n} AS n, count(*) AS m" + self.order(["k", "j", "m"])
        if kind < 0.7:
            return f"{text} RETURN {name}.id AS k, {n} AS n" + self.order(["k", "n"])
        return f"{text} RETURN {n} AS n, count(*) AS m, count(DISTINCT {name}.id) AS d" + self.order(["n", "m"])

    def listed(self) -> str:
        names = [f"c{i}" for i in range(self.rng.choice((1, 2, 3)))]
        items = ", ".join(f"{self.value()} AS {name}" for name in names)
        limit = f" LIMIT {self.rng.choice((3, 5))}" if self.rng.random() < 0.5 else ""
        return f" RETURN {self.pick('', 'DISTINCT ')}{items}{self.order(names)}{limit}"

    def per_row(self) -> str:
        name = self.rng.choice(self.nodes)[0]
        inner = f"MATCH ({name})-[e:{self.pick(*ENDS)}]{self.pick('->', '-')}(y) RETURN y.id AS y, count(*) AS n"
        text = f" WITH DISTINCT {name} ORDER BY {name}.id LIMIT {self.rng.choice((2, 4))}"
        text += f" CALL ({name}) {{ {inner} ORDER BY n DESC, y LIMIT 2 }}"
        return f"{text} RETURN {name}.id AS k, y AS y, n AS n" + self.order(["k", "y", "n"])


def asked(engine: Any, text: str) -> tuple[Any, Any] | str:
    """The plain answer, or the words of an error."""
    try:
        return plain(text, *engine.run(text, {}))
    except GraphvineError as error:
        return f"{error.message[:90]} | {error.hint[:60]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--shapes", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    import neo4j

    auth = ("neo4j", os.environ["NEO4J_PASSWORD"])
    with (
        neo4j.GraphDatabase.driver(options.server, auth=auth, notifications_min_severity="OFF") as driver,
        tempfile.TemporaryDirectory() as folder,
    ):
        found = driver.execute_query("MATCH (n) RETURN count(n) AS n, count(n.id) AS ids").records[0]
        if found["n"] not in (0, 33) or found["ids"] != found["n"]:
            sys.exit(f"the database holds {found['n']} nodes: name an empty one")
        driver.execute_query("MATCH (n) DETACH DELETE n")
        engines.fill(driver, "neo4j")
        server, embedded = engines.Server(driver, "neo4j"), engines.embedded(Path(folder))
        shapes, seen, counts = Shapes(options.seed), set[str](), Counter[str]()
        while len(seen) < options.shapes:
            text = shapes.query()
            if text in seen:
                continue
            seen.add(text)
            theirs, ours = asked(server, text), asked(embedded, text)
            if isinstance(theirs, str):
                counts["not valid on Neo4j"] += 1
            elif isinstance(ours, str):
                counts["refused by the embedded store with a sentence"] += 1
                counts[f"refused: {ours}"] += 1
            elif alike(theirs, ours):
                counts["the same"] += 1
            else:
                counts["differ"] += 1
                print(f"{text}\n  Neo4j    {str(theirs)[:300]}\n  embedded {str(ours)[:300]}", flush=True)
    differ = counts.pop("differ", 0)
    rows = [row("shapes", len(seen), unit="queries")]
    rows += [row(name, count, unit="queries") for name, count in counts.most_common()]
    report((*rows, row("differ", differ, 0, unit="queries")), options.json)
    raise SystemExit(1 if differ else 0)


if __name__ == "__main__":
    main()
