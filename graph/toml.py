"""Typed access to a parsed TOML table: a value of the wrong type raises ConfigError with a hint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graph.errors import ConfigError, nearest


def check_keys(body: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse unknown keys; the hint names the nearest known one.

    Raises:
        ConfigError: a key is not among ``known``.
    """
    for key in body:
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}", hint=nearest(key, known))


def text_of(body: Mapping[str, Any], key: str, where: str, default: str = "") -> str:
    """A text; ``default`` where the key is absent.

    Raises:
        ConfigError: the value is not text.
    """
    value = body.get(key, default)
    if not isinstance(value, str):
        raise ConfigError(f"{where}: {key} = {value!r} is not text", hint=f'write {key} = "..."')
    return value


def count_of(body: Mapping[str, Any], key: str, where: str) -> int:
    """A whole number of at least 0, 0 where absent.

    Raises:
        ConfigError: the value is not such a number.
    """
    value = body.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigError(f"{where}: {key} = {value!r} is not a whole number of at least 0", hint=f"write {key} = 3")
    return value


def text_list(body: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """A list of texts, empty where absent.

    Raises:
        ConfigError: the value is not a list of texts.
    """
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where}: {key} = {value!r} is not a list of texts", hint=f'write {key} = ["..."]')
    return tuple(value)


def table_of(body: Mapping[str, Any], key: str, where: str, example: str) -> dict[str, Any]:
    """A table, empty where absent.

    Raises:
        ConfigError: the value is not a table.
    """
    value = body.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: {key} = {value!r} is not a table", hint=f"write {example}")
    return value


def tables_of(body: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    """A list of tables, empty where absent.

    Raises:
        ConfigError: the value is not a list of tables.
    """
    value = body.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ConfigError(f"{where}: {key} is not a list of tables", hint=f"write [[{key}]] with two brackets")
    return value


def text_table(body: Mapping[str, Any], key: str, where: str, example: str) -> dict[str, str]:
    """A table of texts, empty where absent; numbers and booleans become texts.

    Raises:
        ConfigError: the value is not a table, or holds lists or tables.
    """
    value = body.get(key, {})
    if not isinstance(value, dict) or any(isinstance(item, dict | list) for item in value.values()):
        raise ConfigError(f"{where}: {key} = {value!r} is not a table of texts", hint=f"write {key} = {example}")
    return {name: str(item) for name, item in value.items()}


def choice_of(body: Mapping[str, Any], key: str, default: str, choices: set[str], where: str) -> Any:
    """One of ``choices``; ``default`` where the key is absent.

    Raises:
        ConfigError: the value is not one of ``choices``.
    """
    value = body.get(key, default)
    if not isinstance(value, str) or value not in choices:
        raise ConfigError(
            f"{where}: {key} = {value!r} is not a choice", hint=f"choose one of {', '.join(sorted(choices))}"
        )
    return value
