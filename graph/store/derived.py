"""Turns result tables into nodes and relationships, which ``GraphStore.write_back`` adds to the graph.

===============  ==========================================  ======================================
kind             relationship, with the row's values         its target
===============  ==========================================  ======================================
segments         ``(:Person)-[:IN_SEGMENT]->``               ``(:Segment {segment, name})``, derived
recommendations  ``(:Person)-[:RECOMMENDED]->``              the item, a node of the market
seeds            ``(:Person)-[:SEED_IN]->``                  ``(:Plan)``, derived
scores           ``(:Person)-[:SCORED]->``                   ``(:Ranking)``, derived
===============  ==========================================  ======================================

Each table also gives one node ``(:Result {kind, rows})``. Derived nodes have the additional label ``Derived``. All
derived nodes and relationships have the properties ``result_id`` and ``derived = true``; snapshots leave them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import DataError
from graph.store.protocol import ResultTable

LABEL = "Derived"
RELATIONS = {"segments": "IN_SEGMENT", "recommendations": "RECOMMENDED", "seeds": "SEED_IN", "scores": "SCORED"}
ENDS = {"segments": "Segment", "seeds": "Plan", "scores": "Ranking"}
LABELS = (*ENDS.values(), "Result")
_ITEM = ("item_type", "item_id")
# Columns that describe the segment itself; the other columns of a row describe the person in it.
_SEGMENT = ("segment", "name")


@dataclass(frozen=True)
class DerivedEdges:
    """Derived relationships of one type.

    Attributes:
        relation: Their type.
        target: Label of their target nodes.
        rows: Id of the person, id of the target, properties; missing values are left out of the properties.
    """

    relation: str
    target: str
    rows: Sequence[tuple[str, str, Mapping[str, Any]]]


@dataclass(frozen=True)
class DerivedGraph:
    """The nodes and relationships of one result.

    Attributes:
        result_id: Id of the result.
        nodes: Label to the properties of its nodes (including ``id``), in order of id.
        edges: The relationships.
    """

    result_id: str
    nodes: Mapping[str, Sequence[Mapping[str, Any]]]
    edges: Sequence[DerivedEdges]


def derived_graph(tables: Sequence[ResultTable], result_id: str) -> DerivedGraph:
    """The nodes and relationships of the tables of one result.

    Raises:
        DataError: a table is of an unknown kind, or lacks a column that its kind needs.
    """
    nodes: dict[str, dict[str, dict[str, Any]]] = {}
    edges: list[DerivedEdges] = []
    common = {"result_id": result_id, "derived": True}
    for table in tables:
        if table.kind not in RELATIONS:
            raise DataError(f"unknown kind of result {table.kind!r}", hint=f"known: {', '.join(RELATIONS)}")
        name = f"{result_id}/{table.kind}"
        nodes.setdefault("Result", {})[name] = {"id": name, "kind": table.kind, "rows": len(table.rows), **common}
        found: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
        for person, label, end, values in _ends(table, result_id):
            if table.kind in ENDS:
                own = {name: values.pop(name) for name in _SEGMENT if name in values and table.kind == "segments"}
                nodes.setdefault(label, {})[end] = {"id": end, **own, **common}
            found.setdefault(label, []).append((person, end, {**values, **common}))
        edges += [DerivedEdges(RELATIONS[table.kind], label, rows) for label, rows in sorted(found.items())]
    ordered = {label: [rows[i] for i in sorted(rows)] for label, rows in sorted(nodes.items())}
    return DerivedGraph(result_id, ordered, edges)


def _ends(table: ResultTable, result_id: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Per row: id of the person, label and id of the target, properties of the relationship."""
    needed = {"segments": ("segment",), "recommendations": _ITEM}.get(table.kind, ())
    missing = [name for name in needed if name not in table.columns]
    if missing or not table.columns:
        raise DataError(
            f"a table of {table.kind} lacks the column {(*missing, 'person')[0]!r}",
            hint=f"it has {', '.join(table.columns) or 'none'}",
        )
    for row in table.rows:
        facts = dict(zip(table.columns, row, strict=True))
        person = str(facts.pop(table.columns[0]))
        values = {name: value for name, value in facts.items() if value is not None}
        if table.kind == "recommendations":
            kind, item = (str(values.pop(name)) for name in _ITEM)
            yield person, kind[:1].upper() + kind[1:], item, values
        elif table.kind == "segments":
            yield person, ENDS[table.kind], f"{result_id}/{values['segment']}", values
        else:
            yield person, ENDS[table.kind], result_id, values
