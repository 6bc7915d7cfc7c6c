"""Applied: rules resolved on one graph, by which serving masks scores and picks lists from ordered candidates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.recommend.dense_rows import top_of_rows
from graph.recommend.features import Features
from graph.recommend.rules.attributes import Bools
from graph.recommend.rules.exposures import contacted_people
from graph.recommend.rules.item_rules import Verdict, item_verdicts
from graph.recommend.rules.list_rules import ListRules, list_rules
from graph.recommend.rules.pair_rules import PairRule, pair_rules
from graph.recommend.rules.rules import Rules
from graph.recommend.rules.tally import ASKED, BEYOND, HAD, KEPT, LISTED, LOOKED, NOTHING_LEFT, Tally
from graph.recommend.target import SOURCE
from graph.schema import Schema
from graph.text import Int64

# Candidates of each person that are ordered for each place of a list with quotas; where they do not fill it, this many
# times as many are.
_DEPTH = 8
_LEAST_DEPTH = 100


@dataclass(frozen=True, eq=False)
class Applied:
    """Rules on one graph and one target; p people, n items.

    Attributes:
        people: What each rule on people says, (p,).
        items: What each rule on items says, (n,).
        allowed_items: Items that no rule on items refuses, bool (n,).
        pairs: The rules on pairs.
        lists: The rules on lists.
        tally: What was counted so far; ``mask`` and ``pick`` add to it.
    """

    people: tuple[Verdict, ...]
    items: tuple[Verdict, ...]
    allowed_items: Bools
    pairs: tuple[PairRule, ...]
    lists: ListRules
    tally: Tally

    @staticmethod
    def of(rules: Rules, features: Features, *, schema: Schema | None = None) -> Applied:
        """The rules on the graph and the target of these features.

        Args:
            rules: The rules; ids that the graph lacks have no effect.
            features: The graph to recommend from.
            schema: The market's own schema, which knows the types of a user's columns; None for that of the graph.

        Raises:
            ConfigError: a rule names a column or needs a relation that there is not, or cannot read its column.
            PrerequisiteError: nothing has a value in the column of a rule.
            DataError: no candidate is an item of the graph.
        """
        graph, target = features.graph, features.target
        schema = schema or graph.schema
        people = tuple(_people_verdicts(rules, features))
        items = tuple(item_verdicts(rules, graph, schema, target.node_type))
        pairs = tuple(pair_rules(rules, graph, schema, target))
        lists = list_rules(rules, graph, schema, target.node_type)
        allowed = np.ones(features.n_items, np.bool_)
        for one in items:
            allowed &= ~one.refused
        return Applied(people, items, allowed, pairs, lists, _empty(people, items, pairs, lists))

    def afresh(self) -> Applied:
        """The same rules, with nothing counted."""
        return replace(self, tally=_empty(self.people, self.items, self.pairs, self.lists))

    @property
    def unnamed(self) -> frozenset[int]:
        """People whom a list of the rules leaves out, whom no reason may name either."""
        listed = (one.refused for one in self.people if one.rule == "people.exclude")
        return frozenset(number for flags in listed for number in np.flatnonzero(flags).tolist())

    def mask(self, scores: npt.NDArray[np.floating[Any]], users: Int64) -> None:
        """Set to -inf, in place, whatever a rule on people, items or pairs refuses.

        Args:
            scores: float (u, n); -inf already where somebody has or dislikes an item.
            users: int64 (u,), the people of the rows, each once.
        """
        open_pairs = scores > -np.inf
        left, add = int(np.count_nonzero(open_pairs)), self.tally.add
        add("people", ASKED, len(users))
        add("candidates", LOOKED, scores.size)
        add("candidates", HAD, scores.size - left)
        admitted = np.ones(len(users), np.bool_)
        for verdict in self.people:
            refused = verdict.refused[users] & admitted
            add("people", verdict.rule, int(np.count_nonzero(refused)))
            add("candidates", verdict.rule, int(np.count_nonzero(open_pairs[refused])))
            open_pairs[refused] = False
            admitted &= ~refused
        if self.items:
            self._count_items(np.count_nonzero(open_pairs, axis=0))
            open_pairs &= self.allowed_items
        for rule in self.pairs:
            struck = rule.strike(open_pairs, users)
            add("candidates", rule.rule, struck.refused)
            add("unknown", rule.rule, struck.unknown)
        # What no list takes is taken off again by ``pick``.
        add("candidates", BEYOND, int(np.count_nonzero(open_pairs)))
        scores[~open_pairs] = -np.inf

    def _count_items(self, open_people: npt.NDArray[np.intp]) -> None:
        """Count what the rules on items refuse, of (n,) numbers of people to whom each item is still open."""
        gone = np.zeros(len(open_people), np.bool_)
        for verdict in self.items:
            new = verdict.refused & ~gone
            self.tally.add("candidates", verdict.rule, int(open_people[new].sum()))
            self.tally.add("unknown", verdict.rule, int(open_people[new & verdict.unknown].sum()))
            gone |= new

    def choose(self, scores: npt.NDArray[np.floating[Any]], users: Int64, k: int, *, tie_order: Int64) -> Int64:
        """``mask`` and ``pick`` of all items in order of score, of which only the first are ordered where these do.

        Args:
            scores: See ``mask``; changed in place.
            users: int64 (u,), the people of the rows, each once.
            k: Length of the lists.
            tie_order: int64 (n,), from ``ranking.tie_order``; of equal scores the lowest comes first.

        Returns:
            See ``pick``.
        """
        self.mask(scores, users)
        lists, left = np.full((len(users), k), -1, np.int64), np.arange(len(users))
        depth, n = max(_DEPTH * k, _LEAST_DEPTH) if self.lists.names else k, scores.shape[1]
        while len(left):
            rows = scores if len(left) == len(scores) else scores[left]
            ordered = top_of_rows(rows, min(depth, n), tie_order=tie_order)
            short = self._is_short(ordered, k) if depth < n else np.zeros(len(left), np.bool_)
            lists[left[~short]] = self.pick(users[left[~short]], ordered[~short], k)
            left, depth = left[short], depth * _DEPTH
        return lists

    def _is_short(self, ordered: Int64, k: int) -> Bools:
        """Rows that fill no list of k, although every column has a candidate, bool (u,)."""
        short = np.zeros(len(ordered), np.bool_)
        if self.lists.names and ordered.shape[1]:
            for row in np.flatnonzero(ordered[:, -1] >= 0):
                short[row] = len(self.lists.pick(ordered[row].tolist(), k).items) < k
        return short

    def pick(self, users: Int64, ordered: Int64, k: int) -> Int64:
        """The lists: for each person at most k of their candidates that obey the quotas and the diversity.

        Args:
            users: int64 (u,), the people of the rows, which ``mask`` has seen.
            ordered: int64 (u, c), item numbers by falling score, -1 after the last candidate.
            k: Length of the lists.

        Returns:
            int64 (u, k), -1 after the last item. With a diversity a later item may have a higher score.
        """
        lists = np.full((len(ordered), k), -1, np.int64)
        if not self.lists.names:
            width = min(k, ordered.shape[1])
            lists[:, :width] = ordered[:, :width]
        for row, line in enumerate(ordered if self.lists.names else ()):
            items, refused = self.lists.pick(line[line >= 0].tolist(), k)
            lists[row, : len(items)] = items
            for name, number in zip(self.lists.names, refused, strict=True):
                self.tally.add("candidates", name, number)
                self.tally.add("candidates", BEYOND, -number)
        kept = int(np.count_nonzero(lists >= 0))
        self.tally.add("candidates", KEPT, kept)
        self.tally.add("candidates", BEYOND, -kept)
        refused_people = np.zeros(len(users), np.bool_)
        for verdict in self.people:
            refused_people |= verdict.refused[users]
        listed = (lists >= 0).any(axis=1)
        self.tally.add("people", LISTED, int(np.count_nonzero(listed)))
        self.tally.add("people", NOTHING_LEFT, int(np.count_nonzero(~listed & ~refused_people)))
        return lists


def _people_verdicts(rules: Rules, features: Features) -> list[Verdict]:
    graph, found = features.graph, []
    nothing = np.zeros(graph.count(SOURCE), np.bool_)
    if rules.exclude_people:
        refused = nothing.copy()
        refused[graph.ids(SOURCE).numbers(rules.exclude_people, missing="drop")] = True
        found.append(Verdict("people.exclude", refused, nothing))
    if rules.max_contacts is not None:
        found.append(Verdict("people.max_contacts", contacted_people(graph, rules.max_contacts), nothing))
    return found


def _empty(
    people: tuple[Verdict, ...], items: tuple[Verdict, ...], pairs: tuple[PairRule, ...], lists: ListRules
) -> Tally:
    on_people = [one.rule for one in people]
    names = [*on_people, *(one.rule for one in items), *(one.rule for one in pairs), *lists.names]
    refusals = {one.rule: int(np.count_nonzero(one.refused)) for one in items}
    return Tally.of(on_people, names, refusals)
