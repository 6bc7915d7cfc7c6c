"""graphvine query: named Cypher queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.emit import Output, Table, emit
from cli.exits import EPILOG
from cli.session import Session
from cli.shared_options import SPREADSHEET, TABLE, takes

if TYPE_CHECKING:
    from cli.shell.shell import Shell

app = typer.Typer(no_args_is_help=True, help="Named analyst queries in Cypher.")

LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="Return at most this many rows.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds before a query is stopped.")]


@app.command("list", epilog=EPILOG)
@takes(*TABLE)
def list_queries(to: Output) -> None:
    """List the named queries with their purpose and parameters.

    Example: graphvine query list
    """
    from queries import load, names

    rows = [(q.name, q.purpose, [p.name for p in q.parameters], q.example) for q in map(load, names())]
    emit(Table(("name", "purpose", "parameters", "sample"), rows), to)


@app.command(epilog=EPILOG)
def show(name: Annotated[str, typer.Argument(help="Name of the query.")]) -> None:
    """Print a query's text, ready for Neo4j Browser.

    Example: graphvine query show who-to-invite
    """
    from cli.shell.named import load_query

    typer.echo(load_query(name).text, nl=False)


@app.command(epilog=EPILOG)
@takes("workspace", "store", *SPREADSHEET, "quiet")
def run(
    session: Session,
    to: Output,
    name: Annotated[str, typer.Argument(help="Name of the query.")],
    parameters: Annotated[list[str] | None, typer.Argument(help="Parameters as name=value.")] = None,
    limit: LimitOption = 1000,
    timeout: TimeoutOption = 30.0,
) -> None:
    """Run a named query; its parameters are data and never become part of its text.

    Example: graphvine query run who-to-invite vehicle=V001 -w demo
    """
    from cli.shell.named import bound, load_query

    query = load_query(name, hidden=session.workspace.hidden)
    values = bound(query, parameters or [])
    with asking(session, to, limit=limit, timeout=timeout) as shell:
        shell.ask(query.text, values)


@contextmanager
def asking(session: Session, to: Output, *, limit: int, timeout: float) -> Iterator[Shell]:
    """A shell over the store of a session; its engine is closed at the end."""
    from cli.shell.engines.opening import open_engine
    from cli.shell.result_writer import ResultWriter
    from cli.shell.shell import Shell

    engine = open_engine(session.workspace)
    try:
        yield Shell(engine, ResultWriter(to, session.terminal), timeout, limit, hidden=session.workspace.hidden)
    finally:
        engine.close()
