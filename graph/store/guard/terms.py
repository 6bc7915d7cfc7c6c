"""The rules for the parts of an expression: literals, variables, properties, items, maps, and what goes over lists."""

# Methods are named after what they look at.
# ruff: noqa: D102

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from graph.store.guard.functions import FIELDS
from graph.store.guard.kinds import (
    ANYTHING,
    BOOLEAN,
    FLOAT,
    INTEGER,
    LIST,
    MAP,
    NODE,
    NOTHING,
    NULL,
    NUMBERS,
    RELATIONSHIP,
    TEXT,
    UNKNOWN,
    Kind,
    either,
    is_finite,
    kind,
    kind_of,
    list_of,
)  # fmt: skip
from graph.store.guard.lengths import length_of
from graph.store.guard.operands import OperandRules
from graph.store.guard.sizes import is_small
from graph.store.guard.tree import Expr

Scope = dict[str, Kind]
# What an engine, or our own book-keeping, puts on every node or relationship.
_NO_COLUMNS = {
    NODE: ("type", "label", "labels", "node_type"),
    RELATIONSHIP: ("id", "type", "start", "end", "connection_type"),
}
_HINTS = {
    "type": "type(e) gives the type of a relationship, labels(n) the labels of a node",
    "labels": "labels(n) gives the labels of a node",
    "label": "labels(n) gives the labels of a node",
    "id": "a relationship has no id; return startNode(e).id and endNode(e).id",
}


