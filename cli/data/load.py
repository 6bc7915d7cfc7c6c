"""graphvine data load: files into the store, each record once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.data.check import rule_run, tell_findings, tell_skipped
from cli.data.dry_run import stage
from cli.data.sources import AsOfOption, DirectoryOption, MappingOption, mapped_sources, moment, share_of, zone_of
from cli.emit import Encoding, Format, Table, emit
from cli.options import (
    FileOption,
    FormatOption,
    QuietOption,
    SharedOption,
    StoreOption,
    VerboseOption,
    WorkspaceOption,
    output,
)
from cli.session import Session

if TYPE_CHECKING:
    from graph.batch import FileCount
    from graph.ingest.load import Limits
    from graph.ingest.mapping.file_mapping import Source

_COUNTS = ("file", "type", "read", "created", "updated", "unchanged", "duplicate", "quarantined", "implied")


def load(
    max_bad: Annotated[
        str,
        typer.Option("--max-bad", metavar="SHARE", help="Load nothing where more of a file is refused, like 1%."),
    ] = "100%",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what a load would do, and change nothing.")] = False,
    stdin: Annotated[
        str | None,
        typer.Option("--stdin", metavar="NAME", help="Read this file of the mapping from stdin, and no other."),
    ] = None,
    workspace: WorkspaceOption = Path(),
    store: StoreOption = None,
    shared: SharedOption = False,
    mapping: MappingOption = None,
    data: DirectoryOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Load the mapped files into the store, each record once; refused records go to quarantine.

    All files are loaded, or none. Example: graphvine data load -w demo --max-bad 1%
    """
    to = output(format, out, Encoding.UTF8, False)
    from graph.ingest.load import Limits

    limits = Limits(bad=share_of(max_bad, "--max-bad 1%"), commit=not dry_run)
    session = Session.open(workspace, verbose=verbose, quiet=quiet, store=store, shared=shared)
    if stdin is not None:
        # A name that the mapping does not have is told before anything is read.
        mapped_sources(session, mapping, data, given={stdin: Path(stdin)})
    with _given(session, stdin) as given:
        sources = mapped_sources(session, mapping, data, given=given)
        now = moment(as_of, zone_of(sources))
        if dry_run:
            counts = load_files(session, sources, now, limits=limits)
        else:
            with session.run("data load", fresh=mapping is not None, mapping=str(mapping or "")) as run:
                counts = load_files(session, sources, now, limits=limits)
                run.metric("counts", _rows(counts))
    emit(Table(_COUNTS, _rows(counts)), to)
    session.following("graphvine data load" if dry_run else "graphvine data snapshot")


def _rows(counts: list[FileCount]) -> list[list[Any]]:
    return [[getattr(count, name) for name in _COUNTS] for count in counts]


@contextmanager
def _given(session: Session, name: str | None) -> Iterator[dict[str, Path]]:
    """What is read from stdin, as a file: it is looked at more than once, and may be larger than memory."""
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
    session.workspace.root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".stdin-", dir=session.workspace.root) as folder:
        file = Path(folder) / "".join(("stdin", *Path(name).suffixes))
        with file.open("wb") as stream:
            shutil.copyfileobj(sys.stdin.buffer, stream, 1 << 20)
        yield {name: file}


def load_files(
    session: Session, sources: tuple[Source, ...], as_of: int, *, limits: Limits | None = None
) -> list[FileCount]:
    """Load sources and say what was refused, changed and not mapped."""
    from cli.steps import file_digest
    from graph.ingest.load import ANY, load_sources
    from graph.ingest.mapping.market_zone import other_zones
    from graph.ingest.mapping.missing_ratings import missing_ratings

    limits = limits or ANY
    if limits.commit:
        for source in sources:
            session.read(source.name, file_digest(source.file))
    with (
        closing(rule_run(session, sources, as_of)) as rules,
        stage(session, rehearsal=not limits.commit) as (store, quarantine),
    ):
        counts = load_sources(
            sources,
            session.schema,
            store,
            quarantine=quarantine,
            as_of=as_of,
            limits=limits,
            rules=None if rules.idle else rules,
            on_findings=lambda findings: tell_findings(session, findings),
            on_step=session.terminal.progress,
        )
        zone = store.zone() or zone_of(sources)
    _tell(session, counts, limits)
    for sentence in (*other_zones(sources, zone), *missing_ratings(sources, session.schema)):
        session.terminal.note(sentence)
    return counts


def _tell(session: Session, counts: list[FileCount], limits: Limits) -> None:
    for count in counts:
        tell_skipped(session, count)
        for name in count.unmapped:
            session.terminal.note(f"{count.file}: column {name!r} is not mapped, so it was left out")
        changed = sum(count.changes.values())
        if changed:
            session.terminal.note(
                f"{count.file}: {changed:,} cells were put into plain form;"
                f" see them: {session.proposed('graphvine data check')} --changes"
            )
        for (column, kind), cells in count.changes.items():
            if kind == "day_only":
                session.terminal.note(
                    f"{count.file}: column {column!r} holds dates, so the time of day of {cells:,} cells was left out"
                )
        if count.gone:
            session.terminal.note(
                f"{count.file}: {count.gone:,} records that an earlier load refused are not in it any more; see them:"
                f" {session.proposed('graphvine data rejects list')} --earlier;"
                " to try them again, load the file that had them"
            )
    refused, read = sum(c.quarantined for c in counts), sum(c.read for c in counts)
    if not limits.commit:
        session.terminal.note(f"nothing was written; {refused:,} of {read:,} records would be refused")
    elif refused:
        session.terminal.note(
            f"{refused:,} of {read:,} records were refused and kept in {session.quarantine}; "
            f"see why: {session.proposed('graphvine data rejects list')}"
        )
