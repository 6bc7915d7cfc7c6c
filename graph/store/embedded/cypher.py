"""The Cypher index: a graph as one kglite file that answers read-only queries.

The index is a cache of a HeteroGraph and never the only copy: a sidecar stamps it with the fingerprint of that graph,
the version of kglite and the version of this module, and whoever finds another stamp builds it anew. Nodes carry their
type and roles as labels, ``id`` and their attributes; relationships carry ``time`` (a datetime, UTC), ``weight`` and
their columns. A missing value is an absent property.
"""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.errors import PrerequisiteError, StoreError
from graph.hetero import MISSING_INTEGER, Coded, EdgeColumn, HeteroGraph, NodeColumn
from graph.schema import MARKET, Column, EdgeKey, Schema
from graph.store.embedded.values import plain_value, sentence_of
from graph.store.guard import check, without_comments
from graph.text import TextArray

if TYPE_CHECKING:
    import pandas as pd

ADAPTER_VERSION = 1
_CREATE_ROWS = 20_000
_REBUILD = "the index is rebuilt by the first `graphvine cypher` or `graphvine query run` after a load"


@dataclass(frozen=True)
class CypherIndex:
    """An open index.

    Attributes:
        file: Where it was read from.
        stamp: Fingerprint of the graph that it was built from.
        columns: Node type to its declared attribute names; what else an engine puts on a node is left out of results.
        frozen: kglite's immutable view; several threads may query it.
    """

    file: Path
    stamp: str
    columns: Mapping[str, frozenset[str]]
    frozen: Any


