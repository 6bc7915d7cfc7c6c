"""Pools: the candidates of people whose answers are known, to train the scorer on and to judge it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Fitted
from graph.recommend.evaluation.evaluate import score_blocks
from graph.recommend.evaluation.metrics import discount, ideal_gain
from graph.recommend.features import Features, Floats, user_history
from graph.recommend.pair_features import Float32, PairSchema
from graph.recommend.ranker.candidates import Candidates, make_candidates, with_further_scores
from graph.recommend.scoring import user_blocks
from graph.recommend.split import Questions
from graph.recommend.target import Target
from graph.text import Int64

# Beyond this many people the scorer hardly changes, while time and memory grow with them.
_MAX_USERS = 2000
_K = 10


@dataclass(frozen=True, eq=False)
class Pool:
    """Candidates of u people and what each of them took; c candidates.

    Attributes:
        candidates: Theirs.
        hit: bool (c,), whether the person took the candidate.
        held: int64 (u,), number of things that the person took, among the candidates or not.
        level: int64 (u,), from ``features.user_history``.
    """

    candidates: Candidates
    hit: npt.NDArray[np.bool_]
    held: Int64
    level: Int64

    def ndcg(self, scores: Float32) -> Floats:
        """NDCG at 10 of each person, float64 (u,), of candidates with these scores (c,).

        Of equal scores the candidate that comes first in the order of ties is put first.
        """
        rows = self.candidates.rows
        order = np.lexsort((np.arange(len(rows)), -scores.astype(np.float64), rows))
        rank = np.arange(len(rows)) - self.candidates.offsets[rows] + 1
        gain = np.where(self.hit[order] & (rank <= _K), discount(rank), 0.0)
        total = np.bincount(rows, gain, minlength=len(self.held))
        return np.asarray(total / ideal_gain(_K)[np.minimum(self.held, _K)], np.float64)


def make_pool(
    voters: Mapping[str, Fitted],
    questions: Questions,
    target: Target,
    schema: PairSchema,
    *,
    columns: Int64 | None = None,
    rng: np.random.Generator,
) -> Pool:
    """The pool of the people in these questions.

    Args:
        voters: Name to voter, fitted on what was known before the questions.
        questions: What people took afterwards.
        target: What is recommended.
        schema: The pair features.
        columns: Which inputs to make; all of them, and those of further scores, where absent.
        rng: Draws 2,000 of the people where there are more.
    """
    features = Features(questions.known, target)
    users = np.unique(questions.users)
    if len(users) > _MAX_USERS:
        users = np.sort(rng.choice(users, _MAX_USERS, replace=False))
    level = user_history(features, users)
    parts = []
    for start, stop in user_blocks(len(users), features.n_items * len(voters)):
        part = users[start:stop]
        blocks = score_blocks(voters, features, part, level[start:stop])
        if columns is None:
            blocks = with_further_scores(blocks, voters, features, part)
        parts.append(make_candidates(blocks, features, part, level[start:stop], schema=schema, columns=columns))
    counts = np.concatenate([np.diff(part.offsets) for part in parts])
    found = Candidates(
        np.concatenate([[0], np.cumsum(counts)]),
        np.concatenate([part.items for part in parts]),
        np.concatenate([part.inputs for part in parts]),
    )
    low, high = (np.searchsorted(questions.users, users, side=side) for side in ("left", "right"))
    asked = np.unique(questions.users * features.n_items + questions.items)
    pairs = users[found.rows] * features.n_items + found.items
    return Pool(found, np.isin(pairs, asked), high - low, level)
