"""graphvine data export: the nodes or edges of one type as rows."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Output, Table, emit
from cli.session import Session
from cli.shared_options import PEOPLE, SPREADSHEET, takes
from graph.schema import PERSON
from graph.schema.market import EXAMPLE
from graph.trust.lists import Purpose
from graph.zones import local_iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.hetero import HeteroGraph
    from graph.schema import Column, EdgeKey


@takes(*PEOPLE, "workspace", *SPREADSHEET)
def export(
    session: Session,
    to: Output,
    kind: Annotated[
        str | None, typer.Argument(help=f"A node type such as Person, or an edge type such as {EXAMPLE}.")
    ] = None,
    neo4j_admin: Annotated[
        Path | None,
        typer.Option(
            "--neo4j-admin", metavar="DIR", help="Write the whole embedded store as files for neo4j-admin, into DIR."
        ),
    ] = None,
    everybody: Annotated[
        bool,
        typer.Option(
            "--everybody", help="Also export people who are on the do-not-contact list or have not consented."
        ),
    ] = False,
) -> None:
    """Export the nodes or edges of one type from the latest snapshot, or everything for a first import into Neo4j.

    People who are on a list to leave out, or have not consented to a purpose, and what they did are left out of a type;
    the files for a first import hold the whole store.

    Example: graphvine data export Person -o people.csv --encoding utf-8-sig
    """
    from graph.errors import ConfigError

    if kind is None and neo4j_admin is not None:
        emit(_import_files(session, neo4j_admin), to)
        return
    if kind is None or neo4j_admin is not None:
        raise ConfigError("export one type, or everything for Neo4j", hint="name a type, or give --neo4j-admin DIR")
    graph = session.workspace.graph()
    by_name = {str(key): key for key in graph.edge_sets}
    if kind in graph.nodes:
        table = node_table(session, graph, kind, everybody=everybody)
    elif kind in by_name:
        table = edge_table(session, graph, by_name[kind], everybody=everybody)
    else:
        raise ConfigError(f"the snapshot has no type {kind!r}", hint=f"types: {', '.join([*graph.nodes, *by_name])}")
    emit(table, to)


def _import_files(session: Session, folder: Path) -> Table:
    """Write the files for neo4j-admin, and say what imports them."""
    from graph.store.neo4j.export.admin_import import STEPS, export_for_import

    written = export_for_import(session.workspace.embedded(), folder)
    session.terminal.note(f"with the server stopped, in {folder}: {written.command}; all steps: {folder / STEPS}")
    session.terminal.note("results that were written back are not among them; write them anew with --write")
    return Table(("type", "rows"), sorted(written.rows.items()))


def _usable(session: Session, graph: HeteroGraph) -> Any:
    """Who may be used for every purpose, bool (n,)."""
    gone = session.workspace.mask(graph.ids(PERSON)).barred(*Purpose)
    if gone.any():
        session.terminal.note(f"people left out: {int(gone.sum()):,}; --everybody exports them too")
    return ~gone


def node_table(session: Session, graph: HeteroGraph, kind: str, *, everybody: bool) -> Table:
    """The nodes of one type; unless everybody is asked for, only people who may be used for every purpose."""
    frame = graph.attributes(kind).astype(object)
    for name, spec in session.workspace.schema.node(kind).columns.items():
        if spec.type == "time" and name in frame:
            frame[name] = [
                local_iso(int(v), graph.zone) if given else None
                for v, given in zip(frame[name], frame[name].notna(), strict=True)
            ]
    if kind == PERSON and not everybody:
        frame = frame[_usable(session, graph)]
    return Table(tuple(frame.columns), frame.where(frame.notna(), None).to_numpy().tolist())


def edge_table(session: Session, graph: HeteroGraph, key: EdgeKey, *, everybody: bool) -> Table:
    """The edges of one type; unless everybody is asked for, only those whose people may be used for every purpose."""
    specs: Mapping[str, Column] = session.workspace.schema.edge(key).columns
    edges = graph.edges(key)
    if PERSON in (key.source, key.target) and not everybody:
        usable = _usable(session, graph)
        for end in ("source", "target"):
            if getattr(key, end) == PERSON:
                edges = edges.take(usable[edges.src if end == "source" else edges.dst])
    columns: dict[str, list[Any]] = {
        "source": graph.ids(key.source).ids(edges.src),
        "target": graph.ids(key.target).ids(edges.dst),
    }
    if edges.time is not None:
        columns["time"] = _times(edges.time, graph.zone)
    if edges.weight is not None:
        columns["weight"] = [None if isnan(w) else w for w in edges.weight.tolist()]
    for name, values in edges.columns.items():
        is_time = name in specs and specs[name].type == "time"
        columns[name] = _times(values, graph.zone) if is_time else _values(values)
    return Table(tuple(columns), list(zip(*columns.values(), strict=True)))


def _times(seconds: Any, zone: str) -> list[str | None]:
    """Moments as ISO 8601 in the zone; None where there is none."""
    from graph.columns import UNDATED

    return [None if t == UNDATED else local_iso(t, zone) for t in seconds.tolist()]


def _values(column: Any) -> list[Any]:
    """A column of edges as plain values, None where missing."""
    from graph.columns import DAYS, MISSING_INTEGER, Coded

    if isinstance(column, Coded):
        texts = [*column.values.to_list(), None]
        return [texts[c] for c in column.codes.tolist()]
    if column.dtype == DAYS:
        return list(column.astype(object))
    if column.dtype == "int8":
        return [None if v < 0 else v == 1 for v in column.tolist()]
    if column.dtype == "int64":
        return [None if v == MISSING_INTEGER else v for v in column.tolist()]
    return [None if isnan(v) else v for v in column.tolist()]
