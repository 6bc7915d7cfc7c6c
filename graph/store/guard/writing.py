"""A checked query written anew, every operand in brackets and every name in back-ticks, as Neo4j reads it.

A database may hold nodes of others, and a store keeps nodes for itself: every node of a pattern is one of the market,
those that a path passes too, and ``labels()`` gives its type and roles in the same order everywhere. Texts that hold
more than plain characters travel as parameters, and nothing that is written holds a backslash.
"""

# Methods are named after what they write.
# ruff: noqa: D102

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from graph.errors import QueryRefusedError
from graph.store.guard.checking import Checked
from graph.store.guard.kinds import NODE, NULL, RELATIONSHIP, Kind
from graph.store.guard.tree import Clause, Expr, Item, Label, Match, NodePattern, Pattern, Project, RelPattern
from graph.store.guard.written import Written, quoted

__all__ = ["Writer", "Written", "quoted"]

_PLAIN_TEXT = re.compile(r"[^'\"`\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*")
_OWN_LABELS = ("GraphvineLoad", "GraphvineBatch", "GraphvineChunk", "GraphvineFile", "GraphvineLease", "GraphvineMeta")
_OWNED = "Graphvine"
_OF_MARKET = f"{_OWNED}&!(" + "|".join(_OWN_LABELS) + ")"
# How Neo4j spells what the tree has in lower case; it does not mind, but its notes are easier to read.
_SPELLED = {"percentilecont": "percentileCont", "percentiledisc": "percentileDisc", "stdev": "stDev"}


