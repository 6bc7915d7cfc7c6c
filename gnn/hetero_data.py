"""The graph as PyTorch Geometric data, to train other models on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from gnn.pyg import HeteroData
from graph.columns import DAYS, MISSING_INTEGER, Nodes
from graph.hetero import HeteroGraph
from graph.recommend.target import Target
from graph.text import TextArray

# A text column with more values than this, or with less than two nodes for each value, holds names.
_MOST_VALUES = 200
_NODES_PER_VALUE = 2


def to_pyg(graph: HeteroGraph, *, target: Target | None = None) -> HeteroData:
    """Node types with ``num_nodes`` and ``x``, edge types with ``edge_index``, ``edge_time`` and ``edge_attr``.

    Node i is node i of the graph; edges keep their canonical order.

    Args:
        graph: The graph, whose edges are for message passing.
        target: What is to be predicted; its positive edge types get their pairs as ``edge_label_index`` too.

    Returns:
        For node types: ``x`` float32 (n, f), with ``x_names`` (f,): a 0 or 1 for each role and for each value of a text
        column with few values; numbers and dates with mean 0 and deviation 1, 0 where missing, and a 0 or 1 for
        missing. Types without any attribute have no ``x``. For edge types: ``edge_time`` int64 UTC seconds,
        ``graph.columns.UNDATED`` where an event has none; ``edge_attr`` float32 (E, 1), the weight, NaN where missing.
    """
    data = HeteroData()
    for name, nodes in graph.nodes.items():
        data[name].num_nodes = len(nodes)
        columns = node_features(nodes)
        if columns:
            data[name].x = torch.from_numpy(np.stack(list(columns.values()), axis=1))
            data[name].x_names = list(columns)
    for key, edges in graph.edge_sets.items():
        store = data[key.source, key.relation, key.target]
        store.edge_index = torch.from_numpy(np.stack([edges.src, edges.dst]))
        if edges.time is not None:
            store.edge_time = torch.from_numpy(np.array(edges.time))
        if edges.weight is not None:
            store.edge_attr = torch.from_numpy(np.array(edges.weight, np.float32))[:, None]
    for relation in target.positives if target else ():
        found = graph.events(target.key(relation)) if target else None
        if found is not None and len(found):
            pairs = np.unique(np.stack([found.src, found.dst]), axis=1)
            data["Person", relation, target.node_type].edge_label_index = torch.from_numpy(pairs)  # type: ignore[union-attr]
    return data


def node_features(nodes: Nodes) -> dict[str, Any]:
    """Name to feature of the nodes of one type, float32 (n,) each; see ``to_pyg``."""
    found = {f"role {role}": flags.astype(np.float32) for role, flags in nodes.roles.items()}
    for name, column in sorted(nodes.columns.items()):
        if isinstance(column, TextArray):
            found.update(_categories(name, column))
        else:
            found.update(_numbers(name, column))
    return found


def _categories(name: str, column: TextArray) -> dict[str, Any]:
    values = np.array(column.to_list(), object)
    kinds = sorted(set(values) - {""}, key=lambda text: text.encode())
    if len(kinds) > min(_MOST_VALUES, len(values) / _NODES_PER_VALUE):
        return {}
    return {f"{name} = {kind}": (values == kind).astype(np.float32) for kind in kinds}


def _numbers(name: str, column: Any) -> dict[str, Any]:
    if column.dtype == DAYS:
        missing, numbers = np.isnat(column), column.astype(np.int64).astype(np.float64)
    elif column.dtype == np.float64:
        missing, numbers = np.isnan(column), column
    elif column.dtype == np.int8:
        missing, numbers = column < 0, column.astype(np.float64)
    else:
        missing, numbers = column == MISSING_INTEGER, column.astype(np.float64)
    known = numbers[~missing]
    deviation = known.std() if len(known) else 0.0
    if deviation == 0.0:
        return {}
    result = {name: np.where(missing, 0.0, (numbers - known.mean()) / deviation).astype(np.float32)}
    if missing.any():
        result[f"{name} missing"] = missing.astype(np.float32)
    return result
