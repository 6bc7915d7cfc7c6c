"""What operators join: names, literals, lists, maps, calls, and what follows them."""

# Methods are named after what they take.
# ruff: noqa: D102

from __future__ import annotations

import math
import re

from graph.store.guard.operators import OperatorReader
from graph.store.guard.tokens import text_of
from graph.store.guard.tree import Expr

_QUANTIFIERS = ("any", "all", "none", "single")
_NUMBER = re.compile(r"0x[0-9A-Fa-f]+|(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?")


class ExpressionReader(OperatorReader):
    """The part of the reader that knows operands; clauses are in ``reading``."""

    def postfix(self, found: Expr) -> Expr:
        while True:
            if self.has("."):
                self.take()
                found = Expr("property", found.start, 0, (found,), self.name())
            elif self.has("["):
                found = self.subscript(found)
            elif self.has(":") and found.kind in ("variable", "call"):
                self.take()
                found = Expr("label", found.start, 0, (found,), body=(self.labelled(),))
            elif self.has("{") and found.kind == "variable" and found.end == self.end():
                found = self.projection(found)
            else:
                return found
            found.end = self.end()

    def projection(self, base: Expr) -> Expr:
        """``n {.name, key: value}``; a part of kind ``own`` is a property of its own name."""
        names: list[str] = []
        parts: list[Expr] = []
        self.want("{")
        while not self.skip("}"):
            if parts:
                self.want(",")
            start = self.peek().start
            if self.skip("."):
                name = "*" if self.skip("*") else self.name()
                parts.append(Expr("own", start, self.end(), text=name))
            else:
                name = self.name()
                self.want(":")
                parts.append(self.expr())
            names.append(name)
        if len(set(names)) < len(names) or ("*" in names and len(names) > 1):
            self.refuse(".* stands alone, and each key once", "write n {.*}, or name the properties", base.start)
        return Expr("projection", base.start, 0, (base, *parts), names=tuple(names))

    def subscript(self, base: Expr) -> Expr:
        self.want("[")
        nothing = Expr("constant", -1, -1, text="")
        low = nothing if self.has("..") else self.expr()
        if not self.skip(".."):
            self.want("]")
            return Expr("item", base.start, 0, (base, low))
        high = nothing if self.has("]") else self.expr()
        self.want("]")
        return Expr("slice", base.start, 0, (base, low, high))

    def atom(self) -> Expr:
        token = self.peek()
        if token.kind in ("op", "end"):
            return self.bracket()
        return self.worded() if token.kind in ("name", "quoted") else self.literal()

    def literal(self) -> Expr:
        token = self.peek()
        if token.kind == "number":
            return self.number()
        self.take()
        kind, text = ("string", text_of(token)) if token.kind == "string" else ("parameter", token.plain)
        return Expr(kind, token.start, self.end(), text=text)

    def worded(self) -> Expr:
        """What begins with a word: a subquery, CASE, a constant, a call or a variable."""
        token, after = self.peek(), self.peek(1)
        if token.word in ("EXISTS", "COUNT") and after.text == "{" and after.kind == "op":
            return self.subquery()
        if token.word == "CASE" and after.text not in (".", ",", ")", "]", ""):
            return self.case()
        if token.word in ("TRUE", "FALSE", "NULL"):
            self.take()
            return Expr("constant", token.start, self.end(), text=token.text.lower())
        start, name = token.start, self.variable()
        while self.has(".") and self.peek(1).kind in ("name", "quoted") and self.dotted():
            self.take()
            name += "." + self.name()
        if self.has("("):
            return self.call(start, name.lower())
        return Expr("variable", start, self.end(), text=name)

    def dotted(self) -> bool:
        """Whether a name with dots is that of a function."""
        step = 0
        while self.peek(step).text == "." and self.peek(step + 1).kind in ("name", "quoted"):
            step += 2
        return self.peek(step).text == "(" and self.peek(step).kind == "op"

    def number(self) -> Expr:
        token = self.take()
        if not _NUMBER.fullmatch(token.text):
            self.refuse(f"the number {token.text[:20]} is written in an old way", "like 31, 0x1f or 1.5e3", token.start)
        value = token.value
        whole = token.text.isdigit() or token.text.startswith("0x")
        if math.isinf(value) or (whole and int(token.text, 0) >= 2**63):
            self.refuse(f"the number {token.text[:20]} is too large", "integers have 64 bits", token.start)
        text = str(int(token.text, 0)) if whole else repr(value)
        return Expr("number", token.start, self.end(), text=text)

    def bracket(self) -> Expr:
        token = self.peek()
        if token.text == "(":
            if self.is_pattern():
                return self.pattern_expr()
            self.take()
            inner = self.expr()
            self.want(")")
            # The brackets belong to the text that names an unnamed column.
            return Expr(inner.kind, token.start, self.end(), inner.parts, inner.text, inner.names, inner.body)
        if token.text == "[":
            return self.listed()
        if token.text == "{":
            names, values = self.entries()
            return Expr("map", token.start, self.end(), tuple(values), names=tuple(names))
        self.refuse(f"{token.text[:20] or 'the end'!r} is not expected")

    def entries(self) -> tuple[list[str], list[Expr]]:
        names: list[str] = []
        values: list[Expr] = []
        self.want("{")
        while not self.skip("}"):
            if names:
                self.want(",")
            names.append(self.name())
            self.want(":")
            values.append(self.expr())
        if len(set(names)) < len(names):
            self.refuse("a key of a map is given twice", "give each key once", at=self.tokens[self.i - 1].start)
        return names, values

    def listed(self) -> Expr:
        place = self.i
        start = self.want("[").start
        if self.is_comprehension(place):
            return self.comprehension(place)
        if self.is_pattern() or (self.peek().kind in ("name", "quoted") and self.peek(1).text == "="):
            return self.walk(place)
        parts: list[Expr] = []
        while not self.skip("]"):
            if parts:
                self.want(",")
            parts.append(self.expr())
        return Expr("list", start, self.end(), tuple(parts))

    def is_comprehension(self, place: int) -> bool:
        """Whether ``[x IN`` goes on like a comprehension; before a comma it is the first truth value of a list.

        ``[x IN xs]`` alone is a list of one truth value for neither engine.
        """
        if self.peek().kind not in ("name", "quoted") or self.peek(1).word != "IN":
            return False
        step = self.i + 2
        while step < self.closing[place]:
            token = self.tokens[step]
            if (token.word == "WHERE" and self.tokens[step - 1].text != ".") or token.text == "|":
                return True
            if token.kind == "op" and token.text == ",":
                return False
            step = self.closing.get(step, step) + 1
        return True

    def comprehension(self, place: int) -> Expr:
        """``x IN xs WHERE condition | result``, with ``true`` and ``x`` for what is not written."""
        start = self.tokens[place].start
        self.bars.add(place)
        variable = self.variable()
        self.want("IN")
        source, where = self.expr(), self.where(start)
        self.bars.remove(place)
        result = self.expr() if self.skip("|") else Expr("variable", start, start, text=variable)
        self.want("]")
        return Expr("comprehension", start, self.end(), (source, where, result), names=(variable,))

    def where(self, start: int) -> Expr:
        return self.expr() if self.skip("WHERE") else Expr("constant", start, start, text="true")

    def quantifier(self, start: int, name: str) -> Expr:
        """``any(x IN xs WHERE condition)``, after its bracket."""
        variable = self.variable()
        self.want("IN")
        source, where = self.expr(), self.where(start)
        self.want(")")
        item = Expr("variable", start, start, text=variable)
        return Expr("quantifier", start, self.end(), (source, where, item), name, (variable,))

    def case(self) -> Expr:
        """``names`` says whether there is a value to compare, and whether there is an ELSE."""
        start = self.want("CASE").start
        parts: list[Expr] = [] if self.has("WHEN") else [self.expr()]
        simple = bool(parts)
        while self.skip("WHEN"):
            parts.append(self.expr())
            if self.has(","):
                self.refuse("several values after one WHEN are refused", "write a WHEN for each value")
            self.want("THEN")
            parts.append(self.expr())
        otherwise = self.skip("ELSE")
        if otherwise:
            parts.append(self.expr())
        self.want("END")
        return Expr("case", start, self.end(), tuple(parts), "simple" if simple else "", ("else",) if otherwise else ())

    def call(self, start: int, name: str) -> Expr:
        self.want("(")
        if name in ("shortestpath", "allshortestpaths"):
            self.refuse(
                "a shortest path in an expression is refused",
                "find it with MATCH p = shortestPath((a)-[:TYPE*..6]-(b))",
                start,
            )
        if name in _QUANTIFIERS and self.peek().kind in ("name", "quoted") and self.peek(1).word == "IN":
            return self.quantifier(start, name)
        if name == "reduce":
            return self.reduce(start)
        if name == "count" and self.has("*"):
            self.take()
            self.want(")")
            return Expr("star", start, self.end())
        if name == "exists":
            if not self.is_pattern():
                self.refuse("exists() takes a pattern", "write n.name IS NOT NULL", start)
            found = self.pattern_expr()
            self.want(")")
            return Expr("pattern", start, self.end(), body=found.body)
        distinct = self.skip("DISTINCT")
        parts: list[Expr] = []
        while not self.skip(")"):
            if parts:
                self.want(",")
            parts.append(self.expr())
        return Expr("call", start, self.end(), tuple(parts), name, ("distinct",) if distinct else ())

    def reduce(self, start: int) -> Expr:
        """``reduce(total = 0, x IN xs | total + x)``, after its bracket."""
        total = self.variable()
        self.want("=")
        first = self.expr()
        self.want(",")
        variable = self.variable()
        self.want("IN")
        source = self.expr()
        self.want("|")
        step = self.expr()
        self.want(")")
        return Expr("reduce", start, self.end(), (first, source, step), names=(total, variable))
