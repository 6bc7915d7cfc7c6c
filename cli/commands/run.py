"""graphvine run: what was run, with which settings, inputs and outputs."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import TABLE, takes

app = typer.Typer(no_args_is_help=True, help="Past runs and their manifests.")


def _written(folders: list[Path]) -> set[str]:
    """The results that these runs wrote back; a manifest that cannot be read names none."""
    found: set[str] = set()
    for folder in folders:
        with suppress(OSError, ValueError, AttributeError):
            found.update(json.loads((folder / "manifest.json").read_text("utf-8")).get("written", ()))
    return found


@app.command("list", epilog=EPILOG)
@takes("workspace", *TABLE)
def list_runs(session: Session, to: Output) -> None:
    """List runs, oldest first.

    Example: graphvine run list
    """
    from cli.runs import read_manifests

    found = read_manifests(session.folder.runs)
    emit(Table.of(found, ("run", "command", "status", "started")), to)


@app.command(epilog=EPILOG)
@takes("workspace")
def show(
    session: Session, name: Annotated[str, typer.Argument(help="Run, a unique beginning of it, or latest.")] = "latest"
) -> None:
    """Print the manifest of a run as JSON.

    Example: graphvine run show latest
    """
    from graph.errors import ConfigError, PrerequisiteError

    folder = session.folder.runs
    found = [p for p in sorted(folder.glob("*/manifest.json")) if name == "latest" or p.parent.name.startswith(name)]
    if len(found) > 1 and name != "latest":
        raise ConfigError(f"{name!r} fits {len(found)} runs", hint=f"for example {found[-1].parent.name}")
    if not found:
        raise PrerequisiteError(f"no run {name!r} in {folder}", hint="graphvine run list")
    typer.echo(found[-1].read_text("utf-8"), nl=False)


@app.command(epilog=EPILOG)
@takes("workspace", "store")
def prune(
    session: Session,
    keep: Annotated[int, typer.Option(min=0, help="Keep this many of the newest runs.")] = 20,
    write: Annotated[
        bool, typer.Option("--write", help="Also remove from the store what these runs wrote back.")
    ] = False,
) -> None:
    """Remove old run folders; results and models stay, and with --write what the runs wrote to the store goes.

    Example: graphvine run prune --keep 10 --write
    """
    import shutil

    folders = sorted(p.parent for p in session.folder.runs.glob("*/manifest.json"))
    old = folders[: len(folders) - keep] if keep else folders
    if write:
        kept = _written(folders[len(old) :])
        for name in sorted(_written(old) - kept):
            session.workspace.forget(name)
            session.terminal.note(f"removed {name} from the store")
    for folder in old:
        shutil.rmtree(folder)
    session.terminal.note(f"removed {len(old)} runs, kept {len(folders) - len(old)}")
