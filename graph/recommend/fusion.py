"""Fusion: a weighted sum of the scores of all voters, with weights by how much is known about the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from graph.recommend.base import Combined, Fitted, ModelState
from graph.recommend.features import Features, Floats, Vocabulary
from graph.recommend.target import Target
from graph.text import Int64

# Small enough to order equal sums only: differences that voters make are thousands of times as large.
_TIE_BREAK = 1e-6


@dataclass(frozen=True, eq=False)
class FittedFusion(Combined):
    """Voters and their weights.

    Attributes:
        weights: float64 (levels, voters), in the order of the voters, >= 0 but for voters that may oppose; the row of
            a person is ``features.user_history``.
        summary: One sentence on how the weights were chosen.
        fallback: Name of the voter, popularity or recency, that orders items that the weighted sum does not tell apart.
    """

    kind: ClassVar[str] = "fusion"
    weights: Floats
    summary: str
    fallback: str

    def with_voters(self, voters: Mapping[str, Fitted]) -> FittedFusion:
        """The same weights for voters that were fitted on other data."""
        vocabulary = next((voter.vocabulary for voter in voters.values()), self.vocabulary)
        return replace(self, vocabulary=vocabulary, voters=dict(voters))

    def voters_needed(self, level: Int64) -> list[str]:
        """Names of the voters with a weight for people of these levels, and the fallback voter."""
        weights = self.weights[np.unique(level)]
        return [name for column, name in enumerate(self.voters) if name == self.fallback or weights[:, column].any()]

    def combine(self, blocks: Mapping[str, Floats], features: Features, users: Int64, level: Int64) -> Floats:
        """Weighted sum of the voters' standardised scores; the fallback voter orders what has equal sums."""
        total = np.zeros((len(level), features.n_items))
        for column, name in enumerate(self.voters):
            weight = self.weights[level, column]
            if name in blocks and weight.any():
                total += weight[:, None] * standardised(blocks[name])
        return with_fallback(total, standardised(blocks[self.fallback]))

    def reason_codes(self, level: int) -> frozenset[str]:
        """The reasons of the voters that have a weight at this level."""
        used = [v for v, w in zip(self.voters.values(), self.weights[level], strict=True) if w > 0]
        return frozenset[str]().union(*(voter.reason_codes(level) for voter in used))

    def state(self) -> ModelState:
        """The weights, and the voters; keys of ``facts`` are those of the saved format."""
        return ModelState({"says": self.summary, "simple": self.fallback}, {"weights": self.weights}, self.voters)

    @classmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> FittedFusion:
        """The model that ``state()`` described."""
        summary, fallback = str(state.facts["says"]), str(state.facts["simple"])
        weights = np.asarray(state.arrays["weights"])
        if weights.shape[1] != len(state.voters) or fallback not in state.voters:
            raise ValueError("the fusion does not have the voters that it was saved with")
        return cls(target, vocabulary, state.voters, weights, summary, fallback)


def with_fallback(total: Floats, fallback: Floats) -> Floats:
    """Weighted sums in which the fallback voter orders the items that have equal sums.

    Where a person's sums are the same for all items, the result is the fallback voter's score itself.

    Args:
        total: (u, n), weighted sums.
        fallback: (u, n), standardised scores of the fallback voter.
    """
    constant = (total == total[:, :1]).all(axis=1, keepdims=True)
    return np.where(constant, fallback, total + _TIE_BREAK * fallback)


def standardised(scores: Floats) -> Floats:
    """Each row with mean 0 and standard deviation 1, then passed through asinh; a constant row becomes 0.

    With thousands of items the best ones of a sparse voter lie tens of deviations from the mean. asinh compresses them,
    so that they do not outweigh the other voters, and keeps their order, which clipping would not. A constant row means
    that the voter has no opinion about the person.
    """
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    flat = spread <= 1e-9 * (1.0 + np.abs(scores).max(axis=1, keepdims=True, initial=0.0))
    return np.where(flat, 0.0, np.arcsinh(centred / np.where(flat, 1.0, spread)))
