"""Whether a learned ranker is used: it is trained on earlier windows, and has to beat the fusion on a later one.

A fusion has a few weights and a ranker thousands, so the fusion stays unless the ranker is better by more than chance
on people and a period that it was not trained on. Where the ranker is better over all but worse for people of whom
little is known (or the other way round), the fusion answers for those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from graph.recommend.features import ELSEWHERE, HISTORY_LEVELS, Floats
from graph.recommend.fusion import FittedFusion
from graph.recommend.pair_features import PairSchema
from graph.recommend.ranker.fitted import FittedRanker
from graph.recommend.ranker.pools import Pool
from graph.recommend.ranker.scorer import Scorer
from graph.text import Int64

# One-sided: by chance alone a ranker as good as the fusion would pass one time in twenty.
_STANDARD_ERRORS = 1.645
# With fewer people of a slice its own figure is too noisy, and the slice follows the others.
_FEWEST = 30


class RankerTrainer(Protocol):
    """Trains a scorer; the one of this project needs torch, so that it is handed in as a value."""

    def fit(self, early: Sequence[Pool], later: Pool, rng: np.random.Generator) -> tuple[Scorer, Scorer, Floats]:
        """A scorer trained on all pools, one trained on the early pools only, and how good that is on the later one.

        Returns:
            Both scorers, and NDCG at 10 of each person of ``later``, under settings chosen on other people.
        """


@dataclass(frozen=True, eq=False)
class Choice:
    """What is used, and how good it was on the people of the later pool.

    Attributes:
        model: A ranker, or the fusion itself.
        early: The same without having learned from the later pool, to measure on its people.
        gains: float64 (u,), NDCG at 10 of each person of the later pool.
        summary: A sentence on the choice.
    """

    model: FittedRanker | FittedFusion
    early: FittedRanker | FittedFusion
    gains: Floats
    summary: str


def choose_ranker(
    trainer: RankerTrainer,
    fusion: FittedFusion,
    baseline: Floats,
    schema: PairSchema,
    early: Sequence[Pool],
    later: Pool,
    *,
    rng: np.random.Generator,
) -> Choice:
    """A ranker where it is better than the fusion, else the fusion.

    Args:
        trainer: Trains the scorer.
        fusion: The weighted sum.
        baseline: NDCG at 10 of each person of ``later`` under weights that were fitted on others, float64 (u,).
        schema: The pair features of the pools.
        early: Pools of earlier windows, with all inputs; at least one of them with candidates.
        later: The pool of the validation period, with all inputs.
        rng: Draws what training draws.
    """
    early = [pool for pool in early if len(pool.candidates.items)]
    columns = _varying(early)
    pools = [with_columns(pool, columns) for pool in early]
    scorer, before, gains = trainer.fit(pools, with_columns(later, columns), rng)
    apart = gains - baseline
    figures = f"NDCG@10 {gains.mean():.4f} on a later period, the weighted sum {baseline.mean():.4f}"
    if apart.mean() <= _STANDARD_ERRORS * apart.std() / np.sqrt(max(len(apart), 1)):
        summary = f"a learned ranker was not better by more than chance ({figures}), so it is not used"
        return Choice(fusion, fusion, baseline, f"{summary}; {fusion.summary}")
    answers = _answers(apart, later.level)
    summary = f"learned ranker: {figures}"
    if not answers.all():
        left = ", ".join(name for name, used in zip(HISTORY_LEVELS, answers, strict=True) if not used)
        summary += f"; the weighted sum answers for people with {left}"
    parts = fusion.target, fusion.vocabulary, fusion.voters, fusion
    model = FittedRanker(*parts, schema, columns, scorer, answers, summary)
    return Choice(model, replace(model, scorer=before), np.where(answers[later.level], gains, baseline), summary)


def with_columns(pool: Pool, columns: Int64) -> Pool:
    """The same pool with only these inputs."""
    inputs = np.ascontiguousarray(pool.candidates.inputs[:, columns])
    return replace(pool, candidates=replace(pool.candidates, inputs=inputs))


def _varying(pools: Sequence[Pool]) -> Int64:
    """Inputs that are not the same for all candidates."""
    low = np.min([pool.candidates.inputs.min(axis=0) for pool in pools], axis=0)
    high = np.max([pool.candidates.inputs.max(axis=0) for pool in pools], axis=0)
    return np.flatnonzero(high > low)


def _answers(better: Floats, level: Int64) -> npt.NDArray[np.bool_]:
    """For which levels of history the ranker answers: not where it is worse in a slice of enough people."""
    result = np.ones(len(HISTORY_LEVELS), np.bool_)
    cold = np.arange(len(HISTORY_LEVELS)) <= ELSEWHERE
    for levels in (cold, ~cold):
        here = levels[level]
        if here.sum() >= _FEWEST and better[here].mean() < 0:
            result[levels] = False
    return result
