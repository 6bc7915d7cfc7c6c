"""graphvine segment: find segments, list them, show one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Encoding, Format, Table, emit
from cli.exits import EPILOG
from cli.options import (
    EncodingOption,
    ExcludeOption,
    FileOption,
    FormatOption,
    QuietOption,
    RawOption,
    SeedOption,
    StoreOption,
    UnknownOption,
    VerboseOption,
    WorkspaceOption,
    WriteOption,
    output,
)
from cli.session import Session
from graph.trust.lists import Purpose

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph
    from graph.segment.card import Cards
    from graph.segment.segmentation import Segmentation

app = typer.Typer(no_args_is_help=True, help="Segments: people who belong together, with cards.")

_COLUMNS = (
    "segment", "name", "people", "share", "confidence", "exploratory", "inside", "known_for",
    "total_spend", "median_spend",
)  # fmt: skip
MEMBER_COLUMNS = ("person", "segment", "certainty", "second", "second_share", "contact")


@app.command(epilog=EPILOG)
def detect(
    resolution: Annotated[
        float | None,
        typer.Option(min=0.01, help="More gives smaller segments; chosen from the data unless given."),
    ] = None,
    exclude: ExcludeOption = None,
    unknown: UnknownOption = None,
    write: WriteOption = False,
    store: StoreOption = None,
    workspace: WorkspaceOption = Path(),
    seed: SeedOption = None,
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    encoding: EncodingOption = Encoding.UTF8,
    raw: RawOption = False,
    verbose: VerboseOption = 0,
    quiet: QuietOption = False,
) -> None:
    """Find segments on the whole graph and say whether they can be relied on.

    Example: graphvine segment detect -w demo
    """
    to = output(format, out, encoding, raw)
    session = Session.open(
        workspace, verbose=verbose, quiet=quiet, seed=seed, store=store, exclude=exclude, unknown=unknown
    )
    with session.run("segment detect", resolution=resolution) as run:
        folder = find_segments(session, resolution=resolution)
        run.output(folder / "segmentation.json")
        segments, cards = read_segments(session, folder)
        if write:
            from cli.written import membership_table

            session.write_back([membership_table(member_rows(session, segments), cards)], folder.name)
    emit(Table.of(list(cards.rows()), _COLUMNS), to)
    _tell(session, segments)
    session.following("graphvine segment show S1")


def find_segments(session: Session, *, resolution: float | None) -> Path:
    """Detect segments in the latest snapshot, keep them under their result id, make them the latest."""
    from dataclasses import replace

    from cli.runs import result_id
    from graph.segment import SegmentConfig
    from graph.segment.cards import make_cards
    from graph.segment.detect import detect as find
    from graph.segment.segmentation_io import write_segmentation

    graph = session.graph()
    # A list that cannot be relied on must stop the command before it keeps anything.
    session.mask(graph.ids("Person"))
    wanted = session.settings.segment.resolution if resolution is None else resolution
    config = SegmentConfig() if wanted is None else replace(SegmentConfig(), resolutions=(wanted,))
    name = result_id("segment detect", {"resolution": wanted}, {"snapshot": graph.fingerprint}, session.seed)
    found = find(graph, config=config, on_step=session.terminal.detail, seed=session.seed)
    folder = session.workspace.results("segments") / name
    write_segmentation(found, make_cards(graph, found), folder)
    session.workspace.publish("segments", name)
    return folder


def read_segments(session: Session, folder: Path) -> tuple[Segmentation, Cards]:
    """Segments that were kept, and their cards without the people who may not be profiled.

    The segments themselves still number everybody: ``member_rows`` gives the rows about people.
    """
    from graph.segment.segmentation_io import read_segmentation

    segments, cards = read_segmentation(folder)
    return segments, cards.without(session.mask(segments.people).ids(Purpose.PROFILING))


def latest_segments(session: Session) -> tuple[Segmentation, Cards]:
    """The latest segments, and their cards without the people who may not be profiled.

    Raises:
        PrerequisiteError: none have been found yet.
    """
    return read_segments(session, session.workspace.latest("segments", command="graphvine segment detect"))


def member_rows(session: Session, segments: Segmentation) -> list[dict[str, Any]]:
    """One row per person who may be profiled; ``contact`` says whether marketing may use the person as well."""
    mask = session.mask(segments.people)
    silent = mask.ids(Purpose.MARKETING)
    rows = mask.keep(segments.rows(), "person", Purpose.PROFILING)
    return [{**row, "contact": row["person"] not in silent} for row in rows]


def current_segments(session: Session, graph: HeteroGraph) -> Segmentation:
    """The latest segments, which must be of this very graph.

    Raises:
        PrerequisiteError: there are none, or they belong to another snapshot.
    """
    from graph.errors import PrerequisiteError

    segments, _ = latest_segments(session)
    if segments.fingerprint != graph.fingerprint:
        raise PrerequisiteError("the segments belong to an older snapshot", hint="graphvine segment detect")
    return segments


def _tell(session: Session, segments: Segmentation) -> None:
    session.terminal.note(segments.reason)
    if segments.unassigned:
        session.terminal.note(f"{segments.unassigned:,} people have too little data for a segment")


def _shown(session: Session) -> tuple[Segmentation, Cards]:
    """The latest segments, where they tell nothing of a column that is sensitive and not allowed by now."""
    segments, cards = latest_segments(session)
    session.check_source(segments.fingerprint)
    return segments, cards


@app.command("list", epilog=EPILOG)
def list_segments(
    exclude: ExcludeOption = None,
    unknown: UnknownOption = None,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    encoding: EncodingOption = Encoding.UTF8,
    raw: RawOption = False,
    quiet: QuietOption = False,
) -> None:
    """List the latest segments.

    Example: graphvine segment list -w demo
    """
    to = output(format, out, encoding, raw)
    session = Session.open(workspace, quiet=quiet, exclude=exclude, unknown=unknown)
    segments, cards = _shown(session)
    emit(Table.of(list(cards.rows()), _COLUMNS), to)
    _tell(session, segments)


@app.command(epilog=EPILOG)
def show(
    segment: Annotated[str, typer.Argument(help="Segment id, for example S1.")],
    members: Annotated[bool, typer.Option("--members", help="List its people instead of its card.")] = False,
    exclude: ExcludeOption = None,
    unknown: UnknownOption = None,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    encoding: EncodingOption = Encoding.UTF8,
    raw: RawOption = False,
    quiet: QuietOption = False,
) -> None:
    """Show a segment's card, or its people.

    Example: graphvine segment show S1 --members -o s1.csv
    """
    to = output(format, out, encoding, raw)
    session = Session.open(workspace, quiet=quiet, exclude=exclude, unknown=unknown)
    segments, cards = _shown(session)
    card = cards[segment]
    if members:
        rows = [row for row in member_rows(session, segments) if row["segment"] == card.id]
        emit(Table.of(rows, MEMBER_COLUMNS), to)
        return
    facts: list[tuple[str, str, Any, Any]] = [
        ("segment", card.id, card.size, None),
        ("name", card.name, None, None),
        ("share", "", card.share, None),
        ("confidence", "exploratory" if card.exploratory else "", card.confidence, None),
        ("inside", "", card.inside, None),
    ]
    if card.spend is not None:
        facts += [("buyers", "", card.spend.buyers, None), ("median spend", "yuan", card.spend.median, None)]
    facts += [(t.aspect, f"{t.label} ({t.key})" if t.label != t.key else t.key, t.people, t.lift) for t in card.traits]
    facts += [("typical", m.person, None, m.score) for m in card.typical]
    facts += [("influential", m.person, int(m.score), None) for m in card.influential]
    emit(Table(("part", "what", "people", "figure"), facts), to)
    session.following(f"graphvine recommend --segment {card.id}")
