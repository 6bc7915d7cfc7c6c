"""What engines answer differently is refused here, by the kinds of the values that meet."""

# Methods are named after what they look at.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from graph.errors import QueryRefusedError
from graph.store.guard.admission import MAX_HOPS
from graph.store.guard.functions import aggregates
from graph.store.guard.grouping import GroupingRules
from graph.store.guard.kinds import (
    ANYTHING,
    BOOLEAN,
    INTEGER,
    LIST,
    NODE,
    NULL,
    NUMBERS,
    PATH,
    RELATIONSHIP,
    ZONED,
    Kind,
    either,
    kind,
    list_of,
)  # fmt: skip
from graph.store.guard.lengths import UNKNOWN_LENGTH
from graph.store.guard.terms import Scope, TermRules
from graph.store.guard.tokens import place_of
from graph.store.guard.tree import (
    Clause,
    Expr,
    Item,
    Label,
    Match,
    NodePattern,
    Pattern,
    Project,
    Query,
    RelPattern,
    Unwind,
)  # fmt: skip

_OURS = "graphvine"
_MAX_LOOSE = 2


@dataclass(frozen=True)
class Checked:
    """A query that may run.

    Attributes:
        query: Its tree.
        text: What places in the tree refer to.
        kinds: The kind of each expression, by its ``id()``.
        parameters: The values of its parameters; empty where they are not known.
        asked: The names in it, as ``(label | relation, name)``, in order of their first place.
    """

    query: Query
    text: str
    kinds: Mapping[int, Kind]
    parameters: Mapping[str, Any]
    asked: tuple[tuple[str, str], ...]


def checked(
    query: Query, text: str, *, parameters: Mapping[str, Any] | None, columns: Mapping[str, Kind] | None
) -> Checked:
    """The query with the kinds of its expressions.

    Raises:
        QueryRefusedError: two engines would answer it differently, or one of them not at all.
    """
    walk = _Walk(text, parameters, columns)
    walk.query(query)
    return Checked(query, text, walk.kinds, parameters or {}, tuple(walk.asked))


