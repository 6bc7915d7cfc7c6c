"""Canaries for leaks: does a model, or a column of the data, know what happened after the moment it is judged from?

A split by time keeps later events from whatever reads ``Questions.known`` alone. Two things can still leak: code that
gets hold of more than that, and columns of people or items, which have no times and may have been written afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.features import Features, Floats
from graph.recommend.split import Questions
from graph.recommend.target import SOURCE, Target, first_events
from graph.text import Int64, TextArray

# A column of people tells the future if it names what they took later for this share of pairs, and so much oftener than
# what they had before. A column of items does if it correlates so much with what was taken later beyond what was known.
_LEAST_SHARE = 0.2
_TIMES_OFTENER = 3.0
_LEAST_CORRELATION = 0.5
# With fewer items or pairs a correlation or a share says nothing.
_FEWEST = 30


def future_readers(
    make: Callable[[HeteroGraph], Mapping[str, Fitted]],
    graph: HeteroGraph,
    target: Target,
    cut: int,
    *,
    rng: np.random.Generator,
) -> list[str]:
    """Names of the models whose scores, asked with what was known before the cut, depend on what happened afterwards.

    The models are made twice: from the graph, and from one in which every dated event at the cut or later has another
    end. What was known before is the same, so that a model that uses nothing else gives the same scores, bit for bit.

    Args:
        make: Makes models from a whole graph, of which it should use ``graph.until(cut)`` alone.
        graph: With events before and after the cut.
        target: What the models recommend.
        cut: UTC seconds.
        rng: Draws the other ends.

    Returns:
        The names, in the order in which ``make`` gives them.
    """
    features, users = Features(graph.until(cut), target), np.arange(graph.count(SOURCE))
    first, second = make(graph), make(with_other_future(graph, cut, rng=rng))
    return [
        name
        for name, model in first.items()
        if not np.array_equal(model.scores(features, users), second[name].scores(features, users), equal_nan=True)
    ]


def with_other_future(graph: HeteroGraph, cut: int, *, rng: np.random.Generator) -> HeteroGraph:
    """The graph in which every dated event at the cut or later has another end, drawn by chance from all of its type.

    What was known before the cut is the same: both graphs have the same ``until(cut)``.
    """
    sets = {}
    for key, edges in graph.edge_sets.items():
        if edges.time is None:
            sets[key] = edges
            continue
        late = edges.time >= cut
        ends = edges.dst.copy()
        ends[late] = rng.integers(0, graph.count(key.target), int(late.sum()))
        sets[key] = replace(edges, dst=ends).canonical()
    return HeteroGraph.of(graph.nodes, sets, cut_off=graph.cut_off, schema=graph.schema, zone=graph.zone)


def telling_columns(questions: Questions, target: Target) -> list[str]:
    """Columns, as ``Product.units_sold``, that tell what happened after the moment of the questions.

    A text column of people tells it if its values are ids or texts of the items that people took afterwards (for a
    fifth of the pairs or more, and three times as often as of those that they had before). A numeric column of items
    tells it if it has a partial rank correlation of .5 or more with the number of people who took the item afterwards,
    given the number who had it before. Such columns were probably written after the questions' moment; a model that
    reads them looks better in the evaluation than it will be.

    Args:
        questions: Of the test period, say.
        target: What is recommended.

    Returns:
        The names in byte order; nothing where there are fewer than 30 pairs or items.
    """
    graph, found = questions.known, []
    if len(questions.users) >= _FEWEST:
        before = first_events(graph, target)
        for name, column in graph.nodes[SOURCE].columns.items():
            if isinstance(column, TextArray):
                later = _named(graph, target, column, questions.users, questions.items)
                earlier = _named(graph, target, column, before.users, before.items)
                if later >= max(_LEAST_SHARE, _TIMES_OFTENER * earlier):
                    found.append(f"{SOURCE}.{name}")
    return sorted([*found, *_telling_numbers(questions, target)], key=str.encode)


def _named(graph: HeteroGraph, target: Target, column: TextArray, users: Int64, items: Int64) -> float:
    """Share of the pairs in which the person's text is the id or a text of the item; 0 without pairs."""
    texts = np.array(column.to_list())[users]
    nodes = graph.nodes[target.node_type]
    same = texts == np.array(nodes.ids.texts.to_list())[items]
    for own in nodes.columns.values():
        if isinstance(own, TextArray):
            same |= texts == np.array(own.to_list())[items]
    return float((same & (texts != "")).mean()) if len(users) else 0.0


def _telling_numbers(questions: Questions, target: Target) -> list[str]:
    graph, width = questions.known, questions.known.count(target.node_type)
    before = np.bincount(first_events(graph, target).items, minlength=width).astype(np.float64)
    after = np.bincount(questions.items, minlength=width).astype(np.float64)
    found = []
    for name, column in graph.nodes[target.node_type].columns.items():
        if isinstance(column, TextArray) or column.dtype not in (np.float64, np.int64):
            continue
        known = ~np.isnan(column) if column.dtype == np.float64 else column != np.iinfo(np.int64).min
        if known.sum() >= _FEWEST:
            partial = _partial_correlation(column[known].astype(np.float64), after[known], before[known])
            if abs(partial) >= _LEAST_CORRELATION:
                found.append(f"{target.node_type}.{name}")
    return found


def _partial_correlation(one: Floats, other: Floats, given: Floats) -> float:
    """Rank correlation of two columns without what both have in common with a third, in [-1, 1]; 0 for constants."""
    ranks = [_ranks(column) - (len(column) + 1) / 2.0 for column in (one, other, given)]
    base = ranks[2]
    length = max(float(base @ base), 1e-12)
    rest = [r - base * (float(r @ base) / length) for r in ranks[:2]]
    size = float(np.sqrt((rest[0] @ rest[0]) * (rest[1] @ rest[1])))
    least = 1e-9 * len(one) ** 3
    return float(rest[0] @ rest[1]) / size if size > least else 0.0


def _ranks(values: Floats) -> Floats:
    """Ranks from 1 up, float64; equal values have the mean of theirs."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2.0)[place], np.float64)
