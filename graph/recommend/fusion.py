"""Fusion: one blend of all voters, with weights by how much is known about the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from graph.recommend.base import Fitted, ModelState
from graph.recommend.features import Floats, View, Vocabulary, levels
from graph.recommend.target import Target
from graph.text import Int64

# Small enough to part equal sums only: differences that voters make are thousands of times as large.
_NUDGE = 1e-6


@dataclass(frozen=True, eq=False)
class FittedFusion(Fitted):
    """Voters and their weights.

    Attributes:
        voters: Name to fitted voter, in the order of the columns of ``weights``.
        weights: float64 (levels, voters), >= 0; the row is chosen by ``evidence.levels``.
        says: One sentence on how the weights came about.
        simple: The voter, popularity or recency, that answers where the blend is silent.
    """

    kind: ClassVar[str] = "fusion"
    voters: Mapping[str, Fitted]
    weights: Floats
    says: str
    simple: str

    def scores(self, view: View, users: Int64) -> Floats:
        """Weighted sum of the voters' standardised scores, and the simple voter's where that says nothing."""
        level = levels(view, users)
        blocks = {name: self.voters[name].scores(view, users) for name in self.needed(level)}
        return self.blend(blocks, level, view.n_items)

    def needed(self, level: Int64) -> list[str]:
        """The voters that are heard for people of these levels."""
        heard = self.weights[np.unique(level)]
        return [name for column, name in enumerate(self.voters) if name == self.simple or heard[:, column].any()]

    def blend(self, blocks: Mapping[str, Floats], level: Int64, n_items: int) -> Floats:
        """The same from the voters' scores.

        Args:
            blocks: Voter name to scores (u, n) of the ``needed`` voters.
            level: int64 (u,), how much is known about each person.
            n_items: n.
        """
        total = np.zeros((len(level), n_items))
        for column, name in enumerate(self.voters):
            weight = self.weights[level, column]
            if name in blocks and weight.any():
                total += weight[:, None] * standardised(blocks[name])
        return settled(total, standardised(blocks[self.simple]))

    def reason_codes(self, level: int) -> frozenset[str]:
        """The reasons of the voters that have a weight at this level."""
        heard = [v for v, w in zip(self.voters.values(), self.weights[level], strict=True) if w > 0]
        return frozenset[str]().union(*(voter.reason_codes(level) for voter in heard))

    def state(self) -> ModelState:
        """The parameters of the blend, and its voters."""
        return ModelState({"says": self.says, "simple": self.simple}, {"weights": self.weights}, self.voters)

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedFusion:
        """The model that ``state()`` described."""
        says, simple = str(state.facts["says"]), str(state.facts["simple"])
        weights = np.asarray(state.arrays["weights"])
        if weights.shape[1] != len(state.voters) or simple not in state.voters:
            raise ValueError("the fusion does not have the voters that it was saved with")
        return cls(target, vocabulary, state.voters, weights, says, simple)


def settled(total: Floats, simple: Floats) -> Floats:
    """A blend without silence: the simple voter orders the items that the blend does not tell apart.

    Where the blend is the same for all items of a person, the result is the simple voter's score itself.

    Args:
        total: (u, n), weighted sums.
        simple: (u, n), standardised scores of the simple voter.
    """
    silent = (total == total[:, :1]).all(axis=1, keepdims=True)
    return np.where(silent, simple, total + _NUDGE * simple)


def standardised(scores: Floats) -> Floats:
    """Each row with mean 0 and deviation 1, its far ends drawn in by asinh in the same order; a constant row becomes 0.

    With thousands of items the best ones of a sparse voter lie tens of deviations out. They must not drown the other
    voters, and must not become ties either, which clipping would make them. A constant row is a voter with no opinion
    about the person.
    """
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    flat = spread <= 1e-9 * (1.0 + np.abs(scores).max(axis=1, keepdims=True, initial=0.0))
    return np.where(flat, 0.0, np.arcsinh(centred / np.where(flat, 1.0, spread)))
