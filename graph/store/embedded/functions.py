"""Functions written for kglite, so that each gives Neo4j's answer or none."""

# Methods are named after what they write.
# ruff: noqa: D102

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from graph.store.guard.bounding import LARGE, BoundedWriter, unless
from graph.store.guard.kinds import BOOLEAN, INTEGER, TEXT
from graph.store.guard.tree import Expr

_RENAMED = {
    "char_length": "size", "character_length": "size", "upper": "toUpper", "lower": "toLower",
    "percentilecont": "percentile_cont", "percentiledisc": "percentile_disc", "tostringornull": "toString",
}  # fmt: skip
# Around them other spaces, one of those that Java and Rust do not both take for spaces.
_ODD_SPACE = r"[\s\p{Z}\p{Cc}]*[\x{1C}-\x{1F}\x{85}\x{A0}\x{2007}\x{202F}]"
_ODD_SPACES = rf"(?s){_ODD_SPACE}.*|.*{_ODD_SPACE}[\s\p{{Z}}\p{{Cc}}]*"


class FunctionDialect(BoundedWriter):
    """The part of the dialect that knows functions; the rest of it is in ``dialect``."""

    if TYPE_CHECKING:
        compared: Callable[[Expr], str]

    def plain_call(self, expr: Expr) -> str:
        name = _RENAMED.get(expr.text)
        if name is None:
            return super().plain_call(expr)
        distinct = "DISTINCT " if "distinct" in expr.names else ""
        return f"{name}({distinct}{', '.join(self.each(expr))})"

    def call_round(self, expr: Expr) -> str:
        """Half a unit goes up; with digits it is half a unit of the number as it is written, away from zero."""
        value = self.expr(expr.parts[0])
        digits = self.digits(expr.parts[1]) if len(expr.parts) == 2 else 0
        return self.let(value, lambda x: _rounded(x, digits))

    def digits(self, expr: Expr) -> int:
        return int(expr.text if expr.kind == "number" else self.parameters[expr.text])

    def call_tointeger(self, expr: Expr) -> str:
        found = self.kind(expr.parts[0])
        whole = found.only(INTEGER) and found.may(INTEGER)
        return self.expr(expr.parts[0]) if whole else self.to_integer(expr, "toInteger")

    call_tointegerornull = call_tointeger

    def call_tofloat(self, expr: Expr) -> str:
        return self.to_float(expr, "toFloat")

    call_tofloatornull = call_tofloat

    def call_toboolean(self, expr: Expr) -> str:
        if self.kind(expr.parts[0]).only(BOOLEAN):
            return f"toBoolean({self.expr(expr.parts[0])})"
        return self.to_truth(expr, lambda x: f"toBoolean(trim(toString({x})))")

    call_tobooleanornull = call_toboolean

    def call_trim(self, expr: Expr) -> str:
        odd = self.bound(_ODD_SPACES)
        return self.let(self.expr(expr.parts[0]), lambda x: unless(f"{x} =~ {odd}", "gv-space", f"{expr.text}({x})"))

    call_ltrim = call_rtrim = call_trim

    def call_nullif(self, expr: Expr) -> str:
        test = self.compared(Expr("binary", expr.start, expr.end, expr.parts, "="))
        return f"CASE WHEN {test} THEN null ELSE {self.expr(expr.parts[0])} END"

    def call_isempty(self, expr: Expr) -> str:
        return f"(size({self.expr(expr.parts[0])}) = 0)"

    def call_isnan(self, expr: Expr) -> str:
        return self.let(self.expr(expr.parts[0]), lambda x: f"({x} <> {x})")

    def call_e(self, expr: Expr) -> str:
        return "2.718281828459045"

    def call_stdev(self, expr: Expr) -> str:
        """kglite has nothing for one value, computes every part, and takes no sum in a CASE."""
        none = f"duration(replace('P' + toString({self.count_of(expr)}) + 'D', 'P0D', 'gv-none'))"
        return f"coalesce({self.plain_call(expr)}, 0.0, {none})"

    def call_sqrt(self, expr: Expr) -> str:
        return self.domain(expr, "< 0")

    def call_log(self, expr: Expr) -> str:
        return self.domain(expr, "<= 0")

    call_log10 = call_log

    def domain(self, expr: Expr, outside: str) -> str:
        value = self.expr(expr.parts[0])
        return self.let(value, lambda x: unless(f"{x} {outside}", "gv-number", f"{expr.text}({x})"))

    def call_substring(self, expr: Expr) -> str:
        text, *numbers = self.each(expr)
        safe = (self.natural(part, number) for part, number in zip(expr.parts[1:], numbers, strict=True))
        return f"substring({', '.join([text, *safe])})"

    def call_left(self, expr: Expr) -> str:
        text, number = self.each(expr)
        return f"{expr.text}({text}, {self.natural(expr.parts[1], number)})"

    call_right = call_left

    def natural(self, expr: Expr, text: str) -> str:
        return text if expr.kind == "number" else self.let(text, lambda x: unless(f"{x} < 0", "gv-number", x))

    def call_date(self, expr: Expr) -> str:
        return self.timed(expr, "[0-9W-]{4,10}")

    def call_datetime(self, expr: Expr) -> str:
        first = expr.parts[0] if expr.parts else None
        if first is not None and first.kind == "map" and first.names[0] in ("epochMillis", "epochSeconds"):
            unit = {"epochMillis": "milliseconds", "epochSeconds": "seconds"}[first.names[0]]
            return f"(datetime('1970-01-01T00:00:00Z') + duration({{{unit}: {self.epoch(first)}}}))"
        # A time of unknown origin has to be in UTC: with an offset it equals no stored one.
        return self.timed(expr, "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]{2,8}([.][0-9]{1,6})?)?(Z|[+]00:00)?")

    def timed(self, expr: Expr, form: str) -> str:
        text = self.plain_call(expr)
        if not expr.parts or expr.parts[0].kind in ("string", "parameter") or not self.kind(expr.parts[0]).may(TEXT):
            return text
        return unless(f"NOT ({self.expr(expr.parts[0])} =~ '{form}')", "gv-text", text)

    def call_duration(self, expr: Expr) -> str:
        first = expr.parts[0]
        if first.kind != "map":
            return self.plain_call(expr)
        return f"duration({self.units(first)})"

    def call_date_truncate(self, expr: Expr) -> str:
        unit, value = self.each(expr)
        return f"{expr.text}({unit}, {self.present(value)})"

    call_datetime_truncate = call_date_truncate


def alike(operator: str, left: str, right: str) -> str:
    """Equality of what may be texts: for kglite ``'["a"]' = 'a'`` is true, though one of them is longer."""
    joint = "AND" if operator == "=" else "OR"
    sizes = f"(size(toString({left})) {operator} size(toString({right})))"
    return f"(({left} {operator} {right}) {joint} {sizes})"


def _rounded(value: str, digits: int) -> str:
    if digits == 0:
        whole = f"CASE WHEN ({value} - floor({value})) >= 0.5 THEN ceil({value}) ELSE floor({value}) END"
        return unless(f"abs({value}) >= {LARGE}", "gv-number", f"toFloat({whole})")
    nudge = f"(sign({value}) * {5 * 10.0 ** -(digits + 3)!r})"
    half = f"(toString(abs(toFloat({value}))) =~ '[0-9]+[.][0-9]{{{digits}}}5')"
    return f"CASE WHEN {half} THEN round({value} + {nudge}, {digits}) ELSE round(toFloat({value}), {digits}) END"
