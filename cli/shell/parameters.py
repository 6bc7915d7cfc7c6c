"""Values of ``$parameters`` as a person types them: JSON where it is JSON, else a plain text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from graph.errors import ConfigError

_NAME = re.compile(r"[^\W\d]\w*")
_FORM = 'write it like name=value; a value is JSON, like 5, true or ["a", "b"], or else a text'


def typed(text: str) -> Any:
    """The value that a text stands for.

    >>> typed("5"), typed("007"), typed("上海"), typed('"5"'), typed('["a", "b"]')
    (5, '007', '上海', '5', ['a', 'b'])

    Raises:
        ConfigError: a number has no place in 64 bits, or the text is not valid Unicode.
    """
    try:
        value = json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError):
        value = text
    return checked(value)


def checked(value: Any) -> Any:
    """A value of JSON that every engine can take.

    Raises:
        ConfigError: a number has no place in 64 bits, or a text is not valid Unicode.
    """
    if isinstance(value, Mapping):
        return {checked(name): checked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [checked(item) for item in value]
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ConfigError(f"the value {value[:40]!r} is not valid Unicode", hint="give it in UTF-8") from None
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError("a number is too large for 64 bits", hint="give it as a text in quotes")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ConfigError(f"the number {value} is too large for 64 bits", hint="give it as a text in quotes")
    return value


def named(text: str) -> tuple[str, str]:
    """Name and text of a parameter written as ``name=value``.

    Raises:
        ConfigError: the text is not of that form.
    """
    name, found, value = text.partition("=")
    if not found or not _NAME.fullmatch(name.strip().removeprefix("$")):
        raise ConfigError(f"{text[:60]!r} is not a parameter", hint=_FORM)
    return name.strip().removeprefix("$"), value.strip()


def collected(pairs: Iterable[str]) -> dict[str, str]:
    """Name to text of parameters written as ``name=value``.

    Raises:
        ConfigError: one is not of that form, or is given twice.
    """
    given: dict[str, str] = {}
    for name, value in map(named, pairs):
        if name in given:
            raise ConfigError(f"the parameter {name!r} is given twice", hint="give each parameter once")
        given[name] = value
    return given


def read_parameters(file: Path) -> dict[str, Any]:
    """Parameters from a file that holds one JSON object.

    Raises:
        ConfigError: the file cannot be read, or holds something else.
    """
    hint = 'it holds one JSON object, like {"city": "上海", "limit": 5}'
    try:
        value = json.loads(file.read_text("utf-8-sig"), parse_constant=_not_json)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror})", hint=hint) from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{file} is not JSON: {error}", hint=hint) from None
    if not isinstance(value, dict):
        raise ConfigError(f"{file} holds no JSON object", hint=hint)
    for name in value:
        if not _NAME.fullmatch(name):
            raise ConfigError(f"{file}: {name[:60]!r} cannot name a parameter", hint=hint)
    return dict(checked(value))


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number of JSON")
