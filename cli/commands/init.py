"""graphvine init: a workspace with settings and a proposed mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import QuietOption
from cli.session import Session


def init(
    directory: Annotated[Path, typer.Argument(help="Folder with your data files; it becomes the workspace.")],
    data: Annotated[Path | None, typer.Option("--data", help="Folder of the data files, if it is another one.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a mapping and settings that are there already.")
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Look at the files' headers and write graphvine.toml and a commented mapping.toml with guesses.

    Example: graphvine init market/    then read market/mapping.toml, then: graphvine build market/
    """
    from graph.workflow.loading.init import make_workspace

    session = Session.open(directory, quiet=quiet)
    made = make_workspace(session.folder, data=data, force=force, on_note=session.terminal.note)
    for file in made.files:
        session.terminal.step(f"wrote {file}")
    session.terminal.following(f"read {made.mapping} and correct its guesses, then: graphvine build {directory}")
