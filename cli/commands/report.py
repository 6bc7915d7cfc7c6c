"""graphvine report: everything that was found, on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, PEOPLE, takes

app = typer.Typer(no_args_is_help=True, help="One page with everything that was found.")


@app.callback()
def group() -> None:
    """One page with everything that was found."""


@app.command("build", epilog=EPILOG)
@takes("workspace", *PEOPLE, "seed", *LOUDNESS)
def build_report(
    session: Session,
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page; by default report.html in the workspace.")
    ] = None,
) -> None:
    """Write the latest results as one self-contained HTML page that needs no network.

    Example: graphvine report build -w demo -o report.html
    """
    from graph.workflow.report.collect import write_report
    from graph.workflow.step_record import read_skipped

    with session.run("report build") as run:
        file = write_report(session.workspace, out, skipped=read_skipped(session.folder.builds)).file
        run.output(file)
    session.terminal.step(f"wrote {file} ({file.stat().st_size // 1024} kB)")
