"""Mutants of hostile and benign queries: none that the guard accepts may write, open or call anything.

python benchmarks/guard_fuzz.py [--mutants 1000000] [--seed 1] [--server bolt://127.0.0.1:7687]... [--json FILE]

Every mutant goes through the guard, which may neither crash nor take long. What it accepts is asked of the embedded
index, which must stay as it is, and on each server by EXPLAIN, as CYPHER 5 and where the server knows it as CYPHER 25:
a plan that is no read, or that loads, calls or changes anything, is a bypass. NEO4J_PASSWORD opens the servers. A seed
always makes the same mutants, and ``--skip`` goes on after so many of them.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from table import report, row

from graph.errors import GraphvineError, QueryRefusedError
from graph.store.embedded.index.cypher_index import CypherIndex
from graph.store.embedded.index.run_query import run
from graph.store.guard import check
from graph.store.guard.tokens import tokens_of
from tests.hostile.benign import benign
from tests.hostile.harmless import BOUNDED
from tests.hostile.hostile import hostile
from tests.hostile.trial import small_index
from tests.queries.test_analysts import CASES

# CPU time of one text; a long one may take more, as it has more to read.
LIMIT_S, LIMIT_S_PER_SIGN = 0.05, 0.0001
_WORDS = (
    "CREATE MERGE SET DELETE DETACH REMOVE FOREACH INSERT LOAD CSV USE CALL IN NOT AS IS WITH RETURN MATCH WHERE UNION"
    " UNWIND CASE WHEN THEN ELSE END DISTINCT ALL ANY SHORTEST EXISTS COUNT COLLECT AND OR FROM TRANSACTIONS SHOW"
    " TERMINATE OPTIONAL YIELD ORDER BY SKIP LIMIT FINISH ON NULL TYPED BOTH DESC CONTAINS STARTS ENDS EXPLAIN PROFILE"
)
PIECES = (
    "CREATE (n)", "SET n.x = 1", "DELETE n", "DETACH DELETE n", "MERGE (n)", "REMOVE n.x", "INSERT (n)", "USE neo4j",
    "FOREACH (i IN [1] | CREATE ())", "LOAD CSV FROM 'file:///x' AS l", "CALL db.clearQueryCaches()", "SHOW USERS",
    "CALL { CREATE (n) }", "IN TRANSACTIONS", "CALL dbms.listConfig() YIELD name", "{", "}", "(", ")", "[", "]", "|",
    "*", "+", ".", ":", "=", ",", ";", "``", "`a`", "'x'", "//", "/*", "*/", "\n",
)  # fmt: skip
HARMFUL = (
    "LoadCSV", "Create", "Merge", "Set", "Delete", "Detach", "Remove", "Foreach", "TransactionForeach",
    "TransactionApply", "Administration", "Show", "Terminate",
)  # fmt: skip
ALLOWED = re.compile(r"db\.(labels|relationshipTypes|propertyKeys|schema\.\w+)")


WORDS = _WORDS.split()


class Mutants:
    """Mutants of the corpora, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        bad = [h.text for h in hostile() if h.family not in BOUNDED and len(h.text) < 400]
        good = [text for text in (*benign(), *(case["query"] for case in CASES)) if len(text) < 400]
        self.bad, self.good = [_pieces(text) for text in bad], [_pieces(text) for text in good]

    def one(self) -> str:
        """The next mutant."""
        rng = self.rng
        parts, kind = list(rng.choice(self.bad if rng.random() < 0.4 else self.good)), rng.random()
        if kind < 0.3:
            other = rng.choice(self.bad)
            parts = [*parts[: rng.randrange(len(parts) + 1)], " ", *other[rng.randrange(len(other) + 1) :]]
        elif kind < 0.55:
            for _ in range(rng.choice((1, 1, 2))):
                self._put(parts, rng.choice(PIECES if rng.random() < 0.7 else WORDS))
        elif kind < 0.85:
            # A variable is called like a keyword everywhere, and a hostile piece is put somewhere.
            names = sorted({part for part in parts if re.fullmatch(r"[a-z]\w{0,6}", part)})
            if names:
                old, word = rng.choice(names), rng.choice(WORDS)
                parts = [rng.choice((word, word.lower())) if part == old else part for part in parts]
            self._put(parts, rng.choice(PIECES))
        else:
            first, second = rng.randrange(len(parts)), rng.randrange(len(parts))
            if rng.random() < 0.5:
                del parts[first : first + rng.choice((1, 2))]
            else:
                parts[first], parts[second] = parts[second], parts[first]
            if rng.random() < 0.5:
                self._put(parts, rng.choice(PIECES))
        return "".join(parts)

    def _put(self, parts: list[str], piece: str) -> None:
        place = self.rng.randrange(len(parts) + 1)
        parts[place:place] = [" ", piece, " "]


