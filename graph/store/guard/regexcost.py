"""How long Java may search before it knows that a text does not match.

Java tries one way after the other. Where a repeat may end at many places of the text, all that comes after is tried
from each of them: two such repeats in a row take a time that grows with the square of the text, ten of them do not
end. No timeout ends it either, so that what takes more than the square is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MOST_WAYS = 256
_MANY = 9
_COUNTS = re.compile(r"\{(\d+)(,?)(\d*)\}")


@dataclass
class Search:
    """What a pattern is made of, noted from left to right.

    Attributes:
        fold: Whether letters stand for both cases.
    """

    fold: bool
    # Of the alternative that is being read: the repeats whose end is open, and the ways through what is not repeated.
    open: int = 0
    ways: int = 1
    steep: bool = False
    broad: bool = False
    # The characters of the last repeat, whose end is open as long as it is not known what follows.
    last: str = ""
    pending: bool = False
    _groups: list[int] = field(default_factory=list)

    def atom(self, source: str, *, single: bool) -> None:
        """A character, a set or a dot; ``single`` tells that it is one character, and not repeated."""
        if self.pending and not (single and self._ends(source)):
            self.open += 1
        self.pending = False
        # Python warns of what looks like a union of sets.
        self.last = re.sub(r"\|+", "|", source)

    def opened(self) -> None:
        """A group begins."""
        self.atom("", single=False)
        self._groups.append(1)

    def closed(self) -> None:
        """A group ends."""
        self.atom("", single=False)
        self._count(self._groups.pop())

    def either(self) -> None:
        """Another alternative begins; outside of groups it is a search of its own."""
        self.atom("", single=False)
        if self._groups:
            self._groups[-1] += 1
        else:
            self.open, self.ways = 0, 1

    def repeated(self, sign: str) -> None:
        """What was last is repeated."""
        found = _COUNTS.fullmatch(sign)
        low, high = (int(found[1]), int(found[3] or 0) if found[2] else int(found[1])) if found else (0, 0)
        if sign == "?" or (found and high - low < _MANY and (found[3] or not found[2])):
            self._count(2 if sign == "?" else high - low + 1)
            self.last = ""
            return
        # Each time that it is reached, it looks through the rest of the text.
        self.steep |= self.open > 1
        self.pending = True

    def _count(self, ways: int) -> None:
        self.ways *= max(1, ways)
        self.broad |= self.ways > _MOST_WAYS

    def _ends(self, source: str) -> bool:
        """Whether the next character surely ends the repeat before, since it is none of its own."""
        if not self.last:
            return False
        flags = re.ASCII | re.DOTALL | (re.IGNORECASE if self.fold else 0)
        letter = source[1:] if len(source) == 2 else source
        return re.fullmatch(self.last, letter, flags) is None
