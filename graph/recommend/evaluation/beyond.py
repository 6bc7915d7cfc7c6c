"""Beyond accuracy: how new, how varied, how much of the popular, and how like people's own mix, the shown lists are.

All figures are of the lists that models would show, and of what was known when they were made. A list without items, or
a person without history, takes no part in the mean that would need it; a figure of which nothing is left is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graph.columns import Nodes
from graph.hetero import HeteroGraph
from graph.recommend.target import SOURCE, Target, first_events
from graph.schema.market import ITEM_FACTS
from graph.text import Int64, TextArray

if TYPE_CHECKING:
    import scipy.sparse as sp

Floats = npt.NDArray[np.float64]
# Share of a person's own mix that is added to that of the list, so that a category that the list lacks has a finite
# divergence: the value of Steck (2018).
_SMOOTHING = 0.01
_BLOCK = 256


@dataclass(frozen=True, eq=False)
class Background:
    """What was known of items and people before; n items, P people.

    Attributes:
        had: Who had which item, 0 or 1, float64 (n, P): the pairs that the target counts.
        holders: float64 (n,), number of people who had the item.
        people: Number of people who had any item, at least 1.
        categories: int64 (n,), number of each item's category, -1 where unknown; None where items have no category.
    """

    had: sp.csr_array
    holders: Floats
    people: int
    categories: Int64 | None

    @staticmethod
    def of(graph: HeteroGraph, target: Target) -> Background:
        """The background of a graph."""
        import scipy.sparse as sp

        shape = graph.count(target.node_type), graph.count(SOURCE)
        events = first_events(graph, target)
        pairs = np.unique(events.items * shape[1] + events.users)
        had = sp.csr_array((np.ones(len(pairs)), (pairs // shape[1], pairs % shape[1])), shape=shape)
        people = max(len(np.unique(events.users)), 1)
        holders = np.bincount(events.items[_first_of_pairs(events.users, events.items)], minlength=shape[0])
        return Background(had, holders.astype(np.float64), people, categories_of(graph, target.node_type))

    @property
    def quantiles(self) -> Floats:
        """Popularity of each item as a quantile, float64 (n,) in (0, 1): share of items that fewer people had.

        Items that equally many people had count half; so the mean over all items is one half.
        """
        ordered = np.sort(self.holders)
        sides = (np.searchsorted(ordered, self.holders, side=side) for side in ("left", "right"))
        return np.asarray(sum(sides) / (2.0 * max(len(ordered), 1)), np.float64)


def _first_of_pairs(users: Int64, items: Int64) -> npt.NDArray[np.bool_]:
    """Which rows are the first of their (user, item), of rows sorted by both."""
    new = np.ones(len(users), np.bool_)
    new[1:] = (users[1:] != users[:-1]) | (items[1:] != items[:-1])
    return new


def categories_of(graph: HeteroGraph, node_type: str) -> Int64 | None:
    """Category of each item, int64 (n,): its number in byte order of the texts, -1 where it is unknown.

    The column is the first of those that exports show as the category (``ITEM_FACTS``) and that has two values or more.
    None where there is none.
    """
    nodes = graph.nodes.get(node_type, Nodes(graph.ids(SOURCE), {}))
    for name in ITEM_FACTS["category"]:
        column = nodes.columns.get(name)
        if isinstance(column, TextArray):
            texts = column.to_list()
            values = sorted(set(texts) - {""}, key=str.encode)
            if len(values) > 1:
                place = {text: number for number, text in enumerate(values)}
                return np.array([place.get(text, -1) for text in texts], np.int64)
    return None


def coverage(lists: Int64, n_items: int) -> float | None:
    """Share of all items that stand on any list (catalogue coverage, Ge, Delgado-Battenfeld and Jannach 2010).

    Args:
        lists: int64 (u, k), -1 where a list is shorter; None without any list.
        n_items: Number of items; None without any.
    """
    return len(np.unique(lists[lists >= 0])) / n_items if n_items and len(lists) else None


def novelty(lists: Int64, background: Background) -> float | None:
    """Mean self-information of what is shown, in bits, >= 0 (Zhou et al. 2010; Vargas and Castells 2011).

    An item that m of P people had tells -log2(m / P); one that nobody had counts as if one person had it. The mean over
    each list, then over people.
    """
    share = np.maximum(background.holders, 1.0) / background.people
    return _mean_of_lists(lists, -np.log2(np.minimum(share, 1.0)))


def diversity(lists: Int64, background: Background) -> float | None:
    """Mean distance of two items of a list, in [0, 1] (intra-list diversity, Ziegler et al. 2005).

    The distance is 1 minus the cosine of who had them, which needs no attribute of items: 0 for two items with the same
    people, 1 for two that nobody had both of, or that nobody had at all. The mean over the pairs of a list, then over
    people with two items or more.
    """
    import scipy.sparse as sp

    count = (lists >= 0).sum(axis=1)
    kept = np.sort(lists[count > 1], axis=1)
    if not len(kept):
        return None
    kept, times = np.unique(kept, axis=0, return_counts=True)
    norm = np.sqrt(np.maximum(background.holders, 1.0))
    scaled = sp.csr_array(background.had.multiply(1.0 / norm[:, None]))
    similar = np.empty(len(kept))
    for start in range(0, len(kept), _BLOCK):
        part = kept[start : start + _BLOCK]
        row, column = np.nonzero(part >= 0)
        items = part[row, column]
        chosen = sp.csr_array((np.ones(len(row)), (row, items)), shape=(len(part), len(norm)))
        # The squared length of a sum of unit vectors is their number plus twice the sum of their cosines.
        summed = chosen @ scaled
        length = np.bincount(np.repeat(np.arange(len(part)), np.diff(summed.indptr)), summed.data**2, len(part))
        alone = np.bincount(row, (background.holders[items] > 0).astype(np.float64), len(part))
        pairs = np.bincount(row, minlength=len(part))
        similar[start : start + len(part)] = (length - alone) / (pairs * (pairs - 1.0))
    return float(np.clip(1.0 - (similar * times).sum() / times.sum(), 0.0, 1.0))


def gini(lists: Int64, n_items: int) -> float | None:
    """How unequally items are shown, in [0, 1 - 1/n] (Gini coefficient of exposure; Fleder and Hosanagar 2009).

    0 where all items are shown equally often, 1 - 1/n where only one is shown. None where nothing is shown.
    """
    shown = np.sort(np.bincount(lists[lists >= 0], minlength=n_items)).astype(np.float64)
    if not shown.sum():
        return None
    place = np.arange(1, n_items + 1)
    return float(((2.0 * place - n_items - 1.0) * shown).sum() / (n_items * shown.sum()))


def shown_popularity(lists: Int64, background: Background) -> float | None:
    """Mean popularity of what is shown, as a quantile in (0, 1), over each list and then over people.

    To be compared with ``taken_popularity`` (Abdollahpouri et al. 2019): above it, the model shows more of the popular
    than people take.
    """
    return _mean_of_lists(lists, background.quantiles)


def taken_popularity(who: Int64, items: Int64, background: Background) -> float | None:
    """Mean popularity of what people took afterwards, as a quantile in (0, 1), over each person and then over people.

    Args:
        who: int64 (p,), person of each pair, 0..u-1.
        items: int64 (p,).
        background: What was known before.
    """
    if not len(who):
        return None
    count = np.bincount(who)
    total = np.bincount(who, background.quantiles[items])
    return float((total[count > 0] / count[count > 0]).mean())


def miscalibration(lists: Int64, users: Int64, background: Background) -> float | None:
    """Mean divergence of the categories of a list from those of the person's history, >= 0, in nats (Steck 2018).

    The Kullback-Leibler divergence sum p ln(p / q), where p are the shares of categories among the items that the
    person had, and q those of the list, of which one hundredth is p, so that it is at most ln 100. Items without a
    category are left out; people without such a history, and empty lists, take no part. 0 is a list with the very mix.

    Args:
        lists: int64 (u, k), -1 where a list is shorter.
        users: int64 (u,), numbers of the people in the graph.
        background: None is returned where its items have no categories.
    """
    if background.categories is None:
        return None
    width = int(background.categories.max(initial=-1)) + 1
    known = background.categories >= 0
    row, column = np.nonzero(lists >= 0)
    own = background.had[:, users].tocoo()
    past = _shares(own.col, background.categories[own.row], len(users), width)
    listed = _shares(row, background.categories[lists[row, column]], len(users), width)
    both = known.any() and past.any(axis=1) & listed.any(axis=1)
    if not np.any(both):
        return None
    p = past[both]
    q = (1.0 - _SMOOTHING) * listed[both] + _SMOOTHING * p
    terms = np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0) / np.where(p > 0, q, 1.0)), 0.0)
    return float(np.maximum(terms.sum(axis=1), 0.0).mean())


def _shares(row: Int64, category: Int64, people: int, width: int) -> Floats:
    """Shares of the categories of each person, float64 (people, width); a row of zeros without any."""
    good = category >= 0
    counts = np.bincount(row[good] * width + category[good], minlength=people * width).reshape(people, width)
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), np.float64)


def _mean_of_lists(lists: Int64, values: Floats) -> float | None:
    """Mean over people of the mean value of the items of a list."""
    shown = lists >= 0
    count = shown.sum(axis=1)
    if not count.any():
        return None
    total = np.where(shown, values[np.maximum(lists, 0)], 0.0).sum(axis=1)
    return float((total[count > 0] / count[count > 0]).mean())


def of_lists(
    lists: Int64, users: Int64, who: Int64, items: Int64, background: Background
) -> Mapping[str, float | None]:
    """All figures of this module for the lists of some people, by name.

    Args:
        lists: int64 (u, k), -1 where a list is shorter.
        users: int64 (u,), numbers of the people in the graph.
        who: int64 (p,), position in ``users`` of each pair that came true.
        items: int64 (p,).
        background: What was known when the lists were made.
    """
    n_items = len(background.holders)
    return {
        "coverage": coverage(lists, n_items),
        "novelty": novelty(lists, background),
        "diversity": diversity(lists, background),
        "gini": gini(lists, n_items),
        "shown_popularity": shown_popularity(lists, background),
        "taken_popularity": taken_popularity(who, items, background),
        "miscalibration": miscalibration(lists, users, background),
    }
