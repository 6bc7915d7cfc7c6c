"""Options that many commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.emit import Encoding, Format, Output


class StoreName(StrEnum):
    """The stores."""

    EMBEDDED = "embedded"
    NEO4J = "neo4j"


WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        envvar="GRAPHVINE_WORKSPACE",
        help="Folder with graphvine.toml, store, models and runs.",
        show_default=".",
    ),
]
WorkspaceArgument = Annotated[Path, typer.Argument(help="The workspace.")]
FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="Output format; auto: table on a terminal, else CSV.")
]
FileOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")]
EncodingOption = Annotated[
    Encoding, typer.Option("--encoding", help="Encoding of CSV; Excel opens utf-8-sig and gb18030.")
]
RawOption = Annotated[bool, typer.Option("--raw-cells", help="Do not quote cells that begin with = + - @ as text.")]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        max=2**32 - 1,
        help="Seed of everything random; the same seed gives the same bytes.",
        show_default="7",
    ),
]
VerboseOption = Annotated[
    int, typer.Option("--verbose", "-v", count=True, help="Say more on stderr; -vv shows tracebacks.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors on stderr.")]


class UnknownIds(StrEnum):
    """What to do about ids on a list of people that do not name one person beyond doubt."""

    STOP = "stop"
    OK = "ok"


ExcludeOption = Annotated[
    Path | None,
    typer.Option("--exclude", help="File of person ids, one a line or a table, of people who must not be contacted."),
]
UnknownOption = Annotated[
    UnknownIds | None,
    typer.Option(
        "--exclude-unknown",
        help="Where an id on the list is unknown or in doubt: stop, or go on (ok) and leave out everybody whom it may "
        "stand for.",
        show_default="stop",
    ),
]
StoreOption = Annotated[
    StoreName | None,
    typer.Option("--store", help="Where the market is; by default the settings say which.", show_default="embedded"),
]
SharedOption = Annotated[
    bool, typer.Option("--shared", help="Load into a Neo4j database that holds other people's data too.")
]
WriteOption = Annotated[bool, typer.Option("--write", help="Also write the result back to the store.")]
MappingOption = Annotated[
    Path | None, typer.Option("--mapping", help="Mapping file; by default the settings say which.")
]
DirectoryOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the data files; by default the mapping's folder.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="Events from this date, or date and time in the mapping's zone, lie in the future.",
        show_default="now",
    ),
]


def output(format: Format, out: Path | None, encoding: Encoding = Encoding.UTF8, raw: bool = False) -> Output:
    """The output that these options describe.

    Raises:
        ConfigError: it is impossible.
    """
    wanted = Output(format, out, encoding, raw)
    wanted.resolved()
    return wanted
