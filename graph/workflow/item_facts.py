"""What exports show of an item beside its id: its name, category, price and stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graph.columns import MISSING_INTEGER
from graph.schema.market import ITEM_FACTS

if TYPE_CHECKING:
    from graph.columns import NodeColumn
    from graph.hetero import HeteroGraph

FACT_COLUMNS = tuple(f"item_{name}" for name in ITEM_FACTS)


@dataclass(frozen=True, eq=False)
class ItemFacts:
    """The columns of one type of items that say these facts, None where the type has no such column."""

    columns: tuple[NodeColumn | None, ...]

    @staticmethod
    def of(graph: HeteroGraph, node_type: str) -> ItemFacts:
        """The facts of items of that type."""
        present = graph.nodes[node_type].columns if node_type in graph.nodes else {}
        return ItemFacts(
            tuple(next((present[name] for name in names if name in present), None) for names in ITEM_FACTS.values())
        )

    @property
    def types(self) -> dict[str, type]:
        """The type of each of ``FACT_COLUMNS``: str, float, int or bool."""
        return {name: _type(column) for name, column in zip(FACT_COLUMNS, self.columns, strict=True)}

    def values(self, item: int) -> tuple[Any, ...]:
        """The facts of an item, by its number; None where one is missing."""
        return tuple(None if column is None else _value(column, item) for column in self.columns)


def _type(column: NodeColumn | None) -> type:
    kind = "" if column is None else str(getattr(column, "dtype", ""))
    return {"float64": float, "int64": int, "int8": bool}.get(kind, str)


def _value(column: NodeColumn, item: int) -> Any:
    value: Any = column[item]
    kind = _type(column)
    if kind is float:
        return None if np.isnan(value) else float(value)
    if kind is int:
        return None if value == MISSING_INTEGER else int(value)
    if kind is bool:
        return None if value < 0 else bool(value)
    text = str(value)
    return None if text in ("", "NaT") else text
