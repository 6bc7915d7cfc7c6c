"""Which files a load reads: those that the mapping of the workspace names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.ingest.mapping.file_mapping import FileMapping, Source
    from graph.workspace.workspace import Workspace


def mapping_entries(workspace: Workspace, mapping: Path | None) -> tuple[FileMapping, ...]:
    """The entries of the workspace's mapping, or of the given one."""
    from graph.ingest.mapping.mapping_file import read_mapping

    workspace.tell_schema()
    return read_mapping(_mapping_file(workspace, mapping), workspace.schema)


def _mapping_file(workspace: Workspace, mapping: Path | None) -> Path:
    return mapping or workspace.folder.root / workspace.settings.data.mapping


def mapped_sources(
    workspace: Workspace, mapping: Path | None, directory: Path | None, *, given: Mapping[str, Path] | None = None
) -> tuple[Source, ...]:
    """The files that a mapping names.

    Args:
        workspace: The workspace.
        mapping: Mapping file; None for the configured one.
        directory: Folder of the files; None for the configured one, else for the folder of the mapping.
        given: File names of the mapping to where these files lie; where given, only these files are read.
    """
    from graph.ingest.sources import find_sources

    configured = workspace.settings.data.directory
    beside = workspace.folder.root / configured if configured else _mapping_file(workspace, mapping).parent
    return find_sources(directory or beside, mapping_entries(workspace, mapping), given=given)


def zone_of(sources: Iterable[Source]) -> str:
    """The time zone that the mapping of these files declares."""
    from graph.ingest.mapping.market_zone import market_zone

    return market_zone(source.mapping for source in sources)
