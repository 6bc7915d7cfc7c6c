"""Tally: how many people and candidates the rules have seen, refused and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Counts = dict[str, dict[str, int]]

LOOKED, HAD, BEYOND, KEPT = "looked at", "had or disliked", "beyond k", "kept"
ASKED, LISTED, NOTHING_LEFT = "asked", "with a list", "nothing left"


@dataclass(frozen=True)
class Tally:
    """Counts of one or more blocks of people; they add up, so that the size of the blocks does not matter.

    ``people``: those asked for = refused by each rule on people + with nothing left + with a list.
    ``candidates``: pairs of a person and an item looked at = had or disliked before any rule + refused by each rule
    (the first that refuses a pair counts) + beyond the length of the list + kept.
    ``unknown``: of the pairs that a rule refused, those that had no value to judge by.
    ``items``: how many items each rule on items refuses, alone; the same for every block.
    """

    counts: Counts

    @staticmethod
    def of(people_rules: Sequence[str], pair_rules: Sequence[str], items: Mapping[str, int]) -> Tally:
        """Counts of nobody.

        Args:
            people_rules: Names of the rules on people.
            pair_rules: Names of all rules that refuse candidates, in the order in which they are counted.
            items: Rule on items to how many it refuses.
        """
        people = dict.fromkeys((ASKED, *people_rules, NOTHING_LEFT, LISTED), 0)
        candidates = dict.fromkeys((LOOKED, HAD, *pair_rules, BEYOND, KEPT), 0)
        return Tally({"people": people, "candidates": candidates, "unknown": {}, "items": dict(items)})

    def add(self, part: str, name: str, number: int) -> None:
        """Add to one count."""
        if number:
            self.counts[part][name] = self.counts[part].get(name, 0) + number


def summed(parts: Sequence[Counts]) -> Counts:
    """The counts of several parts of the people together; those of items are the same in each."""
    total: Counts = {}
    for part in parts:
        for name, counts in part.items():
            here = total.setdefault(name, {})
            for key, number in counts.items():
                here[key] = number if name == "items" else here.get(key, 0) + number
    return total


def told(counts: Counts) -> str:
    """The counts that are not 0 as one sentence.

    >>> told({"people": {"asked": 2, "with a list": 2}, "candidates": {"items.price": 3, "kept": 4}})
    'rules: people: 2 asked, 2 with a list; candidates: 3 items.price, 4 kept'
    """
    parts = [
        f"{name}: " + ", ".join(f"{number:,} {key}" for key, number in counts.get(name, {}).items() if number)
        for name in ("people", "candidates", "unknown")
        if any(counts.get(name, {}).values())
    ]
    return "rules: " + "; ".join(parts)
