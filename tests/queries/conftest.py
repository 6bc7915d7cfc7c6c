"""A market small enough to answer every named query by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from graph.hetero import UNDATED, Coded, Edges, HeteroGraph, Nodes
from graph.ids import IdMap
from graph.schema import EdgeKey
from graph.store.embedded.cypher import CypherIndex, build_index, open_index
from graph.text import TextArray

NEW_YEAR = 1_767_225_600  # 2026-01-01T00:00:00Z
DAY = 86_400

PEOPLE = {
    "ann": ("Ann", "Shanghai"), "bo": ("Bo", "Beijing"), "cy": ("Cy", ""), "di": ("Di", "Shanghai"),
    "kim": ("Kim", ""), "lou": ("Lou", ""), "sol": ("", ""),
}  # fmt: skip
USERS = {"ann", "bo", "cy", "di", "lou"}
KOLS = {"kim", "lou", "sol"}
VEHICLES = {"v1": ("V1", "B1"), "v2": ("V2", "B1"), "v3": ("V3", "B2")}
PRODUCTS = {"p1": ("P1",), "p2": ("P2",), "p3": ("P3",)}
TOPICS = {"t1": ("range",), "t2": ("charging",)}

# relation, target type: (person, target, day or None, weight or None)
EDGES: dict[tuple[str, str], list[tuple[str, str, int | None, float | None]]] = {
    ("VIEWED", "Vehicle"): [
        ("ann", "v1", 0, None),
        ("ann", "v1", 1, None),
        ("ann", "v1", 1, None),
        ("bo", "v1", 0, None),
        ("cy", "v1", 0, None),
        ("cy", "v1", 2, None),
        ("cy", "v2", 2, None),
        ("ann", "v3", 5, None),
        ("bo", "v2", 100, None),
        ("cy", "v3", 7, None),
    ],
    ("FAVOURITED", "Vehicle"): [("ann", "v1", 3, None), ("cy", "v1", 4, None)],
    ("SEARCHED", "Vehicle"): [("cy", "v1", 1, 2.0)],
    ("SEARCHED", "Topic"): [
        ("ann", "t1", 10, None),
        ("bo", "t1", 40, None),
        ("cy", "t1", 41, None),
        ("cy", "t2", 20, None),
    ],
    ("OWNS", "Vehicle"): [
        ("bo", "v1", None, None),
        ("cy", "v2", None, None),
        ("di", "v1", None, None),
        ("di", "v2", None, None),
    ],
    ("TEST_DROVE", "Vehicle"): [
        ("ann", "v1", 2, 30.0),
        ("ann", "v1", 4, 20.0),
        ("bo", "v1", 1, 30.0),
        ("cy", "v3", 6, 30.0),
    ],
    ("BOUGHT", "Product"): [
        ("ann", "p1", 0, 100.0),
        ("ann", "p2", 1, 50.0),
        ("bo", "p1", 2, 100.0),
        ("bo", "p2", 35, 50.0),
        ("cy", "p1", 3, 100.0),
        ("cy", "p3", 40, 20.0),
        ("cy", "p3", 41, 20.0),
        ("di", "p3", 33, None),
    ],
    ("BOUGHT", "Vehicle"): [("bo", "v1", 90, 200_000.0)],
    ("FOLLOWS", "Person"): [
        ("ann", "kim", None, None),
        ("bo", "kim", None, None),
        ("lou", "kim", None, None),
        ("ann", "lou", None, None),
        ("cy", "lou", None, None),
        ("ann", "bo", None, None),
        ("ann", "di", None, None),
    ],
    ("INTERACTED", "Person"): [
        ("ann", "kim", 1, None),
        ("ann", "kim", 2, None),
        ("cy", "kim", 3, None),
        ("di", "lou", 3, None),
    ],
    ("MENTIONS", "Topic"): [("kim", "t2", 45, None)],
    ("PROMOTES", "Vehicle"): [
        ("kim", "v1", 1, 5.0),
        ("kim", "v1", 5, 5.0),
        ("lou", "v2", 1, 5.0),
        ("sol", "v1", 1, 5.0),
    ],
    ("REFERRED", "Person"): [
        ("ann", "bo", 1, None),
        ("ann", "cy", 2, None),
        ("bo", "di", 3, None),
        ("kim", "sol", 4, None),
    ],
}


def text_nodes(name: str, rows: Mapping[str, Sequence[str]], columns: Sequence[str]) -> Nodes:
    ids = IdMap.of(name, rows)
    order = ids.texts.to_list()
    return Nodes(ids, {c: TextArray.of(rows[i][n] for i in order) for n, c in enumerate(columns)})


def market() -> HeteroGraph:
    people = text_nodes("Person", PEOPLE, ("name", "city"))
    flags = {
        role: np.array([i in wanted for i in people.ids.texts.to_list()])
        for role, wanted in (("User", USERS), ("KOL", KOLS))
    }
    nodes = {
        "Person": Nodes(people.ids, people.columns, MappingProxyType(flags)),
        "Vehicle": text_nodes("Vehicle", VEHICLES, ("name", "brand")),
        "Product": text_nodes("Product", PRODUCTS, ("name",)),
        "Topic": text_nodes("Topic", TOPICS, ("name",)),
    }
    edge_sets = {}
    for (relation, target), rows in EDGES.items():
        columns: dict[str, Any] = {}
        if relation == "INTERACTED":
            columns["kind"] = Coded(np.zeros(len(rows), np.int32), TextArray.of(["like"]))
        edge_sets[EdgeKey("Person", relation, target)] = Edges(
            people.ids.numbers([r[0] for r in rows]),
            nodes[target].ids.numbers([r[1] for r in rows]),
            np.array([UNDATED if r[2] is None else NEW_YEAR + DAY * r[2] for r in rows], np.int64),
            np.array([np.nan if r[3] is None else r[3] for r in rows]),
            MappingProxyType(columns),
        ).canonical()
    return HeteroGraph.of(nodes, edge_sets)


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> CypherIndex:
    graph = market()
    file = tmp_path_factory.mktemp("index") / "market.kgl"
    build_index(graph, file, stamp=graph.fingerprint)
    return open_index(file)
