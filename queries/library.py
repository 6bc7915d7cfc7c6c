"""The library of named queries: finds a file, parses its header, and converts parameter values.

A file starts with its header in ``//`` comments, then holds one statement::

    // name: who-to-invite
    // purpose: People who looked at a vehicle often and do not own it.
    // sample vehicle=V001 min_actions=2
    // parameter vehicle text: id of the vehicle
    // parameter min_actions integer = 3: fewest actions that count
    // column person text: id of the person
    MATCH ...

A parameter without a default is required. The sample is one set of values that works on a synthetic market, quoted as
on a command line; ``// sample`` alone means that the defaults work. The property ``time`` of a relationship is a
datetime in the zone of the market, so months, days and hours are those of the zone. Queries compare days,
``date(e.time) >= date($date)``, and never read the clock.
"""

from __future__ import annotations

import datetime
import difflib
import json
import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal, get_args

ParameterType = Literal["text", "integer", "decimal", "date", "list"]
ColumnType = Literal["text", "integer", "decimal", "date", "time", "list"]
Value = str | int | float | list[str]

_SUFFIX = ".cypher"
_LINE = re.compile(r"//\s*(name|purpose|sample|parameter|column)\b\s*(.*?)\s*")
_PARAMETER = re.compile(r"([a-z][a-z0-9_]*)\s+([a-z]+)(?:\s*=\s*([^:]*?))?\s*:\s*(\S.*)")
_COLUMN = re.compile(r"([a-z][a-z0-9_]*)\s+([a-z]+)\s*:\s*(\S.*)")


class QueryError(ValueError):
    """A named query is not valid, or a value of a parameter is not.

    Args:
        message: One sentence that says what is wrong, without a trailing full stop.
        hint: What to do next.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typed parameter; ``default`` is None where it is required."""

    name: str
    type: ParameterType
    default: Value | None
    doc: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the result, in order."""

    name: str
    type: ColumnType
    doc: str


@dataclass(frozen=True, slots=True)
class Query:
    """A named query.

    Attributes:
        name: Name, equal to the file name without ending.
        purpose: The question that it answers, one sentence.
        parameters: In the order of the header.
        columns: The columns of the result, in order.
        sample: Parameter name to text, as for ``bind``; values to try the query with.
        text: The whole file including comments, which every engine can run.
    """

    name: str
    purpose: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    sample: Mapping[str, str] = field(hash=False)
    text: str

    @property
    def example(self) -> str:
        """The arguments of ``graphvine query run`` for the sample.

        >>> load("who-to-invite").example
        'who-to-invite vehicle=V001 min_actions=2 limit=20'
        """
        return " ".join((self.name, *(shlex.quote(f"{name}={value}") for name, value in self.sample.items())))


@cache
def names() -> tuple[str, ...]:
    """The names of all queries, in order."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(f.name.removesuffix(_SUFFIX) for f in files if f.name.endswith(_SUFFIX)))


@cache
def load(name: str) -> Query:
    """The query of that name.

    Raises:
        QueryError: there is none; the hint has the most similar name.
    """
    if name not in names():
        close = difflib.get_close_matches(name, names(), n=1)
        hint = f"did you mean {close[0]!r}?" if close else "`graphvine query list` names them all"
        raise QueryError(f"there is no query named {name!r}", hint=hint)
    return parse(resources.files(__package__).joinpath(name + _SUFFIX).read_text("utf-8"))


