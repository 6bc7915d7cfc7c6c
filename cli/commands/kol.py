"""graphvine kol: KOLs by their influence, and the components of that score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, PEOPLE, SPREADSHEET, TABLE, takes
from graph.errors import ConfigError
from graph.id_spelling import canonical_id
from graph.trust.lists import Purpose

if TYPE_CHECKING:
    from graph.hetero import HeteroGraph

app = typer.Typer(no_args_is_help=True, help="KOLs ranked by a score whose components are shown.")

ProductOption = Annotated[
    str | None,
    typer.Option("--product", "-p", help="Id of a product or vehicle: people count by their affinity for it."),
]
SegmentOption = Annotated[str | None, typer.Option("--segment", "-s", help="Only people of this segment count.")]

_COLUMNS = (
    "rank", "id", "name", "platform", "tier", "score", "reach", "exclusive", "overlap", "overlap_with", "engagement",
    "authenticity", "fit", "cost", "cost_per_reach", "followers", "audience",
)  # fmt: skip


@app.command(epilog=EPILOG)
@takes(*PEOPLE, "write", "store", "workspace", "seed", *SPREADSHEET, *LOUDNESS)
def rank(
    session: Session,
    to: Output,
    write: bool,
    product: ProductOption = None,
    segment: SegmentOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Show at most this many KOLs.")] = 20,
) -> None:
    """Rank KOLs by expected reach, audience fit, engagement, authenticity and value for money; never by followers.

    Example: graphvine kol rank --product V001 -n 10 -w demo
    """
    from graph.workflow.campaign_inputs import campaign_inputs
    from graph.workflow.kols import rank_kols_of, ranking_id

    market = session.workspace
    inputs = campaign_inputs(market, product=product, segment=segment)
    ranking = rank_kols_of(market, inputs)
    rows = list(ranking.rows())
    if write:
        from graph.workflow.write_back import score_table

        with session.run("kol rank", product=product, segment=segment):
            market.write_back([score_table(rows)], ranking_id(market, inputs, product=product, segment=segment))
    shown = Table.of(rows[:limit], (*_COLUMNS, *(f"points_{name}" for name in ranking.components)))
    emit(shown, to)
    if len(rows) > limit:
        session.terminal.note(f"{len(rows) - limit} more KOLs; --limit shows them")
    if rows:
        session.following(f"graphvine kol show {rows[0]['id']}")


@app.command(epilog=EPILOG)
@takes(*PEOPLE, "workspace", "seed", *TABLE, "quiet")
def show(
    session: Session,
    to: Output,
    kol: Annotated[str, typer.Argument(help="Id of the KOL.")],
    product: ProductOption = None,
    segment: SegmentOption = None,
) -> None:
    """Show one KOL's card: every component with its number and its points.

    Example: graphvine kol show K0001 -w demo
    """
    from graph.workflow.campaign_inputs import campaign_inputs
    from graph.workflow.kols import rank_kols_of

    inputs = campaign_inputs(session.workspace, product=product, segment=segment)
    ranking, kol = rank_kols_of(session.workspace, inputs), canonical_id(kol)
    found: dict[str, Any] | None = next((row for row in ranking.rows() if row["id"] == kol), None)
    if found is None:
        raise _not_ranked(session, inputs.graph, kol, [row["id"] for row in ranking.rows()])
    emit(Table(("component", "value"), list(found.items())), to)


def _not_ranked(session: Session, graph: HeteroGraph, kol: str, ranked: list[str]) -> ConfigError:
    """The error about somebody who is not in a ranking: left out, not a KOL, or not known at all."""
    import difflib

    people = graph.ids("Person")
    why = session.workspace.mask(people).why_not(kol, Purpose.MARKETING) if people.texts.find(kol) >= 0 else None
    near = difflib.get_close_matches(kol, ranked, n=1)
    lead = f"did you mean {near[0]!r}? " if near and why is None else ""
    said = f"{kol!r} may not be contacted: {why}" if why else f"{kol!r} is not a KOL"
    return ConfigError(said, hint=f"{lead}see `graphvine kol rank -n 1000`")
