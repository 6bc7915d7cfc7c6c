"""The two halves of a recommender: what can be fitted, and what has been."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.recommend.features import Floats, View, Vocabulary
from graph.recommend.rows import Recommendations, rank_rows
from graph.recommend.split import Split
from graph.recommend.target import Target
from graph.text import Int64

Array = npt.NDArray[Any]
# Scores of one block of users: about 8 MB in float64.
_BLOCK_ENTRIES = 1_000_000


@dataclass(frozen=True, slots=True)
class Parts:
    """A fitted model as data.

    Attributes:
        facts: JSON values.
        arrays: Named arrays.
    """

    facts: Mapping[str, Any]
    arrays: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Fitted(ABC):
    """A fitted model: parameters of items and relations, never the graph and never a person.

    Attributes:
        target: What it recommends.
        vocabulary: The ids that its tables are numbered by.
    """

    kind: ClassVar[str]
    target: Target
    vocabulary: Vocabulary

    @abstractmethod
    def scores(self, view: View, users: Int64) -> Floats:
        """Scores of all items of the view's graph for these people, float64 (u, n), finite, higher is better.

        A person's row depends on nobody else in ``users``.
        """

    @abstractmethod
    def parts(self) -> Parts:
        """The parameters as data."""

    @classmethod
    @abstractmethod
    def of_parts(cls, target: Target, vocabulary: Vocabulary, parts: Parts) -> Fitted:
        """The model that ``parts`` described."""

    def score(self, graph: HeteroGraph, users: npt.ArrayLike, items: npt.ArrayLike) -> Floats:
        """Scores of (user, item) pairs, float64 (n,).

        Args:
            graph: The graph to answer from, which may be newer than the training graph.
            users: (n,) numbers of people in ``graph``.
            items: (n,) numbers of items in ``graph``.
        """
        asked, who = np.unique(np.asarray(users, np.int64), return_inverse=True)
        columns = np.asarray(items, np.int64)
        view, result = View(graph, self.target), np.empty(len(columns))
        for start, stop in blocks(len(asked), view.n_items):
            here = (who >= start) & (who < stop)
            result[here] = self.scores(view, asked[start:stop])[who[here] - start, columns[here]]
        return result

    def recommend(
        self,
        graph: HeteroGraph,
        users: npt.ArrayLike,
        k: int,
        *,
        target: Target | None = None,
        exclude: npt.ArrayLike = (),
    ) -> Recommendations:
        """The k best items for each person, with reasons; items that the person owns or has rated are left out.

        Args:
            graph: The graph to answer from; a person who was unknown at fitting needs no refit.
            users: Numbers of people in ``graph``; repeats count once, the order is kept.
            k: Length of each list, >= 1; lists are shorter where a person owns nearly everything.
            target: Must be the target of the model where given.
            exclude: Numbers of people who must not be contacted; they get no rows, and no reason names them.

        Raises:
            ModelError: ``target`` is not what the model was fitted for, or a number is no person of the graph.
        """
        if target is not None and target.node_type != self.target.node_type:
            raise ModelError(
                f"the model recommends {self.target.node_type}, not {target.node_type}",
                hint=f"train one: graphvine model train --target {target.node_type.lower()}",
            )
        asked = list(dict.fromkeys(np.asarray(users, np.int64).reshape(-1).tolist()))
        barred = frozenset(np.asarray(exclude, np.int64).reshape(-1).tolist())
        chosen = np.array([u for u in asked if u not in barred], np.int64)
        people = graph.count("Person")
        if len(chosen) and (int(chosen.min()) < 0 or int(chosen.max()) >= people):
            raise ModelError(f"a user number is outside 0..{people - 1}", hint="use graph.ids('Person').numbers")
        return rank_rows(self, View(graph, self.target), chosen, k=k, unnamed=barred)


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


def blocks(users: int, items: int) -> list[tuple[int, int]]:
    """Ranges of users whose scores fit into memory at once."""
    size = max(_BLOCK_ENTRIES // max(items, 1), 1)
    return [(start, min(start + size, users)) for start in range(0, users, size)]


def bar_owned(scores: Floats, view: View, users: Int64) -> Floats:
    """A copy of the scores with -inf where the person owns or has rated the item, or nobody is offered it."""
    result = scores.copy()
    result[view.owned(users)] = -np.inf
    result[:, view.withheld] = -np.inf
    return result
