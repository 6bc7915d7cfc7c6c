"""Settings of voters that are chosen on validation, before the voters are fitted for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np

from graph.recommend.base import Recommender
from graph.recommend.evaluation.evaluate import rank_questions
from graph.recommend.evaluation.metrics import ndcg
from graph.recommend.split import Questions, Split
from graph.text import Int64

# Enough to tell settings apart that differ by a few per cent.
_MOST_USERS = 1000
_K = 10


@runtime_checkable
class HasSettings(Protocol):
    """A recommender of which several forms exist."""

    def settings(self) -> Sequence[Recommender]:
        """The forms to choose from, two at least, with the same name; of equally good ones the first is used."""


def choose_settings(
    voters: Sequence[Recommender], split: Split, *, seed: int, on_step: Callable[[str], None]
) -> list[Recommender]:
    """The voters, each that has settings in the form with the best NDCG at 10 on validation.

    Args:
        voters: The voters.
        split: Its validation questions are asked, of 1,000 people drawn by chance where there are more.
        seed: Each voter draws from a random stream of (seed, position), the same for all its forms.
        on_step: Called with a few words before each choice.
    """
    if split.validation is None:
        return list(voters)
    questions = _sample(split.validation, np.random.default_rng([seed, 1_004]))
    users, who = np.unique(questions.users, return_inverse=True)
    chosen = []
    for place, voter in enumerate(voters):
        if not isinstance(voter, HasSettings):
            chosen.append(voter)
            continue
        on_step(f"choose the form of {voter.name}")
        forms = list(voter.settings())
        models = {str(i): form.fit(split, np.random.default_rng([seed, place])) for i, form in enumerate(forms)}
        ranked = rank_questions(models, questions, split.target, k=_K)
        gains = [float(ndcg(ranked.ranks[name], who, count=len(users), k=_K).mean()) for name in models]
        chosen.append(forms[int(np.argmax(np.round(gains, 9)))])
    return chosen


def _sample(questions: Questions, rng: np.random.Generator) -> Questions:
    users = np.unique(questions.users)
    if len(users) <= _MOST_USERS:
        return questions
    drawn: Int64 = np.sort(rng.choice(users, _MOST_USERS, replace=False))
    here = np.isin(questions.users, drawn)
    return replace(questions, users=questions.users[here], items=questions.items[here])
