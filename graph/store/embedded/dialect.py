"""A checked query written for kglite, so that it gives Neo4j's answer or none.

Where kglite would answer differently for some values only (a division by zero, a rounding at a half), what is written
gives Neo4j's value, or raises one of the refusals of ``bounding`` while the query runs.
"""

# Methods are named after what they write.
# ruff: noqa: D102

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph.errors import QueryRefusedError
from graph.store.embedded.functions import FunctionDialect, alike
from graph.store.guard.checking import Checked
from graph.store.guard.functions import AGGREGATES, aggregates
from graph.store.guard.kinds import (
    DATETIME,
    FLOAT,
    INTEGER,
    LIST,
    NODE,
    NULL,
    RELATIONSHIP,
    TEXT,
    UNKNOWN,
    ZONED,
)
from graph.store.guard.regex import portable
from graph.store.guard.tree import Clause, Expr, Label, Match, NodePattern, Project, RelPattern
from graph.store.guard.writing import Writer, quoted

_COMPARED = ("=", "<>", "<", ">", "<=", ">=", "IN")
_EXACT = 2.0**53
# What kglite sorts by as Neo4j does, whether or not it is a column.
_PLAIN = ("variable", "number", "string", "constant", "parameter")


class Dialect(FunctionDialect):
    """Writes one query for kglite."""

    def __init__(self, checked: Checked, labels: Mapping[str, Sequence[str]]) -> None:
        super().__init__(checked, labels)
        self.names: dict[str, str] = {}
        self.conditions: list[str] = []

    # Clauses.

    def branch(self, clauses: Sequence[Clause]) -> str:
        """One row to begin with: kglite sorts and cuts all of a UNION where the last part stands on constants alone."""
        first = "UNWIND [1] AS `gv row` " * (bool(self.checked.query.union) and isinstance(clauses[0], Project))
        return first + super().branch(clauses)

    def match(self, match: Match) -> str:
        """Conditions within patterns go to the end; kglite knows them only there."""
        outer, self.conditions = self.conditions, []
        patterns = ", ".join(self.pattern(p) for p in match.patterns)
        where = [self.expr(match.where)] if match.where is not None else []
        where = [*self.conditions, *where]
        steps = [s for p in match.patterns for s in p.steps if isinstance(s, RelPattern)]
        # Without a condition kglite counts the ends of undirected paths of two relationships as none, and groups what
        # an OPTIONAL MATCH finds as if it had found nothing.
        if not where and (match.optional or (len(steps) > 1 and any(s.direction == "-" for s in steps))):
            where = ["true"]
        self.conditions = outer
        return patterns + (f" WHERE {' AND '.join(where)}" if where else "")

    def node(self, step: NodePattern) -> str:
        variable, labels = step.variable, ""
        if step.labels is not None:
            labels, rest = self.split_label(step.labels)
            if rest:
                variable = variable or f"gv node {step.start}"
                self.conditions.append(self.label_test(quoted(variable), step.labels))
        variable = self.exact(variable, step)
        properties = f" {self.expr(step.properties)}" if step.properties is not None else ""
        return f"({quoted(variable) if variable else ''}{labels}{properties})"

    def exact(self, variable: str, step: NodePattern | RelPattern) -> str:
        """Put the conditions of a step at the end; returns its variable, which may be a new one."""
        if step.where is not None:
            self.conditions.append(self.expr(step.where))
        entries = () if step.properties is None else zip(step.properties.names, step.properties.parts, strict=True)
        for name, value in entries:
            if self.kind(value).may(TEXT, UNKNOWN):
                variable = variable or f"gv node {step.start}"
                own = f"{quoted(variable)}.{quoted(name)}"
                self.conditions.append(alike("=", own, self.expr(value)))
        return variable

    def split_label(self, label: Label) -> tuple[str, bool]:
        """What can stand in the pattern, and whether a condition has to say the rest."""
        if label.kind == "name":
            return f":{quoted(label.text)}", False
        if label.kind == "or" and all(p.kind == "name" for p in label.parts):
            return ":" + "|".join(quoted(p.text) for p in label.parts), False
        if label.kind == "and":
            plain = [p for p in label.parts if p.kind == "name"]
            return "".join(f":{quoted(p.text)}" for p in plain), len(plain) < len(label.parts)
        return "", True

    def label_test(self, node: str, label: Label) -> str:
        if label.kind == "name":
            return f"{node}:{quoted(label.text)}"
        if label.kind == "not":
            return f"(NOT {self.label_test(node, label.parts[0])})"
        return "(" + f" {label.kind.upper()} ".join(self.label_test(node, p) for p in label.parts) + ")"

    def link(self, step: RelPattern) -> str:
        if step.hops is not None:
            return super().link(step)
        variable = self.exact(step.variable, step)
        return super().link(RelPattern(step.start, variable, step.types, None, step.properties, None, step.direction))

    def clause(self, clause: Clause) -> str:
        text = super().clause(clause)
        self.names = {}
        return text

    def project(self, clause: Project) -> str:
        """Aggregates are taken first and used afterwards: kglite knows them only as whole columns."""
        inside = any(aggregates(i.expr) and i.expr.kind not in ("star", "call") for i in clause.items)
        wrapped = any(
            i.expr.kind == "call" and i.expr.text not in AGGREGATES and aggregates(i.expr) for i in clause.items
        )
        if inside or wrapped or any(aggregates(expr) for expr, _ in clause.order):
            return self.in_two_steps(clause)
        text = super().project(clause)
        ends = clause.where is not None or bool(clause.order) or clause.limit is not None or clause.skip is not None
        # kglite folds new names into what follows, and then forgets an ORDER BY there.
        return text + " WHERE true" * (clause.word == "WITH" and not ends)

    def in_two_steps(self, clause: Project) -> str:
        keys, first = {}, []
        for number, item in enumerate(i for i in clause.items if not aggregates(i.expr)):
            text = self.expr(item.expr)
            keys[text] = quoted(f"gv key {number}")
            first.append(f"{text} AS {keys[text]}")
        for expr in [i.expr for i in clause.items] + [expr for expr, _ in clause.order]:
            for one in _aggregates_in(expr):
                text = self.expr(one)
                if text not in keys:
                    keys[text] = quoted(f"gv sum {len(keys)}")
                    first.append(f"{text} AS {keys[text]}")
        self.names = keys
        text = f"WITH {', '.join(first)} " + super().project(clause)
        return text + " WHERE true" * (clause.word == "WITH" and clause.where is None)

    def tail(self, clause: Project) -> str:
        """An ORDER BY means a column before it means a variable of that name; a WHERE means only columns."""
        columns = {quoted(item.name) for item in clause.items}
        where, clause.where = clause.where, None
        if clause.order and not self.names:
            self.sorted_by_columns(clause)
        self.names = {text: name for text, name in self.names.items() if text not in columns}
        text = super().tail(clause)
        self.names, clause.where = {}, where
        return text + (f" WHERE {self.expr(where)}" if where is not None else "")

    def sorted_by_columns(self, clause: Project) -> None:
        """To Neo4j a key that is a column already means that column, and after a sum its parts do, too."""
        computed = {self.expr(item.expr): item.name for item in clause.items if item.expr.kind not in _PLAIN}
        if clause.distinct or any(aggregates(item.expr) for item in clause.items):
            self.names = {text: quoted(name) for text, name in computed.items()}
            return
        for number, (key, descending) in enumerate(clause.order):
            name = computed.get(self.expr(key))
            if name is not None:
                clause.order[number] = (replace(key, kind="variable", text=name, parts=(), body=()), descending)

    # Expressions.

    def expr(self, expr: Expr) -> str:
        if not self.names or expr.kind in ("number", "string", "constant"):
            return super().expr(expr)
        names, self.names = self.names, {}
        whole = super().expr(expr)
        self.names = names
        return names[whole] if whole in names else super().expr(expr)

    def on_property(self, expr: Expr) -> str:
        owner = self.kind(expr.parts[0])
        if expr.text == "epochSeconds" and owner.may(DATETIME, ZONED):
            return f"({self.base(expr.parts[0])}.`epochMillis` / 1000)"
        text = super().on_property(expr)
        # Stored times are kept without a zone, computed ones with one, and kglite never groups them together.
        return f"datetime({text})" if owner.may(NODE, RELATIONSHIP) and self.kind(expr).may(DATETIME) else text

    def raw(self, expr: Expr) -> str:
        """An operand that is compared or taken apart, where the zone of a stored time does not matter."""
        if expr.kind == "property" and self.kind(expr.parts[0]).may(NODE, RELATIONSHIP):
            return Writer.on_property(self, expr)
        return self.expr(expr)

    def base(self, expr: Expr) -> str:
        if expr.kind == "property":
            return self.raw(expr)
        return super().base(expr)

    def labels_of(self, expr: Expr) -> str:
        return f"labels({self.expr(expr)})"

    def on_label(self, expr: Expr) -> str:
        step = expr.body[0].patterns[0].steps[0]
        label = step.labels if isinstance(step, NodePattern) else None
        return self.label_test(self.expr(expr.parts[0]), label) if label is not None else "true"

    def subquery(self, expr: Expr) -> str:
        """kglite takes a single pattern only without MATCH where it compares its count."""
        if len(expr.body) > 1:
            return super().subquery(expr)
        text = f"{expr.kind.upper()} {{ {self.match(expr.body[0])} }}"
        # After an opening bracket kglite would take COUNT for a node.
        return f"toInteger({text})" if expr.kind == "count" else text

    def on_slice(self, expr: Expr) -> str:
        """A bound that is missing makes the slice missing."""
        whole = super().on_slice(expr)
        unsure = [self.expr(part) for part in expr.parts[1:] if part.start >= 0 and self.kind(part).may(NULL, UNKNOWN)]
        tests = " OR ".join(f"({text} IS NULL)" for text in unsure)
        return f"CASE WHEN {tests} THEN null ELSE {whole} END" if unsure else whole

    def on_null(self, expr: Expr) -> str:
        return f"({self.raw(expr.parts[0])} {expr.text})"

    def on_binary(self, expr: Expr) -> str:
        first, second = expr.parts
        if expr.text in _COMPARED:
            return self.compared(expr)
        if expr.text == "=~":
            value = second.text if second.kind == "string" else self.parameters.get(second.text)
            pattern = "null" if value is None else self.bound(portable(str(value)))
            return f"({self.expr(first)} =~ {pattern})"
        left, right = self.each(expr)
        if expr.text in ("/", "%") and not (second.kind == "number" and float(second.text) != 0):
            divisor = self.let(right, lambda x: f"({x} + (0 * (1 / toInteger(sign({x})))))")
            return f"({left} {expr.text} {divisor})"
        if expr.text == "+" and any(self.kind(part).may(LIST) for part in expr.parts):
            return self.let(left, lambda a: self.let(right, lambda b: _both(a, b)))
        return f"({left} {expr.text} {right})"

    def compared(self, expr: Expr) -> str:
        """Integers are compared with decimals as decimals, and not exactly."""
        texts = []
        for part, other in (expr.parts, expr.parts[::-1]):
            mixed = self.kind(part).only(INTEGER) and self.kind(part).may(INTEGER) and self.kind(other).may(FLOAT)
            small = part.kind == "number" and float(part.text) < _EXACT
            text = f"toFloat({self.raw(part)})" if mixed and not small else self.raw(part)
            # kglite takes x IN [y IN ...] for something else.
            texts.append(f"({text})" if part.kind in ("comprehension", "walk") else text)
        if expr.text == "IN" and _listlike(self.values(expr)):
            item = quoted("gv item")
            return f"any({item} IN {texts[1]} WHERE {alike('=', item, texts[0])})"
        if all(self.kind(part).may(LIST) for part in expr.parts) and _listlike(self.values(expr)):
            raise QueryRefusedError(
                'lists are compared of which a text begins with ["', hint="compare their items, like xs[0] = 'a'"
            )
        if expr.text in ("=", "<>") and all(self.kind(part).may(TEXT, UNKNOWN) for part in expr.parts):
            return self.let(texts[0], lambda a: self.let(texts[1], lambda b: alike(expr.text, a, b)))
        return f"({texts[0]} {expr.text} {texts[1]})"

    def values(self, expr: Expr) -> list[Any]:
        """The constants within an expression."""
        own = [expr.text] if expr.kind == "string" else [self.parameters.get(expr.text)] * (expr.kind == "parameter")
        return own + [value for part in expr.parts for value in self.values(part)]

    def on_projection(self, expr: Expr) -> str:
        """kglite takes nodes alone apart in this way, and puts in more than was asked for."""
        base = expr.parts[0]
        if self.is_whole(expr) or expr.names == ("*",):
            return self.expr(base)
        entries, fields = [], self.kind(expr).fields or {}
        for name, part in zip(expr.names, expr.parts[1:], strict=True):
            value = self.expr(part) if part.kind != "own" else f"{self.base(base)}.{quoted(name)}"
            timed = part.kind == "own" and fields[name].may(DATETIME) and self.kind(base).may(NODE, RELATIONSHIP)
            entries.append(f"{quoted(name)}: {f'datetime({value})' if timed else value}")
        found = "{" + ", ".join(entries) + "}"
        return (
            f"CASE WHEN ({self.expr(base)} IS NULL) THEN null ELSE {found} END" if self.kind(base).may(NULL) else found
        )

    def on_case(self, expr: Expr) -> str:
        if expr.text != "simple" or not self.kind(expr.parts[0]).may(TEXT, UNKNOWN):
            return super().on_case(expr)
        subject, *parts = self.each(expr)
        last = f" ELSE {parts.pop()}" if expr.names else ""

        def cases(x: str) -> str:
            tests = zip(parts[::2], parts[1::2], strict=True)
            return (
                "CASE" + "".join(f" WHEN {alike('=', x, test)} THEN {value}" for test, value in tests) + f"{last} END"
            )

        return self.let(subject, cases)


def _aggregates_in(expr: Expr) -> list[Expr]:
    if expr.kind == "star" or (expr.kind == "call" and expr.text in AGGREGATES):
        return [expr]
    return [found for part in expr.parts for found in _aggregates_in(part)]


def _listlike(values: list[Any]) -> bool:
    """Whether a text among constants reads like a list of texts."""
    texts = [v for value in values for v in (value if isinstance(value, (list, tuple)) else [value])]
    return any(isinstance(text, str) and text.startswith('["') for text in texts)


def _both(left: str, right: str) -> str:
    return f"CASE WHEN ({left} IS NULL) OR ({right} IS NULL) THEN null ELSE ({left} + {right}) END"
