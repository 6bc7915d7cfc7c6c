"""Statements from an argument, a file or a pipe, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cli.exits import Exit, exit_code
from cli.shell.commands import execute
from cli.shell.shell import Shell
from cli.shell.statements import Statement, split
from cli.terminal import Terminal
from graph.errors import ConfigError, GraphvineError


def read_statements(file: Path | None) -> list[Statement]:
    """The statements of a file, or of stdin.

    Raises:
        ConfigError: it cannot be read, is not UTF-8, or holds no statement.
    """
    name = "stdin" if file is None else str(file)
    hint = "write queries that end with ;"
    try:
        data = sys.stdin.buffer.read() if file is None else file.read_bytes()
        found = split(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is not in UTF-8", hint="convert it, for example with iconv") from None
    except OSError as error:
        raise ConfigError(f"{name} cannot be read ({error.strerror})", hint="name a file of queries") from None
    if not found:
        raise ConfigError(f"{name} holds no query", hint=hint)
    return found


def run_all(shell: Shell, statements: Sequence[Statement], *, keep_going: bool) -> int:
    """Run statements until one fails, or all of them; returns the exit code of the first that failed, else 0.

    Raises:
        GraphvineError: the only statement fails.
    """
    code = 0
    for number, statement in enumerate(statements, 1):
        if shell.over:
            break
        try:
            execute(shell, statement)
        except GraphvineError as error:
            if len(statements) == 1:
                raise
            shell.writer.terminal.error(f"statement {number} (line {statement.line}): {error.message}", error.hint)
            code = code or exit_code(error)
            if not keep_going:
                say_skipped(shell.writer.terminal, len(statements) - number, lift="; --keep-going runs them")
                break
    return int(code or Exit.DONE)


def say_skipped(terminal: Terminal, count: int, *, lift: str = "") -> None:
    """Say how many statements were not run because one before them has failed."""
    if count:
        what = "the statement after it was" if count == 1 else f"the {count:,} statements after it were"
        terminal.note(f"{what} not run{lift}")
