"""Fusion: a weighted sum of the scores of all voters, with weights by how much is known about the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from graph.recommend.base import Combined, Fitted, ModelState
from graph.recommend.features import Features, Floats, Vocabulary, user_history
from graph.recommend.proposals import Proposals
from graph.recommend.row_scores import RowScores
from graph.recommend.target import Target
from graph.text import Int64

# Small enough to order equal sums only: differences that voters make are thousands of times as large.
_TIE_BREAK = 1e-6
# How many of the first items of each voter are looked at, at least.
_PER_VOTER = 200


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

    def combine(self, blocks: Mapping[str, RowScores], features: Features, users: Int64, level: Int64) -> Floats:
        """Weighted sum of the voters' standardised scores; the fallback voter orders what has equal sums."""
        total = np.zeros((len(level), features.n_items))
        for column, name in enumerate(self.voters):
            weight = self.weights[level, column]
            if name in blocks and weight.any():
                total += weight[:, None] * blocks[name].standardised()
        return with_fallback(total, blocks[self.fallback].standardised())

    def best(self, features: Features, users: Int64, k: int) -> tuple[Int64, Floats]:
        """The best of what any voter with a weight ranks among its first, or the fallback voter does.

        What no voter ranks that high is hardly ever among the best of the sum (see docs/adr/0008), and a sum over all
        items would cost their number for each person and voter.
        """
        level = user_history(features, users)
        return self.best_of(self.blocks(features, users, level), features, users, level, k)

    def best_of(
        self, blocks: Mapping[str, RowScores], features: Features, users: Int64, level: Int64, k: int
    ) -> tuple[Int64, Floats]:
        """``best`` from scores of the voters that were computed before.

        Args:
            blocks: Voter name to scores of the voters that ``voters_needed`` names.
            features: What the scores were made from.
            users: int64 (u,), whose scores they are.
            level: int64 (u,), from ``features.user_history``.
            k: Length of the lists.
        """
        count, barred = min(max(_PER_VOTER, 2 * k), features.n_items), features.barred(users)
        lists = [block.best(count, barred, tie_order=features.tie_order) for block in blocks.values()]
        found = Proposals.of_lists(lists, tie_order=features.tie_order)
        rows, items = found.rows, found.items
        total, silent = np.zeros(len(rows)), np.ones(len(users), np.bool_)
        for column, name in enumerate(self.voters):
            weight = self.weights[level, column]
            if name in blocks and weight.any():
                total += weight[rows] * blocks[name].standardised_at(rows, items)
                silent &= blocks[name].moments.flat | (weight == 0)
        fallback = blocks[self.fallback].standardised_at(rows, items)
        return found.best(np.where(silent[rows], fallback, total + _TIE_BREAK * fallback), k)

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
