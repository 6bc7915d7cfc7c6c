"""Every named query on a market whose answers were worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

import queries
from graph.store.embedded.cypher import CypherIndex, run


def day(n: int) -> str:
    month, date = (1, n + 1) if n < 31 else (2, n - 30)
    return f"2026-{month:02}-{date:02}T00:00:00Z"


CASES: list[tuple[str, dict[str, str], list[tuple[Any, ...]]]] = [
    (
        "who-to-invite",
        {"vehicle": "v1"},
        [("ann", "Shanghai", 4, 1, 2, day(3)), ("cy", None, 4, 1, 0, day(4))],
    ),
    ("who-to-invite", {"vehicle": "v1", "limit": "1"}, [("ann", "Shanghai", 4, 1, 2, day(3))]),
    ("who-to-invite", {"vehicle": "v1", "min_actions": "5"}, []),
    ("co-bought", {"product": "p1"}, [("p2", "P2", 2, 0.6667), ("p3", "P3", 1, 0.3333)]),
    ("co-bought", {"product": "p9"}, []),
    (
        "kol-audience",
        {"kol": "kim"},
        [("unknown", 2, 1, 1), ("Beijing", 1, 0, 1), ("Shanghai", 1, 1, 0)],
    ),
    ("audience-overlap", {"first": "kim", "second": "lou"}, [(4, 3, 2, 0.5, 0.6667)]),
    ("audience-overlap", {"first": "kim", "second": "sol"}, [(4, 0, 0, 0.0, 0.0)]),
    ("friends-who-own", {"person": "ann"}, [("v1", "V1", 2, ["bo", "di"]), ("v2", "V2", 1, ["di"])]),
    (
        "products-by-month",
        {"top": "1"},
        [(2026, 1, 1, "p1", "P1", 3, 300.0), (2026, 2, 1, "p3", "P3", 3, 40.0)],
    ),
    (
        "products-by-month",
        {"until": "2026-02-01"},
        [(2026, 1, 1, "p1", "P1", 3, 300.0), (2026, 1, 2, "p2", "P2", 1, 50.0)],
    ),
    ("test-drive-no-purchase", {"brand": "B1"}, [("ann", "v1", 2, 0, day(4))]),
    ("test-drive-no-purchase", {"brand": "B2"}, [("cy", "v3", 1, 1, day(6))]),
    ("dormant-fans", {"brand": "B1"}, [("cy", 4, day(4), 96), ("ann", 4, day(3), 97)]),
    ("dormant-fans", {"brand": "B1", "days": "96"}, [("ann", 4, day(3), 97)]),
    ("brand-funnel", {}, [("B1", 3, 2, 2, 3), ("B2", 2, 0, 1, 0)]),
    (
        "vehicle-competitors",
        {"vehicle": "v1"},
        [("v2", "V2", "B1", 2, 0.6667, 1), ("v3", "V3", "B2", 2, 0.6667, 0)],
    ),
    (
        "kol-promotes-audience-owns",
        {},
        [("lou", "v2", 3, 2, 0.6667), ("kim", "v1", 4, 1, 0.25), ("sol", "v1", 0, 0, 0.0)],
    ),
    (
        "topic-trends",
        {"since": "2026-02-01"},
        [("t1", "range", 2, 1, 1, 2), ("t2", "charging", 1, 1, 0, 1)],
    ),
    (
        "person-timeline",
        {"person": "cy", "limit": "3"},
        [
            (day(41), "BOUGHT", "Product", "p3", 20.0),
            (day(41), "SEARCHED", "Topic", "t1", None),
            (day(40), "BOUGHT", "Product", "p3", 20.0),
        ],
    ),
    (
        "person-timeline",
        {"person": "di"},
        [(day(33), "BOUGHT", "Product", "p3", None), (day(3), "INTERACTED", "Person", "lou", None)],
    ),
    ("referrals", {}, [("ann", "Ann", 2, 2), ("bo", "Bo", 1, 1), ("kim", "Kim", 1, 0)]),
    ("referrals", {"min_referred": "2"}, [("ann", "Ann", 2, 2)]),
]


@pytest.mark.parametrize(("name", "given", "expected"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_rows(index: CypherIndex, name: str, given: dict[str, str], expected: list[tuple[Any, ...]]) -> None:
    query = queries.load(name)
    result = run(index, query.text, queries.bind(query, given), timeout_s=30, max_rows=1000)
    assert result.columns == tuple(c.name for c in query.columns)
    assert result.rows == expected
    assert not result.truncated
    assert result.notes == ()


def test_every_query_has_a_case() -> None:
    assert {case[0] for case in CASES} == set(queries.names())
