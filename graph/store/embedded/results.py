"""Makes written-back results visible to queries: publishes them as files, and adds them to a copy of the index.

The index of the market without results is kept, so that a new result does not require indexing the market again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.atomic_io import write_file
from graph.errors import PrerequisiteError, StoreError
from graph.hetero import HeteroGraph
from graph.schema import MARKET, Schema
from graph.store.derived import LABEL, LABELS, DerivedEdges, DerivedGraph, derived_graph
from graph.store.embedded.index.cypher_index import CypherIndex, is_current, open_index, publish_index, sentences
from graph.store.embedded.index.fill_index import create_rows
from graph.store.embedded.index.index_cache import ready_index
from graph.store.protocol import ResultTable

if TYPE_CHECKING:
    import pandas as pd

_SUFFIX = ".json"
Results = Mapping[str, Sequence[ResultTable]]


def publish_results(folder: Path, results: Results | Callable[[], Results]) -> None:
    """Write the results as files of a folder, each atomically, and remove the files of other results.

    Args:
        folder: The folder.
        results: The results, or a function that reads them from the store. With a function, results that another
            process publishes while the store is read are kept.
    """
    # A file that appears while the store is read may belong to a newer result, so it is not removed.
    earlier = _files(folder)
    found = results() if callable(results) else results
    for result_id, tables in found.items():
        body = [{"kind": t.kind, "columns": list(t.columns), "rows": [list(row) for row in t.rows]} for t in tables]
        content = json.dumps(body, ensure_ascii=False).encode() + b"\n"
        file = folder / f"{result_id}{_SUFFIX}"
        if not file.exists() or file.read_bytes() != content:
            write_file(file, content)
    for file in earlier:
        if file.stem not in found:
            file.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob(f"*{_SUFFIX}") if not p.name.startswith(".")) if folder.is_dir() else []


def look_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, modification time and size of each published result; a change means that an open index is out of date."""
    facts = ((file.name, file.stat()) for file in _files(folder))
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in facts)


def read_results(folder: Path) -> tuple[str, list[DerivedGraph]]:
    """Digest of the published results (empty where there are none), and the results as nodes and relationships.

    Raises:
        StoreError: a file is damaged.
    """
    digest, graphs = hashlib.sha256(), []
    for file in _files(folder):
        content = file.read_bytes()
        digest.update(f"{file.name} {hashlib.sha256(content).hexdigest()}\n".encode())
        try:
            tables = [ResultTable(t["kind"], tuple(t["columns"]), t["rows"]) for t in json.loads(content)]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"{file} is damaged", hint="remove it; the next command with --write publishes the results anew"
            ) from error
        graphs.append(derived_graph(tables, file.stem))
    return (digest.hexdigest() if graphs else ""), graphs


def ready_with_results(
    graph: HeteroGraph,
    file: Path,
    *,
    results: Path,
    schema: Schema = MARKET,
    earlier: Callable[[str], HeteroGraph | None],
    on_note: Callable[[str], None],
) -> CypherIndex:
    """Open the index of a graph with the published results; builds or updates it first where needed.

    Args:
        graph: The published snapshot.
        file: The index of the snapshot without results; the one with results is stored beside it.
        results: Folder of the published results.
        schema: See ``ready_index``.
        earlier: See ``ready_index``.
        on_note: See ``ready_index``.

    Raises:
        StoreError: the disk lacks the space, an index cannot be written, or a published result is damaged.
    """
    digest, derived = read_results(results)
    if not digest:
        return ready_index(graph, file, schema=schema, earlier=earlier, on_note=on_note)
    target, stamp = file.with_name(f"results{file.suffix}"), f"{graph.fingerprint}-{digest}"
    if is_current(target, stamp):
        with suppress(StoreError, PrerequisiteError):
            return open_index(target)
    ready_index(graph, file, schema=schema, earlier=earlier, on_note=on_note)
    rows = sum(len(edges.rows) for part in derived for edges in part.edges)
    on_note(f"adding {rows:,} rows of {len(derived)} results to the Cypher index")
    _add_results(graph, derived, file, target, stamp=stamp, schema=schema)
    return open_index(target)


