"""Recommendations as values: ranked rows, each with a reason and the edges that the reason states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from graph.notebook import html_table
from graph.schema import EdgeKey
from graph.text import Int64

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("user_id", "item_type", "item_id", "rank", "score", "reason_code", "reason")


class Support(NamedTuple):
    """An edge of the graph that a reason states, by node numbers."""

    key: EdgeKey
    src: int
    dst: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is recommended.

    Attributes:
        code: ``visited`` (the person looked at it before), ``friend`` (a friend has it), ``together`` (people with the
            same things have it), ``alike`` (it shares an attribute with an own thing), ``popular``, ``new-item``
            (nobody has it yet) or ``new-person`` (nothing is known about the person).
        text: One sentence.
        support: The edges that the sentence states, or, where very many people are counted, examples of them. Of
            ``visited``, ``friend`` and ``alike`` all edges between the ends, also those of other types.
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
    score: npt.NDArray[np.float64]
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