@dataclass(frozen=True)
class QueryResult:
    """Rows of a query.

    Attributes:
        columns: Column names, in order.
        rows: Values: text, numbers, booleans, None, lists and dictionaries; times are ISO 8601 text in UTC. A node is
            ``{"labels", "properties"}``, a relationship ``{"type", "properties"}``, a path
            ``{"nodes", "relationships"}``.
        truncated: Whether there were more rows than the cap.
        notes: What the engine found odd, one sentence each, like "no OWNS relationship in this market".
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool
    notes: tuple[str, ...] = ()


def is_current(file: Path, stamp: str) -> bool:
    """Whether ``file`` is a whole index of the graph with that fingerprint, made by this kglite and this module."""
    return file.exists() and _read_sidecar(file).get("stamp") == _stamp(stamp)


def build_index(graph: HeteroGraph, file: Path, *, stamp: str, schema: Schema = MARKET) -> None:
    """Build the index of a graph; an older one at the same place is replaced when the new one is complete.

    Args:
        graph: The graph.
        file: The index; its sidecar lies beside it with ``.json`` appended.
        stamp: Fingerprint of the graph.
        schema: Tells times from integers among the columns.

    Raises:
        StoreError: the file cannot be written, kglite refuses the data, or what it holds afterwards does not have
            exactly the nodes and edges of the graph.
    """
    import kglite

    engine = kglite.KnowledgeGraph()
    try:
        with warnings.catch_warnings():
            # Parallel edges without any difference are events that happened twice; kglite warns about each type.
            warnings.simplefilter("ignore", UserWarning)
            for name in graph.nodes:
                _add_nodes(engine, graph, name, schema)
            for keys in _by_relation(graph):
                _add_edges(engine, graph, keys[0], schema)
                for key in keys[1:]:
                    _create_edges(engine, graph, key, schema)
        _verify(engine, graph)
        _publish(
            engine, file, {"stamp": _stamp(stamp), "columns": {n: sorted(v.columns) for n, v in graph.nodes.items()}}
        )
    except (kglite.KgError, OSError, ValueError, TypeError, OverflowError) as error:
        raise StoreError(
            f"the Cypher index {file} cannot be built: {error}",
            hint="check the free space and the rights of its folder",
        ) from error


def open_index(file: Path) -> CypherIndex:
    """Open an index for reading.

    Raises:
        PrerequisiteError: there is none, or it was made by another version.
        StoreError: the file cannot be read.
    """
    import kglite

    sidecar = _read_sidecar(file)
    if not file.exists() or not sidecar:
        raise PrerequisiteError(f"no Cypher index at {file}", hint=_REBUILD)
    stamp = sidecar["stamp"]
    if stamp != _stamp(stamp["snapshot"]):
        raise PrerequisiteError(f"the Cypher index {file} was made by another version", hint=_REBUILD)
    kglite.set_query_warning_policy("silent")
    try:
        frozen = kglite.load(str(file)).freeze()
    except (kglite.KgError, OSError, ValueError) as error:
        raise StoreError(f"the Cypher index {file} cannot be read: {error}", hint=f"remove it; {_REBUILD}") from error
    columns = {name: frozenset(names) for name, names in sidecar["columns"].items()}
    return CypherIndex(file, stamp["snapshot"], columns, frozen)


def run(
    index: CypherIndex,
    text: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    timeout_s: float,
    max_rows: int,
) -> QueryResult:
    """Run a read-only query.

    Args:
        index: An open index.
        text: One Cypher statement.
        parameters: Values of its ``$parameters``; they are data and never become part of the text.
        timeout_s: Seconds after which the query is given up, > 0.
        max_rows: Most rows to return, >= 0.

    Raises:
        QueryRefusedError: the query does anything but read.
        StoreError: the query is wrong, lacks a parameter, or takes too long.
    """
    import kglite

    check(text)
    try:
        view = index.frozen.cypher(
            without_comments(text),
            params=dict(parameters or {}),
            timeout_ms=max(1, round(timeout_s * 1000)),
            row_limit=max_rows,
        )
        columns = tuple(view.columns)
        rows = [tuple(plain_value(row[c], index.columns) for c in columns) for row in view]
        truncated = view.diagnostics["total_rows"] is not None
        notes = tuple(sentence_of(w) for w in view.warnings if not (truncated and "row_limit" in w))
    except kglite.CypherTimeoutError:
        raise StoreError(
            f"the query took longer than {timeout_s:g} s",
            hint="start it at one node, like (p:Person {id: $id}), bound it by LIMIT, or allow more time",
        ) from None
    except (kglite.KgError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise StoreError(f"the query failed: {error}", hint=_advice(str(error))) from None
    return QueryResult(columns, rows, truncated, notes)


def _advice(message: str) -> str:
    if "Missing parameter" in message:
        return "give every $parameter of the query a value"
    return "compare names with `graphvine data describe --schema`; the text must be valid in Neo4j 5"


def _stamp(snapshot: str) -> dict[str, Any]:
    import kglite

    return {"snapshot": snapshot, "kglite": kglite.__version__, "adapter": ADAPTER_VERSION}


def _sidecar(file: Path) -> Path:
    return file.with_name(file.name + ".json")


def _read_sidecar(file: Path) -> dict[str, Any]:
    try:
        facts = json.loads(_sidecar(file).read_text("utf-8"))
        whole = facts["size"] == file.stat().st_size and {"stamp", "columns"} <= set(facts)
        return dict(facts) if whole else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _publish(engine: Any, file: Path, facts: dict[str, Any]) -> None:
    """Save beside and rename; the sidecar comes last, so that without it an index does not count."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as folder:
        draft, note = Path(folder) / "index.kgl", Path(folder) / "index.json"
        engine.save(str(draft))
        note.write_text(json.dumps({**facts, "size": draft.stat().st_size}, sort_keys=True, indent=1), "utf-8")
        _sidecar(file).unlink(missing_ok=True)
        os.replace(draft, file)
        os.replace(note, _sidecar(file))


def _by_relation(graph: HeteroGraph) -> Iterator[list[EdgeKey]]:
    """Edge types that share source and relation, the largest first.

    kglite's quick loader keeps parallel edges only in its first call for a relation and a source type; a second call
    would merge them, although it leads to another target type.
    """
    groups: dict[tuple[str, str], list[EdgeKey]] = {}
    for key in graph.edge_sets:
        groups.setdefault((key.source, key.relation), []).append(key)
    for keys in groups.values():
        yield sorted(keys, key=lambda k: (-len(graph.edges(k)), k))


