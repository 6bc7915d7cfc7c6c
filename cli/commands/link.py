"""graphvine link: who will follow, or react to, whom next."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import LOUDNESS, PEOPLE, SPREADSHEET, TABLE, takes

app = typer.Typer(no_args_is_help=True, help="The next ties between people: who will follow whom.")

RelationArgument = Annotated[
    str | None, typer.Argument(help="Relation between people, as in the schema; that of following where absent.")
]
_METRICS = ("model", "mrr", "mrr_low", "mrr_high", "hits", "auc")


@app.command(epilog=EPILOG)
@takes("workspace", "seed", *TABLE, *LOUDNESS)
def train(session: Session, to: Output, relation: RelationArgument = None) -> None:
    """Train who will be followed next, and judge it once on the last ties, beside simple predictors.

    A simple predictor is used where what was learned is not better; a note says which it is.

    Example: graphvine link train -w demo
    """
    from gnn import train_links as trainer
    from graph.recommend.links.links_io import load_links
    from graph.workflow.links import train_links

    with session.run("link train", relation=relation) as run:
        folder = train_links(session.workspace, relation, trainer)
        run.output(folder)
        about = load_links(folder)[1]
        run.metric("test", about["metrics"])
    emit(Table.of(about["metrics"], _METRICS), to)
    session.terminal.note(f"{about['ties']:,} ties of {about['people']:,} people; {about['split']['note']}")
    session.terminal.note(about["choice"])
    named = "" if relation is None else f" --relation {relation}"
    session.following(f"graphvine link next{named} --all -k 10 -o next.csv")


@app.command("next", epilog=EPILOG)
@takes(*PEOPLE, "workspace", *SPREADSHEET, *LOUDNESS)
def next_ties(
    session: Session,
    to: Output,
    users: Annotated[list[str] | None, typer.Argument(metavar="[USER]...", help="Person ids.")] = None,
    users_file: Annotated[Path | None, typer.Option("--users", help="File of person ids, one a line.")] = None,
    segment: Annotated[str | None, typer.Option("--segment", "-s", help="Everybody in this segment.")] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Everybody with the role User, or everybody where nobody has it.")
    ] = False,
    relation: Annotated[
        str | None,
        typer.Option("--relation", "-r", help="Relation between people; that of following where absent."),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Others per person.")] = 10,
) -> None:
    """Name the likeliest next ties of each person, best first; who has the tie already is left out.

    Example: graphvine link next U00001 -k 5 -w demo
    """
    from graph.errors import ConfigError
    from graph.workflow.links import COLUMNS
    from graph.workflow.links import next_ties as ties_of
    from graph.workflow.recommendations import people_of

    if sum(bool(choice) for choice in (users, users_file, segment, everybody)) != 1:
        raise ConfigError("name the people in one way", hint="USER..., --users FILE, --segment ID or --all")
    market = session.workspace
    graph = market.graph()
    people = people_of(market, graph, ids=users or (), file=users_file, segment=segment)
    emit(Table(COLUMNS, ties_of(market, graph, relation, people, k)), to)
