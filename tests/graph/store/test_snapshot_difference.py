from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.columns import MISSING_INTEGER, UNDATED, Coded, Edges, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import EdgeKey
from graph.store.embedded.index import snapshot_difference as module
from graph.store.embedded.index.cypher_index import build_index, open_index, snapshot_of, update_index
from graph.store.embedded.index.run_query import run
from graph.store.embedded.index.snapshot_difference import Difference, difference
from graph.text import TextArray

VIEWED = EdgeKey("Person", "VIEWED", "Product")
VIEWED_VEHICLE = EdgeKey("Person", "VIEWED", "Vehicle")
INTERACTED = EdgeKey("Person", "INTERACTED", "Person")
MANY = 10**9

Person = tuple[str, int | None, float | None, frozenset[str]]  # name ("" is missing), followers, cost, roles
Row = tuple[EdgeKey, str, str, int | None, float | None, str]  # kind "" is missing
NAN = float("nan")


def graph_of(people: dict[str, Person], rows: Sequence[Row]) -> HeteroGraph:
    """A graph from plain values; products and vehicles are those that an edge names."""
    ids = {"Person": IdMap.of("Person", people)}
    for name in ("Product", "Vehicle"):
        ids[name] = IdMap.of(name, [r[2] for r in rows if r[0].target == name])
    facts = [people[i] for i in ids["Person"].texts.to_list()]
    columns: dict[str, Any] = {
        "name": TextArray.of(f[0] for f in facts),
        "followers": np.array([MISSING_INTEGER if f[1] is None else f[1] for f in facts], np.int64),
        "cost": np.array([NAN if f[2] is None else f[2] for f in facts], np.float64),
    }
    roles = {role: np.array([role in f[3] for f in facts], np.bool_) for role in ("User", "KOL")}
    nodes = {
        name: Nodes(ids[name], columns if name == "Person" else {}, roles if name == "Person" else {}) for name in ids
    }
    return HeteroGraph.of(nodes, {key: edges_of(ids, key, [r for r in rows if r[0] == key]) for key in KEYS})


KEYS = (VIEWED, VIEWED_VEHICLE, INTERACTED)


def edges_of(ids: dict[str, IdMap], key: EdgeKey, rows: Sequence[Row]) -> Edges:
    kinds = sorted({r[5] for r in rows})
    codes = np.array([kinds.index(r[5]) for r in rows], np.int32)
    columns = {"kind": Coded(codes, TextArray.of(kinds))} if key == INTERACTED else {}
    return Edges(
        ids[key.source].numbers([r[1] for r in rows]),
        ids[key.target].numbers([r[2] for r in rows]),
        np.array([UNDATED if r[3] is None else r[3] for r in rows], np.int64),
        np.array([NAN if r[4] is None else r[4] for r in rows], np.float64),
        columns,
    ).canonical()


NOBODY: Person = ("", None, None, frozenset())
BASE: dict[str, Person] = {
    "王": ("小王", None, 2.5, frozenset({"User"})),
    "b": ("B", 7, None, frozenset({"User", "KOL"})),
    "m": NOBODY,
}
ROWS: list[Row] = [
    (VIEWED, "b", "p1", 5, 1.0, ""),
    (VIEWED, "b", "p1", 5, 1.0, ""),
    (VIEWED, "b", "p1", None, None, ""),
    (VIEWED_VEHICLE, "王", "v1", 9, 2.0, ""),
    (VIEWED_VEHICLE, "王", "v1", 9, 2.0, ""),
    (INTERACTED, "b", "王", 1, None, "赞"),
    (INTERACTED, "b", "王", 1, None, ""),
]
BEFORE = graph_of(BASE, ROWS)


def added(new: HeteroGraph, found: Difference) -> list[tuple[Any, ...]]:
    """The new edges of a difference, by ids."""
    rows = []
    for key, positions in found.edges.items():
        e = new.edges(key).take(positions)
        times = e.time if e.time is not None else np.full(len(e), UNDATED)
        ends = zip(new.ids(key.source).ids(e.src), new.ids(key.target).ids(e.dst), times.tolist(), strict=True)
        rows += [(key.target, *row) for row in ends]
    return rows


def test_equal_graphs_do_not_differ() -> None:
    assert difference(BEFORE, BEFORE, most=0) == Difference({}, {}, {})


