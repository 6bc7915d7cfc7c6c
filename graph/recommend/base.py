"""What a recommender is: something that can be fitted (Recommender), and what fitting gives (Fitted)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from graph.hetero import HeteroGraph
from graph.recommend.dense_rows import top_of_rows
from graph.recommend.features import Features, Floats, Vocabulary, user_history
from graph.recommend.row_scores import Dense, RowScores
from graph.recommend.scoring import user_blocks
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.text import Int64

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class ModelState:
    """The parameters of a fitted model as data, which ``model_io`` writes and reads.

    Attributes:
        facts: JSON values; the name ``voters`` is taken.
        arrays: Named arrays of float64, float32, int64, int32 or uint8.
        voters: Name to fitted model, where a model is made of others, in a fixed order.
    """

    facts: Mapping[str, Any]
    arrays: Mapping[str, Array]
    voters: Mapping[str, Fitted] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Fitted(ABC):
    """A fitted model: parameters of items and relations, never the graph and never a person.

    Attributes:
        kind: Names the class in saved models; of a voter, the name of its file with ``-`` for ``_``.
        reasons: Codes of the reasons that the model can give for a ranking, because it looks at what they state:
            ``visited``, ``friend``, ``together`` or ``alike`` (see ``explain``). That something is popular can be said
            for every model.
        may_oppose: Whether a fusion may give it a weight below 0; such a voter is never used alone.
        target: What it recommends.
        vocabulary: The ids that its tables are numbered by.
    """

    kind: ClassVar[str]
    reasons: ClassVar[frozenset[str]] = frozenset()
    may_oppose: ClassVar[bool] = False
    target: Target
    vocabulary: Vocabulary

    @abstractmethod
    def scores(self, features: Features, users: Int64) -> Floats:
        """Scores of all items of ``features.graph`` for these people, float64 (u, n), finite, higher is better.

        A person's row depends on nobody else in ``users``.
        """

    def row_scores(self, features: Features, users: Int64) -> RowScores:
        """The same scores in the form in which they are cheap; see ``row_scores``."""
        return Dense(self.scores(features, users))

    def best(self, features: Features, users: Int64, k: int) -> tuple[Int64, Floats]:
        """The k best items that each of these people may be offered, best first.

        Args:
            features: The graph, prepared for the target.
            users: int64 (u,), numbers of people.
            k: Length of the lists, at most ``features.n_items``.

        Returns:
            Items, int64 (u, k), -1 where there are fewer, and their scores, float64 (u, k), of no meaning there.
        """
        scores = self.scores(features, users)
        items = top_of_rows(scores, k, tie_order=features.tie_order, barred=features.barred(users))
        return items, np.take_along_axis(scores, np.maximum(items, 0), axis=1)

    def further_scores(self, features: Features, users: Int64) -> Mapping[str, RowScores]:
        """Further scores by what they say, which a ranker reads as those of another voter; none by default."""
        return {}

    def refreshed(self, graph: HeteroGraph) -> Fitted | None:
        """What was learned, with tables of things that are made anew from a newer graph; a function of the two alone.

        None where nothing was learned that takes long to learn again: such a model is fitted again instead.
        """
        return None

    @abstractmethod
    def state(self) -> ModelState:
        """The parameters as data."""

    @classmethod
    @abstractmethod
    def of_state(cls, target: Target, vocabulary: Vocabulary, state: ModelState) -> Fitted:
        """The model that ``state()`` described."""

    def reason_codes(self, level: int) -> frozenset[str]:
        """Codes of the reasons that the model can give for its ranking for a person with that much history.

        Args:
            level: Index into ``features.HISTORY_LEVELS``.
        """
        return self.reasons

    def evidence(self, features: Features, users: Int64, items: Int64) -> Mapping[str, Floats]:
        """How much of the score of pairs of people and items rests on what a reason of some code states.

        Args:
            features: What ``scores`` was asked for last, about these people among others.
            users: int64 (p,), a person for each pair.
            items: int64 (p,), an item for each pair.

        Returns:
            Code to float64 (p,): the score less that without all that such reasons state; nan where that is not known,
            and no entry for codes that cannot be told apart from others.
        """
        return {}

    def losses(self, features: Features, users: Int64, things: Int64, items: Int64) -> Floats | None:
        """How much lower items would be scored for people who had nothing to do with some thing.

        Args:
            features: The graph.
            users: int64 (p,), numbers of people.
            things: int64 (p,), one of the person's things for each, numbered by ``Vocabulary.of(features.graph)``.
            items: int64 (p,), numbers of items.

        Returns:
            float64 (p,); None where the model cannot tell without being asked anew.
        """
        return None

    def score(self, graph: HeteroGraph, users: npt.ArrayLike, items: npt.ArrayLike) -> Floats:
        """Scores of (user, item) pairs, float64 (n,).

        Args:
            graph: The graph to answer from, which may be newer than the training graph.
            users: (n,) numbers of people in ``graph``.
            items: (n,) numbers of items in ``graph``.
        """
        asked, who = np.unique(np.asarray(users, np.int64), return_inverse=True)
        columns = np.asarray(items, np.int64)
        features, result = Features(graph, self.target), np.empty(len(columns))
        for start, stop in user_blocks(len(asked), features.n_items):
            here = (who >= start) & (who < stop)
            result[here] = self.scores(features, asked[start:stop])[who[here] - start, columns[here]]
        return result


@dataclass(frozen=True, eq=False)
class Combined(Fitted):
    """A model that is made of voters, whose scores can be computed once for several such models.

    Attributes:
        voters: Name to voter, in a fixed order.
    """

    voters: Mapping[str, Fitted]

    @abstractmethod
    def with_voters(self, voters: Mapping[str, Fitted]) -> Combined:
        """The same model with the same voters, by name, fitted on other data."""

    @abstractmethod
    def voters_needed(self, level: Int64) -> list[str]:
        """Names of the voters that are asked for people of these levels of history."""

    @abstractmethod
    def combine(self, blocks: Mapping[str, RowScores], features: Features, users: Int64, level: Int64) -> Floats:
        """The same as ``scores``, from scores of the voters that were computed before.

        Args:
            blocks: Voter name to scores of the voters that ``voters_needed`` names.
            features: What the scores were made from.
            users: int64 (u,), whose scores they are.
            level: int64 (u,), from ``features.user_history``.
        """

    def losses(self, features: Features, users: Int64, things: Int64, items: Int64) -> Floats | None:
        """See ``Fitted.losses``: those by the first voter that can tell."""
        found = (voter.losses(features, users, things, items) for voter in self.voters.values())
        return next((lost for lost in found if lost is not None), None)

    def scores(self, features: Features, users: Int64) -> Floats:
        """Scores from those of the voters."""
        level = user_history(features, users)
        return self.combine(self.blocks(features, users, level), features, users, level)

    def blocks(self, features: Features, users: Int64, level: Int64) -> dict[str, RowScores]:
        """Scores by the voters that are needed for people of these levels."""
        return {name: self.voters[name].row_scores(features, users) for name in self.voters_needed(level)}


class Recommender(Protocol):
    """Something that can be fitted.

    Attributes:
        name: How tables call it.
    """

    @property
    def name(self) -> str:
        """How tables call it."""

    def fit(self, split: Split, rng: np.random.Generator) -> Fitted:
        """Fit on ``split.train``; the same split and generator state give the same parameters."""


@dataclass(frozen=True, slots=True)
class Voter:
    """What a file in ``voters/`` declares under the name ``VOTER``; see ``registry``.

    Attributes:
        fitted: The class that reads saved models of this kind.
        default: What takes part in training unless a caller names other voters; empty where it has to be asked for.
        order: Place among the default voters, lowest first; voters of equal order go by kind.
        form: Makes the recommender from its settings, by which a kept model is fitted again; the class of the default
            voters where absent.
    """

    fitted: type[Fitted]
    default: tuple[Recommender, ...] = ()
    order: int = 100
    form: Callable[..., Recommender] | None = None

    @property
    def recommender(self) -> Callable[..., Recommender] | None:
        """What makes the recommender from its settings; None where only the fitted form is known."""
        return self.form or (type(self.default[0]) if self.default else None)
