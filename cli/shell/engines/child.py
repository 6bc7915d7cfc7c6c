"""The engine's process as the asking command handles it: one query at a time, which can always be stopped."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from graph import errors
from graph.errors import GraphvineError, StoreError

# The module path is passed on, so that the process imports the same graphvine however this one was started.
_START = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from cli.shell.engines.worker import main; main(sys.argv[2])"
)

Answer = Mapping[str, Any]


class LateError(Exception):
    """The answer did not come in time."""


class Child:
    """A running engine.

    Args:
        root: The workspace.
        on_note: Told in a sentence what is done that takes time.

    Attributes:
        ended: Whether the process was found to have ended; nothing can be asked of it then.
    """

    def __init__(self, root: Path, *, on_note: Callable[[str], None]) -> None:
        self._on_note, self._number, self._asked, self.ended = on_note, 0, False, False
        self._answers: queue.SimpleQueue[Answer | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, json.dumps(sys.path), str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            # Ctrl-C on the terminal goes to the shell only, which then asks the engine to stop.
            process_group=0 if os.name == "posix" else None,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def ask(self, question: Mapping[str, Any], *, limit: float | None) -> Answer:
        """The answer to a question.

        Args:
            question: What to do, as the worker understands it.
            limit: Seconds that the engine may take once the index is open; None for any time.

        Raises:
            LateError: it takes longer.
            StoreError: the process has ended.
            GraphvineError: whatever the engine has answered with.
        """
        self._number += 1
        self._asked = True
        self._say({"n": self._number, **question})
        deadline = None
        while "begun" in (answer := self._next(deadline)) or "note" in answer:
            if "note" in answer:
                self._on_note(answer["note"])
            elif limit is not None:
                deadline = time.monotonic() + limit
        self._asked = False
        if "error" in answer:
            raise _error(answer)
        if "bug" in answer:
            bug = RuntimeError(answer["bug"])
            bug.add_note(answer["trace"])
            raise bug
        return answer

    def stopped(self, *, patience: float) -> bool:
        """Ask the engine to stop the last query; returns whether it did within so many seconds."""
        deadline = time.monotonic() + patience
        if not self._asked:
            return True
        try:
            self._say({"cancel": self._number})
            while "begun" in (answer := self._next(deadline)) or "note" in answer:
                pass
        except (LateError, StoreError):
            return False
        self._asked = False
        return True

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            # Remaining answers are not needed any more.
            with suppress(BrokenPipeError):
                stream.close()

    def _say(self, words: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(words) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._end() from None

    def _next(self, deadline: float | None) -> Answer:
        """The next message of the engine about the last query."""
        while True:
            patience = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                answer = self._answers.get(timeout=patience)
            except queue.Empty:
                raise LateError from None
            if answer is None:
                raise self._end()
            if answer["n"] == self._number:
                return answer

    def _end(self) -> StoreError:
        self.ended = True
        return StoreError(
            "the query engine has ended in the middle of its work",
            hint="it may have run out of memory: start at one node, like (p:Person {id: $id}), or bound it by LIMIT",
        )

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._answers.put(json.loads(line))
        self._answers.put(None)


def _error(answer: Answer) -> GraphvineError:
    kind = getattr(errors, answer["error"], StoreError)
    found: GraphvineError = kind(answer["message"], hint=answer["hint"])
    return found
