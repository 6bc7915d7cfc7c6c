"""graphvine recommend: what to offer to whom, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Output, Table, emit
from cli.session import Session
from cli.shared_options import LOUDNESS, PEOPLE, SPREADSHEET, takes

if TYPE_CHECKING:
    from graph.workflow.recommendations import Offers


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
            help="What to recommend: product, vehicle, or your own type; by default what has a model.",
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Items per person.")] = 10,
) -> None:
    """Recommend items with reasons, by the newest model of the target; owned items are left out.

    Example: graphvine recommend U00001 U00002 --target vehicle -k 5 -w demo
    """
    from graph.errors import ConfigError
    from graph.workflow.recommendations import COLUMNS, people_of, recommend_to
    from graph.workflow.segments import segments_or_none

    asked = sum(bool(choice) for choice in (users, users_file, segment, everybody))
    if asked != 1:
        raise ConfigError("name the people in one way", hint="USER..., --users FILE, --segment ID or --all")
    market = session.workspace
    graph = market.graph()
    segments = segments_or_none(market, graph)
    people = people_of(market, graph, ids=users or (), file=users_file, segment=segment)
    offers = recommend_to(market, graph, people, target=target, k=k, segments=segments)
    emit(Table(COLUMNS, offers.rows), to)
    if write:
        _write(session, graph.fingerprint, offers, k=k)


def _write(session: Session, snapshot: str, offers: Offers, *, k: int) -> None:
    """Write the rows back to the store under their result id."""
    from graph.workflow.recommendations import COLUMNS
    from graph.workflow.write_back import offer_table
    from graph.workspace.identity import result_id

    rows = offers.rows
    asked: dict[str, Any] = {
        "people": list(dict.fromkeys(row[0] for row in rows)),
        "k": k,
        "target": rows[0][1] if rows else "",
    }
    name = result_id("recommend", asked, {"snapshot": snapshot, "model": offers.model}, session.workspace.seed)
    with session.run("recommend", **asked) as run:
        session.workspace.write_back([offer_table(rows, COLUMNS)], name)
        run.input("snapshot", snapshot)
        run.input("model", offers.model)
