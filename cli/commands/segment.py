"""graphvine segment: find segments, list them, show one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, PEOPLE, SPREADSHEET, takes

if TYPE_CHECKING:
    from graph.segment.card_values import Card
    from graph.workflow.segments import Segments

app = typer.Typer(no_args_is_help=True, help="Segments: people who belong together, with cards.")

_COLUMNS = (
    "segment", "name", "people", "share", "confidence", "exploratory", "inside", "known_for",
    "total_spend", "median_spend",
)  # fmt: skip


@app.command(epilog=EPILOG)
@takes(*PEOPLE, "write", "store", "workspace", "seed", *SPREADSHEET, *LOUDNESS)
def detect(
    session: Session,
    to: Output,
    write: bool,
    resolution: Annotated[
        float | None, typer.Option(min=0.01, help="More gives smaller segments; chosen from the data unless given.")
    ] = None,
) -> None:
    """Find segments on the whole graph and say whether they can be relied on.

    Example: graphvine segment detect -w demo
    """
    from graph.workflow.segments import find_segments, read_segments
    from graph.workflow.write_back import membership_table

    with session.run("segment detect", resolution=resolution) as run:
        folder = find_segments(session.workspace, resolution=resolution)
        run.output(folder / "segmentation.json")
        segments = read_segments(session.workspace, folder)
        if write:
            session.workspace.write_back([membership_table(segments)], folder.name)
    emit(Table.of(list(segments.cards.rows()), _COLUMNS), to)
    _tell(session, segments)
    session.following("graphvine segment show S1")


def _tell(session: Session, segments: Segments) -> None:
    """Say how far the segments can be relied on."""
    found = segments.segmentation
    session.terminal.note(found.reason)
    if found.unassigned:
        session.terminal.note(f"{found.unassigned:,} people have too little data for a segment")


def _shown(session: Session) -> Segments:
    """The latest segments, refused where they show a column that is sensitive and no longer allowed."""
    from graph.workflow.segments import latest_segments

    segments = latest_segments(session.workspace)
    session.workspace.require_allowed_columns(segments.segmentation.fingerprint)
    return segments


@app.command("list", epilog=EPILOG)
@takes(*PEOPLE, "workspace", *SPREADSHEET, "quiet")
def list_segments(session: Session, to: Output) -> None:
    """List the latest segments.

    Example: graphvine segment list -w demo
    """
    segments = _shown(session)
    emit(Table.of(list(segments.cards.rows()), _COLUMNS), to)
    _tell(session, segments)


@app.command(epilog=EPILOG)
@takes(*PEOPLE, "workspace", *SPREADSHEET, "quiet")
def show(
    session: Session,
    to: Output,
    segment: Annotated[str, typer.Argument(help="Segment id, for example S1.")],
    members: Annotated[bool, typer.Option("--members", help="List its people instead of its card.")] = False,
) -> None:
    """Show a segment's card, or its people.

    Example: graphvine segment show S1 --members -o s1.csv
    """
    segments = _shown(session)
    card = segments.cards[segment]
    if members:
        from graph.workflow.segments import MEMBER_COLUMNS

        rows = [row for row in segments.members() if row["segment"] == card.id]
        emit(Table.of(rows, MEMBER_COLUMNS), to)
        return
    emit(Table(("part", "what", "people", "figure"), _card_rows(card)), to)
    session.following(f"graphvine recommend --segment {card.id}")


def _card_rows(card: Card) -> list[tuple[str, str, Any, Any]]:
    """A card as rows: part, what, people, figure."""
    rows: list[tuple[str, str, Any, Any]] = [
        ("segment", card.id, card.size, None),
        ("name", card.name, None, None),
        ("share", "", card.share, None),
        ("confidence", "exploratory" if card.exploratory else "", card.confidence, None),
        ("inside", "", card.inside, None),
    ]
    if card.spend is not None:
        rows += [("buyers", "", card.spend.buyers, None), ("median spend", "yuan", card.spend.median, None)]
    rows += [(t.aspect, f"{t.label} ({t.key})" if t.label != t.key else t.key, t.people, t.lift) for t in card.traits]
    rows += [("typical", m.person, None, m.score) for m in card.typical]
    return rows + [("influential", m.person, int(m.score), None) for m in card.influential]
