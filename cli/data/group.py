"""graphvine data: synthetic markets, checking and loading files, snapshots, rejects, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.data.check import check
from cli.data.export import export
from cli.data.load import load
from cli.data.rejects import rejects
from cli.data.sources import moment
from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, TABLE, takes
from graph.zones import UTC, local_iso

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.schema import EdgeType

app = typer.Typer(no_args_is_help=True, help="Synthetic markets; check, load and describe files; snapshots; rejects.")
app.add_typer(rejects, name="rejects")
for command in (check, load, export):
    app.command(epilog=EPILOG)(command)


@app.command(epilog=EPILOG)
@takes(*TABLE, *LOUDNESS)
def synth(
    session: Session,
    to: Output,
    directory: Annotated[Path, typer.Argument(help="New folder for the files.")],
    world: Annotated[
        str, typer.Option(help="ev-retail, car-rental or e-commerce; KIND-2 and KIND-2-likeness: docs/worlds.md.")
    ] = "ev-retail",
    users: Annotated[int, typer.Option(min=100, help="Number of users.")] = 5000,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same bytes.")] = 7,
) -> None:
    """Make a seeded synthetic market with planted truth.

    Example: graphvine data synth demo/data --world ev-retail --users 5000 --seed 7
    """
    from graph.worlds.synth import synthesise

    made = synthesise(directory, world=world, users=users, seed=seed, on_step=session.terminal.progress)
    emit(Table(("file", "rows"), sorted(made.rows.items())), to)
    session.following(f"graphvine init {directory}")


@app.command(epilog=EPILOG)
@takes("workspace", "store", *TABLE, *LOUDNESS)
def snapshot(
    session: Session,
    to: Output,
    until: Annotated[
        str | None, typer.Option("--until", help="Keep events before this date or date and time, in the market's zone.")
    ] = None,
) -> None:
    """Publish the store's content as arrays, which everything else reads.

    Example: graphvine data snapshot --until 2026-06-30
    """
    from graph.workflow.loading.snapshot import publish_snapshot

    with session.run("data snapshot", until=until or "") as run:
        cut_off = None if until is None else moment(until, session.workspace.store().zone() or UTC)
        graph, folder = publish_snapshot(session.workspace, cut_off)
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


@app.command(epilog=EPILOG)
@takes("workspace", *TABLE)
def describe(
    session: Session,
    to: Output,
    schema: Annotated[bool, typer.Option("--schema", help="Describe the schema instead of the snapshot.")] = False,
) -> None:
    """Describe the latest snapshot: types, counts, periods, missing values.

    Example: graphvine data describe --schema -f csv
    """
    if schema:
        session.workspace.tell_schema()
    table = _schema_table(session) if schema else _graph_table(session.workspace.graph())
    emit(table, to)


def _with_limits(doc: str, limits: object) -> str:
    return ", ".join(filter(None, (doc, str(limits))))


def _schema_table(session: Session) -> Table:
    rows: list[list[Any]] = []
    for name, node in session.workspace.schema.nodes.items():
        rows.append(
            ["node", name, "", "", "open", f"{node.doc}; roles: {', '.join(node.roles)}" if node.roles else node.doc]
        )
        rows += [
            ["node", name, column, spec.type, spec.sensitivity, _with_limits(spec.doc, spec.limits)]
            for column, spec in node.columns.items()
        ]
    for key, edge in session.workspace.schema.edges.items():
        rows.append(["edge", str(key), "", "", edge.sensitivity, f"{edge.doc}; {_said(edge)}".removeprefix("; ")])
        if edge.weight:
            rows.append(
                ["edge", str(key), "weight", "decimal", edge.sensitivity, _with_limits(edge.weight, edge.limits)]
            )
        rows += [
            ["edge", str(key), column, spec.type, spec.sensitivity, _with_limits(spec.doc, spec.limits)]
            for column, spec in edge.columns.items()
        ]
    return Table(("part", "type", "column", "value", "sensitivity", "meaning"), rows)


def _said(edge: EdgeType) -> str:
    """The role of a relation, its measure and its scale, in a few words."""
    said = edge.meaning
    parts = [f"role: {said.role}"]
    parts += [word for word, so in (("recurring", said.recurring), ("a state", said.state)) if so]
    parts += [f"a {said.measure}"] if said.measure in ("count", "duration") else []
    parts += [f"from {said.low:g} to {said.high:g}, liked from {said.liked:g}"] if edge.scale else []
    return ", ".join(parts)


def _graph_table(graph: HeteroGraph) -> Table:
    rows: list[list[Any]] = [["node", name, len(nodes), None, None, 0] for name, nodes in graph.nodes.items()]
    for key, edges in graph.edge_sets.items():
        first, last = (local_iso(t, graph.zone) for t in edges.period) if edges.period else (None, None)
        rows.append(["edge", str(key), len(edges), first, last, graph.undated[key]])
    return Table(("part", "type", "count", "first", "last", "undated"), rows)
