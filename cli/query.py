"""graphvine query: named Cypher queries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.emit import Encoding, Format, Output, Table, emit
from cli.exits import EPILOG
from cli.options import EncodingOption, FileOption, FormatOption, QuietOption, RawOption, WorkspaceOption, output
from cli.session import Session

if TYPE_CHECKING:
    from queries import Query

app = typer.Typer(no_args_is_help=True, help="Named analyst queries in Cypher.")

LimitOption = Annotated[int, typer.Option("--limit", "-n", min=1, help="Return at most this many rows.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds before a query is stopped.")]


@app.command("list", epilog=EPILOG)
def list_queries(format: FormatOption = Format.AUTO, out: FileOption = None) -> None:
    """List the named queries with their purpose and parameters.

    Example: graphvine query list
    """
    to = output(format, out, Encoding.UTF8, False)
    from queries import load, names

    rows = [(q.name, q.purpose, [p.name for p in q.parameters]) for q in map(load, names())]
    emit(Table(("name", "purpose", "parameters"), rows), to)


@app.command(epilog=EPILOG)
def show(name: Annotated[str, typer.Argument(help="Name of the query.")]) -> None:
    """Print a query's text, ready for Neo4j Browser.

    Example: graphvine query show who-to-invite
    """
    typer.echo(_load(name).text, nl=False)


@app.command(epilog=EPILOG)
def run(
    name: Annotated[str, typer.Argument(help="Name of the query.")],
    parameters: Annotated[list[str] | None, typer.Argument(help="Parameters as name=value.")] = None,
    limit: LimitOption = 1000,
    timeout: TimeoutOption = 30.0,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    encoding: EncodingOption = Encoding.UTF8,
    raw: RawOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a named query; its parameters are data and never become part of its text.

    Example: graphvine query run who-to-invite vehicle=V001 -w demo
    """
    to = output(format, out, encoding, raw)
    from graph.errors import ConfigError
    from queries import QueryError, bind

    session = Session.open(workspace, quiet=quiet)
    query = _load(name)
    given = {}
    for text in parameters or []:
        key, found, value = text.partition("=")
        if not found:
            raise ConfigError(f"{text!r} is not a parameter", hint="write it like name=value")
        if key in given:
            raise ConfigError(f"the parameter {key!r} is given twice", hint="give each parameter once")
        given[key] = value
    try:
        bound = bind(query, given)
    except QueryError as error:
        raise ConfigError(error.message, hint=error.hint) from None
    run_cypher(session, query.text, bound, limit, timeout, to)


def _load(name: str) -> Query:
    from graph.errors import ConfigError
    from queries import QueryError, load

    try:
        return load(name)
    except QueryError as error:
        raise ConfigError(error.message, hint=error.hint) from None


def run_cypher(session: Session, text: str, parameters: dict[str, Any], limit: int, timeout: float, to: Output) -> None:
    """Run a query on the index of the latest snapshot, which is built first where it is missing or old."""
    from graph.store.embedded.cypher import run as run_query
    from graph.store.embedded.published import ready_index
    from graph.store.guard import check

    check(text)
    index = ready_index(
        session.graph(),
        session.workspace.index,
        schema=session.schema,
        earlier=session.published,
        on_note=session.terminal.note,
    )
    result = run_query(index, text, parameters, timeout_s=timeout, max_rows=limit)
    for note in result.notes:
        session.terminal.note(note)
    emit(Table(result.columns, result.rows), to)
    if result.truncated:
        session.terminal.note(f"only the first {limit:,} rows are shown; --limit lifts it")
