"""Random lists of people with what spreadsheets and hands make of ids, and whom each list is meant to bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Each makes another writing of an id, of which the id can still be told.
WRITINGS = {
    "pointed": lambda i: f"{i}.0",
    "full width": lambda i: "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in i),
    "other case": lambda i: i.swapcase(),
    "blank inside": lambda i: f"{i[:1]} {i[1:]}",
    "hyphen": lambda i: f"{i[:1]}-{i[1:]}",
    "zero width": lambda i: f"{i[:2]}\u200b{i[2:]}",
    "padded": lambda i: i[:1] + "00" + i[1:] if i[1:2].isdigit() else f"00{i}" if i.isdigit() else f"{i}.0",
    "zeros lost": lambda i: i.lstrip("0") if i.startswith("0") else f"'{i}",
}


@dataclass(frozen=True)
class RandomList:
    """A list of people to leave out.

    Attributes:
        lines: What stands in the file.
        meant: The people whom it bars, by whatever writing.
        doubtful: The lines that are not the id of one person as it is written.
    """

    lines: tuple[str, ...]
    meant: frozenset[str]
    doubtful: frozenset[str]


def random_list(people: Sequence[str], rng: np.random.Generator, *, most: int = 12) -> RandomList:
    """A list of people of which some are written otherwise, cut off, or strangers."""
    known = set(people)
    lines: dict[str, None] = {}
    meant, doubtful = set(), set()
    for number in rng.choice(len(people), size=int(rng.integers(1, most)), replace=False).tolist():
        person, fate = people[number], int(rng.integers(4))
        written = person
        if fate == 1:
            written = WRITINGS[str(rng.choice(list(WRITINGS)))](person)
        elif fate == 2 and len(person) > 5:
            written = person[: int(rng.integers(4, len(person)))]
        elif fate == 3:
            written = f"stranger {rng.integers(1_000_000)}"
        lines[written] = None
        if fate != 3:
            meant.add(person)
        if written not in known:
            doubtful.add(written)
    return RandomList(tuple(lines), frozenset(meant), frozenset(doubtful))
