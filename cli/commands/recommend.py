"""graphvine recommend: what to offer to whom, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.emit import Output, emit_parts
from cli.session import Session
from cli.shared_options import LOUDNESS, PEOPLE, SPREADSHEET, takes

if TYPE_CHECKING:
    from cli.runs import Run
    from graph.workflow.offer_parts import OfferParts
    from graph.workspace.workspace import Workspace


@takes(*PEOPLE, "write", "store", "workspace", *SPREADSHEET, *LOUDNESS)
def recommend(
    session: Session,
    to: Output,
    write: bool,
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
            help="What to recommend: product, vehicle, or your own type; by default the first type that has a model.",
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Items per person.")] = 10,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="Limits on what is offered to whom: stock, region, price, quotas and others, see docs/rules.md; "
            "by default those of the settings.",
        ),
    ] = None,
) -> None:
    """Recommend items with reasons, by the model of the target that serves; owned items are left out.

    Where a run for many people is interrupted, the same command goes on from where it was.

    Example: graphvine recommend U00001 U00002 --target vehicle -k 5 -w demo
    """
    from graph.errors import ConfigError
    from graph.workflow.offer_parts import OfferParts
    from graph.workflow.recommendations import (
        COLUMNS,
        left_out_note,
        people_of,
        recommending,
        tell_result,
    )
    from graph.workflow.segments import segments_or_none
    from graph.workspace.rules_file import read_rules

    asked = sum(bool(choice) for choice in (users, users_file, segment, everybody))
    if asked != 1:
        raise ConfigError("name the people in one way", hint="USER..., --users FILE, --segment ID or --all")
    market = session.workspace
    given = None if rules is None else read_rules(rules)
    graph = market.graph()
    segments = segments_or_none(market, graph)
    people = people_of(market, graph, ids=users or (), file=users_file, segment=segment)
    found = recommending(market, graph, target=target, segments=segments, rules=given)
    left_out_note(found, people)
    parts = OfferParts(found, people, k)
    parts.claim()
    with _run(session, parts, write=write) as run:
        emit_parts(COLUMNS, parts, to, types=found.types)
        tell_result(market, rows=parts.rows, new=parts.new, counts=parts.counts)
        if write:
            _write(market, parts)
        if run is not None:
            _record(run, parts, to.file)
    parts.remove()


@contextmanager
def _run(session: Session, parts: OfferParts, *, write: bool) -> Iterator[Run | None]:
    """A run for what is kept in the store or made under rules, whose manifest says how; None for anything else."""
    found = parts.found
    if not write and found.rules is None:
        yield None
        return
    with session.run("recommend", people=len(parts.people), k=parts.k, target=found.target) as run:
        for name, fingerprint in found.inputs.items():
            run.input(name, fingerprint)
        yield run


def _write(market: Workspace, parts: OfferParts) -> None:
    """Write the rows back to the store under their result id."""
    from graph.workflow.recommendations import COLUMNS
    from graph.workflow.write_back import offer_table

    market.write_back([offer_table((row for rows in parts for row in rows), COLUMNS)], parts.result)


def _record(run: Run, parts: OfferParts, file: Path | None) -> None:
    """Record what was made, and what the rules refused."""
    from graph.zones import local_day

    graph = parts.found.graph
    run.metric("result", parts.result)
    run.metric("rows", parts.rows)
    if graph.last_time is not None:
        run.metric("data until", local_day(graph.last_time, graph.zone).isoformat())
    if parts.counts:
        run.metric("rules", parts.counts)
    if file is not None:
        run.output(file, rows=parts.rows)
