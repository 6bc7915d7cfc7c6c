"""Runs a query on the Cypher index: checks it, converts the rows to plain values, and translates errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from graph.store.embedded.index.cypher_index import CypherIndex
from graph.store.embedded.index.engine_differences import explained, refuse_silent, spelled
from graph.store.embedded.index.plain_values import is_about_names, plain_value
from graph.store.embedded.index.procedures import answered
from graph.store.guard import Query, check
from graph.store.guard.engine_errors import late
from graph.store.guard.parameters import plain_parameters
from graph.store.query_names import names_in, notes_on, unknown
from graph.store.result import MAX_BYTES, Budget, QueryResult, in_order

# Steps of kglite's optimizer that lose rows or their order, with the queries in which each is switched off.
_FAULTY = (
    ("hoist_with_where", re.compile(r"(?i)\bWITH\b[\s\S]*\bWHERE\b")),
    ("fold_aliasing_with", re.compile(r"(?i)\bWITH\b")),
    ("fuse_match_with_aggregate", re.compile(r"(?i)\bWITH\b[\s\S]*\bDISTINCT\b")),
    ("fuse_optional_match_aggregate", re.compile(r"(?i)\bOPTIONAL\b")),
    ("fuse_order_by_top_k", re.compile(r"(?i)\bORDER\b")),
    ("fuse_count_short_circuits", re.compile(r"(?i)\bORDER\b")),
    # Faulty with a condition on a relationship or an undirected one; any condition switches it off.
    ("fuse_match_return_aggregate", re.compile(r"(?i)\bWHERE\b|\{|(?<![<-])-\s*(\[[^\]]*\]\s*-|-)\s*\(")),
)


@dataclass(frozen=True)
class Caps:
    """Limits of a query: seconds, rows, and approximate bytes of rows."""

    timeout_s: float
    max_rows: int
    max_bytes: int


def run(
    index: CypherIndex,
    text: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    timeout_s: float,
    max_rows: int,
    max_bytes: int = MAX_BYTES,
) -> QueryResult:
    """Check and run a read-only query; EXPLAIN and PROFILE return its steps.

    Args:
        index: An open index.
        text: One Cypher statement.
        parameters: Values of its ``$parameters``; they are passed as data and never inserted into the text.
        timeout_s: Time limit in seconds, > 0; kglite cannot check it within one expression.
        max_rows: Maximum number of rows, >= 0.
        max_bytes: Approximate maximum of bytes of all rows, > 0.

    Raises:
        QueryRefusedError: the query does more than read, or kglite would give another answer than Neo4j.
        StoreError: the query is wrong, lacks a parameter, takes too long, or returns too much.
    """
    return ask(index, check(text), parameters or {}, Caps(timeout_s, max_rows, max_bytes))


def ask(index: CypherIndex, query: Query, parameters: Mapping[str, Any], caps: Caps) -> QueryResult:
    """The rows of a checked query; for EXPLAIN and PROFILE its steps.

    kglite checks the time limit between rows, and cannot be interrupted within one expression. Run it in a process of
    its own where it must be stopped at any time.

    Raises:
        QueryRefusedError: kglite would give another answer than Neo4j.
        StoreError: the query is wrong, takes too long, or gives too much.
    """
    given = plain_parameters(parameters)
    text, rows, left = answered(query, lambda own: _own_rows(index, own, caps))
    refuse_silent(left, given, index.temporal)
    view = _view(index, query, spelled(text), {**given, **rows}, caps)
    notes = notes_on(unknown(names_in(query.tokens), index.market))
    if query.mode:
        return QueryResult(*_steps(query, view), False, notes)
    budget, found = Budget(caps.max_bytes), list[tuple[Any, ...]]()
    # kglite reorders the columns of some aggregations.
    names = query.columns if sorted(query.columns) == sorted(view.columns) else tuple(view.columns)
    shown = _ordered(index.columns) if "labels" in query.calls else lambda value: value
    with _sentences(caps.timeout_s):
        for row in view:
            values = tuple(shown(plain_value(row[name], index.columns)) for name in names)
            budget.add(values)
            found.append(values)
    truncated = view.diagnostics["total_rows"] is not None
    odd = tuple(w for w in view.warnings if not is_about_names(w) and not (truncated and "row_limit" in w))
    return QueryResult(names, found, truncated, notes + odd)


def _view(index: CypherIndex, query: Query, text: str, parameters: Mapping[str, Any], caps: Caps) -> Any:
    with _sentences(caps.timeout_s):
        return index.engine.cypher(
            f"{query.mode} {text}" if query.mode else text,
            params=dict(parameters),
            timeout_ms=max(1, round(caps.timeout_s * 1000)),
            row_limit=caps.max_rows,
            hide_structural_keys=True,
            disabled_passes=[step for step, shape in _FAULTY if shape.search(query.text)],
        )


def _ordered(types: Collection[str]) -> Callable[[Any], Any]:
    """A function that sorts lists of labels (see ``graph.store.result.in_order``), at any depth."""

    def shown(value: Any) -> Any:
        return in_order([shown(item) for item in value], types) if isinstance(value, list) else value

    return shown


def _own_rows(index: CypherIndex, text: str, caps: Caps) -> list[dict[str, Any]]:
    with _sentences(caps.timeout_s):
        view = index.engine.cypher(text, timeout_ms=max(1, round(caps.timeout_s * 1000)), hide_structural_keys=True)
        return [{name: row[name] for name in view.columns} for row in view]


def _steps(query: Query, view: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    if query.mode == "EXPLAIN":
        names = tuple(view.columns)
        return names, [tuple(plain_value(row[name], {}) for name in names) for row in view]
    return ("step", "rows", "microseconds"), [(s["clause"], s["rows_out"], s["elapsed_us"]) for s in view.profile]


@contextmanager
def _sentences(timeout_s: float) -> Iterator[None]:
    import kglite

    try:
        yield
    except kglite.CypherTimeoutError:
        raise late(timeout_s) from None
    except (kglite.KgError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise explained(str(error).removeprefix("Cypher execution error: ")) from None
