"""How good link predictors are: the rank of each new tie among all people, and its mean over ties with intervals.

Everybody is a candidate but the person, those tied already, and the person's other new ties of the same window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.recommend.evaluation.metrics import interval
from graph.recommend.links.features import Floats, LinkFeatures
from graph.recommend.links.rivals import Scorer
from graph.recommend.ranking import ranks_of
from graph.recommend.scoring import user_blocks
from graph.recommend.split import Questions
from graph.text import Int64

HITS = 10


@dataclass(frozen=True, eq=False)
class TieRanks:
    """Ranks that each predictor gives to the new ties; p ties of u people.

    Attributes:
        who: int64 (p,), 0..u-1, whose tie it is.
        candidates: int64 (p,), number of candidates of each tie, itself included.
        ranks: Name of the predictor to 1-based ranks, int64 (p,).
    """

    who: Int64
    candidates: Int64
    ranks: Mapping[str, Int64]

    def by_person(self, values: Floats) -> Floats:
        """Values of ties (p, m) as values of people (u, m) whose mean is the mean over ties.

        A person counts by their number of ties: the values are those of the linearised ratio of two sums, so that the
        bootstrap over people gives the interval of a mean over ties.
        """
        ties = np.bincount(self.who)
        sums = np.stack([np.bincount(self.who, column) for column in values.T], axis=1)
        mean: Floats = values.mean(axis=0)
        return mean + (sums - mean * ties[:, None]) * (len(ties) / len(self.who))


def rank_ties(scorers: Mapping[str, Scorer], features: LinkFeatures, questions: Questions) -> TieRanks:
    """Rank everybody for each person of the questions, in blocks of people.

    Args:
        scorers: Predictors by name; each returns float64 (u, P) for a block.
        features: Made from ``questions.known``.
        questions: New ties, sorted by (user, item).
    """
    users, who = np.unique(questions.users, return_inverse=True)
    held = np.bincount(who, minlength=len(users))
    ranks = {name: np.zeros(len(who), np.int64) for name in scorers}
    candidates = np.zeros(len(who), np.int64)
    for start, stop in user_blocks(len(users), len(features)):
        here = np.flatnonzero((who >= start) & (who < stop))
        rows, block = who[here] - start, features.block(users[start:stop])
        barred = features.excluded(block.users)
        open_to = len(features) - np.bincount(barred[0], minlength=len(block.users))
        candidates[here] = (open_to - held[start:stop] + 1)[rows]
        for name, scorer in scorers.items():
            scores = scorer(block)
            scores[barred] = -np.inf
            found = ranks_of(scores, rows, questions.items[here], tie_order=features.order)
            ranks[name][here] = found - _better(found, rows)
    return TieRanks(who, candidates, ranks)


def _better(ranks: Int64, rows: Int64) -> Int64:
    """Number of the same row's other entries with a lower rank, int64 (p,)."""
    order = np.lexsort((ranks, rows))
    ordered = rows[order]
    result = np.empty(len(ranks), np.int64)
    result[order] = np.arange(len(ranks)) - np.searchsorted(ordered, ordered, side="left")
    return result


@dataclass(frozen=True, slots=True)
class LinkReport:
    """How well predictors rank the new ties of one window.

    Attributes:
        main: The predictor that the others are compared with.
        ties, people: How many new ties, and of how many people.
        rows: One for each predictor: model, mrr with mrr_low and mrr_high (95 %, over people), hits (share of ties with
            rank 10 or better), auc (chance that a new tie is ranked above a candidate drawn at random).
        differences: One for each other predictor: model, against, and the difference in mrr and in auc, each with
            _low and _high (95 %, paired over people).
    """

    main: str
    ties: int
    people: int
    rows: tuple[dict[str, Any], ...]
    differences: tuple[dict[str, Any], ...]

    def row(self, model: str) -> dict[str, Any]:
        """The row of that predictor."""
        return next(r for r in self.rows if r["model"] == model)

    def difference(self, against: str) -> dict[str, Any]:
        """The paired difference of the main predictor with that one."""
        return next(d for d in self.differences if d["against"] == against)

    def beats(self, other: str) -> bool:
        """Whether the main predictor is better than that one beyond chance.

        By MRR; or by AUC, which looks at the whole order, where MRR cannot tell.
        """
        gap = self.difference(other)
        return bool(gap["mrr_low"] > 0 or (gap["mrr_high"] > 0 and gap["auc_low"] > 0))


def report_of(ranked: TieRanks, *, main: str, rng: np.random.Generator) -> LinkReport:
    """Metrics and paired differences.

    Args:
        ranked: From ``rank_ties``.
        main: Predictor that the others are compared with.
        rng: Draws the bootstrap resamples.
    """
    names = list(ranked.ranks)
    gains = np.stack([1.0 / ranked.ranks[name] for name in names], axis=1)
    aucs = np.stack([_auc(ranked.ranks[name], ranked.candidates) for name in names], axis=1)
    at = names.index(main)
    gaps, auc_gaps = gains[:, [at]] - gains, aucs[:, [at]] - aucs
    bounds = interval(ranked.by_person(np.hstack([gains, gaps, auc_gaps])), rng)
    low, high = (np.split(bound, 3) for bound in bounds)
    rows, differences = [], []
    for column, name in enumerate(names):
        rows.append(
            {"model": name, "mrr": _number(gains[:, column].mean()), "mrr_low": _number(low[0][column])}
            | {"mrr_high": _number(high[0][column]), "hits": _number(np.mean(ranked.ranks[name] <= HITS))}
            | {"auc": _number(aucs[:, column].mean())}
        )
        if name != main:
            differences.append(
                {"model": main, "against": name, "mrr": _number(gaps[:, column].mean())}
                | {"mrr_low": _number(low[1][column]), "mrr_high": _number(high[1][column])}
                | {"auc": _number(auc_gaps[:, column].mean())}
                | {"auc_low": _number(low[2][column]), "auc_high": _number(high[2][column])}
            )
    return LinkReport(main, len(ranked.who), int(ranked.who.max()) + 1, tuple(rows), tuple(differences))


def _auc(ranks: Int64, candidates: Int64) -> Floats:
    """Share of the other candidates that are ranked below each tie, float64 (p,); 0 where there is no other."""
    return np.asarray((candidates - ranks) / np.maximum(candidates - 1, 1), np.float64)


def _number(value: float | np.floating[Any]) -> float:
    """Rounded to six decimals, so that a report does not depend on the last bit of a sum."""
    return round(float(value), 6)
