"""Exit codes: part of the command's contract, listed in every --help."""

from __future__ import annotations

from enum import IntEnum

from graph.errors import ConfigError, DataError, GraphvineError, ModelError, PrerequisiteError, StoreError


class Exit(IntEnum):
    """Exit codes of the command."""

    DONE = 0
    CHECK_FAILED = 1
    USAGE = 2
    STORE = 3
    DATA = 4
    MISSING = 5
    BUG = 70
    INTERRUPTED = 130


EPILOG = (
    "Exit codes: 0 done, 1 a check failed, 2 usage or settings, 3 store unreachable or refused, 4 input data invalid, "
    "5 something needed is missing, 70 a bug, 130 interrupted."
)

_CODES: dict[type[GraphvineError], Exit] = {
    ConfigError: Exit.USAGE,
    DataError: Exit.DATA,
    StoreError: Exit.STORE,
    PrerequisiteError: Exit.MISSING,
    ModelError: Exit.MISSING,
}


def exit_code(error: GraphvineError) -> Exit:
    """The exit code of an error."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), Exit.BUG)
