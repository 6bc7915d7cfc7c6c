"""A grammar of hostile Cypher: families of texts that a read-only query path must refuse before an engine sees them.

The promise that they attack: queries only read, call functions of plain Cypher and procedures that tell what there is,
and open no file and no connection. Whatever is outside is refused, whether or not some server would run it: another
version might. ``harmless`` names those of them that read and do nothing else, and those that only strain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tests.hostile import asking, disguises, escaping, reaching, straining, writing
from tests.hostile.attacks import Canary

Family = Callable[[Canary], Iterable[str]]


@dataclass(frozen=True)
class Hostile:
    """One hostile text and the family that made it."""

    family: str
    text: str


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        **writing.FAMILIES,
        **reaching.FAMILIES,
        **asking.FAMILIES,
        **disguises.FAMILIES,
        **escaping.FAMILIES,
        **straining.FAMILIES,
    }
)


def hostile(canary: Canary | None = None) -> tuple[Hostile, ...]:
    """All hostile texts, in the order of the families and without repetition; the canary is what they try to reach."""
    return tuple(_texts(canary or Canary()))


def _texts(canary: Canary) -> Iterator[Hostile]:
    seen: set[str] = set()
    for name, family in FAMILIES.items():
        for text in family(canary):
            if text not in seen:
                seen.add(text)
                yield Hostile(name, text)
