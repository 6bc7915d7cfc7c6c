"""Candidates: the items that any voter ranks highly for a person, with everything that the ranker reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.recommend.base import Fitted
from graph.recommend.dense_rows import top_of_rows
from graph.recommend.features import Features, Floats
from graph.recommend.fusion import standardised
from graph.recommend.packed import Packed
from graph.recommend.pair_features import Float32, PairSchema, item_features, pair_features
from graph.recommend.scoring import mask_excluded
from graph.text import Int64

# What no voter ranks among its first 50 is hardly ever among the first ten of the ranker.
PER_VOTER = 50
# A voter that does not rank the candidate among its first 50 counts as if it were at this rank.
_ABSENT_RANK = 100.0


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidates of u people, person by person, each person's in the order of ``Features.tie_order``; c in all.

    Attributes:
        offsets: int64 (u + 1,), where each person's candidates start.
        items: int64 (c,).
        inputs: float32 (c, f). In this order: the standardised score by each voter, the inverse rank by each voter, the
            pair features, the features of the item alone, and the level of history of the person.
    """

    offsets: Int64
    items: Int64
    inputs: Float32

    @property
    def rows(self) -> Int64:
        """Position of the person of each candidate, int64 (c,)."""
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))


def with_further_scores(
    blocks: Mapping[str, Floats], voters: Mapping[str, Fitted], features: Features, users: Int64
) -> dict[str, Floats]:
    """Scores of the voters, in their order, and then the further scores that some of them have."""
    result = {name: blocks[name] for name in voters}
    for voter in voters.values():
        result.update(voter.further_scores(features, users))
    return result


def make_candidates(
    blocks: Mapping[str, Floats],
    features: Features,
    users: Int64,
    level: Int64,
    *,
    schema: PairSchema,
    columns: Int64 | None = None,
) -> Candidates:
    """The candidates of these people: the first ``PER_VOTER`` items of each voter that the person may be offered.

    A person's candidates and their inputs do not depend on the other people.

    Args:
        blocks: Voter name to scores (u, n), from ``with_further_scores``.
        features: The graph that the scores were made from.
        users: int64 (u,), numbers of people.
        level: int64 (u,), from ``features.user_history``.
        schema: The pair features.
        columns: int64 (f,), which inputs to make, ascending; all of them where absent.
    """
    n, voters = features.n_items, len(blocks)
    count = 2 * voters + schema.width + schema.item_width + 1
    wanted = np.arange(count) if columns is None else columns
    place = np.full(count, -1, np.int64)
    place[wanted] = np.arange(len(wanted))
    tops = [
        top_of_rows(mask_excluded(scores, features, users), min(PER_VOTER, n), tie_order=features.tie_order)
        for scores in blocks.values()
    ]
    packed = _distinct(tops, features, n)
    rows, items = packed // n, items_in_tie_order(features)[packed % n]
    offsets = np.searchsorted(rows, np.arange(len(users) + 1))
    inputs = np.zeros((len(rows), len(wanted)), np.float32)
    for voter, (scores, best) in enumerate(zip(blocks.values(), tops, strict=True)):
        if place[voter] >= 0:
            inputs[:, place[voter]] = standardised(scores)[rows, items]
        if place[voters + voter] >= 0:
            inputs[:, place[voters + voter]] = 1.0 / _ranks(best, packed, features)
    first = 2 * voters
    entries = pair_features(features, users, schema)
    column = place[first + entries.feature]
    at, found = Packed(packed, n).find(entries.row, features.tie_order[entries.item])
    kept = found & (column >= 0)
    inputs[at[kept], column[kept]] = entries.value[kept]
    first += schema.width
    alone = place[first : first + schema.item_width]
    inputs[:, alone[alone >= 0]] = item_features(features, schema)[:, alone >= 0][items]
    if place[-1] >= 0:
        inputs[:, place[-1]] = level[rows]
    return Candidates(offsets, items, inputs)


def items_in_tie_order(features: Features) -> Int64:
    """The items in the order of ``Features.tie_order``, int64 (n,)."""
    return np.argsort(features.tie_order)


def _distinct(tops: list[Int64], features: Features, n: int) -> Int64:
    """All candidates as ``row * n + tie order of the item``, ascending and without repeats."""
    stacked = np.hstack(tops)
    rows = np.repeat(np.arange(len(stacked)), stacked.shape[1])
    flat = stacked.ravel()
    real = flat >= 0
    return np.unique(rows[real] * n + features.tie_order[flat[real]])


def _ranks(best: Int64, packed: Int64, features: Features) -> Floats:
    """Rank of every candidate by one voter, from 1; ``_ABSENT_RANK`` where it is not among its first."""
    result = np.full(len(packed), _ABSENT_RANK)
    rows, ranks = np.nonzero(best >= 0)
    at, found = Packed(packed, features.n_items).find(rows, features.tie_order[best[rows, ranks]])
    result[at[found]] = ranks[found] + 1.0
    return result
