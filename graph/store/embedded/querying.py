"""Asking kglite: a query that the dialect has written, its rows as plain data, its errors as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from graph.store.embedded.values import plain_value, sentence_of
from graph.store.guard.failing import failed, late
from graph.store.guard.writing import Written
from graph.store.result import Budget, QueryResult

_EXPLAIN_S = 10.0


def ask(
    frozen: Any,
    written: Written,
    columns: Mapping[str, frozenset[str]],
    *,
    timeout_s: float,
    max_rows: int,
    max_bytes: int,
) -> QueryResult:
    """The rows of a query.

    The time is the engine's own: it looks at its clock between rows, and nothing in this process can interrupt it
    inside one expression. There the guard's bounds protect; who needs more runs it in a process that can be killed.

    Raises:
        QueryRefusedError: a value came up that Neo4j would treat differently.
        StoreError: the query is wrong, takes too long, or gives too much.
    """
    budget = Budget(max_bytes)
    with _sentences(timeout_s):
        view = frozen.cypher(
            written.text,
            params=written.parameters,
            timeout_ms=max(1, round(timeout_s * 1000)),
            row_limit=max_rows,
        )
        # kglite puts the columns of some sums into an order of its own.
        names = written.names or tuple(view.columns)
        rows = []
        for row in view:
            values = written.row(plain_value(row[name], columns) for name in names)
            budget.add(values)
            rows.append(values)
        truncated = view.diagnostics["total_rows"] is not None
        notes = tuple(sentence_of(w) for w in view.warnings if not (truncated and "row_limit" in w))
    return QueryResult(written.columns or names, rows, truncated, notes)


def plan_of(frozen: Any, written: Written) -> QueryResult:
    """The steps of a query as rows."""
    with _sentences(_EXPLAIN_S):
        view = frozen.cypher(f"EXPLAIN {written.text}", params=written.parameters, timeout_ms=int(_EXPLAIN_S * 1000))
        names = tuple(view.columns)
        rows = [tuple(plain_value(row[name], {}) for name in names) for row in view]
    return QueryResult(names, rows, False)


@contextmanager
def _sentences(timeout_s: float) -> Iterator[None]:
    import kglite

    try:
        yield
    except kglite.CypherTimeoutError:
        raise late(timeout_s) from None
    except (kglite.KgError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise failed(str(error).removeprefix("Cypher execution error: ")) from None
