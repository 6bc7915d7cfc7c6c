"""The interface through which the shell queries any store, and its implementation for the embedded index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cli.shell.engines.child import Child, LateError
from graph.errors import StoreError

if TYPE_CHECKING:
    from cli.shell.parts import Part
    from graph.store.result import QueryResult

# An engine that is asked to stop has this long before its process is killed.
_PATIENCE_S = 1.0
# Added to the time of a query: the engine checks its clock only now and then, and rows take time to transfer.
_GRACE_S, _ROWS_PER_S = 3.0, 50_000


class Querying(Protocol):
    """What the shell asks of a store.

    A ``KeyboardInterrupt`` while a method runs leaves it at once. Whoever catches it calls ``cancel``: after that
    nothing of what was asked runs on, and the next question is answered as if nothing had been.
    """

    def query(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, timeout_s: float, max_rows: int
    ) -> QueryResult:
        """Rows of a read-only query, or the steps of an EXPLAIN; raises the errors of ``graph.errors``."""

    def describe(self) -> tuple[Part, ...]:
        """Labels and relationship types with counts and properties."""

    def cancel(self) -> None:
        """Stop what still runs for a query that was interrupted."""

    def close(self) -> None:
        """Release processes and connections."""


class EmbeddedQuerying:
    """The embedded index of a workspace, in a process of its own that starts with the first query.

    Args:
        root: The workspace.
        on_note: Told in a sentence what is done that takes time, like building the index.
    """

    def __init__(self, root: Path, *, on_note: Callable[[str], None]) -> None:
        self._root, self._on_note = root, on_note
        self._child: Child | None = None

    def query(
        self, text: str, parameters: Mapping[str, Any] | None = None, *, timeout_s: float, max_rows: int
    ) -> QueryResult:
        """Rows of a read-only query.

        Raises:
            QueryRefusedError: the query does anything but read.
            StoreError: the query is wrong, lacks a parameter, or takes too long or too much memory.
            PrerequisiteError: nothing is published yet.
        """
        given = {"text": text, "parameters": dict(parameters or {}), "timeout_s": timeout_s, "max_rows": max_rows}
        try:
            answer = self._ask({"do": "query", **given}, limit=timeout_s + _GRACE_S + max_rows / _ROWS_PER_S)
        except LateError:
            from graph.store.guard.engine_errors import late

            raise late(timeout_s) from None
        return _result(answer["result"])

    def describe(self) -> tuple[Part, ...]:
        """What the latest snapshot holds.

        Raises:
            PrerequisiteError: nothing is published yet.
        """
        from cli.shell.parts import Part

        found = self._ask({"do": "parts"}, limit=None)["parts"]
        return tuple(Part(**{**part, "properties": tuple(map(tuple, part["properties"]))}) for part in found)

    def cancel(self) -> None:
        """Ask the engine to stop, and kill its process if it does not."""
        stopped = False
        try:
            stopped = self._child is None or self._child.stopped(patience=_PATIENCE_S)
        finally:
            # Also when a second Ctrl-C interrupts the waiting.
            if not stopped:
                self.close()

    def close(self) -> None:
        """End the process; a later query starts another one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    def _ask(self, question: Mapping[str, Any], *, limit: float | None) -> Mapping[str, Any]:
        if self._child is None:
            self._child = Child(self._root, on_note=self._on_note)
        try:
            return self._child.ask(question, limit=limit)
        except LateError:
            self.cancel()
            raise
        except StoreError:
            if self._child.ended:
                self.close()
            raise


def _result(found: Mapping[str, Any]) -> QueryResult:
    """The result as the worker had it; JSON turns tuples into lists."""
    from graph.store.result import QueryResult

    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in found.items()}
    return QueryResult(**{**values, "rows": [tuple(row) for row in found["rows"]]})
