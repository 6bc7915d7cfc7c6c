"""Serving: the best items of each person with reasons, from any fitted model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.features import Features
from graph.recommend.reasons.block import explain
from graph.recommend.reasons.explain import Explainer
from graph.recommend.rows import Reason, Recommendations
from graph.recommend.rules.applied import Applied
from graph.recommend.scoring import mask_excluded, user_blocks
from graph.recommend.target import SOURCE, Target
from graph.text import Int64


def recommend(
    model: Fitted,
    graph: HeteroGraph,
    users: npt.ArrayLike,
    k: int,
    *,
    target: Target | None = None,
    exclude: npt.ArrayLike = (),
    rules: Applied | None = None,
) -> Recommendations:
    """The k best items for each person, with reasons; items that the person owns or has rated are left out.

    Args:
        model: The model that ranks.
        graph: The graph to answer from; a person who was unknown at fitting needs no refit.
        users: Numbers of people in ``graph``; repeats count once, the order is kept.
        k: Length of each list, >= 1; lists are shorter where a person owns nearly everything.
        target: Must be the target of the model where given.
        exclude: Numbers of people who must not be contacted; they get no rows, and no reason names them.
        rules: Further limits, resolved on this graph, which count what they refuse; None for none. People whom a list
            of the rules leaves out are named by no reason either.

    Raises:
        ModelError: ``target`` is not what the model was fitted for, or a number is no person of the graph.
    """
    if target is not None and target.node_type != model.target.node_type:
        raise ModelError(
            f"the model recommends {model.target.node_type}, not {target.node_type}",
            hint=f"train one: graphvine model train --target {target.node_type.lower()}",
        )
    excluded = frozenset(np.asarray(exclude, np.int64).reshape(-1).tolist())
    unnamed = excluded if rules is None else excluded | rules.unnamed
    return Serving(model, graph, excluded, unnamed).recommend(users, k, rules=rules)


@dataclass(frozen=True, eq=False)
class Serving:
    """A model on a graph, prepared once to recommend to many people part by part.

    Attributes:
        model: The model that ranks.
        graph: The graph to answer from.
        excluded: Numbers of people who get no rows.
        unnamed: Numbers of people whom no reason names, ``excluded`` among them.
    """

    model: Fitted
    graph: HeteroGraph
    excluded: frozenset[int] = frozenset()
    unnamed: frozenset[int] = frozenset()

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(Features(self.graph, self.model.target), self.model, self.unnamed)

    def recommend(self, users: npt.ArrayLike, k: int, *, rules: Applied | None = None) -> Recommendations:
        """The rows of these people, as ``recommend`` makes them.

        Args:
            users: Numbers of people; repeats count once, the order is kept.
            k: Length of each list, >= 1.
            rules: Further limits, which count what they refuse.

        Raises:
            ModelError: a number is no person of the graph.
        """
        asked = dict.fromkeys(np.asarray(users, np.int64).reshape(-1).tolist())
        chosen = np.array([user for user in asked if user not in self.excluded], np.int64)
        people = self.graph.count(SOURCE)
        if len(chosen) and (int(chosen.min()) < 0 or int(chosen.max()) >= people):
            raise ModelError(f"a user number is outside 0..{people - 1}", hint="use graph.ids('Person').numbers")
        return _ranked(self._explainer, chosen, k=k, rules=rules)


def _ranked(explainer: Explainer, users: Int64, *, k: int, rules: Applied | None) -> Recommendations:
    """The rows of these people."""
    model, features = explainer.model, explainer.features
    nothing = np.zeros(0, np.int64)
    who, what, rank, score = [nothing], [nothing], [nothing], [np.zeros(0)]
    reasons: list[Reason] = []
    for start, stop in user_blocks(len(users), features.n_items):
        part = users[start:stop]
        best, scores = _best(model, features, part, min(k, features.n_items), rules)
        row, place = np.nonzero(best >= 0)
        who.append(part[row])
        what.append(best[row, place])
        rank.append(place + 1)
        score.append(np.round(scores[row, place], 6))
        reasons += explain(explainer, part, [line[line >= 0] for line in best])
    graph = features.graph
    people, things = np.concatenate(who), np.concatenate(what)
    return Recommendations(
        features.target.node_type,
        people,
        things,
        np.concatenate(rank),
        np.concatenate(score),
        tuple(reasons),
        tuple(graph.ids(SOURCE).ids(people.tolist())),
        tuple(graph.ids(features.target.node_type).ids(things.tolist())),
    )


def _best(
    model: Fitted, features: Features, users: Int64, k: int, rules: Applied | None
) -> tuple[Int64, npt.NDArray[np.float64]]:
    """Items, int64 (u, k) with -1 after the last, and their scores; with rules all items are scored."""
    if rules is None:
        return model.best(features, users, k)
    scores = model.scores(features, users)
    best = rules.choose(mask_excluded(scores, features, users), users, k, tie_order=features.tie_order)
    return best, np.take_along_axis(scores, np.maximum(best, 0), axis=1)
