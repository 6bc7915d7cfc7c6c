"""The entry of a mapping for a file: which nodes or edges it holds, and what its columns mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from graph.schema import EdgeKey

if TYPE_CHECKING:
    from graph.ingest.rules.rule import Rule

DERIVE = "derive"
MISSING_WORDS = ("\\N", "NULL", "null", "NaN", "nan", "None", "N/A", "#N/A")


@dataclass(frozen=True)
class FileMapping:
    """One ``[[files]]`` entry: a pattern of files and the meaning of their columns.

    Attributes:
        path: File name or glob, relative to the mapping file.
        node: Node type, where the file holds nodes.
        edge: Edge type, where every record is one.
        relation_column: Column whose value picks the edge type, where it varies.
        relations: Value of that column to edge type.
        id: Column of the node id.
        source: Column of the source node's id.
        target: Column of the target node's id.
        time: Column of the event's time, or empty.
        time_unit: ``s``, ``ms`` and ``us`` are epochs; ``text`` is a date or a date and time.
        weight: Column of the weight or amount, or empty.
        event_id: Column of the event id, or ``derive``.
        duplicates: Whether equal events without ids of their own are one event (``collapse``) or several (``keep``).
        create: Ends ("source", "target") whose nodes are created where no file of nodes lists them.
        roles: Roles of every node in the file.
        columns: Schema column to file column.
        constants: Schema column to a fixed value.
        ignore: File columns that are not read on purpose.
        format: Name of a file format; ``auto`` goes by the file's name.
        encoding: ``auto``, or a Python codec name.
        delimiter: ``auto``, or one character.
        header_row: Number of the line that names the columns, from 1; 0 for the first that is not blank.
        footer_rows: Lines at the end of the file that are no records; blank ones do not count.
        decimal: The mark before the fraction of a number: ``.``, ``,``, or ``auto``.
        currency: Code of the currency of amounts of money.
        list_separator: What stands between the items of a list cell, or ``auto``.
        date_order: Order of day, month and year in dates of the form 03/04/2026.
        missing: Words that mean an empty cell.
        rules: Quality rules, which report on records and change nothing.
        time_zone: Zone of times without an offset; empty where undeclared.
    """

    path: str
    node: str = ""
    edge: EdgeKey | None = None
    relation_column: str = ""
    relations: Mapping[str, EdgeKey] = field(default_factory=lambda: MappingProxyType({}))
    id: str = ""
    source: str = ""
    target: str = ""
    time: str = ""
    time_unit: Literal["s", "ms", "us", "text"] = "text"
    weight: str = ""
    event_id: str = DERIVE
    duplicates: Literal["collapse", "keep"] = "collapse"
    create: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ignore: tuple[str, ...] = ()
    format: str = "auto"
    encoding: str = "auto"
    delimiter: str = "auto"
    header_row: int = 0
    footer_rows: int = 0
    decimal: Literal["auto", ".", ","] = "auto"
    currency: str = "CNY"
    list_separator: str = "auto"
    date_order: Literal["ymd", "dmy", "mdy"] = "ymd"
    missing: tuple[str, ...] = MISSING_WORDS
    rules: tuple[Rule, ...] = ()
    time_zone: str = ""

    @property
    def edge_types(self) -> tuple[EdgeKey, ...]:
        """The edge types that records of this file can have."""
        return (
            tuple(dict.fromkeys(self.relations.values())) if self.relation_column else (self.edge,) if self.edge else ()
        )

    def used_columns(self) -> dict[str, str]:
        """File columns that the mapping reads, each with what it is used for."""
        used = {self.id: "id", self.source: "source", self.target: "target", self.time: "time", self.weight: "weight"}
        used[self.relation_column] = "relation"
        if self.event_id != DERIVE:
            used[self.event_id] = "event_id"
        used.update({theirs: ours for ours, theirs in self.columns.items()})
        used.pop("", None)
        return used

    def digest(self) -> str:
        """SHA-256 of every setting that affects how a record is converted."""
        body = {
            k: (dict(v) if isinstance(v, Mapping) else v) for k, v in vars(self).items() if k not in ("path", "rules")
        }
        return hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True)
class Source:
    """A file and the entry of the mapping that reads it."""

    file: Path
    name: str
    mapping: FileMapping


def type_name(source: Source) -> str:
    """The node type or the edge types of a source, as one text."""
    mapping = source.mapping
    return mapping.node or ", ".join(str(key) for key in mapping.edge_types)
