"""QueryResult: the rows of a query as plain values, equal for all stores."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.errors import QueryRefusedError, StoreError
from graph.notebook import html_table

if TYPE_CHECKING:
    import pandas as pd

# Default limit for the size of a result in memory.
MAX_BYTES = 256 * 1024 * 1024
_OBJECT = 64


@dataclass(frozen=True)
class QueryResult:
    """Rows of a query.

    Attributes:
        columns: Column names, in order.
        rows: Values: text, numbers, booleans, None, lists and dictionaries; times are ISO 8601 text in UTC, durations
            ISO 8601 text like ``P1DT2H``. A node is ``{"labels", "properties"}`` with its type first, a relationship
            ``{"type", "properties"}``, a path ``{"nodes", "relationships"}``; labels and
            properties for the store's internal use are left out. Keys are sorted; -0.0 becomes 0.0.
        truncated: Whether rows beyond ``max_rows`` were cut off.
        notes: Warnings, one sentence each, such as "no OWNS relationship in this market".
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    truncated: bool
    notes: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(self.columns))

    def __repr__(self) -> str:
        more = " and more" if self.truncated else ""
        return f"<QueryResult: {len(self.rows):,} rows{more}; {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        return html_table(repr(self)[1:-1], self.columns, self.rows)


class Budget:
    """Counts the bytes of a result while it is read, and refuses too large ones.

    Args:
        max_bytes: Approximate limit of the memory of all values, > 0.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes, self.used = max_bytes, 0

    def add(self, value: Any) -> None:
        """Count a value.

        Raises:
            QueryRefusedError: it contains NaN or infinity.
            StoreError: the result is larger than allowed.
        """
        self.used += size_of(value)
        if self.used > self.max_bytes:
            raise StoreError(
                f"the result takes more than {self.max_bytes / 1024**2:,.0f} MiB",
                hint="return fewer columns or shorter lists, or bound it by LIMIT",
            )


def size_of(value: Any) -> int:
    """Approximate number of bytes of a plain value.

    Raises:
        QueryRefusedError: it contains NaN or infinity, for which the engines give different answers.
    """
    if isinstance(value, str):
        return _OBJECT + len(value) * (1 if value.isascii() else 4)
    if isinstance(value, dict):
        return _OBJECT + sum(size_of(k) + size_of(v) for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return _OBJECT + sum(size_of(v) for v in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise QueryRefusedError(
            "a result is not a finite number, as after a division by zero",
            hint="leave such rows out, or write CASE WHEN n = 0 THEN null ELSE x / n END",
        )
    return _OBJECT


def in_order(labels: list[Any], types: Collection[str]) -> list[Any]:
    """A node's labels with its type first and its roles sorted; any other list is returned unchanged."""
    texts = [label for label in labels if isinstance(label, str)]
    first = [label for label in texts if label in types]
    if len(first) != 1 or len(set(texts)) != len(labels):
        return labels
    return [*first, *sorted(label for label in texts if label not in types)]


def duration_text(months: int, days: int, seconds: int, nanoseconds: int) -> str:
    """A duration as ISO 8601 text.

    >>> duration_text(14, 3, 14_706, 500_000_000)
    'P1Y2M3DT4H5M6.5S'
    >>> duration_text(0, 0, -1_800, 0)
    'PT-30M'
    """
    whole = seconds * 10**9 + nanoseconds
    sign, rest = (-1 if whole < 0 else 1), abs(whole)
    years, months = int(months / 12), months - 12 * int(months / 12)
    hours, rest = divmod(rest, 3600 * 10**9)
    minutes, rest = divmod(rest, 60 * 10**9)
    date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
    clock = "".join(f"{sign * n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    if rest:
        parts, fraction = divmod(rest, 10**9)
        clock += f"{'-' * (sign < 0)}{parts}" + (f".{fraction:09}".rstrip("0") if fraction else "") + "S"
    return f"P{date}" + (f"T{clock}" if clock or not date else "") + ("0S" if not clock and not date else "")
