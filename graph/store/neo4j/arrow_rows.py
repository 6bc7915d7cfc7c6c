"""Converts columns read from Neo4j to Arrow, and Arrow rows to query parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graph.errors import StoreError
from graph.schema import Column, ColumnType
from graph.store.neo4j.model import MISSING_BOOLEAN_MARK, MISSING_MARK

if TYPE_CHECKING:
    import pyarrow as pa


def arrow_type(kind: ColumnType) -> pa.DataType:
    """The Arrow type of a column in transfer: lists are JSON text, money is float64."""
    import pyarrow as pa

    if kind in ("text", "list"):
        return pa.large_string()
    if kind in ("integer", "time"):
        return pa.int64()
    return {"boolean": pa.bool_(), "date": pa.date32()}.get(kind, pa.float64())


def to_arrow(values: Sequence[Any], kind: ColumnType, *, name: str) -> pa.Array:
    """A collected column as Arrow, with nulls for missing values.

    Raises:
        StoreError: a value is not of the column's type, because another program wrote it.
    """
    import pyarrow as pa

    if kind == "boolean":
        plain = [None if value == MISSING_BOOLEAN_MARK and value is not True else value for value in values]
    elif kind == "list":
        plain = [None if value is MISSING_MARK else _json(value) for value in values]
    else:
        plain = [None if value is MISSING_MARK else value for value in values]
    try:
        return pa.array(plain, arrow_type(kind))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise StoreError(
            f"the database holds a value of {name} that is no {kind}: {str(error)[:120]}",
            hint="somebody changed it there; put it right, or wipe the store and load again: graphvine store wipe",
        ) from None


def _json(value: object) -> str:
    # In the same format as graph.ingest.values.lists.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def to_rows(table: pa.Table, columns: Mapping[str, Column]) -> list[list[Any]]:
    """The rows of a table as parameters; JSON lists become Python lists."""
    lists = []
    for name in table.column_names:
        values = table[name].to_pylist()
        if name in columns and columns[name].type == "list":
            values = [None if value is None else json.loads(value) for value in values]
        lists.append(values)
    return [list(row) for row in zip(*lists, strict=True)]
