"""Keeps the Cypher index of the latest snapshot up to date.

The store is never opened here, so that queries work while a load runs. Where the index is damaged, was made by another
version, or is of a very different graph, it is rebuilt. Where the snapshot has only grown a little, the additions are
made to a copy of the index.
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
from graph.store.embedded.index.snapshot_difference import Difference, difference
from graph.store.protocol import Origin

# Additions are made up to a tenth of the graph and half a million events; beyond that rebuilding is as fast.
_LARGEST_SHARE, _LARGEST = 0.1, 500_000
# Rebuilding the index of a small graph takes less time than finding the difference.
_SMALL = 50_000
_MIB = 1 << 20
# From this number of nodes on, kglite writes tables for reading from disk, and packs properties of relationships.
_MANY_NODES, _MANY_EDGES = 1 << 16, 1 << 18
_LEAST = 64_000


def write_origin(note: Path, origin: Origin) -> None:
    """Record the origin of a published snapshot in a file, atomically."""
    write_file(note, json.dumps({"store": origin.store, "load": origin.load}).encode() + b"\n")


def read_origin(note: Path) -> Origin | None:
    """Origin of a published snapshot; None where it was not recorded."""
    try:
        facts = json.loads(note.read_text("utf-8"))
        return Origin(str(facts["store"]), int(facts["load"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Estimate:
    """Expected size and build time of an index.

    Attributes:
        size: Bytes on disk, estimated on the high side.
        seconds: Time to build it on an ordinary machine.
    """

    size: int
    seconds: float


def estimate_index(graph: HeteroGraph) -> Estimate:
    """Expected size and build time, from rates measured on up to 66 thousand nodes and 1.5 million edges.

    Size: a node takes 1.5 times its arrays; a relationship with time and weight 22 bytes, or 60 where there are many
    nodes and few relationships, since kglite then adds tables for reading from disk. Time: 5 µs per relationship, or 10
    µs with the slow loader (see ``by_relation``).
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
    """Open the index of a graph; builds or updates it first where needed.

    Args:
        graph: The published snapshot.
        file: The index.
        schema: Says which integer columns are times.
        earlier: Returns the published snapshot with that fingerprint, or None where it no longer exists.
        on_note: Called with a sentence before each step that takes time.
        small: Number of edges up to which an index is always rebuilt.

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
            pass  # another process is replacing it just now
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
    """Raise an error where the disk lacks the space.

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
    """A positive number, rounded to one or two significant digits."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _growth(
    graph: HeteroGraph, file: Path, schema: Schema, earlier: Callable[[str], HeteroGraph | None], small: int
) -> Difference | None:
    """Additions to the existing index; None where it must be rebuilt."""
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
        return None  # without the earlier snapshot there is nothing to compare with
