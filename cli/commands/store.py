"""graphvine store: what the store holds, giving back its free space, and wiping it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.options import StoreName
from cli.session import Session
from cli.shared_options import TABLE, takes
from graph.errors import PrerequisiteError

if TYPE_CHECKING:
    from graph.store.embedded.connection import HeldError
    from graph.store.embedded.status import Account, Holding

app = typer.Typer(no_args_is_help=True, help="The store behind the workspace.")

# Seconds to wait for a load to end before only the published part is shown.
_PATIENCE_S = 1.0
_MIB = 1 << 20
Row = tuple[str, str, int | None, str]


@app.command(epilog=EPILOG)
@takes("workspace", "store", *TABLE, "quiet")
def status(session: Session, to: Output) -> None:
    """Show rows per type, size, loads, the record counts of every file, and what is published; also while a load runs.

    Example: graphvine store status -w demo
    """
    if not session.workspace.is_embedded:
        emit(Table(("part", "name", "count", "detail"), [*_server_rows(session), *_reject_rows(session)]), to)
        return
    from graph.store.embedded.connection import HeldError
    from graph.store.embedded.status import examine

    holding: Holding | None = None
    try:
        holding = examine(session.workspace.embedded(patience=_PATIENCE_S))
    except HeldError as error:
        session.terminal.note(f"{_who(error)}; shown is what is published")
    rows = _published_rows(session) if holding is None else _held_rows(holding)
    rows += [*_snapshot_rows(session, holding), *_index_rows(session, holding), *_reject_rows(session)]
    emit(Table(("part", "name", "count", "detail"), rows), to)
    if holding is not None and holding.compacting_pays:
        session.terminal.note(
            f"{holding.blocks.free_share:.0%} of the file is free and {holding.loads_since:,} loads came since it was"
            f" last compacted; give it back: {session.proposed('graphvine store compact')}"
        )


def _server_rows(session: Session) -> list[Row]:
    found = session.workspace.store()
    status, origin = found.status(), found.origin()
    rows: list[Row] = [
        ("store", "engine", None, status.store),
        ("store", "place", None, session.workspace.place),
        ("store", "id", None, origin.store),
        ("store", "last load", origin.load, ""),
        ("store", "batches", status.batches, ""),
    ]
    rows += [("node", name, count, "") for name, count in status.nodes.items()]
    return rows + [("edge", name, count, "") for name, count in status.edges.items()]


def _who(error: HeldError) -> str:
    """The message about a locked store, with the command that locks it added where it names only the process."""
    import re

    from graph.store.embedded.lock_holder import describe_process

    found = re.search(r"process (\d+)$", error.message)
    return error.message[: found.start()] + describe_process(int(found[1])) if found else error.message


def _held_rows(holding: Holding) -> list[Row]:
    blocks = holding.blocks
    last = f"{holding.last_id} at {_moment(holding.last_at)}" if holding.last_at is not None else ""
    rows: list[Row] = [
        ("store", holding.engine, None, f"format {holding.format}"),
        ("store", "id", None, holding.origin.store),
        ("bytes", "file", holding.size, f"{blocks.free_share:.0%} of its {blocks.total:,} blocks are free"),
        ("bytes", "log", holding.log, ""),
        ("ledger", "batches", holding.batches, ""),
        ("ledger", "loads", holding.loads, last),
        ("ledger", "results", holding.results, ""),
    ]
    rows += [("node", name, count, "") for name, count in holding.nodes.items()]
    rows += [("edge", name, count, "") for name, count in holding.edges.items()]
    return rows + [("file", a.file, a.counts["read"], _equation(a)) for a in holding.accounts]


def _equation(account: Account) -> str:
    names = ("created", "updated", "unchanged", "duplicate", "quarantined")
    parts = " + ".join(f"{account.counts[name]:,} {name}" for name in names)
    return f"{account.type}, load {account.load}: {parts}" + ("" if account.balanced else "; this does not add up")


def _published_rows(session: Session) -> list[Row]:
    """Rows per type of the published snapshot; none where nothing is published yet."""
    try:
        graph = session.workspace.graph()
    except PrerequisiteError:
        return []
    rows: list[Row] = [("node", name, len(nodes), "published") for name, nodes in graph.nodes.items()]
    return rows + [("edge", str(key), len(edges), "published") for key, edges in graph.edge_sets.items()]


def _snapshot_rows(session: Session, holding: Holding | None) -> list[Row]:
    try:
        folder = session.folder.latest("snapshots", command="graphvine data snapshot")
    except PrerequisiteError:
        return [("snapshot", "", None, f"none is published: {session.proposed('graphvine data snapshot')}")]
    facts = (_behind(session.folder.origin(folder.name), holding), f"published {_written(folder / 'graph.json')}")
    return [("snapshot", folder.name, None, "; ".join(fact for fact in facts if fact))]


def _index_rows(session: Session, holding: Holding | None) -> list[Row]:
    from graph.store.embedded.index.cypher_index import snapshot_of

    index = session.folder.index
    if not index.exists():
        return [("index", "", None, "not built yet: the first query builds it")]
    fingerprint = snapshot_of(index, session.workspace.schema)
    if fingerprint is None:
        return [("index", "", index.stat().st_size, "damaged or of another version: the next query builds it anew")]
    folder = session.folder.results("snapshots") / fingerprint[:16]
    try:
        latest = session.folder.latest("snapshots", command="").name == folder.name
    except PrerequisiteError:
        latest = False
    whose = "of the latest snapshot" if latest else "of an earlier snapshot: the next query brings it up to date"
    facts = (whose, _behind(session.folder.origin(folder.name), holding), f"built {_written(index)}")
    return [("index", folder.name, index.stat().st_size, "; ".join(fact for fact in facts if fact))]


def _behind(note: Path, holding: Holding | None) -> str:
    """How many loads a published snapshot is behind the store; empty where that is unknown."""
    from graph.store.embedded.index.index_cache import read_origin

    origin = read_origin(note)
    if origin is None or holding is None:
        return "" if origin is None else f"of load {origin.load}"
    if origin.store != holding.origin.store:
        return "of another store"
    behind = holding.origin.load - origin.load
    return "current" if behind <= 0 else f"{behind:,} load{'s' if behind > 1 else ''} behind"


def _reject_rows(session: Session) -> list[Row]:
    from graph.ingest.rejects.quarantine import Quarantine

    waiting = sum(1 for _ in Quarantine(session.workspace.quarantine).records())
    return [("rejects", "waiting", waiting, session.proposed("graphvine data rejects list") if waiting else "")]


def _written(file: Path) -> str:
    return _moment(int(file.stat().st_mtime))


def _moment(seconds: int | None) -> str:
    import datetime as dt

    return "" if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@app.command(epilog=EPILOG)
@takes("workspace", *TABLE, "quiet", store=StoreName.EMBEDDED)
def compact(session: Session, to: Output) -> None:
    """Rewrite the store's file without its free blocks and in the order of snapshots; the rows stay the same.

    Example: graphvine store compact -w demo
    """
    from graph.store.embedded.compact import compact as rewrite
    from graph.store.embedded.compact import plan

    store = session.workspace.embedded()
    needs = plan(store)
    session.terminal.note(
        f"rewriting {_mib(needs.size)} into about {_mib(needs.after)}; this takes up to {_mib(needs.needed)} of disk"
        f" while it runs, {_mib(needs.available)} are free"
    )
    before, after = rewrite(store)
    emit(Table(("file", "bytes"), [("before", before), ("after", after)]), to)


def _mib(size: int) -> str:
    return f"{size / _MIB:,.0f} MiB"


@app.command(epilog=EPILOG)
@takes("workspace", "store")
def wipe(session: Session, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove the store, its quarantine and its index; snapshots, models and runs stay.

    Of a server only what graphvine has written is removed.

    Example: graphvine store wipe --yes
    """
    import shutil
    import sys

    from graph.errors import ConfigError

    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("wiping needs a confirmation", hint="graphvine store wipe --yes")
        typer.confirm(f"Remove {session.workspace.place}?", abort=True, err=True)
    session.workspace.store().wipe()
    shutil.rmtree(session.workspace.quarantine, ignore_errors=True)
    session.workspace.load_counts.unlink(missing_ok=True)
    if session.workspace.is_embedded:
        _remove_published(session)
    session.terminal.note("the store is empty")


def _remove_published(session: Session) -> None:
    """Remove what was published of the embedded store for queries."""
    import shutil

    index, store = session.folder.index, session.folder.store
    for folder in (session.folder.origin("").parent, session.folder.written):
        shutil.rmtree(folder, ignore_errors=True)
    names = (f"{index.name}*", f"results{index.suffix}*", f".{store.name}-*")
    for path in (path for name in names for path in index.parent.glob(name)):
        path.unlink()
    for path in (*index.parent.glob(f".{index.name}-*"), *index.parent.glob(f".results{index.suffix}-*")):
        shutil.rmtree(path, ignore_errors=True)
