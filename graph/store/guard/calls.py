"""The rules for calls of functions and for regular expressions."""

# Methods are named after the functions that they look at.
# ruff: noqa: D102

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.store.guard.admission import MAX_RANGE
from graph.store.guard.functions import AGGREGATES, FUNCTIONS, TIME_UNITS, UNITS, Function
from graph.store.guard.kinds import DATETIME, DURATION, INTEGER, LIST, NULL, TEXT, UNKNOWN, ZONED, Kind, kind, list_of
from graph.store.guard.lengths import MAX_ITEMS, LengthRules
from graph.store.guard.regex import RegexError, portable
from graph.store.guard.tree import Expr

if TYPE_CHECKING:
    from collections.abc import Callable

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}(:?\d{2}(:?\d{2}(\.\d{1,6})?)?)?)?(Z|\+00:?00)?")
_OFFSET = re.compile(r"[+-]\d{2}(:?\d{2})?$|\]$")
_DATE = re.compile(r"\d{4}(-?\d{2}(-?\d{2})?|-?W\d{2}(-?\d)?|-?\d{3})?")
# A unit of more digits could overflow.
_DURATION = re.compile(r"P(?!$|.*\d{12})[-0-9.YMWDTHS]+")
_EPOCHS = ({"epochMillis"}, {"epochSeconds"})
_DATE_KEYS = frozenset(("year", "month", "day", "week", "dayOfWeek", "quarter", "dayOfQuarter", "ordinalDay", "date"))
_TIME_KEYS = _DATE_KEYS | frozenset(("hour", "minute", "second", "millisecond", "microsecond", "datetime"))
_DURATION_KEYS = frozenset(
    ("years", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")
)
MAX_DIGITS = 12
# Every year has as many; in one without a 53rd, Neo4j gives a day of the year after the next.
MAX_WEEK = 52
MAX_REPLACED = 4


class CallRules(LengthRules):
    """The part of the walk over a tree that knows functions; the rest of it is in ``checking``."""

    if TYPE_CHECKING:
        parameters: Mapping[str, Any] | None
        expr: Callable[[Expr, dict[str, Kind]], Kind]
        distinct: Callable[[Kind, Expr], None]

        ranges: int
        replaced: int

    def on_call(self, expr: Expr, scope: dict[str, Kind]) -> Kind:
        kinds = [self.expr(part, scope) for part in expr.parts]
        function = FUNCTIONS.get(expr.text)
        if function is None:
            self.refuse(expr, f"the function {expr.text[:40]} is refused", "use the functions of plain Cypher")
        self.arguments(expr, function, kinds)
        if "distinct" in expr.names:
            if expr.text not in AGGREGATES:
                self.refuse(expr, f"DISTINCT means nothing in {expr.text}()", "leave it out")
            self.distinct(kinds[0], expr.parts[0])
        special = getattr(self, "in_" + expr.text.replace(".", "_"), None)
        if special is not None:
            changed = special(expr, kinds)
            if changed is not None:
                return changed  # type: ignore[no-any-return]
        return function.gives(kinds) if kinds or not function.takes else function.gives([kind(NULL)])

    def arguments(self, expr: Expr, function: Function, kinds: list[Kind]) -> None:
        most = len(function.takes)
        if len(kinds) < function.least or (len(kinds) > most and not function.many):
            self.refuse(expr, f"{expr.text}() takes {most or 'no'} argument{'s' * (most != 1)}", "see Neo4j's manual")
        for part, found, takes in zip(expr.parts, kinds, function.takes, strict=False):
            if takes and not found.only(*takes):
                hint = function.instead or f"{expr.text}() takes {' or '.join(sorted(takes))}"
                self.refuse(part, f"{expr.text}() of {found.said} is refused", hint)

    def constant(self, expr: Expr) -> Any:
        """The value of a literal or of a parameter that is known; None for anything else."""
        if expr.kind == "string":
            return expr.text
        if expr.kind == "number":
            return int(expr.text) if expr.text.isdigit() else float(expr.text)
        return (self.parameters or {}).get(expr.text) if expr.kind == "parameter" else None

    def written(self, expr: Expr, pattern: re.Pattern[str], hint: str) -> str | None:
        """The constant text of an argument, which has to be of that form; None where it is no constant text."""
        value = self.constant(expr)
        if isinstance(value, str) and not pattern.fullmatch(value):
            self.refuse(expr, f"{value[:40]!r} cannot be read by all engines", hint)
        return value if isinstance(value, str) else None

    def keys(self, expr: Expr, known: frozenset[str]) -> None:
        if expr.kind == "map" and (not expr.names or not set(expr.names) <= known):
            names = ", ".join(sorted(set(expr.names) - known)) or "none"
            self.refuse(expr, f"the keys {names} are refused", f"known: {', '.join(sorted(known))}")

    def in_date(self, expr: Expr, kinds: list[Kind]) -> None:
        if expr.parts:
            self.written(expr.parts[0], _DATE, "write dates like date('2026-01-31')")
            self.keys(expr.parts[0], _DATE_KEYS)
            self.week(expr.parts[0])

    def week(self, expr: Expr) -> None:
        """Engines disagree about a week that the year does not have."""
        entries = zip(expr.names, expr.parts, strict=True) if expr.kind == "map" else ()
        for part in (part for name, part in entries if name == "week"):
            value = self.constant(part)
            unsure = self.parameters is None and part.kind == "parameter"
            if not unsure and not (type(value) is int and 1 <= value <= MAX_WEEK):
                self.refuse(part, "a week is a number from 1 to 52", "start in week 1 and add duration({weeks: n})")

    def in_datetime(self, expr: Expr, kinds: list[Kind]) -> Kind | None:
        if not expr.parts:
            return None
        first = expr.parts[0]
        value = self.constant(first)
        if isinstance(value, str) and _OFFSET.search(value) and not _TIME.fullmatch(value):
            self.written(
                first, re.compile(_TIME.pattern[: -len("(Z|\\+00:?00)?")] + r"[+-]\d{2}:?\d{2}"), "like +08:00"
            )
            return kind(ZONED)
        self.written(first, _TIME, "write times like datetime('2026-01-31T10:00:00Z')")
        if first.kind == "map" and set(first.names) not in _EPOCHS:
            self.keys(first, _TIME_KEYS)
            self.week(first)
        return None

    def in_duration(self, expr: Expr, kinds: list[Kind]) -> None:
        self.written(expr.parts[0], _DURATION, "write durations like duration('P1DT12H') or duration({days: 1})")
        self.keys(expr.parts[0], _DURATION_KEYS)

    def in_date_truncate(self, expr: Expr, kinds: list[Kind]) -> None:
        self.unit(expr.parts[0], UNITS)

    def in_datetime_truncate(self, expr: Expr, kinds: list[Kind]) -> None:
        self.unit(expr.parts[0], TIME_UNITS)
        if not kinds[1].only(DATETIME):
            self.refuse(expr.parts[1], "datetime.truncate() of a date is refused", "use date.truncate()")

    def unit(self, expr: Expr, known: frozenset[str]) -> None:
        value = self.constant(expr)
        if value not in known and (value is not None or expr.kind != "parameter" or self.parameters is not None):
            self.refuse(expr, "that unit is refused", f"known: {', '.join(sorted(known))}")

    def in_round(self, expr: Expr, kinds: list[Kind]) -> None:
        if len(expr.parts) == 2:
            value = self.constant(expr.parts[1])
            unsure = expr.parts[1].kind == "parameter" and self.parameters is None
            if not unsure and not (type(value) is int and 0 <= value <= MAX_DIGITS):
                self.refuse(expr.parts[1], "round() takes 0 to 12 digits, written as a number", "like round(x, 2)")

    def in_min(self, expr: Expr, kinds: list[Kind]) -> None:
        if len(kinds[0].names - {NULL, UNKNOWN, INTEGER, "decimal"}) > 1 or kinds[0].may(LIST, "map", "node"):
            self.refuse(expr, f"{expr.text}() of {kinds[0].said} is refused", "compare values of one kind")

        self.sortable(expr, kinds[0])

    in_max = in_min

    def sortable(self, expr: Expr, found: Kind) -> None:
        """A month is 30 days to one engine and a little more to the other."""
        if found.may(DURATION):
            self.refuse(expr, "durations are not sorted alike by all engines", "sort by a number of them, like d.days")
        if found.item is not None:
            self.sortable(expr, found.item)

    def in_duration_inmonths(self, expr: Expr, kinds: list[Kind]) -> None:
        if any(found.may(DATETIME) for found in kinds):
            self.refuse(
                expr, "duration.inMonths() of times is refused", "take their days: duration.inMonths(date(a), date(b))"
            )

    def in_coalesce(self, expr: Expr, kinds: list[Kind]) -> None:
        if not kinds:
            self.refuse(expr, "coalesce() needs an argument", "like coalesce(n.name, 'unknown')")

    def in_collect(self, expr: Expr, kinds: list[Kind]) -> Kind:
        return self.held(expr, list_of(kinds[0], self.collected()), unknown=1)

    def in_tail(self, expr: Expr, kinds: list[Kind]) -> None:
        self.over(expr, kinds[0])

    in_reverse = in_tail

    def in_range(self, expr: Expr, kinds: list[Kind]) -> Kind:
        """No engine bounds what a range holds before it is there, so its length has to be known."""
        ends = [self.constant(part) for part in expr.parts[:2]]
        unsure = self.parameters is None and any(part.kind == "parameter" for part in expr.parts)
        if not unsure and not all(
            _bounded(part) or type(value) is int for part, value in zip(expr.parts[:2], ends, strict=True)
        ):
            self.refuse(expr, "a range of unknown length is refused", "give numbers, parameters, or size(xs) - 1")
        known = [abs(value) for value in ends if type(value) is int]
        if any(value > MAX_RANGE for value in known) and abs(known[-1] - known[0]) > MAX_RANGE:
            self.refuse(expr, f"a range beyond {MAX_RANGE:,} is refused", "count in smaller steps")
        self.ranges *= max(1, abs(known[-1] - known[0])) if len(known) == 2 else MAX_RANGE if unsure else 1
        if self.ranges > MAX_ITEMS:
            self.refuse(expr, f"ranges that make more than {MAX_ITEMS:,} items together are refused", "count less")
        made = list_of(kind(INTEGER), abs(known[-1] - known[0]) + 1 if len(known) == 2 else None)
        self.over(expr, made)
        return made

    def in_replace(self, expr: Expr, kinds: list[Kind]) -> None:
        wanted, instead = (self.constant(part) for part in expr.parts[1:])
        self.replaced += 1
        unsure = self.parameters is None and any(part.kind == "parameter" for part in expr.parts[1:])
        fits = isinstance(wanted, str) and wanted and isinstance(instead, str) and len(instead) <= len(wanted) + 8
        if self.replaced > MAX_REPLACED or not (unsure or fits):
            self.refuse(expr, "a replacement that makes texts much longer is refused", "like replace(n.name, '-', '_')")

    def in_split(self, expr: Expr, kinds: list[Kind]) -> None:
        if not kinds[1].only(TEXT):
            self.refuse(expr, "split() takes one separator", "like split(text, ',')")
        separator = expr.parts[1]
        unsure = self.parameters is None and separator.kind == "parameter"
        if not (unsure or kinds[1].names == {NULL} or self.constant(separator)):
            # Into single characters Neo4j splits some characters in two.
            self.refuse(separator, "split() takes a separator that is written and not empty", "like split(text, ',')")

    def regex(self, expr: Expr) -> None:
        pattern = expr.parts[1]
        if pattern.kind == "parameter" and self.parameters is None:
            return
        value = self.constant(pattern)
        if value is None and self.constant(pattern) is None and pattern.kind not in ("parameter", "constant"):
            self.refuse(pattern, "a regular expression has to be a text or a parameter", "write it out")
        try:
            portable(str(value or ""))
        except RegexError as error:
            self.refuse(
                pattern, f"the regular expression is refused: {error}", "use CONTAINS, STARTS WITH or ENDS WITH"
            )


def _bounded(expr: Expr) -> bool:
    """Whether a bound of a range is the length of something that is there, give or take a number."""
    if expr.kind == "binary" and expr.text in ("+", "-"):
        return all(_bounded(part) or (part.kind == "number" and len(part.text) < 5) for part in expr.parts)
    return expr.kind == "call" and expr.text in ("size", "length")
