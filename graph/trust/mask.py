"""PeopleMask: who may be used for what, and why not. Everything that leaves the market passes through one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from graph.errors import DataError
from graph.ids import IdMap
from graph.text import Int64
from graph.trust.lists import PeopleList, Purpose
from graph.trust.matching import Doubt, match

BoolArray = npt.NDArray[np.bool_]
Unknown = Literal["stop", "ok"]
Row = TypeVar("Row")

# More would scroll everything else away.
_NAMED = 1000


@dataclass(frozen=True, eq=False)
class PeopleMask:
    """Who may be used for which purpose.

    Attributes:
        people: The people of the market.
        listed: Purpose to whom a list names for it, bool (n,).
        granted: Purpose to who has consented to it, bool (n,); None where no source of consent is configured, so that
            nobody is left out for want of it.
        doubts: Source to the entries that do not name one person beyond doubt.
    """

    people: IdMap
    listed: Mapping[Purpose, BoolArray]
    granted: Mapping[Purpose, BoolArray] | None = None
    doubts: Mapping[str, tuple[Doubt, ...]] = field(default_factory=dict)

    def barred(self, *purposes: Purpose) -> BoolArray:
        """Who may not be used for at least one of these purposes, bool (n,)."""
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
        """Why the person may not be used for it, as a few words; None where nothing is known against it.

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
            rows: Records, or sequences of cells.
            person: The key, or position, of the person's id in a row.
            purpose: What the rows are for.
        """
        gone = self.ids(purpose)
        return [row for row in rows if row[person] not in gone]  # type: ignore[index]

    def fingerprint(self, purpose: Purpose) -> str | None:
        """Hash of who is left out, 16 hexadecimal digits; None where nobody is."""
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
        """How many people are left out, and every doubtful entry, as JSON values for a manifest."""
        return {
            "left_out": {purpose.value: int(self.barred(purpose).sum()) for purpose in Purpose},
            "doubts": {source: [doubt.sentence for doubt in found] for source, found in self.doubts.items() if found},
        }


def make_mask(
    people: IdMap,
    lists: Sequence[PeopleList] = (),
    *,
    granted: Mapping[Purpose, BoolArray] | None = None,
    unknown: Unknown = "stop",
) -> PeopleMask:
    """The mask of these lists and consents.

    Args:
        people: The people of the market.
        lists: Who must be left out.
        granted: See ``PeopleMask.granted``.
        unknown: What to do about entries that do not name one person beyond doubt: ``stop`` refuses them, ``ok`` goes
            on and, to be on the safe side, leaves everybody out whom such an entry may stand for.

    Raises:
        DataError: there are such entries, and ``unknown`` is ``stop``; each is named.
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
    """The doubtful entries of a list, each on a line of its own."""
    lines = [f"{len(doubts):,} of {total:,} ids do not name one person beyond doubt"]
    lines += [f"  {doubt.sentence}" for doubt in doubts[:_NAMED]]
    if len(doubts) > _NAMED:
        lines.append(f"  and {len(doubts) - _NAMED:,} more")
    return "\n".join(lines)
