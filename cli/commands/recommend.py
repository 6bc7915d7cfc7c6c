"""graphvine recommend: what to offer to whom, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.commands.model import TARGET
from cli.emit import Encoding, Format, Table, emit
from cli.idlist import read_ids
from cli.options import (
    EncodingOption,
    ExcludeOption,
    FileOption,
    FormatOption,
    QuietOption,
    RawOption,
    StoreOption,
    UnknownOption,
    VerboseOption,
    WorkspaceOption,
    WriteOption,
    output,
)
from cli.session import Session
from graph.id_spelling import canonical_id
from graph.trust.lists import Purpose

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.segment.segmentation import Segmentation

COLUMNS = (
    "user_id", "item_type", "item_id", "rank", "score", "reason_code", "reason", "segment_id", "model_id",
)  # fmt: skip

# Unknown ids that a note names.
_NAMED = 20


def recommend(
    users: Annotated[list[str] | None, typer.Argument(metavar="[USER]...", help="Person ids.")] = None,
    users_file: Annotated[Path | None, typer.Option("--users", help="File of person ids, one a line.")] = None,
    segment: Annotated[str | None, typer.Option("--segment", "-s", help="Everybody in this segment.")] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Everybody with the role User, or everybody where nobody has it.")
    ] = False,
    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            "-t",
            metavar="NAME",
            help="What to recommend: product, vehicle, or your own type; by default what has a model.",
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Items per person.")] = 10,
    exclude: ExcludeOption = None,
    unknown: UnknownOption = None,
    write: WriteOption = False,
    store: StoreOption = None,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    encoding: EncodingOption = Encoding.UTF8,
    raw: RawOption = False,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Recommend items with reasons, by the newest model of the target; owned items are left out.

    Example: graphvine recommend U00001 U00002 --target vehicle -k 5 -w demo
    """
    to = output(format, out, encoding, raw)
    from graph.errors import ConfigError

    session = Session.open(workspace, verbose=verbose, quiet=quiet, store=store, exclude=exclude, unknown=unknown)
    asked = sum(bool(choice) for choice in (users, users_file, segment, everybody))
    if asked != 1:
        raise ConfigError("name the people in one way", hint="USER..., --users FILE, --segment ID or --all")
    graph = session.graph()
    segments = latest_or_none(session, graph)
    numbers = _people(session, graph, users or [], users_file, segment)
    rows, model = recommend_rows(session, graph, segments, numbers, target=target, k=k)
    emit(Table(COLUMNS, rows), to)
    if write:
        from cli.runs import result_id
        from cli.written import offer_table

        asked_for: dict[str, Any] = {
            "people": list(dict.fromkeys(row[0] for row in rows)),
            "k": k,
            "target": rows[0][1] if rows else "",
        }
        name = result_id("recommend", asked_for, {"snapshot": graph.fingerprint, "model": model}, session.seed)
        with session.run("recommend", **asked_for) as run:
            session.write_back([offer_table(rows, COLUMNS)], name)
            run.input("snapshot", graph.fingerprint)
            run.input("model", model)


def recommend_rows(
    session: Session,
    graph: HeteroGraph,
    segments: Segmentation | None,
    numbers: Any,
    *,
    target: str | None,
    k: int,
) -> tuple[list[tuple[Any, ...]], str]:
    """Rows in the order of ``COLUMNS`` about people who may be used for marketing, and the name of the model."""
    from graph.recommend import serving
    from graph.recommend.model_io import load_model

    kind, folder = _newest(session, target)
    session.terminal.note(f"by model {kind}/{folder.name}")
    mask = session.mask(graph.ids("Person"))
    barred = mask.barred(Purpose.MARKETING)
    if left := int(barred[numbers].sum()):
        session.terminal.note(f"people left out, as they may not be used for marketing: {left:,} of {len(numbers):,}")
    found = serving.recommend(load_model(folder).model, graph, numbers, k, exclude=mask.numbers(Purpose.MARKETING))
    if not len(found):
        session.terminal.note("nobody is left to recommend to")
    labels = segments.labels if segments is not None else None
    ids = segments.ids if segments is not None else ()
    unprofiled = mask.barred(Purpose.PROFILING)
    rows = []
    for row, number in zip(found.rows(), found.users.tolist(), strict=True):
        label = -1 if labels is None or unprofiled[number] else int(labels[number])
        rows.append((*row, ids[label] if label >= 0 else None, folder.name))
    cold = {row[0] for row in rows if row[5] == "new-person"}
    if cold:
        session.terminal.note(f"people without any history: {len(cold):,}; their lists say so")
    return rows, folder.name


def _newest(session: Session, target: str | None) -> tuple[str, Path]:
    """The target and folder of the model that serves; without a target, the first that has a model."""
    from graph.errors import PrerequisiteError

    command = f"graphvine model train --target {target or TARGET}"
    for choice in [session.target(target)] if target else session.targets():
        try:
            return choice, session.workspace.latest(f"models/{choice}", command=command)
        except PrerequisiteError:
            continue
    raise PrerequisiteError(f"no model in {session.workspace.root}", hint=command)


def latest_or_none(session: Session, graph: HeteroGraph) -> Segmentation | None:
    """The latest segments, or None where there are none of this very snapshot: numbers of people change with it."""
    from cli.commands.segment import latest_segments
    from graph.errors import PrerequisiteError

    try:
        segments, _ = latest_segments(session)
    except PrerequisiteError:
        return None
    if segments.fingerprint != graph.fingerprint:
        session.terminal.note("the segments belong to an older snapshot, so none are shown; graphvine segment detect")
        return None
    return segments


def _people(session: Session, graph: HeteroGraph, users: list[str], file: Path | None, segment: str | None) -> Any:
    """Numbers of the people asked for."""
    people = graph.ids("Person")
    if segment is not None:
        from cli.commands.segment import current_segments

        return current_segments(session, graph).members(segment)
    if file is not None:
        ids = read_ids(file)
        if unknown := [text for text in ids if people.texts.find(text) < 0]:
            named = ", ".join(map(repr, unknown[:_NAMED]))
            more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
            session.terminal.note(f"{len(unknown):,} of {len(ids):,} ids in {file} are not in the graph: {named}{more}")
        return people.numbers(ids, missing="drop")
    if users:
        return people.numbers(list(dict.fromkeys(map(canonical_id, users))))
    return everybody_of(graph)


def everybody_of(graph: HeteroGraph) -> Any:
    """Everybody with the role User, or everybody where nobody has it, int64."""
    import numpy as np

    users = graph.role("User")
    return np.flatnonzero(users) if users.any() else np.arange(graph.count("Person"))
