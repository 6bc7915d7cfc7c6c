"""Trainers that are handed to the library as values, because they need torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.recommend.base import Recommender


def further_voters(*, gnn: bool = True) -> list[Recommender]:
    """The voters besides the default ones.

    Args:
        gnn: Whether the graph neural network votes; without it torch is not loaded.
    """
    if not gnn:
        return []
    from gnn import voter

    return [voter()]