def _add_results(
    graph: HeteroGraph, derived: Sequence[DerivedGraph], file: Path, target: Path, *, stamp: str, schema: Schema
) -> None:
    """Write a copy of the market's index with the results added."""
    import kglite

    columns = {name: sorted(nodes.columns) for name, nodes in graph.nodes.items()}
    with sentences(target):
        engine = kglite.load(str(file), verify="eager")
        for label, nodes in _nodes(derived).items():
            names = sorted({name for node in nodes for name in node} - {"id"})
            columns[label] = names
            _add_nodes(engine, label, nodes, names)
        for relation, parts in _relations(derived).items():
            _add_relation(engine, graph, relation, parts)
    properties = {name for part in derived for edges in part.edges for *_, values in edges.rows for name in values}
    properties.update(*columns.values())
    publish_index(engine, target, stamp=stamp, columns=columns, schema=schema, zone=graph.zone, properties=properties)


def _nodes(derived: Sequence[DerivedGraph]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for part in derived:
        for label, nodes in part.nodes.items():
            found.setdefault(label, []).extend(nodes)
    return dict(sorted(found.items()))


def _relations(derived: Sequence[DerivedGraph]) -> dict[str, list[DerivedEdges]]:
    """Relation to its rows per target label, the largest first."""
    found: dict[str, dict[str, list[tuple[str, str, Mapping[str, Any]]]]] = {}
    for part in derived:
        for edges in part.edges:
            found.setdefault(edges.relation, {}).setdefault(edges.target, []).extend(edges.rows)
    return {
        relation: sorted(
            (DerivedEdges(relation, target, rows) for target, rows in targets.items()),
            key=lambda e: (-len(e.rows), e.target),
        )
        for relation, targets in sorted(found.items())
    }


def _add_nodes(engine: Any, label: str, nodes: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    import pandas as pd

    ids = [node["id"] for node in nodes]
    frame = {"id": pd.Series(ids, dtype=object), "title": pd.Series([None] * len(ids), dtype=object)}
    kinds = {"id": "string", "title": "string"}
    for name in names:
        frame[name], kinds[name] = _column([node.get(name) for node in nodes])
    engine.add_nodes(pd.DataFrame(frame), label, "id", node_title_field="title", column_types=kinds)
    engine.add_label(label, ids, LABEL)


def _add_relation(engine: Any, graph: HeteroGraph, relation: str, parts: Sequence[DerivedEdges]) -> None:
    """Add the relationships of a type, except those whose person or item no longer exists."""
    import pandas as pd

    for number, part in enumerate(parts):
        rows = _present(graph, part)
        if not rows:
            continue
        names = sorted({name for *_, values in rows for name in values})
        frame = {
            "src": pd.Series([person for person, _, _ in rows], dtype=object),
            "dst": pd.Series([end for _, end, _ in rows], dtype=object),
        }
        kinds: dict[str, str] = {}
        for name in names:
            frame[name], kinds[name] = _column([values.get(name) for *_, values in rows])
        if number == 0:
            engine.add_relationships(
                pd.DataFrame(frame), relation, "Person", "src", part.target, "dst", columns=names, column_types=kinds
            )
        else:
            # kglite's fast loader would merge relationships to a second target type with the existing ones.
            create_rows(engine, ("Person", relation, part.target), frame)


def _present(graph: HeteroGraph, part: DerivedEdges) -> list[tuple[str, str, Mapping[str, Any]]]:
    def known(label: str) -> set[str]:
        return set(graph.ids(label).texts.to_list()) if graph.count(label) else set()

    people, ends = known("Person"), None if part.target in LABELS else known(part.target)
    return [row for row in part.rows if row[0] in people and (ends is None or row[1] in ends)]


def _column(values: list[Any]) -> tuple[pd.Series[Any], str]:
    """Values of one property, and kglite's name of their type."""
    import pandas as pd

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pd.Series(values, dtype=object), "boolean"
    if kinds == {int}:
        return pd.Series(values, dtype="Int64"), "integer"
    if kinds and kinds <= {int, float}:
        return pd.Series(values, dtype="float64"), "float"
    return pd.Series([None if value is None else str(value) for value in values], dtype=object), "string"
