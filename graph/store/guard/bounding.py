"""Checks within a written query: where engines would compute differently, it refuses while it runs.

An engine fails at ``duration('gv-number')`` and tells the text, by which the sentence for it is found.
"""

# Methods are named after what they write.
# ruff: noqa: D102

from __future__ import annotations

import zlib
from collections.abc import Callable

from graph.errors import QueryRefusedError
from graph.store.guard.kinds import BOOLEAN, NULL, NUMBERS
from graph.store.guard.tree import Expr
from graph.store.guard.writing import Writer, quoted

# What an engine echoes when a check of ours fails -> the sentence and the hint for it.
REFUSALS = {
    "gv-number": (
        "a number is outside what both engines compute alike",
        "bound it, or leave such rows out with WHERE",
    ),
    "gv-text": (
        "a text cannot be turned into a number or a time in the same way by all engines",
        "texts of digits are, like 12 or 1.5, and times like 2026-01-31T10:00:00Z",
    ),
    "gv-space": (
        "a text begins or ends with a space that engines do not all cut off, such as the no-break one",
        "replace it first, like trim(replace(x, $space, ' ')) with that space as the parameter",
    ),
    "gv-null": (
        "a value that may not be missing is missing",
        "leave such rows out first, like WHERE e.time IS NOT NULL",
    ),
    "gv-none": (
        "a deviation of no values is refused: some servers say 0, others nothing",
        "leave such groups out first, like WHERE x IS NOT NULL",
    ),
    "gv-zero": (
        "a division by zero is refused",
        "leave such rows out, or write CASE WHEN n = 0 THEN null ELSE x / n END",
    ),
}
# Whole numbers from here on are no longer told apart from the largest one.
LARGE = "9.2e18"
# Texts that one engine, or one version of it, takes for a number and another does not: spaces, underscores, letters.
_SPACE = r"[\s\p{Z}\p{Cc}]*"
_DIGITS = r"(_*[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(e[-+]?[0-9_]+)?"
_NUMBERISH = rf"(?i){_SPACE}[-+]?{_SPACE}(0[xo][0-9a-f_.]*(p[-+]?[0-9]+)?|{_DIGITS}|inf|infinity|nan)[dfl]?{_SPACE}"
# Those that all read alike.
_PLAIN_NUMBER = r"(?i)[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]{1,2})?"
# The same for truth values, which have spaces around them.
_TRUTHLIKE = rf"(?i){_SPACE}(true|false){_SPACE}"
_PLAIN_TRUTH = r"(?i)[ \t\r\n]*(true|false)[ \t\r\n]*"
# Digits of other scripts, which Java takes for digits.
_FOREIGN = r"(?s).*[\p{Nd}&&[^0-9]].*"
_SHORT = 30
# The first and the last second of the years 1 to 9999.
_EPOCHS = (-62_135_596_800, 253_402_300_799)
_UNITS = {"milliseconds": 10**15, "microseconds": 10**17}
_MOST = 10**11


class BoundedWriter(Writer):
    """The checks that both stores need."""

    def let(self, value: str, use: Callable[[str], str]) -> str:
        """A text that uses the value several times; a long one is computed once, as the only item of a list."""
        if len(value) <= _SHORT:
            return use(value)
        # Named after what it is, so that equal expressions have equal texts.
        name = quoted(f"gv {zlib.crc32(value.encode('utf-8', 'replace')):x}")
        return f"[{name} IN [{value}] | {use(name)}][0]"

    def on_call(self, expr: Expr) -> str:
        special = getattr(self, "call_" + expr.text.replace(".", "_"), None)
        return self.plain_call(expr) if special is None else special(expr)

    def plain_call(self, expr: Expr) -> str:
        """A call as it stands."""
        return super().on_call(expr)

    def count_of(self, expr: Expr) -> str:
        """How many values a sum goes over."""
        return f"count({'DISTINCT ' * ('distinct' in expr.names)}{self.expr(expr.parts[0])})"

    def to_integer(self, expr: Expr, call: str) -> str:
        """A call that makes a whole number of what is none yet."""
        value, found = self.expr(expr.parts[0]), self.kind(expr.parts[0])
        if found.only(BOOLEAN) or found.only(NULL):
            return f"{call}({value})"
        if found.only(*NUMBERS):
            return self.let(value, lambda x: unless(f"abs({x}) >= {LARGE}", "gv-number", f"{call}({x})"))

        def whole(x: str) -> str:
            """Neither too large nor written in digits of another script."""
            text = f"toString({x})"
            odd = f"(size({text}) > 18) OR ({text} =~ {self.bound(_FOREIGN)}) OR (abs(toFloat({text})) >= {LARGE})"
            return unless(odd, "gv-text", f"{call}({x})")

        return self.let(value, lambda x: unless(self.read_by_some(x, _NUMBERISH, _PLAIN_NUMBER), "gv-text", whole(x)))

    def to_float(self, expr: Expr, call: str) -> str:
        """A call that makes a decimal."""
        if self.kind(expr.parts[0]).only(*NUMBERS):
            return f"{call}({self.expr(expr.parts[0])})"
        return self.let(
            self.expr(expr.parts[0]),
            lambda x: unless(self.read_by_some(x, _NUMBERISH, _PLAIN_NUMBER), "gv-text", f"{call}({x})"),
        )

    def to_truth(self, expr: Expr, use: Callable[[str], str]) -> str:
        """A truth value made of a text."""
        return self.let(
            self.expr(expr.parts[0]),
            lambda x: unless(self.read_by_some(x, _TRUTHLIKE, _PLAIN_TRUTH), "gv-text", use(x)),
        )

    def read_by_some(self, value: str, like: str, plain: str) -> str:
        """The condition that a text is like those that engines read, and none of those that all read."""
        text = f"toString({value})"
        return f"({text} =~ {self.bound(like)}) AND NOT ({text} =~ {self.bound(plain)})"

    def present(self, value: str) -> str:
        return self.let(value, lambda x: unless(f"{x} IS NULL", "gv-null", x))

    def within_bounds(self, value: str, low: int, high: int) -> str:
        return self.let(value, lambda x: unless(f"({x} < {low}) OR ({x} > {high})", "gv-number", x))

    def epoch(self, first: Expr) -> str:
        """Seconds or milliseconds since 1970, of a time that both engines know."""
        factor = 1000 if first.names[0] == "epochMillis" else 1
        value = self.present(self.expr(first.parts[0]))
        return self.within_bounds(value, _EPOCHS[0] * factor, _EPOCHS[1] * factor + factor - 1)

    def units(self, first: Expr) -> str:
        """The map of a duration, in which no unit overflows the seconds, days or months."""
        entries = []
        for name, part in zip(first.names, first.parts, strict=True):
            most, value = _UNITS.get(name, _MOST), self.expr(part)
            if part.kind != "number":
                value = self.within_bounds(self.present(value), -most, most)
            elif float(part.text) > most:
                raise refused("gv-number")
            entries.append(f"{name}: {value}")
        return "{" + ", ".join(entries) + "}"


def refused(code: str) -> QueryRefusedError:
    """The refusal of that code."""
    sentence, hint = REFUSALS[code]
    return QueryRefusedError(sentence, hint=hint)


def refusal(code: str) -> str:
    """What fails with that code."""
    return f"duration('{code}')"


def unless(condition: str, code: str, value: str) -> str:
    """The value, or a failure with that code."""
    return f"CASE WHEN {condition} THEN {refusal(code)} ELSE {value} END"
