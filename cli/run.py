"""graphvine run: what was run, with which settings, inputs and outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.emit import Encoding, Format, Table, emit
from cli.exits import EPILOG
from cli.options import FileOption, FormatOption, WorkspaceOption, output
from cli.session import Session

app = typer.Typer(no_args_is_help=True, help="Past runs and their manifests.")


@app.command("list", epilog=EPILOG)
def list_runs(workspace: WorkspaceOption = Path(), format: FormatOption = Format.AUTO, out: FileOption = None) -> None:
    """List runs, oldest first.

    Example: graphvine run list
    """
    to = output(format, out, Encoding.UTF8, False)
    from cli.runs import read_manifests

    found = read_manifests(Session.open(workspace).workspace.runs)
    emit(Table.of(found, ("run", "command", "status", "started")), to)


@app.command(epilog=EPILOG)
def show(
    name: Annotated[str, typer.Argument(help="Run, a unique beginning of it, or latest.")] = "latest",
    workspace: WorkspaceOption = Path(),
) -> None:
    """Print the manifest of a run as JSON.

    Example: graphvine run show latest
    """
    from graph.errors import ConfigError, PrerequisiteError

    folder = Session.open(workspace).workspace.runs
    found = [p for p in sorted(folder.glob("*/manifest.json")) if name == "latest" or p.parent.name.startswith(name)]
    if len(found) > 1 and name != "latest":
        raise ConfigError(f"{name!r} fits {len(found)} runs", hint=f"for example {found[-1].parent.name}")
    if not found:
        raise PrerequisiteError(f"no run {name!r} in {folder}", hint="graphvine run list")
    typer.echo(found[-1].read_text("utf-8"), nl=False)


@app.command(epilog=EPILOG)
def prune(
    keep: Annotated[int, typer.Option(min=0, help="Keep this many of the newest runs.")] = 20,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Remove old run folders; results and models stay.

    Example: graphvine run prune --keep 10
    """
    import shutil

    session = Session.open(workspace)
    folders = sorted(p.parent for p in session.workspace.runs.glob("*/manifest.json"))
    old = folders[: len(folders) - keep] if keep else folders
    for folder in old:
        shutil.rmtree(folder)
    session.terminal.note(f"removed {len(old)} runs, kept {len(folders) - len(old)}")
