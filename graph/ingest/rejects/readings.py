"""Which source reads which file: several entries of a mapping may read one file, as nodes and as edges."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graph.ingest.mapping.file_mapping import Source, type_name


def group_of(source: Source) -> str:
    """The group of a source's rejects."""
    kind = "node" if source.mapping.node else "edge"
    return hashlib.sha256(f"{source.name}\0{kind}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Reading:
    """A source among those that are loaded together.

    Attributes:
        source: The source.
        kind: What its records are known as: their type, with a number where an earlier source reads the same file as
            the same type.
        number: Number of earlier sources of the same group.
    """

    source: Source
    kind: str
    number: int


def readings_of(sources: Iterable[Source]) -> list[Reading]:
    """The sources in their order, told apart where several read one file."""
    groups, kinds, found = Counter[str](), Counter[tuple[str, str]](), []
    for source in sources:
        group, kind = group_of(source), type_name(source)
        kinds[group, kind] += 1
        same = kinds[group, kind]
        found.append(Reading(source, kind if same == 1 else f"{kind} ({same})", groups[group]))
        groups[group] += 1
    return found


def digest_of(reading: Reading, raw: str) -> str:
    """What a record that was put right is known by: which reading of its file it belongs to, and its text.

    The type is no part of it, since it changes when the mapping gains a relation.
    """
    return hashlib.sha256(f"{reading.number}\0{raw}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
