"""Matches the ids of a list with the people of a market: exact, spelled differently, shortened, or unknown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graph.id_spelling import form_key, is_destroyed, lookalikes
from graph.ids import IdMap
from graph.text import Int64
from graph.trust.lists import Entry

Kind = Literal["writing", "twin", "destroyed", "beginning", "either", "empty", "unknown"]

# A shorter prefix would match too many ids.
_LEAST_BEGINNING = 4
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """An entry that does not identify one known person with certainty.

    Attributes:
        entry: The entry.
        kind: ``writing`` (known ids, spelled differently), ``twin`` (known, but the market also has the same id spelled
            differently), ``destroyed`` (a spreadsheet has shortened or replaced it), ``beginning`` (a prefix of known
            ids), ``either`` (a prefix of some, another spelling of others), ``empty`` (a record without an id), or
            ``unknown``.
        people: Other known ids that it may mean, ascending.
    """

    entry: Entry
    kind: Kind
    people: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """A sentence that says what is wrong with the entry, and whom it probably means.

        >>> Doubt(Entry("KNEG.0", 3), "writing", ("KNEG",)).sentence
        "line 3: 'KNEG.0' is not known; it is probably 'KNEG' in another writing"
        """
        more = len(self.people) - _SHOWN
        whom = ", ".join(map(repr, self.people[:_SHOWN])) + (f" or one of {more:,} more" if more > 0 else "")
        lost = f"it may be {whom}" if whom else "none fits it"
        said = {
            "writing": f"is not known; it is probably {whom} in another writing",
            "twin": f"is known, and so is {whom}, which may be the same person",
            "destroyed": f"is what a spreadsheet has made of an id; {lost}",
            "beginning": f"is not known; it may be the beginning of {whom}",
            "either": f"is not known; in another writing, or as the beginning, it may be {whom}",
            "empty": "has no id",
            "unknown": "is not known, and no known id is like it",
        }[self.kind]
        named = "" if self.kind == "empty" else f"{self.entry.text!r} "
        return f"line {self.entry.line}: {named}{said}"


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The result of matching a list.

    Attributes:
        known: Numbers of the people that an entry names exactly, int64, ascending.
        meant: Numbers of the people that the doubtful entries may mean, int64, ascending.
        doubts: The doubtful entries, in order of lines.
    """

    known: Int64
    meant: Int64
    doubts: tuple[Doubt, ...]


def match(entries: Sequence[Entry], people: IdMap) -> Matched:
    """Look up every entry, and find whom the doubtful ones may mean.

    An id on several lines counts once. All people are visited; a million takes about two seconds.
    """
    first = {entry.text: entry for entry in reversed(entries) if entry.text}
    numbers = {text: people.texts.find(text) for text in first}
    unknown = [text for text, number in numbers.items() if number < 0]
    alike = lookalikes(unknown, people.texts) if unknown else {}
    twins = _twins([text for text, number in numbers.items() if number >= 0], people)
    doubts = [Doubt(entry, "empty") for entry in entries if not entry.text]
    for text, entry in first.items():
        if numbers[text] < 0:
            doubts.append(_doubt(entry, alike.get(text, ()), people))
        elif text in twins:
            doubts.append(Doubt(entry, "twin", twins[text]))
    meant = sorted({person for doubt in doubts for person in doubt.people})
    return Matched(
        np.array(sorted(n for n in numbers.values() if n >= 0), np.int64),
        np.sort(people.numbers(meant)),
        tuple(sorted(doubts, key=lambda doubt: doubt.entry.line)),
    )


def _doubt(entry: Entry, alike: tuple[str, ...], people: IdMap) -> Doubt:
    if is_destroyed(entry.text):
        return Doubt(entry, "destroyed", alike)
    longer = _beginning_with(entry.text, people)
    if alike and longer:
        return Doubt(entry, "either", tuple(sorted({*alike, *longer})))
    if alike:
        return Doubt(entry, "writing", alike)
    return Doubt(entry, "beginning", longer) if longer else Doubt(entry, "unknown")


def _beginning_with(text: str, people: IdMap) -> tuple[str, ...]:
    """Longer known ids that begin with the text; none where the text is too short."""
    if len(text) < _LEAST_BEGINNING:
        return ()
    prefix, everybody = text.encode("utf-8"), range(len(people))
    start = bisect_left(everybody, prefix, key=people.texts.raw)
    # 0xFF is larger than every byte of UTF-8.
    stop = bisect_left(everybody, prefix + b"\xff", key=people.texts.raw)
    return tuple(people.ids(range(start, stop)))


def _twins(known: Collection[str], people: IdMap) -> Mapping[str, tuple[str, ...]]:
    """For each of these known ids, the other known ids that may be the same id spelled differently, ascending."""
    found: dict[str, list[str]] = {form_key(text): [] for text in known}
    for person in people.texts if found else ():
        if (alike := found.get(form_key(person))) is not None:
            alike.append(person)
    twins = {text: tuple(other for other in found[form_key(text)] if other != text) for text in known}
    return {text: others for text, others in twins.items() if others}
