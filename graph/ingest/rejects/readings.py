"""Which source reads which file: several entries of a mapping may read one file, as nodes and as edges."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from graph.ingest.mapping.file_mapping import Source, type_name


def group_of(source: Source) -> str:
    """The name under which the quarantine keeps the rejects of a source: one for each file and kind of record."""
    kind = "node" if source.mapping.node else "edge"
    return hashlib.sha256(f"{source.name}\0{kind}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Reading:
    """A source, told apart from other sources of the same load that read the same file.

    Attributes:
        source: The source.
        kind: The type of its records, with a number where an earlier source reads the same file as the same type.
        number: How many earlier sources of the load have the same group.
    """

    source: Source
    kind: str
    number: int


def readings_of(sources: Iterable[Source]) -> list[Reading]:
    """The sources in their order, numbered where several read one file."""
    groups, kinds, found = Counter[str](), Counter[tuple[str, str]](), []
    for source in sources:
        group, kind = group_of(source), type_name(source)
        kinds[group, kind] += 1
        same = kinds[group, kind]
        found.append(Reading(source, kind if same == 1 else f"{kind} ({same})", groups[group]))
        groups[group] += 1
    return found


def digest_of(reading: Reading, raw: str) -> str:
    """The hash that identifies a corrected record: of its text and of the number of its source within the group.

    The type of the record is no part of it, because it changes when the mapping gains a relation.
    """
    return hashlib.sha256(f"{reading.number}\0{raw}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