def test_new_people_events_attributes_and_roles() -> None:
    people = {
        **BASE,
        "m": ("", None, 3.0, frozenset({"KOL"})),
        "a": NOBODY,
        "zz": ("Z", 1, 1.0, frozenset({"User"})),
    }
    rows = [
        *ROWS,
        (VIEWED, "b", "p1", 5, 1.0, ""),
        (VIEWED, "a", "p0", 6, 1.0, ""),
        (INTERACTED, "zz", "a", 1, 1.0, "b"),
    ]
    new = graph_of(people, rows)
    found = difference(BEFORE, new, most=MANY)
    assert found is not None
    assert new.ids("Person").ids(found.nodes["Person"]) == ["a", "m", "zz"]
    assert new.ids("Product").ids(found.nodes["Product"]) == ["p0"]
    assert set(found.nodes) == {"Person", "Product"}
    names = {role: new.ids("Person").ids(numbers) for (_, role), numbers in found.roles.items()}
    assert names == {"KOL": ["m"], "User": ["zz"]}
    assert added(new, found) == [
        ("Person", "zz", "a", 1),
        ("Product", "a", "p0", 6),
        ("Product", "b", "p1", 5),
    ]
    assert (found.new_edges, found.touched_nodes) == (3, 4)


@pytest.mark.parametrize(
    ("person", "same"),
    [
        (("B", 7, None, frozenset({"User", "KOL"})), True),
        (("b", 7, None, frozenset({"User", "KOL"})), False),
        (("", 7, None, frozenset({"User", "KOL"})), False),
        (("B", 8, None, frozenset({"User", "KOL"})), False),
        (("B", None, None, frozenset({"User", "KOL"})), False),
        (("B", 7, 0.5, frozenset({"User", "KOL"})), False),
    ],
)
def test_every_kind_of_attribute_is_compared(person: Person, same: bool) -> None:
    new = graph_of({**BASE, "b": person}, ROWS)
    found = difference(BEFORE, new, most=MANY)
    assert found is not None
    assert [new.ids("Person").ids(n) for n in found.nodes.values()] == ([] if same else [["b"]])


@pytest.mark.parametrize(
    ("people", "rows"),
    [
        ({k: v for k, v in BASE.items() if k != "m"}, ROWS),
        ({**BASE, "b": ("B", 7, None, frozenset({"User"}))}, ROWS),
        (BASE, ROWS[1:]),
        (BASE, [r for r in ROWS if r[0] != INTERACTED]),
        (BASE, [*ROWS[:2], (VIEWED, "b", "p1", None, 4.0, ""), *ROWS[3:]]),
        (BASE, [(*r[:5], "") for r in ROWS]),
        (BASE, [(*r[:4], None, r[5]) for r in ROWS]),
        (BASE, [r for r in ROWS if r[0] != VIEWED_VEHICLE]),
    ],
    ids=["node", "role", "parallel edge", "edge type", "changed edge", "text", "weights", "node type"],
)
def test_what_is_gone_cannot_be_added(people: dict[str, Person], rows: list[Row]) -> None:
    assert difference(BEFORE, graph_of(people, rows), most=MANY) is None


def test_a_column_of_another_type_is_no_growth() -> None:
    people = BEFORE.nodes["Person"]
    for other in (TextArray.of(["7", "", ""]), np.array([7.0, NAN, NAN])):
        changed = Nodes(people.ids, {**people.columns, "followers": other}, people.roles)
        new = HeteroGraph.of({**BEFORE.nodes, "Person": changed}, BEFORE.edge_sets)
        assert difference(BEFORE, new, most=MANY) is None
        assert difference(new, BEFORE, most=MANY) is None


def test_a_large_difference_is_not_told() -> None:
    new = graph_of(BASE, [*ROWS, *[(VIEWED, "b", "p1", t, 1.0, "") for t in range(100)]])
    assert difference(BEFORE, new, most=99) is None
    found = difference(BEFORE, new, most=100)
    assert found is not None
    assert found.new_edges == 100


def test_negative_weights_keep_their_order() -> None:
    old = graph_of(BASE, [(VIEWED, "b", "p1", 5, -1.0, "")])
    new = graph_of(BASE, [(VIEWED, "b", "p1", 5, w, "") for w in (-2.0, -1.0, 1.0, None)])
    found = difference(old, new, most=MANY)
    assert found is not None
    assert new.edges(VIEWED).take(found.edges[VIEWED]).weight.tolist()[:2] == [-2.0, 1.0]  # type: ignore[union-attr]
    assert found.new_edges == 3


people = st.tuples(
    st.sampled_from(["", "一", "B"]),
    st.sampled_from([None, 0, 7]),
    st.sampled_from([None, -1.5, 2.0]),
    st.frozensets(st.sampled_from(["User", "KOL"])),
)