class _Walk(TermRules, GroupingRules):
    """One pass over a tree; ``kinds`` fills up on the way."""

    def __init__(self, text: str, parameters: Mapping[str, Any] | None, columns: Mapping[str, Kind] | None) -> None:
        self.text, self.parameters, self.columns = text, parameters, columns
        self.kinds: dict[int, Kind] = {}
        self.asked: dict[tuple[str, str], None] = {}
        self.ranges, self.replaced, self.loose = 1, 0, 0
        # Columns of the last RETURN, where n {.*} may stand.
        self.whole: set[int] = set()
        self.single = True

    def refuse(self, expr: Expr, message: str, hint: str) -> NoReturn:
        raise QueryRefusedError(f"{message} {place_of(self.text, max(expr.start, 0))}", hint=hint)

    # Clauses.

    def query(self, query: Query) -> None:
        self.single = len(query.branches) == 1
        columns: list[list[str]] = []
        kinds: list[list[Kind]] = []
        for branch in query.branches:
            names, found = self.branch(branch)
            columns.append(names)
            kinds.append(found)
        if any(names != columns[0] for names in columns):
            raise QueryRefusedError(
                "the parts of a UNION do not have the same columns", hint="give the same names in the same order"
            )
        if query.union == "DISTINCT":
            last = query.branches[-1][-1]
            where = last.items[0].expr if isinstance(last, Project) and last.items else None
            for column in zip(*kinds, strict=True):
                self.distinct(either(column), where)

    def branch(self, clauses: list[Clause]) -> tuple[list[str], list[Kind]]:
        scope: Scope = {}
        self.loose, self.rows, self.matched = 0, 1, False
        for clause in clauses:
            if isinstance(clause, Match):
                self.match(clause, scope)
                self.rows, self.matched = max(self.rows, UNKNOWN_LENGTH), True
            elif isinstance(clause, Unwind):
                scope = self.unwind(clause, scope)
            else:
                scope = self.project(clause, scope)
        return list(scope), list(scope.values())

    def unwind(self, clause: Unwind, scope: Scope) -> Scope:
        found = self.expr(clause.expr, scope)
        self.fresh(clause.variable, scope)
        if not found.only(LIST):
            self.refuse(clause.expr, f"UNWIND takes a list and not {found.said}", "write it like UNWIND [1, 2] AS x")
        self.unwound(found)
        return {**scope, clause.variable: found.item or ANYTHING}

    def fresh(self, name: str, scope: Scope) -> None:
        if name in scope:
            raise QueryRefusedError(f"the variable {name} is there already", hint="give the new one another name")

    def match(self, clause: Match, scope: Scope) -> None:
        for pattern in clause.patterns:
            self.apart(pattern, scope)
            self.bind(pattern, scope, optional=clause.optional)
        for pattern in clause.patterns:
            self.pattern(pattern, scope)
        if clause.where is not None:
            self.truth(clause.where, scope)

    def apart(self, pattern: Pattern, scope: Scope) -> None:
        """Count the parts that nothing connects and no property holds: three of them are a product of everything."""
        nodes = [step for step in pattern.steps if isinstance(step, NodePattern)]
        if not any(node.variable in scope or node.properties is not None for node in nodes):
            self.loose += 1
        hops = sum(step.hops[1] for step in pattern.steps if isinstance(step, RelPattern) and step.hops is not None)
        where = Expr("constant", pattern.steps[0].start, 0)
        if self.loose > _MAX_LOOSE:
            self.refuse(
                where, "three parts that nothing connects are refused", "connect them, or name a node: {id: $id}"
            )
        if hops > MAX_HOPS:
            self.refuse(
                where, f"a path of more than {MAX_HOPS} hops is refused", "make the bounds of its parts smaller"
            )

    def bind(self, pattern: Pattern, scope: Scope, *, optional: bool = False) -> None:
        more = {NULL} if optional else set()
        if pattern.variable:
            self.fresh(pattern.variable, scope)
            scope[pattern.variable] = kind(PATH, *more)
        for step in pattern.steps:
            if not step.variable:
                continue
            if isinstance(step, NodePattern):
                found = scope.setdefault(step.variable, kind(NODE, *more))
                if not found.only(NODE):
                    raise QueryRefusedError(f"{step.variable} is no node but {found.said}", hint="use another name")
            else:
                self.fresh(step.variable, scope)
                one = kind(RELATIONSHIP, *more)
                scope[step.variable] = one if step.hops is None else list_of(one)

    def pattern(self, pattern: Pattern, scope: Scope) -> None:
        for step in pattern.steps:
            if isinstance(step, NodePattern) and step.labels is not None:
                self.label(step.labels)
            if isinstance(step, RelPattern):
                self.asked.update(dict.fromkeys(("relation", name) for name in step.types))
            owner = NODE if isinstance(step, NodePattern) else RELATIONSHIP
            for name, value in zip(*self.entries(step), strict=True):
                self.equal(value, self.column(value, name, owner), self.expr(value, scope))
            if step.where is not None:
                self.truth(step.where, scope)

    def entries(self, step: NodePattern | RelPattern) -> tuple[tuple[str, ...], tuple[Expr, ...]]:
        return ((), ()) if step.properties is None else (step.properties.names, step.properties.parts)

    def label(self, label: Label) -> None:
        if label.kind == "name" and label.text.lower().startswith(_OURS):
            raise QueryRefusedError(
                f"the label {label.text} is the store's own", hint="ask for the labels of the market, like Person"
            )
        if label.kind == "name":
            self.asked["label", label.text] = None
        for part in label.parts:
            self.label(part)

    def project(self, clause: Project, scope: Scope) -> Scope:
        after: Scope = dict(scope) if clause.star else {}
        if clause.star and not scope:
            raise QueryRefusedError("* stands for no variable here", hint="name what you want")
        grouped = any(aggregates(item.expr) for item in clause.items)
        if clause.star and (grouped or clause.word == "RETURN"):
            # Columns and grouping keys like those that are written, in Neo4j's order; kglite has another.
            names = sorted(scope, key=lambda name: name.encode("utf-16-be"))
            clause.items[:0] = [Item(Expr("variable", clause.start, clause.start, text=n), n, n) for n in names]
            clause.star, after = False, {}
        if clause.word == "RETURN" and self.single and not (clause.distinct or clause.star or grouped):
            self.whole |= {id(item.expr) for item in clause.items}
        for item in clause.items:
            found = self.small(item.expr, self.expr(item.expr, scope))
            if item.name in after and not (clause.star and item.expr.text == item.name):
                self.refuse(item.expr, f"two columns are named {item.shown[:40]}", "name them apart with AS")
            if clause.distinct or (grouped and not aggregates(item.expr)):
                self.distinct(found, item.expr)
            after[item.name] = found
        if grouped or clause.limit is not None:
            self.loose = 0
        self.fewer(clause, grouped=grouped)
        self.grouping(clause, after)
        both = after if clause.distinct else {**scope, **after}
        for expr, _ in clause.order:
            self.sortable(expr, self.expr(expr, both))
        for bound in (clause.skip, clause.limit):
            if bound is not None and not self.counts(bound):
                self.refuse(bound, "SKIP and LIMIT take an integer from 0 on", "for example LIMIT 10")
        if clause.where is not None:
            self.truth(clause.where, after)
        return after

    def counts(self, bound: Expr) -> bool:
        """Whether this is a number of rows, as far as it is known."""
        found, value = self.expr(bound, {}), self.constant(bound)
        return found.only(INTEGER) and found.names != {NULL} and not (type(value) is int and value < 0)

    def fewer(self, clause: Project, *, grouped: bool) -> None:
        """A sum over everything is one row, and LIMIT says how many there are."""
        if grouped and all(aggregates(item.expr) for item in clause.items):
            self.rows, self.matched = 1, False
        most = None if clause.limit is None else self.constant(clause.limit)
        if type(most) is int and most < self.rows:
            self.rows, self.matched = max(1, most), False

    def distinct(self, found: Kind, expr: Expr | None) -> None:
        """One engine takes 1 and 1.0 for the same when it groups, the other does not; so with times."""
        if found.names >= NUMBERS:
            self.refuse(
                expr or _NOWHERE, "integers and decimals are mixed in a column that is grouped", "use toFloat(x)"
            )
        if ZONED in found.names:
            self.refuse(expr or _NOWHERE, "a time with an offset cannot be grouped", "write times in UTC")
        if found.item is not None:
            self.distinct(found.item, expr)

    # Expressions with patterns in them.

    def on_walk(self, expr: Expr, scope: Scope) -> Kind:
        inner, outer = dict(scope), self.loose
        with self.repeated(expr, list_of(ANYTHING)):
            self.match(expr.body[0], inner)
            self.loose = outer
            return self.held(expr, list_of(self.expr(expr.parts[0], inner)))

    def on_pattern(self, expr: Expr, scope: Scope) -> Kind:
        """A pattern as a condition names nothing new."""
        for step in expr.body[0].patterns[0].steps:
            if step.variable and step.variable not in scope:
                self.refuse(
                    expr, f"the variable {step.variable} is not defined", "leave the name out, or use EXISTS { }"
                )
            if isinstance(step, RelPattern) and step.variable:
                self.refuse(expr, "a named relationship in a condition is refused", "use EXISTS { }")
        self.pattern(expr.body[0].patterns[0], dict(scope))
        return kind(BOOLEAN)

    def on_exists(self, expr: Expr, scope: Scope) -> Kind:
        inner, outer = dict(scope), self.loose
        for match in expr.body:
            self.match(match, inner)
        self.loose = outer
        return kind(BOOLEAN if expr.kind == "exists" else INTEGER)

    on_count = on_exists

    def on_label(self, expr: Expr, scope: Scope) -> Kind:
        base = self.expr(expr.parts[0], scope)
        if not base.only(NODE):
            self.refuse(expr, f"{base.said} has no labels", "n:Label is for nodes; type(e) = 'X' for relationships")
        step = expr.body[0].patterns[0].steps[0]
        if isinstance(step, NodePattern) and step.labels is not None:
            self.label(step.labels)
        return kind(BOOLEAN, NULL)


_NOWHERE = Expr("constant", 0, 0)
