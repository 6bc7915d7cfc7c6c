"""Which class a saved kind of model is."""

from __future__ import annotations

from graph.errors import ModelError
from graph.recommend.content import FittedContent
from graph.recommend.embedding import FittedEmbedding
from graph.recommend.friends import FittedFriends
from graph.recommend.fusion import FittedFusion
from graph.recommend.neighbours import FittedNeighbours
from graph.recommend.popularity import FittedPopularity
from graph.recommend.protocol import Fitted
from graph.recommend.repeat import FittedRepeat
from graph.recommend.spectral import FittedFilter

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