@st.composite
def growths(draw: st.DrawFn) -> tuple[HeteroGraph, HeteroGraph]:
    """A graph, and what became of it: more and changed people, more roles, more events."""
    names = draw(st.lists(st.sampled_from(["a", "ab", "b", "王", "车", "~"]), min_size=1, max_size=5, unique=True))
    later = {name: draw(people) for name in names}
    row = st.tuples(
        st.sampled_from(KEYS),
        st.sampled_from(names),
        st.sampled_from(["1", "2", "二"]),
        st.sampled_from([None, 1, 2]),
        st.sampled_from([None, -2.0, -1.0, 0.0, 3.0]),
        st.sampled_from(["", "x", "赞"]),
    )
    rows: list[Row] = [
        (key, src, draw(st.sampled_from(names)) if key == INTERACTED else dst, t, w, kind)
        for key, src, dst, t, w, kind in draw(st.lists(row, max_size=14))
    ]
    kept = [r for r in rows if draw(st.booleans())]
    needed = {end for r in kept for end in (r[1], r[2] if r[0] == INTERACTED else r[1])}
    earlier = {}
    for name in names:
        if name in needed or draw(st.booleans()):
            name_, followers, cost, roles = draw(people)
            earlier[name] = (name_, followers, cost, roles & later[name][3])
    return graph_of(earlier, kept), graph_of(later, rows)


def multiset(graph: HeteroGraph, key: EdgeKey, positions: Any = None) -> Counter[tuple[Any, ...]]:
    e = graph.edges(key) if positions is None else graph.edges(key).take(positions)
    if not len(e):
        return Counter()
    time = e.time if e.time is not None else np.full(len(e), UNDATED)
    weight = e.weight if e.weight is not None else np.full(len(e), NAN)
    kind = e.columns.get("kind")
    kinds = kind.values.pick(kind.codes) if isinstance(kind, Coded) else [""] * len(e)
    kinds = [k if not isinstance(kind, Coded) or kind.codes[i] >= 0 else "" for i, k in enumerate(kinds)]
    src, dst = graph.ids(key.source).ids(e.src), graph.ids(key.target).ids(e.dst)
    return Counter(zip(src, dst, time.tolist(), map(str, weight.tolist()), kinds, strict=True))


@settings(max_examples=80, deadline=None)
@given(growths(), st.sampled_from([1, 2, MANY]))
def test_the_new_events_are_exactly_the_difference_of_the_multisets(
    pair: tuple[HeteroGraph, HeteroGraph], block: int
) -> None:
    old, new = pair
    patch = pytest.MonkeyPatch()
    patch.setattr(module, "_BLOCK", block)
    try:
        found = difference(old, new, most=MANY)
    finally:
        patch.undo()
    assert found is not None
    for key in new.edge_sets:
        wanted = multiset(new, key) - multiset(old, key)
        assert multiset(new, key, found.edges.get(key, np.zeros(0, np.int64))) == wanted
    # Growing backwards works only where nothing grew.
    back = difference(new, old, most=MANY)
    if any(multiset(new, key) != multiset(old, key) for key in KEYS):
        assert back is None


QUERIES = (
    "MATCH (p:Person) RETURN p.id AS i, p.name AS n, p.followers AS f, p.cost AS c, p AS p",
    "MATCH (p:KOL) RETURN p.id AS i, labels(p) AS l",
    "MATCH (p:User) WHERE p.cost > 0 RETURN p.id AS i, p.followers + 1 AS f",
    "MATCH (p:Person)-[e:VIEWED]->(x) RETURN p.id AS i, labels(x) AS l, x.id AS x, e.time AS t, e.weight AS w, e AS e",
    "MATCH (a:Person)-[e:INTERACTED]->(b:Person) RETURN a.id AS a, b.id AS b, e.kind AS k, e.time AS t, e AS e",
    "MATCH (a:Person)-[:VIEWED]->(x)<-[:VIEWED]-(b) RETURN a.id AS a, x.id AS x, b.id AS b",
    "MATCH (p:Person)-[e:VIEWED]->(x:Vehicle) WHERE e.time >= datetime('1970-01-01T00:00:02Z') RETURN count(e) AS n",
    "MATCH (x:Product) RETURN x AS x",
)


def answers(file: Path, text: str) -> tuple[list[str], list[str]]:
    result = run(open_index(file), text, timeout_s=20, max_rows=10_000)
    return sorted(map(repr, result.rows)), list(result.columns)


@settings(max_examples=20, deadline=None)
@given(growths())
def test_a_grown_index_answers_like_one_built_anew(
    tmp_path_factory: pytest.TempPathFactory, pair: tuple[HeteroGraph, HeteroGraph]
) -> None:
    old, new = pair
    folder = tmp_path_factory.mktemp("grown")
    found = difference(old, new, most=MANY)
    assert found is not None
    build_index(old, folder / "grown.kgl", stamp="old")
    update_index(found, new, folder / "grown.kgl", stamp="new")
    build_index(new, folder / "anew.kgl", stamp="new")
    assert snapshot_of(folder / "grown.kgl") == "new"
    for text in QUERIES:
        assert answers(folder / "grown.kgl", text) == answers(folder / "anew.kgl", text), text
