"""The rules for operators: which kinds may be compared, joined and added so that engines agree."""

# Methods are named after what they look at.
# ruff: noqa: D102

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from graph.store.guard.calls import CallRules
from graph.store.guard.kinds import (
    ANYTHING,
    BOOLEAN,
    DATE,
    DATETIME,
    DURATION,
    FLOAT,
    INTEGER,
    LIST,
    MAP,
    NODE,
    NULL,
    NUMBERS,
    PATH,
    RELATIONSHIP,
    TEMPORAL,
    TEXT,
    UNKNOWN,
    ZONED,
    Kind,
    either,
    kind,
)
from graph.store.guard.tree import Expr

_SCALARS = frozenset({TEXT, BOOLEAN, *NUMBERS})


class OperandRules(CallRules):
    """The part of the walk over a tree that knows operators; the rest of it is in ``checking``."""

    if TYPE_CHECKING:
        truth: Callable[[Expr, dict[str, Kind]], None]

    def on_binary(self, expr: Expr, scope: dict[str, Kind]) -> Kind:
        if expr.text in ("AND", "OR", "XOR"):
            for part in expr.parts:
                self.truth(part, scope)
            return kind(BOOLEAN, NULL)
        left, right = (self.expr(part, scope) for part in expr.parts)
        # A list may stand in a parameter that is not known yet; most often it is none.
        self.over(expr, *(part for part in (left, right) if part.may(LIST)))
        if expr.text in ("=", "<>"):
            self.equal(expr, left, right)
        elif expr.text in ("<", ">", "<=", ">="):
            self.ordered(expr, left, right)
        elif expr.text == "IN":
            if not right.only(LIST):
                self.refuse(expr, f"a list is expected after IN and not {right.said}", "like x IN [1, 2]")
            self.equal(expr, left, right.item or ANYTHING)
        elif expr.text in ("=~", "CONTAINS", "STARTS WITH", "ENDS WITH"):
            if not (left.only(TEXT) and right.only(TEXT)):
                self.refuse(expr, f"{expr.text} compares texts, and not {left.said} with {right.said}", "use texts")
            if expr.text == "=~":
                self.regex(expr)
        else:
            return self.arithmetic(expr, left, right)
        return kind(BOOLEAN, NULL)

    def pairs(self, left: Kind, right: Kind) -> Iterator[tuple[str, str]]:
        known = (k.names - {NULL, UNKNOWN} for k in (left, right))
        first, second = (sorted(names) for names in known)
        return ((a, b) for a in first for b in second)

    def equal(self, expr: Expr, left: Kind, right: Kind) -> None:
        for a, b in self.pairs(left, right):
            alike = a == b or (a in _SCALARS | {LIST} and b in _SCALARS | {LIST})
            if not alike or ZONED in (a, b):
                self.refuse(expr, f"{a} is compared with {b}", _comparing(a, b))
        if left.item is not None and right.item is not None:
            self.equal(expr, left.item, right.item)

    def ordered(self, expr: Expr, left: Kind, right: Kind) -> None:
        times = {DATETIME, ZONED}
        for a, b in self.pairs(left, right):
            alike = a == b and a not in (MAP, NODE, RELATIONSHIP, PATH)
            if not (alike or {a, b} <= _SCALARS or {a, b} <= times):
                self.refuse(expr, f"{a} is compared with {b}", _comparing(a, b))
        if left.item is not None and right.item is not None:
            self.ordered(expr, left.item, right.item)

    def arithmetic(self, expr: Expr, left: Kind, right: Kind) -> Kind:
        more = {NULL, UNKNOWN} & (left.names | right.names)
        if UNKNOWN in more:
            return ANYTHING
        if left.only(*NUMBERS) and right.only(*NUMBERS):
            whole = left.only(INTEGER) and right.only(INTEGER) and expr.text != "^"
            surely = left.only(FLOAT) or right.only(FLOAT) or expr.text == "^"
            return kind(*({INTEGER} if whole else {FLOAT} if surely else NUMBERS), *more)
        joined = self.joined(expr, left, right) if expr.text == "+" else None
        return joined or self.moving(expr, left, right)

    def joined(self, expr: Expr, left: Kind, right: Kind) -> Kind | None:
        if left.only(LIST) and right.only(LIST):
            known = left.most is not None and right.most is not None
            most = (left.most or 0) + (right.most or 0) if known else None
            return self.held(expr, replace(either([left, right]), most=most), grows=True)
        if left.only(LIST) or right.only(LIST):
            self.refuse(expr, "a list and a single value are added", "put the value in a list: xs + [x]")
        return kind(TEXT, NULL) if left.only(TEXT, INTEGER) and right.only(TEXT, INTEGER) else None

    def moving(self, expr: Expr, left: Kind, right: Kind) -> Kind:
        moving = {DATE, DATETIME, DURATION}
        if expr.text in ("+", "-") and right.only(DURATION) and left.only(*moving):
            self.moved(expr, left)
            return either([left, kind(NULL)])
        if expr.text == "+" and left.only(DURATION) and right.only(*moving):
            self.moved(expr, right)
            return either([right, kind(NULL)])
        if expr.text == "*" and left.only(DURATION) and right.only(INTEGER):
            return kind(DURATION, NULL)
        self.refuse(expr, f"{left.said} {expr.text} {right.said} is refused", _adding(left, right))

    def moved(self, expr: Expr, base: Kind) -> None:
        """Hours that add up to days move a date on one engine and not on the other."""
        if base.may(DATE) and not any(_whole_days(part) for part in expr.parts):
            self.refuse(
                expr, "a date is moved by what may hold hours", "write it like duration({days: 1}), or use datetime()"
            )


def _whole_days(expr: Expr) -> bool:
    """``duration({days: 1})`` with units of whole days and values that are no decimals."""
    if expr.kind != "call" or expr.text != "duration":
        return False
    if expr.parts[0].kind == "string":
        return re.fullmatch(r"P[0-9YMWD]+", expr.parts[0].text) is not None
    if expr.parts[0].kind != "map":
        return False
    units = {"years", "quarters", "months", "weeks", "days"}
    simple = {"number", "parameter", "property", "variable", "negative"}
    values = expr.parts[0].parts
    return set(expr.parts[0].names) <= units and all(
        v.kind in simple and not (v.kind == "number" and not v.text.isdigit()) for v in values
    )


def _comparing(a: str, b: str) -> str:
    if ZONED in (a, b) and {a, b} <= {DATETIME, ZONED}:
        return "write the time in UTC, like datetime('2026-01-01T00:00:00Z')"
    if {a, b} & TEMPORAL:
        return "compare times with datetime(...), and dates with date(...): date(e.time) is the day of a time"
    return "compare values of one kind"


def _adding(left: Kind, right: Kind) -> str:
    if left.may(*TEMPORAL) or right.may(*TEMPORAL):
        return "move times by a duration, like e.time + duration({days: 1}); duration.inDays(a, b).days is a difference"
    if left.may(TEXT) or right.may(TEXT):
        return "only texts and integers can be joined; return other values in columns of their own"
    return "convert with toInteger(x), toFloat(x) or coalesce(x, 0)"
