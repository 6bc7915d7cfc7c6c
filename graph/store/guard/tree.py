"""What a query is made of, as plain values; ``reading`` makes them, ``kinds`` and the dialects walk over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# Walking into patterns takes more calls than walking into an operand.
_SUBQUERY = 3


@dataclass(slots=True)
class Expr:
    """An expression.

    Attributes:
        kind: What it is: ``number``, ``string``, ``parameter``, ``variable``, ``constant`` (true, false, null),
            ``list``, ``map``, ``projection``, ``property``, ``item``, ``slice``, ``call``, ``star`` (``count(*)``),
            ``case``, ``comprehension``, ``quantifier``, ``reduce``, ``walk`` (a pattern comprehension), ``pattern``,
            ``exists``, ``count``, ``not``, ``negative``, ``binary``, ``null``, ``label``.
        start: Place of its first character.
        end: Place after its last character.
        parts: Its operands, in order.
        text: Its name, operator or value.
        names: Further names: keys of a map, the variable of a comprehension, ``distinct`` for a call.
        body: Patterns and condition of what looks at the graph.
        height: How many expressions stand within each other; what looks at the graph counts for several.
    """

    kind: str
    start: int
    end: int
    parts: tuple[Expr, ...] = ()
    text: str = ""
    names: tuple[str, ...] = ()
    body: tuple[Match, ...] = ()
    height: int = field(init=False)

    def __post_init__(self) -> None:
        """Take the height from the parts, which stay as they are."""
        inside = [part.height for part in self.parts] + [_SUBQUERY + height_of(match) for match in self.body]
        self.height = 1 + max(inside, default=0)


@dataclass(slots=True)
class NodePattern:
    """``(variable:Label {key: value} WHERE condition)``."""

    start: int
    variable: str = ""
    labels: Label | None = None
    properties: Expr | None = None
    where: Expr | None = None


@dataclass(slots=True)
class RelPattern:
    """``-[variable:TYPE*1..3 {key: value}]->``; ``hops`` is None for a single relationship."""

    start: int
    variable: str = ""
    types: tuple[str, ...] = ()
    hops: tuple[int, int] | None = None
    properties: Expr | None = None
    where: Expr | None = None
    direction: Literal["<", ">", "-"] = "-"


@dataclass(slots=True)
class Label:
    """A label expression: a name, or ``not``, ``and``, ``or`` over others."""

    kind: Literal["name", "not", "and", "or"]
    text: str = ""
    parts: tuple[Label, ...] = ()


@dataclass(slots=True)
class Pattern:
    """Nodes and relationships in turn, with the name of the path and the function that takes the shortest."""

    steps: list[NodePattern | RelPattern]
    variable: str = ""
    shortest: str = ""


@dataclass(slots=True)
class Match:
    """MATCH or OPTIONAL MATCH."""

    patterns: list[Pattern]
    where: Expr | None = None
    optional: bool = False


def height_of(match: Match) -> int:
    """The height of the highest expression in patterns and their condition."""
    steps = [step for pattern in match.patterns for step in pattern.steps]
    found = [match.where, *(expr for step in steps for expr in (step.where, step.properties))]
    return max((expr.height for expr in found if expr is not None), default=0)


@dataclass(slots=True)
class Unwind:
    """UNWIND expression AS variable."""

    expr: Expr
    variable: str


@dataclass(slots=True)
class Item:
    """A column: an expression and its name, which is the text of the expression where none is written.

    Attributes:
        expr: The expression.
        name: The name, or what stands for it where engines could misread it.
        shown: The name as it was written.
    """

    expr: Expr
    name: str
    shown: str


@dataclass(slots=True)
class Project:
    """WITH or RETURN."""

    word: Literal["WITH", "RETURN"]
    start: int
    items: list[Item] = field(default_factory=list)
    star: bool = False
    distinct: bool = False
    order: list[tuple[Expr, bool]] = field(default_factory=list)
    skip: Expr | None = None
    limit: Expr | None = None
    where: Expr | None = None


Clause = Match | Unwind | Project


@dataclass(slots=True)
class Query:
    """Branches of clauses, joined by UNION (``DISTINCT``) or UNION ALL (``ALL``)."""

    branches: list[list[Clause]]
    union: Literal["", "DISTINCT", "ALL"] = ""
