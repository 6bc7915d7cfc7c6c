"""Writes a HeteroGraph into kglite: nodes, labels and relationships; then checks the counts."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from graph.columns import DAYS, MISSING_INTEGER, Coded, EdgeColumn, Edges, NodeColumn, Nodes
from graph.errors import StoreError
from graph.hetero import HeteroGraph
from graph.ids import IdMap
from graph.schema import Column, EdgeKey, Schema
from graph.text import Int64, TextArray
from graph.zones import zone_info

if TYPE_CHECKING:
    import pandas as pd

_CREATE_ROWS = 20_000


def by_relation(graph: HeteroGraph) -> Iterator[list[EdgeKey]]:
    """Groups of edge types with the same source and relation, the largest of each group first.

    kglite's fast loader keeps parallel edges only in its first call for a source type and a relation; a second call,
    even to another target type, would merge them.
    """
    groups: dict[tuple[str, str], list[EdgeKey]] = {}
    for key in graph.edge_sets:
        groups.setdefault((key.source, key.relation), []).append(key)
    for keys in groups.values():
        yield sorted(keys, key=lambda k: (-len(graph.edges(k)), k))


def add_nodes(engine: Any, name: str, nodes: Nodes, schema: Schema, *, zone: str) -> None:
    """Add the nodes of a type, or replace their properties where they exist; role labels are not changed."""
    import pandas as pd

    declared = schema.nodes[name].columns if name in schema.nodes else {}
    frame = {"id": pd.Series(nodes.ids.texts.to_list(), dtype=object)}
    # Set a title: otherwise kglite uses the id as title, and returns it for a missing name.
    frame["title"] = pd.Series([None] * len(nodes), dtype=object)
    kinds = {"id": "string", "title": "string"}
    for column_name, column in nodes.columns.items():
        frame[column_name], kinds[column_name] = _series(column, declared.get(column_name), zone)
    engine.add_nodes(
        pd.DataFrame(frame), name, "id", node_title_field="title", column_types=kinds, conflict_handling="replace"
    )


def take_nodes(nodes: Nodes, numbers: Int64) -> Nodes:
    """The nodes with these (ascending) numbers, without roles."""
    ids = IdMap(nodes.ids.node_type, TextArray.of(nodes.ids.ids(numbers)))
    columns = {
        name: TextArray.of(c.pick(numbers)) if isinstance(c, TextArray) else c[numbers]
        for name, c in nodes.columns.items()
    }
    return Nodes(ids, MappingProxyType(columns))


def _edge_frame(
    graph: HeteroGraph, key: EdgeKey, edges: Edges, schema: Schema
) -> tuple[dict[str, pd.Series[Any]], dict[str, str]]:
    """Ends and properties of edges as columns, and kglite's type of each property."""
    import pandas as pd

    declared = schema.edges[key].columns if key in schema.edges else {}
    frame = {}
    for end, node_type, numbers in (("src", key.source, edges.src), ("dst", key.target, edges.dst)):
        ids = graph.ids(node_type)
        few = len(numbers) * 10 < len(ids)
        frame[end] = pd.Series(
            ids.ids(numbers) if few else np.asarray(ids.texts.to_list(), dtype=object)[numbers], dtype=object
        )
    kinds: dict[str, str] = {}
    if edges.time is not None:
        frame["time"], kinds["time"] = _series(edges.time, Column("time"), graph.zone)
    if edges.weight is not None:
        frame["weight"], kinds["weight"] = _series(edges.weight, None, graph.zone)
    for name, column in edges.columns.items():
        frame[name], kinds[name] = _series(column, declared.get(name), graph.zone)
    return frame, kinds


def add_edges(engine: Any, graph: HeteroGraph, key: EdgeKey, schema: Schema) -> None:
    """Add all edges of a type with the fast loader; use it for the first type of its source and relation only."""
    import pandas as pd

    frame, kinds = _edge_frame(graph, key, graph.edges(key), schema)
    engine.add_relationships(
        pd.DataFrame(frame), key.relation, key.source, "src", key.target, "dst", columns=list(kinds), column_types=kinds
    )


