"""graphvine data: synthetic markets, checking and loading files, snapshots, rejects, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Encoding, Format, Table, emit
from cli.exits import EPILOG
from cli.export import export
from cli.options import (
    EncodingOption,
    FileOption,
    FormatOption,
    QuietOption,
    RawOption,
    VerboseOption,
    WorkspaceOption,
    output,
)
from cli.session import Session, clock

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.ingest.load import FileCount
    from graph.ingest.mapping import Source

app = typer.Typer(no_args_is_help=True, help="Synthetic markets; check, load and describe files; snapshots; rejects.")
rejects = typer.Typer(no_args_is_help=True, help="Records that were refused.")
app.add_typer(rejects, name="rejects")
app.command(epilog=EPILOG)(export)

_COUNTS = ("file", "type", "read", "created", "updated", "unchanged", "duplicate", "quarantined", "implied")
MappingOption = Annotated[
    Path | None, typer.Option("--mapping", help="Mapping file; by default the settings say which.")
]
DirectoryOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the data files; by default the mapping's folder.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", help="Events from this moment on lie in the future (date or date and time, UTC).", show_default="now"
    ),
]


@app.command(epilog=EPILOG)
def synth(
    directory: Annotated[Path, typer.Argument(help="New folder for the files.")],
    world: Annotated[str, typer.Option(help="Which world.")] = "ev-retail",
    users: Annotated[int, typer.Option(min=100, help="Number of users.")] = 5000,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same bytes.")] = 7,
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Make a seeded synthetic market with planted truth.

    Example: graphvine data synth demo/data --world ev-retail --users 5000 --seed 7
    """
    to = output(format, out, Encoding.UTF8, False)
    from graph.worlds import synthesise

    session = Session.open(Path(), verbose=verbose, quiet=quiet)
    made = synthesise(directory, world=world, users=users, seed=seed)
    emit(Table(("file", "rows"), sorted(made.rows.items())), to)
    session.following(f"graphvine init {directory}")


def mapped_sources(session: Session, mapping: Path | None, directory: Path | None) -> tuple[Source, ...]:
    """The files that the workspace's mapping, or the given one, names."""
    from graph.ingest.mapping_file import read_mapping
    from graph.ingest.sources import find_sources

    file = mapping or session.workspace.root / session.settings.data.mapping
    configured = session.settings.data.directory
    where = directory or (session.workspace.root / configured if configured else file.parent)
    return find_sources(where, read_mapping(file, session.schema))


def moment(text: str | None) -> int:
    """A date or a date and time in UTC as seconds; the clock where there is none.

    Raises:
        ConfigError: the text is neither.
    """
    from graph.errors import ConfigError

    if text is None:
        return clock()
    import datetime as dt

    try:
        given = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{text!r} is not a date", hint="write 2026-06-30 or 2026-06-30T12:00:00") from None
    return int((given if given.tzinfo else given.replace(tzinfo=dt.UTC)).timestamp())


