"""graphvine data rejects: list refused records, correct them, and load them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.data.check import sentence_of
from cli.data.sources import moment
from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, SPREADSHEET, TABLE, takes

if TYPE_CHECKING:
    from graph.ingest.rejects.quarantine import Quarantine

rejects = typer.Typer(no_args_is_help=True, help="Refused records: list them, correct them, load them again.")
ReasonOption = Annotated[
    list[str] | None, typer.Option("--reason", help="Only records refused for this reason; may be repeated.")
]
OfFileOption = Annotated[str | None, typer.Option("--file", metavar="NAME", help="Only records of this file.")]
_COLUMNS = ("file", "type", "row", "line", "column", "value", "reason", "hint", "raw")
_SAME = ("created", "updated", "unchanged", "duplicate")
# Column to the attribute of a FileCount; the records that a replay reads are those that it tries.
_COUNTS = {
    **{"file": "file", "type": "type", "tried": "read"},
    **dict(zip(_SAME, _SAME, strict=True)),
    **{"refused": "quarantined", "implied": "implied"},
}


def _wanted(reasons: list[str] | None, file: str | None) -> Callable[[dict[str, Any]], bool]:
    """A filter for the records that the options select.

    Raises:
        ConfigError: there is no such reason.
    """
    import difflib

    from graph.errors import ConfigError
    from graph.ingest.rejects.reject import HINTS

    for reason in reasons or ():
        if reason not in HINTS:
            near = difflib.get_close_matches(reason, HINTS, n=1)
            raise ConfigError(
                f"no record is refused for {reason!r}",
                hint=f"did you mean {near[0]!r}?" if near else f"reasons: {', '.join(HINTS)}",
            )
    return lambda record: (not reasons or record["reason"] in reasons) and file in (None, record["file"])


def _quarantine(session: Session) -> Quarantine:
    from graph.ingest.rejects.quarantine import Quarantine

    quarantine = Quarantine(session.workspace.quarantine)
    if quarantine.interrupted:
        session.terminal.note(
            "a load is under way or was interrupted, so this is what was refused before it; "
            f"where it was interrupted, run it again: {session.proposed('graphvine data load')}"
        )
    return quarantine


@rejects.command("list", epilog=EPILOG)
@takes("workspace", "store", *SPREADSHEET)
def list_(
    session: Session,
    to: Output,
    reason: ReasonOption = None,
    file: OfFileOption = None,
    earlier: Annotated[
        bool,
        typer.Option("--earlier", help="List instead what an earlier load of a file refused and a later one did not."),
    ] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Count them by file, reason and column.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Show at most this many records.", show_default="all")
    ] = None,
) -> None:
    """List refused records with file, row, column, value, reason and hint.

    Example: graphvine data rejects list --reason stray_quote
    """
    wanted = _wanted(reason, file)
    found = filter(wanted, _quarantine(session).records(earlier=earlier))
    if summary:
        counts = Counter((r["file"], r["type"], r["reason"], r["column"]) for r in found)
        emit(Table(("file", "type", "reason", "column", "records"), [[*k, n] for k, n in sorted(counts.items())]), to)
    else:
        # Records that earlier versions kept name no line.
        emit(Table.of([{"line": 0, **record} for record in islice(found, limit)], _COLUMNS), to)


@rejects.command(epilog=EPILOG)
@takes("workspace", "store", *TABLE)
def fix(
    session: Session,
    to: Output,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write the files.")],
    reason: ReasonOption = None,
    file: OfFileOption = None,
) -> None:
    """Write refused records to CSV files, one for each file of the market, to be corrected by hand.

    Edit the cells, leave the columns that begin with _ as they are, delete the rows that you cannot correct, and load
    the result: graphvine data rejects replay --from FOLDER.
    Example: graphvine data rejects fix fixes --reason not_a_time
    """
    wanted = _wanted(reason, file)
    from graph.ingest.rejects.fixes import write_fixes

    written = write_fixes(_quarantine(session).groups(), folder, wanted=wanted)
    emit(Table(("file", "records"), [[str(path), count] for path, count in written]), to)
    if written:
        session.following(f"graphvine data rejects replay --from {folder}")


@rejects.command(epilog=EPILOG)
@takes("workspace", "store", "shared", "mapping", "as_of", *TABLE, *LOUDNESS)
def replay(
    session: Session,
    to: Output,
    mapping: Path | None,
    as_of: str | None,
    fixes: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Load the corrected records of these files.", exists=True),
    ] = None,
    reason: ReasonOption = None,
    file: OfFileOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be loaded, and change nothing.")] = False,
) -> None:
    """Load refused records again: after users were loaded, the mapping was changed, or the records were corrected.

    Loaded records leave the quarantine. Records that could not be split into cells need --from or a load of the file.

    Example: graphvine data rejects replay --reason unknown_source
    """
    wanted = _wanted(reason, file)
    from graph.ingest.mapping.market_zone import market_zone
    from graph.ingest.rejects.fixes import read_fixes
    from graph.ingest.rejects.replay import replay as again
    from graph.workflow.loading.dry_run import stage
    from graph.workflow.loading.sources import mapping_entries

    edited = None if fixes is None else [fix for fix in read_fixes(fixes) if file in (None, fix.file)]
    entries = mapping_entries(session.workspace, mapping)
    with stage(session.workspace, dry_run=dry_run) as (target, quarantine):
        done = again(
            entries,
            session.workspace.schema,
            target,
            quarantine=quarantine,
            as_of=moment(as_of, market_zone(entries)),
            wanted=wanted,
            fixes=edited,
            commit=not dry_run,
        )
    emit(Table(tuple(_COUNTS), [[getattr(d.count, name) for name in _COUNTS.values()] for d in done]), to)
    for item in islice((item for d in done for item in d.refused), 10):
        session.terminal.note(sentence_of(item))
    if dry_run:
        session.terminal.note("nothing was written")
    elif any(d.count.read > d.count.quarantined for d in done):
        session.following("graphvine data snapshot")
