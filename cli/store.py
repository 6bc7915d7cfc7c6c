"""graphvine store: what the store holds, and wiping it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.emit import Encoding, Format, Table, emit
from cli.exits import EPILOG
from cli.options import FileOption, FormatOption, WorkspaceOption, output
from cli.session import Session

app = typer.Typer(no_args_is_help=True, help="The store behind the workspace.")


@app.command(epilog=EPILOG)
def status(workspace: WorkspaceOption = Path(), format: FormatOption = Format.AUTO, out: FileOption = None) -> None:
    """Rows per type, batches and size.

    Example: graphvine store status -w demo
    """
    to = output(format, out, Encoding.UTF8, False)
    found = Session.open(workspace).store().status()
    rows = [("store", found.store, None), ("batches", "", found.batches), ("bytes", "", found.size)]
    rows += [("node", name, count) for name, count in found.nodes.items()]
    rows += [("edge", name, count) for name, count in found.edges.items()]
    emit(Table(("part", "name", "count"), rows), to)


@app.command(epilog=EPILOG)
def wipe(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Remove the store, its quarantine and its index; snapshots, models and runs stay.

    Example: graphvine store wipe --yes
    """
    import shutil
    import sys

    from graph.errors import ConfigError

    session = Session.open(workspace)
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("wiping needs a yes", hint="graphvine store wipe --yes")
        typer.confirm(f"Remove {session.workspace.store}?", abort=True, err=True)
    session.store().wipe()
    shutil.rmtree(session.workspace.quarantine, ignore_errors=True)
    for path in session.workspace.index.parent.glob(f"{session.workspace.index.name}*"):
        path.unlink()
    session.terminal.note("the store is empty")
