"""graphvine campaign: whom to seed under a number of seeds or a budget."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.commands.kol import ProductOption, SegmentOption
from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, PEOPLE, SPREADSHEET, takes

app = typer.Typer(no_args_is_help=True, help="Word-of-mouth campaigns.")

_COLUMNS = ("rank", "person", "name", "cost", "gain", "cumulative_cost", "spread", "low", "high")


@app.command(epilog=EPILOG)
@takes(*PEOPLE, "write", "store", "workspace", "seed", *SPREADSHEET, *LOUDNESS)
def plan(
    session: Session,
    to: Output,
    write: bool,
    seeds: Annotated[int | None, typer.Option("--seeds", "-k", min=1, help="Number of seeds.")] = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", "-b", min=0, help="Budget in yuan; KOLs without a known cost are left out."),
    ] = None,
    product: ProductOption = None,
    segment: SegmentOption = None,
) -> None:
    """Choose the seeds that reach the most, and compare them with the usual rules under the same limits.

    With --product people count by the chance that they take it in the coming period, owners not at all, so spread is
    the expected number of takers that word of mouth reaches.

    Example: graphvine campaign plan --budget 50000 --product V001 -w demo
    """
    from graph.influence.plan_io import FILE
    from graph.workflow.campaign_inputs import campaign_inputs
    from graph.workflow.plans import TAKERS, choose_seeds, keep_plan, plan_notes, plan_rows, summary_of
    from graph.workflow.write_back import seed_table

    market = session.workspace
    with session.run("campaign plan", seeds=seeds, budget=budget, product=product, segment=segment) as run:
        inputs = campaign_inputs(market, product=product, segment=segment)
        for note in plan_notes(inputs, budget=budget):
            session.terminal.note(note)
        chosen = choose_seeds(market, inputs, seeds=seeds, budget=budget)
        folder = keep_plan(market, inputs, chosen, seeds=seeds, budget=budget, product=product, segment=segment)
        run.output(folder / FILE, rows=len(chosen.seeds))
        run.metric("spread", chosen.total)
        rows = plan_rows(inputs, chosen)
        if write:
            market.write_back([seed_table(rows)], folder.name)
    emit(Table.of(rows, _COLUMNS), to)
    for sentence in summary_of(chosen, unit=TAKERS if product else "people"):
        session.terminal.note(sentence)
    if chosen.certificate is not None and len(chosen.seeds):
        session.terminal.detail(f"certificate: at least {chosen.certificate:.0%} of the best possible under this model")
    session.following("graphvine report build")
