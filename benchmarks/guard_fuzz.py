"""Feed the guard what nobody would write: a million inputs, none of which may crash it or take long.

python benchmarks/guard_fuzz.py [--inputs 1000000] [--seed 1] [--json FILE]

Inputs are queries cut, joined and spoilt, and random words and signs; an input ends in a tree or in one sentence.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from pathlib import Path

from table import report, row

import queries
from graph.errors import QueryRefusedError
from graph.store.guard import check

LIMIT_S = 0.05
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
]


def inputs(count: int, seed: int) -> Iterator[str]:
    """The inputs, the same for the same seed."""
    rng = random.Random(seed)
    whole = [queries.load(name).text.split("\nMATCH", 1)[-1] for name in queries.names()]
    whole = ["MATCH" + text for text in whole]
    for _ in range(count):
        kind = rng.random()
        if kind < 0.4:
            yield " ".join(rng.choices(WORDS, k=rng.randint(1, 25)))
        elif kind < 0.6:
            yield "".join(rng.choices([*SIGNS, *WORDS], k=rng.randint(1, 40)))
        elif kind < 0.9:
            yield spoilt(rng, rng.choice(whole))
        else:
            first, second = rng.choice(whole), rng.choice(whole)
            yield first[: rng.randint(0, len(first))] + second[rng.randint(0, len(second)) :]


def spoilt(rng: random.Random, text: str) -> str:
    """A query with some places changed."""
    for _ in range(rng.randint(1, 4)):
        place = rng.randint(0, len(text))
        more = rng.choice([rng.choice(SIGNS), rng.choice(WORDS), chr(rng.randint(1, 0x2FFF)), ""])
        text = text[:place] + more + text[place + rng.randint(0, 3) :]
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    passed, told, slow, slowest = 0, 0, 0, 0.0
    for text in inputs(options.inputs, options.seed):
        start = time.process_time()
        try:
            check(text)
            passed += 1
        except QueryRefusedError as error:
            told += bool(error.hint)
        taken = time.process_time() - start
        slow += taken > LIMIT_S
        slowest = max(slowest, taken)
    rows = (
        row("inputs of the guard", options.inputs, unit="inputs"),
        row("read as a query", passed, unit="inputs"),
        row("refused with a hint", told, options.inputs - passed, unit="inputs"),
        row("took longer than 50 ms", slow, 0, unit="inputs"),
        row("slowest", slowest * 1000, LIMIT_S * 1000, unit="ms of CPU"),
    )
    report(rows, options.json)
    raise SystemExit(1 if slow else 0)


if __name__ == "__main__":
    main()
