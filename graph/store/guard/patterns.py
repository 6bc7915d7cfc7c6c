"""Patterns: what stands in MATCH, in EXISTS { }, in a pattern comprehension and as a condition."""

# Methods are named after what they take.
# ruff: noqa: D102

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.store.guard.cursor import Cursor
from graph.store.guard.functions import aggregates
from graph.store.guard.tokens import Token
from graph.store.guard.tree import Expr, Label, Match, NodePattern, Pattern, RelPattern

if TYPE_CHECKING:
    from collections.abc import Callable

_SHORTEST = {"SHORTESTPATH": "shortestPath", "ALLSHORTESTPATHS": "allShortestPaths"}


class PatternReader(Cursor):
    """The part of the reader that knows patterns; expressions are in ``expressions``."""

    if TYPE_CHECKING:
        expr: Callable[[], Expr]
        entries: Callable[[], tuple[list[str], list[Expr]]]

    def is_pattern(self) -> bool:
        """Whether the bracket that comes next begins ``(n)-[...]``, and no expression in brackets."""
        if not self.has("("):
            return False
        step = self.closing[self.i] - self.i + 1
        first, second, third = (self.peek(step + k) for k in range(3))
        if any(t.kind != "op" for t in (first, second)):
            return False
        inside = self.peek(1)
        if not (inside.text in (")", ":", "{") or self.peek(2).text in (")", ":", "{") or self.peek(2).word == "WHERE"):
            return False
        if first.text == "<":
            return second.text == "-" and third.text in ("[", "-")
        return first.text == "-" and (second.text == "[" or (second.text == "-" and third.text in ("(", ">")))

    def pattern(self) -> Pattern:
        variable, shortest = "", ""
        if self.peek().kind in ("name", "quoted") and self.peek(1).text == "=":
            variable = self.variable()
            self.want("=")
        if self.peek().word in _SHORTEST:
            start, shortest = self.peek().start, _SHORTEST[self.take().word]
            self.want("(")
            found = Pattern(self.steps(), variable, shortest)
            self.want(")")
            self.bounded(found, start)
            return found
        return Pattern(self.steps(), variable)

    def bounded(self, found: Pattern, start: int) -> None:
        link = found.steps[1] if len(found.steps) == 3 else None
        if not isinstance(link, RelPattern) or link.hops is None or link.hops[0] != 1:
            self.refuse(f"{found.shortest} takes one relationship of 1 to 6 hops", "like (a)-[:FOLLOWS*..6]-(b)", start)

    def steps(self) -> list[NodePattern | RelPattern]:
        steps: list[NodePattern | RelPattern] = [self.node()]
        while self.has("-", "<"):
            steps.append(self.link())
            steps.append(self.node())
        return steps

    def node(self) -> NodePattern:
        found = NodePattern(self.want("(").start)
        if self.peek().kind in ("name", "quoted") and not (self.has("WHERE") and self.peek(1).text != ")"):
            found.variable = self.variable()
        if self.has("IS"):
            self.refuse("IS in a pattern is refused", "write the label like (n:Person)")
        if self.skip(":"):
            found.labels = self.label_or()
        if self.has("{"):
            found.properties = self.properties()
        elif self.peek().kind == "param":
            self.refuse("a parameter in place of properties is refused", "write them like {id: $id}")
        if self.skip("WHERE"):
            found.where = self.expr()
        self.want(")")
        return found

    def properties(self) -> Expr:
        start = self.peek().start
        names, values = self.entries()
        return Expr("map", start, self.end(), tuple(values), names=tuple(names))

    def link(self) -> RelPattern:
        found = RelPattern(self.peek().start)
        left = self.skip("<")
        self.want("-")
        if self.skip("["):
            self.inside(found)
            self.want("]")
        self.want("-")
        right = self.skip(">")
        if left != right:
            found.direction = "<" if left else ">"
        return found

    def inside(self, found: RelPattern) -> None:
        if self.peek().kind in ("name", "quoted") and not (self.has("WHERE") and self.peek(1).text not in (":", "]")):
            found.variable = self.variable()
        if self.skip(":"):
            types = [self.kind_name()]
            while self.skip("|"):
                self.skip(":")
                types.append(self.kind_name())
            found.types = tuple(dict.fromkeys(types))
        if self.skip("*"):
            found.hops = self.hops()
        if self.has("{"):
            found.properties = self.properties()
        if self.skip("WHERE"):
            start = self.peek().start
            found.where = self.expr()
            if found.hops is not None:
                self.refuse("WHERE inside a path of several hops is refused", "put it after the pattern", start)

    def kind_name(self) -> str:
        if self.peek().kind not in ("name", "quoted"):
            self.refuse("a type is expected", "name the types that you want, like [:VIEWED|BOUGHT]")
        return self.name()

    def hops(self) -> tuple[int, int]:
        """The walk of ``admission`` has seen that there is an upper bound."""
        low = int(self.take().text) if self.peek().kind == "number" else None
        if not self.skip(".."):
            return (low or 0, low or 0)
        return (1 if low is None else low, int(self.take().text))

    def label_or(self) -> Label:
        return self.label_chain("or", ("|",), self.label_and)

    def label_and(self) -> Label:
        return self.label_chain("and", ("&", ":"), self.label_not)

    def label_chain(self, kind: str, signs: tuple[str, ...], inner: Callable[[], Label]) -> Label:
        parts = [inner()]
        while self.has(*signs) and not self.is_bar():
            self.take()
            self.skip(":")
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Label(kind, parts=tuple(parts))  # type: ignore[arg-type]

    def is_bar(self) -> bool:
        """Whether ``|`` comes next and ends the condition of ``[x IN xs WHERE n:Label | x]``."""
        return self.has("|") and self.opening[self.i] in self.bars

    def label_not(self) -> Label:
        negated = False
        while self.skip("!"):
            negated = not negated
        found = self.label_one()
        return Label("not", parts=(found,)) if negated else found

    def label_one(self) -> Label:
        if self.skip("("):
            found = self.label_or()
            self.want(")")
            return found
        if self.peek().kind not in ("name", "quoted"):
            self.refuse("a label is expected", "name the labels that you want, like (n:Person)")
        return Label("name", self.name())

    def labelled(self) -> Match:
        """What follows ``n:`` in an expression, as a pattern of one node."""
        return Match([Pattern([NodePattern(self.peek().start, labels=self.label_or())])])

    def pattern_expr(self) -> Expr:
        start = self.peek().start
        found = Match([Pattern(self.steps())])
        return Expr("pattern", start, self.end(), body=(found,))

    def walk(self, place: int) -> Expr:
        """``[(a)-[:X]->(b) WHERE condition | result]``, after its bracket."""
        start = self.tokens[place].start
        self.bars.add(place)
        found = Match([self.pattern()])
        found.where = self.expr() if self.skip("WHERE") else None
        self.bars.remove(place)
        self.want("|")
        result = self.expr()
        self.want("]")
        return Expr("walk", start, self.end(), (result,), body=(found,))

    def subquery(self) -> Expr:
        """``EXISTS { }`` and ``COUNT { }``: patterns and conditions, with or without MATCH."""
        token = self.take()
        self.want("{")
        found: list[Match] = []
        if not self.has("MATCH"):
            found.append(self.bare())
        while self.skip("MATCH"):
            found.append(self.bare())
        if token.word == "COUNT" and len(found) > 1:
            self.refuse("several MATCH in COUNT { } are refused", "write one MATCH, with the patterns joined by commas")
        if self.skip("RETURN"):
            self.returned(token)
        if not self.has("}"):
            self.refuse(
                f"{self.peek().text[:20]!r} is refused in {token.word} {{ }}",
                "it holds MATCH and WHERE; put the rest before it, with WITH",
            )
        self.want("}")
        return Expr(token.word.lower(), token.start, self.end(), body=tuple(found))

    def bare(self) -> Match:
        patterns = [self.pattern()]
        while self.skip(","):
            patterns.append(self.pattern())
        return Match(patterns, self.expr() if self.skip("WHERE") else None)

    def returned(self, token: Token) -> None:
        """What is returned does not matter, as long as it keeps the rows."""
        if self.has("DISTINCT"):
            self.refuse("DISTINCT is refused in COUNT { }", "use count(DISTINCT ...) after an OPTIONAL MATCH")
        if self.has("*"):
            self.take()
            return
        while True:
            if (one := self.expr()).kind == "call" or aggregates(one):
                self.refuse(
                    f"a function after RETURN in {token.word} {{ }} is refused", "leave the RETURN out", one.start
                )
            if self.skip("AS"):
                self.variable()
            if not self.skip(","):
                return
