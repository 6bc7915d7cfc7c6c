"""The shell at a terminal: editing, history, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from cli.exits import Exit
from cli.shell.commands import execute
from cli.shell.complete import ShellCompleter
from cli.shell.script import say_skipped
from cli.shell.shell import Shell
from cli.shell.statements import missing, split
from graph.errors import GraphvineError

_PROMPT = "graphvine> "


def converse(shell: Shell, history: Path) -> None:
    """Read and run statements until the person leaves.

    Args:
        shell: The shell.
        history: File of what was typed before; it is made readable to its owner only.

    Raises:
        GraphvineError: the store cannot be used at all.
    """
    terminal = shell.writer.terminal
    parts = shell.parts()
    nodes, edges = (sum(p.count for p in parts if p.kind == kind) for kind in ("node", "relationship"))
    terminal.step(f"{nodes:,} nodes and {edges:,} relationships")
    terminal.step("a query ends with ; and :help lists the commands")
    prompt: PromptSession[str] = PromptSession(
        history=_history(shell, history),
        completer=ShellCompleter(shell),
        complete_while_typing=False,
        multiline=True,
        key_bindings=_keys(),
        prompt_continuation=lambda width, number, wrapped: _continued(prompt.default_buffer.text, width, number),
    )
    with _leaving_when_asked():
        while not shell.over:
            try:
                _run(shell, prompt.prompt(_PROMPT))
            except KeyboardInterrupt:
                continue  # at the prompt Ctrl-C clears the line
            except EOFError:
                return


def _run(shell: Shell, text: str) -> None:
    """Run what was typed up to the first error; the shell goes on."""
    terminal = shell.writer.terminal
    statements = split(text)
    for number, statement in enumerate(statements, 1):
        try:
            execute(shell, statement)
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            terminal.step("cancelled")
            return
        except GraphvineError as error:
            terminal.error(error.message, error.hint)
            say_skipped(terminal, len(statements) - number)
            return
        except Exception as error:
            # An unexpected error must not end the shell, whose parameters and settings would be lost.
            terminal.error(f"this is a bug: {type(error).__name__}: {error}", "please report it; the shell goes on")
            return
        if shell.over:
            return


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        if missing(event.current_buffer.text) is None:
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.newline(copy_margin=False)

    @keys.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.newline(copy_margin=False)

    return keys


def _continued(text: str, width: int, number: int) -> str:
    """The beginning of a further line; it shows the quotation mark or bracket that is still open above it."""
    above = "\n".join(text.split("\n")[:number])
    mark = missing(above) or ""
    return f"{mark if mark != ';' else ''}> ".rjust(width)


def _history(shell: Shell, file: Path) -> History:
    """The history in a file that only its owner reads; in memory where there can be none."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        file.chmod(0o600)
    except OSError as error:
        shell.writer.terminal.note(f"nothing typed here is kept: {file} cannot be written ({error.strerror})")
        return InMemoryHistory()
    return FileHistory(str(file))


@contextmanager
def _leaving_when_asked() -> Iterator[None]:
    """Let SIGTERM end the shell; Ctrl-C only stops a query."""

    def leave(*_: object) -> None:
        sys.exit(Exit.INTERRUPTED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
