"""All that needs torch: training the graph neural network, whose arrays ``graph.recommend`` serves without torch.

The package is always installed; torch and PyTorch Geometric come with the extra ``gnn``. Nothing of them is imported
before it is used.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from graph.errors import PrerequisiteError

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from gnn.links.train import TrainedLinks
    from gnn.listwise import ListwiseRanker
    from gnn.training import Gnn
    from graph.hetero import HeteroGraph
    from graph.recommend.target import Target
    from graph.schema import EdgeKey

__all__ = ["HOW_TO_INSTALL", "is_installed", "ranker", "to_pyg", "train_links", "voter"]

HOW_TO_INSTALL = 'pip install "graphvine[gnn]"'


def is_installed() -> bool:
    """Whether torch can be imported; it is not imported here."""
    return find_spec("torch") is not None


def voter() -> Gnn:
    """The graph neural network as a voter for ``graph.recommend.train``; torch is imported here.

    Raises:
        PrerequisiteError: torch or PyTorch Geometric is not installed.
    """
    _require("torch", "torch_geometric")
    from gnn.training import Gnn

    return Gnn()


def ranker() -> ListwiseRanker:
    """What trains the ranker that orders the candidates of all voters; torch is imported here.

    Raises:
        PrerequisiteError: torch is not installed.
    """
    _require("torch")
    from gnn.listwise import ListwiseRanker

    return ListwiseRanker()


def _no_progress(step: str) -> None:
    """Shows no progress."""


def train_links(
    graph: HeteroGraph,
    *,
    relation: EdgeKey,
    on_step: Callable[[str], None] = _no_progress,
    seed: int = 0,
) -> TrainedLinks:
    """Train who will follow, react to or refer whom next; torch is imported here.

    The test window is judged once. Where a simple predictor (reciprocity, common neighbours, ...) is as good on
    validation, the model says so and uses it. Serving needs no torch: ``graph.recommend.links``.

    Args:
        graph: The whole graph.
        relation: From people to people, of role ``follow``, ``react`` or ``refer``; any name.
        on_step: Called with a few words before each step, to show progress.
        seed: Same graph, relation and seed give the same bytes.

    Raises:
        PrerequisiteError: torch is not installed.
        ModelError: the relation does not lead from people to people, or has fewer than 100 ties.
    """
    _require("torch")
    from gnn.links.train import train

    return train(graph, relation, on_step=on_step, seed=seed)


def _require(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise PrerequisiteError(f"this needs {package}, which is not installed", hint=HOW_TO_INSTALL)


def to_pyg(graph: HeteroGraph, *, target: Target | None = None) -> HeteroData:
    """The graph as PyTorch Geometric data; see ``gnn.hetero_data.to_pyg``.

    Raises:
        PrerequisiteError: torch or PyTorch Geometric is not installed.
    """
    _require("torch", "torch_geometric")
    from gnn import hetero_data

    return hetero_data.to_pyg(graph, target=target)
