"""Reads the meaning of a relation from its ``[[edges]]`` table in schema.toml."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from graph.errors import ConfigError, nearest
from graph.money import currency_of
from graph.schema.roles import (
    COUNT_WORDS,
    MEASURES,
    ROLES,
    SOCIAL,
    Act,
    Meaning,
    Measure,
    Role,
    meaning_of,
    role_between,
)
from graph.schema.types import PERSON, EdgeKey
from graph.toml import text_of

MEANING_KEYS = {
    "role", "recurring", "undoes", "state", "measure", "currency", "scale", "liked", "strength", "half_life", "verb",
}  # fmt: skip
_ROLE_EXAMPLE = "see docs/relations.md for what each says"
# Keys that are allowed with one role only.
_ONLY: Mapping[str, Role] = {
    "recurring": "acquire", "undoes": "acquire", "state": "acquire", "scale": "rate", "liked": "rate",
}  # fmt: skip


def meaning_in(
    key: EdgeKey, body: Mapping[str, Any], where: str, *, weight: str, kinds: tuple[str, ...], old: Meaning | None
) -> tuple[Meaning, str]:
    """The meaning of a relation, and a note (else empty) where the table names no role for a new relation.

    Args:
        key: The edge type.
        body: Its table.
        where: Prefix of error messages.
        weight: Description of the weight.
        kinds: The accepted kinds.
        old: Its meaning so far, where the relation exists; kept for all keys that the table does not name.

    Raises:
        ConfigError: a value is not valid, or is not allowed with the role.
    """
    role, note = _role(key, body, where, old)
    for name, wanted in _ONLY.items():
        if name in body and role != wanted:
            raise ConfigError(
                f"{where}: {name} is not allowed for {key}, which has the role {role}",
                hint=f'remove it, or write role = "{wanted}"',
            )
    kept = old if old is not None and old.role == role else None
    stated: dict[str, Any] = {name: _flag(body, name, where) for name in ("recurring", "state") if name in body}
    stated |= _measured(body, where, role, weight, kept)
    stated |= _scale(body, where, role, kept)
    stated |= _strengths(body, where, role, kinds, kept)
    stated |= {name: body[name] for name in ("verb", "undoes") if text_of(body, name, where)}
    if kept is None:
        return meaning_of(role, key.relation, **stated), note
    same = {name: getattr(kept, name) for name in Meaning.__dataclass_fields__ if name != "role"}
    return Meaning(role, **{**same, **stated}), note


def _role(key: EdgeKey, body: Mapping[str, Any], where: str, old: Meaning | None) -> tuple[Role, str]:
    if "role" not in body:
        if old is not None:
            return old.role, ""
        role = role_between(key.source, key.target, person=PERSON)
        if key.source != PERSON:
            return role, ""  # every role starts at a Person, so there is none to ask for
        return role, (
            f'{key} names no role and is read as "{role}"; say in schema.toml what it means: role = "..." '
            f"({', '.join(ROLES)})"
        )
    name = text_of(body, "role", where)
    if name not in ROLES:
        raise ConfigError(f"{where}: unknown role {name!r}", hint=f"{nearest(name, ROLES)}; {_ROLE_EXAMPLE}")
    found: Role = name
    people = key.source == key.target == PERSON
    if (found in SOCIAL) != people or key.source != PERSON:
        hint = f"between two people: {', '.join(sorted(SOCIAL))}; from a Person to something else: the other roles"
        raise ConfigError(f"{where}: {key} cannot have the role {found}", hint=hint)
    return found, ""


def _flag(body: Mapping[str, Any], name: str, where: str) -> bool:
    if not isinstance(body[name], bool):
        raise ConfigError(f"{where}: {name} = {body[name]!r} is neither true nor false", hint=f"write {name} = true")
    return bool(body[name])


def _measured(body: Mapping[str, Any], where: str, role: Role, weight: str, kept: Meaning | None) -> dict[str, Any]:
    """What the weight is: from ``measure`` or ``currency``, else from the role or the words for it."""
    currency = text_of(body, "currency", where)
    if currency:
        currency_of(currency)
        if not weight:
            raise ConfigError(f"{where} has a currency, but no weight", hint='name it: weight = "amount"')
    measure = text_of(body, "measure", where)
    if measure not in MEASURES:
        known = [name for name in MEASURES if name]
        raise ConfigError(f"{where}: unknown measure {measure!r}", hint=nearest(measure, known))
    if (currency or measure == "money") and (measure or "money") != "money":
        raise ConfigError(f"{where}: a {measure} has no currency", hint="remove one of the two")
    if measure == "money" and not currency:
        raise ConfigError(f"{where}: an amount of money needs its currency", hint='add currency = "CNY"')
    if (measure == "rating") != (role == "rate") and measure:
        raise ConfigError(f"{where}: a rating goes with the role rate", hint='write role = "rate" and a scale')
    if currency:
        return {"measure": "money", "currency": currency}
    if measure:
        return {"measure": measure, "currency": ""}
    if kept is not None and "weight" not in body:
        return {}
    if kept is not None and kept.measure:
        return {}
    counted: Measure = "count" if weight.lower() in COUNT_WORDS else ""
    return {} if role == "rate" else {"measure": counted}


def _scale(body: Mapping[str, Any], where: str, role: Role, kept: Meaning | None) -> dict[str, Any]:
    if role != "rate":
        return {}
    usual = kept or meaning_of(role, "")
    scale = body.get("scale", [usual.low, usual.high])
    if not isinstance(scale, list) or len(scale) != 2 or not all(map(_is_number, scale)) or scale[0] >= scale[1]:
        raise ConfigError(
            f"{where}: scale = {scale!r} is not a lowest and a highest rating", hint="write scale = [1, 5]"
        )
    low, high = map(float, scale)
    # By default 4 of 5, that is three quarters of the way up the scale, counts as liking.
    liked = body.get("liked", usual.liked if "scale" not in body else low + 0.75 * (high - low))
    if not _is_number(liked) or not low < liked <= high:
        raise ConfigError(
            f"{where}: liked = {liked!r} does not lie on the scale from {low:g} to {high:g}",
            hint=f"give the smallest rating that counts as liking, above {low:g}",
        )
    return {"low": low, "high": high, "liked": float(liked)}


def _strengths(
    body: Mapping[str, Any], where: str, role: Role, kinds: tuple[str, ...], kept: Meaning | None
) -> dict[str, Any]:
    """Strengths and half-lives: one number for all events, or for reactions one number per kind."""
    stated: dict[str, Any] = {}
    given = {name: body[name] for name in ("strength", "half_life") if name in body}
    for name, value in given.items():
        if isinstance(value, dict):
            _check_kinds(value, name, where, role, kinds)
        elif not _is_number(value) or value <= 0 or (name == "strength" and value == math.inf):
            raise ConfigError(f"{where}: {name} = {value!r} is not a number above 0", hint=f"write {name} = 2.0")
        else:
            stated[name] = float(value)
    if given and role in ("react", "refer"):
        stated["acts"] = _acts(given, kept or meaning_of(role, ""), kinds)
    return stated


def _check_kinds(value: Mapping[str, Any], name: str, where: str, role: Role, kinds: tuple[str, ...]) -> None:
    example = f"{name} = {{ like = 1.0, share = 2.0 }}"
    if role != "react":
        raise ConfigError(f"{where}: {name} by kind goes with the role react", hint=f"write {name} = 2.0")
    for kind, number in value.items():
        if kind not in kinds:
            hint = nearest(kind, kinds) if kinds else 'list them: kinds = ["like", "share"]'
            raise ConfigError(f"{where}: {name} names the kind {kind!r}, which is not among kinds", hint=hint)
        if not _is_number(number) or number <= 0:
            raise ConfigError(
                f"{where}: {name} of {kind} = {number!r} is not a number above 0", hint=f"write {example}"
            )


def _acts(given: Mapping[str, Any], before: Meaning, kinds: tuple[str, ...]) -> tuple[Act, ...]:
    """The acts of ``before``, updated by ``given``; a new kind starts with the values of "any other kind"."""
    known = {act.kind: act for act in before.acts}
    known |= {k: known[""]._replace(kind=k) for v in given.values() if isinstance(v, dict) for k in v if k not in known}
    return tuple(
        Act(kind, _of_kind(given, "strength", known[kind]), _of_kind(given, "half_life", known[kind]))
        for kind in (*kinds, "")
        if kind in known
    )


def _of_kind(given: Mapping[str, Any], name: str, act: Act) -> float:
    default: float = getattr(act, name)
    value = given.get(name, default)
    return float(value.get(act.kind, default) if isinstance(value, dict) else value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)
