from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import MISSING_INTEGER, UNDATED, Coded, Edges, Nodes
from graph.errors import DataError, PrerequisiteError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import MARKET, EdgeKey, EdgeType, Schema
from graph.schema.roles import meaning_of
from graph.text import TextArray

VIEWED = EdgeKey("Person", "VIEWED", "Product")
FOLLOWS = EdgeKey("Person", "FOLLOWS", "Person")


def people(*ids: str) -> Nodes:
    return Nodes(IdMap.of("Person", ids), {}, {"User": np.ones(len(ids), np.bool_)})


def small() -> HeteroGraph:
    """Three people, two products; two dated views and one undated, one undated tie."""
    products = Nodes(
        IdMap.of("Product", ["p1", "p2"]),
        {
            "name": TextArray.of(["车", ""]),
            "price": np.asarray([1.5, np.nan]),
            "stock": np.asarray([MISSING_INTEGER, 3]),
        },
    )
    views = Edges(
        np.asarray([0, 0, 2]), np.asarray([0, 1, 0]), np.asarray([UNDATED, 10, 20]), np.asarray([1.0, np.nan, 2.0])
    )
    ties = Edges(np.asarray([0]), np.asarray([2]))
    return HeteroGraph.of({"Person": people("a", "b", "c"), "Product": products}, {VIEWED: views, FOLLOWS: ties})


def test_counts_and_keys() -> None:
    graph = small()
    assert (graph.count("Person"), graph.count("Vehicle")) == (3, 0)
    assert list(graph.keys()) == [FOLLOWS, VIEWED]
    assert list(graph.keys(target="Product")) == [VIEWED]
    assert (graph.last_time, graph.now) == (20, 21)
    assert dict(graph.undated) == {FOLLOWS: 1, VIEWED: 1}
    assert graph.role("User").all()
    assert not graph.role("KOL").any()
    assert len(graph.edges(EdgeKey("Person", "BOUGHT", "Product"))) == 0
    with pytest.raises(PrerequisiteError):
        graph.ids("Vehicle")


def test_until_is_strict_and_keeps_undated_edges_and_numbers() -> None:
    cut = small().until(20)
    assert cut.edges(VIEWED).time.tolist() == [UNDATED, 10]  # type: ignore[union-attr]
    assert (cut.count("Person"), len(cut.edges(FOLLOWS)), cut.cut_off, cut.now) == (3, 1, 20, 20)
    assert cut.until(30).cut_off == 20
    assert small().until(0).edges(VIEWED).time is None


@settings(deadline=None)
@given(st.integers(0, 30), st.integers(0, 30))
def test_until_never_leaks_and_nests(first: int, second: int) -> None:
    once, twice = small().until(min(first, second)), small().until(max(first, second)).until(min(first, second))
    assert once.fingerprint == twice.fingerprint
    times = once.edges(VIEWED).time
    assert times is None or (times < min(first, second)).all()


def test_csr_counts_pairs() -> None:
    graph = HeteroGraph.of({"Person": people("a", "b")}, {FOLLOWS: Edges(np.asarray([0, 0, 1]), np.asarray([1, 1, 0]))})
    assert graph.csr(FOLLOWS).toarray().tolist() == [[0, 2], [1, 0]]


def test_without() -> None:
    left = small().without(VIEWED, np.asarray([True, False, False]))
    assert left.edges(VIEWED).src.tolist() == [0, 2]


def test_edges_to_nowhere_are_refused() -> None:
    for src in (-1, 2):
        with pytest.raises(DataError, match="does not exist"):
            HeteroGraph.of({"Person": people("a", "b")}, {FOLLOWS: Edges(np.asarray([src]), np.asarray([0]))})


def test_what_is_missing_everywhere_is_left_out() -> None:
    empty = np.zeros(0, np.int64)
    bare = HeteroGraph.of({"Person": people("a", "b")}, {FOLLOWS: Edges(np.asarray([0]), np.asarray([1]))})
    kind = Coded(np.asarray([-1], np.int32), TextArray.of([]))
    full = HeteroGraph.of(
        {
            "Person": Nodes(
                IdMap.of("Person", ["a", "b"]),
                {"name": TextArray.of(["", ""]), "cost": np.full(2, np.nan), "x": np.full(2, -1, np.int8)},
                {"KOL": np.zeros(2, np.bool_), "User": np.ones(2, np.bool_)},
            ),
            "Product": Nodes(IdMap.of("Product", []), {}),
        },
        {
            FOLLOWS: Edges(
                np.asarray([0]), np.asarray([1]), np.asarray([UNDATED]), np.asarray([np.nan]), {"kind": kind}
            ),
            VIEWED: Edges(empty, empty),
        },
    )
    assert bare.fingerprint == full.fingerprint


