"""graphvine kol: who moves people, and what that is made of."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.audience import Audience, gather
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
from graph.id_spelling import canonical_id
from graph.trust.lists import Purpose

if TYPE_CHECKING:
    from graph.influence import KolRanking

app = typer.Typer(no_args_is_help=True, help="KOLs ranked by a score that can be taken apart.")

ProductOption = Annotated[
    str | None,
    typer.Option("--product", "-p", help="Id of a product or vehicle: people count by their affinity for it."),
]
SegmentOption = Annotated[str | None, typer.Option("--segment", "-s", help="Only people of this segment count.")]

# How many the report shows, and compares with each other.
SHORTLIST = 10
_COLUMNS = (
    "rank", "id", "name", "platform", "tier", "score", "reach", "exclusive", "overlap", "overlap_with", "engagement",
    "authenticity", "fit", "cost", "cost_per_reach", "followers", "audience",
)  # fmt: skip


@app.command(epilog=EPILOG)
def rank(
    product: ProductOption = None,
    segment: SegmentOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Show at most this many KOLs.")] = 20,
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
    """Rank KOLs by expected reach, audience fit, engagement, authenticity and value for money; never by followers.

    Example: graphvine kol rank --product V001 -n 10 -w demo
    """
    to = output(format, out, encoding, raw)
    session = Session.open(
        workspace, verbose=verbose, quiet=quiet, seed=seed, store=store, exclude=exclude, unknown=unknown
    )
    audience = gather(session, product=product, segment=segment)
    ranking = rank_audience(session, audience)
    rows = list(ranking.rows())
    if write:
        from cli.written import score_table

        with session.run("kol rank", product=product, segment=segment):
            session.write_back([score_table(rows)], ranking_id(session, audience, product=product, segment=segment))
    shown = Table.of(rows[:limit], (*_COLUMNS, *(f"points_{name}" for name in ranking.components)))
    emit(shown, to)
    if len(rows) > limit:
        session.terminal.note(f"{len(rows) - limit} more KOLs; --limit shows them")
    if rows:
        session.following(f"graphvine kol show {rows[0]['id']}")


def rank_audience(session: Session, audience: Audience) -> KolRanking:
    """The ranking for an audience; what the data lack is said."""
    from graph.influence import rank_kols

    for note in audience.notes:
        session.terminal.note(note)
    return rank_kols(
        audience.graph,
        audience.diffusion,
        fit=audience.fit,
        value=audience.value,
        target=audience.product,
        excluded=audience.excluded,
        rng=session.seed,
    )


def _shared(audience: Audience, kols: list[str]) -> list[list[float | None]]:
    """Share of each KOL's audience that each other one has too; None without an audience."""
    from graph.influence import StrengthConfig, audience_overlap, gather_audience

    numbers = audience.graph.ids("Person").numbers(kols)
    shares = audience_overlap(gather_audience(audience.graph, config=StrengthConfig()), numbers)
    return [[None if isnan(share) else share for share in row] for row in shares.tolist()]


def ranking_id(session: Session, audience: Audience, *, product: str | None, segment: str | None = None) -> str:
    """The result id of the ranking for an audience."""
    from cli.runs import result_id

    asked = {"product": product} | ({} if segment is None else {"segment": segment})
    return result_id("kol rank", asked, audience.inputs, session.seed)


def keep_ranking(session: Session, audience: Audience, ranking: KolRanking, *, product: str | None) -> Path:
    """Write the ranking under its result id and make it the latest."""
    from graph.atomic_io import atomic_folder, write_json

    name = ranking_id(session, audience, product=product)
    folder = session.workspace.results("kols") / name
    with atomic_folder(folder) as draft:
        rows = list(ranking.rows())
        facts = {
            "inputs": audience.inputs,
            "notes": audience.notes,
            "product": product,
            "kols": rows,
            "shared": _shared(audience, [row["id"] for row in rows[:SHORTLIST]]),
        }
        write_json(draft / "kols.json", facts)
    session.workspace.publish("kols", name)
    return folder


@app.command(epilog=EPILOG)
def show(
    kol: Annotated[str, typer.Argument(help="Id of the KOL.")],
    product: ProductOption = None,
    segment: SegmentOption = None,
    exclude: ExcludeOption = None,
    unknown: UnknownOption = None,
    workspace: WorkspaceOption = Path(),
    seed: SeedOption = None,
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    quiet: QuietOption = False,
) -> None:
    """Show one KOL's card: every component with its number and its points.

    Example: graphvine kol show K0001 -w demo
    """
    to = output(format, out, Encoding.UTF8, False)
    from graph.errors import ConfigError

    session = Session.open(workspace, quiet=quiet, seed=seed, exclude=exclude, unknown=unknown)
    audience, kol = gather(session, product=product, segment=segment), canonical_id(kol)
    ranking = rank_audience(session, audience)
    found: dict[str, Any] | None = next((row for row in ranking.rows() if row["id"] == kol), None)
    if found is None:
        people = audience.graph.ids("Person")
        why = session.mask(people).why_not(kol, Purpose.MARKETING) if people.texts.find(kol) >= 0 else None
        said = f"{kol!r} may not be contacted: {why}" if why else f"{kol!r} is not a KOL"
        raise ConfigError(said, hint="see `graphvine kol rank -n 1000`")
    emit(Table(("component", "value"), list(found.items())), to)