class TermRules(OperandRules):
    """The part of the walk over a tree that knows what expressions are; clauses and patterns are in ``checking``."""

    if TYPE_CHECKING:
        columns: Mapping[str, Kind] | None
        kinds: dict[int, Kind]
        whole: set[int]

    def expr(self, expr: Expr, scope: Scope) -> Kind:
        found = getattr(self, f"on_{expr.kind}")(expr, scope)
        self.kinds[id(expr)] = found
        return found  # type: ignore[no-any-return]

    def truth(self, expr: Expr, scope: Scope) -> None:
        found = self.expr(expr, scope)
        if not found.only(BOOLEAN):
            self.refuse(
                expr, f"a truth value is expected and not {found.said}", "compare it, like x = 1 or x IS NOT NULL"
            )

    def on_number(self, expr: Expr, scope: Scope) -> Kind:
        return kind(INTEGER if expr.text.isdigit() else FLOAT)

    def on_string(self, expr: Expr, scope: Scope) -> Kind:
        return kind(TEXT)

    def on_constant(self, expr: Expr, scope: Scope) -> Kind:
        return kind(BOOLEAN) if expr.text in ("true", "false") else NOTHING

    def on_parameter(self, expr: Expr, scope: Scope) -> Kind:
        if self.parameters is None:
            return ANYTHING
        if expr.text not in self.parameters:
            self.refuse(expr, f"the parameter ${expr.text} has no value", "give every $parameter of the query a value")
        if not is_finite(value := self.parameters[expr.text]):
            self.refuse(expr, f"the parameter ${expr.text} holds a number beyond all bounds", "leave it out, or null")
        return kind_of(value)

    def on_variable(self, expr: Expr, scope: Scope) -> Kind:
        if expr.text not in scope:
            self.refuse(expr, f"the variable {expr.text[:40]} is not defined", "name it in MATCH, WITH or UNWIND first")
        return scope[expr.text]

    def on_list(self, expr: Expr, scope: Scope) -> Kind:
        item = either(self.expr(part, scope) for part in expr.parts)
        return self.held(expr, list_of(item, len(expr.parts)), unknown=1)

    def on_map(self, expr: Expr, scope: Scope) -> Kind:
        fields = {name: self.expr(part, scope) for name, part in zip(expr.names, expr.parts, strict=True)}
        if {"months", "days", "seconds"} <= set(fields):
            self.refuse(expr, "a map of months, days and seconds reads like a duration", "give a key another name")
        found = Kind(frozenset({MAP}), fields=fields)
        return self.small(expr, found)

    def small(self, expr: Expr, found: Kind) -> Kind:
        if not is_small(found):
            self.refuse(
                expr, "maps or lists of too many fields or levels within each other are refused", "return their parts"
            )
        return found

    def on_property(self, expr: Expr, scope: Scope) -> Kind:
        base = self.expr(expr.parts[0], scope)
        found = []
        for one in sorted(base.names - {NULL}):
            if one in (NODE, RELATIONSHIP):
                found.append(self.column(expr, expr.text, one))
            elif one == MAP:
                found.append(ANYTHING if base.fields is None else base.fields.get(expr.text, NOTHING))
            elif one in FIELDS and expr.text in FIELDS[one]:
                found.append(kind(INTEGER))
            elif one == UNKNOWN:
                found.append(ANYTHING)
            else:
                self.refuse(
                    expr,
                    f"{base.said} has no {expr.text[:40]}",
                    f"known: {', '.join(sorted(FIELDS.get(one, ()))) or 'none'}",
                )
        return either([*found, NOTHING])

    def column(self, expr: Expr, name: str, owner: str) -> Kind:
        """The kind of a property of a node or a relationship."""
        known = (self.columns or {}).get(name)
        strange = name in _NO_COLUMNS[owner] and (known is None or (name, owner) == ("id", RELATIONSHIP))
        if (owner == RELATIONSHIP and name == "event") or (strange and self.columns is not None):
            self.refuse(
                expr,
                f"no {owner} in this market has the property {name}",
                _HINTS.get(name, "see: graphvine data describe"),
            )
        return ANYTHING if known is None else known

    def on_item(self, expr: Expr, scope: Scope) -> Kind:
        base, index = (self.expr(part, scope) for part in expr.parts)
        if base.may(NODE, RELATIONSHIP):
            return self.named(expr, base)
        if not base.only(LIST, MAP):
            self.refuse(expr, f"{base.said} has no items", "square brackets are for lists and maps")
        wanted = [name for name, of in ((TEXT, MAP), (INTEGER, LIST)) if base.may(of)] or [TEXT, INTEGER]
        if not index.only(*wanted) or (base.may(MAP) and base.may(LIST)):
            self.refuse(expr.parts[1], f"an index is {wanted[0]} and not {index.said}", "like xs[0] or map['key']")
        if base.may(LIST):
            return either([base.item or ANYTHING, NOTHING])
        return ANYTHING if base.fields is None else either([*base.fields.values(), NOTHING])

    def named(self, expr: Expr, base: Kind) -> Kind:
        """``n['name']`` or ``n[$name]``."""
        name = self.constant(expr.parts[1])
        unsure = self.parameters is None and expr.parts[1].kind == "parameter"
        if not base.only(NODE, RELATIONSHIP) or not (unsure or isinstance(name, str)):
            self.refuse(expr, "a property is named by a text or a parameter", "name it, like n.city")
        if unsure:
            return ANYTHING
        # From here on it is the property itself.
        expr.kind, expr.text, expr.parts = "property", str(name), expr.parts[:1]
        return either([*(self.column(expr, expr.text, o) for o in (NODE, RELATIONSHIP) if base.may(o)), NOTHING])

    def on_reduce(self, expr: Expr, scope: Scope) -> Kind:
        """Only numbers are added up: texts and lists would grow without bound."""
        first, source = (self.expr(part, scope) for part in expr.parts[:2])
        total = kind(*NUMBERS, *({NULL} & first.names)) if first.only(*NUMBERS) else first
        if not source.only(LIST):
            self.refuse(expr.parts[1], f"a list is expected after IN and not {source.said}", "like x IN [1, 2]")
        inner = {**scope, expr.names[0]: total, expr.names[1]: source.item or ANYTHING}
        with self.repeated(expr, source):
            step = self.expr(expr.parts[2], inner)
        if not (first.only(*NUMBERS) and step.only(*NUMBERS)):
            self.refuse(
                expr, "reduce() of anything but numbers is refused", "it could grow without bound; use collect()"
            )
        known = self.columns is not None and self.parameters is not None
        if known and not (first.surely(*NUMBERS) and step.surely(*NUMBERS)):
            self.refuse(
                expr,
                "reduce() of what may be a text is refused: it could grow without bound",
                "say that it is a number, like toFloat(x) or toInteger(x)",
            )
        return kind(*NUMBERS, NULL)

    def on_slice(self, expr: Expr, scope: Scope) -> Kind:
        base, *ends = (self.expr(part, scope) if part.start >= 0 else kind(INTEGER) for part in expr.parts)
        if not base.only(LIST):
            self.refuse(expr, f"{base.said} has no slices", "substring(text, start, length) takes a part of a text")
        if not all(e.only(INTEGER) for e in ends):
            self.refuse(expr, "a slice takes integers", "like xs[0..2]")
        self.over(expr, base)
        first, last = (0 if part.start < 0 and not n else self.constant(part) for n, part in enumerate(expr.parts[1:]))
        if type(first) is int and type(last) is int and first >= 0 and 0 <= last < length_of(base):
            return replace(base, most=max(0, last - first))
        return base

    def on_star(self, expr: Expr, scope: Scope) -> Kind:
        return kind(INTEGER)

    def on_case(self, expr: Expr, scope: Scope) -> Kind:
        parts = list(expr.parts)
        subject = parts.pop(0) if expr.text == "simple" else None
        last = parts.pop() if expr.names else None
        of = self.expr(subject, scope) if subject is not None else None
        found = [self.expr(last, scope)] if last is not None else [NOTHING]
        for test, value in zip(parts[::2], parts[1::2], strict=True):
            if of is None:
                self.truth(test, scope)
            else:
                self.equal(test, of, self.expr(test, scope))
            found.append(self.expr(value, scope))
        return either(found)

    def on_comprehension(self, expr: Expr, scope: Scope) -> Kind:
        source = self.source(expr, scope)
        with self.repeated(expr, source):
            made = self.expr(expr.parts[2], self.inside(expr, source, scope))
        return self.held(expr, Kind(frozenset({LIST, NULL}), made, most=source.most))

    def on_quantifier(self, expr: Expr, scope: Scope) -> Kind:
        source = self.source(expr, scope)
        with self.repeated(expr, source):
            self.inside(expr, source, scope)
        return kind(BOOLEAN, NULL)

    def source(self, expr: Expr, scope: Scope) -> Kind:
        source = self.expr(expr.parts[0], scope)
        if not source.only(LIST):
            self.refuse(expr.parts[0], f"a list is expected after IN and not {source.said}", "like [x IN [1, 2] | x]")
        return source

    def inside(self, expr: Expr, source: Kind, scope: Scope) -> Scope:
        inner = {**scope, expr.names[0]: source.item or ANYTHING}
        self.truth(expr.parts[1], inner)
        return inner

    def on_projection(self, expr: Expr, scope: Scope) -> Kind:
        base = self.expr(expr.parts[0], scope)
        if not base.only(NODE, RELATIONSHIP, MAP):
            self.refuse(expr, f"{base.said} cannot be projected", "n {.id, .name} is for nodes and maps")
        owner = NODE if base.may(NODE) else RELATIONSHIP if base.may(RELATIONSHIP) else ""
        if "*" in expr.names and owner and not base.names <= {NODE, RELATIONSHIP, NULL}:
            self.refuse(expr, f".* of {base.said} is refused", "name the properties, like n {.id, .name}")
        fields: dict[str, Kind] = {}
        for name, part in zip(expr.names, expr.parts[1:], strict=True):
            if name == "*" and owner and id(expr) not in self.whole:
                self.refuse(expr, ".* is allowed only as a column of the last RETURN", "name the properties")
            if part.kind == "own":
                known = (base.fields or {}).get(name, ANYTHING)
                fields[name] = either([self.column(part, name, owner) if owner else known, NOTHING])
            else:
                fields[name] = self.expr(part, scope)
        whole = "*" in fields
        return Kind(frozenset({MAP}) | (base.names & {NULL}), fields=None if whole else fields)

    def on_not(self, expr: Expr, scope: Scope) -> Kind:
        self.truth(expr.parts[0], scope)
        return kind(BOOLEAN, NULL)

    def on_null(self, expr: Expr, scope: Scope) -> Kind:
        self.expr(expr.parts[0], scope)
        return kind(BOOLEAN)

    def on_negative(self, expr: Expr, scope: Scope) -> Kind:
        found = self.expr(expr.parts[0], scope)
        if not found.only(*NUMBERS):
            self.refuse(expr, f"a minus sign stands before {found.said}", "numbers have a sign; subtract a duration")
        return found
