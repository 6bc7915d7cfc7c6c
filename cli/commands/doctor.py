"""graphvine doctor: whether this installation and this workspace can do their work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from cli.emit import Output, Table, emit
from cli.session import Session
from cli.shared_options import TABLE, takes
from gnn import HOW_TO_INSTALL

_MODULES = ("graph", "gnn", "cli", "queries", "graphvine")


@takes("workspace", "store", *TABLE)
def doctor(session: Session, to: Output) -> None:
    """Check the installation and the workspace; exits with 1 where something is wrong.

    Example: graphvine doctor -w demo
    """
    found = [*_python(), *_packages(), *_ours(), *_workspace(session)]
    emit(Table(("state", "what", "finding", "hint"), found), to)
    if any(row[0] == "fail" for row in found):
        raise typer.Exit(1)


Finding = tuple[str, str, str, str]


def _python() -> Iterator[Finding]:
    import platform
    import sys

    good = sys.version_info >= (3, 11)
    yield (
        "ok" if good else "fail",
        "python",
        platform.python_version(),
        "" if good else "install Python 3.11 or newer",
    )


def _packages() -> Iterator[Finding]:
    from importlib import metadata
    from importlib.util import find_spec

    for name in ("duckdb", "kglite", "graspologic-native", "numba", "scipy", "pyarrow", "neo4j"):
        try:
            yield "ok", name, metadata.version(name), ""
        except metadata.PackageNotFoundError:
            yield "fail", name, "not installed", "install from the lock: make setup"
    for name, module in (("torch", "torch"), ("torch-geometric", "torch_geometric")):
        if find_spec(module) is not None:
            yield "ok", name, metadata.version(name), ""
        else:
            yield "warn", name, "not installed: models are trained without the graph neural network", HOW_TO_INSTALL


def _ours() -> Iterator[Finding]:
    """Whether the top-level modules that Python finds are the ones of our distribution."""
    import importlib.util

    home = Path(__file__).resolve().parents[2]
    for name in _MODULES:
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None:
            yield "fail", f"module {name}", "not found", "install graphvine again, in an environment of its own"
        elif home not in origin.parents:
            yield "fail", f"module {name}", f"is {origin}, not ours", "install graphvine in an environment of its own"
        else:
            yield "ok", f"module {name}", "ours", ""


def _workspace(session: Session) -> Iterator[Finding]:
    from graph.errors import GraphvineError

    try:
        yield "ok", "settings", f"seed {session.settings.seed}", ""
    except GraphvineError as error:
        yield "fail", "settings", error.message, error.hint
        return
    embedded = session.workspace.is_embedded
    if embedded and not session.folder.store.exists():
        yield "ok", "store", "none yet", "graphvine init DIR, then graphvine build DIR"
        return
    try:
        status = session.workspace.store().status()
        yield (
            "ok",
            "store",
            f"{status.store}, {sum(status.nodes.values()):,} nodes, {sum(status.edges.values()):,} edges",
            "",
        )
    except GraphvineError as error:
        yield "fail", "store", error.message, error.hint
    if not embedded:
        yield from _memory(session)
    try:
        graph = session.workspace.graph()
        good = graph.verify()
        yield ("ok" if good else "fail", "snapshot", graph.fingerprint[:16], "" if good else "graphvine data snapshot")
    except GraphvineError as error:
        yield "ok", "snapshot", error.message, error.hint


def _memory(session: Session) -> Iterator[Finding]:
    """Whether the server limits the memory of one query; a time limit does not stop a single huge expression."""
    from graph.errors import GraphvineError
    from graph.store.neo4j.status import memory_of_a_query
    from graph.store.neo4j.store import Neo4jStore

    try:
        with Neo4jStore(session.workspace.access, session.workspace.schema).opened() as database:
            found = memory_of_a_query(database)
    except GraphvineError as error:
        yield "warn", "memory of a query", error.message, error.hint
        return
    hint = "set db.memory.transaction.max=256m in neo4j.conf: a query that asks for a huge list then ends at once"
    yield ("ok", "memory of a query", found, "") if found else ("warn", "memory of a query", "not bounded", hint)
