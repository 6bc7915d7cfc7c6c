"""Trainers that are handed to the library as values, because they need torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gnn import HOW_TO_INSTALL, is_installed

if TYPE_CHECKING:
    from graph.recommend.base import Recommender

WITHOUT_TORCH = (
    f"torch is not installed, so models are trained without the graph neural network; to add it: {HOW_TO_INSTALL}"
)


def further_voters(note: Callable[[str], None], *, gnn: bool = True) -> dict[str, Callable[[], Recommender]]:
    """The voters besides the default ones, by name; torch is loaded when one of them is made.

    Args:
        note: Takes a sentence where the graph neural network is asked for and torch is not installed.
        gnn: Whether the graph neural network votes.
    """
    if not gnn:
        return {}
    if not is_installed():
        note(WITHOUT_TORCH)
        return {}
    from gnn import voter

    return {"gnn": voter}
