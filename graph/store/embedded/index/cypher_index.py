"""The Cypher index: a graph as one kglite file that answers read-only queries.

The index is a cache of a HeteroGraph and never the only copy: a sidecar stamps it with the fingerprint of that graph,
the version of kglite and the version of this module, and whoever finds another stamp builds it anew. Nodes carry their
type and roles as labels, ``id`` and their attributes; relationships carry ``time`` (a datetime in the zone of the
market), ``weight`` and their columns. A missing value is an absent property.
"""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graph.atomic_io import remove_drafts
from graph.errors import PrerequisiteError, StoreError
from graph.hetero import HeteroGraph
from graph.schema import MARKET, Schema
from graph.store.embedded.index.difference import Difference
from graph.store.embedded.index.filling import add_edges, add_nodes, by_relation, create_edges, take_nodes, verify
from graph.store.names import Names, Temporal, names_of, temporal_of

ADAPTER_VERSION = 5
_REBUILD = "the index is rebuilt by the first `graphvine cypher` or `graphvine query run` after a load"


@dataclass(frozen=True)
class CypherIndex:
    """An open index.

    Attributes:
        file: Where it was read from.
        stamp: Fingerprint of the graph that it was built from.
        columns: Node type to its declared attribute names; what else an engine puts on a node is left out of results.
        market: The names of what it holds.
        temporal: Properties that hold times, and those that hold days.
        engine: kglite's graph, which takes no writes; several threads may query it.
    """

    file: Path
    stamp: str
    columns: Mapping[str, frozenset[str]]
    market: Names
    temporal: Temporal
    engine: Any


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

    with sentences(file):
        engine = kglite.KnowledgeGraph()
        for name, nodes in graph.nodes.items():
            add_nodes(engine, name, nodes, schema, zone=graph.zone)
            for role, flags in nodes.roles.items():
                engine.add_label(name, nodes.ids.ids(np.flatnonzero(flags)), role)
        for keys in by_relation(graph):
            add_edges(engine, graph, keys[0], schema)
            for key in keys[1:]:
                create_edges(engine, graph, key, schema)
        _finish(engine, graph, file, stamp, schema)


def update_index(more: Difference, graph: HeteroGraph, file: Path, *, stamp: str, schema: Schema = MARKET) -> None:
    """Make the index of an earlier graph the one of ``graph``; what is published before stays until it is complete.

    Queries then find the same as on an index built anew, except that rows without an ORDER BY may come in another
    order.

    Args:
        more: What ``graph`` has beyond the graph of the index.
        graph: The later graph.
        file: The index of the earlier graph, made by this kglite and this module.
        stamp: Fingerprint of the later graph.
        schema: Tells times from integers among the columns; the one that the index was built with.

    Raises:
        StoreError: as of ``build_index``, or the index cannot be read; it may then be built anew.
    """
    import kglite

    with sentences(file):
        engine = kglite.load(str(file), verify="eager")
        for name, numbers in more.nodes.items():
            add_nodes(engine, name, take_nodes(graph.nodes[name], numbers), schema, zone=graph.zone)
        for (name, role), numbers in more.roles.items():
            engine.add_label(name, graph.ids(name).ids(numbers), role)
        for key, positions in more.edges.items():
            create_edges(engine, graph, key, schema, edges=graph.edges(key).take(positions))
        _finish(engine, graph, file, stamp, schema)


def snapshot_of(file: Path, schema: Schema = MARKET) -> str | None:
    """Fingerprint of the graph whose index stands there, if this version can read and extend it; else None."""
    sidecar = _read_sidecar(file)
    stamp = sidecar.get("stamp")
    usable = isinstance(stamp, dict) and stamp == _stamp(str(stamp.get("snapshot")))
    return str(stamp["snapshot"]) if usable and sidecar.get("times") == _times(schema) else None  # type: ignore[index]


