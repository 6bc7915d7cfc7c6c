"""graphvine campaign: whom to seed under a number of seeds or a budget."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.audience import Audience, gather
from cli.commands.kol import ProductOption, SegmentOption
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

if TYPE_CHECKING:
    from graph.influence import SeedSet

app = typer.Typer(no_args_is_help=True, help="Word-of-mouth campaigns.")

# What spread counts for a product: reached people who are expected to take it, whether or not the word moved them.
TAKERS = "expected takers reached"
_COLUMNS = ("rank", "person", "name", "cost", "gain", "cumulative_cost", "spread", "low", "high")


@app.command(epilog=EPILOG)
def plan(
    seeds: Annotated[int | None, typer.Option("--seeds", "-k", min=1, help="Number of seeds.")] = None,
    budget: Annotated[
        float | None,
        typer.Option("--budget", "-b", min=0, help="Budget in yuan; KOLs without a known cost are left out."),
    ] = None,
    product: ProductOption = None,
    segment: SegmentOption = None,
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
    """Choose the seeds that bring the most, beside what the usual rules bring at the same cost.

    With --product people count by the chance that they take it in the coming period, owners not at all, so spread is
    the expected number of takers that word of mouth reaches.

    Example: graphvine campaign plan --budget 50000 --product V001 -w demo
    """
    to = output(format, out, encoding, raw)
    session = Session.open(
        workspace, verbose=verbose, quiet=quiet, seed=seed, store=store, exclude=exclude, unknown=unknown
    )
    with session.run("campaign plan", seeds=seeds, budget=budget, product=product, segment=segment) as run:
        audience = gather(session, product=product, segment=segment)
        for note in plan_notes(audience, budget=budget):
            session.terminal.note(note)
        chosen = choose(session, audience, seeds=seeds, budget=budget)
        folder = keep_plan(session, audience, chosen, seeds=seeds, budget=budget, product=product, segment=segment)
        run.output(folder / "plan.json", rows=len(chosen.seeds))
        run.metric("spread", chosen.total)
        rows = plan_rows(audience, chosen)
        if write:
            from cli.written import seed_table

            session.write_back([seed_table(rows)], folder.name)
    emit(Table.of(rows, _COLUMNS), to)
    tell(session, chosen, unit=TAKERS if product else "people")
    session.following("graphvine report build")


def choose(session: Session, audience: Audience, *, seeds: int | None, budget: float | None) -> SeedSet:
    """Seeds under the given limits; candidates are the KOLs, or everybody where nobody has that role."""
    from graph.errors import ConfigError
    from graph.influence import person_cost, person_number, seed_candidates, select_seeds

    if seeds is None and budget is None:
        raise ConfigError("a plan needs a limit", hint="give --seeds K or --budget YUAN")
    graph = audience.graph
    candidates = seed_candidates(graph)
    if candidates is None:
        session.terminal.note("nobody has the role KOL, so everybody is a candidate")
    return select_seeds(
        audience.diffusion,
        k=seeds,
        budget=budget,
        costs=person_cost(graph),
        candidates=candidates,
        excluded=audience.excluded,
        value=audience.value,
        followers=person_number(graph, "followers"),
        rng=session.seed,
    )


def plan_notes(audience: Audience, *, budget: float | None) -> list[str]:
    """What the data lack that a plan would need, a sentence each."""
    import numpy as np

    from graph.influence import seed_candidates, unpriced_notes

    kols = seed_candidates(audience.graph)
    candidates = np.ones(audience.diffusion.n, np.bool_) if kols is None else kols.copy()
    candidates[audience.excluded] = False
    return [*audience.notes, *unpriced_notes(audience.graph, candidates, budget=budget)]


def plan_rows(audience: Audience, chosen: SeedSet) -> list[dict[str, Any]]:
    """The seeds in order, with their names."""
    people = audience.graph.nodes["Person"]
    names: Any = people.columns.get("name")
    return [
        {**row, "name": (names[number] or None) if names is not None else None}
        for row, number in zip(chosen.rows(people.ids.ids), chosen.seeds.tolist(), strict=True)
    ]


def keep_plan(session: Session, audience: Audience, chosen: SeedSet, **asked: Any) -> Path:
    """Write the plan under its result id and make it the latest."""
    from cli.runs import result_id
    from graph.atomic_io import atomic_folder, write_json

    name = result_id("campaign plan", asked, audience.inputs, session.seed)
    folder = session.workspace.results("seeds") / name
    with atomic_folder(folder) as draft:
        write_json(draft / "plan.json", plan_facts(audience, chosen, asked))
    session.workspace.publish("seeds", name)
    return folder


def plan_facts(audience: Audience, chosen: SeedSet, asked: dict[str, Any]) -> dict[str, Any]:
    """A plan as JSON values."""
    return {
        "asked": asked,
        "inputs": audience.inputs,
        "notes": plan_notes(audience, budget=asked["budget"]),
        "method": chosen.method,
        "certificate": chosen.certificate,
        "optimism": chosen.optimism,
        "stopped": chosen.stopped,
        "sets": chosen.sets,
        "fresh_sets": chosen.fresh_sets,
        "spread": chosen.total,
        "own": chosen.own,
        "cost": chosen.cost,
        "seeds": plan_rows(audience, chosen),
        "rivals": [
            {"name": r.name, "seeds": len(r.seeds), "cost": r.cost, "spread": r.spread, "low": r.low, "high": r.high}
            for r in chosen.rivals
        ],
    }


def figure(number: float) -> str:
    """An expected number with about three figures."""
    return f"{number:,.0f}" if number >= 100 else f"{number:,.1f}" if number >= 10 else f"{number:.2g}"


def tell(session: Session, chosen: SeedSet, *, unit: str) -> None:
    """Say on stderr what the plan reaches beside the usual rules."""
    if not len(chosen.seeds):
        session.terminal.note("no seed fits the limits")
        return
    spent = "" if chosen.cost is None or not chosen.cost else f" for {chosen.cost:,.0f} yuan"
    session.terminal.note(
        f"{len(chosen.seeds)} seeds{spent}: {figure(chosen.total)} {unit}"
        f" (90%: {figure(chosen.low[-1])} to {figure(chosen.high[-1])})"
    )
    session.terminal.note(f"the seeds themselves are {figure(chosen.own)} of that")
    for rival in chosen.rivals:
        ends = f"{figure(rival.low)} to {figure(rival.high)}"
        session.terminal.note(f"{rival.name}, same limits: {figure(rival.spread)} (90%: {ends})")
    if chosen.certificate is not None:
        session.terminal.detail(f"certificate: at least {chosen.certificate:.0%} of the best possible under this model")
