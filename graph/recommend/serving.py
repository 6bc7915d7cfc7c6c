"""Serving: the best items of each person with reasons, from any fitted model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.errors import ModelError
from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.dense_rows import top_of_rows
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
    asked = list(dict.fromkeys(np.asarray(users, np.int64).reshape(-1).tolist()))
    excluded = frozenset(np.asarray(exclude, np.int64).reshape(-1).tolist())
    chosen = np.array([user for user in asked if user not in excluded], np.int64)
    people = graph.count(SOURCE)
    if len(chosen) and (int(chosen.min()) < 0 or int(chosen.max()) >= people):
        raise ModelError(f"a user number is outside 0..{people - 1}", hint="use graph.ids('Person').numbers")
    return _ranked(model, Features(graph, model.target), chosen, k=k, unnamed=excluded, rules=rules)


def _ranked(
    model: Fitted, features: Features, users: Int64, *, k: int, unnamed: frozenset[int], rules: Applied | None
) -> Recommendations:
    """The rows of these people; no reason holds the id of a person in ``unnamed``."""
    explainer = Explainer(features, model, unnamed if rules is None else unnamed | rules.unnamed)
    who: list[int] = []
    what: list[int] = []
    rank: list[int] = []
    score: list[float] = []
    reasons: list[Reason] = []
    for start, stop in user_blocks(len(users), features.n_items):
        part = users[start:stop]
        scores = mask_excluded(model.scores(features, part), features, part)
        if rules is None:
            best_of_all = top_of_rows(scores, min(k, features.n_items), tie_order=features.tie_order)
        else:
            best_of_all = rules.choose(scores, part, min(k, features.n_items), tie_order=features.tie_order)
        lists = [best[best >= 0] for best in best_of_all]
        for user, line, best in zip(part.tolist(), scores, lists, strict=True):
            who += [user] * len(best)
            what += best.tolist()
            rank += range(1, len(best) + 1)
            score += np.round(line[best], 6).tolist()
        reasons += explain(explainer, part, lists)
    graph = features.graph
    names = graph.ids(SOURCE).ids(who) if who else []
    items = graph.ids(features.target.node_type).ids(what) if what else []
    return Recommendations(
        features.target.node_type,
        np.array(who, np.int64),
        np.array(what, np.int64),
        np.array(rank, np.int64),
        np.array(score, np.float64),
        tuple(reasons),
        tuple(names),
        tuple(items),
    )
