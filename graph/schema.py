"""Node types, edge types, their columns and their sensitivity: the only place where they are spelled.

A user extends the market schema with a TOML file::

    [nodes.Store]
    columns = { city = "text", rent = "money", tags = "list", size = { type = "text", values = ["S", "L"] } }

    [[edges]]
    relation = "VISITED"
    source = "Person"
    target = "Store"
    weight = "amount spent"
    currency = "CNY"                       # the weight is an amount of money
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from graph.errors import ConfigError

ColumnType = Literal["text", "integer", "decimal", "money", "boolean", "time", "date", "list"]
Sensitivity = Literal["open", "personal", "sensitive"]

RESERVED_COLUMNS = frozenset(
    {"n", "id", "src", "dst", "time", "weight", "event", "event_high", "event_low", "row", "load"}
)


class EdgeKey(NamedTuple):
    """The name of an edge type: source node type, relation, target node type."""

    source: str
    relation: str
    target: str

    def __str__(self) -> str:
        return f"{self.source}-{self.relation}-{self.target}"


@dataclass(frozen=True, slots=True)
class Column:
    """A typed attribute of a node or an edge.

    Attributes:
        type: What a value is: times are moments, in UTC seconds; dates are days of the calendar, which no zone moves;
            decimals are float64; money is exact to the cent, a list holds texts.
        sensitivity: ``personal`` tells something about a person; ``sensitive`` is a class that PIPL
            article 28 names, and such columns are off by default.
        doc: One line for ``data describe --schema``.
        values: The accepted values of a text column; empty where any will do.
        currency: ISO 4217 code of the amounts in a column of money, and of decimals that are amounts too: these obey
            the rules of money, and are kept as the nearest float64.
    """

    type: ColumnType
    sensitivity: Sensitivity = "open"
    doc: str = ""
    values: tuple[str, ...] = ()
    currency: str = ""


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node, its attributes, and the roles (flags, extra labels) that a node of it can have."""

    name: str
    columns: Mapping[str, Column]
    roles: tuple[str, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class EdgeType:
    """A kind of edge.

    Attributes:
        key: Source node type, relation, target node type.
        weight: What the weight means ("amount in yuan"), or empty where an event has none.
        columns: Further typed columns.
        kinds: Accepted values of the column ``kind``, where there is one.
        sensitivity: Class of the event itself.
        doc: One line for ``data describe --schema``.
        currency: ISO 4217 code where the weight is an amount of money, else empty.
    """

    key: EdgeKey
    weight: str = ""
    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    kinds: tuple[str, ...] = ()
    sensitivity: Sensitivity = "personal"
    doc: str = ""
    currency: str = ""


@dataclass(frozen=True)
class Schema:
    """All node types and edge types that a market may hold.

    >>> MARKET.node("Person").roles
    ('User', 'KOL')
    >>> MARKET.relation("BOUGHT", target="Vehicle").key.source
    'Person'
    """

    nodes: Mapping[str, NodeType]
    edges: Mapping[EdgeKey, EdgeType]

    def __iter__(self) -> Iterator[EdgeKey]:
        return iter(self.edges)

    def node(self, name: str) -> NodeType:
        """The node type of that name.

        Raises:
            ConfigError: there is none; the hint proposes the nearest name.
        """
        if name not in self.nodes:
            raise ConfigError(f"unknown node type {name!r}", hint=nearest(name, self.nodes))
        return self.nodes[name]

    def edge(self, key: EdgeKey) -> EdgeType:
        """The edge type of that key.

        Raises:
            ConfigError: there is none; the hint lists where the relation does lead.
        """
        if key not in self.edges:
            same = [str(k) for k in self.edges if k.relation == key.relation]
            hint = f"known: {', '.join(same)}" if same else nearest(key.relation, {k.relation for k in self.edges})
            raise ConfigError(f"unknown edge type {key}", hint=hint + "; add your own in schema.toml")
        return self.edges[key]

    def relation(self, relation: str, *, target: str) -> EdgeType:
        """The edge type with that relation and target node type.

        Raises:
            ConfigError: no edge type, or more than one, fits.
        """
        found = [e for k, e in self.edges.items() if k.relation == relation and k.target == target]
        if len(found) != 1:
            names = ", ".join(str(k) for k in self.edges if k.relation == relation) or "none"
            raise ConfigError(f"relation {relation} to {target} is not one edge type", hint=f"edge types: {names}")
        return found[0]

    def extend(self, file: Path) -> Schema:
        """This schema with the node types, columns and edge types of a TOML file added.

        Raises:
            ConfigError: the file cannot be parsed, or a name or type in it is not valid.
        """
        from graph.schema_file import extended

        return extended(self, file)


def nearest(name: str, known: object) -> str:
    """A hint that names the known name that is nearest, or all of them."""
    names = sorted(str(n) for n in known)  # type: ignore[attr-defined]
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"


def _frozen(**columns: Column) -> Mapping[str, Column]:
    return MappingProxyType(columns)


def _text(doc: str = "", sensitivity: Sensitivity = "open") -> Column:
    return Column("text", sensitivity, doc)


def _yuan(doc: str) -> Column:
    return Column("decimal", "open", doc, currency="CNY")


_KIND = _frozen(kind=_text("one of the accepted kinds"))
_CHANNEL = _frozen(channel=_text("where it happened"))

_NODES = (
    NodeType(
        "Person",
        _frozen(
            name=_text("display name", "personal"),
            gender=_text("", "personal"),
            age_band=_text("for example 25-34", "personal"),
            city=_text("", "personal"),
            tags=_text("interests, separated by |", "personal"),
            signup=Column("date", "personal", "day of the first visit or of signing up"),
            platform=_text("where a KOL publishes"),
            followers=Column("integer", "open", "follower count as the platform states it"),
            cost=_yuan("price of one post in yuan"),
        ),
        roles=("User", "KOL"),
        doc="somebody who uses, buys, follows or publishes; roles are flags, so a KOL who buys is one node",
    ),
    NodeType(
        "Product",
        _frozen(name=_text(), brand=_text(), category=_text(), price=_yuan("yuan")),
        doc="something sold",
    ),
    NodeType(
        "Vehicle",
        _frozen(
            name=_text(),
            model=_text(),
            brand=_text(),
            price_band=_text(),
            energy_type=_text("battery, hybrid, range extender or petrol"),
            body=_text("sedan, SUV, MPV or hatchback"),
            price=_yuan("yuan"),
        ),
        doc="a vehicle model that is sold or rented",
    ),
    NodeType("Topic", _frozen(name=_text()), doc="something that people search for or talk about"),
    NodeType(
        "Channel", _frozen(name=_text(), kind=_text("search, social, mail, store, ...")), doc="a way to reach people"
    ),
    NodeType(
        "Campaign",
        _frozen(
            name=_text(),
            start=Column("date", doc="first day"),
            end=Column("date", doc="last day"),
            budget=_yuan("yuan"),
        ),
        doc="a marketing action with a period and a budget",
    ),
)


def _edges() -> Iterator[EdgeType]:
    def edge(
        relation: str,
        *targets: str,
        weight: str = "",
        columns: Mapping[str, Column] | None = None,
        kinds: tuple[str, ...] = (),
        sensitivity: Sensitivity = "personal",
        doc: str = "",
    ) -> Iterator[EdgeType]:
        money = "CNY" if weight.endswith("in yuan") else ""
        for target in targets:
            key = EdgeKey("Person", relation, target)
            yield EdgeType(key, weight, columns or _frozen(), kinds, sensitivity, doc, money)

    yield from edge("VIEWED", "Product", "Vehicle", weight="seconds on the page", doc="looked at")
    yield from edge("SEARCHED", "Topic", "Product", "Vehicle", weight="times", doc="searched for")
    yield from edge("FAVOURITED", "Product", "Vehicle", doc="saved for later")
    yield from edge("CARTED", "Product", weight="quantity", doc="put into the cart")
    yield from edge("BOUGHT", "Product", "Vehicle", weight="amount in yuan", doc="paid for")
    yield from edge("RENTED", "Vehicle", weight="amount in yuan", doc="rented")
    yield from edge("TEST_DROVE", "Vehicle", weight="minutes", doc="drove on trial")
    yield from edge("OWNS", "Vehicle", "Product", doc="has, wherever it was bought")
    yield from edge(
        "RATED",
        "Product",
        "Vehicle",
        weight="rating",
        columns=_frozen(helpfulness=Column("decimal", "open", "how helpful others found it")),
        doc="rated or reviewed",
    )
    yield from edge("FOLLOWS", "Person", doc="follows or trusts")
    yield from edge(
        "INTERACTED",
        "Person",
        weight="times",
        columns=_KIND,
        kinds=("like", "comment", "share"),
        doc="reacted to what the target published",
    )
    yield from edge("MENTIONS", "Product", "Vehicle", "Topic", doc="wrote about")
    yield from edge(
        "PROMOTES", "Product", "Vehicle", weight="fee in yuan", sensitivity="open", doc="advertised, paid or not"
    )
    yield from edge("REFERRED", "Person", doc="brought a new customer")
    yield from edge("EXPOSED_TO", "Campaign", "Channel", weight="impressions", columns=_CHANNEL, doc="was shown")
    yield from edge("CLICKED", "Campaign", weight="clicks", columns=_CHANNEL, doc="clicked")
    yield from edge(
        "CONVERTED", "Campaign", weight="amount in yuan", columns=_CHANNEL, doc="did what the campaign asked for"
    )


MARKET = Schema(MappingProxyType({n.name: n for n in _NODES}), MappingProxyType({e.key: e for e in _edges()}))
