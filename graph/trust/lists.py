"""PeopleList: a list of people to leave out, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

# What to do about ids on a list that do not name one person beyond doubt: stop, or go on and leave out everybody whom
# they may stand for.
DoubtPolicy = Literal["stop", "ok"]


class Purpose(StrEnum):
    """Purposes of using people: marketing (being contacted or offered something), profiling (being shown in groups)."""

    MARKETING = "marketing"
    PROFILING = "profiling"


class Entry(NamedTuple):
    """One id of a list: its text as written, and its line in the file, from 1."""

    text: str
    line: int


@dataclass(frozen=True)
class PeopleList:
    """People to leave out, as listed in a file.

    Attributes:
        source: Unique name of the list, for messages.
        entries: Its ids.
        purposes: Purposes that the people are left out of; for a do-not-contact list all of them.
    """

    source: str
    entries: Sequence[Entry]
    purposes: tuple[Purpose, ...] = tuple(Purpose)
