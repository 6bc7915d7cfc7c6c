"""Describes the content of a workspace (rows, bytes, file names), so that two workspaces can be compared."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.faults.embedded.process import run

State = Mapping[str, Any]
# What no two runs share: ids of loads, which also name the batches put right by hand, and the name of a store.
_OWN = {
    "loads": "* EXCLUDE (id)",
    "meta": "* REPLACE (CASE WHEN key != 'store' THEN value END AS value)",
    "ledger": "* REPLACE (CASE WHEN NOT suffix(file, ' (replayed)') THEN batch END AS batch)",
}


def examine(home: Path) -> State:
    """The state of a workspace, found out in a process of its own.

    Returns:
        ``rows`` (table to number of rows and digest), ``snapshot`` (fingerprint of the store's snapshot),
        ``unbalanced`` (files whose counts do not add up), ``doubled`` (tables with two rows of one id), ``published``
        (fingerprint of the latest snapshot, and whether it is whole), ``quarantine`` (file to digest), ``pending``,
        ``index`` and ``files`` (all of them, without those of runs).
    """
    return _in_child(home, "whole")


def stored(home: Path) -> State:
    """What a workspace holds just after a fault, ``rows`` and ``published`` of it; the workspace is not touched."""
    import shutil

    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(home, copy, ignore=shutil.ignore_patterns("runs"))
        return _in_child(copy, "rows")


def differences(found: State, wanted: State) -> list[str]:
    """What is not as it should be, a sentence each."""
    told = []
    for name, value in wanted.items():
        if found.get(name) != value:
            told.append(f"{name}: {_difference(found.get(name), value)}")
    return told


def _difference(found: Any, wanted: Any) -> str:
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = [k for k in sorted(found.keys() | wanted.keys()) if found.get(k) != wanted.get(k)]
        return "; ".join(f"{k} is {found.get(k)} instead of {wanted.get(k)}" for k in keys[:4])
    if isinstance(found, list) and isinstance(wanted, list):
        return f"too many {sorted(set(found) - set(wanted))[:5]}, missing {sorted(set(wanted) - set(found))[:5]}"
    return f"{found} instead of {wanted}"


def _in_child(home: Path, what: str) -> State:
    def work() -> int:
        state = _rows(home) | _published(home)
        if what == "whole":
            state |= _store(home) | _beside(home)
        print(json.dumps(state))
        return 0

    ended = run(work)
    if ended.code:
        return {"error": ended.err.strip().splitlines()[-1] if ended.err else f"ended with {ended.code}"}
    state: State = json.loads(ended.out)
    return state


def _rows(home: Path) -> dict[str, Any]:
    import duckdb

    file = home / "store" / "market.duckdb"
    if not file.exists():
        return {"rows": {}, "doubled": []}
    found, doubled = {}, []
    with duckdb.connect(str(file)) as connection:
        names = [n for (n,) in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        for name in names:
            query = f'SELECT {_OWN.get(name, "*")} FROM "{name}"'
            count, total = connection.execute(f"SELECT count(*), sum(hash(t)) FROM ({query}) t").fetchall()[0]
            if count:
                found[name] = [count, str(total)]
            key = {"node": "id", "edge": "event", "ledger": "(file, batch)"}.get(name.partition("_")[0])
            if key and count != connection.execute(f'SELECT count(DISTINCT {key}) FROM "{name}"').fetchall()[0][0]:
                doubled.append(name)
    return {"rows": found, "doubled": doubled}


def _published(home: Path) -> dict[str, Any]:
    from graph.errors import PrerequisiteError
    from graph.hetero import HeteroGraph
    from graph.workspace.folder import WorkspaceFolder

    try:
        folder = WorkspaceFolder(home).latest("snapshots", command="")
    except PrerequisiteError:
        return {"published": None}
    graph = HeteroGraph.read(folder)
    return {"published": [graph.fingerprint, graph.verify()]}


def _store(home: Path) -> dict[str, Any]:
    from graph.store.embedded.status import examine as holding_of
    from graph.store.embedded.store import EmbeddedStore
    from graph.workspace.folder import WorkspaceFolder

    workspace = WorkspaceFolder(home)
    if not workspace.store.exists():
        return {"snapshot": None, "unbalanced": []}
    store = EmbeddedStore(workspace.store, workspace.schema())
    unbalanced = [a.file for a in holding_of(store).accounts if not a.balanced]
    return {"snapshot": store.snapshot().fingerprint, "unbalanced": unbalanced}


def _beside(home: Path) -> dict[str, Any]:
    from graph.ingest.rejects.quarantine import Quarantine
    from graph.store.embedded.index.cypher_index import snapshot_of
    from graph.workspace.folder import WorkspaceFolder

    workspace = WorkspaceFolder(home)
    kept = Quarantine(workspace.quarantine("embedded"))
    files = sorted(_plain(p.relative_to(home)) for p in home.rglob("*"))
    return {
        "quarantine": {_plain(p.relative_to(home)): _digest(p) for p in workspace.quarantine("embedded").rglob("*.*")},
        "kept": sum(1 for _ in kept.records()),
        "pending": kept.interrupted,
        "index": snapshot_of(workspace.index, workspace.schema()),
        "files": [f for f in files if not f.startswith("runs" + os.sep) and f != "runs"],
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
    return hashlib.sha256(data).hexdigest()
