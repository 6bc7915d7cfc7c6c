"""An independent reading of rules: plain Python on the attributes of a graph, one pair at a time.

It shares no code with ``graph.recommend.rules``: it reads the tables of the rules file itself, and takes from serving
only the order of all items for each person without any rule. So it says what each list must hold, and how often each
rule must have been the first to refuse.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from graph.columns import MISSING_INTEGER, UNDATED
from graph.hetero import HeteroGraph
from graph.text import TextArray

_DAY = 86_400


class Expected(NamedTuple):
    """What a list must hold, and which rule was the first to refuse each other candidate."""

    items: list[str]
    refused: Counter[str]
    unknown: Counter[str]
    beyond: int


class Checker:
    """The facts of a graph as dictionaries."""

    def __init__(self, graph: HeteroGraph, item: str) -> None:
        self.now = graph.now or 0
        self.items = _facts(graph, item)
        self.people = _facts(graph, "Person")
        self.shown: list[tuple[str, str, int | None, float]] = []
        self.contacts: list[tuple[str, str, int | None, float]] = []
        self.had: set[tuple[str, str]] = set()
        for key, edges in graph.edge_sets.items():
            if key.source != "Person" or key.target == "Person":
                continue
            role = graph.meaning(key).role
            src, dst = graph.ids("Person").ids(edges.src), graph.ids(key.target).ids(edges.dst)
            times = [None] * len(edges) if edges.time is None else edges.time.tolist()
            weights = [1.0] * len(edges) if edges.weight is None else edges.weight.tolist()
            rows = list(zip(src, dst, (None if t == UNDATED else t for t in times), weights, strict=True))
            if role == "expose":
                self.contacts += rows
                self.shown += rows if key.target == item else []
            # What was acquired by a relation that does not recur is in no order to begin with.
            if role == "acquire" and key.target == item and graph.meaning(key).recurring:
                self.had |= {(a, b) for a, b, _, _ in rows}

    def violations(self, document: dict[str, Any], lists: dict[str, list[str]], k: int, ids: list[str]) -> int:
        """How many rows of these lists break a rule."""
        bad, at = 0, self.prepared(document, ids)
        for person, items in lists.items():
            bad += sum(next(self.refusers(at, person, one), None) is not None for one in items)
            bad += max(0, len(items) - k) + len(items) - len(set(items))
            for column, most in document.get("list", {}).get("quota", {}).items():
                seen = Counter(self.key(one, column) for one in items)
                bad += sum(max(0, count - most) for count in seen.values())
            for column, window in document.get("list", {}).get("diversity", {}).items():
                keys = [self.key(one, column) for one in items]
                bad += sum(keys[i] in keys[max(0, i - window + 1) : i] for i in range(len(keys)))
        return bad

    def prepared(self, document: dict[str, Any], ids: list[str]) -> dict[str, Any]:
        """The document with its sets of ids and its exposures worked out."""
        at: dict[str, Any] = {"document": document, "allow": document.get("unknown") == "allow"}
        for section, key in (("items", "candidates"), ("items", "exclude"), ("people", "exclude")):
            value = document.get(section, {}).get(key)
            at[f"{section}.{key}"] = None if value is None else set(ids if isinstance(value, str) else value)
        cap = document.get("people", {}).get("max_contacts")
        at["contacted"] = self._often(((a, t, n) for a, _, t, n in self.contacts), cap)
        cap = document.get("pairs", {}).get("max_exposures")
        at["exposed"] = self._often((((a, b), t, n) for a, b, t, n in self.shown), cap)
        return at

    def _often(self, events: Iterator[tuple[Any, int | None, float]], cap: dict[str, Any] | None) -> set[Any]:
        seen: Counter[Any] = Counter()
        if cap is None:
            return set()
        for who, time, times in events:
            if time is None or time >= self.now - cap["days"] * _DAY:
                seen[who] += times
        return {who for who, times in seen.items() if times >= cap["times"]}

    def key(self, item: str, column: str) -> Any:
        """The value of a column to compare by; None where it is unknown."""
        value = self.items[item].get(column)
        return tuple(sorted(value)) if isinstance(value, list) else value

    def refusers(self, at: dict[str, Any], person: str, item: str) -> Iterator[tuple[str, bool]]:
        """The rules on people, items and pairs that refuse the pair, in order, and whether for want of a value."""
        document, items = at["document"], at["document"].get("items", {})
        facts, pairs = self.items[item], document.get("pairs", {})
        if person in (at["people.exclude"] or ()):
            yield "people.exclude", False
        if person in at["contacted"]:
            yield "people.max_contacts", False
        if at["items.candidates"] is not None and item not in at["items.candidates"]:
            yield "items.candidates", False
        if item in (at["items.exclude"] or ()):
            yield "items.exclude", False
        checks: list[tuple[str, Any, Any]] = []
        if items.get("in_stock"):
            column = "stock" if items["in_stock"] is True else items["in_stock"]
            checks.append(("items.in_stock", facts.get(column), lambda v: v > 0))
        if "price" in items:
            checks.append(("items.price", facts.get("price"), lambda v, r=items["price"]: _inside(v, r)))
        for column, wanted in items.get("where", {}).items():
            fits = _inside if isinstance(wanted, dict) else _among
            checks.append((f"items.where.{column}", facts.get(column), lambda v, w=wanted, f=fits: f(v, w)))
        for rule, value, fits in checks:
            if value is None:
                if not at["allow"]:
                    yield rule, True
            elif not fits(value):
                yield rule, False
        if "same_region" in pairs:
            home, sold = self.people[person].get("city"), facts.get("region")
            if home is None or sold is None:
                if not at["allow"]:
                    yield "pairs.same_region", True
            elif home not in sold:
                yield "pairs.same_region", False
        if pairs.get("already_bought") == "exclude" and (person, item) in self.had:
            yield "pairs.already_bought", False
        if (person, item) in at["exposed"]:
            yield "pairs.max_exposures", False

    def expected(self, at: dict[str, Any], person: str, order: list[str], k: int) -> Expected:
        """What the list of a person must be, of all items in their order without rules."""
        refused, unknown, left = Counter[str](), Counter[str](), list[str]()
        for item in order:
            first = next(self.refusers(at, person, item), None)
            if first is None:
                left.append(item)
            else:
                refused[first[0]] += 1
                unknown[first[0]] += first[1]
        chosen, blocked = self._list(at["document"].get("list", {}), left, k)
        ahead = [one for one in left if one not in chosen and one in blocked]
        refused.update(blocked[one] for one in ahead)
        return Expected(chosen, refused, unknown, len(left) - len(chosen) - len(ahead))

    def _list(self, rules: dict[str, Any], left: list[str], k: int) -> tuple[list[str], dict[str, str]]:
        """The list, and for each candidate that was looked at for a place and has none, the rule that keeps it out."""
        chosen: list[str] = []
        blocked: dict[str, str] = {}
        while len(chosen) < k:
            for item in left:
                if item in chosen:
                    continue
                rule = self._blocker(rules, chosen, item)
                if rule is None:
                    chosen.append(item)
                    break
                blocked[item] = rule
            else:
                break
        for item in blocked:
            full = self._full(rules, chosen, item)
            if full is not None:
                blocked[item] = full
        return chosen, blocked

    def _full(self, rules: dict[str, Any], chosen: list[str], item: str) -> str | None:
        for column, most in rules.get("quota", {}).items():
            if sum(self.key(one, column) == self.key(item, column) for one in chosen) >= most:
                return f"list.quota.{column}"
        return None

    def _blocker(self, rules: dict[str, Any], chosen: list[str], item: str) -> str | None:
        full = self._full(rules, chosen, item)
        if full is not None:
            return full
        for column, window in rules.get("diversity", {}).items():
            before = chosen[max(0, len(chosen) - window + 1) :]
            if self.key(item, column) in [self.key(one, column) for one in before]:
                return f"list.diversity.{column}"
        return None


def _inside(value: Any, span: dict[str, float]) -> bool:
    return bool(span.get("min", -math.inf) <= value <= span.get("max", math.inf))


def _among(value: Any, wanted: list[Any]) -> bool:
    return any(one in wanted for one in value) if isinstance(value, list) else value in wanted


def _facts(graph: HeteroGraph, node_type: str) -> dict[str, dict[str, Any]]:
    """Id to the known values of a node."""
    nodes = graph.nodes[node_type]
    facts: dict[str, dict[str, Any]] = {one: {} for one in nodes.ids.texts.to_list()}
    for name, column in nodes.columns.items():
        for one, value in zip(facts, column.to_list() if isinstance(column, TextArray) else column, strict=True):
            plain = _plain(value)
            if plain is not None:
                facts[one][name] = json.loads(plain) if isinstance(plain, str) and plain.startswith("[") else plain
    return facts


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value or None
    if isinstance(value, np.int8):
        return None if value < 0 else bool(value)
    if isinstance(value, np.int64):
        return None if value == MISSING_INTEGER else int(value)
    return None if isinstance(value, np.datetime64) or math.isnan(value) else float(value)
