"""The files that a mapping names: single ones, folders and patterns."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from graph.errors import ConfigError, DataError
from graph.ingest.mapping import FileMapping, Source
from graph.ingest.suffixes import SUFFIXES, data_suffix

SAVE_AS_CSV = "save it as CSV (UTF-8) and name that file instead"
_SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".xlsb", ".et", ".numbers", ".ods"}


def find_sources(
    directory: Path, entries: tuple[FileMapping, ...], *, given: Mapping[str, Path] | None = None
) -> tuple[Source, ...]:
    """The files that the entries name, in order of entry and then of name; of a folder all data files in it.

    Args:
        directory: The folder that paths are relative to.
        entries: Entries of a mapping.
        given: Names to files that lie elsewhere, as one that was read from stdin; where there are any, only these are
            sources, each by the first entry whose path it fits.

    Raises:
        ConfigError: a path is no pattern, or no entry fits a given name.
        DataError: a pattern matches no file, or matches a spreadsheet.
    """
    if given:
        return tuple(Source(file, name, _entry_for(name, entries)) for name, file in given.items())
    sources = []
    for entry in entries:
        found = _files(directory, entry)
        if not found:
            raise DataError("no such file", file=str(directory / entry.path), hint=_near(directory, entry.path))
        for path in found:
            refuse_spreadsheet(path)
            sources.append(Source(path, path.relative_to(directory).as_posix(), entry))
    return tuple(sources)


def _entry_for(name: str, entries: tuple[FileMapping, ...]) -> FileMapping:
    for entry in entries:
        if name == entry.path or PurePosixPath(name).match(entry.path) or name.startswith(f"{entry.path.rstrip('/')}/"):
            return entry
    known = ", ".join(entry.path for entry in entries)
    raise ConfigError(f"the mapping has no entry for {name!r}", hint=f"name it as one of its paths: {known}")


def _files(directory: Path, entry: FileMapping) -> list[Path]:
    # A name with brackets is a name first and a pattern second.
    exact = directory / entry.path
    if exact.is_file():
        return [exact]
    return _within(exact, entry) if exact.is_dir() else _matches(directory, entry.path)


def _within(folder: Path, entry: FileMapping) -> list[Path]:
    """The data files in a folder and its folders; where the format is declared, all but the hidden ones."""

    def counts(path: Path) -> bool:
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        return path.is_file() and not hidden and (entry.format != "auto" or data_suffix(path) in SUFFIXES)

    return sorted(path for path in folder.rglob("*") if counts(path))


def _near(directory: Path, name: str) -> str:
    if (directory / name).is_dir():
        return 'this folder has no file with a known ending; declare what it holds: format = "csv"'
    near = difflib.get_close_matches(name, [p.name for p in directory.iterdir()] if directory.is_dir() else [], n=1)
    return f"did you mean {near[0]!r}?" if near else f"the mapping expects it in {directory}"


def _matches(directory: Path, pattern: str) -> list[Path]:
    try:
        return sorted(p for p in directory.glob(pattern) if p.is_file())
    except (ValueError, NotImplementedError) as error:
        raise ConfigError(
            f"path = {pattern!r} is no pattern of files: {error}", hint='write it like "*.csv" or "2026/*.csv"'
        ) from None


def is_spreadsheet(path: Path) -> bool:
    """Whether the name is that of a spreadsheet."""
    return path.suffix.lower() in _SPREADSHEETS


def refuse_spreadsheet(path: Path) -> None:
    """Raise a DataError that says how to save the file, where it is a spreadsheet."""
    if is_spreadsheet(path):
        raise DataError("a spreadsheet is not read", file=str(path), hint=SAVE_AS_CSV)
