"""PeopleMask: who may be used for which purpose, and why not. Every result is filtered by one before it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from graph.ids import IdMap
from graph.text import Int64
from graph.trust.lists import DoubtPolicy, PeopleList, Purpose
from graph.trust.matching import Doubt, match

BoolArray = npt.NDArray[np.bool_]
Row = TypeVar("Row")

# Number of doubtful entries that an error lists.
_NAMED = 1000


@dataclass(frozen=True, eq=False)
class PeopleMask:
    """Who may be used for which purpose.

    Attributes:
        people: The people of the market.
        listed: Purpose to the people whom a list excludes from it, bool (n,).
        granted: Purpose to the people who have consented to it, bool (n,); None where no source of consent is
            configured, so that consent is not required.
        doubts: Name of the list to its entries that do not identify one person with certainty.
    """

    people: IdMap
    listed: Mapping[Purpose, BoolArray]
    granted: Mapping[Purpose, BoolArray] | None = None
    doubts: Mapping[str, tuple[Doubt, ...]] = field(default_factory=dict)

    def barred(self, *purposes: Purpose) -> BoolArray:
        """People who may not be used for at least one of these purposes, bool (n,)."""
        gone = np.zeros(len(self.people), np.bool_)
        for purpose in purposes:
            gone |= self.listed[purpose]
            if self.granted is not None:
                gone |= ~self.granted[purpose]
        return gone

    def numbers(self, purpose: Purpose) -> Int64:
        """Numbers of the people who may not be used for it, ascending, int64."""
        return np.flatnonzero(self.barred(purpose))

    @cached_property
    def _ids(self) -> Mapping[Purpose, frozenset[str]]:
        return {purpose: frozenset(self.people.ids(self.numbers(purpose))) for purpose in Purpose}

    def ids(self, purpose: Purpose) -> frozenset[str]:
        """Ids of the people who may not be used for it."""
        return self._ids[purpose]

    def why_not(self, person: str, purpose: Purpose) -> str | None:
        """Short reason why the person may not be used for it; None where the person may.

        Raises:
            DataError: the person is unknown.
        """
        number = int(self.people.numbers([person])[0])
        if self.listed[purpose][number]:
            return "on a list of people to leave out"
        if self.granted is not None and not self.granted[purpose][number]:
            return f"no consent to {purpose.value}"
        return None

    def keep(self, rows: Iterable[Row], person: Any, purpose: Purpose) -> list[Row]:
        """The rows about people who may be used for it.

        Args:
            rows: Mappings or sequences.
            person: Key or position of the person's id in a row.
            purpose: Purpose of the rows.
        """
        gone = self.ids(purpose)
        return [row for row in rows if row[person] not in gone]  # type: ignore[index]

    def fingerprint(self, purpose: Purpose) -> str | None:
        """Hash of the people left out, 16 hexadecimal digits; None where nobody is."""
        gone = self.numbers(purpose)
        if not len(gone):
            return None
        return hashlib.sha256(self.people.checksum.encode() + gone.tobytes()).hexdigest()[:16]

    @property
    def left_out(self) -> dict[str, str]:
        """Who was left out of a result for marketing, as an input of it; empty where nobody was."""
        left = self.fingerprint(Purpose.MARKETING)
        return {} if left is None else {"left_out": left}

    def facts(self) -> dict[str, Any]:
        """Numbers of people left out, and all doubtful entries, as JSON values for a manifest."""
        return {
            "left_out": {purpose.value: int(self.barred(purpose).sum()) for purpose in Purpose},
            "doubts": {source: [doubt.sentence for doubt in found] for source, found in self.doubts.items() if found},
        }


def make_mask(
    people: IdMap,
    lists: Sequence[PeopleList] = (),
    *,
    granted: Mapping[Purpose, BoolArray] | None = None,
    unknown: DoubtPolicy = "stop",
) -> PeopleMask:
    """Make the mask of these lists and consents.

    Args:
        people: The people of the market.
        lists: Lists of people to leave out.
        granted: See ``PeopleMask.granted``.
        unknown: For entries that do not identify one person with certainty: ``stop`` raises an error; ``ok`` continues
            and leaves out everybody whom such an entry may mean.

    Raises:
        DataError: there are such entries and ``unknown`` is ``stop``; the message lists them.
    """
    listed = {purpose: np.zeros(len(people), np.bool_) for purpose in Purpose}
    doubts: dict[str, tuple[Doubt, ...]] = {}
    said = []
    for one in lists:
        matched = match(one.entries, people)
        for purpose in one.purposes:
            listed[purpose][matched.known] = True
            listed[purpose][matched.meant] = True
        if matched.doubts:
            doubts[one.source] = matched.doubts
            said.append(f"{one.source}: {told(matched.doubts, len(one.entries))}")
    if said and unknown == "stop":
        raise DataError(
            "\n".join(said),
            hint="correct them; or go on with --exclude-unknown ok, which leaves out everybody whom they may stand for",
        )
    return PeopleMask(people, listed, granted, doubts)


def told(doubts: Sequence[Doubt], total: int) -> str:
    """The doubtful entries of a list as text, one per line."""
    lines = [f"{len(doubts):,} of {total:,} ids do not name one person beyond doubt"]
    lines += [f"  {doubt.sentence}" for doubt in doubts[:_NAMED]]
    if len(doubts) > _NAMED:
        lines.append(f"  and {len(doubts) - _NAMED:,} more")
    return "\n".join(lines)