def _pieces(text: str) -> list[str]:
    try:
        return [token.text for token in tokens_of(text)] or [" "]
    except QueryRefusedError:
        return re.findall(r"\s+|\w+|'[^']*'|`[^`]*`|.", text, re.DOTALL) or [" "]


def planning(uri: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    """For each language of a server its name, and a function that says what it makes of a text."""
    import neo4j

    driver = neo4j.GraphDatabase.driver(
        uri, auth=("neo4j", os.environ["NEO4J_PASSWORD"]), notifications_min_severity="OFF"
    )
    session = driver.session(default_access_mode=neo4j.READ_ACCESS)
    version = session.run(
        "CALL dbms.components() YIELD name, versions WHERE name CONTAINS 'Kernel' RETURN versions[0]"
    ).single(strict=True)[0]

    def explain(language: str, text: str) -> str:
        given = {ticked or bare: 1 for bare, ticked in re.findall(r"\$(?:(\w+)|`([^`]+)`)", text)}
        try:
            done = session.run(neo4j.Query(f"{language} EXPLAIN {text}", timeout=10), given).consume()
        except neo4j.exceptions.Neo4jError:
            return "not valid"
        steps = list(_steps(done.plan)) if done.plan else []
        harm = [kind for kind, _ in steps if kind.startswith(HARMFUL)]
        harm += [said for kind, said in steps if kind.startswith("ProcedureCall") and not ALLOWED.search(said)]
        return f"bypass: {done.query_type} {harm}" if done.query_type != "r" or harm else "valid"

    for language in ("CYPHER 5", *(("CYPHER 25",) if not version.startswith("5.") else ())):
        yield f"Neo4j {version}, {language}", lambda text, language=language: explain(language, text)


def _steps(plan: Any) -> Iterator[tuple[str, str]]:
    yield plan["operatorType"], str(plan.get("args", {}).get("Details", ""))
    for child in plan.get("children", ()):
        yield from _steps(child)


def content(index: CypherIndex) -> str:
    """All that the index holds."""
    looks = ("MATCH (n) RETURN n ORDER BY n.id", "MATCH (a)-[r]->(b) RETURN a.id AS a, r, b.id AS b ORDER BY a, b")
    return repr([run(index, look, {}, timeout_s=60, max_rows=100_000).rows for look in looks])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=1_000_000)
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--server", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after so long, with what was seen")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    places = [place for uri in options.server for place in planning(uri)]
    mutants, seen, slowest, done = Mutants(options.seed), Counter[str](), 0.0, 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        index = small_index(Path(folder))
        before = content(index)
        for number in range(options.skip + options.mutants):
            text = mutants.one()
            if number < options.skip:
                continue
            if time.monotonic() - began > options.seconds:
                break
            done, start = done + 1, time.process_time()
            try:
                query = check(text)
            except QueryRefusedError:
                query = None
            slowest = max(slowest, time.process_time() - start - LIMIT_S_PER_SIGN * len(text))
            seen["accepted"] += query is not None
            if query is None:
                continue
            for name, explain in places:
                found = explain(query.text)
                seen[f"{name}: {found.partition(':')[0]}"] += 1
                if found.startswith("bypass"):
                    print(f"{name}: {found}: {text!r}", flush=True)
            try:
                run(index, text, {}, timeout_s=1, max_rows=5)
                seen["embedded: answered"] += 1
            except GraphvineError:
                seen["embedded: refused"] += 1
        changed = before != content(index)
    bypasses = sum(count for name, count in seen.items() if name.endswith(": bypass")) + changed
    rows = [row("mutants", done, unit="texts"), row("accepted by the guard", seen.pop("accepted"), unit="texts")]
    rows += [row(name, count, unit="texts") for name, count in sorted(seen.items())]
    rows += [
        row("bypasses, and changes of the embedded index", bypasses, 0, unit="texts"),
        row("slowest, less 0.1 ms for each sign", slowest * 1000, LIMIT_S * 1000, unit="ms of CPU"),
    ]
    report(tuple(rows), options.json)
    raise SystemExit(1 if bypasses or slowest > LIMIT_S else 0)


if __name__ == "__main__":
    main()
