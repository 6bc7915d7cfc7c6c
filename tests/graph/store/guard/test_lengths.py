"""What goes over lists within an expression, where no engine looks at its clock, is bounded through variables too."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import QueryRefusedError
from graph.schema import MARKET
from graph.store.guard import check, understood
from graph.store.guard.kinds import market_of

LONG = "WITH range(1, 10000) AS xs "


@pytest.mark.parametrize(
    "text",
    [
        LONG + "RETURN reduce(a = 0, x IN xs | a + reduce(b = 0, y IN xs | b + 1)) AS r",
        LONG + "RETURN size([x IN xs | [y IN xs | y]]) AS r",
        LONG + "RETURN any(x IN xs WHERE all(y IN xs WHERE y < x)) AS r",
        LONG + "WITH xs AS ys RETURN [x IN ys | [y IN tail(ys) | y]] AS r",
        LONG + "RETURN [x IN xs | xs] AS r",
        LONG + "WITH {a: xs} AS m RETURN [x IN m.a | m] AS r",
        LONG + "WITH [x IN xs[..100] | xs[..100]] AS m WITH m + m AS n RETURN [x IN n | n] AS r",
        LONG + "WITH xs + xs AS xs " * 7 + "RETURN size(xs) AS r",
        "UNWIND range(1, 10000) AS x WITH collect(x) AS xs RETURN [x IN xs | [y IN xs | y]] AS r",
        "UNWIND range(1, 10000) AS x RETURN collect([y IN range(1, 100) | [y, y]]) AS r",
        "MATCH (a)-->(b) WITH collect(b) AS bs RETURN [x IN bs | [y IN bs | [z IN bs | z.id]]] AS r",
        "MATCH (n) RETURN [(n)-->(m) | [(m)-->(o) | [(o)-->(z) | z.id]]] AS r",
        "MATCH (n) RETURN [(n)-->(m) | size([(m)-->(o) WHERE any(x IN split(o.id, 'b') WHERE x = 'a') | o])] AS r",
        "RETURN [x IN $xs | [y IN $xs | [z IN $xs | 1]]] AS r",
        "RETURN [x IN $xs WHERE any(y IN CASE WHEN x > 1 THEN $ys END WHERE single(z IN $xs WHERE z = y))] AS r",
    ],
)
def test_what_multiplies_is_refused(text: str) -> None:
    with pytest.raises(QueryRefusedError, match=r"(is|are) refused"):
        check(text)


@pytest.mark.parametrize(
    "text",
    [
        LONG + "RETURN [x IN xs WHERE x % 2 = 0 | x * x] AS r",
        LONG + "RETURN [x IN xs WHERE x IN xs] AS r",
        LONG + "RETURN reduce(a = 0, x IN xs[..1000] | a + reduce(b = 0, y IN xs[0..1000] | b + y)) AS r",
        LONG + "UNWIND xs AS a UNWIND xs AS b WITH a, b WHERE a * b = -1 RETURN count(*) AS r",
        "MATCH (a)-->(b) WITH a, collect(b) AS bs RETURN [x IN bs | {m: [y IN bs WHERE y.id < x.id | y]}] AS r",
        "MATCH (a)-->(b) WITH collect(b) AS bs RETURN [x IN bs | [y IN bs | [z IN [1, 2] | z]]] AS r",
        "MATCH (n) RETURN [(n)-->(m) | [(m)-->(o) | o.id]] AS r",
        "MATCH p = (a)-[*1..3]->(b) RETURN any(x IN nodes(p) WHERE any(y IN nodes(p) WHERE x.id < y.id)) AS r",
        "MATCH (a)-->(b)-->(c) WITH a, b, collect(c) AS cs WITH a, collect({b: b, cs: cs}) AS bs "
        "RETURN a.id AS a, [x IN bs | [y IN x.cs | y.id]] AS r",
    ],
)
def test_two_lists_within_each_other_pass(text: str) -> None:
    check(text)


@pytest.mark.parametrize(("count", "passes"), [(100, True), (1000, True), (1001, False)])
def test_the_length_of_a_parameter_counts(count: int, *, passes: bool) -> None:
    def ask(xs: Any) -> None:
        understood("RETURN [x IN $xs | [y IN $xs | y]] AS r", {"xs": xs}, None)

    if passes:
        ask(list(range(count)))
        return
    with pytest.raises(QueryRefusedError):
        ask(list(range(count)))


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("MATCH (r:Result) RETURN reduce(t = r.result_id, x IN range(1, 17) | t + t) AS x", False),
        ("MATCH (r:Result) RETURN reduce(t = r.unheard, x IN range(1, 17) | t + t) AS x", False),
        ("MATCH (r:Result) RETURN reduce(t = 0, x IN range(1, 17) | t + r.unheard) AS x", False),
        ("MATCH (r:Result) RETURN reduce(t = 0, x IN [1] | t + toFloat(r.unheard)) AS x", True),
        ("MATCH p = (a)-[*1..2]->(b) RETURN reduce(w = 0, r IN relationships(p) | w + r.weight) AS x", True),
        ("RETURN reduce(t = 0, x IN [1, 2.5, null] | t + x) AS x", True),
    ],
)
def test_reduce_takes_what_is_known_to_be_a_number(text: str, *, passes: bool) -> None:
    columns = market_of(MARKET).properties
    if passes:
        understood(text, {}, columns)
        return
    with pytest.raises(QueryRefusedError, match="reduce"):
        understood(text, {}, columns)


@pytest.mark.parametrize("word", ["COUNT", "EXISTS"])
@pytest.mark.parametrize("returned", ["[count(*)] AS k", "max(n.x) + 1 AS k", "[sum(n.x)] AS k", "n, 1 + count(n)"])
def test_a_subquery_whose_return_makes_other_rows_is_refused(word: str, returned: str) -> None:
    with pytest.raises(QueryRefusedError, match="after RETURN"):
        check(f"RETURN {word} {{ MATCH (n:Person) RETURN {returned} }} AS c")
    check(f"RETURN {word} {{ MATCH (n:Person) RETURN n.x + 1 AS k, [n.y] AS l }} AS c")
