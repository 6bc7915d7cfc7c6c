"""Finds platforms whose ties or reactions were not exported, so that their numbers are unknown instead of 0.

Exports are made per platform, so accounts are judged in groups: KOLs by platform, and everybody else. A group without
any reaction is either unpopular or was not exported. It counts as not exported where having no reaction would be very
unlikely even for an unpopular group. An account has no reactions with probability z for reasons of its own (inactive,
fake audience); otherwise its reactions are Poisson distributed, with a mean of a fifth of what its followers would give
elsewhere. So all accounts of a group have no reactions with probability

    product over accounts of  z + (1 - z) * exp(-expected / 5)

Below 1/200 the group counts as not exported. z is the share of accounts without reactions in the other groups, at least
0.1. So at least three accounts are needed: one or two inactive accounts do not suggest a missing platform.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.hetero import HeteroGraph
from graph.influence.diffusion import BoolArray, FloatArray, IntArray
from graph.text import TextArray

# Platforms whose audience reacts five times less than elsewhere are rare; platforms that were not exported are not.
_LESS_POPULAR = 5.0
_LEAST_SILENT = 0.1
_SURPRISE = 1.0 / 200.0
NO_PLATFORM = "KOLs without a platform"
NO_KOLS = "people who are no KOLs"


@dataclass(frozen=True, slots=True, eq=False)
class ExportCoverage:
    """Accounts whose ties and reactions were exported.

    Attributes:
        ties: bool (n,), False where the account's group counts as not exported.
        reactions: bool (n,), the same for reactions.
        without_ties: Names and numbers of accounts of the groups whose ties were not exported.
        without_reactions: The same for reactions, of groups that have ties.
    """

    ties: BoolArray
    reactions: BoolArray
    without_ties: tuple[tuple[str, int], ...]
    without_reactions: tuple[tuple[str, int], ...]

    @property
    def unseen(self) -> BoolArray:
        """Accounts whose ties and reactions are both unknown, where those of others are known; bool (n,)."""
        known = self.ties | self.reactions
        return ~known & known.any()

    def notes(self) -> list[str]:
        """One sentence per group that was not exported."""
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
    def of(cls, graph: HeteroGraph, account: IntArray, tied: BoolArray, reacted: BoolArray) -> ExportCoverage:
        """Judge the groups of a graph. Where the graph has no ties (or no reactions) at all, no group's are known.

        Args:
            graph: The market.
            account: int64 (m,), the account of each pair.
            tied: bool (m,), the person follows the account.
            reacted: bool (m,), the person reacted to the account.
        """
        n, kol = graph.count("Person"), graph.role("KOL")
        names, group = _groups(graph)
        # Without any ties, the people who react are the audience.
        heads = _count(account[tied] if tied.any() else account, n)
        reactions = _count(account[reacted], n)
        heard = np.isin(group, group[reactions > 0])
        # Ordinary people often have no followers, KOLs do not.
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
    """Groups that count as not exported (see the module's docstring); none where no group has anything.

    Args:
        group: int64 (n,).
        seen: Number of ties or reactions of each account, float64 (n,).
        expected: Expected number, from the other groups, float64 (n,).
    """
    count = int(group.max(initial=-1)) + 1
    silent = np.bincount(group, weights=seen, minlength=count) == 0
    if silent.all():
        return np.zeros(0, np.int64)
    shows = -np.expm1(-expected / _LESS_POPULAR)
    others = ~silent[group]
    # Adding one account on either side keeps the share inside (0, 1).
    quiet = float((shows * others * (seen == 0)).sum() + 1.0) / float((shows * others).sum() + 2.0)
    z = max(quiet, _LEAST_SILENT)
    surprise = np.bincount(group, weights=np.log(z + (1.0 - z) * (1.0 - shows)), minlength=count)
    return np.flatnonzero(silent & (surprise < np.log(_SURPRISE)))


def _named(names: list[str], group: IntArray, missing: IntArray, counted: BoolArray) -> tuple[tuple[str, int], ...]:
    size = np.bincount(group[counted], minlength=len(names))
    return tuple((names[g], int(size[g])) for g in missing.tolist() if size[g])
