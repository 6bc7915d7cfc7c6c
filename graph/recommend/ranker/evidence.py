"""How much of a candidate's score rests on what a kind of reason states: the score with and without those inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graph.recommend.base import Fitted
from graph.recommend.features import Floats
from graph.recommend.packed import Packed
from graph.recommend.pair_features import PairSchema
from graph.recommend.ranker.candidates import Candidates
from graph.recommend.ranker.scorer import Scorer
from graph.text import Int64

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Scored:
    """The candidates of some people, as a ranker has scored them.

    Attributes:
        users: int64 (u,), the people.
        candidates: Theirs, with the inputs that the ranker reads.
        names: What gave the scores among all inputs, in order: the voters, and their further scores.
    """

    users: Int64
    candidates: Candidates
    names: Sequence[str]

    def places(self, users: Int64, items: Int64, *, tie_order: Int64) -> tuple[Int64, Bools]:
        """The candidate that each pair of a person and an item is, int64 (p,), and whether it is one, bool (p,)."""
        rows, order = self.candidates.rows, np.argsort(self.users)
        at = np.minimum(np.searchsorted(self.users[order], users), max(len(order) - 1, 0))
        if not len(order):
            return np.zeros(len(users), np.int64), np.zeros(len(users), np.bool_)
        packed = Packed(rows * len(tie_order) + tie_order[self.candidates.items], len(tie_order))
        place, found = packed.find(order[at], tie_order[items])
        return place, found & (self.users[order[at]] == users)


def evidence_of(
    scored: Scored,
    users: Int64,
    items: Int64,
    *,
    voters: Mapping[str, Fitted],
    schema: PairSchema,
    columns: Int64,
    scorer: Scorer,
    tie_order: Int64,
) -> dict[str, Floats]:
    """By code of a reason, how much lower each pair would be scored if nothing of what it states were known.

    The inputs that are set to 0: for ``visited`` the pair features of the person's own events, for ``friend`` those of
    other people's events, and for any code what the voters say that look at nothing else.

    Args:
        scored: What the ranker has scored last.
        users: int64 (p,), a person for each pair.
        items: int64 (p,), an item for each pair.
        voters: Name to voter.
        schema: The pair features.
        columns: int64 (f,), which of all inputs the scorer reads.
        scorer: Orders the candidates.
        tie_order: int64 (n,), from ``Features.tie_order``.

    Returns:
        float64 (p,) for each code; nan for pairs that are no candidates.
    """
    place, found = scored.places(users, items, tie_order=tie_order)
    inputs = scored.candidates.inputs[place[found]]
    whole, result = scorer.scores(inputs), {}
    for code, flags in _inputs_of_codes(scored.names, voters, schema):
        without = inputs.copy()
        without[:, flags[columns]] = 0.0
        result[code] = np.full(len(users), np.nan)
        result[code][found] = whole - scorer.scores(without)
    return result


def _inputs_of_codes(
    names: Sequence[str], voters: Mapping[str, Fitted], schema: PairSchema
) -> Iterator[tuple[str, Bools]]:
    """Each code that has inputs of its own, and which of all inputs these are."""
    first, count = 2 * len(names), 2 * len(names) + schema.width + schema.item_width + 1
    source = np.arange(schema.width) % schema.sources
    for code, own in (("visited", source == 0), ("friend", source > 0), ("alike", np.zeros(schema.width, np.bool_))):
        flags = np.zeros(count, np.bool_)
        flags[first : first + schema.width] = own
        for place, name in enumerate(names):
            if name in voters and voters[name].reasons == {code}:
                flags[[place, len(names) + place]] = True
        yield code, flags
