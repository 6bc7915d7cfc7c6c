"""Of whom ties and reactions were exported at all: a source that is missing is unknown, never zero.

Exports come per platform, so accounts are judged by groups: KOLs by their platform, and everybody else. A group without
a single reaction is either unpopular or was not exported. It is taken for not exported where its silence would be a
surprise even for an unpopular one: an account is silent for reasons of its own with probability z (dormant, a bought
audience), and otherwise with the probability that a Poisson count of a fifth of what the followers elsewhere would
bring is 0. So the silence of all accounts of a group has the probability

    product over accounts of  z + (1 - z) * exp(-expected / 5)

and below 1 in 200 the group counts as missing. z is the share of silent accounts in the other groups, and at least a
tenth, so that three accounts are needed at least: one or two dead accounts are no missing platform.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.text import TextArray

# A platform whose audience is moved five times less than elsewhere is rare; one that nobody exported is not.
_LESS_POPULAR = 5.0
_LEAST_SILENT = 0.1
_SURPRISE = 1.0 / 200.0
NO_PLATFORM = "KOLs without a platform"
NO_KOLS = "people who are no KOLs"


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """Which accounts' ties and reactions are known.

    Attributes:
        ties: bool (n,), the group of the account has ties, or too few accounts for none to say anything.
        reactions: bool (n,), the same of reactions.
        without_ties: Names of the groups that count as missing, with the number of their accounts.
        without_reactions: The same of reactions, where there are ties.
    """

    ties: BoolArray
    reactions: BoolArray
    without_ties: tuple[tuple[str, int], ...]
    without_reactions: tuple[tuple[str, int], ...]

    @property
    def unseen(self) -> BoolArray:
        """Accounts of whom neither ties nor reactions are known, while they are of others; bool (n,)."""
        known = self.ties | self.reactions
        return ~known & known.any()

    def notes(self) -> list[str]:
        """One sentence for each group that counts as missing."""
        silent = "are unknown and count as the middle; what it reaches is taken from accounts of its size elsewhere"
        return [
            f"{name}: nobody is known to follow any of its {count:,} KOLs, while others are followed, so their reach "
            "is unknown, counts as the middle, and no plan can choose them; load that platform's ties"
            for name, count in self.without_ties
        ] + [
            f"{name}: not one reaction to {count:,} accounts is loaded, while others have them, so engagement and "
            f"authenticity {silent}; load those reactions"
            for name, count in self.without_reactions
        ]

    @classmethod
    def of(cls, graph: HeteroGraph, account: IntArray, tied: BoolArray, reacted: BoolArray) -> Coverage:
        """Judge the groups of a graph; without any tie, or any reaction, none of them is known.

        Args:
            graph: The market.
            account: int64 (m,), whom each pair follows or reacted to.
            tied: bool (m,), the pair follows.
            reacted: bool (m,), the pair reacted.
        """
        n, kol = graph.count("Person"), graph.role("KOL")
        names, group = _groups(graph)
        # Where nobody is known to follow anybody, whoever reacts is the audience.
        heads = _count(account[tied] if tied.any() else account, n)
        reactions = _count(account[reacted], n)
        heard = np.isin(group, group[reactions > 0])
        # An ordinary person without a follower is nothing unusual, a KOL without any is.
        usual = float(np.median(heads[kol & (heads > 0)])) if (kol & (heads > 0)).any() else 0.0
        moved = np.count_nonzero(reacted & heard[account]) / max(float(heads[heard].sum()), 1.0)
        no_heads = _missing(group, heads, np.where(kol, usual, 0.0))
        no_reactions = _missing(group, reactions, heads * moved)
        alone = np.isin(group, no_heads)
        return cls(
            ~alone & tied.any(),
            ~np.isin(group, no_reactions) & (heard | ~alone) & reacted.any(),
            _named(names, group, no_heads, kol),
            _named(names, group, no_reactions, heads > 0),
        )


def _groups(graph: HeteroGraph) -> tuple[list[str], IntArray]:
    """Names of the groups, and the position of each person's group, int64 (n,). Case and spaces do not matter."""
    kol = graph.role("KOL")
    column = graph.nodes["Person"].columns.get("platform") if kol.size else None
    group, names, place = np.where(kol, 1, 0), [NO_KOLS, NO_PLATFORM], {"": 1}
    if isinstance(column, TextArray):
        numbers = np.flatnonzero(kol)
        for person, text in zip(numbers.tolist(), column.pick(numbers), strict=True):
            spelled = text.strip()
            if spelled.casefold() not in place:
                place[spelled.casefold()] = len(names)
                names.append(spelled)
            group[person] = place[spelled.casefold()]
    return names, group


def _count(account: IntArray, n: int) -> FloatArray:
    return np.bincount(account, minlength=n).astype(np.float64)


def _missing(group: IntArray, seen: FloatArray, expected: FloatArray) -> IntArray:
    """The groups with nothing seen whose silence is a surprise, see the module; none where all are silent.

    Args:
        group: int64 (n,).
        seen: What each account has, float64 (n,).
        expected: What the others would have in its place, float64 (n,).
    """
    count = int(group.max(initial=-1)) + 1
    silent = np.bincount(group, weights=seen, minlength=count) == 0
    if silent.all():
        return np.zeros(0, np.int64)
    shows = -np.expm1(-expected / _LESS_POPULAR)
    others = ~silent[group]
    # One imagined account on either side keeps the share inside (0, 1).
    quiet = float((shows * others * (seen == 0)).sum() + 1.0) / float((shows * others).sum() + 2.0)
    z = max(quiet, _LEAST_SILENT)
    surprise = np.bincount(group, weights=np.log(z + (1.0 - z) * (1.0 - shows)), minlength=count)
    return np.flatnonzero(silent & (surprise < np.log(_SURPRISE)))


def _named(names: list[str], group: IntArray, missing: IntArray, counted: BoolArray) -> tuple[tuple[str, int], ...]:
    size = np.bincount(group[counted], minlength=len(names))
    return tuple((names[g], int(size[g])) for g in missing.tolist() if size[g])
