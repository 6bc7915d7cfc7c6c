"""Translates an engine's messages about a failed query into StoreError with a hint."""

from __future__ import annotations

import re

from graph.errors import StoreError

# Part of an engine's message -> hint.
_HINTS = (
    (re.compile(r"(?i)by zero"), "leave such rows out, or write CASE WHEN n = 0 THEN null ELSE x / n END"),
    (re.compile(r"(?i)memory"), "start at one node, like (p:Person {id: $id}), or bound it by LIMIT"),
    (re.compile(r"(?i)grouping"), "compute the sum in a WITH first, like WITH total, count(*) AS n RETURN n / total"),
    (
        re.compile(r"(?i)\b(?:cannot|can't) be parsed to|\binvalid date\b|\bvalid (date|values)|\bas (a|an) .*date"),
        "write days and times that the calendar has, like date('2026-01-31') or datetime('2026-01-31T08:00:00Z')",
    ),
)
_NAMES = "compare names with `graphvine data describe --schema`; the text must be valid in Neo4j 5"


def late(timeout_s: float) -> StoreError:
    """The error for a query that exceeded its time limit."""
    return StoreError(
        f"the query took longer than {timeout_s:g} s",
        hint="start it at one node, like (p:Person {id: $id}), bound it by LIMIT, or allow more time",
    )


def failed(message: str) -> StoreError:
    """The error for an engine's message."""
    return StoreError(
        f"the query failed: {message}", hint=next((hint for words, hint in _HINTS if words.search(message)), _NAMES)
    )