def _add_nodes(engine: Any, graph: HeteroGraph, name: str, schema: Schema) -> None:
    import pandas as pd

    nodes = graph.nodes[name]
    declared = schema.nodes[name].columns if name in schema.nodes else {}
    frame = {"id": pd.Series(nodes.ids.texts.to_list(), dtype=object)}
    # Without a title of its own kglite takes the id for one, and answers it where a name is missing.
    frame["title"] = pd.Series([None] * len(nodes), dtype=object)
    kinds = {"id": "string", "title": "string"}
    for column_name, column in nodes.columns.items():
        frame[column_name], kinds[column_name] = _series(column, declared.get(column_name))
    engine.add_nodes(pd.DataFrame(frame), name, "id", node_title_field="title", column_types=kinds)
    for role, flags in nodes.roles.items():
        engine.add_label(name, nodes.ids.ids(np.flatnonzero(flags)), role)


def _edge_frame(graph: HeteroGraph, key: EdgeKey, schema: Schema) -> tuple[dict[str, pd.Series[Any]], dict[str, str]]:
    """Ends and properties of all edges of a type, as columns, and what kglite shall take each property for."""
    import pandas as pd

    edges = graph.edges(key)
    declared = schema.edges[key].columns if key in schema.edges else {}
    frame = {}
    for end, node_type, numbers in (("src", key.source, edges.src), ("dst", key.target, edges.dst)):
        ids = np.asarray(graph.ids(node_type).texts.to_list(), dtype=object)
        frame[end] = pd.Series(ids[numbers], dtype=object)
    kinds: dict[str, str] = {}
    if edges.time is not None:
        frame["time"], kinds["time"] = _series(edges.time, Column("time"))
    if edges.weight is not None:
        frame["weight"], kinds["weight"] = _series(edges.weight, None)
    for name, column in edges.columns.items():
        frame[name], kinds[name] = _series(column, declared.get(name))
    return frame, kinds


def _add_edges(engine: Any, graph: HeteroGraph, key: EdgeKey, schema: Schema) -> None:
    import pandas as pd

    frame, kinds = _edge_frame(graph, key, schema)
    engine.add_relationships(
        pd.DataFrame(frame), key.relation, key.source, "src", key.target, "dst", columns=list(kinds), column_types=kinds
    )


def _create_edges(engine: Any, graph: HeteroGraph, key: EdgeKey, schema: Schema) -> None:
    import pandas as pd

    frame, kinds = _edge_frame(graph, key, schema)
    for name, kind in kinds.items():
        if kind == "timestamp":
            frame[name] = pd.Series(list(frame[name].dt.to_pydatetime()), dtype=object)
    # A missing value of any kind becomes None, which kglite takes for an absent property.
    lists = [[None if pd.isna(v) else v for v in frame[name].tolist()] for name in ("src", "dst", *kinds)]
    sets = "".join(f", e.`{name}` = r[{i}]" for i, name in enumerate(kinds, start=2))
    text = (
        f"UNWIND $rows AS r MATCH (a:`{key.source}` {{id: r[0]}}) MATCH (b:`{key.target}` {{id: r[1]}}) "
        f"CREATE (a)-[e:`{key.relation}`]->(b)" + (f" SET {sets[2:]}" if sets else "")
    )
    rows = list(zip(*lists, strict=True))
    for start in range(0, len(rows), _CREATE_ROWS):
        engine.cypher(text, params={"rows": rows[start : start + _CREATE_ROWS]})


def _series(column: NodeColumn | EdgeColumn, declared: Column | None) -> tuple[pd.Series[Any], str]:
    """A column with its missing values marked as pandas does, and kglite's word for its type."""
    import pandas as pd

    if isinstance(column, TextArray):
        return pd.Series([text or None for text in column.to_list()], dtype=object), "string"
    if isinstance(column, Coded):
        values = np.asarray([*column.values.to_list(), None], dtype=object)
        return pd.Series(values[column.codes], dtype=object), "string"
    if column.dtype == np.int64:
        missing = column == MISSING_INTEGER
        if declared is not None and declared.type == "time":
            seconds = column.astype("datetime64[s]")
            seconds[missing] = np.datetime64("NaT")
            return pd.Series(seconds), "timestamp"
        return pd.Series(pd.array(np.where(missing, 0, column), dtype="Int64")).mask(missing), "integer"
    if column.dtype == np.int8:
        return pd.Series([None if v < 0 else bool(v) for v in column.tolist()], dtype=object), "boolean"
    return pd.Series(np.asarray(column, np.float64)), "float"


def _verify(engine: Any, graph: HeteroGraph) -> None:
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
