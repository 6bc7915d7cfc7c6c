"""Recommendations: ranked rows with reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from graph.notebook import html_table
from graph.recommend.evaluation.metrics import top
from graph.recommend.features import Floats, View
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import pandas as pd

    from graph.recommend.base import Fitted

COLUMNS = ("user_id", "item_type", "item_id", "rank", "score", "reason_code", "reason")


class Support(NamedTuple):
    """An edge of the graph that a reason rests on, by node numbers."""

    key: EdgeKey
    src: int
    dst: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is recommended.

    Attributes:
        code: ``visited``, ``friend``, ``together``, ``alike``, ``popular``, ``new-item`` or, for somebody of whom
            nothing is known, ``new-person``.
        text: One plain sentence.
        support: The edges that the sentence states.
    """

    code: str
    text: str
    support: tuple[Support, ...]


@dataclass(frozen=True, eq=False)
class Recommendations:
    """Ranked lists, one after the other in the order asked; r rows.

    Attributes:
        item_type: Node type of the items.
        users: int64 (r,), person numbers.
        items: int64 (r,), item numbers.
        rank: int64 (r,), from 1 for each person.
        score: float64 (r,), rounded to six decimals; comparable within one person only.
        reasons: One for each row.
        user_ids: External ids of the people, r of them.
        item_ids: External ids of the items, r of them.
    """

    item_type: str
    users: Int64
    items: Int64
    rank: Int64
    score: Floats
    reasons: tuple[Reason, ...]
    user_ids: tuple[str, ...]
    item_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.users)

    def __repr__(self) -> str:
        return f"<Recommendations: {len(self):,} rows of {self.item_type} for {len(set(self.user_ids)):,} people>"

    def _repr_html_(self) -> str:
        return html_table(repr(self)[1:-1], COLUMNS, self.rows())

    def rows(self) -> Iterator[tuple[str, str, str, int, float, str, str]]:
        """The rows as tuples in the order of ``COLUMNS``."""
        for i, reason in enumerate(self.reasons):
            yield (
                self.user_ids[i],
                self.item_type,
                self.item_ids[i],
                int(self.rank[i]),
                float(self.score[i]),
                reason.code,
                reason.text,
            )

    def to_frame(self) -> pd.DataFrame:
        """The rows as a frame with the columns ``COLUMNS``."""
        import pandas as pd

        return pd.DataFrame.from_records(list(self.rows()), columns=list(COLUMNS))


def rank_rows(
    model: Fitted, view: View, users: Int64, *, k: int, unnamed: frozenset[int] = frozenset()
) -> Recommendations:
    """The k best items of each person that the person does not own, with reasons that do not name ``unnamed``."""
    from graph.recommend.base import bar_owned, blocks
    from graph.recommend.explain import Explainer

    explainer = Explainer(view, model, unnamed)
    who: list[int] = []
    what: list[int] = []
    rank: list[int] = []
    score: list[float] = []
    reasons: list[Reason] = []
    for start, stop in blocks(len(users), view.n_items):
        part = users[start:stop]
        scores = bar_owned(model.scores(view, part), view, part)
        lists = [top(line, k, place=view.places) for line in scores]
        for user, line, best in zip(part.tolist(), scores, lists, strict=True):
            who += [user] * len(best)
            what += best.tolist()
            rank += range(1, len(best) + 1)
            score += np.round(line[best], 6).tolist()
        reasons += explainer.explain(part, lists)
    graph = view.graph
    names = graph.ids("Person").ids(who) if who else []
    items = graph.ids(view.target.node_type).ids(what) if what else []
    return Recommendations(
        view.target.node_type,
        np.array(who, np.int64),
        np.array(what, np.int64),
        np.array(rank, np.int64),
        np.array(score, np.float64),
        tuple(reasons),
        tuple(names),
        tuple(items),
    )
