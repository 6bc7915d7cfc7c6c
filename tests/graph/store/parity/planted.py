"""A small market with every kind of value in it, for both engines, and the comparison of what they answer."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from graph.hetero import MISSING_INTEGER, UNDATED, Coded, Edges, HeteroGraph, Nodes
from graph.ids import IdMap
from graph.schema import MARKET, Column, EdgeKey, NodeType, Schema
from graph.store.embedded.filling import _series
from graph.text import TextArray

NEW_YEAR, DAY, NAN = 1_767_225_600, 86_400, float("nan")
STORE = {
    "open": Column("boolean"),
    "since": Column("time"),
    "size": Column("integer"),
    "rent": Column("money"),
    "ratio": Column("decimal"),
    "tags": Column("list"),
    "note": Column("text"),
}
PERSON = MARKET.node("Person")
JOINED = {**PERSON.columns, "joined": Column("time")}
SCHEMA = Schema(
    {**MARKET.nodes, "Person": replace(PERSON, columns=JOINED), "Store": NodeType("Store", STORE)}, MARKET.edges
)
PARAMETERS: dict[str, Any] = {
    "one": 1, "two": 2, "s": "王", "l": [1, 2, None], "m": {"a": 1, "b": {"c": 2}}, "f": 1.5, "big": 2**62, "nul": None,
    "d": "2025-01-31", "limit": 2, "rows": [{"a": 1}, {"a": 2, "b": "x"}],
    # Names and values that a writer of queries may stumble over.
    "1": [1], "2": [1.0], "3": [True], "a b": 1, "a`b": 2, "上海": 3, "_x": 4, "the id": "1", "key": "city",
    "ids": ["1", "ann"], "odd text": "it's \"odd\": `\\u0041`\n", "slash": "a\\u0041\\", "quote": "'", "tick": "`",
    "newline": "a\nb", "empty": "", "empty list": [], "empty map": {}, "odd map": {"a b": 1, "a`b": [2]},
    "truth": True, "beyond": "😀", "gv0": "mine",
}  # fmt: skip


def flags(*values: int) -> Any:
    return np.array(values, np.bool_)


def nodes() -> dict[str, Nodes]:
    person = Nodes(
        IdMap.of("Person", ["01", "1", "ann", "bo", "É", "李", "王", "😀"]),
        {
            "name": TextArray.of(["", "One", "Ann", "bo", "É", "小王", "李雷", "😀a"]),
            "city": TextArray.of(["上海", "", "Paris", "paris", "北京", "上海", "", "Zürich"]),
            "joined": np.array(
                [
                    0,
                    MISSING_INTEGER,
                    NEW_YEAR,
                    NEW_YEAR + DAY - 1,
                    -DAY,
                    NEW_YEAR - 1,
                    MISSING_INTEGER,
                    NEW_YEAR + 59 * DAY,
                ]
            ),
            "followers": np.array([MISSING_INTEGER, 7, 2**40, 0, -3, 10, 10, MISSING_INTEGER]),
            "cost": np.array([NAN, 1.0, 2.5, 0.0, -0.5, 100.25, 1e-7, 1e16]),
        },
        {"User": flags(1, 1, 1, 1, 0, 0, 1, 0), "KOL": flags(0, 1, 0, 0, 1, 1, 0, 0)},
    )
    store = Nodes(
        IdMap.of("Store", ["s1", "s2", "s3"]),
        {
            "open": np.array([1, 0, -1], np.int8),
            "since": np.array([NEW_YEAR, MISSING_INTEGER, NEW_YEAR + 31 * DAY]),
            "size": np.array([9007199254740993, 5, MISSING_INTEGER]),
            "rent": np.array([10.1, NAN, 0.07]),
            "ratio": np.array([0.1, 3.0, NAN]),
            "tags": TextArray.of(['["a","b"]', "", "[]"]),
            "note": TextArray.of(["it's", "", "line\nbreak"]),
        },
    )
    product = {"name": TextArray.of(["茶", "Tea", ""]), "price": np.array([10.0, 3.3, NAN])}
    vehicle = {"price": np.array([9.5, NAN]), "brand": TextArray.of(["B1", ""])}
    return {
        "Person": person,
        "Store": store,
        "Product": Nodes(IdMap.of("Product", ["p1", "p2", "p3"]), product),
        "Vehicle": Nodes(IdMap.of("Vehicle", ["v1", "v2"]), vehicle),
    }


def edges(rows: list[tuple[int, int, int, float]], **columns: Any) -> Edges:
    src, dst, time, weight = zip(*rows, strict=True)
    return Edges(
        np.array(src), np.array(dst), np.array(time, np.int64), np.array(weight, np.float64), columns
    ).canonical()


def market() -> HeteroGraph:
    def key(relation: str, target: str = "Product") -> EdgeKey:
        return EdgeKey("Person", relation, target)

    kinds = Coded(np.array([1, -1, 0], np.int32), TextArray.of(["comment", "like"]))
    follows = (np.array([0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7]), np.array([1, 2, 2, 0, 3, 3, 5, 4, 6, 7, 5]))
    year = NEW_YEAR
    viewed = [(0, 0, year, 1.0), (0, 0, year, 1.0), (0, 1, UNDATED, NAN), (2, 1, year + 5, 2.0), (5, 2, year - 1, 3.5)]
    sets = {
        key("VIEWED"): edges([*viewed, (7, 0, 5, 0.0)]),
        key("VIEWED", "Vehicle"): edges([(0, 0, year, 3.0), (3, 0, year + DAY, 3.0), (3, 1, UNDATED, NAN)]),
        key("BOUGHT"): edges([(0, 0, year + 3600, 10.0), (1, 0, year + 7200, 9.9), (2, 1, UNDATED, NAN)]),
        key("INTERACTED", "Person"): edges([(0, 1, 1, 1.0), (0, 1, 2, NAN), (5, 6, year, 2.0)], kind=kinds),
        key("FOLLOWS", "Person"): Edges(*follows).canonical(),
    }
    return HeteroGraph.of(nodes(), sets)


def values(column: Any, declared: Column | None) -> list[Any]:
    """A column as values of the driver."""
    found: list[Any] = []
    for value in _series(column, declared, "UTC")[0].tolist():
        found.append(value if isinstance(value, list) or not (value is None or pd.isna(value)) else None)
    return found


def fill_server(session: Any, graph: HeteroGraph) -> None:
    """The market on a server, by plain Cypher, with what a load would put there besides."""
    session.run("MATCH (n:Graphvine) DETACH DELETE n").consume()
    session.run("CREATE (:Graphvine:GraphvineMeta {id: 'meta'}), (:Graphvine:GraphvineBatch {id: 'batch'})").consume()
    for name, found in graph.nodes.items():
        session.run(f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:`{name}`) REQUIRE n.id IS UNIQUE").consume()
        columns = {"id": found.ids.texts.to_list()}
        columns |= {c: values(column, SCHEMA.nodes[name].columns[c]) for c, column in found.columns.items()}
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        session.run(f"UNWIND $rows AS row CREATE (n:`{name}`:Graphvine) SET n = row", rows=rows).consume()
        for role, those in found.roles.items():
            ids = list(found.ids.ids(np.flatnonzero(those)))
            session.run(f"MATCH (n:`{name}`) WHERE n.id IN $ids SET n:`{role}`", ids=ids).consume()
    for key, some in graph.edge_sets.items():
        fill_edges(session, graph, key, some)


def fill_edges(session: Any, graph: HeteroGraph, key: EdgeKey, some: Edges) -> None:
    columns = {c: values(column, SCHEMA.edges[key].columns.get(c)) for c, column in some.columns.items()}
    if some.time is not None:
        columns["time"] = values(some.time, Column("time"))
    if some.weight is not None:
        columns["weight"] = values(some.weight, None)
    columns["event"] = [f"{number:032x}" for number in range(len(some.src))]
    ends = zip(graph.ids(key.source).ids(some.src), graph.ids(key.target).ids(some.dst), strict=True)
    facts = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    rows = [{"a": str(a), "b": str(b), "p": p} for (a, b), p in zip(ends, facts, strict=True)]
    session.run(
        f"UNWIND $rows AS row MATCH (a:`{key.source}` {{id: row.a}}) MATCH (b:`{key.target}` {{id: row.b}}) "
        f"CREATE (a)-[e:`{key.relation}`]->(b) SET e = row.p",
        rows=rows,
    ).consume()


def alike(first: Any, second: Any) -> bool:
    """Equal in value and kind; decimals to 12 digits, since sums of them depend on the order of the rows."""
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=1e-12)
    if type(first) is not type(second):
        return False
    if isinstance(first, (list, tuple)):
        return len(first) == len(second) and all(alike(a, b) for a, b in zip(first, second, strict=True))
    if isinstance(first, dict):
        return list(first) == list(second) and all(alike(first[k], second[k]) for k in first)
    return bool(first == second)


def same_rows(text: str, first: list[Any], second: list[Any]) -> bool:
    """In order where the query gives one, else as a bag."""
    if "ORDER BY" not in text[text.upper().rindex("RETURN") :].upper():
        first, second = sorted(first, key=repr), sorted(second, key=repr)
    return alike(first, second)
