"""Candidates: the items that any voter ranks highly for a person, with everything that the ranker reads of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graph.recommend.base import Fitted
from graph.recommend.features import Features
from graph.recommend.pair_features import Float32, PairSchema, item_features, pair_features
from graph.recommend.proposals import Proposals
from graph.recommend.row_scores import RowScores
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
    blocks: Mapping[str, RowScores], voters: Mapping[str, Fitted], features: Features, users: Int64
) -> dict[str, RowScores]:
    """Scores of the voters, in their order, and then the further scores that some of them have."""
    result = {name: blocks[name] for name in voters}
    for name, voter in voters.items():
        result.update({f"{name} {what}": said for what, said in voter.further_scores(features, users).items()})
    return result


def make_candidates(
    blocks: Mapping[str, RowScores],
    features: Features,
    users: Int64,
    level: Int64,
    *,
    schema: PairSchema,
    columns: Int64 | None = None,
) -> Candidates:
    """The candidates of these people: the first ``PER_VOTER`` items of each voter that the person may be offered.

    A voter names only items about which it says something. A person's candidates and their inputs do not
    depend on the other people.

    Args:
        blocks: Voter name to scores, from ``with_further_scores``.
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
    barred, ties = features.barred(users), features.tie_order
    tops = [block.best(min(PER_VOTER, n), barred, tie_order=ties) for block in blocks.values()]
    found = Proposals.of_lists(tops, tie_order=ties)
    rows, items = found.rows, found.items
    inputs = np.zeros((len(rows), len(wanted)), np.float32)
    for voter, (block, best) in enumerate(zip(blocks.values(), tops, strict=True)):
        if place[voter] >= 0:
            inputs[:, place[voter]] = block.standardised_at(rows, items)
        if place[voters + voter] >= 0:
            inputs[:, place[voters + voter]] = 1.0 / found.ranks(best, _ABSENT_RANK)
    first = 2 * voters
    entries = pair_features(features, users, schema)
    column = place[first + entries.feature]
    read = np.flatnonzero(column >= 0)
    at, is_proposed = found.packed.find(entries.row[read], ties[entries.item[read]])
    kept = read[is_proposed]
    inputs[at[is_proposed], column[kept]] = entries.value[kept]
    first += schema.width
    alone = place[first : first + schema.item_width]
    inputs[:, alone[alone >= 0]] = item_features(features, schema)[:, alone >= 0][items]
    if place[-1] >= 0:
        inputs[:, place[-1]] = level[rows]
    return Candidates(found.offsets, items, inputs)
