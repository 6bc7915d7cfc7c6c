"""What needs torch: training a model of links, whose arrays graph.recommend serves without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from gnn.training import Gnn
    from graph.hetero import HeteroGraph

__all__ = ["to_pyg", "voter"]


def voter() -> Gnn:
    """The graph neural network as a voter for ``graph.recommend.train``; torch is loaded here, not on import."""
    from gnn.training import Gnn

    return Gnn()


def to_pyg(graph: HeteroGraph) -> HeteroData:
    """The graph as PyTorch Geometric data; see ``gnn.pyg.to_pyg``."""
    from gnn import pyg

    return pyg.to_pyg(graph)
