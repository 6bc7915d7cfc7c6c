"""graphvine data load: files into the store, each record once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.data.sources import moment, share_of
from cli.emit import Output, Table, emit
from cli.session import Session
from cli.shared_options import LOUDNESS, TABLE, takes


@takes("workspace", "store", "shared", "mapping", "data", "as_of", *TABLE, *LOUDNESS)
def load(
    session: Session,
    to: Output,
    mapping: Path | None,
    data: Path | None,
    as_of: str | None,
    max_bad: Annotated[
        str, typer.Option("--max-bad", metavar="SHARE", help="Load nothing where more of a file is refused, like 1%.")
    ] = "100%",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what a load would do, and change nothing.")] = False,
    stdin: Annotated[
        str | None,
        typer.Option("--stdin", metavar="NAME", help="Read this file of the mapping from stdin, and no other."),
    ] = None,
) -> None:
    """Load the mapped files into the store, each record once; refused records go to quarantine.

    All files are loaded, or none. Example: graphvine data load -w demo --max-bad 1%
    """
    from graph.ingest.load import Limits
    from graph.workflow.loading.load import COLUMNS, load_files
    from graph.workflow.loading.sources import mapped_sources, zone_of

    limits = Limits(bad=share_of(max_bad, "--max-bad 1%"), commit=not dry_run)
    market = session.workspace
    if stdin is not None:
        # A name that the mapping does not have is an error before anything is read.
        mapped_sources(market, mapping, data, given={stdin: Path(stdin)})
    with _given(session, stdin) as given:
        sources = mapped_sources(market, mapping, data, given=given)
        now = moment(as_of, zone_of(sources))
        if dry_run:
            done = Table.of(list(load_files(market, sources, now, limits=limits).rows()), COLUMNS)
        else:
            with session.run("data load", fresh=mapping is not None, mapping=str(mapping or "")) as run:
                done = Table.of(list(load_files(market, sources, now, limits=limits).rows()), COLUMNS)
                run.metric("counts", done.rows)
    emit(done, to)
    session.following("graphvine data load" if dry_run else "graphvine data snapshot")


@contextmanager
def _given(session: Session, name: str | None) -> Iterator[dict[str, Path]]:
    """A temporary file with what stdin holds, since a load reads it more than once and it may be larger than memory."""
    import shutil
    import tempfile

    if name is None:
        yield {}
        return
    from graph.errors import ConfigError

    if sys.stdin.isatty():
        raise ConfigError(
            "stdin is a terminal", hint=f"pipe the file in: cat {name} | graphvine data load --stdin {name}"
        )
    session.folder.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".stdin-", dir=session.folder.root) as folder:
        file = Path(folder) / "".join(("stdin", *Path(name).suffixes))
        with file.open("wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream, 1 << 20)
        yield {name: file}
