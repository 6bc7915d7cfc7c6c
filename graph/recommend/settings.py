"""Settings of voters that are chosen on validation, before the voters are fitted for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from graph.recommend.base import Fitted, Recommender
from graph.recommend.evaluation.evaluate import rank_questions
from graph.recommend.evaluation.metrics import ndcg
from graph.recommend.split import Questions, Split

# Enough to tell settings apart that differ by a few per cent.
_MOST_USERS = 1000
_K = 10


@runtime_checkable
class HasSettings(Protocol):
    """A recommender of which several forms exist."""

    def settings(self) -> Sequence[Recommender]:
        """The forms to choose from, two at least, with the same name; of equally good ones the first is used."""


@runtime_checkable
class Selective(Protocol):
    """A recommender that has nothing to say about some markets."""

    def suits(self, split: Split) -> bool:
        """Whether ``split.train`` has what it reads; where not, it is not fitted."""


def suitable(voters: Sequence[Recommender], split: Split) -> list[Recommender]:
    """The voters that have something to say about this market."""
    return [voter for voter in voters if not isinstance(voter, Selective) or voter.suits(split)]


@runtime_checkable
class Tunable(Protocol):
    """A recommender that finds its settings while it is trained, as a network finds when to stop."""

    def tune(self, split: Split, rng: np.random.Generator) -> tuple[Recommender, Fitted]:
        """Itself with settings that are good on ``split.validation``, and fitted with them on ``split.train``."""


def choose_settings(
    voters: Sequence[Recommender], split: Split, *, seed: int, on_step: Callable[[str], None]
) -> tuple[list[Recommender], dict[str, Fitted]]:
    """The voters, each in its best form on validation, and fitted on ``split.train``, by name.

    Args:
        voters: The voters.
        split: Its validation questions are asked, of 1,000 people drawn by chance where there are more.
        seed: Each voter draws from a random stream of (seed, position), the same for all its forms.
        on_step: Called with a few words before each step.
    """
    chosen: list[Recommender] = []
    fitted: dict[str, Fitted] = {}
    for place, voter in enumerate(voters):
        on_step(f"fit {voter.name}")
        if split.validation is None or not isinstance(voter, (HasSettings, Tunable)):
            form, model = voter, voter.fit(split, np.random.default_rng([seed, place]))
        elif isinstance(voter, Tunable):
            form, model = voter.tune(split, np.random.default_rng([seed, place]))
        else:
            forms = list(voter.settings())
            models = {str(i): one.fit(split, np.random.default_rng([seed, place])) for i, one in enumerate(forms)}
            best = _best_form(
                models, split, split.validation.of_some_people(_MOST_USERS, np.random.default_rng([seed, 1_004]))
            )
            form, model = forms[best], models[str(best)]
        chosen.append(form)
        fitted[form.name] = model
    return chosen, fitted


def _best_form(models: Mapping[str, Fitted], split: Split, questions: Questions) -> int:
    users, who = np.unique(questions.users, return_inverse=True)
    ranked = rank_questions(models, questions, split.target, k=_K)
    gains = [float(ndcg(ranked.ranks[name], who, count=len(users), k=_K).mean()) for name in models]
    return int(np.argmax(np.round(gains, 9)))
