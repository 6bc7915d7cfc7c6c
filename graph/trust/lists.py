"""What a list of people to leave out says, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Purpose(StrEnum):
    """What people may be used for: to be offered or asked something, or to be put into groups that are shown."""

    MARKETING = "marketing"
    PROFILING = "profiling"


class Entry(NamedTuple):
    """One id as a list has it: its text, and the line of the file, from 1."""

    text: str
    line: int


@dataclass(frozen=True)
class PeopleList:
    """People who must be left out, as a file names them.

    Attributes:
        source: Name of the list, for messages; no two lists share one.
        entries: Its ids.
        purposes: What for; a do-not-contact list bars from every purpose.
    """

    source: str
    entries: Sequence[Entry]
    purposes: tuple[Purpose, ...] = tuple(Purpose)