def parse(text: str) -> Query:
    """Parse the text of a query file.

    Raises:
        QueryError: the header is not valid.
    """
    facts: dict[str, str] = {}
    parameters: list[Parameter] = []
    columns: list[Column] = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        found = _LINE.fullmatch(line)
        if found is None:
            raise _header(line)
        kind, rest = found.groups()
        if kind == "parameter":
            parameters.append(_parameter(line, rest))
        elif kind == "column":
            columns.append(_column(line, rest))
        else:
            facts[kind] = rest.removeprefix(":").strip()
    for wanted in ("name", "purpose"):
        if not facts.get(wanted):
            raise QueryError(f"the header of a query has no {wanted}", hint=f"add a line: // {wanted}: ...")
    if not columns:
        raise QueryError(f"query {facts['name']} names no column", hint="add a line: // column NAME TYPE: ...")
    sample = MappingProxyType(_sample(facts.get("sample", "")))
    query = Query(facts["name"], facts["purpose"], tuple(parameters), tuple(columns), sample, text)
    if "sample" in facts:
        bind(query, sample)
    return query


def bind(query: Query, given: Mapping[str, str]) -> dict[str, Value]:
    """Typed values of all parameters of a query, including defaults.

    Args:
        query: The query.
        given: Parameter name to text as the user typed it; a list is separated by commas, or a JSON array of texts.

    Raises:
        QueryError: a name is unknown, a value is missing, or a text is not of the parameter's type.

    >>> bind(load("who-to-invite"), {"vehicle": "v1"})["min_actions"]
    3
    """
    known = {p.name: p for p in query.parameters}
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"its parameters: {', '.join(known) or 'none'}"
            raise QueryError(f"query {query.name} has no parameter {name!r}", hint=hint)
    values: dict[str, Value] = {}
    for name, parameter in known.items():
        if name in given:
            values[name] = _typed(parameter, given[name])
        elif parameter.default is not None:
            values[name] = parameter.default
        else:
            raise QueryError(f"query {query.name} needs a value for {name!r}", hint=f"give {name}=...: {parameter.doc}")
    return values


def _header(line: str) -> QueryError:
    return QueryError(f"unreadable header line {line!r}", hint="see the docstring of queries.library for the form")


def _parameter(line: str, rest: str) -> Parameter:
    found = _PARAMETER.fullmatch(rest)
    if found is None or found[2] not in get_args(ParameterType):
        raise _header(line)
    name, kind, default, doc = found.groups()
    bare = Parameter(name, kind, None, doc)  # type: ignore[arg-type]  # checked against the literal above
    return bare if default is None else replace(bare, default=_typed(bare, default))


def _column(line: str, rest: str) -> Column:
    found = _COLUMN.fullmatch(rest)
    if found is None or found[2] not in get_args(ColumnType):
        raise _header(line)
    return Column(found[1], found[2], found[3])  # type: ignore[arg-type]  # checked against the literal above


def _sample(text: str) -> dict[str, str]:
    """Parse a sample line; a word without "=", or an unclosed quote, raises an error."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise _header(text) from None
    values = {}
    for word in words:
        name, found, value = word.partition("=")
        if not found or name in values:
            raise _header(word)
        values[name] = value
    return values


def _typed(parameter: Parameter, text: str) -> Value:
    wrong = QueryError(
        f"parameter {parameter.name} must be {_FORMS[parameter.type]}, not {text[:60]!r}", hint=parameter.doc
    )
    try:
        # A lone surrogate is not a character, and no engine accepts it.
        text.encode()
        if parameter.type == "integer":
            number = int(text)
            if abs(number) >= 2**63:
                raise wrong
            return number
        if parameter.type == "decimal":
            decimal = float(text)
            if not math.isfinite(decimal):
                raise wrong
            return decimal
        if parameter.type == "date":
            return datetime.date.fromisoformat(text.strip()).isoformat()
        if parameter.type == "list":
            return _list(text)
    except ValueError:
        raise wrong from None
    return text


def _list(text: str) -> list[str]:
    if not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    parts = json.loads(text)
    if not all(isinstance(part, str) for part in parts):
        raise ValueError(text)
    return list(parts)


_FORMS = {
    "text": "a text",
    "integer": "a whole number",
    "decimal": "a number",
    "date": "a date like 2026-06-30",
    "list": "a list like a,b,c",
}