def test_every_part_counts_for_the_fingerprint() -> None:
    base = small()
    views = base.edges(VIEWED)
    changes = [
        Edges(views.src, views.dst, views.time, None),
        Edges(views.src, views.dst, views.time + 1, views.weight),  # type: ignore[operator]
        Edges(views.src, 1 - views.dst, views.time, views.weight),
    ]
    prints = {HeteroGraph.of(base.nodes, {**base.edge_sets, VIEWED: e}).fingerprint for e in changes}
    prints |= {base.fingerprint, base.until(5).fingerprint, base.until(100).fingerprint}
    assert len(prints) == 6


def test_a_graph_on_disk_comes_back(tmp_path: Path) -> None:
    graph = small()
    folder = graph.write(tmp_path / "deep" / "snap")
    back = HeteroGraph.read(folder)
    assert back.fingerprint == graph.fingerprint
    back.__dict__.pop("fingerprint", None)
    assert back.fingerprint == graph.fingerprint
    assert back.attributes("Product").to_dict("list")["name"][0] == "车"
    assert HeteroGraph.read(graph.until(20).write(folder)).cut_off == 20
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["snap"]


def test_unreadable_snapshots(tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="no snapshot"):
        HeteroGraph.read(tmp_path / "none")
    folder = small().write(tmp_path / "snap")
    header = json.loads((folder / "graph.json").read_text("utf-8"))
    for text in (json.dumps({**header, "format": 99}), "{", "{}"):
        (folder / "graph.json").write_text(text)
        with pytest.raises(DataError) as caught:
            HeteroGraph.read(folder)
        assert "data snapshot" in caught.value.hint


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 2),
            st.sampled_from([UNDATED, 1, 2]),
            st.sampled_from([0.0, -0.0, 1.5, np.nan]),
        )
    )
)
def test_canonical_order_forgets_the_order_of_arrival(rows: list[tuple[int, int, int, float]]) -> None:
    def graph(order: list[tuple[int, int, int, float]]) -> HeteroGraph:
        src, dst, time, weight = (np.asarray(c) for c in zip(*order, strict=True)) if order else [np.zeros(0)] * 4
        edges = Edges(src.astype(np.int64), dst.astype(np.int64), time.astype(np.int64), weight.astype(np.float64))
        return HeteroGraph.of({"Person": people("a", "b", "c")}, {FOLLOWS: edges.canonical()})

    assert graph(rows).fingerprint == graph(rows[::-1]).fingerprint


def test_to_networkx() -> None:
    found = small().to_networkx()
    assert found.number_of_nodes() == 5
    assert found.get_edge_data(("Person", "c"), ("Product", "p1"))[0] == {
        "relation": "VIEWED",
        "time": 20,
        "weight": 2.0,
    }


VISITED = EdgeKey("Person", "VISITED", "Product")


def _own(**told: Any) -> HeteroGraph:
    """A graph with a relation of a user's own; without ``told`` the schema does not know it."""
    nodes = {name: Nodes(IdMap.of(name, ["a", "b"]), {}) for name in ("Person", "Product")}
    edges = {VISITED: Edges(np.array([0, 1]), np.array([1, 0]))}
    own = {VISITED: EdgeType(VISITED, meaning_of("acquire", "VISITED", **told))} if told else {}
    return HeteroGraph.of(nodes, edges, schema=Schema(MARKET.nodes, {**MARKET.edges, **own}))


def test_what_a_relation_means_is_kept_and_tells_graphs_apart(tmp_path: Path) -> None:
    graphs = [_own(), _own(recurring=True), _own(strength=9.0)]
    assert len({g.fingerprint for g in graphs}) == 3
    for graph in graphs:
        read = HeteroGraph.read(graph.write(tmp_path / graph.fingerprint[:8]))
        assert read.meaning(VISITED) == graph.meaning(VISITED)
        assert read.verify()
        assert read.until(5).meaning(VISITED) == graph.meaning(VISITED)
    assert "meanings" not in json.loads((tmp_path / graphs[0].fingerprint[:8] / "graph.json").read_text())


def test_an_unknown_role_in_a_snapshot_is_told(tmp_path: Path) -> None:
    file = _own(recurring=True).write(tmp_path / "g") / "graph.json"
    file.write_text(file.read_text("utf-8").replace('"acquire"', '"conquer"'), "utf-8")
    with pytest.raises(DataError, match="unknown role 'conquer'"):
        HeteroGraph.read(tmp_path / "g")
