"""Queries that kglite answers differently from Neo4j, or cannot run: refused with a hint.

No query is rewritten to mean the same: only its spelling is changed (``spelled``: comments, back-ticks, names of some
functions), which does not change its structure.

``differences.tsv`` has one row per difference: what it is, what to write instead, an example that Neo4j answers, and a
pattern. The same row stands in the table of docs/cypher.md, which a test compares. Rows with ``before`` are matched
against the shape of the query, because kglite would give a wrong answer without an error. Rows with ``after`` are
matched against kglite's error message. A shape is the query's tokens separated by one space, with these replacements:
#S a text, #Q a text that begins like a date (the shape then begins with #?), #D a date, #T a time in the zone of the
market, #Y a time in UTC where that is another zone, #Z a time in any other zone, #KT a property in a pattern that holds
a time, #KD one that holds a date, #U a variable that no node of a pattern binds, #L a text that kglite takes for a
list.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any, NamedTuple

from graph.errors import QueryRefusedError, StoreError
from graph.store.guard.engine_errors import failed
from graph.store.guard.tokens import END, Token, tokens_of, without_comments
from graph.store.query_names import Temporal
from graph.zones import UTC, is_east


class Row(NamedTuple):
    """One row of the table."""

    when: str
    what: str
    instead: str
    example: str
    pattern: re.Pattern[str]


_SHORT = {
    "<op>": r"(?:=|<>|<|>|<=|>=|in \[)",
    "<rest>": r"(?:(?! (?:with|return|match|unwind|call|union) ).)*?",
    "<sum>": r"(?<!\.) (?:count|sum|avg|min|max|collect|stdev|stdevp|percentilecont|percentiledisc) \(",
}


def _row(cells: Sequence[str]) -> Row:
    when, what, instead, example, pattern = cells
    for short, whole in _SHORT.items():
        pattern = pattern.replace(short, whole)
    return Row(when, what, instead, example, re.compile(pattern, re.IGNORECASE))


_LINES = resources.files(__package__).joinpath("differences.tsv").read_text("utf-8").splitlines()
TABLE = tuple(_row(line.split("\t")) for line in _LINES[1:])
# Functions with other names in kglite, and words that kglite accepts as names only in back-ticks.
_SPELLED = {
    "percentilecont": "percentile_cont", "percentiledisc": "percentile_disc", "char_length": "size", "lower": "toLower",
    "character_length": "size", "upper": "toUpper", "tointegerornull": "toInteger", "tofloatornull": "toFloat",
    "tobooleanornull": "toBoolean",
}  # fmt: skip
_RESERVED = re.compile("MATCH|OPTIONAL|WHERE|RETURN|WITH|SKIP|LIMIT|CASE|WHEN|THEN|ELSE|END|AND|OR|UNWIND|EXISTS")
# The opening parenthesis of a node pattern; the opening bracket of a node or relationship pattern.
_NODE = r"(?i:(?<![\w#] )|(?<=match )|(?<=where )|(?<=and )|(?<=or )|(?<=not ))\( "
_PART = rf"(?:{_NODE}|(?<=- )\[ )"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ZONED = re.compile(r"\d{4}.*T.*(?:[+-]\d\d:?\d\d|\[(.*)\])$")
# Replacements within a shape; each is applied until nothing changes.
_REDUCED = (
    (re.compile(r"(?i) datetime \( (?:\{ datetime : )?(#[TYZ]) (?:\} )?\) "), r" \1 "),
    (re.compile(r"(?i) datetime (?:\. truncate )?\( [^()]*(?:#Z|timezone) [^()]*\) "), " #Z "),
    (re.compile(r"(?i) datetime \. truncate \( [^()]*(#[TY]) [^()]*\) "), r" \1 "),
    (re.compile(r"(?i) datetime (?:\. \w+ )?\( [^()]*\) "), " #Y "),
    (re.compile(r"(?i) date (?:\. \w+ )?\( [^()]*\) "), " #D "),
    (re.compile(r"(?i) (?:min|max|coalesce|head|last) \( (#[DSTYZ]) (?:, [^()]*)?\) "), r" \1 "),
    (re.compile(r"(?i) (#[DTYZ]) [-+] duration \( [^()]*\) "), r" \1 "),
    (re.compile(r"(?i) (?:left|right|substring|tolower|toupper|trim) \( #[SQ] [^()]*\) "), " #S "),
    (re.compile(r"(?i) tostring \( #D \) "), " #S "),
)


def refuse_silent(tokens: Sequence[Token], parameters: Mapping[str, Any], temporal: Temporal) -> None:
    """Refuse a query that kglite would answer wrongly without an error.

    Raises:
        QueryRefusedError: a ``before`` row of the table matches its shape.
    """
    shape = shape_of(tokens, parameters, temporal)
    row = next((row for row in TABLE if row.when == "before" and row.pattern.search(shape)), None)
    if row is not None:
        raise QueryRefusedError(f"{row.what} is refused: the embedded store reads it otherwise", hint=row.instead)


def explained(message: str) -> StoreError:
    """The error for kglite's message; where an ``after`` row matches, with what to write instead."""
    message = message.strip().splitlines()[0]
    row = next((row for row in TABLE if row.when == "after" and row.pattern.search(message)), None)
    if row is None:
        return failed(message)
    return StoreError(f"the embedded store does not know {row.what} ({message})", hint=row.instead)