class Writer:
    """Writes one query for Neo4j; the dialect of another engine overrides what differs.

    Args:
        checked: The query.
        labels: Node type to its roles, of the market.
    """

    def __init__(self, checked: Checked, labels: Mapping[str, Sequence[str]]) -> None:
        self.checked, self.labels = checked, labels
        self.parameters = dict(checked.parameters)
        self.count = 0
        # The parameters that stand for texts, and for parameters whose names are no plain words.
        self.texts: dict[str, str] = {}
        self.renamed: dict[str, str] = {}
        # Nodes that a pattern before has found; what they are was said there.
        self.known: set[str] = set()
        # Names that the query sees, and whether there are further ones that it must not see.
        self.scope: list[str] = []
        self.more = False

    def written(self) -> Written:
        """The whole query."""
        query = self.checked.query
        joint = " UNION ALL " if query.union == "ALL" else " UNION "
        text = joint.join(self.branch(branch) for branch in query.branches)
        if "\\" in text:
            # Nothing above writes one; whatever it were, an engine could read it as something else.
            raise QueryRefusedError("the query holds a backslash outside its texts", hint="leave it out of names")
        return Written(text, self.parameters, self.columns(), self.told(), self.maps())

    def maps(self) -> frozenset[int]:
        last = self.checked.query.branches[0][-1]
        items = last.items if isinstance(last, Project) else []
        return frozenset(number for number, item in enumerate(items) if self.is_whole(item.expr))

    def is_whole(self, expr: Expr) -> bool:
        """Whether this is ``n {.*}`` of a node or a relationship, of which the engine then gives all it has."""
        found = self.kind(expr.parts[0]).names - {NULL} if expr.kind == "projection" and expr.names == ("*",) else set()
        return bool(found) and found <= {NODE, RELATIONSHIP}

    def branch(self, clauses: Sequence[Clause]) -> str:
        self.known, self.scope, self.more = set(), [], False
        return " ".join(self.clause(clause) for clause in clauses)

    def columns(self) -> tuple[str, ...]:
        """Names of the columns; those that ``*`` stands for come from the engine, and are empty here."""
        return tuple(item.shown for item in self.items())

    def told(self) -> tuple[str, ...]:
        """What the engine is told to call them."""
        return tuple(item.name for item in self.items())

    def items(self) -> Sequence[Item]:
        last = self.checked.query.branches[0][-1]
        return last.items if isinstance(last, Project) and not last.star else []

    def kind(self, expr: Expr) -> Kind:
        return self.checked.kinds[id(expr)]

    def bound(self, text: str) -> str:
        """A parameter of that text; equal texts share one, so that equal expressions have equal texts."""
        if text not in self.texts:
            self.texts[text] = self.added(text)
        return f"${self.texts[text]}"

    def added(self, value: Any) -> str:
        """The name of a new parameter of that value."""
        while (name := f"gv{self.count}") in self.parameters:
            self.count += 1
        self.parameters[name] = value
        return name

    # Clauses.

    def clause(self, clause: Clause) -> str:
        if isinstance(clause, Project):
            text = self.project(clause)
            if not clause.star:
                self.known &= {item.name for item in clause.items if item.expr.text == item.name}
            self.scope = self.scope * clause.star + [item.name for item in clause.items]
            self.more = False
            return text
        if isinstance(clause, Match):
            for pattern in clause.patterns:
                self.scope += [name for name in (pattern.variable, *(s.variable for s in pattern.steps)) if name]
            return ("OPTIONAL " if clause.optional else "") + "MATCH " + self.match(clause)
        self.scope.append(clause.variable)
        return f"UNWIND {self.expr(clause.expr)} AS {quoted(clause.variable)}"

    def match(self, match: Match) -> str:
        """Patterns and their condition; a path stays among the nodes of the market, and has a name for that."""
        named = [_named(pattern) for pattern in match.patterns]
        text, node = ", ".join(self.pattern(pattern) for pattern in named), quoted("gv node")
        paths = [quoted(pattern.variable) for pattern in named if _passes(pattern)]
        conditions = [f"all({node} IN nodes({path}) WHERE {node}:{_OWNED})" for path in paths]
        conditions += [self.expr(match.where)] if match.where is not None else []
        self.more = self.more or any(new is not old for new, old in zip(named, match.patterns, strict=True))
        return text + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    def project(self, clause: Project) -> str:
        items = [f"{self.expr(i.expr)} AS {quoted(i.name)}" for i in clause.items]
        return f"{clause.word} {'DISTINCT ' * clause.distinct}{', '.join(self.star(clause) + items)}{self.tail(clause)}"

    def star(self, clause: Project) -> list[str]:
        """What ``*`` stands for, in Neo4j's order where it has to be written out."""
        if not (clause.star and self.more):
            return ["*"] * clause.star
        names = set(self.scope) - {item.name for item in clause.items}
        return [quoted(name) for name in sorted(names, key=lambda name: name.encode("utf-16-be"))]

    def tail(self, clause: Project) -> str:
        parts = []
        if clause.order:
            keys = (self.expr(expr) + " DESC" * descending for expr, descending in clause.order)
            parts.append(" ORDER BY " + ", ".join(keys))
        for word, bound in (("SKIP", clause.skip), ("LIMIT", clause.limit), ("WHERE", clause.where)):
            if bound is not None:
                parts.append(f" {word} {self.expr(bound)}")
        return "".join(parts)

    # Patterns.

    def pattern(self, pattern: Pattern) -> str:
        steps = "".join(self.step(step) for step in pattern.steps)
        name = f"{quoted(pattern.variable)} = " if pattern.variable else ""
        return name + (f"{pattern.shortest}({steps})" if pattern.shortest else steps)

    def step(self, step: NodePattern | RelPattern) -> str:
        return self.node(step) if isinstance(step, NodePattern) else self.link(step)

    def node(self, step: NodePattern) -> str:
        labels = f":{_OF_MARKET}" if step.variable not in self.known else ""
        if step.labels is not None:
            # What has not some label may be a node of the store's own.
            labels = f":{self.label(step.labels)}&{_OF_MARKET if _negates(step.labels) else _OWNED}"
        if step.variable:
            self.known.add(step.variable)
        return f"({quoted(step.variable) if step.variable else ''}{labels}{self.inside(step)})"

    def inside(self, step: NodePattern | RelPattern) -> str:
        properties = f" {self.expr(step.properties)}" if step.properties is not None else ""
        return properties + (f" WHERE {self.expr(step.where)}" if step.where is not None else "")

    def link(self, step: RelPattern) -> str:
        name = quoted(step.variable) if step.variable else ""
        types = ":" + "|".join(quoted(t) for t in step.types) if step.types else ""
        hops = f"*{step.hops[0]}..{step.hops[1]}" if step.hops is not None else ""
        left, right = ("<" if step.direction == "<" else ""), (">" if step.direction == ">" else "")
        return f"{left}-[{name}{types}{hops}{self.inside(step)}]-{right}"

    def label(self, label: Label) -> str:
        if label.kind == "name":
            return quoted(label.text)
        if label.kind == "not":
            return f"!({self.label(label.parts[0])})"
        return "(" + {"and": "&", "or": "|"}[label.kind].join(self.label(p) for p in label.parts) + ")"

    # Expressions.

    def expr(self, expr: Expr) -> str:
        return getattr(self, f"on_{expr.kind}")(expr)  # type: ignore[no-any-return]

    def each(self, expr: Expr) -> list[str]:
        return [self.expr(part) for part in expr.parts]

    def on_number(self, expr: Expr) -> str:
        return expr.text

    def on_constant(self, expr: Expr) -> str:
        return expr.text

    def on_string(self, expr: Expr) -> str:
        return f"'{expr.text}'" if _PLAIN_TEXT.fullmatch(expr.text) else self.bound(expr.text)

    def on_parameter(self, expr: Expr) -> str:
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", expr.text):
            return f"${expr.text}"
        if expr.text not in self.renamed:
            self.renamed[expr.text] = self.added(self.parameters.get(expr.text))
        return f"${self.renamed[expr.text]}"

    def on_variable(self, expr: Expr) -> str:
        return quoted(expr.text)

    def on_list(self, expr: Expr) -> str:
        return f"[{', '.join(self.each(expr))}]"

    def on_map(self, expr: Expr) -> str:
        entries = zip(expr.names, self.each(expr), strict=True)
        return "{" + ", ".join(f"{quoted(name)}: {value}" for name, value in entries) + "}"

    def on_projection(self, expr: Expr) -> str:
        if self.is_whole(expr):
            return self.expr(expr.parts[0])
        entries = []
        for name, part in zip(expr.names, expr.parts[1:], strict=True):
            own = ".*" if name == "*" else f".{quoted(name)}"
            entries.append(own if part.kind == "own" else f"{quoted(name)}: {self.expr(part)}")
        return f"{self.expr(expr.parts[0])} {{{', '.join(entries)}}}"

    def on_property(self, expr: Expr) -> str:
        return f"{self.base(expr.parts[0])}.{quoted(expr.text)}"

    def base(self, expr: Expr) -> str:
        text = self.expr(expr)
        return text if expr.kind in ("variable", "property", "call", "parameter") else f"({text})"

    def on_item(self, expr: Expr) -> str:
        return f"{self.base(expr.parts[0])}[{self.expr(expr.parts[1])}]"

    def on_slice(self, expr: Expr) -> str:
        low, high = (self.expr(part) for part in expr.parts[1:])
        return f"{self.base(expr.parts[0])}[{low}..{high}]"

    def on_call(self, expr: Expr) -> str:
        if expr.text == "labels":
            return self.labels_of(expr.parts[0])
        distinct = "DISTINCT " if "distinct" in expr.names else ""
        return f"{_SPELLED.get(expr.text, expr.text)}({distinct}{', '.join(self.each(expr))})"

    def labels_of(self, expr: Expr) -> str:
        """The type of a node and its roles, sorted; the label that marks it as ours is not among them."""
        if expr.kind != "variable":
            # It stands there many times, and may hold labels() itself.
            one = Expr("variable", expr.start, expr.end, text="gv node")
            return f"[{quoted(one.text)} IN [{self.expr(expr)}] | {self.labels_of(one)}][0]"
        node, cases = self.expr(expr), []
        for name, roles in sorted(self.labels.items()):
            more = "".join(f" + CASE WHEN {node}:{quoted(r)} THEN ['{r}'] ELSE [] END" for r in sorted(roles))
            cases.append(f" WHEN {node}:{quoted(name)} THEN ['{name}']{more}")
        return f"CASE{''.join(cases)} ELSE labels({node}) END" if cases else f"labels({node})"

    def on_star(self, expr: Expr) -> str:
        return "count(*)"

    def on_case(self, expr: Expr) -> str:
        parts = self.each(expr)
        subject = f" {parts.pop(0)}" if expr.text == "simple" else ""
        last = f" ELSE {parts.pop()}" if expr.names else ""
        tests = "".join(f" WHEN {test} THEN {value}" for test, value in zip(parts[::2], parts[1::2], strict=True))
        return f"CASE{subject}{tests}{last} END"

    def on_comprehension(self, expr: Expr) -> str:
        source, where, result = self.each(expr)
        return f"[{quoted(expr.names[0])} IN {source} WHERE {where} | {result}]"

    def on_quantifier(self, expr: Expr) -> str:
        return f"{expr.text}({quoted(expr.names[0])} IN {self.expr(expr.parts[0])} WHERE {self.expr(expr.parts[1])})"

    def on_reduce(self, expr: Expr) -> str:
        first, source, step = self.each(expr)
        total, variable = (quoted(name) for name in expr.names)
        return f"reduce({total} = {first}, {variable} IN {source} | {step})"

    def on_walk(self, expr: Expr) -> str:
        return self.within(lambda: f"[{self.match(expr.body[0])} | {self.expr(expr.parts[0])}]")

    def within(self, write: Callable[[], str]) -> str:
        """What looks at the graph on its own; what it names is not known outside."""
        known, more = set(self.known), self.more
        text = write()
        self.known, self.more = known, more
        return text

    def on_pattern(self, expr: Expr) -> str:
        return self.within(lambda: f"EXISTS {{ {self.match(expr.body[0])} }}")

    def on_exists(self, expr: Expr) -> str:
        return self.within(lambda: self.subquery(expr))

    def subquery(self, expr: Expr) -> str:
        return f"{expr.kind.upper()} {{ {' '.join('MATCH ' + self.match(m) for m in expr.body)} }}"

    on_count = on_exists

    def on_label(self, expr: Expr) -> str:
        step = expr.body[0].patterns[0].steps[0]
        label = step.labels if isinstance(step, NodePattern) else None
        return f"({self.expr(expr.parts[0])}:{self.label(label) if label is not None else ''})"

    def on_not(self, expr: Expr) -> str:
        return f"(NOT {self.expr(expr.parts[0])})"

    def on_null(self, expr: Expr) -> str:
        return f"({self.expr(expr.parts[0])} {expr.text})"

    def on_negative(self, expr: Expr) -> str:
        return f"(-{self.expr(expr.parts[0])})"

    def on_binary(self, expr: Expr) -> str:
        left, right = self.each(expr)
        return f"({left} {expr.text} {right})"


def _passes(pattern: Pattern) -> bool:
    """Whether a path goes through nodes that do not stand in its pattern."""
    return any(isinstance(step, RelPattern) and step.hops is not None and step.hops[1] > 1 for step in pattern.steps)


def _named(pattern: Pattern) -> Pattern:
    """The pattern with a name for its path, where it goes through other nodes."""
    if pattern.variable or not _passes(pattern):
        return pattern
    return replace(pattern, variable=f"gv path {pattern.steps[0].start}")


def _negates(label: Label) -> bool:
    return label.kind == "not" or any(_negates(part) for part in label.parts)
