"""Which class a saved kind of model is."""

from __future__ import annotations

from graph.errors import ModelError
from graph.recommend.base import Fitted
from graph.recommend.fusion import FittedFusion
from graph.recommend.voters.content import FittedContent
from graph.recommend.voters.filter import FittedFilter
from graph.recommend.voters.friends import FittedFriends
from graph.recommend.voters.gnn import FittedEmbedding
from graph.recommend.voters.item_knn import FittedNeighbours
from graph.recommend.voters.popularity import FittedPopularity
from graph.recommend.voters.repeat import FittedRepeat

_CLASSES: tuple[type[Fitted], ...] = (
    FittedContent,
    FittedEmbedding,
    FittedFilter,
    FittedFriends,
    FittedFusion,
    FittedNeighbours,
    FittedPopularity,
    FittedRepeat,
)


def fitted_class(kind: str) -> type[Fitted]:
    """The class that reads models of this kind.

    Raises:
        ModelError: no such kind is known.
    """
    for known in _CLASSES:
        if known.kind == kind:
            return known
    raise ModelError(
        f"unknown kind of model {kind!r}", hint=f"this version reads: {', '.join(c.kind for c in _CLASSES)}"
    )
