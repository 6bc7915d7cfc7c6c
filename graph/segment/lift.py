"""Traits of segments: which tags, cities, brands, items and KOLs are over-represented, as lift.

An aspect is one way to describe people (tag, city, brand, ...); its values are what people can have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from graph.commonness import shared_by_most
from graph.hetero import HeteroGraph
from graph.schema import PERSON
from graph.segment.adjacency import Block
from graph.segment.card_values import Trait
from graph.text import Int64, TextArray

_TAG_SEPARATOR = "|"
_COMMON_LIFT = 1.2
_ITEM_COLUMNS = ("category", "brand", "energy_type", "body", "price_band")


@dataclass(frozen=True, slots=True, eq=False)
class Aspect:
    """The distinct (person, value) pairs of one aspect.

    Attributes:
        name: See ``Trait.aspect``.
        keys: The values, or ids of nodes, in ascending order.
        labels: Text to show for each key.
        person: int64 (p,).
        value: int64 (p,), position in ``keys``.
    """

    name: str
    keys: Sequence[str]
    labels: Sequence[str]
    person: Int64
    value: Int64


def aspects(graph: HeteroGraph, blocks: Sequence[Block]) -> Iterator[Aspect]:
    """Iterate over the aspects that the graph has data for, in the order in which cards show them."""
    yield from _person_aspects(graph)
    items = [b for b in blocks if b.other_type != PERSON]
    for column in _ITEM_COLUMNS:
        aspect = _item_column(graph, items, column)
        if len(aspect.keys):
            yield aspect
    for node_type in sorted({b.other_type for b in items}):
        yield _nodes(graph, [b for b in items if b.other_type == node_type], node_type.lower())
    kol = graph.role("KOL")
    ties = [b.take(kol[b.other]) for b in blocks if b.other_type == PERSON]
    if any(len(b) for b in ties):
        yield _nodes(graph, ties, "kol")


def lifts(aspect: Aspect, labels: Int64, *, count: int, support: int, mass: float, most: int) -> list[list[Trait]]:
    """Traits of each segment, strongest first; equal lifts in order of key.

    With n_s members, of whom n_si have value i, and a share p_i of all assigned people who have it, the lift is
    ``((n_si + m p_i) / (n_s + m)) / p_i`` with m = ``mass``.

    Args:
        aspect: Distinct pairs.
        labels: int64 (n,), segment of each person; unassigned people (-1) are ignored.
        count: Number of segments K.
        support: Smallest number of members who have the value.
        mass: Shrinkage: this many average people are added to each segment.
        most: Maximum number of traits per segment. Only lifts above 1 are listed, and for values that most people have
            only lifts above 1.2.
    """
    sizes = np.bincount(labels[labels >= 0], minlength=count).astype(np.float64)
    assigned = labels[aspect.person] >= 0
    width = max(len(aspect.keys), 1)
    cells = labels[aspect.person[assigned]] * width + aspect.value[assigned]
    have = np.bincount(cells, minlength=count * width).reshape(count, width)
    of = have.sum(axis=0)
    overall = of / max(float(sizes.sum()), 1.0)
    known = np.where(overall > 0, overall, 1.0)
    lift = (have + mass * overall) / (sizes + mass)[:, None] / known
    distinctive = lift > np.where(shared_by_most(of, sizes.sum()), _COMMON_LIFT, 1.0)
    result = []
    for segment in range(count):
        fit = np.flatnonzero((have[segment] >= support) & distinctive[segment])
        fit = fit[np.argsort(-lift[segment, fit], kind="stable")][:most]
        result.append(
            [
                Trait(aspect.name, aspect.keys[i], aspect.labels[i], float(lift[segment, i]),
                      int(have[segment, i]), int(of[i]))
                for i in fit.tolist()
            ]
        )  # fmt: skip
    return result


def _person_aspects(graph: HeteroGraph) -> Iterator[Aspect]:
    columns = graph.nodes[PERSON].columns
    for column, name, separator in (("tags", "tag", _TAG_SEPARATOR), ("city", "city", None)):
        texts = columns.get(column)
        if isinstance(texts, TextArray):
            split = [t.split(separator) if separator else [t] for t in texts.to_list()]
            values = [{v.strip() for v in part} - {""} for part in split]
            keys = sorted(set().union(*values))
            code = {key: i for i, key in enumerate(keys)}
            pairs = [(i, code[v]) for i, part in enumerate(values) for v in sorted(part)]
            table = np.asarray(pairs, np.int64).reshape(-1, 2)
            yield Aspect(name, keys, keys, table[:, 0], table[:, 1])


def _item_column(graph: HeteroGraph, items: Sequence[Block], column: str) -> Aspect:
    """The values of a text column of the items that people have pairs with; equal values of all node types are one."""
    texts = {
        t: c.to_list()
        for t in sorted({b.other_type for b in items})
        if isinstance(c := graph.nodes[t].columns.get(column), TextArray)
    }
    keys = sorted(set().union(*texts.values()) - {""})
    code = {key: i for i, key in enumerate(keys)} | {"": -1}
    person, value = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for block in items:
        if block.other_type in texts:
            of_item = np.asarray([code[v] for v in texts[block.other_type]], np.int64)
            person.append(block.person)
            value.append(of_item[block.other])
    pairs = _distinct(np.concatenate(person), np.concatenate(value), len(keys))
    return Aspect(column, keys, keys, *pairs)


def _nodes(graph: HeteroGraph, blocks: Sequence[Block], name: str) -> Aspect:
    nodes = graph.nodes[blocks[0].other_type]
    ids = nodes.ids.texts.to_list()
    names = nodes.columns.get("name")
    labels = [n or i for n, i in zip(names.to_list(), ids, strict=True)] if isinstance(names, TextArray) else ids
    person = np.concatenate([b.person for b in blocks])
    other = np.concatenate([b.other for b in blocks])
    return Aspect(name, ids, labels, *_distinct(person, other, len(ids)))


def _distinct(person: Int64, value: Int64, width: int) -> tuple[Int64, Int64]:
    keys = np.unique((person * max(width, 1) + value)[value >= 0])
    return keys // max(width, 1), keys % max(width, 1)
