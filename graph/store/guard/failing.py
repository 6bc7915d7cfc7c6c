"""What an engine says about a query that failed, as one of our errors."""

from __future__ import annotations

import re

from graph.errors import StoreError
from graph.store.guard.bounding import REFUSALS, refused

# Words of either engine -> the refusal that both stores then give.
_REFUSED = (
    (re.compile(r"(?i)(division|modulo|/) by zero"), "gv-zero"),
    (re.compile(r"(?i)\boverflow|negative start index"), "gv-number"),
)
# Words of either engine -> what to do about it.
_HINTS = (
    (re.compile(r"outside of RETURN/WITH"), "compute the sum under a name first, like WITH count(x) AS n RETURN ..."),
    (re.compile(r"non-negative integer"), "SKIP and LIMIT take whole numbers from 0 on"),
    (re.compile(r"(?i)\bstep\b.*\bzero\b"), "the third number of range() may be anything but 0"),
    (
        re.compile(r"(?i)\binvalid date\b|\bvalid (date|values)|\bas a date\b|\bmust be an integer\b"),
        "write days and times that the calendar has, like date('2026-01-31') or date({year: 2026, month: 1, day: 31})",
    ),
)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NAMES = "compare names with `graphvine data describe --schema`; the text must be valid in Neo4j 5"


def late(timeout_s: float) -> StoreError:
    """The error for a query that was given up."""
    return StoreError(
        f"the query took longer than {timeout_s:g} s",
        hint="start it at one node, like (p:Person {id: $id}), bound it by LIMIT, or allow more time",
    )


def failed(message: str) -> StoreError:
    """The error for what an engine says; a check of ours or a number that it cannot compute becomes a refusal."""
    code = next((code for code in REFUSALS if "uration" in message and re.search(f"['\"]{code}['\"]", message)), None)
    # What is quoted is somebody's value, and tells nothing about what failed.
    bare = _QUOTED.sub("''", message)
    code = code or next((code for words, code in _REFUSED if words.search(bare)), None)
    if code is not None:
        return refused(code)
    hint = next((hint for words, hint in _HINTS if words.search(bare)), _NAMES)
    return StoreError(f"the query failed: {message}", hint=hint)