def spelled(text: str) -> str:
    """The query for kglite: without comments, some names in back-ticks, some functions renamed."""
    tokens, parts, before = tokens_of(without_comments(text)), [], END
    for token, after in zip(tokens, [*tokens[1:], END], strict=True):
        plain = token.text.replace("_", "") if token.kind == "number" else token.text
        reserved = before.text in (".", ":") and _RESERVED.fullmatch(token.word)
        if token.kind == "name" and (reserved or not plain.isascii()):
            plain = f"`{plain}`"
        parts.append(_SPELLED.get(plain.lower(), plain) if after.text == "(" and before.text != "." else plain)
        before = token if token.kind != "space" else before
    return "".join(parts)


def shape_of(tokens: Sequence[Token], parameters: Mapping[str, Any], temporal: Temporal) -> str:
    """The shape of a query, which the patterns of the table are matched against (see the module's docstring)."""
    shape = f" {' '.join(_word(token, parameters, temporal) for token in tokens)} "
    shape = re.sub(r"(?i) (starts|ends) with ", r" \1 ", shape)
    for kind, names in (("T", temporal.times), ("D", temporal.days)):
        named = "|".join(map(re.escape, sorted(names))) or "(?!)"
        shape = re.sub(rf"(?<= \. )(?:{named}) (?!\()", "#t ", shape)
        shape = re.sub(
            rf"({_PART}(?:\w+ )?(?:: [\w|: ]+ )?\{{ (?:[^{{}}]*, )?)(?:{named}) (?=: )", rf"\1#K{kind} ", shape
        )
        shape = re.sub(rf" (?!#)[\w)]+ (?:(?:\[ [^\[\]]* \] )?\. #t|\[ #P{kind} \]) (?!\.)", f" #{kind} ", shape)
        shape = shape.replace(" #t ", f" #{kind}. ")
    shape = re.sub("#P[TD]", "#S", shape)
    bound = set(re.findall(rf"{_NODE}(\w+) (?=[:{{)])", shape))
    shape = re.sub(r" (\w+)(?= \{ \. )", lambda m: m[0] if m[1] in bound else " #U", shape)
    # Where equal times have different zones: east of UTC, >= and < agree between Neo4j and kglite; elsewhere no
    # operator does.
    utc, before = " #T " if temporal.zone == UTC else " #Y " if is_east(temporal.zone) else " #Z ", ""
    while shape != before:
        before = shape
        for pattern, short in _REDUCED:
            shape = pattern.sub(short, shape)
        shape = shape.replace(" #Y ", utc)
        for kind, name in set(re.findall(r"(?i) (#[DSTYZ]) as (\w+) ", shape)):
            shape = re.sub(rf"(?<! as)(?<! AS)(?<!\.) {name} (?![.(:])", f" {kind} ", shape)
    return f" #?{shape}" if "$?" in shape or " #Q " in shape else shape


def _word(token: Token, parameters: Mapping[str, Any], temporal: Temporal) -> str:
    if token.kind in ("param", "string"):
        return _kind(parameters.get(token.name) if token.kind == "param" else token.text[1:-1], temporal)
    return re.sub(r"\W", "_", token.name) if token.kind == "quoted" else token.text.replace("#", "")


def _kind(value: Any, temporal: Temporal) -> str:
    if any(one.startswith('["') for one in _texts(value)):
        return "#L"
    if isinstance(value, str):
        zoned = _ZONED.search(value)
        text = "#PT" if value in temporal.times else "#PD" if value in temporal.days else "#S"
        return ("#T" if zoned[1] == temporal.zone else "#Z") if zoned else "#Q" if _DAY.match(value) else text
    if isinstance(value, datetime.datetime):
        return {UTC: "#Y", temporal.zone: "#T"}.get(str(value.tzinfo), "#Z")
    if isinstance(value, list) and value and not isinstance(value[0], (dict, list)):
        return f"[ {_kind(value[0], temporal)} ]"
    dated = any(map(_DAY.match, _texts(value)))
    return "#D" if isinstance(value, datetime.date) else "$?" if dated else "$"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
