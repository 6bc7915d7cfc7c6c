"""The Cypher index: a graph as a kglite file, for read-only queries.

The index is a cache of a HeteroGraph, never the only copy. A JSON file beside it (the sidecar) holds its stamp: the
fingerprint of the graph, the version of kglite and the version of this module. An index with another stamp is rebuilt.
Nodes have their type and roles as labels, and ``id`` and their attributes as properties. Relationships have ``time`` (a
datetime in the zone of the market), ``weight`` and their columns. A missing value is an absent property.
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
from graph.store.embedded.index.fill_index import add_edges, add_nodes, by_relation, create_edges, take_nodes, verify
from graph.store.embedded.index.snapshot_difference import Difference
from graph.store.query_names import Names, Temporal, names_of, temporal_of

ADAPTER_VERSION = 5
_REBUILD = "the index is rebuilt by the first `graphvine cypher` or `graphvine query run` after a load"


@dataclass(frozen=True)
class CypherIndex:
    """An open index.

    Attributes:
        file: The file it was read from.
        stamp: Fingerprint of the graph that it was built from.
        columns: Node type to its declared attribute names; other properties, which kglite adds, are left out of
            results.
        market: All labels, relationship types and properties in it.
        temporal: Which properties hold times, and which hold dates.
        engine: kglite's graph, read-only; several threads may query it at once.
    """

    file: Path
    stamp: str
    columns: Mapping[str, frozenset[str]]
    market: Names
    temporal: Temporal
    engine: Any


def is_current(file: Path, stamp: str) -> bool:
    """Whether ``file`` is a complete index of the graph with that fingerprint, made by these versions."""
    return file.exists() and _read_sidecar(file).get("stamp") == _stamp(stamp)


def build_index(graph: HeteroGraph, file: Path, *, stamp: str, schema: Schema = MARKET) -> None:
    """Build the index of a graph; an existing index is replaced when the new one is complete.

    Args:
        graph: The graph.
        file: The index; its sidecar has the same name with ``.json`` appended.
        stamp: Fingerprint of the graph.
        schema: Says which integer columns are times.

    Raises:
        StoreError: the file cannot be written, kglite refuses the data, or the built index does not have the numbers of
            nodes and edges of the graph.
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
    """Turn the index of an earlier graph into the index of ``graph``; the old index is replaced when it is complete.

    Queries give the same answers as on a newly built index, except for the order of rows without ORDER BY.

    Args:
        more: What ``graph`` has that the graph of the index does not have.
        graph: The later graph.
        file: The index of the earlier graph, made by these versions of kglite and this module.
        stamp: Fingerprint of the later graph.
        schema: The schema that the index was built with; says which integer columns are times.

    Raises:
        StoreError: as for ``build_index``, or the index cannot be read; build a new one then.
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
    """Fingerprint of the indexed graph, where these versions can read and extend the index; else None."""
    sidecar = _read_sidecar(file)
    stamp = sidecar.get("stamp")
    usable = isinstance(stamp, dict) and stamp == _stamp(str(stamp.get("snapshot")))
    return str(stamp["snapshot"]) if usable and sidecar.get("times") == _times(schema) else None  # type: ignore[index]


@contextmanager
def sentences(file: Path) -> Iterator[None]:
    """Turn errors of kglite and of the disk into StoreError, and silence warnings about parallel edges."""
    import kglite

    try:
        with warnings.catch_warnings():
            # Equal parallel edges are events that happened twice; kglite warns about them once per type.
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
    """Save a filled engine as an index, atomically.

    Args:
        engine: kglite's graph.
        file: The index.
        stamp: Fingerprint of the graph it was filled from.
        columns: Node type to its attribute names.
        schema: Says which integer columns are times.
        zone: Time zone of the market.
        properties: Properties beyond those of the schema, such as those of results.
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
    """The columns that are times (in arrays these are integers like others)."""
    found = [f"{name}.{c}" for name, n in schema.nodes.items() for c, spec in n.columns.items() if spec.type == "time"]
    found += [f"{key}.{c}" for key, e in schema.edges.items() for c, spec in e.columns.items() if spec.type == "time"]
    return sorted(found)


def open_index(file: Path) -> CypherIndex:
    """Open an index for reading.

    Raises:
        PrerequisiteError: there is no index, or another version made it.
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
        # Not a frozen view: that one runs the steps of some queries in an order that loses rows.
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
    """Save to a draft and rename it. The sidecar is written last: an index without one is ignored."""
    file.parent.mkdir(parents=True, exist_ok=True)
    remove_drafts(file)
    with tempfile.TemporaryDirectory(prefix=f".{file.name}-{os.getpid()}-", dir=file.parent) as folder:
        draft, note = Path(folder) / "index.kgl", Path(folder) / "index.json"
        engine.save(str(draft))
        note.write_text(json.dumps({**facts, "size": draft.stat().st_size}, sort_keys=True, indent=1), "utf-8")
        _sidecar(file).unlink(missing_ok=True)
        os.replace(draft, file)
        os.replace(note, _sidecar(file))
