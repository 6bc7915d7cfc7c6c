"""The functions that queries may call: what each takes, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.store.guard.kinds import (
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
    TEXT,
    UNKNOWN,
    ZONED,
    Kind,
    either,
    kind,
    list_of,
)  # fmt: skip

if TYPE_CHECKING:
    from graph.store.guard.tree import Expr

AGGREGATES = frozenset({"count", "sum", "avg", "min", "max", "collect", "stdev", "percentilecont", "percentiledisc"})
_ANY: frozenset[str] = frozenset()
_TIMES = frozenset({DATE, DATETIME})
# A type, its roles and our own; a path, whose links a query bounds and writes out.
_MOST_LABELS, _MOST_STEPS = 10, 50


def aggregates(expr: Expr) -> bool:
    """Whether an expression counts or sums over rows."""
    found = expr.kind == "star" or (expr.kind == "call" and expr.text in AGGREGATES)
    return found or any(aggregates(part) for part in expr.parts)


@dataclass(frozen=True)
class Function:
    """A function.

    Attributes:
        takes: For each argument the kinds that it may have; empty for any.
        gives: The kind of its value, from those of its arguments.
        least: How many arguments have to be given.
        many: Whether the last argument may be repeated.
        instead: What to write where an argument has another kind.
    """

    takes: tuple[frozenset[str], ...]
    gives: Callable[[Sequence[Kind]], Kind]
    least: int
    many: bool = False
    instead: str = ""


def _function(gives: Callable[[Sequence[Kind]], Kind] | str, *takes: frozenset[str] | str, least: int = -1,
              many: bool = False, instead: str = "") -> Function:  # fmt: skip
    made = kind(gives, NULL) if isinstance(gives, str) else None
    sets = tuple(frozenset({t}) if isinstance(t, str) else t for t in takes)
    return Function(
        sets,
        (lambda _: made) if made is not None else gives,  # type: ignore[arg-type]
        len(sets) if least < 0 else least,
        many,
        instead,
    )


def _same(kinds: Sequence[Kind]) -> Kind:
    return kinds[0]


def _number(kinds: Sequence[Kind]) -> Kind:
    """A sum or an absolute value: an integer of integers, else a decimal."""
    return kind(*((kinds[0].names & NUMBERS) or {INTEGER}), *(kinds[0].names & {UNKNOWN, NULL}))


def _element(kinds: Sequence[Kind]) -> Kind:
    return either([kinds[0].item or kind(UNKNOWN), kind(NULL)])


_PLAIN = "convert what is no text first, or return the value itself: engines write decimals and times differently"
_UTC = "write times in UTC, like datetime('2026-01-01T00:00:00Z')"

_text = _function(TEXT, frozenset({INTEGER, BOOLEAN, TEXT, DATE}), instead=_PLAIN)
_to_integer = _function(INTEGER, frozenset({*NUMBERS, TEXT, BOOLEAN}))
_to_float = _function(FLOAT, frozenset({*NUMBERS, TEXT}))
_to_boolean = _function(BOOLEAN, frozenset({TEXT, BOOLEAN}))
_upper = _function(TEXT, TEXT)
_half = _function(TEXT, TEXT, INTEGER)
_part = _function(DURATION, _TIMES, _TIMES)
_math = _function(FLOAT, NUMBERS)
_size = _function(INTEGER, frozenset({TEXT, LIST}), instead="size() is for texts and lists; length(p) for a path")
_percentile = _function(FLOAT, frozenset({FLOAT}), NUMBERS, instead="write percentileCont(toFloat(x), 0.5)")

FUNCTIONS: dict[str, Function] = {
    "count": _function(INTEGER, _ANY),
    "sum": _function(_number, NUMBERS),
    "avg": _math,
    "min": _function(_same, _ANY),
    "max": _function(_same, _ANY),
    "collect": _function(lambda k: list_of(k[0]), _ANY),
    "stdev": _math,
    "percentilecont": _percentile,
    "percentiledisc": _percentile,
    "coalesce": _function(either, _ANY, many=True),
    "nullif": _function(lambda k: either([k[0], kind(NULL)]), _ANY, _ANY),
    "isempty": _function(BOOLEAN, frozenset({TEXT, LIST})),
    "size": _size,
    "char_length": _function(INTEGER, TEXT),
    "character_length": _function(INTEGER, TEXT),
    "length": _function(INTEGER, PATH, instead="length() is for paths; size() for texts and lists"),
    "head": _function(_element, LIST),
    "last": _function(_element, LIST),
    "tail": _function(_same, LIST),
    "reverse": _function(_same, frozenset({TEXT, LIST})),
    "range": _function(lambda _: list_of(kind(INTEGER)), INTEGER, INTEGER, INTEGER, least=2),
    "type": _function(TEXT, RELATIONSHIP),
    "labels": _function(lambda _: list_of(kind(TEXT), _MOST_LABELS), NODE),
    "nodes": _function(lambda _: list_of(kind(NODE), _MOST_STEPS), PATH),
    "relationships": _function(lambda _: list_of(kind(RELATIONSHIP), _MOST_STEPS), PATH),
    "startnode": _function(NODE, RELATIONSHIP),
    "endnode": _function(NODE, RELATIONSHIP),
    "tointeger": _to_integer,
    "tointegerornull": _to_integer,
    "tofloat": _to_float,
    "tofloatornull": _to_float,
    "tostring": _text,
    "tostringornull": _text,
    "toboolean": _to_boolean,
    "tobooleanornull": _to_boolean,
    "abs": _function(_number, NUMBERS),
    "sign": _function(INTEGER, NUMBERS),
    "round": _function(FLOAT, NUMBERS, INTEGER, least=1),
    **dict.fromkeys(("ceil", "floor", "sqrt", "exp", "log", "log10"), _math),
    "isnan": _function(BOOLEAN, NUMBERS),
    "pi": _function(lambda _: kind(FLOAT)),
    "e": _function(lambda _: kind(FLOAT)),
    **dict.fromkeys(("toupper", "tolower", "upper", "lower", "trim", "ltrim", "rtrim"), _upper),
    "substring": _function(TEXT, TEXT, INTEGER, INTEGER, least=2),
    "replace": _function(TEXT, TEXT, TEXT, TEXT),
    "left": _half,
    "right": _half,
    "split": _function(lambda _: Kind(frozenset({LIST, NULL}), kind(TEXT)), TEXT, TEXT),
    "date": _function(DATE, frozenset({TEXT, MAP, *_TIMES}), least=0),
    "datetime": _function(DATETIME, frozenset({TEXT, MAP, DATETIME}), least=0, instead=_UTC),
    "duration": _function(DURATION, frozenset({TEXT, MAP})),
    "date.truncate": _function(DATE, TEXT, _TIMES),
    "datetime.truncate": _function(DATETIME, TEXT, _TIMES),
    "duration.indays": _part,
    "duration.inmonths": _part,
    "duration.inseconds": _part,
}
UNITS = frozenset({"millennium", "century", "decade", "year", "weekYear", "quarter", "month", "week", "day"})
TIME_UNITS = UNITS | {"hour", "minute", "second"}
_DAY_FIELDS = ("year", "quarter", "month", "week", "weekYear", "dayOfQuarter", "day", "ordinalDay", "dayOfWeek")
_CLOCK_FIELDS = (
    *("hour", "minute", "second", "millisecond", "microsecond", "nanosecond"),
    *("epochMillis", "epochSeconds"),
)
FIELDS: dict[str, frozenset[str]] = {
    DATE: frozenset(_DAY_FIELDS),
    DATETIME: frozenset([*_DAY_FIELDS, *_CLOCK_FIELDS]),
    ZONED: frozenset({"epochMillis", "epochSeconds"}),
    DURATION: frozenset(
        ("years", "quarters", "months", "weeks", "days", "hours", "minutes", "seconds", "milliseconds")
    ),
}
