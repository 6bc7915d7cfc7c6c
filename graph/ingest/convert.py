"""Text columns to typed columns; a cell that does not convert is named, never guessed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.ingest.times import parse_times
from graph.schema import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

Mask = npt.NDArray[np.bool_]

# pandas writes a column of whole numbers with gaps as 12.0.
_INTEGER = r"^[+-]?[0-9]{1,18}(\.0*)?$"
# Bounded, so that no number overflows.
_DECIMAL = r"^[+-]?([0-9]{1,200}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$"
_TRUE = ("true", "yes", "1", "t", "y", "是")
_FALSE = ("false", "no", "0", "f", "n", "否")
REASONS: dict[ColumnType, str] = {
    "integer": "not_an_integer",
    "decimal": "not_a_decimal",
    "boolean": "not_a_boolean",
    "time": "not_a_time",
    "text": "missing_value",
}


def convert(
    column: pa.ChunkedArray, kind: ColumnType, *, zone: str = "", unit: str = "text", name: str = ""
) -> tuple[pa.Array, Mask]:
    """A text column as a typed one.

    Args:
        column: Text (n,); empty or blank is missing.
        kind: The type wanted.
        zone: Time zone of times without an offset.
        unit: For times: ``s`` or ``ms`` since the epoch, or ``text``.
        name: Column name for messages.

    Returns:
        The typed column (n,) with nulls where a cell is missing or bad: large_string, int64, float64, bool, or int64
        UTC seconds; and the mask of the bad cells.

    Raises:
        ConfigError: a time has no offset and no zone is declared.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    text = pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.large_string()), text)
    if kind == "text":
        return text, np.zeros(len(text), np.bool_)
    if kind == "integer":
        return _cast(text, _INTEGER, pa.int64())
    if kind == "decimal":
        return _cast(text, _DECIMAL, pa.float64())
    if kind == "boolean":
        return _boolean(text)
    if unit in ("s", "ms"):
        typed, bad = _cast(text, _DECIMAL, pa.float64())
        seconds = pc.floor(pc.divide(typed, 1000.0 if unit == "ms" else 1.0))
        return _within_years(seconds, bad)
    typed = parse_times(text, zone=zone, name=name)
    return _within_years(typed, mask_of(pc.and_(pc.is_valid(text), pc.is_null(typed))))


def mask_of(array: pa.Array) -> Mask:
    """A boolean Arrow array as a NumPy one; null is false."""
    import pyarrow.compute as pc

    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), np.bool_)


def _cast(text: pa.Array, pattern: str, kind: pa.DataType) -> tuple[pa.Array, Mask]:
    import pyarrow as pa
    import pyarrow.compute as pc

    fits = pc.match_substring_regex(text, pattern)
    bad = mask_of(pc.invert(fits))
    if bad.any():
        text = pc.if_else(fits, text, pa.scalar(None, pa.large_string()))
    if pa.types.is_integer(kind):
        text = pc.replace_substring_regex(text, r"^\+|\.0*$", "")
        return text.cast(kind), bad
    # Adding zero turns -0.0 into 0.0, so that equal numbers are the same bytes.
    return pc.add(text.cast(kind), 0.0), bad


def _boolean(text: pa.Array) -> tuple[pa.Array, Mask]:
    import pyarrow as pa
    import pyarrow.compute as pc

    lower = pc.utf8_lower(text)
    yes = pc.is_in(lower, pa.array(_TRUE, pa.large_string()))
    no = pc.is_in(lower, pa.array(_FALSE, pa.large_string()))
    given = pc.is_valid(text)
    typed = pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))
    return typed, mask_of(pc.and_(given, pc.invert(pc.or_(yes, no))))


# 1900-01-01 and 2200-01-01: outside them an epoch is in the wrong unit, and 0001-01-01 means that nobody knows.
_EARLIEST, _LATEST = -2208988800, 7258118400


def _within_years(seconds: pa.Array, bad: Mask) -> tuple[pa.Array, Mask]:
    import pyarrow as pa
    import pyarrow.compute as pc

    inside = pc.and_(pc.greater_equal(seconds, _EARLIEST), pc.less(seconds, _LATEST))
    outside = mask_of(pc.invert(inside))
    return pc.if_else(inside, seconds, pa.scalar(None, seconds.type)).cast(pa.int64()), bad | outside
