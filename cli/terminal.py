"""What goes to stderr: notes, progress, errors. stdout is for data only; this module never writes to it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field


@dataclass
class Terminal:
    """The stderr side of a command.

    Attributes:
        verbosity: -1 says errors only, 0 notes and steps, 1 and 2 more.
    """

    verbosity: int = 0
    _live: bool = field(default=False, init=False)
    _started: float = field(default_factory=time.monotonic, init=False)
    _shown: float = field(default=0.0, init=False)

    def _write(self, text: str) -> None:
        if self._live:
            sys.stderr.write("\r\x1b[K")
            self._live = False
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    def note(self, text: str) -> None:
        """A fact about the result that its reader should know."""
        if self.verbosity >= 0:
            self._write(f"note: {text}")

    def step(self, text: str) -> None:
        """A step that has begun or ended."""
        if self.verbosity >= 0:
            self._write(text)

    def following(self, command: str) -> None:
        """The command that usually comes after this one."""
        if self.verbosity >= 0:
            self._write(f"next: {command}")

    def detail(self, text: str) -> None:
        """What is being done: kept with -v, else a line that is overwritten, on a terminal only."""
        if self.verbosity >= 1:
            self._write(text)
        else:
            self._show(text)

    def error(self, message: str, hint: str) -> None:
        """What went wrong and what to do."""
        self._write(f"error: {message}")
        if hint:
            self._write(f"hint: {hint}")

    def progress(self, what: str, count: int, total: int | None = None) -> None:
        """Progress within a step: a line that is overwritten, on a terminal only, and only in work over two seconds."""
        now = time.monotonic()
        if now - self._shown < 0.1:
            return
        self._shown = now
        if total:
            done = min(count * 20 // total, 20)
            self._show(f"{what} [{'#' * done}{'.' * (20 - done)}] {count:,}/{total:,}")
        else:
            self._show(f"{what} {count:,}")

    def _show(self, text: str) -> None:
        if self.verbosity < 0 or not sys.stderr.isatty() or time.monotonic() - self._started < 2:
            return
        self._live = True
        sys.stderr.write(f"\r\x1b[K{text[:100]}")
        sys.stderr.flush()
