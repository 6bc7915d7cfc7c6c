"""Trainers that are handed to the library as values, because they need torch."""

from __future__ import annotations

from collections.abc import Callable

from gnn import HOW_TO_INSTALL, is_installed
from graph.workflow.models import Trainers


def without_torch(*, gnn: bool) -> str:
    """The sentence about what is missing where torch is not installed, of what was asked for."""
    missing = "the graph neural network and the learned ranker" if gnn else "the learned ranker"
    return f"torch is not installed, so models are trained without {missing}; to add it: {HOW_TO_INSTALL}"


def trainers(note: Callable[[str], None], *, gnn: bool = True) -> Trainers:
    """The trainers that need torch, which is loaded when one of them is made.

    Args:
        note: Takes a sentence where torch is not installed.
        gnn: Whether the graph neural network votes.
    """
    if not is_installed():
        note(without_torch(gnn=gnn))
        return Trainers()
    from gnn import ranker, voter

    return Trainers({"gnn": voter} if gnn else {}, ranker)
