"""A market small enough to answer every named query by hand, and its results, for both engines."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from graph.columns import DAYS, MISSING_INTEGER, UNDATED, Coded, EdgeColumn, Edges, NodeColumn, Nodes
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import MARKET, EdgeKey
from graph.store.derived import LABEL, LABELS, derived_graph
from graph.store.protocol import ResultTable
from graph.text import TextArray

NEW_YEAR = 1_767_225_600  # 2026-01-01T00:00:00Z, a Thursday
DAY = 86_400

Cell = str | int | float | None
# type: (columns, id -> cells); a day stands for a date or a time, counted from New Year.
NODES: dict[str, tuple[tuple[str, ...], dict[str, tuple[Cell, ...]]]] = {
    "Person": (
        ("name", "city", "gender", "age_band", "platform", "signup", "followers", "cost"),
        {
            "ann": ("Ann", "上海", "female", "25-34", None, 0, None, None),
            "bo": ("Bo", "北京", "male", "25-34", None, 0, None, None),
            "cy": ("Cy", None, "female", "35-44", None, None, None, None),
            "di": ("Di", "上海", "male", None, None, 40, None, None),
            "eve": (None, None, None, None, None, None, None, None),
            "kim": ("Kim", None, None, None, "抖音", None, 1000, 500.0),
            "lou": ("Lou", None, None, None, "小红书", 0, None, 300.0),
            "sol": (None, None, None, None, None, None, 50, None),
            "小美": ("小美", "广州", "female", "25-34", None, 0, None, None),
        },
    ),
    "Vehicle": (
        ("name", "brand", "body", "price"),
        {
            "v1": ("V1", "B1", "SUV", 100_000.0),
            "v2": ("V2", "B1", "轿车", 150_000.0),
            "v3": ("V3", "曜驰", "SUV", 200_000.0),
            "v4": ("V4", "曜驰", None, None),
        },
    ),
    "Product": (
        ("name", "brand", "category", "price"),
        {
            "p1": ("P1", "云麓", "露营", 100.0),
            "p2": ("P2", "云麓", "充电", 50.0),
            "p3": ("P3", "小驰", "露营", 20.0),
            "商品4": ("充电枪 二代", "小驰", "充电", 80.0),
        },
    ),
    "Topic": (("name",), {"t1": ("续航",), "t2": ("充电",), "t3": ("露营",)}),
    "Campaign": (
        ("name", "start", "end", "budget"),
        {"c1": ("春节活动", 0, 30, 1000.0), "c2": ("元宵", 30, 50, None)},
    ),
}
ROLES = {
    "User": {"ann", "bo", "cy", "di", "eve", "lou", "小美"},
    "KOL": {"kim", "lou", "sol"},
}

Event = tuple[str, str, int | None, float | None, str | None]


def events(*rows: tuple[str, str] | tuple[Any, ...]) -> list[Event]:
    """Rows of person, target, day, weight, channel or kind; what is left out is missing."""
    return [(*row, *(None,) * (5 - len(row))) for row in rows]


EDGES: dict[tuple[str, str], list[Event]] = {
    ("VIEWED", "Vehicle"): events(
        ("ann", "v1", 0), ("ann", "v1", 1), ("ann", "v1", 1), ("bo", "v1", 0), ("cy", "v1", 0), ("cy", "v1", 2),
        ("cy", "v2", 2), ("ann", "v3", 5), ("bo", "v2", 100), ("cy", "v3", 7), ("小美", "v3", 30),
    ),
    ("VIEWED", "Product"): events(("ann", "p1", 0), ("bo", "商品4", 36), ("小美", "商品4", 37), ("cy", "p3", 39)),
    ("FAVOURITED", "Vehicle"): events(("ann", "v1", 3), ("cy", "v1", 4)),
    ("FAVOURITED", "Product"): events(("小美", "商品4", 37), ("ann", "p3", 6)),
    ("CARTED", "Product"): events(("小美", "商品4", 38, 2.0), ("cy", "p3", 39, 1.0), ("bo", "p2", 34, 1.0)),
    ("SEARCHED", "Vehicle"): events(("cy", "v1", 1, 2.0)),
    ("SEARCHED", "Topic"): events(("ann", "t1", 10), ("bo", "t1", 40), ("cy", "t1", 41), ("cy", "t2", 20)),
    ("OWNS", "Vehicle"): events(("bo", "v1"), ("cy", "v2"), ("di", "v1"), ("di", "v2")),
    ("TEST_DROVE", "Vehicle"): events(
        ("ann", "v1", 2, 30.0), ("ann", "v1", 4, 20.0), ("bo", "v1", 1, 30.0), ("cy", "v3", 6, 30.0)
    ),
    ("BOUGHT", "Product"): events(
        ("ann", "p1", 0, 100.0), ("ann", "p2", 1, 50.0), ("bo", "p1", 2, 100.0), ("bo", "p2", 35, 50.0),
        ("cy", "p1", 3, 100.0), ("cy", "p3", 40, 20.0), ("cy", "p3", 41, 20.0), ("di", "p3", 33),
    ),
    ("BOUGHT", "Vehicle"): events(("bo", "v1", 90, 200_000.0)),
    ("RENTED", "Vehicle"): events(
        ("小美", "v1", 4, 300.0), ("小美", "v1", 11, 320.0), ("小美", "v3", 50, 500.0), ("ann", "v2", 11, 250.0),
        ("cy", "v1", 12),
    ),
    ("RATED", "Product"): events(("ann", "p1", 10, 5.0), ("bo", "p1", 11, 2.0), ("cy", "p3", 45, 4.0)),
    ("RATED", "Vehicle"): events(("ann", "v2", 12, 3.0)),
    ("FOLLOWS", "Person"): events(
        ("ann", "kim"), ("bo", "kim"), ("lou", "kim"), ("ann", "lou"), ("cy", "lou"), ("ann", "bo"), ("ann", "di"),
        ("小美", "ann"), ("cy", "小美"), ("di", "di"),
    ),
    ("INTERACTED", "Person"): events(
        ("ann", "kim", 1, None, "like"), ("ann", "kim", 2, None, "like"), ("cy", "kim", 3, None, "like"),
        ("di", "lou", 3, None, "comment"),
    ),
    ("MENTIONS", "Topic"): events(("kim", "t2", 45), ("lou", "t1", 46), ("lou", "t1", 47)),
    ("PROMOTES", "Vehicle"): events(
        ("kim", "v1", 1, 5.0), ("kim", "v1", 5, 5.0), ("lou", "v2", 1, 5.0), ("sol", "v1", 1, 5.0)
    ),
    ("PROMOTES", "Product"): events(("lou", "p3", 30, 7.0)),
    ("REFERRED", "Person"): events(
        ("ann", "bo", 1), ("ann", "cy", 2), ("bo", "di", 3), ("kim", "sol", 4), ("cy", "ann"), ("cy", "bo", 5)
    ),
    ("EXPOSED_TO", "Campaign"): events(
        ("ann", "c1", 5, 2.0, "小程序"), ("bo", "c1", 6, 1.0, "小程序"), ("cy", "c1", 6, 1.0, "短信"),
        ("ann", "c1", 12, 1.0, "小程序"), ("di", "c2", 33, 1.0, "短信"), ("小美", "c2", 33, 1.0, "小程序"),
    ),
    ("CLICKED", "Campaign"): events(
        ("ann", "c1", 5, None, "小程序"), ("cy", "c1", 7, None, "短信"), ("di", "c2", 34, None, "短信")
    ),
    ("CONVERTED", "Campaign"): events(("ann", "c1", 6, 100.0, "小程序"), ("di", "c2", 35, None, "短信")),
}  # fmt: skip

RESULTS: dict[str, list[ResultTable]] = {
    "r1": [
        ResultTable(
            "segments",
            ("person", "segment", "name", "certainty"),
            [
                ("ann", "S1", "露营玩家", 0.9), ("cy", "S1", "露营玩家", 0.8), ("小美", "S1", "露营玩家", 0.7),
                ("bo", "S2", "通勤族", 0.95), ("di", "S2", "通勤族", 0.6),
            ],
        )
    ],
    "r2": [
        ResultTable(
            "segments",
            ("person", "segment", "name", "certainty"),
            [("ann", "S1", "甲", 1.0), ("bo", "S1", "甲", 0.9), ("cy", "S2", "乙", 0.9), ("di", "S2", "乙", 0.5)],
        )
    ],
    "r3": [
        ResultTable(
            "recommendations",
            ("user_id", "item_type", "item_id", "rank", "score", "reason"),
            [
                ("ann", "product", "p3", 1, 0.9, "买过露营用品"), ("ann", "vehicle", "v3", 2, 0.5, "关注的人在看"),
                ("bo", "product", "p3", 1, 0.8, "买过露营用品"), ("bo", "product", "商品4", 2, 0.4, None),
                ("cy", "vehicle", "v1", 1, 0.7, "朋友在开"), ("di", "product", "商品4", 1, 0.6, None),
                ("eve", "product", "p1", 1, 0.3, "热门"),
            ],
        )
    ],
    "r4": [ResultTable("seeds", ("person", "rank", "gain", "cost"), [("kim", 1, 2.5, 500.0), ("lou", 2, 1.0, 300.0)])],
    "r5": [ResultTable("scores", ("person", "rank", "score"), [("kim", 1, 80.5), ("lou", 2, 60.0), ("sol", 3, 10.0)])],
}  # fmt: skip


def second(day: Cell) -> int:
    """UTC seconds of a day."""
    return UNDATED if day is None else NEW_YEAR + DAY * int(day)


def date(day: Cell) -> datetime.date:
    """A day of the calendar."""
    return datetime.datetime.fromtimestamp(second(day), datetime.UTC).date()


def market() -> HeteroGraph:
    """The market as arrays."""
    nodes = {name: _nodes(name) for name in NODES}
    edge_sets = {}
    for (relation, target), rows in EDGES.items():
        key = EdgeKey("Person", relation, target)
        edge_sets[key] = Edges(
            nodes["Person"].ids.numbers([r[0] for r in rows]),
            nodes[target].ids.numbers([r[1] for r in rows]),
            np.array([second(r[2]) for r in rows], np.int64),
            np.array([np.nan if r[3] is None else r[3] for r in rows]),
            MappingProxyType(
                {name: _coded([r[4] for r in rows]) for name in MARKET.edge(key).columns if name in _SAID}
            ),
        ).canonical()
    return HeteroGraph.of(nodes, edge_sets)


_SAID = ("kind", "channel")


def _nodes(name: str) -> Nodes:
    columns, rows = NODES[name]
    ids = IdMap.of(name, rows)
    order = ids.texts.to_list()
    flags = {r: np.array([i in ROLES[r] for i in order]) for r in MARKET.node(name).roles}
    values = {c: _column(name, c, [rows[i][n] for i in order]) for n, c in enumerate(columns)}
    return Nodes(ids, MappingProxyType(values), MappingProxyType(flags))


def _column(name: str, column: str, cells: Sequence[Cell]) -> NodeColumn:
    kind = MARKET.node(name).columns[column].type
    if kind == "text":
        return TextArray.of(str(c or "") for c in cells)
    if kind == "date":
        return np.array([None if c is None else date(c) for c in cells], DAYS)
    if kind == "integer":
        return np.array([MISSING_INTEGER if c is None else int(c) for c in cells], np.int64)
    return np.array([np.nan if c is None else float(c) for c in cells])


def _coded(texts: Sequence[str | None]) -> EdgeColumn:
    values = sorted({t for t in texts if t is not None}, key=lambda t: t.encode())
    return Coded(np.array([-1 if t is None else values.index(t) for t in texts], np.int32), TextArray.of(values))


def statements() -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The market and its results as Cypher statements with the rows that each of them unwinds.

    The first make the labels known in the order in which a load does, since a server lists those of a node in it.
    """
    for label in (*NODES, *LABELS, *ROLES, LABEL, "Graphvine"):
        yield f"CREATE (n:{label}) DELETE n", []
    for name, (columns, rows) in NODES.items():
        kinds = MARKET.node(name).columns
        for node, cells in rows.items():
            labels = ":".join([name, *(r for r in MARKET.node(name).roles if node in ROLES[r]), "Graphvine"])
            values = {c: _native(kinds[c].type, v) for c, v in zip(columns, cells, strict=True) if v is not None}
            yield f"UNWIND $rows AS r CREATE (n:{labels}) SET n = r", [{"id": node, **values}]
    for (relation, target), found in EDGES.items():
        said = next((c for c in MARKET.edge(EdgeKey("Person", relation, target)).columns if c in _SAID), "said")
        for person, end, day, weight, word in found:
            facts = {"time": None if day is None else _native("time", day), "weight": weight, said: word}
            yield _edge(target, relation), [{"src": person, "dst": end, "values": _given(facts)}]
    for result_id, tables in RESULTS.items():
        derived = derived_graph(tables, result_id)
        for label, nodes in derived.nodes.items():
            yield f"UNWIND $rows AS r CREATE (n:{label}:Derived:Graphvine) SET n = r", list(nodes)
        for edges in derived.edges:
            yield (
                _edge(edges.target, edges.relation),
                [{"src": src, "dst": dst, "values": values} for src, dst, values in edges.rows],
            )


def _edge(target: str, relation: str) -> str:
    ends = f"MATCH (a:Person {{id: r.src}}) MATCH (b:{target} {{id: r.dst}})"
    return f"UNWIND $rows AS r {ends} CREATE (a)-[e:{relation}]->(b) SET e = r.values"


def _native(kind: str, value: Cell) -> Any:
    if kind == "date" and value is not None:
        return date(value)
    return datetime.datetime.fromtimestamp(second(value), datetime.UTC) if kind == "time" else value


def _given(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
