"""Reads the rules of a mapping file.

::

    [[files]]
    path = "orders.csv"
    rules = [
        { check = "unique", columns = ["order_no"], severity = "stop" },
        { check = "not_null", column = "city", at_most = "5%" },
        { check = "range", column = "amount", least = 0, most = 1000000 },
        { check = "range", name = "this year", column = "ts", least = 2026-01-01, most = 2026-12-31 },
        { check = "pattern", column = "phone", pattern = "1[3-9][0-9]{9}" },
        { check = "accepted", column = "channel", values = ["app", "web"] },
        { check = "reference", column = "user", node = "Person" },
        { check = "freshness", within = "2d" },
        { check = "volume", at_least = 1000, change = "50%" },
        { check = "monotone", column = "ts", by = "user" },
    ]

Columns are those of the file, whether or not the mapping reads them; values are compared as the mapping types them.
Every rule may have a ``name`` and a ``severity``: ``warn`` (the default) is told, ``stop`` fails ``data check`` and
keeps ``data load`` from committing. A rule on records may allow some of them to break it: ``at_most = 100``, or
``at_most = "5%"`` of the records that it checks. Empty cells are checked by ``not_null`` only.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from graph.errors import ConfigError
from graph.ingest.rules.rule import (
    NOTHING,
    Accepted,
    Allowance,
    Bound,
    Freshness,
    Monotone,
    NotNull,
    Pattern,
    Range,
    Reference,
    Rule,
    Unique,
    Volume,
)
from graph.schema import Schema
from graph.toml import check_keys, choice_of, text_of

_EVERY = {"check", "name", "severity"}
_SHARE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*%")
_SPAN = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def rules_of(body: Sequence[Mapping[str, Any]], where: str, *, schema: Schema, time: str = "") -> tuple[Rule, ...]:
    """The rules of one entry of a mapping.

    Args:
        body: The tables under ``rules``.
        where: The place of the entry, for messages.
        schema: The market schema, for the node types that rules refer to.
        time: The entry's time column, used by freshness and monotone where they name none.

    Raises:
        ConfigError: a rule is invalid; the hint shows how to write it.
    """
    rules: list[Rule] = []
    for i, table in enumerate(body, 1):
        rule = _rule(table, f"{where}, rule {i}", schema, time)
        if rule.name in {other.name for other in rules}:
            raise ConfigError(
                f"{where}: two rules are called {rule.name!r}", hint='tell them apart: name = "..." in one of them'
            )
        rules.append(rule)
    return tuple(rules)


def _rule(body: Mapping[str, Any], where: str, schema: Schema, time: str) -> Rule:
    kind = text_of(body, "check", where)
    if not kind:
        raise ConfigError(f"{where}: check is missing", hint=f"write check = one of {', '.join(_CHECKS)}")
    check_keys({kind: 0}, set(_CHECKS), f"{where}, check")
    where = f"{where} ({kind})"
    keys, make = _CHECKS[kind]
    check_keys(body, keys | _EVERY, where)
    columns = _columns(body, where, kind, time)
    common: dict[str, Any] = {
        "name": text_of(body, "name", where).strip() or " ".join((kind, *columns)),
        "severity": choice_of(body, "severity", "warn", {"warn", "stop"}, where),
        "columns": columns,
    }
    if kind not in ("freshness", "volume"):
        common["allowed"] = _allowance(body, where)
    return make(body, where, schema, common)


def _columns(body: Mapping[str, Any], where: str, kind: str, time: str) -> tuple[str, ...]:
    if kind == "volume":
        return ()
    if "columns" in body:
        if "column" in body:
            raise ConfigError(f"{where}: column and columns are both given", hint="keep one of the two")
        columns = _texts(body, "columns", where)
    else:
        columns = (text_of(body, "column", where, time if kind in ("freshness", "monotone") else ""),)
    if not all(columns) or not columns or len(set(columns)) < len(columns):
        raise ConfigError(f"{where}: the column is missing or named twice", hint='name it: column = "amount"')
    return columns


def _texts(body: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """One text or a list of texts."""
    value = body.get(key, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ConfigError(f"{where}: {key} = {value!r} is not a list of texts", hint=f'write {key} = ["..."]')
    return tuple(value)


def _share(text: object) -> Fraction | None:
    """The share that a text like ``5%`` stands for."""
    found = _SHARE.fullmatch(text.strip()) if isinstance(text, str) else None
    return Fraction(Decimal(found[1])) / 100 if found else None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _allowance(body: Mapping[str, Any], where: str) -> Allowance:
    value = body.get("at_most")
    if value is None:
        return NOTHING
    if _is_count(value):
        return Allowance(rows=value)
    share = _share(value)
    if share is None or share > 1:
        raise ConfigError(
            f"{where}: at_most = {value!r} is neither a number of records nor a share",
            hint='write at_most = 100 or at_most = "5%"',
        )
    return Allowance(share=share)


def _range(body: Mapping[str, Any], where: str, _schema: Schema, common: dict[str, Any]) -> Rule:
    least, most = (_bound(body[key], key, where) if key in body else None for key in ("least", "most"))
    if not least and not most:
        raise ConfigError(f"{where}: least and most are missing", hint="give one of them, or both: least = 0")
    if least and most:
        if least.is_number != most.is_number:
            raise ConfigError(
                f"{where}: one end is a number and the other is not", hint="write both as numbers, or both as dates"
            )
        if least.is_number and Decimal(least.text) > Decimal(most.text):
            raise ConfigError(f"{where}: least = {least.text} is above most = {most.text}", hint="exchange the two")
    return Range(**common, least=least, most=most)


def _bound(value: object, key: str, where: str) -> Bound:
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise ConfigError(
            f"{where}: {key} = {value!r} is no end of a range", hint=f"write a number or a date: {key} = 0"
        )
    if isinstance(value, int | float):
        # The shortest text of a float is the number as it was written in the file.
        return Bound(format(Decimal(str(value)), "f"), is_number=True)
    if isinstance(value, dt.datetime):
        return Bound(value.isoformat(sep=" "))
    if isinstance(value, dt.date):
        return Bound(value.isoformat(), is_day=True)
    if isinstance(value, str) and value.strip():
        text = value.strip()
        try:
            return Bound(dt.date.fromisoformat(text).isoformat(), is_day=True)
        except ValueError:
            return Bound(text, is_number=bool(re.fullmatch(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?", text)))
    raise ConfigError(f"{where}: {key} = {value!r} is no end of a range", hint=f"write a number or a date: {key} = 0")


def _pattern(body: Mapping[str, Any], where: str, _schema: Schema, common: dict[str, Any]) -> Rule:
    pattern = text_of(body, "pattern", where)
    if not pattern:
        raise ConfigError(f"{where}: pattern is missing", hint="write pattern = '1[3-9][0-9]{9}'")
    _compile(pattern, where)
    return Pattern(**common, pattern=pattern)


def _compile(pattern: str, where: str) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        for expression in (pattern, whole(pattern)):
            pc.match_substring_regex(pa.array([""], pa.large_string()), expression)
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        reason = str(error).partition("\n")[0].partition("regular expression: ")[2] or str(error)[:200]
        raise ConfigError(
            f"{where}: pattern = {pattern!r} is no regular expression: {reason}",
            hint="it is RE2 syntax, without look-around and back references; '...' keeps backslashes as they are",
        ) from None


def whole(pattern: str) -> str:
    """The expression that the whole text must fit; a line break at its end is part of the text."""
    return rf"\A(?:{pattern})\z"


def _accepted(body: Mapping[str, Any], where: str, _schema: Schema, common: dict[str, Any]) -> Rule:
    values = body.get("values")
    if not isinstance(values, list) or not values or not all(isinstance(v, str | int | float) for v in values):
        raise ConfigError(f"{where}: values = {values!r} is not a list of values", hint='write values = ["app", "web"]')
    texts = (str(v).lower() if isinstance(v, bool) else str(v).strip() for v in values)
    return Accepted(**common, values=tuple(dict.fromkeys(texts)))


def _reference(body: Mapping[str, Any], where: str, schema: Schema, common: dict[str, Any]) -> Rule:
    node = text_of(body, "node", where)
    if not node:
        raise ConfigError(f"{where}: node is missing", hint='name the node type: node = "Person"')
    try:
        return Reference(**common, node=schema.node(node).name)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error.message}", hint=error.hint) from None


def _freshness(body: Mapping[str, Any], where: str, _schema: Schema, common: dict[str, Any]) -> Rule:
    found = _SPAN.fullmatch(text_of(body, "within", where).strip())
    if not found or int(found[1]) == 0:
        raise ConfigError(
            f"{where}: within = {body.get('within')!r} is not a span of time", hint='write within = "36h", "2d" or "1w"'
        )
    return Freshness(**common, within=int(found[1]) * _SECONDS[found[2]])


def _volume(body: Mapping[str, Any], where: str, _schema: Schema, common: dict[str, Any]) -> Rule:
    counts = {key: body[key] for key in ("at_least", "at_most") if key in body}
    for key, value in counts.items():
        if not _is_count(value):
            raise ConfigError(f"{where}: {key} = {value!r} is not a number of records", hint=f"write {key} = 1000")
    if counts.get("at_least", 0) > counts.get("at_most", math.inf):
        raise ConfigError(f"{where}: at_least is above at_most", hint="exchange the two")
    change = _share(body["change"]) if "change" in body else None
    if "change" in body and change is None:
        raise ConfigError(f"{where}: change = {body['change']!r} is not a share", hint='write change = "50%"')
    if not counts and change is None:
        raise ConfigError(f"{where}: nothing is asked", hint='give at_least = 1000, at_most = 100000 or change = "50%"')
    return Volume(**common, **counts, change=change)


def _monotone(body: Mapping[str, Any], where: str, _schema: Schema, common: dict[str, Any]) -> Rule:
    return Monotone(**common, by=_texts(body, "by", where))


Maker = Callable[[Mapping[str, Any], str, Schema, dict[str, Any]], Rule]
# Check -> the keys of its own, and what makes its rule.
_CHECKS: dict[str, tuple[set[str], Maker]] = {
    "unique": ({"column", "columns", "at_most"}, lambda _body, _where, _schema, common: Unique(**common)),
    "not_null": ({"column", "at_most"}, lambda _body, _where, _schema, common: NotNull(**common)),
    "range": ({"column", "least", "most", "at_most"}, _range),
    "pattern": ({"column", "pattern", "at_most"}, _pattern),
    "accepted": ({"column", "values", "at_most"}, _accepted),
    "reference": ({"column", "node", "at_most"}, _reference),
    "freshness": ({"column", "within"}, _freshness),
    "volume": ({"at_least", "at_most", "change"}, _volume),
    "monotone": ({"column", "by", "at_most"}, _monotone),
}
