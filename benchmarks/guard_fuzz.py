"""Feed the guard what nobody would write: a million inputs, none of which may crash it or take long.

python benchmarks/guard_fuzz.py [--inputs 1000000] [--seed 1] [--json FILE]

Inputs are queries cut, joined and spoilt, random words and signs, and a few long ones that repeat a piece or put it
into itself. An input ends in one sentence or in a tree, and what is read is written for Neo4j and for the embedded
engine: nothing that goes out holds a backslash, and a name in it is never ended by what is in it.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from table import report, row

import queries
from graph.errors import QueryRefusedError
from graph.schema import MARKET
from graph.store.embedded.dialect import Dialect
from graph.store.guard import MAX_LENGTH, understood
from graph.store.guard.kinds import market_of
from graph.store.guard.writing import Writer

# CPU time of an input; a long one may take more, as it has more to read.
LIMIT_S, LIMIT_S_PER_SIGN = 0.05, 0.0001
KNOWN = market_of(MARKET)
_QUOTED = re.compile(r"`(?:[^`]|``)+`|'[^']*'")
_WRITES = frozenset({"CREATE", "MERGE", "SET", "DELETE", "REMOVE", "CALL", "LOAD", "CSV", "DROP", "FOREACH"})
PARAMETERS = {
    "p": [1, 2.0, "x"],
    "id": "a\\u0060 //",
    "k": "a` AS x UNION CREATE (n) //",
    "m": {"a": {"b": 1}},
    "a\\b": [True],
}
SIGNS = [
    *"()[]{}.,:;|&!*+-/%^<>=$'\"`\\ \n\t",
    "..",
    "//",
    "/*",
    "*/",
    "=~",
    "<>",
    "<-",
    "->",
    "--",
    "\\u0027",
    "\\\\u0060",
    "\\\\u00750060",
    "\ud800",
]
WORDS = [
    "MATCH",
    "OPTIONAL",
    "WHERE",
    "WITH",
    "RETURN",
    "UNWIND",
    "ORDER",
    "BY",
    "SKIP",
    "LIMIT",
    "UNION",
    "ALL",
    "DISTINCT",
    "AS",
    "IN",
    "IS",
    "NULL",
    "NOT",
    "AND",
    "OR",
    "XOR",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "EXISTS",
    "COUNT",
    "STARTS",
    "ENDS",
    "CONTAINS",
    "CREATE",
    "MERGE",
    "SET",
    "DELETE",
    "CALL",
    "LOAD",
    "CSV",
    "range",
    "reduce",
    "size",
    "date",
    "datetime",
    "duration",
    "collect",
    "count",
    "sum",
    "labels",
    "type",
    "shortestPath",
    "a",
    "b",
    "n",
    "x",
    "1",
    "2.5",
    "'text'",
    "王",
    "$p",
    "n.name",
    "[1,2]",
    "(n)",
    "(n:Person)",
    "-[:VIEWED]->",
    "-[r*1..3]-",
    "{id:",
    "$id}",
    "{.name}",
    "[x",
    "IN",
    "xs",
    "|",
    "x]",
    "any(x",
    "IN",
    "xs",
    "WHERE",
    "x)",
    "=~",
    "'(a|b)*'",
    "n:Person|KOL",
    "n:!A",
    "n",
    "{.*}",
    "n[$id]",
    "n[$k]",
    "$m",
    "`a\\b`",
    "$`a\\b`",
    "`a\\\\u0060`",
    "'C:\\\\users'",
]
# What may be repeated, and what may be put into itself.
AGAIN = [
    " AND n.id = 'x'", " OR n:KOL", " XOR true", " - 1", " * 2", " + 1", " ^ 2", ".b", "[0]", " IS NULL", " IN [1]",
    "NOT ", "- ", "!", ", 1", " < 1", "|KOL", ":KOL", ", (n)", "-[:FOLLOWS]-(n)", " WITH n", " WITH {a: m, b: m} AS m",
    "n, ", "`a` ", " UNION RETURN 1 AS x", " RETURN 1 AS x", "\\\\", "'x' ", "//\n", "/**/", " =~ 'a*'", "a.b.",
    " UNWIND [n, n] AS x", " UNWIND [m, {a: m}] AS m", " WITH [m] AS m", " WITH [m, m] AS m",
    " WITH {a: m} AS m", " WITH collect(m) AS m", " WITH [x IN [1] | m] AS m",
]  # fmt: skip
NESTED = [
    ("(", ")"), ("[", "]"), ("[x IN ", " | x]"), ("[x IN ", ", 1]"), ("[x IN [1] WHERE ", " | x]"), ("{a: ", "}"),
    ("CASE WHEN true THEN ", " END"), ("labels(nodes(p)[size(", ")])"), ("(1 < ", " < 3)"), ("size(", ")"),
    ("EXISTS { MATCH (n) WHERE ", " }"), ("COUNT { (n)-[*1..2]-({id: ", "}) }"), ("reduce(t = 0, x IN [1] | ", ")"),
    ("any(x IN [1] WHERE ", ")"), ("coalesce(1, ", ")"), ("round(", ", 2)"), ("n {a: ", "}"), ("[(n)--(m) | ", "]"),
    ("toFloat(", ")"), ("(n:KOL AND ", ")"), ("xs[", "]"), ("[1] + [", "]"), ("(1 / ", ")"), ("max(", ")"),
]  # fmt: skip


def inputs(count: int, seed: int) -> Iterator[str]:
    """The inputs, the same for the same seed."""
    rng = random.Random(seed)
    whole = [queries.load(name).text.split("\nMATCH", 1)[-1] for name in queries.names()]
    whole = ["MATCH" + text for text in whole]
    for _ in range(count):
        kind = rng.random()
        if kind < 0.002:
            yield long(rng)
        elif kind < 0.03:
            yield nested(rng)
        elif kind < 0.4:
            yield " ".join(rng.choices(WORDS, k=rng.randint(1, 25)))
        elif kind < 0.6:
            yield "".join(rng.choices([*SIGNS, *WORDS], k=rng.randint(1, 40)))
        elif kind < 0.9:
            yield spoilt(rng, rng.choice(whole))
        else:
            first, second = rng.choice(whole), rng.choice(whole)
            yield first[: rng.randint(0, len(first))] + second[rng.randint(0, len(second)) :]


def long(rng: random.Random) -> str:
    """A query as long as it may be, of one or two pieces."""
    first = rng.choice(
        ["RETURN ", "MATCH (n:Person) WHERE true", "MATCH p = (n)--(m) RETURN n", "WITH {a: 1} AS m", "MATCH (n:"]
    )
    pieces = rng.choices(AGAIN, k=rng.randint(1, 2))
    room = rng.choice([500, 4_000, MAX_LENGTH - 100]) - len(first)
    return (
        first
        + "".join(pieces) * (room // sum(map(len, pieces)))
        + rng.choice(["", " RETURN n", " RETURN 1 AS x", " AS x"])
    )


def nested(rng: random.Random) -> str:
    """A query of pieces within each other, about as deep as they may be."""
    pairs = rng.choices(NESTED, k=rng.randint(1, 3)) * rng.randint(1, 45)
    inner = rng.choice(["1", "true", "n.id", "[1]", "n:KOL|User", "$p", "count(*)", "x"])
    whole = "".join(first for first, _ in pairs) + inner + "".join(last for _, last in reversed(pairs))
    before = rng.choice(["", "", "MATCH p = (n)-[:FOLLOWS*1..2]->(m) ", "WITH [1] AS xs, 1 AS x "])
    return f"{before}RETURN {whole} AS c" if rng.random() < 0.7 else f"MATCH p = (n)--(m) WHERE {whole} RETURN n"


def spoilt(rng: random.Random, text: str) -> str:
    """A query with some places changed."""
    for _ in range(rng.randint(1, 4)):
        place = rng.randint(0, len(text))
        more = rng.choice([rng.choice(SIGNS), rng.choice(WORDS), chr(rng.randint(1, 0x2FFF)), ""])
        text = text[:place] + more + text[place + rng.randint(0, 3) :]
    return text


def sent(text: str) -> str:
    """What went out for an input: nothing where it was refused, and what is wrong where something is."""
    found = understood(text, None, None)
    for writer in (Writer, Dialect):
        try:
            found = understood(text, PARAMETERS, KNOWN.properties)
            written = writer(found, KNOWN.labels).written().text
        except QueryRefusedError as error:
            if not error.hint:
                return "refused without a hint"
            continue
        if "\\" in written:
            return "a backslash went out"
        outside = _QUOTED.sub("", written)
        if "`" in outside or "'" in outside or _WRITES & set(outside.split()):
            return "a name ended early"
    return "read"


def outcome(text: str) -> str:
    """What became of an input."""
    try:
        return sent(text)
    except QueryRefusedError as error:
        return "refused" if error.hint else "refused without a hint"
    except Exception as error:
        return f"crashed: {type(error).__name__}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--show", action="store_true", help="print each input that is a defect")
    options = parser.parse_args()
    seen, slow, slowest = Counter[str](), 0, 0.0
    for text in inputs(options.inputs, options.seed):
        start = time.process_time()
        found = outcome(text)
        taken = time.process_time() - start
        seen[found] += 1
        late = taken > LIMIT_S + LIMIT_S_PER_SIGN * len(text)
        slow += late
        slowest = max(slowest, taken - LIMIT_S_PER_SIGN * len(text))
        if options.show and (late or found not in ("read", "refused")):
            print(f"{found} {taken:.3f} s: {text[:300]!r}")
    wrong = sum(count for name, count in seen.items() if name not in ("read", "refused"))
    rows = (
        row("inputs of the guard", options.inputs, unit="inputs"),
        row("read and written for both engines", seen["read"], unit="inputs"),
        row("refused with a hint", seen["refused"], unit="inputs"),
        row("crashed, went out wrongly, or refused without a hint", wrong, 0, unit="inputs"),
        row("took longer than 50 ms and 0.1 ms for each sign", slow, 0, unit="inputs"),
        row("slowest, less 0.1 ms for each sign", slowest * 1000, LIMIT_S * 1000, unit="ms of CPU"),
    )
    report(rows, options.json)
    raise SystemExit(1 if slow or wrong else 0)


if __name__ == "__main__":
    main()