def create_edges(engine: Any, graph: HeteroGraph, key: EdgeKey, schema: Schema, *, edges: Edges | None = None) -> None:
    """Add edges of a type one by one, in addition to existing ones: ``edges``, or all of the graph where None."""
    frame, _ = _edge_frame(graph, key, graph.edges(key) if edges is None else edges, schema)
    create_rows(engine, key, frame)


def create_rows(engine: Any, key: tuple[str, str, str], frame: Mapping[str, pd.Series[Any]]) -> None:
    """Add relationships one by one: ``src``, ``dst`` and the properties as columns; missing values are left out."""
    import pandas as pd

    source, relation, target = key
    names = [name for name in frame if name not in ("src", "dst")]
    # Missing values become None, for which kglite sets no property.
    lists = [
        [v if isinstance(v, list) or not pd.isna(v) else None for v in frame[name].tolist()]
        for name in ("src", "dst", *names)
    ]
    sets = "".join(f", e.`{name}` = r[{i}]" for i, name in enumerate(names, start=2))
    text = (
        f"UNWIND $rows AS r MATCH (a:`{source}` {{id: r[0]}}) MATCH (b:`{target}` {{id: r[1]}}) "
        f"CREATE (a)-[e:`{relation}`]->(b)" + (f" SET {sets[2:]}" if sets else "")
    )
    rows = list(zip(*lists, strict=True))
    for start in range(0, len(rows), _CREATE_ROWS):
        engine.cypher(text, params={"rows": rows[start : start + _CREATE_ROWS]})


def _series(column: NodeColumn | EdgeColumn, declared: Column | None, zone: str) -> tuple[pd.Series[Any], str]:
    """A column with pandas' missing values, and kglite's name of its type.

    Times are Python objects, since kglite reads datetime columns slowly.
    """
    import pandas as pd

    kind = "" if declared is None else declared.type
    if isinstance(column, TextArray | Coded):
        # Each row gets its own list object.
        values = [json.loads(text or "null") if kind == "list" else text for text in _texts(column)]
        return pd.Series(values, dtype=object), "list" if kind == "list" else "string"
    if column.dtype == np.int64:
        missing = column == MISSING_INTEGER
        if kind == "time":
            return pd.Series(_times(column, missing, zone), dtype=object), "zoneddatetime"
        return pd.Series(pd.array(np.where(missing, 0, column), dtype="Int64")).mask(missing), "integer"
    if column.dtype == DAYS:
        return pd.Series(column.astype(object), dtype=object), "date"
    if column.dtype == np.int8:
        return pd.Series([None if v < 0 else bool(v) for v in column.tolist()], dtype=object), "boolean"
    return pd.Series(np.asarray(column, np.float64)), "float"


def _times(seconds: Int64, missing: npt.NDArray[np.bool_], zone: str) -> list[datetime.datetime | None]:
    """UTC seconds as datetimes in the zone; None where missing."""
    info, make = zone_info(zone), datetime.datetime.fromtimestamp
    return [
        None if none else make(moment, info) for moment, none in zip(seconds.tolist(), missing.tolist(), strict=True)
    ]


def _texts(column: TextArray | Coded) -> list[str | None]:
    if isinstance(column, TextArray):
        return [text or None for text in column.to_list()]
    values = [*column.values.to_list(), None]
    return [values[code] for code in column.codes.tolist()]


def verify(engine: Any, graph: HeteroGraph) -> None:
    """Check that the engine has as many nodes and edges of each type as the graph.

    Raises:
        StoreError: a count differs.
    """
    wanted = {f"(x:`{name}`)": len(nodes) for name, nodes in graph.nodes.items()}
    for key, edges in graph.edge_sets.items():
        wanted[f"(:`{key.source}`)-[x:`{key.relation}`]->(:`{key.target}`)"] = len(edges)
    for pattern, count in wanted.items():
        found = engine.cypher(f"MATCH {pattern} RETURN count(x) AS n", timeout_ms=0).scalar()
        if found != count:
            raise StoreError(
                f"the Cypher index holds {found} of {pattern}, the graph {count}",
                hint="this is a fault of the index, not of the data; please report it",
            )
