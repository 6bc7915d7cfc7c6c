"""graphvine cypher: ad-hoc read-only queries, one or many, and a shell for them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.commands.query import LimitOption, TimeoutOption, asking
from cli.emit import Output
from cli.session import Session
from cli.shared_options import SPREADSHEET, takes

if TYPE_CHECKING:
    from cli.shell.statements import Statement

_HISTORY = Path("state") / "cypher-history"


@takes("workspace", "store", *SPREADSHEET, "quiet")
def cypher(
    session: Session,
    to: Output,
    text: Annotated[
        str | None, typer.Argument(help="One read-only query; - reads several from stdin. Without it the shell begins.")
    ] = None,
    file: Annotated[Path | None, typer.Option("--file", help="Read queries, each ended by ;, from this file.")] = None,
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="Give $name a value, like name=value: JSON, or a text.")
    ] = None,
    param_file: Annotated[
        Path | None, typer.Option("--param-file", help="Read parameters from a file with one JSON object.")
    ] = None,
    keep_going: Annotated[bool, typer.Option("--keep-going", help="Go on after a failed query.")] = False,
    limit: LimitOption = 1000,
    timeout: TimeoutOption = 30.0,
) -> None:
    """Run read-only Cypher, which goes to the store unchanged; EXPLAIN and PROFILE show its steps.

    Without a query it is a shell on a terminal, and reads queries from a pipe; docs/cypher.md shows both.

    Example: graphvine cypher "MATCH (p:KOL) RETURN p.id AS kol, p.followers AS fans ORDER BY fans DESC LIMIT 5"
    """
    statements = _statements(text, file, to)
    from cli.shell.parameters import collected, read_parameters, typed

    parameters = {
        **(read_parameters(param_file) if param_file else {}),
        **{name: typed(value) for name, value in collected(param or []).items()},
    }
    with asking(session, to, limit=limit, timeout=timeout) as shell:
        shell.parameters.update(parameters)
        if statements is None:
            from cli.shell.prompt import converse

            shell.writer.interactive = True
            converse(shell, session.folder.root / _HISTORY)
            return
        from cli.shell.script import run_all

        code = run_all(shell, statements, keep_going=keep_going)
    if code:
        raise typer.Exit(code)


def _statements(text: str | None, file: Path | None, to: Output) -> list[Statement] | None:
    """The statements to run; None where the shell should begin."""
    from cli.shell.script import read_statements
    from cli.shell.statements import Statement
    from graph.errors import ConfigError

    if text is not None and file is not None:
        raise ConfigError("a query and --file are both given", hint="give one of them")
    if text is None and file is None and sys.stdin.isatty():
        if to.file is None and sys.stdout.isatty():
            return None
        raise ConfigError("no query is given", hint="the shell needs a terminal on both sides; name a query or --file")
    if text is not None and text != "-":
        # One statement, unchanged: the guard refuses a second one.
        return [Statement(text.strip(), 1, 1)]
    found = read_statements(file)
    if to.file is not None and len(found) > 1:
        raise ConfigError(
            f"-o takes the result of one query, {len(found)} are given",
            hint="send them to stdout, or use :export FILE after each",
        )
    return found
