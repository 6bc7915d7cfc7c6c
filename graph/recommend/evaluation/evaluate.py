"""Evaluation: every model ranks all items for the same people; results by slices of people, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Combined, Fitted
from graph.recommend.dense_rows import top_of_rows
from graph.recommend.evaluation import beyond, metrics
from graph.recommend.features import ELSEWHERE, Features, Floats, user_history
from graph.recommend.ranking import ranks_of
from graph.recommend.row_scores import Dense, RowScores
from graph.recommend.scoring import mask_excluded, user_blocks
from graph.recommend.split import Questions
from graph.recommend.target import SOURCE, Target
from graph.text import Int64

SLICES = ("overall", "warm", "cold-user", "cold-item")
FEWEST_USERS = 50


@dataclass(frozen=True, eq=False)
class Ranked:
    """Ranks that each model gives to the held-out items; p pairs of u people.

    Attributes:
        users: int64 (u,), person numbers, ascending.
        who: int64 (p,), position in ``users`` of each pair.
        items: int64 (p,).
        ranks: Model name to 1-based ranks among all items the person does not own, int64 (p,).
        lists: Model name to the shown items, int64 (u, k), -1 where a list is shorter.
        level: int64 (u,), from ``features.user_history``.
        seen: bool (p,), whether anybody had an event with the item before.
        n_items: Number of items in the graph.
        background: What was known of items and people, for the figures beyond accuracy.
    """

    users: Int64
    who: Int64
    items: Int64
    ranks: Mapping[str, Int64]
    lists: Mapping[str, Int64]
    level: Int64
    seen: npt.NDArray[np.bool_]
    n_items: int
    background: beyond.Background


def score_blocks(models: Mapping[str, Fitted], features: Features, users: Int64, level: Int64) -> dict[str, RowScores]:
    """Scores of every model for these people; a combined model reuses those of voters that are among the models."""
    result: dict[str, RowScores] = {}
    by_voter: dict[int, RowScores] = {}
    for name, model in sorted(models.items(), key=lambda pair: isinstance(pair[1], Combined)):
        if isinstance(model, Combined):
            needed = {n: model.voters[n] for n in model.voters_needed(level)}
            inner = {n: by_voter.get(id(v)) or v.row_scores(features, users) for n, v in needed.items()}
            result[name] = Dense(model.combine(inner, features, users, level))
        else:
            result[name] = by_voter[id(model)] = model.row_scores(features, users)
    return result


def rank_questions(models: Mapping[str, Fitted], questions: Questions, target: Target, *, k: int = 10) -> Ranked:
    """Rank every item for everybody in the questions, in blocks of people, so that no full matrix is held."""
    features = Features(questions.known, target)
    users, who = np.unique(questions.users, return_inverse=True)
    level = user_history(features, users)
    ranks = {name: np.zeros(len(who), np.int64) for name in models}
    lists = {name: np.full((len(users), k), -1, np.int64) for name in models}
    for start, stop in user_blocks(len(users), features.n_items * max(len(models), 1)):
        here = np.flatnonzero((who >= start) & (who < stop))
        part = users[start:stop]
        for name, block in score_blocks(models, features, part, level[start:stop]).items():
            scores = mask_excluded(block.dense(), features, part)
            ranks[name][here] = ranks_of(scores, who[here] - start, questions.items[here], tie_order=features.tie_order)
            lists[name][start:stop] = top_of_rows(scores, k, tie_order=features.tie_order)
    background = beyond.Background.of(questions.known, target)
    touched = np.zeros(features.n_items, np.bool_)
    for key in questions.known.keys(source=SOURCE, target=target.node_type):
        touched[questions.known.edges(key).dst] = True
    return Ranked(
        users, who, questions.items, ranks, lists, level, touched[questions.items], features.n_items, background
    )


def _slice(ranked: Ranked, name: str) -> npt.NDArray[np.bool_]:
    """Which pairs belong to a slice, bool (p,)."""
    cold = ranked.level[ranked.who] <= ELSEWHERE
    return {
        "overall": np.ones(len(ranked.who), np.bool_),
        "warm": ~cold,
        "cold-user": cold,
        "cold-item": ~ranked.seen,
    }[name]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The results of a comparison of models.

    Attributes:
        k: Length of the lists.
        rows: One for each slice and model: slice, model, users, pairs, ndcg with ndcg_low and ndcg_high (95 % over
            people), recall, precision, map, mrr, hit_rate, the figures of ``beyond`` (coverage, novelty, diversity,
            gini, shown_popularity, taken_popularity, miscalibration), judged (false where the slice has fewer than 50
            people). Metrics are None in an empty slice.
        differences: One for each slice and other model: slice, model, against, difference in ndcg, low, high, judged.
        gains: float32 (u,), ndcg of the main model for each of the people asked about, in order of their numbers; with
            those of another model on the same questions, differences are paired. No id is kept.
    """

    k: int
    rows: tuple[dict[str, Any], ...]
    differences: tuple[dict[str, Any], ...]
    gains: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def row(self, model: str, slice_name: str = "overall") -> dict[str, Any]:
        """The row of that model and slice."""
        return next(r for r in self.rows if r["model"] == model and r["slice"] == slice_name)

    def difference(self, model: str, against: str, slice_name: str = "overall") -> dict[str, Any]:
        """The paired difference of these models in that slice."""
        wanted = (model, against, slice_name)
        return next(d for d in self.differences if (d["model"], d["against"], d["slice"]) == wanted)