@app.command(epilog=EPILOG)
def check(
    workspace: WorkspaceOption = Path(),
    mapping: MappingOption = None,
    data: DirectoryOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Read and type every file without loading anything; name unmapped columns and refused records.

    Exits with 1 where records would be refused. Example: graphvine data check -w demo
    """
    to = output(format, out, Encoding.UTF8, False)
    from graph.ingest.load import check_sources

    session = Session.open(workspace, verbose=verbose, quiet=quiet)
    sources = mapped_sources(session, mapping, data)
    checked = check_sources(sources, session.schema, as_of=moment(as_of), on_step=session.terminal.progress)
    table = [[c.file, c.type, c.read, c.created, c.quarantined, list(c.unmapped)] for c, _ in checked]
    emit(
        Table(("file", "type", "read", "usable", "refused", "unmapped"), table),
        to,
    )
    for count, refused in checked:
        for name in count.unmapped:
            session.terminal.note(f"{count.file}: column {name!r} is not mapped; map it, or list it under ignore")
        if count.unknown_ends:
            session.terminal.note(
                f"{count.file}: {count.unknown_ends:,} records name nodes that no file provides; "
                "a load refuses them unless the store has them already"
            )
        for item in refused[:5]:
            session.terminal.note(f"{item.file}: row {item.row}: {item.reason.replace('_', ' ')}; {item.hint}")
        if len(refused) > 5:
            session.terminal.note(f"{count.file}: {len(refused) - 5} more refused records")
    if any(refused for _, refused in checked):
        raise typer.Exit(1)
    session.following("graphvine data load")


@app.command(epilog=EPILOG)
def load(
    workspace: WorkspaceOption = Path(),
    mapping: MappingOption = None,
    data: DirectoryOption = None,
    as_of: AsOfOption = None,
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Load the mapped files into the store, each record once; refused records go to quarantine.

    Example: graphvine data load -w demo
    """
    to = output(format, out, Encoding.UTF8, False)
    session = Session.open(workspace, verbose=verbose, quiet=quiet)
    with session.run("data load", fresh=mapping is not None, mapping=str(mapping or "")) as run:
        counts = load_files(session, mapped_sources(session, mapping, data), moment(as_of))
        run.metric("counts", [[getattr(c, name) for name in _COUNTS] for c in counts])
    emit(
        Table(_COUNTS, [[getattr(c, name) for name in _COUNTS] for c in counts]),
        to,
    )
    session.following("graphvine data snapshot")


def load_files(session: Session, sources: tuple[Source, ...], as_of: int) -> list[FileCount]:
    """Load sources and say what was refused and what was not mapped."""
    from cli.steps import file_digest
    from graph.ingest.load import load_sources
    from graph.ingest.quarantine import Quarantine

    for source in sources:
        session.read(source.name, file_digest(source.file))
    quarantine = Quarantine(session.workspace.quarantine)
    counts = load_sources(
        sources, session.schema, session.store(), quarantine=quarantine, as_of=as_of, on_step=session.terminal.progress
    )
    for count in counts:
        for name in count.unmapped:
            session.terminal.note(f"{count.file}: column {name!r} is not mapped, so it was left out")
    refused = sum(c.quarantined for c in counts)
    if refused:
        session.terminal.note(
            f"{refused:,} of {sum(c.read for c in counts):,} records were refused and kept in {quarantine.directory}; "
            f"see why: graphvine data rejects list{session.workspace.option}"
        )
    return counts


@app.command(epilog=EPILOG)
def snapshot(
    until: Annotated[
        str | None, typer.Option("--until", help="Keep events before this date or date and time (UTC).")
    ] = None,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Publish the store's content as arrays, which everything else reads.

    Example: graphvine data snapshot --until 2026-06-30
    """
    to = output(format, out, Encoding.UTF8, False)
    session = Session.open(workspace, verbose=verbose, quiet=quiet)
    with session.run("data snapshot", until=until or "") as run:
        graph, folder = publish_snapshot(session, None if until is None else moment(until))
        run.output(folder)
        run.metric("fingerprint", graph.fingerprint)
    if until is not None:
        for key, count in graph.undated.items():
            if count:
                session.terminal.note(f"{key}: {count:,} events have no time and were kept")
    rows = [("node", name, len(nodes)) for name, nodes in graph.nodes.items()]
    rows += [("edge", str(key), len(edges)) for key, edges in graph.edge_sets.items()]
    emit(Table(("part", "type", "count"), rows), to)
    session.terminal.detail(f"fingerprint {graph.fingerprint}")
    session.following("graphvine segment detect")


def _intact(folder: Path) -> bool:
    """Whether a snapshot folder is there and holds what it was written with."""
    from graph.errors import GraphvineError
    from graph.hetero import HeteroGraph

    try:
        return HeteroGraph.read(folder).verify()
    except (GraphvineError, OSError, ValueError):
        return False


def publish_snapshot(session: Session, until: int | None) -> tuple[HeteroGraph, Path]:
    """Read the store and publish the result under its fingerprint."""
    graph = session.store().snapshot(until=until)
    name = graph.fingerprint[:16]
    folder = session.workspace.results("snapshots") / name
    if not _intact(folder):
        graph.write(folder)
    session.workspace.publish("snapshots", name)
    return graph, folder


@app.command(epilog=EPILOG)
def describe(
    schema: Annotated[
        bool, typer.Option("--schema", help="Describe what a market may hold instead of what this one holds.")
    ] = False,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
) -> None:
    """Describe the latest snapshot: types, counts, periods, missing values.

    Example: graphvine data describe --schema -f csv
    """
    to = output(format, out, Encoding.UTF8, False)
    session = Session.open(workspace)
    table = _schema_table(session) if schema else _graph_table(session.graph())
    emit(table, to)


def _schema_table(session: Session) -> Table:
    rows: list[list[Any]] = []
    for name, node in session.schema.nodes.items():
        rows.append(
            ["node", name, "", "", "open", f"{node.doc}; roles: {', '.join(node.roles)}" if node.roles else node.doc]
        )
        rows += [["node", name, column, spec.type, spec.sensitivity, spec.doc] for column, spec in node.columns.items()]
    for key, edge in session.schema.edges.items():
        rows.append(["edge", str(key), "", "", edge.sensitivity, edge.doc])
        if edge.weight:
            rows.append(["edge", str(key), "weight", "decimal", edge.sensitivity, edge.weight])
        rows += [
            ["edge", str(key), column, spec.type, spec.sensitivity, spec.doc] for column, spec in edge.columns.items()
        ]
    return Table(("part", "type", "column", "value", "sensitivity", "meaning"), rows)


def _graph_table(graph: HeteroGraph) -> Table:
    import datetime as dt

    rows: list[list[Any]] = [["node", name, len(nodes), None, None, 0] for name, nodes in graph.nodes.items()]
    for key, edges in graph.edge_sets.items():
        first, last = (
            (dt.datetime.fromtimestamp(t, dt.UTC).isoformat() for t in edges.period) if edges.period else (None, None)
        )
        rows.append(["edge", str(key), len(edges), first, last, graph.undated[key]])
    return Table(("part", "type", "count", "first", "last", "undated"), rows)


@rejects.command("list", epilog=EPILOG)
def rejects_list(
    reason: Annotated[str | None, typer.Option(help="Only records refused for this reason.")] = None,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    encoding: EncodingOption = Encoding.UTF8,
    raw: RawOption = False,
) -> None:
    """List refused records with file, row, column, value, reason and hint.

    Example: graphvine data rejects list --reason stray_quote
    """
    to = output(format, out, encoding, raw)
    from graph.ingest.quarantine import Quarantine

    session = Session.open(workspace)
    found = [r for r in Quarantine(session.workspace.quarantine).read() if reason in (None, r["reason"])]
    emit(Table.of(found, ("file", "row", "column", "value", "reason", "hint", "raw")), to)
