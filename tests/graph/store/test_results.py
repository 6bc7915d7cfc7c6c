"""Results that were written back, in the Cypher index: known answers on a small market."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.columns import Edges, Nodes
from graph.errors import DataError, StoreError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import MARKET, EdgeKey
from graph.store.derived import derived_graph
from graph.store.embedded.index.run_query import run
from graph.store.embedded.results import publish_results, read_results, ready_with_results
from graph.store.embedded.store import EmbeddedStore
from graph.store.protocol import ResultTable
from graph.text import TextArray

BOUGHT = EdgeKey("Person", "BOUGHT", "Product")
SEGMENTS = ResultTable("segments", ("person", "segment", "certainty"), [["王", "S1", 0.75], ["b", "S2", 1.0]])
RECOMMENDED = ResultTable(
    "recommendations",
    ("user_id", "item_type", "item_id", "rank", "score", "reason"),
    [
        ["b", "product", "茶", 1, 0.5, "因为他们也买了"],
        ["b", "product", "gone", 2, 0.25, None],
        ["gone", "product", "茶", 1, 1.0, "x"],
    ],
)
SEEDS = ResultTable("seeds", ("person", "rank", "gain", "cost"), [["b", 1, 12.5, None], ["王", 2, 3.0, 800.0]])
SCORES = ResultTable("scores", ("person", "rank", "score"), [["王", 1, 88.5]])


def market() -> HeteroGraph:
    people = Nodes(IdMap("Person", TextArray.of(["a", "b", "王"])), {})
    products = Nodes(IdMap("Product", TextArray.of(["tea", "茶"])), {})
    return HeteroGraph.of({"Person": people, "Product": products}, {BOUGHT: Edges(np.array([0, 2]), np.array([0, 1]))})


def answer(folder: Path, text: str, notes: list[str] | None = None) -> list[tuple[Any, ...]]:
    index = ready_with_results(
        market(),
        folder / "index.kgl",
        results=folder / "results",
        earlier=lambda _: None,
        on_note=(notes if notes is not None else []).append,
    )
    return run(index, text, timeout_s=10, max_rows=100).rows


def test_a_derived_graph_has_ends_of_its_own_and_marks_everything() -> None:
    found = derived_graph([SEGMENTS, SEEDS], "r1")
    assert [n["id"] for n in found.nodes["Segment"]] == ["r1/S1", "r1/S2"]
    assert found.nodes["Segment"][0] == {"id": "r1/S1", "segment": "S1", "result_id": "r1", "derived": True}
    assert [n["id"] for n in found.nodes["Plan"]] == ["r1"]
    assert [(n["id"], n["kind"], n["rows"]) for n in found.nodes["Result"]] == [
        ("r1/seeds", "seeds", 2),
        ("r1/segments", "segments", 2),
    ]
    assert found.edges[1].rows[0] == ("b", "r1", {"rank": 1, "gain": 12.5, "result_id": "r1", "derived": True})


@pytest.mark.parametrize(
    "table",
    [
        ResultTable("magic", ("person",), []),
        ResultTable("segments", ("person", "certainty"), []),
        ResultTable("recommendations", ("user_id", "item_id"), []),
        ResultTable("scores", (), []),
    ],
)
def test_a_table_that_is_no_result_is_refused(table: ResultTable) -> None:
    with pytest.raises(DataError, match=r"unknown kind|lacks the column"):
        derived_graph([table], "r1")


def test_every_kind_is_found_by_a_query(tmp_path: Path) -> None:
    publish_results(tmp_path / "results", {"r1": [SEGMENTS, RECOMMENDED, SEEDS, SCORES]})
    members = (
        "MATCH (p:Person)-[e:IN_SEGMENT]->(s:Segment) RETURN p.id AS p, s.segment AS s, e.certainty AS c ORDER BY p"
    )
    assert answer(tmp_path, members) == [
        ("b", "S2", 1.0), ("王", "S1", 0.75),
    ]  # fmt: skip
    # People and items that are not in the market (any more) have no recommendation.
    offers = "MATCH (p)-[e:RECOMMENDED]->(i:Product) RETURN p.id AS p, i.id AS i, e.reason AS r, e.result_id AS x"
    assert answer(tmp_path, offers) == [
        ("b", "茶", "因为他们也买了", "r1"),
    ]  # fmt: skip
    assert answer(
        tmp_path, "MATCH (p)-[e:SEED_IN]->(x:Plan {id: 'r1'}) RETURN p.id AS p, e.cost AS c ORDER BY e.rank"
    ) == [("b", None), ("王", 800.0)]
    assert answer(tmp_path, "MATCH (p)-[e:SCORED]->(:Ranking) RETURN p.id AS p, e.score AS s") == [("王", 88.5)]
    assert answer(tmp_path, "MATCH (n:Derived) RETURN count(n) AS n") == [(8,)]
    # The market is as it was.
    assert answer(tmp_path, "MATCH (p:Person)-[:BOUGHT]->(i) RETURN p.id AS p, i.id AS i ORDER BY p") == [
        ("a", "tea"),
        ("王", "茶"),
    ]


def test_two_results_stand_beside_each_other_and_go_alone(tmp_path: Path) -> None:
    other = ResultTable("segments", SEGMENTS.columns, [["b", "S1", 0.5]])
    publish_results(tmp_path / "results", {"r1": [SEGMENTS], "r2": [other]})
    text = "MATCH (p:Person {id: 'b'})-[e:IN_SEGMENT]->(s) RETURN s.id AS s ORDER BY s"
    assert answer(tmp_path, text) == [("r1/S2",), ("r2/S1",)]
    publish_results(tmp_path / "results", {"r2": [other]})
    assert answer(tmp_path, text) == [("r2/S1",)]
    publish_results(tmp_path / "results", {})
    notes: list[str] = []
    assert answer(tmp_path, "MATCH (n:Person) RETURN count(n) AS n", notes) == [(3,)]
    assert notes == []


def test_what_somebody_publishes_while_the_store_is_read_stays(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    publish_results(folder, {"old": [SEEDS]})

    def read() -> dict[str, list[ResultTable]]:
        found = {"r1": [SEGMENTS]}
        publish_results(folder, lambda: {**found, "r2": [SCORES]})
        return found

    publish_results(folder, read)
    assert sorted(file.name for file in folder.iterdir()) == ["r1.json", "r2.json"]
    publish_results(folder, lambda: {"r2": [SCORES]})
    assert [file.name for file in folder.iterdir()] == ["r2.json"]


def test_nothing_is_built_twice(tmp_path: Path) -> None:
    publish_results(tmp_path / "results", {"r1": [SEGMENTS]})
    notes: list[str] = []
    answer(tmp_path, "MATCH (n) RETURN count(n) AS n", notes)
    assert len(notes) == 2
    answer(tmp_path, "MATCH (n) RETURN count(n) AS n", notes)
    publish_results(tmp_path / "results", {"r1": [SEGMENTS]})
    answer(tmp_path, "MATCH (n) RETURN count(n) AS n", notes)
    assert len(notes) == 2


def test_a_damaged_result_is_told(tmp_path: Path) -> None:
    publish_results(tmp_path / "results", {"r1": [SEGMENTS]})
    (tmp_path / "results" / "r1.json").write_text("{", "utf-8")
    with pytest.raises(StoreError, match="damaged"):
        read_results(tmp_path / "results")


def test_the_store_gives_back_what_was_written(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "m.duckdb", MARKET)
    assert store.results() == {}
    store.write_back([SEEDS, SEGMENTS], "r1")
    store.write_back([SCORES], "r0")
    assert store.results() == {"r0": [SCORES], "r1": [SEEDS, SEGMENTS]}
    store.write_back([SEGMENTS], "r1")
    store.forget("r0")
    assert store.results() == {"r1": [SEGMENTS]}
