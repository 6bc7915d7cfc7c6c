"""A file that somebody has named and that must be there."""

from __future__ import annotations

from pathlib import Path

from graph.errors import DataError


def existing_file(file: Path, *, hint: str) -> Path:
    """The file.

    Args:
        file: As it was named.
        hint: What to do where there is none.

    Raises:
        DataError: there is no such file, or it is a folder.
    """
    if not file.is_file():
        what = "this is a folder, not a file" if file.is_dir() else "no such file"
        raise DataError(what, file=str(file), hint=hint)
    return file
