"""Rules on a list: at most so many items of a value (quota), and unlike neighbours (diversity).

A list is made from its first place on. Each place gets the best candidate that is left whose quotas are not used up and
whose values differ from those of the places just before. A list ends where no candidate fits.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graph.hetero import HeteroGraph
from graph.recommend.rules.attributes import attribute_of
from graph.recommend.rules.rules import Rules
from graph.schema import Schema
from graph.text import Int64


class ListRule(NamedTuple):
    """A quota or a diversity.

    Attributes:
        rule: Its name, ``list.quota.category``.
        codes: int64 (n,), a number for each different value; all unknown values count as one.
        limit: The most of one value in a list, or the length of the window without equal values.
    """

    rule: str
    codes: Int64
    limit: int


class Picked(NamedTuple):
    """A list, and the candidates ahead of its last item (all of them, where it is short) that each rule kept out.

    Attributes:
        items: Item numbers, best first.
        refused: For each rule, quotas first, how many candidates it kept out. One counts for the first quota that the
            list uses up for it, else for the diversity that kept it from the last place that it was considered for.
    """

    items: list[int]
    refused: list[int]


@dataclass(frozen=True, eq=False)
class ListRules:
    """The rules on a list; none where both are empty."""

    quotas: tuple[ListRule, ...]
    diversity: tuple[ListRule, ...]

    @property
    def names(self) -> list[str]:
        """Names of the rules, in the order in which they are counted."""
        return [rule.rule for rule in (*self.quotas, *self.diversity)]

    def pick(self, candidates: list[int], k: int) -> Picked:
        """At most k of these candidates, which are in falling order."""
        used, chosen, refused = [Counter[int]() for _ in self.quotas], list[int](), [0] * len(self.names)
        ahead, waiting, out = iter(candidates), deque[_Waiting](), list[_Waiting]()
        while len(chosen) < k:
            found, passed = None, deque[_Waiting]()
            for item in _in_order(waiting, ahead):
                if self._full(item, used) is not None:
                    out.append(_Waiting(item, 0))
                elif (blocker := self._blocker(item, chosen)) is not None:
                    passed.append(_Waiting(item, blocker))
                else:
                    found = item
                    break
            waiting = passed + waiting
            if found is None:
                break
            chosen.append(found)
            for count, quota in zip(used, self.quotas, strict=True):
                count[int(quota.codes[found])] += 1
        for item, blocker in (*out, *waiting):
            full = self._full(item, used)
            refused[blocker if full is None else full] += 1
        return Picked(chosen, refused)

    def _full(self, item: int, used: list[Counter[int]]) -> int | None:
        """Position in ``names`` of the first quota that is used up for the item."""
        return next((i for i, q in enumerate(self.quotas) if used[i][int(q.codes[item])] >= q.limit), None)

    def _blocker(self, item: int, chosen: list[int]) -> int | None:
        """Position in ``names`` of the first diversity that the item would violate as the next of the list."""
        for i, rule in enumerate(self.diversity, len(self.quotas)):
            before = chosen[max(0, len(chosen) - rule.limit + 1) :]
            if any(rule.codes[item] == rule.codes[other] for other in before):
                return i
        return None


class _Waiting(NamedTuple):
    """A candidate without a place so far, and the diversity that kept it from the last one; 0 where a quota did."""

    item: int
    blocker: int


def _in_order(waiting: deque[_Waiting], ahead: Iterator[int]) -> Iterator[int]:
    """First those who wait, which this takes away, then those ahead."""
    while waiting:
        yield waiting.popleft().item
    yield from ahead


def list_rules(rules: Rules, graph: HeteroGraph, schema: Schema, node_type: str) -> ListRules:
    """The rules on lists of these items.

    Raises:
        ConfigError: a rule names a column that there is not.
        PrerequisiteError: no item has a value in it.
    """

    def made(kind: str, limits: tuple[tuple[str, int], ...]) -> tuple[ListRule, ...]:
        names = [(f"list.{kind}.{column}", column, limit) for column, limit in limits]
        return tuple(ListRule(n, attribute_of(graph, schema, node_type, c, n).codes(), limit) for n, c, limit in names)

    return ListRules(made("quota", rules.quota), made("diversity", rules.diversity))
