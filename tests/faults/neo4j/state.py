"""Describes the content of a workspace and its Neo4j database for comparison; runs in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from graph.store.neo4j.access import Access
from tests.faults.embedded.process import run
from tests.faults.neo4j.database import described, read_content

State = dict[str, Any]
STORE = "neo4j"


def examine(home: Path, access: Access) -> State:
    """The state of a workspace and its database.

    Returns:
        What ``described`` says of the database, ``snapshot`` (fingerprint of the store's snapshot, or why there is
        none), ``published`` (fingerprint of the latest one in the workspace, and whether it is whole), ``quarantine``
        (file to digests), ``kept`` (refused records), ``pending`` and ``files`` (all of them, without those of runs).
    """

    def work() -> int:
        state = described(read_content(access)) | _store(home, access) | _beside(home)
        print(json.dumps(state))
        return 0

    ended = run(work)
    if ended.code:
        return {"error": ended.err.strip().splitlines()[-1] if ended.err else f"ended with {ended.code}"}
    state: State = json.loads(ended.out)
    return state


def _store(home: Path, access: Access) -> State:
    from graph.errors import StoreError
    from graph.store.neo4j.store import Neo4jStore
    from graph.workspace.folder import WorkspaceFolder

    try:
        graph = Neo4jStore(access, WorkspaceFolder(home).schema()).snapshot()
    except StoreError as error:
        return {"snapshot": f"{error.message}; {error.hint}"}
    return {"snapshot": graph.fingerprint}


def _beside(home: Path) -> State:
    from graph.errors import PrerequisiteError
    from graph.hetero import HeteroGraph
    from graph.ingest.rejects.quarantine import Quarantine
    from graph.workspace.folder import WorkspaceFolder

    workspace = WorkspaceFolder(home)
    kept = Quarantine(workspace.quarantine(STORE))
    try:
        graph = HeteroGraph.read(workspace.latest("snapshots", command=""))
        published: Any = [graph.fingerprint, graph.verify()]
    except PrerequisiteError:
        published = None
    files = sorted(_plain(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir())
    refused: dict[str, list[str]] = defaultdict(list)
    for path in kept.directory.rglob("*.*"):
        refused[_plain(path.relative_to(home))].append(_digest(path))
    return {
        "published": published,
        "quarantine": {name: sorted(digests) for name, digests in sorted(refused.items())},
        "kept": sum(1 for _ in kept.records()),
        "pending": kept.interrupted,
        "files": [file for file in files if not file.startswith("runs" + os.sep)],
    }


def _plain(path: Path) -> str:
    """The path of a file; without the id of a load where its name ends in one."""
    if path.parent.name == "earlier":
        path = path.with_name(path.stem.rpartition("-")[0])
    return path.as_posix()


def _digest(file: Path) -> str:
    """Of a file of the quarantine, without the ids of loads, which follow the hashes of records put right by hand."""
    data = file.read_bytes()
    if file.suffix == ".fixed":
        data = b"\n".join(line.partition(b" ")[0] for line in data.splitlines())
    return hashlib.sha256(data).hexdigest()[:16]
