"""One random rules file against serving: the rows, the lengths of the lists, and the counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from graph.hetero import HeteroGraph
from graph.recommend.base import Fitted
from graph.recommend.features import Features
from graph.recommend.rules.applied import Applied
from graph.recommend.rules.parse import parse_rules
from graph.recommend.serving import recommend
from graph.schema import Schema
from graph.text import Int64
from tests.graph.recommend.rules.checker import Checker
from tests.graph.recommend.rules.random_rules import random_document


@dataclass(frozen=True)
class Outcome:
    """What was found of one rules file.

    Attributes:
        rows: Rows that were recommended.
        violations: Rows that break a rule.
        wrong: Lists that are not what they must be; a list that is too short is one of them.
        unreconciled: Counts that differ from those of the checker, or do not add up.
        document: The rules, for messages.
    """

    rows: int
    violations: int
    wrong: int
    unreconciled: tuple[str, ...]
    document: dict[str, Any]

    @property
    def good(self) -> bool:
        """Whether everything is as it must be."""
        return not self.violations and not self.wrong and not self.unreconciled


class Trials:
    """A graph and a model, and the order of all items for each person without rules."""

    def __init__(self, graph: HeteroGraph, model: Fitted, schema: Schema) -> None:
        self.graph, self.model, self.schema = graph, model, schema
        self.item = model.target.node_type
        self.checker = Checker(graph, self.item)
        self.people, self.items = graph.ids("Person").texts.to_list(), graph.ids(self.item).texts.to_list()
        self.orders: dict[str, list[str]] = {one: [] for one in self.people}
        found = recommend(model, graph, np.arange(len(self.people)), len(self.items))
        for person, item in zip(found.user_ids, found.item_ids, strict=True):
            self.orders[person].append(item)

    def run(self, rng: np.random.Generator, *, people: int) -> Outcome:
        """Draw rules and people, serve them, and check what came of it."""
        document, listed = random_document(rng, self.people, self.items)
        k = int(rng.integers(1, 13))
        users = rng.choice(len(self.people), people, replace=False)
        rules = parse_rules(document, "rules.toml", lambda _file, _what: tuple(listed))
        applied = Applied.of(rules, Features(self.graph, self.model.target), schema=self.schema)
        found = recommend(self.model, self.graph, users, k, rules=applied)
        lists: dict[str, list[str]] = {}
        for person, item in zip(found.user_ids, found.item_ids, strict=True):
            lists.setdefault(person, []).append(item)
        violations = self.checker.violations(document, lists, k, listed)
        wrong, unreconciled = self._compare(document, listed, lists, users, k=k, counts=applied.tally.counts)
        return Outcome(len(found), violations, wrong, unreconciled, {**document, "k": k})

    def _compare(
        self,
        document: dict[str, Any],
        listed: list[str],
        lists: dict[str, list[str]],
        users: Int64,
        *,
        k: int,
        counts: dict[str, dict[str, int]],
    ) -> tuple[int, tuple[str, ...]]:
        at, wrong = self.checker.prepared(document, listed), 0
        refused, unknown, people = Counter[str](), Counter[str](), Counter[str]()
        for person in (self.people[user] for user in users):
            order = self.orders[person]
            want = self.checker.expected(at, person, order, k)
            wrong += want.items != lists.get(person, [])
            refused.update(want.refused)
            unknown.update(want.unknown)
            refused.update({"beyond k": want.beyond, "kept": len(want.items)})
            refused["had or disliked"] += len(self.items) - len(order)
            first = next((r for r, _ in self.checker.refusers(at, person, self.items[0])), "")
            barred = first if first.startswith("people.") else ""
            people[barred or ("with a list" if want.items else "nothing left")] += 1
        refused["looked at"], people["asked"] = len(users) * len(self.items), len(users)
        told = counts["candidates"]
        bad = [
            f"{part}: {name}: {counts[part].get(name, 0)}, not {wanted[name]}"
            for part, wanted in (("candidates", refused), ("unknown", unknown), ("people", people))
            for name in {*counts[part], *wanted}
            if counts[part].get(name, 0) != wanted[name]
        ]
        if told["looked at"] != sum(told.values()) - told["looked at"]:
            bad.append("the candidates do not add up")
        return wrong, tuple(bad)