def summarise(ranked: Ranked, *, main: str, k: int = 10, rng: np.random.Generator) -> Evaluation:
    """Metrics by slice and model, and the paired differences of the main model with every other.

    Args:
        ranked: From ``rank_questions`` with the same k.
        main: Model that the others are compared with.
        k: Length of the lists.
        rng: Draws the bootstrap resamples.
    """
    rows: list[dict[str, Any]] = []
    differences: list[dict[str, Any]] = []
    names = list(ranked.ranks)
    for slice_name in SLICES:
        pairs = _slice(ranked, slice_name)
        users, who = np.unique(ranked.who[pairs], return_inverse=True)
        judged = len(users) >= FEWEST_USERS
        gains = np.zeros((len(users), len(names)))
        for column, name in enumerate(names):
            gains[:, column] = metrics.ndcg(ranked.ranks[name][pairs], who, count=len(users), k=k)
        against = gains[:, [names.index(main)]] - gains
        low, high = metrics.interval(np.hstack([gains, against]), rng)
        for column, name in enumerate(names):
            common = {"slice": slice_name, "model": name}
            rows.append(
                common
                | {"users": len(users), "pairs": int(pairs.sum()), "ndcg": _mean(gains[:, column])}
                | {"ndcg_low": _number(low[column]), "ndcg_high": _number(high[column])}
                | _other_metrics(ranked, name, pairs, users=users, who=who, k=k)
                | {"judged": judged}
            )
            if name != main:
                at = len(names) + column
                differences.append(
                    {"slice": slice_name, "model": main, "against": name, "difference": _mean(against[:, column])}
                    | {"low": _number(low[at]), "high": _number(high[at]), "judged": judged}
                )
    gains = metrics.ndcg(ranked.ranks[main], ranked.who, count=len(ranked.users), k=k)
    return Evaluation(k, tuple(rows), tuple(differences), gains.astype(np.float32))


def _other_metrics(
    ranked: Ranked, name: str, pairs: npt.NDArray[np.bool_], *, users: Int64, who: Int64, k: int
) -> dict[str, float | None]:
    ranks, count = ranked.ranks[name][pairs], len(users)
    further = beyond.of_lists(
        ranked.lists[name][users], ranked.users[users], who, ranked.items[pairs], ranked.background
    )
    return {
        "recall": _mean(metrics.recall(ranks, who, count=count, k=k)),
        "precision": _mean(metrics.precision(ranks, who, count=count, k=k)),
        "map": _mean(metrics.average_precision(ranks, who, count=count, k=k)),
        "mrr": _mean(metrics.reciprocal_rank(ranks, who, count=count)),
        "hit_rate": _mean(metrics.hit_rate(ranks, who, count=count, k=k)),
        **{figure: None if value is None else _number(value) for figure, value in further.items()},
    }


def _mean(values: Floats) -> float | None:
    return _number(values.mean()) if len(values) else None


def _number(value: float | np.floating[Any]) -> float | None:
    """Rounded to six decimals, so that a report does not depend on the last bit of a sum; None for NaN."""
    return None if np.isnan(value) else round(float(value), 6)


def evaluate(
    models: Mapping[str, Fitted],
    questions: Questions,
    target: Target,
    *,
    main: str,
    k: int = 10,
    rng: np.random.Generator,
) -> Evaluation:
    """Rank and summarise: metrics of the models by slices with intervals, and paired differences."""
    return summarise(rank_questions(models, questions, target, k=k), main=main, k=k, rng=rng)
