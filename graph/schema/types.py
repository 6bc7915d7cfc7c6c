"""The parts of a schema: node types, edge types, their columns, limits and sensitivity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from graph.errors import ConfigError, nearest
from graph.number_limits import ANY_NUMBER, NOT_NEGATIVE, Limits
from graph.schema.roles import WANTING, Meaning, Role, meaning_of, role_between

ColumnType = Literal["text", "integer", "decimal", "money", "boolean", "time", "date", "list"]
Sensitivity = Literal["open", "personal", "sensitive"]

RESERVED_COLUMNS = frozenset(
    {"n", "id", "src", "dst", "time", "weight", "event", "event_high", "event_low", "row", "load"}
)
PERSON = "Person"
TIMES = "times"


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
        type: ``time`` is a moment in UTC seconds; ``date`` a calendar day, independent of time zones; ``decimal`` a
            float64; ``money`` an amount exact to the cent; ``list`` a list of texts.
        sensitivity: ``personal`` for data about a person; ``sensitive`` for the classes that article 28 of PIPL
            (China's law on personal information) names. Sensitive columns are stored, but hidden unless a setting
            allows them (``graph.trust.sensitive``).
        doc: One line for ``data describe --schema``.
        values: The accepted values of a text column; empty for any.
        currency: ISO 4217 code of a money column, or of a decimal column that holds amounts: these are parsed like
            money and kept as the nearest float64.
        limits: Range of accepted numbers; a record outside it is refused.
        units: Words that may follow a decimal number without changing it, as in ``5星`` (5 stars).
    """

    type: ColumnType
    sensitivity: Sensitivity = "open"
    doc: str = ""
    values: tuple[str, ...] = ()
    currency: str = ""
    limits: Limits = ANY_NUMBER
    units: tuple[str, ...] = ()


_RATING_UNITS = ("星", "颗星", "分")
_TIMES = Column("decimal", "open", "how often it happened; once where it is empty")


@dataclass(frozen=True, slots=True)
class NodeType:
    """A kind of node, its columns, and the roles (flags in arrays, extra labels in stores) that its nodes can have."""

    name: str
    columns: Mapping[str, Column]
    roles: tuple[str, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class EdgeType:
    """A kind of edge.

    Attributes:
        key: Source node type, relation, target node type.
        meaning: Its role and everything that follows from it.
        weight: Description of the weight ("amount in yuan"); empty where events have no weight.
        columns: Further typed columns; ``times`` is always one of them.
        kinds: Accepted values of the column ``kind``; empty where there is no such column.
        sensitivity: Sensitivity of the event itself.
        doc: One line for ``data describe --schema``.
        words: Words in file names and cells by which ``init`` recognises the relation.
        limits: Range of accepted weights. Amounts of role acquire may be negative: these are returns.
    """

    key: EdgeKey
    meaning: Meaning
    weight: str = ""
    columns: Mapping[str, Column] = field(default_factory=lambda: MappingProxyType({TIMES: _TIMES}))
    kinds: tuple[str, ...] = ()
    sensitivity: Sensitivity = "personal"
    doc: str = ""
    words: tuple[str, ...] = ()
    limits: Limits = ANY_NUMBER

    @property
    def role(self) -> Role:
        """Role of the relation."""
        return self.meaning.role

    @property
    def currency(self) -> str:
        """ISO 4217 code where the weight is an amount of money, else empty."""
        return self.meaning.currency

    @property
    def weight_column(self) -> Column:
        """The weight as a column, for reading it from files."""
        units = _RATING_UNITS if self.meaning.measure == "rating" else ()
        return Column("decimal", currency=self.currency, limits=self.limits, units=units)

    @property
    def scale(self) -> tuple[float, float] | None:
        """The lowest and the highest rating; None where the weight is not a rating."""
        return (self.meaning.low, self.meaning.high) if self.meaning.measure == "rating" else None


@dataclass(frozen=True)
class Schema:
    """All node types and edge types that a market can have.

    Attributes:
        nodes: By name.
        edges: By key.
        notes: Remarks for the user about their schema.toml, one sentence each.
    """

    nodes: Mapping[str, NodeType]
    edges: Mapping[EdgeKey, EdgeType]
    notes: tuple[str, ...] = ()

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
            ConfigError: there is none; the hint lists the node types that the relation leads to.
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

    def meaning(self, key: EdgeKey) -> Meaning:
        """The meaning of that edge type; for an unknown one that of ``role_between`` its ends."""
        known = self.edges.get(key)
        return known.meaning if known else meaning_of(role_between(key.source, key.target, person=PERSON), key.relation)

    def targets(self) -> tuple[str, ...]:
        """The node types that can be recommended: targets of the roles acquire, intend and rate."""
        found = [k.target for k, e in self.edges.items() if k.source == PERSON and e.role in WANTING]
        return tuple(name for name in dict.fromkeys((*self.nodes, *found)) if name in found)

    def target(self, name: str) -> str:
        """The node type of that name, which must be one that can be recommended; case does not matter.

        Raises:
            ConfigError: there is none; the hint proposes the nearest name.
        """
        known = {target.lower(): target for target in self.targets()}
        if name.lower() not in known:
            raise ConfigError(
                f"{name!r} cannot be recommended: no relation of role acquire, intend or rate leads to it",
                hint=nearest(name.lower(), known),
            )
        return known[name.lower()]

    def social(self) -> tuple[str, ...]:
        """Names of the relations between people."""
        return tuple(dict.fromkeys(k.relation for k, e in self.edges.items() if e.meaning.social))


def with_times(columns: Mapping[str, Column], role: Role) -> Mapping[str, Column]:
    """The columns of an edge type: the given ones and ``times``, how often the event of a row happened.

    A given column of the name ``times`` becomes a decimal column; its doc, sensitivity and limits are kept.
    """
    given = columns.get(TIMES, _TIMES)
    limits = given.limits or (ANY_NUMBER if role == "acquire" else NOT_NEGATIVE)
    return MappingProxyType(
        {**columns, TIMES: Column("decimal", given.sensitivity, given.doc or _TIMES.doc, limits=limits)}
    )


def weight_limits(meaning: Meaning) -> Limits:
    """Default limits of the weight: counts, durations and fees (role publish) cannot be negative.

    Weights of role acquire can be negative (returns), and so can amounts that a campaign brought (refunds).
    """
    counted = meaning.measure in ("count", "duration") or (meaning.measure, meaning.role) == ("money", "publish")
    return NOT_NEGATIVE if counted and meaning.role != "acquire" else ANY_NUMBER
