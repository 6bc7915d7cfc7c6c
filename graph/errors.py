"""Every error that graphvine raises on purpose.

::

    GraphvineError                what went wrong, and a hint about what to do
    ├── ConfigError               a setting, a mapping file or an option is wrong
    ├── DataError                 an input file is wrong (file, row, column, value where known)
    ├── StoreError                the store cannot be reached, is locked, or refuses
    │   └── QueryRefusedError          a query asks for more than reading the graph
    ├── PrerequisiteError         an earlier step has not been run; the hint names its command
    └── ModelError                a model cannot be trained, read or used
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GraphvineError(Exception):
    """Base of the tree.

    Args:
        message: One sentence that says what is wrong, without a trailing full stop.
        hint: One sentence or command that says what to do next.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(GraphvineError):
    """A setting, a mapping file or an option is wrong."""


class DataError(GraphvineError):
    """An input file cannot be used.

    Args:
        message: What is wrong.
        hint: What to do about it.
        file: Name of the file, where the error is in one.
        row: 1-based record number in that file; the header is not a record.
        column: The column name.
        value: The offending value, shortened for display.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        place = [
            f"{name} {text}"
            for name, text in (("row", row), ("column", column), ("value", value and repr(value[:60])))
            if text is not None
        ]
        where = ": ".join(part for part in (file, ", ".join(place)) if part)
        super().__init__(f"{where}: {message}" if where else message, hint=hint)
        self.file, self.row, self.column, self.value = file, row, column, value


class StoreError(GraphvineError):
    """The store cannot be reached, is locked by somebody else, or refuses."""


class QueryRefusedError(StoreError):
    """A query asks for something other than reading the graph."""


class PrerequisiteError(GraphvineError):
    """Something that this step needs does not exist yet; the hint names the command that makes it."""


class ModelError(GraphvineError):
    """A model cannot be trained, read or used."""


def nearest(name: str, known: Iterable[object]) -> str:
    """A hint with the most similar known name; with all known names where none is similar."""
    names = sorted(map(str, known))
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"
