"""What may stand beside a sum, and in an ORDER BY after sums: what Neo4j refuses there, engines answer at random."""

# Methods are named after what they look at.
# ruff: noqa: D102

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn

from graph.store.guard.functions import AGGREGATES, aggregates
from graph.store.guard.tree import Expr, Project

if TYPE_CHECKING:
    from graph.store.guard.kinds import Kind

_OVER_LISTS = ("comprehension", "quantifier", "reduce", "walk")


class GroupingRules:
    """The part of the walk over a tree that knows which variables are left after a sum."""

    if TYPE_CHECKING:
        refuse: Callable[[Expr, str, str], NoReturn]

    def grouping(self, clause: Project, after: Mapping[str, Kind]) -> None:
        """Refuse what is neither a sum nor a grouping key beside a sum, and what an ORDER BY cannot reach."""
        columns = [item.expr for item in clause.items]
        sums = [expr for expr in columns if aggregates(expr)]
        keys = [expr for expr in columns if not aggregates(expr) and _is_simple(expr)]
        for expr in sums:
            self.beside(expr, keys, frozenset())
        for expr, _ in clause.order:
            if sums or clause.distinct:
                self.reached(expr, columns, frozenset(after))
            elif aggregates(expr):
                self.refuse(expr, "a sum in ORDER BY of a query without sums is refused", "return it as a column")

    def beside(self, expr: Expr, keys: list[Expr], bound: frozenset[str]) -> None:
        if _is_sum(expr) or any(same(expr, key) for key in keys):
            return
        if expr.kind == "variable" and expr.text not in bound:
            self.refuse(
                expr, f"{expr.text[:40]} stands beside a sum and is no column of its own", "take it with WITH first"
            )
        if expr.kind in _OVER_LISTS:
            inner = expr.parts[2:] if expr.kind == "reduce" else expr.parts[1:]
            if any(aggregates(part) for part in inner):
                self.refuse(expr, "a sum for each item of a list is refused", "sum up with WITH first")
            bound |= frozenset(expr.names)
        for part in expr.parts:
            self.beside(part, keys, bound)

    def reached(self, expr: Expr, columns: list[Expr], known: frozenset[str]) -> None:
        if any(same(expr, column) for column in columns):
            return
        if _is_sum(expr):
            self.refuse(expr, "a sum in ORDER BY that is no column is refused", "return it as a column, and sort by it")
        if expr.kind == "variable" and expr.text not in known:
            self.refuse(expr, f"{expr.text[:40]} is gone after a sum or DISTINCT", "sort by a column")
        for part in expr.parts:
            self.reached(part, columns, known | frozenset(expr.names if expr.kind in _OVER_LISTS else ()))


def same(first: Expr, second: Expr) -> bool:
    """Whether two expressions are written alike; patterns never are."""
    return (
        (first.kind, first.text, first.names) == (second.kind, second.text, second.names)
        and not (first.body or second.body)
        and len(first.parts) == len(second.parts)
        and all(same(a, b) for a, b in zip(first.parts, second.parts, strict=True))
    )


def _is_sum(expr: Expr) -> bool:
    return expr.kind == "star" or (expr.kind == "call" and expr.text in AGGREGATES)


def _is_simple(expr: Expr) -> bool:
    return expr.kind == "variable" or (expr.kind == "property" and expr.parts[0].kind == "variable")
