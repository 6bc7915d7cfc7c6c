"""Where kglite would give other rows than Neo4j: parts of a UNION that stand on constants, and * beside a sum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graph.columns import Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.store.embedded.index.cypher_index import CypherIndex, build_index, open_index
from graph.store.embedded.index.run_query import run
from graph.store.result import QueryResult


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> CypherIndex:
    people = Nodes(IdMap.of("Person", ["a", "b"]), {"cost": np.array([1.0, 2.5])}, {"KOL": np.array([True, True])})
    file: Path = tmp_path_factory.mktemp("index") / "two.kgl"
    build_index(HeteroGraph.of({"Person": people}, {}), file, stamp="two")
    return open_index(file)


def ask(index: CypherIndex, text: str) -> QueryResult:
    return run(index, text, {}, timeout_s=20, max_rows=100)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("RETURN 1 AS x UNION RETURN 2 AS x ORDER BY x DESC LIMIT 1", [(1,), (2,)]),
        ("RETURN 1 AS x UNION ALL RETURN 2 AS x ORDER BY x DESC LIMIT 1", [(1,), (2,)]),
        ("WITH 1 AS x RETURN x AS x UNION WITH 2 AS x RETURN x AS x ORDER BY x DESC LIMIT 1", [(1,), (2,)]),
        ("RETURN 1 AS x UNION RETURN 2 AS x SKIP 1", [(1,)]),
        ("RETURN 1 AS x UNION ALL UNWIND [2, 3] AS x RETURN x AS x ORDER BY x DESC LIMIT 1", [(1,), (3,)]),
        ("MATCH (a:KOL) RETURN a.id AS x UNION RETURN 'b' AS x ORDER BY x DESC LIMIT 1", [("a",), ("b",)]),
        ("RETURN count(*) AS x UNION ALL RETURN 2 AS x", [(1,), (2,)]),
    ],
)
def test_order_and_limit_belong_to_the_last_part(index: CypherIndex, text: str, rows: list[tuple[object]]) -> None:
    assert sorted(ask(index, text).rows) == rows


def test_a_star_beside_a_sum_stands_for_keys(index: CypherIndex) -> None:
    found = ask(index, "MATCH (a:KOL) RETURN *, count(*) + 1 AS c")
    assert found.columns == ("a", "c")
    assert [(a["properties"]["id"], c) for a, c in found.rows] == [("a", 2), ("b", 2)]
    assert ask(index, "MATCH (a:KOL) WITH *, count(*) + 1 AS c RETURN a.id AS a, c AS c").rows == [("a", 2), ("b", 2)]
    two = ask(index, "MATCH (b:KOL), (a:KOL) WHERE a.id <> b.id RETURN *, sum(a.cost) + 1 AS c ORDER BY c")
    rows = [dict(zip(two.columns, row, strict=True)) for row in two.rows]
    assert [(row["a"]["properties"]["id"], row["b"]["properties"]["id"], row["c"]) for row in rows] == [
        ("a", "b", 2.0),
        ("b", "a", 3.5),
    ]
