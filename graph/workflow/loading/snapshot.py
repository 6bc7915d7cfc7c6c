"""Publish what the store holds as a snapshot, which every later step reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.workspace.workspace import Workspace


def publish_snapshot(workspace: Workspace, until: int | None) -> tuple[HeteroGraph, Path]:
    """Read the store and publish the result under its fingerprint, without sensitive columns that are not allowed.

    Args:
        workspace: The workspace.
        until: Dated events from this moment on, in UTC seconds, are left out; None keeps all.

    Returns:
        The snapshot, and its folder.
    """
    from graph.store.embedded.index.index_cache import write_origin
    from graph.trust.sensitive import without

    store = workspace.store()
    origin = store.origin()
    graph = without(store.snapshot(until=until), workspace.hidden)
    name = graph.fingerprint[:16]
    folder = workspace.folder.results("snapshots") / name
    if not _intact(folder):
        graph.write(folder)
    write_origin(workspace.folder.origin(name), origin)
    workspace.folder.publish("snapshots", name)
    return graph, folder


def _intact(folder: Path) -> bool:
    """Whether a snapshot folder is there and holds what it was written with."""
    from graph.errors import GraphvineError
    from graph.hetero import HeteroGraph

    try:
        return HeteroGraph.read(folder).verify()
    except (GraphvineError, OSError, ValueError):
        return False
