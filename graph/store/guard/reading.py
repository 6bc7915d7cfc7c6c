"""From the tokens of an admitted query to its tree.

The walk of ``admission`` has refused everything that is no reading query by then. What is refused here is what the two
engines read differently, or one of them not at all, each with the way to write it so that both agree.
"""

# Methods are named after what they take.
# ruff: noqa: D102

from __future__ import annotations

from graph.store.guard.expressions import ExpressionReader
from graph.store.guard.tokens import END
from graph.store.guard.tree import Clause, Expr, Item, Match, Project, Query, Unwind


class Reader(ExpressionReader):
    """Reads one query."""

    def query(self) -> Query:
        branches, words = [self.branch()], set()
        while self.skip("UNION"):
            word = "ALL" if self.skip("ALL") else "DISTINCT"
            self.skip("DISTINCT")
            words.add(word)
            branches.append(self.branch())
        self.skip(";")
        while self.skip(";"):
            pass
        if self.peek() is not END:
            self.refuse(f"{self.peek().text[:20]!r} is not expected")
        if len(words) > 1:
            self.refuse("UNION and UNION ALL cannot be mixed", "use one of them throughout", at=0)
        union = words.pop() if words else ""
        return Query(branches, union)  # type: ignore[arg-type]

    def branch(self) -> list[Clause]:
        clauses: list[Clause] = []
        while True:
            if self.has("MATCH", "OPTIONAL"):
                clauses.append(self.match())
            elif self.skip("UNWIND"):
                expr = self.expr()
                self.want("AS")
                clauses.append(Unwind(expr, self.variable()))
            elif self.has("WITH"):
                clauses.append(self.project("WITH"))
            elif self.has("RETURN"):
                clauses.append(self.project("RETURN"))
                return clauses
            else:
                self.refuse("a query ends with RETURN", "add RETURN and the columns that you want")

    def match(self) -> Match:
        optional = self.skip("OPTIONAL")
        self.want("MATCH")
        patterns = [self.pattern()]
        while self.skip(","):
            patterns.append(self.pattern())
        return Match(patterns, self.expr() if self.skip("WHERE") else None, optional)

    def project(self, word: str) -> Project:
        found = Project(self.take().word, self.peek().start)  # type: ignore[arg-type]
        found.distinct = self.skip("DISTINCT")
        if self.has("*"):
            self.take()
            found.star = True
        while (self.skip(",") if found.star or found.items else True) and not (found.star and self.has("ORDER")):
            if found.star and not found.items and self.tokens[self.i - 1].text != ",":
                break
            found.items.append(self.column(word))
        if self.skip("ORDER"):
            self.want("BY")
            found.order.append(self.key())
            while self.skip(","):
                found.order.append(self.key())
        found.skip = self.expr() if self.skip("SKIP") else None
        found.limit = self.expr() if self.skip("LIMIT") else None
        found.where = self.expr() if word == "WITH" and self.skip("WHERE") else None
        if found.star and self.hidden and word == "RETURN":
            # The engine names the columns then.
            self.refuse("* beside a name with a backslash or a line end is refused", "name the columns", found.start)
        return found

    def column(self, word: str) -> Item:
        expr = self.expr()
        if self.skip("AS"):
            name = self.variable()
            return Item(expr, name, self.shown(name))
        if word == "WITH" and expr.kind != "variable":
            self.refuse("an expression in WITH needs a name", "write it like: WITH count(x) AS n", at=expr.start)
        if expr.kind == "variable":
            return Item(expr, expr.text, self.shown(expr.text))
        if expr.kind == "projection" and expr.parts[0].kind == "variable":
            # Neo4j names n {.id} after n.
            return Item(expr, expr.parts[0].text, self.shown(expr.parts[0].text))
        written = self.text[expr.start : expr.end]
        return Item(expr, self.stand_in(written), written)

    def key(self) -> tuple[Expr, bool]:
        expr = self.expr()
        descending = self.has("DESC", "DESCENDING")
        if descending or self.has("ASC", "ASCENDING"):
            self.take()
        return expr, descending
