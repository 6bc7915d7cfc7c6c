"""The shell: its state between statements, and how it runs a query."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cli.shell.engines.engine import Querying
from cli.shell.result_writer import ResultWriter

if TYPE_CHECKING:
    from cli.shell.parts import Part
    from graph.store.result import QueryResult


@dataclass(frozen=True)
class Asked:
    """A query that was run, and its result; None where it failed."""

    text: str
    parameters: dict[str, Any]
    result: QueryResult | None


@dataclass
class Shell:
    """A shell over one store.

    Attributes:
        engine: The store.
        writer: Where results go.
        timeout_s: Seconds before a query is stopped.
        limit: Most rows that a query returns.
        parameters: Values of ``$parameters``, by name.
        timer: Whether the time of each query is told.
        last: The last query that was run.
        over: Whether ``:exit`` was given.
        hidden: Names of sensitive columns and edge types that no named query may read.
    """

    engine: Querying
    writer: ResultWriter
    timeout_s: float
    limit: int
    parameters: dict[str, Any] = field(default_factory=dict)
    timer: bool = False
    last: Asked | None = None
    over: bool = False
    hidden: frozenset[str] = frozenset()
    _parts: tuple[Part, ...] = ()

    def parts(self, *, anew: bool = False) -> tuple[Part, ...]:
        """What the store holds; read once, and anew where asked."""
        if anew or not self._parts:
            self._parts = self.engine.describe()
        return self._parts

    def ask(self, text: str, parameters: dict[str, Any]) -> None:
        """Run a query and show its rows."""
        self.last = Asked(text, dict(parameters), None)
        started = time.perf_counter()
        result = self.engine.query(text, parameters, timeout_s=self.timeout_s, max_rows=self.limit)
        seconds = time.perf_counter() - started
        self.last = Asked(text, dict(parameters), result)
        self.writer.result(result, self.limit)
        if self.timer:
            self.writer.terminal.step(f"{seconds:.3f} s")