@contextmanager
def sentences(file: Path) -> Iterator[None]:
    """Errors of the engine and of the disk as one of ours, and no word about parallel edges."""
    import kglite

    try:
        with warnings.catch_warnings():
            # Parallel edges without any difference are events that happened twice; kglite warns about each type.
            warnings.simplefilter("ignore", UserWarning)
            yield
    except (kglite.KgError, OSError, ValueError, TypeError, OverflowError) as error:
        raise StoreError(
            f"the Cypher index {file} cannot be built: {error}",
            hint="check the free space and the rights of its folder",
        ) from error


def _finish(engine: Any, graph: HeteroGraph, file: Path, stamp: str, schema: Schema) -> None:
    verify(engine, graph)
    columns = {name: sorted(nodes.columns) for name, nodes in graph.nodes.items()}
    publish_index(engine, file, stamp=stamp, columns=columns, schema=schema, zone=graph.zone)


def publish_index(
    engine: Any,
    file: Path,
    *,
    stamp: str,
    columns: Mapping[str, list[str]],
    schema: Schema,
    zone: str,
    properties: Iterable[str] = (),
) -> None:
    """Save a filled engine as an index, which appears whole or not at all.

    Args:
        engine: kglite's graph.
        file: The index.
        stamp: Fingerprint of what it was filled from.
        columns: Node type to its attribute names.
        schema: Tells times from integers among the columns.
        zone: Time zone of the market.
        properties: Properties that the schema does not name, as those of results.
    """
    found = temporal_of(schema, zone)
    facts = {
        "columns": dict(columns),
        "times": _times(schema),
        "market": asdict(names_of(schema, properties)),
        "temporal": [sorted(found.times), sorted(found.days), zone],
    }
    _publish(engine, file, {"stamp": _stamp(stamp), **facts})


def _times(schema: Schema) -> list[str]:
    """The columns that are times, which arrays do not tell from integers."""
    found = [f"{name}.{c}" for name, n in schema.nodes.items() for c, spec in n.columns.items() if spec.type == "time"]
    found += [f"{key}.{c}" for key, e in schema.edges.items() for c, spec in e.columns.items() if spec.type == "time"]
    return sorted(found)


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
        engine = kglite.load(str(file), verify="eager")
        # Unlike a frozen view it runs the steps of a query in an order that is known to keep all rows.
        engine.read_only(True)
    except (kglite.KgError, OSError, ValueError) as error:
        raise StoreError(f"the Cypher index {file} cannot be read: {error}", hint=f"remove it; {_REBUILD}") from error
    columns = {name: frozenset(names) for name, names in sidecar["columns"].items()}
    facts = sidecar["market"]
    market = Names(*(tuple(facts[part]) for part in ("labels", "relations", "properties")))  # type: ignore[arg-type]
    times, days, zone = sidecar["temporal"]
    temporal = Temporal(frozenset(times), frozenset(days), zone)
    return CypherIndex(file, stamp["snapshot"], columns, market, temporal, engine)


def _stamp(snapshot: str) -> dict[str, Any]:
    import kglite

    return {"snapshot": snapshot, "kglite": kglite.__version__, "adapter": ADAPTER_VERSION}


def _sidecar(file: Path) -> Path:
    return file.with_name(file.name + ".json")


def _read_sidecar(file: Path) -> dict[str, Any]:
    try:
        facts = json.loads(_sidecar(file).read_text("utf-8"))
        whole = facts["size"] == file.stat().st_size and {"stamp", "columns", "market"} <= set(facts)
        return dict(facts) if whole else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _publish(engine: Any, file: Path, facts: dict[str, Any]) -> None:
    """Save beside and rename; the sidecar comes last, so that without it an index does not count."""
    file.parent.mkdir(parents=True, exist_ok=True)
    remove_drafts(file)
    with tempfile.TemporaryDirectory(prefix=f".{file.name}-{os.getpid()}-", dir=file.parent) as folder:
        draft, note = Path(folder) / "index.kgl", Path(folder) / "index.json"
        engine.save(str(draft))
        note.write_text(json.dumps({**facts, "size": draft.stat().st_size}, sort_keys=True, indent=1), "utf-8")
        _sidecar(file).unlink(missing_ok=True)
        os.replace(draft, file)
        os.replace(note, _sidecar(file))
