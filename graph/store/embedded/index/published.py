"""What readers work on: published snapshots, and the Cypher index of the latest one, brought up to date when needed.

Nothing here opens the store, so that queries answer while a load runs. The index is a cache: where it is damaged, of
another version or of a graph that has little in common with the snapshot, it is built anew; where the snapshot has only
grown a little, the growth is added to a copy of it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from graph.atomic_io import remove_drafts, write_file
from graph.columns import Array
from graph.errors import GraphvineError, PrerequisiteError, StoreError
from graph.hetero import HeteroGraph
from graph.schema import MARKET, Schema
from graph.snapshot_io import header_and_arrays
from graph.store.embedded.index.cypher_index import (
    CypherIndex,
    build_index,
    is_current,
    open_index,
    snapshot_of,
    update_index,
)
from graph.store.embedded.index.difference import Difference, difference
from graph.store.protocol import Origin

# Adding is worth it up to a tenth of the graph; beyond half a million events building anew is as quick.
_LARGEST_SHARE, _LARGEST = 0.1, 500_000
# A small graph is indexed anew in less time than comparing takes to begin.
_SMALL = 50_000
_MIB = 1 << 20
# From so many on kglite writes its tables for reading in place, and packs what relationships hold.
_MANY_NODES, _MANY_EDGES = 1 << 16, 1 << 18
_LEAST = 64_000


def write_origin(note: Path, origin: Origin) -> None:
    """Note where a published snapshot comes from; the note appears whole or not at all."""
    write_file(note, json.dumps({"store": origin.store, "load": origin.load}).encode() + b"\n")


def read_origin(note: Path) -> Origin | None:
    """Where a published snapshot comes from; None where nobody noted it."""
    try:
        facts = json.loads(note.read_text("utf-8"))
        return Origin(str(facts["store"]), int(facts["load"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Estimate:
    """What an index takes.

    Attributes:
        size: Bytes on disk, rather too many than too few.
        seconds: Time to build it on a common machine.
    """

    size: int
    seconds: float


def estimate_index(graph: HeteroGraph) -> Estimate:
    """What the index of a graph will take, by rates measured on up to 66 thousand nodes and 1.5 million edges.

    On disk a node takes what its arrays do and half as much again, a relationship with time and weight 22 bytes; with
    many nodes and few relationships kglite adds tables for reading in place, and it is 60. A relationship takes 5 µs;
    where source and relation are those of a larger type it takes the slow way, 10 µs.
    """
    nodes, edges = sum(map(len, graph.nodes.values())), sum(map(len, graph.edge_sets.values()))
    arrays: dict[str, Array] = header_and_arrays(graph.nodes, {}, None, graph.zone)[1]
    first: dict[tuple[str, str], int] = {}
    for key, found in graph.edge_sets.items():
        first[key.source, key.relation] = max(len(found), first.get((key.source, key.relation), 0))
    quick = sum(first.values())
    each = 60 if nodes >= _MANY_NODES and edges < _MANY_EDGES else 26
    size = 1.6 * sum(a.nbytes for a in arrays.values()) + each * edges + _LEAST
    return Estimate(int(size), 1 + 8e-6 * nodes + 5e-6 * quick + 10e-6 * (edges - quick))


def ready_index(
    graph: HeteroGraph,
    file: Path,
    *,
    schema: Schema = MARKET,
    earlier: Callable[[str], HeteroGraph | None],
    on_note: Callable[[str], None],
    small: int = _SMALL,
) -> CypherIndex:
    """The index of a graph, open; made or mended first where that is needed.

    Args:
        graph: The published snapshot.
        file: The index.
        schema: Tells times from integers among the columns.
        earlier: Gives the published snapshot of that fingerprint, or None where it is gone.
        on_note: Told in a sentence, before it begins, what is done that takes time.
        small: Edges up to which an index is always built anew.

    Raises:
        StoreError: the disk lacks the space, or the index cannot be written.
    """
    remove_drafts(file)
    if is_current(file, graph.fingerprint):
        try:
            return open_index(file)
        except StoreError:
            on_note("the Cypher index is damaged and is built anew")
        except PrerequisiteError:
            pass  # another process is just replacing it
    elif (more := _growth(graph, file, schema, earlier, small)) is not None:
        on_note(f"adding {more.new_edges:,} relationships and {more.touched_nodes:,} nodes to the Cypher index")
        with suppress(StoreError, PrerequisiteError):
            update_index(more, graph, file, stamp=graph.fingerprint, schema=schema)
            return open_index(file)
        on_note("the Cypher index cannot be extended and is built anew")
    _build(graph, file, schema, on_note)
    return open_index(file)


def _build(graph: HeteroGraph, file: Path, schema: Schema, on_note: Callable[[str], None]) -> None:
    edges, expected = sum(map(len, graph.edge_sets.values())), estimate_index(graph)
    on_note(
        f"building the Cypher index of {edges:,} relationships, once per snapshot: about"
        f" {_rounded(expected.size / _MIB)} MiB and {_rounded(expected.seconds)} s"
    )
    require_space(file.parent, expected.size)
    build_index(graph, file, stamp=graph.fingerprint, schema=schema)


def require_space(folder: Path, size: int) -> None:
    """Refuse to write what the disk has no room for.

    Raises:
        StoreError: the disk of the folder has less than ``size`` bytes free.
    """
    there = next(p for p in (folder, *folder.parents) if p.exists())
    available = shutil.disk_usage(there).free
    if available < size:
        raise StoreError(
            f"the Cypher index takes about {_rounded(size / _MIB)} MiB, the disk of {there} has"
            f" {available / _MIB:,.0f} MiB",
            hint="free some space, then run this again; what is published stays as it is",
        )


def _rounded(value: float) -> str:
    """A positive number with one or two digits that count."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _growth(
    graph: HeteroGraph, file: Path, schema: Schema, earlier: Callable[[str], HeteroGraph | None], small: int
) -> Difference | None:
    """What to add to the index that is there; None where it must be built anew."""
    edges = sum(map(len, graph.edge_sets.values()))
    before = snapshot_of(file, schema)
    if edges <= small or before is None:
        return None
    try:
        old = earlier(before)
        if old is None or old.fingerprint != before:
            return None
        return difference(old, graph, most=min(int(_LARGEST_SHARE * edges), _LARGEST))
    except (GraphvineError, OSError, ValueError):
        return None  # a snapshot that cannot be read is no basis
