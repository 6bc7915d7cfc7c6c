"""Reads rules from the tables of a rules file; a key that is not known, or a value that says nothing, is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

from graph.errors import ConfigError
from graph.id_spelling import canonical_id
from graph.recommend.rules.rules import Cap, Range, Rules, SameRegion, Value
from graph.toml import check_keys, choice_of, table_of, text_of

ReadIds = Callable[[str, Literal["person", "item"]], tuple[str, ...]]
"""Takes the name of a file and what its ids are, ``item`` or ``person``; gives its ids."""

_SECTIONS = {
    "items": {"candidates", "exclude", "in_stock", "price", "where"},
    "people": {"exclude", "max_contacts"},
    "pairs": {"same_region", "already_bought", "max_exposures"},
    "list": {"quota", "diversity"},
}
_CAP = "{ times = 3, days = 30 }"
_RANGE = "{ min = 50000, max = 200000 }"


def parse_rules(document: Mapping[str, Any], source: str, read_ids: ReadIds) -> Rules:
    """The rules that a parsed rules file states.

    Args:
        document: The tables of the file.
        source: Name of the file, for messages.
        read_ids: Reads a list of ids that the file names.

    Raises:
        ConfigError: a key is not known, or a value is of the wrong type or says nothing; the message names the key.
        DataError: a list of ids cannot be read.
    """
    check_keys(document, {*_SECTIONS, "unknown"}, source)
    items, people, pairs, lists = (_section(document, name, source) for name in _SECTIONS)
    at = {name: f"{source}: [{name}]" for name in _SECTIONS}
    return Rules(
        candidates=_ids(items, "candidates", at["items"], "item", read_ids),
        exclude_items=_ids(items, "exclude", at["items"], "item", read_ids) or (),
        in_stock=_stock(items, at["items"]),
        price=_range(items["price"], "price", at["items"]) if "price" in items else None,
        where=_where(items, at["items"]),
        exclude_people=_ids(people, "exclude", at["people"], "person", read_ids) or (),
        max_contacts=_cap(people, "max_contacts", at["people"]),
        same_region=_same_region(pairs, at["pairs"]),
        already_bought=choice_of(pairs, "already_bought", "allow", {"allow", "exclude"}, at["pairs"]),
        max_exposures=_cap(pairs, "max_exposures", at["pairs"]),
        quota=_counts(lists, "quota", at["list"], least=1, example="{ category = 2 }"),
        diversity=_counts(lists, "diversity", at["list"], least=2, example="{ brand = 3 }"),
        unknown=choice_of(document, "unknown", "refuse", {"refuse", "allow"}, source),
    )


def _section(document: Mapping[str, Any], name: str, source: str) -> dict[str, Any]:
    body = table_of(document, name, source, f"[{name}]")
    check_keys(body, _SECTIONS[name], f"{source}: [{name}]")
    return body


def _ids(
    body: Mapping[str, Any], key: str, where: str, what: Literal["person", "item"], read_ids: ReadIds
) -> tuple[str, ...] | None:
    """Ids from a list in the file, or from a file that is named; None where the key is absent."""
    if key not in body:
        return None
    value = body[key]
    if isinstance(value, str) and value:
        found = read_ids(value, what)
    elif isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value):
        found = tuple(dict.fromkeys(map(canonical_id, value)))
    else:
        raise ConfigError(
            f"{where}: {key} = {value!r} names neither a file nor a list of ids",
            hint=f'write {key} = "ids.txt", a file with one id a line, or {key} = ["V001", "V002"]',
        )
    if not found:
        raise ConfigError(f"{where}: {key} holds no id", hint=f"list at least one {what}, or remove {key}")
    return found


def _stock(body: Mapping[str, Any], where: str) -> str:
    """The column that says whether an item can be had; empty for no rule."""
    value = body.get("in_stock", False)
    if isinstance(value, bool):
        return "stock" if value else ""
    if not isinstance(value, str) or not value:
        raise ConfigError(
            f"{where}: in_stock = {value!r} is neither true, false nor a column",
            hint="write in_stock = true for the column stock, or name another column",
        )
    return value


def _where(body: Mapping[str, Any], where: str) -> tuple[tuple[str, tuple[Value, ...] | Range], ...]:
    table = table_of(body, "where", where, '[items.where] and category = ["SUV", "sedan"] below it')
    rules: list[tuple[str, tuple[Value, ...] | Range]] = []
    for column, value in table.items():
        if isinstance(value, dict):
            rules.append((column, _range(value, f"where.{column}", where)))
        elif isinstance(value, list) and value and all(_is_plain(one) for one in value):
            rules.append((column, tuple(value)))
        else:
            raise ConfigError(
                f"{where}: where.{column} = {value!r} says no values",
                hint=f'write where.{column} = ["SUV", "sedan"], or a range of numbers: {_RANGE}',
            )
    return tuple(rules)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | bool | int) or (isinstance(value, float) and math.isfinite(value))


def _range(value: Any, key: str, where: str) -> Range:
    """A range of numbers that holds at least one."""
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: {key} = {value!r} is not a range", hint=f"write {key} = {_RANGE}")
    check_keys(value, {"min", "max"}, f"{where}: {key}")
    for name, bound in value.items():
        if isinstance(bound, bool) or not isinstance(bound, int | float) or not math.isfinite(bound):
            raise ConfigError(f"{where}: {key}: {name} = {bound!r} is not a number", hint=f"write {key} = {_RANGE}")
    found = Range(float(value.get("min", -math.inf)), float(value.get("max", math.inf)))
    if not value or found.low > found.high:
        what = "has neither min nor max" if not value else f"holds no number: min {found.low:g} > max {found.high:g}"
        raise ConfigError(f"{where}: {key} {what}", hint=f"write {key} = {_RANGE}; one of the two may be left out")
    return found


def _cap(body: Mapping[str, Any], key: str, where: str) -> Cap | None:
    if key not in body:
        return None
    value = body[key]
    if not isinstance(value, dict) or set(value) != {"times", "days"}:
        if isinstance(value, dict):
            check_keys(value, {"times", "days"}, f"{where}: {key}")
        raise ConfigError(f"{where}: {key} = {value!r} is not a number of times in a period", hint=f"write {_CAP}")
    times, days = value["times"], value["days"]
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise ConfigError(f"{where}: {key}: times = {times!r} is not a whole number from 1 on", hint=f"write {_CAP}")
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 < days < math.inf:
        raise ConfigError(f"{where}: {key}: days = {days!r} is not a number above 0", hint=f"write {_CAP}")
    return Cap(times, float(days))


def _same_region(body: Mapping[str, Any], where: str) -> SameRegion | None:
    if "same_region" not in body:
        return None
    example = '{ person = "city", item = "region" }'
    value = table_of(body, "same_region", where, f"same_region = {example}")
    at = f"{where}: same_region"
    check_keys(value, {"person", "item"}, at)
    found = SameRegion(text_of(value, "person", at), text_of(value, "item", at))
    if not found.person or not found.item:
        raise ConfigError(f"{at} needs a column of people and one of items", hint=f"write same_region = {example}")
    return found


def _counts(body: Mapping[str, Any], key: str, where: str, *, least: int, example: str) -> tuple[tuple[str, int], ...]:
    """Columns with a whole number each."""
    table = table_of(body, key, where, f"{key} = {example}")
    for column, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ConfigError(
                f"{where}: {key}.{column} = {value!r} is not a whole number from {least} on",
                hint=f"write {key} = {example}",
            )
    return tuple(table.items())
