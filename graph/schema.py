"""Node types, edge types, their columns and their sensitivity: the only place where they are spelled.

A user extends the market schema with a TOML file::

    [nodes.Store]
    columns = { name = "text", city = "text" }

    [[edges]]
    relation = "VISITED"
    source = "Person"
    target = "Store"
    weight = "minutes spent"
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

from graph.errors import ConfigError
from graph.toml import check_keys, choice_of, table_of, tables_of, text_list, text_of

ColumnType = Literal["text", "integer", "decimal", "boolean", "time"]
Sensitivity = Literal["open", "personal", "sensitive"]

_NODE_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,40}")
_RELATION_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,40}")
_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_COLUMNS_EXAMPLE = 'columns = { city = "text" }'
RESERVED_COLUMNS = frozenset({"id", "src", "dst", "time", "weight", "event", "row"})


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
        type: What a value is; times are UTC seconds, decimals float64.
        sensitivity: ``personal`` tells something about a person; ``sensitive`` is a class that PIPL
            article 28 names, and such columns are off by default.
        doc: One line for ``data describe --schema``.
    """

    type: ColumnType
    sensitivity: Sensitivity = "open"
    doc: str = ""


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
    """

    key: EdgeKey
    weight: str = ""
    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({}))
    kinds: tuple[str, ...] = ()
    sensitivity: Sensitivity = "personal"
    doc: str = ""


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
            raise ConfigError(f"unknown node type {name!r}", hint=_nearest(name, self.nodes))
        return self.nodes[name]

    def edge(self, key: EdgeKey) -> EdgeType:
        """The edge type of that key.

        Raises:
            ConfigError: there is none; the hint lists where the relation does lead.
        """
        if key not in self.edges:
            same = [str(k) for k in self.edges if k.relation == key.relation]
            hint = f"known: {', '.join(same)}" if same else _nearest(key.relation, {k.relation for k in self.edges})
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
        try:
            document = tomllib.loads(file.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(
                f"{file}: {error}", hint="see `graphvine data describe --schema` for an example"
            ) from None
        unknown = set(document) - {"nodes", "edges"}
        if unknown:
            raise ConfigError(f"{file}: unknown section {sorted(unknown)[0]!r}", hint="use [nodes.NAME] and [[edges]]")
        nodes, edges = dict(self.nodes), dict(self.edges)
        added = table_of(document, "nodes", str(file), "[nodes.NAME]")
        for name in added:
            body = table_of(added, name, f"{file}, nodes", f"[nodes.{name}]")
            nodes[name] = _node(name, body, file, nodes.get(name))
        for i, body in enumerate(tables_of(document, "edges", str(file)), 1):
            edge = _edge(body, f"{file}, [[edges]] number {i}", file, nodes)
            edges[edge.key] = edge
        return Schema(MappingProxyType(nodes), MappingProxyType(edges))


def _node(name: str, body: Mapping[str, Any], file: Path, old: NodeType | None) -> NodeType:
    """The node type of a TOML table; one that is there already keeps what it has and gains what the table names."""
    where = f"{file}, nodes.{name}"
    _check_name(name, _NODE_NAME, file, "node type", "Store")
    check_keys(body, {"columns", "roles", "doc"}, where)
    columns = _columns(table_of(body, "columns", where, _COLUMNS_EXAMPLE), file)
    roles = text_list(body, "roles", where)
    for role in roles:
        _check_name(role, _NODE_NAME, file, "role", "Member")
    old = old or NodeType(name, {})
    roles = tuple(dict.fromkeys((*old.roles, *roles)))
    doc = text_of(body, "doc", where, old.doc)
    return NodeType(name, MappingProxyType({**old.columns, **columns}), roles, doc)


def _edge(body: Mapping[str, Any], where: str, file: Path, nodes: Mapping[str, NodeType]) -> EdgeType:
    """The edge type of a TOML table."""
    check_keys(body, {"relation", "source", "target", "weight", "columns", "kinds", "sensitivity", "doc"}, where)
    missing = {"relation", "source", "target"} - set(body)
    if missing:
        raise ConfigError(f"{where} lacks {sorted(missing)[0]!r}", hint="name relation, source and target")
    key = EdgeKey(*(text_of(body, part, where) for part in EdgeKey._fields))
    _check_name(key.relation, _RELATION_NAME, file, "relation", "VISITED")
    for end in (key.source, key.target):
        if end not in nodes:
            raise ConfigError(f"{file}: {key} uses unknown node type {end!r}", hint=_nearest(end, nodes))
    return EdgeType(
        key,
        weight=text_of(body, "weight", where),
        columns=MappingProxyType(_columns(table_of(body, "columns", where, _COLUMNS_EXAMPLE), file)),
        kinds=text_list(body, "kinds", where),
        sensitivity=choice_of(body, "sensitivity", "personal", set(get_args(Sensitivity)), where),
        doc=text_of(body, "doc", where),
    )


def _nearest(name: str, known: object) -> str:
    names = sorted(str(n) for n in known)  # type: ignore[attr-defined]
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names)}"


def _check_name(name: str, pattern: re.Pattern[str], file: Path, what: str, example: str) -> None:
    if not pattern.fullmatch(name):
        raise ConfigError(f"{file}: {name!r} is not a valid {what} name", hint=f"write it like {example}")


def _columns(body: Mapping[str, object], file: Path) -> dict[str, Column]:
    columns = {}
    for name, spec in body.items():
        _check_name(name, _COLUMN_NAME, file, "column", "city")
        if name in RESERVED_COLUMNS:
            raise ConfigError(
                f"{file}: column name {name!r} is taken", hint=f"reserved: {', '.join(sorted(RESERVED_COLUMNS))}"
            )
        parts = spec if isinstance(spec, dict) else {"type": spec}
        where = f"{file}: column {name!r}"
        if set(parts) - {"type", "sensitivity", "doc"}:
            raise ConfigError(f"{where} has unknown keys", hint="keys: type, sensitivity, doc")
        for key, choices in (("type", get_args(ColumnType)), ("sensitivity", get_args(Sensitivity))):
            if (key == "type" or key in parts) and parts.get(key) not in choices:
                raise ConfigError(f"{where} has no known {key}", hint=f"choose one of {', '.join(choices)}")
        text_of(parts, "doc", where)
        columns[name] = Column(**parts)
    return columns


def _frozen(**columns: Column) -> Mapping[str, Column]:
    return MappingProxyType(columns)


def _text(doc: str = "", sensitivity: Sensitivity = "open") -> Column:
    return Column("text", sensitivity, doc)


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
            signup=Column("time", "personal", "first seen"),
            platform=_text("where a KOL publishes"),
            followers=Column("integer", "open", "follower count as the platform states it"),
            cost=Column("decimal", "open", "price of one post in yuan"),
        ),
        roles=("User", "KOL"),
        doc="somebody who uses, buys, follows or publishes; roles are flags, so a KOL who buys is one node",
    ),
    NodeType(
        "Product",
        _frozen(name=_text(), brand=_text(), category=_text(), price=Column("decimal", "open", "yuan")),
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
            price=Column("decimal", "open", "yuan"),
        ),
        doc="a vehicle model that is sold or rented",
    ),
    NodeType("Topic", _frozen(name=_text()), doc="something that people search for or talk about"),
    NodeType(
        "Channel", _frozen(name=_text(), kind=_text("search, social, mail, store, ...")), doc="a way to reach people"
    ),
    NodeType(
        "Campaign",
        _frozen(name=_text(), start=Column("time"), end=Column("time"), budget=Column("decimal", "open", "yuan")),
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
        for target in targets:
            yield EdgeType(EdgeKey("Person", relation, target), weight, columns or _frozen(), kinds, sensitivity, doc)

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
