"""Kinds of values: what an expression can be, as far as the text, the parameters and the market's columns tell."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph.schema import Schema
from graph.store.derived import LABEL, LABELS, RELATIONS

INTEGER, FLOAT, TEXT, BOOLEAN, NULL = "integer", "decimal", "text", "truth value", "null"
DATE, DATETIME, ZONED, DURATION = "date", "time", "time with an offset", "duration"
NODE, RELATIONSHIP, PATH, LIST, MAP = "node", "relationship", "path", "list", "map"
UNKNOWN = "unknown"
NUMBERS = frozenset({INTEGER, FLOAT})
TEMPORAL = frozenset({DATE, DATETIME, ZONED, DURATION})
_TOLD_BY_TYPE = frozenset({bool, int, float, str, type(None)})
_OF_COLUMN = {
    "text": TEXT, "integer": INTEGER, "decimal": FLOAT, "money": FLOAT, "boolean": BOOLEAN, "time": DATETIME,
    "date": DATE,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Everything that a value may be.

    Attributes:
        names: The possible kinds; ``unknown`` where the text alone does not tell.
        item: What a list holds.
        fields: What a map holds under each key; None where that is not known.
        most: How many items a list holds at most; None where that is not known.
    """

    names: frozenset[str]
    item: Kind | None = None
    fields: Mapping[str, Kind] | None = None
    most: int | None = None

    def only(self, *names: str) -> bool:
        """Whether it is surely one of these, or null; what is unknown may be."""
        return self.names <= {*names, NULL, UNKNOWN}

    def may(self, *names: str) -> bool:
        """Whether it can be one of these."""
        return bool(self.names & set(names))

    def surely(self, *names: str) -> bool:
        """Whether it is one of these, or null, and known to be."""
        return self.names <= {*names, NULL}

    @property
    def said(self) -> str:
        """In words."""
        return " or ".join(sorted(self.names - {NULL})) or NULL


def kind(*names: str) -> Kind:
    """The kind of something that is one of these."""
    return Kind(frozenset(names))


NOTHING, ANYTHING = kind(NULL), kind(UNKNOWN)


def list_of(item: Kind, most: int | None = None) -> Kind:
    """A list of such values."""
    return Kind(frozenset({LIST}), item, most=most)


def either(kinds: Iterable[Kind]) -> Kind:
    """The kind of a value that has one of these kinds."""
    found = list(kinds)
    items = [k.item for k in found if k.item is not None]
    maps = [k.fields for k in found if MAP in k.names]
    fields: dict[str, Kind] | None = None
    if maps and all(m is not None for m in maps):
        keys = sorted({key for m in maps for key in (m or {})})
        fields = {key: either((m or {}).get(key, NOTHING) for m in maps) for key in keys}
    names = frozenset().union(*(k.names for k in found)) if found else frozenset({NULL})
    lengths = [k.most for k in found if k.may(LIST, UNKNOWN)]
    most = max((n for n in lengths if n is not None), default=None) if None not in lengths else None
    return Kind(names, either(items) if items else None, fields, most)


def kind_of(value: Any) -> Kind:
    """The kind of a parameter's value."""
    if isinstance(value, bool):
        return kind(BOOLEAN)
    if isinstance(value, datetime.datetime):
        return kind(DATETIME if value.utcoffset() == datetime.timedelta(0) else ZONED)
    if isinstance(value, (list, tuple)):
        # Lists are long, and their items mostly of a few types whose kind the type alone tells.
        each = {type(item): item for item in value}
        told = each.values() if each.keys() <= _TOLD_BY_TYPE else value
        return list_of(either(kind_of(item) for item in told), len(value))
    if isinstance(value, Mapping):
        return Kind(frozenset({MAP}), fields={str(k): kind_of(v) for k, v in value.items()})
    simple = ((type(None), NULL), (int, INTEGER), (float, FLOAT), (str, TEXT), (datetime.date, DATE))
    return next((kind(name) for type_, name in simple if isinstance(value, type_)), ANYTHING)


def property_kinds(schema: Schema) -> dict[str, Kind]:
    """Name of a property to what it can be, over all node types and edge types of a market."""
    found: dict[str, list[Kind]] = {
        "id": [kind(TEXT)], "time": [kind(DATETIME, NULL)], "weight": [kind(FLOAT, NULL)],
        "result_id": [kind(TEXT, NULL)], "derived": [kind(BOOLEAN, NULL)],
    }  # fmt: skip
    for columns in [n.columns for n in schema.nodes.values()] + [e.columns for e in schema.edges.values()]:
        for name, column in columns.items():
            one = list_of(kind(TEXT)) if column.type == "list" else kind(_OF_COLUMN[column.type])
            found.setdefault(name, [NOTHING]).append(one)
    return {name: either(kinds) for name, kinds in found.items()}


def is_finite(value: Any) -> bool:
    """Whether a parameter holds no number beyond all bounds; engines disagree about these."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping):
        return all(is_finite(v) for v in value.values())
    return all(is_finite(v) for v in value) if isinstance(value, (list, tuple)) else True


@dataclass(frozen=True)
class Market:
    """What the guard has to know of a market.

    Attributes:
        properties: Name of a property to what it can be.
        labels: Node type to its roles; derived nodes are among them.
        relations: Types of relationships; derived ones are among them.
    """

    properties: Mapping[str, Kind]
    labels: Mapping[str, tuple[str, ...]]
    relations: frozenset[str]


def market_of(schema: Schema) -> Market:
    """The market of a schema."""
    labels = {name: tuple(sorted(node.roles)) for name, node in schema.nodes.items()}
    relations = frozenset(key.relation for key in schema).union(RELATIONS.values())
    return Market(property_kinds(schema), {**dict.fromkeys(LABELS, (LABEL,)), **labels}, relations)


def market_to_json(market: Market) -> dict[str, Any]:
    """A market as plain data."""
    return {
        "properties": {name: sorted(found.names) for name, found in sorted(market.properties.items())},
        "labels": {name: list(roles) for name, roles in sorted(market.labels.items())},
        "relations": sorted(market.relations),
    }


def market_from_json(facts: Mapping[str, Any]) -> Market:
    """The market that ``market_to_json`` wrote; lists of a market hold texts."""
    properties = {
        name: Kind(frozenset(names), kind(TEXT) if LIST in names else None)
        for name, names in facts["properties"].items()
    }
    labels = {name: tuple(roles) for name, roles in facts["labels"].items()}
    return Market(properties, labels, frozenset(facts["relations"]))
