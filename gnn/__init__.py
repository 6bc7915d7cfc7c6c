"""All that needs torch: training the graph neural network, whose arrays ``graph.recommend`` serves without torch.

The package is always installed; torch and PyTorch Geometric come with the extra ``gnn``. Nothing of them is imported
before it is used.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from graph.errors import PrerequisiteError

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from gnn.training import Gnn
    from graph.hetero import HeteroGraph

__all__ = ["HOW_TO_INSTALL", "is_installed", "to_pyg", "voter"]

HOW_TO_INSTALL = 'pip install "graphvine[gnn]"'


def is_installed() -> bool:
    """Whether torch can be imported; it is not imported here."""
    return find_spec("torch") is not None


def voter() -> Gnn:
    """The graph neural network as a voter for ``graph.recommend.train``; torch is imported here.

    Raises:
        PrerequisiteError: torch is not installed.
    """
    if not is_installed():
        raise PrerequisiteError("the graph neural network needs torch, which is not installed", hint=HOW_TO_INSTALL)
    from gnn.training import Gnn

    return Gnn()


def to_pyg(graph: HeteroGraph) -> HeteroData:
    """The graph as PyTorch Geometric data; see ``gnn.pyg.to_pyg``.

    Raises:
        PrerequisiteError: torch or PyTorch Geometric is not installed.
    """
    if not is_installed() or find_spec("torch_geometric") is None:
        raise PrerequisiteError("this needs torch and PyTorch Geometric, which are not installed", hint=HOW_TO_INSTALL)
    from gnn import pyg

    return pyg.to_pyg(graph)
