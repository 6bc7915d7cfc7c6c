"""The graph as PyTorch Geometric data, to train other models on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from graph.hetero import HeteroGraph

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData


def to_pyg(graph: HeteroGraph) -> HeteroData:
    """Node types with ``num_nodes`` and edge types with ``edge_index``, ``time`` and ``edge_weight`` where present.

    Node i is node i of the graph; edges keep their canonical order. ``time`` is int64 UTC seconds,
    ``graph.hetero.UNDATED`` where an event has none; missing weights are NaN.
    """
    from torch_geometric.data import HeteroData

    data = HeteroData()
    for name, nodes in graph.nodes.items():
        data[name].num_nodes = len(nodes)
        for role, flags in nodes.roles.items():
            data[name][role.lower()] = torch.from_numpy(np.array(flags))
    for key, edges in graph.edge_sets.items():
        store = data[key.source, key.relation, key.target]
        store.edge_index = torch.from_numpy(np.stack([edges.src, edges.dst]))
        if edges.time is not None:
            store.time = torch.from_numpy(np.array(edges.time))
        if edges.weight is not None:
            store.edge_weight = torch.from_numpy(np.array(edges.weight))
    return data
