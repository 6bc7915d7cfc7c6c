"""Which files a command reads: the options that say so, and the mapping that names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.session import Session, clock

if TYPE_CHECKING:
    from graph.ingest.mapping.file_mapping import FileMapping, Source

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


def mapping_entries(session: Session, mapping: Path | None) -> tuple[FileMapping, ...]:
    """The entries of the workspace's mapping, or of the given one."""
    from graph.ingest.mapping.mapping_file import read_mapping

    session.tell_schema()
    return read_mapping(_mapping_file(session, mapping), session.schema)


def _mapping_file(session: Session, mapping: Path | None) -> Path:
    return mapping or session.workspace.root / session.settings.data.mapping


def mapped_sources(
    session: Session, mapping: Path | None, directory: Path | None, *, given: Mapping[str, Path] | None = None
) -> tuple[Source, ...]:
    """The files that the workspace's mapping, or the given one, names; or of these only those that lie elsewhere."""
    from graph.ingest.sources import find_sources

    configured = session.settings.data.directory
    beside = session.workspace.root / configured if configured else _mapping_file(session, mapping).parent
    return find_sources(directory or beside, mapping_entries(session, mapping), given=given)


def moment(text: str | None, zone: str) -> int:
    """A date or a date and time in the zone as UTC seconds; the clock where there is none.

    Raises:
        ConfigError: the text is neither.
    """
    from graph.errors import ConfigError

    if text is None:
        return clock()
    from graph.zones import seconds_of_iso

    try:
        return seconds_of_iso(text, zone)
    except ValueError:
        raise ConfigError(f"{text!r} is not a date", hint="write 2026-06-30 or 2026-06-30T12:00:00") from None


def zone_of(sources: Iterable[Source]) -> str:
    """The time zone that the mapping of these files declares."""
    from graph.ingest.mapping.market_zone import market_zone

    return market_zone(source.mapping for source in sources)


def share_of(text: str, example: str) -> float:
    """A share such as 1% or 0.01.

    Raises:
        ConfigError: the text is none.
    """
    from decimal import Decimal, InvalidOperation

    from graph.errors import ConfigError

    try:
        # In decimals, since 0.7 / 100 is not the float that 7 of 1000 is.
        share = float(Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1))
    except InvalidOperation:
        share = -1.0
    # Who writes 1 means 1%, and 0 says the same both ways.
    if not 0.0 <= share <= 1.0 or (share == 1.0 and not text.endswith("%")):
        raise ConfigError(f"{text!r} is no share of the records", hint=f"write it like {example}")
    return share
