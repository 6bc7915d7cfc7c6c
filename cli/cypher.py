"""graphvine cypher: one ad-hoc read-only query."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.emit import Encoding, Format
from cli.options import EncodingOption, FileOption, FormatOption, QuietOption, RawOption, WorkspaceOption, output
from cli.query import LimitOption, TimeoutOption, run_cypher
from cli.session import Session


def cypher(
    text: Annotated[str, typer.Argument(help="One read-only Cypher query.")],
    limit: LimitOption = 1000,
    timeout: TimeoutOption = 30.0,
    workspace: WorkspaceOption = Path(),
    format: FormatOption = Format.AUTO,
    out: FileOption = None,
    encoding: EncodingOption = Encoding.UTF8,
    raw: RawOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run a Cypher query that only reads: MATCH, WHERE, WITH, RETURN, UNWIND, ORDER BY, SKIP, LIMIT, UNION.

    Example: graphvine cypher "MATCH (p:KOL) RETURN p.id AS kol, p.followers AS fans ORDER BY fans DESC LIMIT 5"
    """
    to = output(format, out, encoding, raw)
    session = Session.open(workspace, quiet=quiet)
    run_cypher(session, text, {}, limit, timeout, to)
