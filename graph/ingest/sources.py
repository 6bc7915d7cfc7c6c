"""Finds the files that a mapping names: single files, folders and patterns."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePath, PurePosixPath

from graph.errors import ConfigError, DataError
from graph.ingest.formats import data_ending, is_data_ending
from graph.ingest.mapping.file_mapping import FileMapping, Source
from graph.ingest.spreadsheets import refuse_spreadsheet


def find_sources(
    directory: Path, entries: tuple[FileMapping, ...], *, given: Mapping[str, Path] | None = None
) -> tuple[Source, ...]:
    """The files that the entries name, in order of entry and then of name; of a folder all data files in it.

    Args:
        directory: The folder that paths are relative to.
        entries: Entries of a mapping.
        given: Names to files that lie elsewhere, as one that was read from stdin; where there are any, only these are
            sources, each by every entry whose path it fits.

    Raises:
        ConfigError: a path is no pattern, or no entry fits a given name.
        DataError: a pattern matches no file, or matches a spreadsheet.
    """
    if given:
        return tuple(Source(file, name, entry) for name, file in given.items() for entry in _entries_for(name, entries))
    sources = []
    for entry in entries:
        found = _files(directory, entry)
        if not found:
            raise DataError("no such file", file=str(directory / entry.path), hint=_near(directory, entry.path))
        for path in found:
            refuse_spreadsheet(path)
            sources.append(Source(path, path.relative_to(directory).as_posix(), entry))
    return tuple(sources)


def named_sources(name: str, entries: Sequence[FileMapping]) -> list[Source]:
    """The sources for a file name, one for each entry that fits it; the file need not exist."""
    return [Source(Path(name), name, entry) for entry in entries if _fits(name, entry)]


def _fits(name: str, entry: FileMapping) -> bool:
    path = PurePosixPath(entry.path)
    if path == PurePosixPath() or PurePosixPath(name).is_relative_to(path):
        return True
    return _follows(PurePosixPath(name).parts, path.parts)


def _follows(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path is one that the pattern finds: ``**`` stands for any number of folders."""
    if not pattern or not parts:
        return not pattern and not parts
    if pattern[0] == "**":
        return _follows(parts, pattern[1:]) or _follows(parts[1:], pattern)
    return fnmatchcase(parts[0], pattern[0]) and _follows(parts[1:], pattern[1:])


def _entries_for(name: str, entries: Sequence[FileMapping]) -> list[FileMapping]:
    found = [entry for entry in entries if _fits(name, entry)]
    if not found:
        known = ", ".join(entry.path for entry in entries)
        raise ConfigError(f"the mapping has no entry for {name!r}", hint=f"name it as one of its paths: {known}")
    return found


def _files(directory: Path, entry: FileMapping) -> list[Path]:
    # A name with brackets may be the name of a file; only otherwise it is a pattern.
    exact = directory / entry.path
    if exact.is_file():
        return [exact]
    return _within(exact, entry) if exact.is_dir() else _matches(directory, entry.path)


def _within(folder: Path, entry: FileMapping) -> list[Path]:
    """The data files in a folder and below; all files but hidden ones where the mapping declares the format."""

    def counts(path: Path) -> bool:
        hidden = any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
        return path.is_file() and not hidden and (entry.format != "auto" or is_data_ending(data_ending(path)))

    return sorted(path for path in folder.rglob("*") if counts(path))


def _near(directory: Path, name: str) -> str:
    if (directory / name).is_dir():
        return 'this folder has no file with a known ending; declare what it holds: format = "csv"'
    near = difflib.get_close_matches(name, [p.name for p in directory.iterdir()] if directory.is_dir() else [], n=1)
    return f"did you mean {near[0]!r}?" if near else f"the mapping expects it in {directory}"


def _matches(directory: Path, pattern: str) -> list[Path]:
    try:
        found = [p for p in directory.glob(pattern) if p.is_file()]
    except (ValueError, NotImplementedError) as error:
        raise ConfigError(
            f"path = {pattern!r} is no pattern of files: {error}", hint='write it like "*.csv" or "2026/*.csv"'
        ) from None
    # As in a shell, hidden files only where the pattern says so: macOS writes ._orders.csv beside orders.csv.
    shown = _is_hidden(PurePosixPath(pattern))
    return sorted(p for p in found if shown or not _is_hidden(p.relative_to(directory)))


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith(".") and part != ".." for part in path.parts)
