"""Rules on pairs of a person and an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from graph.errors import ConfigError
from graph.hetero import HeteroGraph
from graph.recommend.packed import expand
from graph.recommend.rules.attributes import Bools, attribute_of
from graph.recommend.rules.exposures import exposed_pairs
from graph.recommend.rules.rules import Rules
from graph.recommend.target import SOURCE, Target
from graph.schema import Schema
from graph.text import Int64


class Struck(NamedTuple):
    """How many pairs a rule refused that no rule before it had refused, and how many of them for want of a value."""

    refused: int
    unknown: int


class PairRule(Protocol):
    """A rule on pairs.

    Attributes:
        rule: Its name.
    """

    @property
    def rule(self) -> str:
        """Its name."""

    def strike(self, open_pairs: Bools, users: Int64) -> Struck:
        """Clear what it refuses in ``open_pairs``, bool (u, n), in place; the rows are those of ``users``."""


@dataclass(frozen=True, eq=False)
class ListedPairs:
    """Refuses certain pairs.

    Attributes:
        rule: Its name.
        start: int64 (p + 1,), where the pairs of each person start in ``items``.
        items: int64 (m,), the items, person by person, none twice for one person.
    """

    rule: str
    start: Int64
    items: Int64

    @staticmethod
    def of(rule: str, people: int, src: Int64, dst: Int64) -> ListedPairs:
        """The rule that refuses these pairs, in any order and with repeats, among that many people."""
        pairs = np.unique(np.stack([src, dst]), axis=1) if len(src) else np.zeros((2, 0), np.int64)
        return ListedPairs(rule, np.searchsorted(pairs[0], np.arange(people + 1)), pairs[1])

    def strike(self, open_pairs: Bools, users: Int64) -> Struck:
        """See ``PairRule``."""
        which, at = expand(self.start[users], self.start[users + 1])
        items = self.items[at]
        refused = int(np.count_nonzero(open_pairs[which, items]))
        open_pairs[which, items] = False
        return Struck(refused, 0)


@dataclass(frozen=True, eq=False)
class OtherRegion:
    """Refuses items that are not of the person's region.

    Attributes:
        rule: Its name.
        sold: bool (r, n), which items may be offered to people of each region.
        region: int64 (p,), row of each person in ``sold``.
        nowhere: Row of people whose region is unknown, -1 where there is none, or where the unknown is allowed.
        unknown_items: Items without a region, bool (n,); none where the unknown is allowed.
    """

    rule: str
    sold: Bools
    region: Int64
    nowhere: int
    unknown_items: Bools

    def strike(self, open_pairs: Bools, users: Int64) -> Struck:
        """See ``PairRule``."""
        rows, refused, unknown = self.region[users], 0, 0
        for region in np.unique(rows):
            here = np.flatnonzero(rows == region)
            block = open_pairs[here]
            gone = block & ~self.sold[region]
            refused += int(np.count_nonzero(gone))
            unknown += int(np.count_nonzero(gone if region == self.nowhere else gone & self.unknown_items))
            open_pairs[here] = block & self.sold[region]
        return Struck(refused, unknown)


def pair_rules(rules: Rules, graph: HeteroGraph, schema: Schema, target: Target) -> list[PairRule]:
    """The rules on pairs, in the order in which they are counted.

    Raises:
        ConfigError: a rule names a column or needs a relation that there is not.
        PrerequisiteError: nobody, or nothing, has a region.
    """
    found: list[PairRule] = []
    if rules.same_region is not None:
        found.append(_other_region(rules, graph, schema, target.node_type))
    people = graph.count(SOURCE)
    if rules.already_bought == "exclude":
        had = [graph.events(key) for key in graph.keys(source=SOURCE, target=target.node_type)
               if graph.meaning(key).role == "acquire" and not graph.meaning(key).undoes]  # fmt: skip
        src, dst = (np.concatenate([np.zeros(0, np.int64), *(getattr(e, end) for e in had)]) for end in ("src", "dst"))
        found.append(ListedPairs.of("pairs.already_bought", people, src, dst))
    if rules.max_exposures is not None:
        src, dst = exposed_pairs(graph, schema, target.node_type, rules.max_exposures)
        found.append(ListedPairs.of("pairs.max_exposures", people, src, dst))
    return found


def _other_region(rules: Rules, graph: HeteroGraph, schema: Schema, node_type: str) -> OtherRegion:
    assert rules.same_region is not None
    rule, refuse = "pairs.same_region", rules.unknown == "refuse"
    homes = attribute_of(graph, schema, SOURCE, rules.same_region.person, rule)
    items = attribute_of(graph, schema, node_type, rules.same_region.item, rule)
    for found in (homes, items):
        if found.kind != "text":
            raise ConfigError(f"{rule}: {found.name} holds a {found.kind}", hint="name a column of texts")
    offered: dict[str, Bools] = {}
    for item, some in enumerate(items.sets):
        for text in some:
            offered.setdefault(text, np.zeros(len(items.known), np.bool_))[item] = True
    row: dict[tuple[str, ...], int] = {}
    region = [row.setdefault(some, len(row)) for some in homes.sets]
    sold = np.zeros((len(row), len(items.known)), np.bool_)
    for some, place in row.items():
        for text in some:
            if text in offered:
                sold[place] |= offered[text]
    nowhere = row.get((), -1)
    if not refuse:
        sold[:, ~items.known] = True
        sold[[nowhere] if nowhere >= 0 else []] = True
    unknown = ~items.known if refuse else np.zeros(len(items.known), np.bool_)
    return OtherRegion(rule, sold, np.array(region, np.int64), nowhere if refuse else -1, unknown)
