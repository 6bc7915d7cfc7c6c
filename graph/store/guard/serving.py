"""A checked query written for Neo4j, which refuses what it would compute in a way of its own.

Neo4j clamps, wraps around or turns into decimals what does not fit into a whole number; an answer is then refused.
"""

# Methods are named after what they write.
# ruff: noqa: D102

from __future__ import annotations

from graph.store.guard.bounding import LARGE, BoundedWriter, refusal, unless
from graph.store.guard.functions import aggregates
from graph.store.guard.kinds import BOOLEAN, INTEGER
from graph.store.guard.tree import Expr

_BELOW = "-9223372036854775807"


class ServerWriter(BoundedWriter):
    """Writes one query for a server."""

    def whole(self, expr: Expr) -> bool:
        """Whether this is known to be a whole number or null."""
        found = self.kind(expr)
        return found.surely(INTEGER) and found.may(INTEGER)

    def call_avg(self, expr: Expr) -> str:
        """Neo4j keeps a running mean, whose last bits are others than those of a sum that is divided."""
        value, distinct = self.expr(expr.parts[0]), "distinct" in expr.names
        total = f"sum(DISTINCT {value}) * 1.0" if distinct else f"sum({value} * 1.0)"
        count = self.count_of(expr)
        return f"CASE WHEN {count} = 0 THEN null ELSE {total} / {count} END"

    def call_sum(self, expr: Expr) -> str:
        """A sum of whole numbers that is none has overflown."""
        text = self.plain_call(expr)
        if not self.whole(expr.parts[0]):
            return text
        return f"CASE WHEN {text} IS :: INTEGER THEN {text} ELSE {refusal('gv-number')} END"

    def call_stdev(self, expr: Expr) -> str:
        return f"CASE WHEN {self.count_of(expr)} = 0 THEN {refusal('gv-none')} ELSE {self.plain_call(expr)} END"

    def call_tointeger(self, expr: Expr) -> str:
        return self.plain_call(expr) if self.whole(expr.parts[0]) else self.to_integer(expr, expr.text)

    call_tointegerornull = call_tointeger

    def call_tofloat(self, expr: Expr) -> str:
        return self.to_float(expr, expr.text)

    call_tofloatornull = call_tofloat

    def call_toboolean(self, expr: Expr) -> str:
        if self.kind(expr.parts[0]).only(BOOLEAN):
            return self.plain_call(expr)
        return self.to_truth(expr, lambda x: f"{expr.text}({x})")

    call_tobooleanornull = call_toboolean

    def call_round(self, expr: Expr) -> str:
        if len(expr.parts) > 1:
            return self.plain_call(expr)
        return self.let(self.expr(expr.parts[0]), lambda x: unless(f"abs({x}) >= {LARGE}", "gv-number", f"round({x})"))

    def call_abs(self, expr: Expr) -> str:
        if not self.whole(expr.parts[0]) or expr.parts[0].kind == "number":
            return self.plain_call(expr)
        return self.let(self.expr(expr.parts[0]), lambda x: unless(f"{x} < {_BELOW}", "gv-number", f"abs({x})"))

    def call_datetime(self, expr: Expr) -> str:
        first = expr.parts[0] if expr.parts else None
        if first is None or first.kind != "map" or first.names[0] not in ("epochMillis", "epochSeconds"):
            return self.plain_call(expr)
        return f"datetime({{{first.names[0]}: {self.epoch(first)}}})"

    def call_duration(self, expr: Expr) -> str:
        first = expr.parts[0]
        return f"duration({self.units(first)})" if first.kind == "map" else self.plain_call(expr)

    def call_datetime_truncate(self, expr: Expr) -> str:
        unit, value = self.each(expr)
        return f"{expr.text}({unit}, {self.present(value)})"

    call_date_truncate = call_datetime_truncate

    def on_binary(self, expr: Expr) -> str:
        left, right = self.each(expr)
        safe = expr.parts[1].kind == "number" and float(expr.parts[1].text) != 0
        # A sum within a list is not the sum of its rows to Neo4j; its quotient is looked at when it comes back.
        if expr.text not in ("/", "%") or safe or aggregates(expr):
            return f"({left} {expr.text} {right})"
        if not all(self.whole(part) for part in expr.parts):
            divided = self.let(right, lambda b: unless(f"{b} = 0", "gv-zero", f"({left} {expr.text} {b})"))
        else:
            # Only the least number has no counterpart.
            divided = self.let(left, lambda a: self.let(right, lambda b: _divided(a, expr.text, b)))
        return f"({divided})"


def _divided(left: str, operator: str, right: str) -> str:
    return unless(f"({right} = -1) AND ({left} < {_BELOW})", "gv-number", f"({left} {operator} {right})")
