from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import kglite
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import DAYS, MISSING_INTEGER, UNDATED, Coded, Edges, Nodes
from graph.errors import PrerequisiteError, QueryRefusedError, StoreError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import MARKET, Column, EdgeKey, Schema
from graph.schema.types import NodeType
from graph.store.embedded.index import cypher_index as cypher
from graph.store.embedded.index.cypher_index import CypherIndex, build_index, is_current, open_index
from graph.store.embedded.index.run_query import run
from graph.store.result import QueryResult
from graph.text import TextArray

VIEWED_PRODUCT = EdgeKey("Person", "VIEWED", "Product")
VIEWED_VEHICLE = EdgeKey("Person", "VIEWED", "Vehicle")
INTERACTED = EdgeKey("Person", "INTERACTED", "Person")
BILLION = 1_000_000_000  # 2001-09-09T01:46:40Z


def small() -> HeteroGraph:
    people = Nodes(
        IdMap.of("Person", ["01", "1", "王"]),
        {
            "name": TextArray.of(["", "One", "小王"]),
            "city": TextArray.of(["2025-01-01", "", ""]),
            "signup": np.array(["1970-01-01", "NaT", "2001-09-09"], DAYS),
            "followers": np.array([MISSING_INTEGER, 7, 2**40], np.int64),
            "cost": np.array([np.nan, 1.0, 2.5]),
        },
        {"User": np.array([True, True, False]), "KOL": np.array([False, True, True])},
    )
    nodes = {
        "Person": people,
        "Product": Nodes(IdMap.of("Product", ["1", "2"]), {}),
        "Vehicle": Nodes(IdMap.of("Vehicle", ["1"]), {"price": np.array([9.5])}),
    }

    def edges(rows: list[tuple[int, int, int, float]], **columns: Any) -> Edges:
        src, dst, time, weight = zip(*rows, strict=True)
        return Edges(
            np.array(src), np.array(dst), np.array(time, np.int64), np.array(weight, np.float64), columns
        ).canonical()

    nan = float("nan")
    return HeteroGraph.of(
        nodes,
        {
            VIEWED_PRODUCT: edges([(0, 0, BILLION, 1.0), (0, 0, BILLION, 1.0), (0, 1, UNDATED, nan), (2, 1, 5, 2.0)]),
            VIEWED_VEHICLE: edges([(0, 0, BILLION, 3.0), (0, 0, BILLION, 3.0), (0, 0, UNDATED, nan)]),
            INTERACTED: edges(
                [(0, 1, 1, 1.0), (0, 1, 2, nan)], kind=Coded(np.array([1, -1], np.int32), TextArray.of(["a", "like"]))
            ),
        },
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> CypherIndex:
    file = tmp_path_factory.mktemp("index") / "small.kgl"
    build_index(small(), file, stamp="abc")
    return open_index(file)


def ask(index: CypherIndex, text: str, *, max_rows: int = 100, **parameters: Any) -> QueryResult:
    return run(index, text, parameters, timeout_s=20, max_rows=max_rows)


def test_parallel_and_identical_events_survive_in_every_target_type(index: CypherIndex) -> None:
    text = (
        "MATCH (p:Person)-[e:VIEWED]->(x) "
        "RETURN labels(x)[0] AS t, p.id AS p, x.id AS x, e.time AS at, e.weight AS w ORDER BY t, p, x, w"
    )
    assert ask(index, text).rows == [
        ("Product", "01", "1", "2001-09-09T01:46:40Z", 1.0),
        ("Product", "01", "1", "2001-09-09T01:46:40Z", 1.0),
        ("Product", "01", "2", None, None),
        ("Product", "王", "2", "1970-01-01T00:00:05Z", 2.0),
        ("Vehicle", "01", "1", "2001-09-09T01:46:40Z", 3.0),
        ("Vehicle", "01", "1", "2001-09-09T01:46:40Z", 3.0),
        ("Vehicle", "01", "1", None, None),
    ]


def test_both_ways_of_loading_store_the_same_kind_of_time(index: CypherIndex) -> None:
    text = (
        "MATCH (:Person)-[e:VIEWED]->(x) WHERE e.time >= datetime('2001-09-09T01:46:40Z') "
        "RETURN labels(x)[0] AS t, count(e) AS n, max(e.time.year) AS y ORDER BY t"
    )
    assert ask(index, text).rows == [("Product", 2, 2001), ("Vehicle", 2, 2001)]


def test_attributes_keep_their_types_and_missing_ones_are_absent(index: CypherIndex) -> None:
    text = (
        "MATCH (p:Person) RETURN p.id AS id, p.name AS n, p.city AS c, p.signup AS s, "
        "p.followers AS f, p.cost AS k, p.title AS t ORDER BY id"
    )
    assert ask(index, text).rows == [
        ("01", None, "2025-01-01", "1970-01-01", None, None, None),
        ("1", "One", None, None, 7, 1.0, None),
        ("王", "小王", None, "2001-09-09", 2**40, 2.5, None),
    ]


def test_texts_that_look_like_something_else_stay_as_they_are(tmp_path: Path) -> None:
    ids = ["a", " a", "a ", "\ta", "\u3000a", "nan", "None", "null", "1e3", "1.0", "2025-01-01", "[1]", "true", "{}"]
    texts = IdMap.of("Person", ids)
    people = Nodes(texts, {"name": texts.texts, "city": TextArray.of([f"{i} " for i in texts.texts.to_list()])})
    build_index(HeteroGraph.of({"Person": people}, {}), tmp_path / "i.kgl", stamp="s")
    rows = ask(open_index(tmp_path / "i.kgl"), "MATCH (p:Person) RETURN p.id AS id, p.name AS n, p.city AS c").rows
    assert sorted(rows) == sorted((i, i, f"{i} ") for i in ids)


def test_a_type_without_names_has_no_name(index: CypherIndex) -> None:
    assert ask(index, "MATCH (p:Product) RETURN p.id AS id, p.name AS n ORDER BY id").rows == [("1", None), ("2", None)]


def test_roles_are_labels(index: CypherIndex) -> None:
    assert ask(index, "MATCH (p:KOL) RETURN p.id AS id ORDER BY id").rows == [("1",), ("王",)]
    assert ask(index, "MATCH (p:User:KOL) RETURN p.id AS id").rows == [("1",)]


def test_nodes_relationships_and_paths_are_plain(index: CypherIndex) -> None:
    text = (
        "MATCH p = (a:Person {id: '01'})-[e:INTERACTED {kind: 'like'}]->(b) "
        "RETURN a AS a, e AS e, p AS p, {x: [b]} AS m"
    )
    one = {
        "labels": ["Person", "User"],
        "properties": {"city": "2025-01-01", "id": "01", "signup": "1970-01-01"},
    }
    two = {"labels": ["Person", "KOL", "User"], "properties": {"cost": 1.0, "followers": 7, "id": "1", "name": "One"}}
    edge = {"type": "INTERACTED", "properties": {"kind": "like", "time": "1970-01-01T00:00:01Z", "weight": 1.0}}
    assert ask(index, text).rows == [(one, edge, {"nodes": [one, two], "relationships": [edge]}, {"x": [two]})]


def test_booleans_and_own_types(tmp_path: Path) -> None:
    columns = {"open": Column("boolean"), "title": Column("text"), "since": Column("time"), "size": Column("integer")}
    schema = Schema({**MARKET.nodes, "Store": NodeType("Store", columns)}, MARKET.edges)
    store = Nodes(
        IdMap.of("Store", ["a", "b"]),
        {
            "open": np.array([1, -1], np.int8),
            "title": TextArray.of(["", "Dr"]),
            "since": np.array([86_400, MISSING_INTEGER]),
            "size": np.array([MISSING_INTEGER, 3]),
        },
    )
    build_index(HeteroGraph.of({"Store": store}, {}), tmp_path / "i.kgl", stamp="s", schema=schema)
    index = open_index(tmp_path / "i.kgl")
    assert ask(index, "MATCH (s:Store) RETURN s AS s, s.title AS t ORDER BY s.id").rows == [
        ({"labels": ["Store"], "properties": {"id": "a", "open": True, "since": "1970-01-02T00:00:00Z"}}, None),
        ({"labels": ["Store"], "properties": {"id": "b", "size": 3, "title": "Dr"}}, "Dr"),
    ]


def test_parameters_are_data(index: CypherIndex) -> None:
    text = "MATCH (p:Person) WHERE p.id = $id RETURN p.id AS id"
    assert ask(index, text, id="01' OR 1 = 1 //").rows == []
    assert ask(index, text, id="王").rows == [("王",)]
    assert ask(index, "RETURN $x AS x", x={"a": ["CREATE (n)", None, 1.5]}).rows == [
        ({"a": ["CREATE (n)", None, 1.5]},)
    ]


def test_the_row_cap_says_when_it_cut(index: CypherIndex) -> None:
    text = "MATCH (p:Person) RETURN p.id AS id ORDER BY id"
    for cap, rows, cut in ((0, 0, True), (2, 2, True), (3, 3, False), (4, 3, False)):
        result = ask(index, text, max_rows=cap)
        assert (len(result.rows), result.truncated, result.notes) == (rows, cut, ())
    assert ask(index, text, max_rows=2).rows == [("01",), ("1",)]


def test_what_the_engine_finds_odd_is_a_note_and_not_printed(
    index: CypherIndex, capfd: pytest.CaptureFixture[str]
) -> None:
    result = ask(index, "MATCH (p:Persn) RETURN p.id AS id")
    assert result.rows == []
    assert result.notes == ("no Persn node in this market",)
    result = ask(index, "MATCH (p:Person)-[:WOKE|SLEPT]->(x) RETURN p.shoe AS s")
    assert result.notes == (
        "no WOKE relationship in this market",
        "no SLEPT relationship in this market",
        "nothing in this market has the property shoe",
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.proof
def test_a_slow_query_is_given_up_with_a_hint(index: CypherIndex) -> None:
    text = "WITH range(1, 10000) AS l UNWIND l AS a UNWIND l AS b WITH a, b WHERE a * b = -7 RETURN count(*) AS n"
    with pytest.raises(StoreError, match=r"took longer than 0\.2 s") as caught:
        run(index, text, timeout_s=0.2, max_rows=10)
    assert "LIMIT" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    ["MATCH (n) SET n.x = 1", "CREATE (n)", "LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r", "CALL dbms.info()"],
)
def test_nothing_but_reading_reaches_the_engine(index: CypherIndex, text: str) -> None:
    with pytest.raises(QueryRefusedError):
        ask(index, text)


def test_the_engine_refuses_writes_even_without_the_guard(index: CypherIndex) -> None:
    with pytest.raises(kglite.KgError):
        index.engine.cypher("MATCH (n:Person) SET n.x = 1")


def test_comments_of_both_kinds_pass(index: CypherIndex) -> None:
    assert ask(index, "RETURN /* one\n */ 1 AS x // two").rows == [(1,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [("RETURN $gone AS x", "gone"), ("MATCH (n:Person) RETURN m.id AS x", "m"), ("MATCH (n", "unfinished")],
)
def test_a_wrong_query_is_one_sentence(index: CypherIndex, text: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        ask(index, text)
    assert caught.value.hint


def test_two_threads_may_read(index: CypherIndex) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: ask(index, "MATCH (p:Person) RETURN count(p) AS n").rows, range(20)))
    assert answers == [[(3,)]] * 20


def test_an_index_is_current_only_for_its_graph_engine_and_adapter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "deep" / "i.kgl"
    assert not is_current(file, "s")
    build_index(small(), file, stamp="s")
    assert is_current(file, "s")
    assert not is_current(file, "t")
    assert sorted(p.name for p in file.parent.iterdir()) == ["i.kgl", "i.kgl.json"]
    monkeypatch.setattr(cypher, "ADAPTER_VERSION", 99)
    assert not is_current(file, "s")
    with pytest.raises(PrerequisiteError, match="another version"):
        open_index(file)
    monkeypatch.undo()
    build_index(small(), file, stamp="t")
    assert is_current(file, "t")
    assert open_index(file).stamp == "t"


def test_an_absent_or_broken_index_is_told(tmp_path: Path) -> None:
    file = tmp_path / "i.kgl"
    with pytest.raises(PrerequisiteError):
        open_index(file)
    build_index(small(), file, stamp="s")
    whole = file.read_bytes()
    file.write_bytes(whole[:-10])
    assert not is_current(file, "s")
    with pytest.raises(PrerequisiteError):
        open_index(file)
    file.write_bytes(b"x" * len(whole))
    with pytest.raises(StoreError, match="cannot be read"):
        open_index(file)
    (tmp_path / "i.kgl.json").write_text("not json")
    assert not is_current(file, "s")
    (tmp_path / "i.kgl.json").write_text(json.dumps([1]))
    assert not is_current(file, "s")


def test_lost_edges_are_an_error_and_leave_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "i.kgl"
    build_index(small(), file, stamp="old")
    monkeypatch.setattr(cypher, "create_edges", cypher.add_edges)
    with pytest.raises(StoreError, match=r"holds 1 of .*VIEWED.*Vehicle.*the graph 3"):
        build_index(small(), file, stamp="new")
    assert is_current(file, "old")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["i.kgl", "i.kgl.json"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(StoreError, match="cannot be built"):
        build_index(small(), tmp_path / "blocked" / "i.kgl", stamp="s")


def test_importing_the_module_loads_no_engine() -> None:
    code = (
        "import sys, graph.store.embedded.index.cypher_index; "
        "print([m for m in ('kglite', 'pandas', 'duckdb') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@st.composite
def graphs(draw: st.DrawFn) -> HeteroGraph:
    people = draw(
        st.lists(
            st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=5),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    nodes = {
        "Person": Nodes(IdMap.of("Person", people), {}),
        "Product": Nodes(IdMap.of("Product", ["a", "b"]), {}),
        "Vehicle": Nodes(IdMap.of("Vehicle", ["a"]), {}),
    }
    edge_sets = {}
    for key in (VIEWED_PRODUCT, VIEWED_VEHICLE):
        ends = st.tuples(st.integers(0, len(people) - 1), st.integers(0, len(nodes[key.target]) - 1))
        rows = draw(st.lists(ends, max_size=12))
        edge_sets[key] = Edges(
            np.array([r[0] for r in rows], np.int64), np.array([r[1] for r in rows], np.int64)
        ).canonical()
    return HeteroGraph.of(nodes, edge_sets)


@settings(max_examples=8, deadline=None)
@given(graphs())
def test_every_edge_of_any_graph_comes_back(tmp_path_factory: pytest.TempPathFactory, graph: HeteroGraph) -> None:
    file = tmp_path_factory.mktemp("any") / "i.kgl"
    build_index(graph, file, stamp="s")
    index = open_index(file)
    for key in (VIEWED_PRODUCT, VIEWED_VEHICLE):
        edges = graph.edges(key)
        wanted = Counter(zip(graph.ids(key.source).ids(edges.src), graph.ids(key.target).ids(edges.dst), strict=True))
        text = f"MATCH (a:Person)-[:VIEWED]->(b:{key.target}) RETURN a.id AS a, b.id AS b"
        assert Counter(ask(index, text).rows) == wanted


def test_the_index_is_a_value(index: CypherIndex) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        index.stamp = "x"  # type: ignore[misc]
